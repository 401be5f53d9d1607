package store

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// A page of actions is found in two steps: the ids, from an index that has the order and most of what filters ask, and then
// the rows of those ids alone. An order whose index has only a few values at its head (a status, a priority, a date or
// none) is walked lane by lane, so that one index serves both directions.

// pageLimit is how many actions a page has where the query does not say.
const pageLimit = 50

// QueryActions returns a part of a list of actions, and counts the whole. Where AsOf is given, an action's questions
// show [tertial.RoleUnheld].
func (s *Store) QueryActions(ctx context.Context, q tertial.ActionQuery) (tertial.ActionPage, error) {
	f, err := s.finder(ctx, q, fewActions)
	if err != nil {
		return tertial.ActionPage{Actions: []tertial.Action{}}, s.failed(ctx, "looking for actions", err)
	}
	return f.paged(ctx)
}

// paged returns the page that the query asks for.
func (f *finder) paged(ctx context.Context) (tertial.ActionPage, error) {
	s, q, page := f.s, &f.q, tertial.ActionPage{Actions: []tertial.Action{}}
	offset, limit := max(q.Offset, 0), q.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	ids, total, err := f.part(ctx, offset, limit)
	if err != nil {
		return page, s.failed(ctx, "looking for actions", err)
	}
	page.Total = total
	page.Actions, err = f.load(ctx, ids)
	return page, s.failed(ctx, "reading actions", err)
}

// EachAction yields all that a query finds, in its order, without regard to Offset and Limit. What it finds is settled at the
// beginning; the actions are read in portions, as they then stand.
func (s *Store) EachAction(ctx context.Context, q tertial.ActionQuery) iter.Seq2[tertial.Action, error] {
	return func(yield func(tertial.Action, error) bool) {
		f, err := s.finder(ctx, q, fewActions)
		var ids []int64
		if err == nil {
			ids, err = f.find(ctx, 0, -1)
		}
		if err != nil {
			yield(tertial.Action{}, s.failed(ctx, "looking for actions", err))
			return
		}
		for some := range slices.Chunk(ids, portion) {
			actions, err := f.load(ctx, some)
			if err != nil {
				yield(tertial.Action{}, s.failed(ctx, "reading actions", err))
				return
			}
			for _, a := range actions {
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// fragment is a piece of SQL with ? for its parameters.
type fragment struct {
	sql  string
	args []any
}

func frag(sql string, args ...any) fragment { return fragment{sql, args} }

func (f *fragment) add(sql string, args ...any) {
	f.sql += sql
	f.args = append(f.args, args...)
}

func (f *fragment) join(other fragment) { f.add(other.sql, other.args...) }

// text is the fragment with numbered parameters.
func (f *fragment) text() string { return sqlx.Rebind(sqlx.DOLLAR, f.sql) }

// lane is a part of an order that an index walks as it stands.
type lane struct {
	only  fragment // what makes it a part, "" for all
	order string
}

// part returns the ids of a part of the list, and counts the whole.
func (f *finder) part(ctx context.Context, offset, limit int) (ids []int64, total int, err error) {
	if f.few != nil {
		all, err := f.find(ctx, 0, -1)
		offset = min(offset, len(all))
		return all[offset:min(offset+limit, len(all))], len(all), err
	}
	ids, err = f.find(ctx, offset, limit)
	if err == nil && (offset > 0 || len(ids) == limit) {
		total, err = f.count(ctx, lane{}, tertial.CountLimit)
		return ids, total, err
	}
	return ids, len(ids), err
}

// find returns the ids from offset on, limit of them or, if that is negative, all.
func (f *finder) find(ctx context.Context, offset, limit int) ([]int64, error) {
	ids := []int64{}
	if f.none {
		return ids, nil
	}
	for _, l := range f.lanes() {
		if offset > 0 && l.only.sql != "" { // what this lane has need not be walked
			n, err := f.count(ctx, l, offset)
			if err != nil {
				return nil, err
			}
			if n == offset {
				if n, err = f.count(ctx, l, offset+1); err != nil {
					return nil, err
				}
			}
			if n <= offset {
				offset -= n
				continue
			}
		}
		query := f.selection(`SELECT a.id FROM actions a`, l, true)
		query.add(` ORDER BY ` + l.order)
		if limit >= 0 {
			query.add(` LIMIT ? OFFSET ?`, limit-len(ids), offset)
		}
		var some []int64
		if err := f.s.r.SelectContext(ctx, &some, query.text(), query.args...); err != nil {
			return nil, err
		}
		ids, offset = append(ids, some...), 0
		if limit >= 0 && len(ids) >= limit {
			break
		}
	}
	return ids, nil
}

// count counts a lane up to a limit.
func (f *finder) count(ctx context.Context, l lane, limit int) (n int, err error) {
	if f.none {
		return 0, nil
	}
	query := frag(`SELECT COUNT(*) FROM (`)
	inner := f.selection(`SELECT 1 FROM actions a`, l, false)
	query.add(inner.sql+` LIMIT ?) x`, append(inner.args, limit)...)
	err = f.s.r.GetContext(ctx, &n, query.text(), query.args...)
	return n, err
}

// load reads actions by their ids, in that order. One that is gone since is left out.
func (f *finder) load(ctx context.Context, ids []int64) ([]tertial.Action, error) {
	actions := make([]tertial.Action, 0, len(ids))
	if len(ids) == 0 {
		return actions, nil
	}
	var rows []actionRow
	err := f.s.r.SelectContext(ctx, &rows, `SELECT a.* FROM `+f.s.d.ids(1)+` x JOIN (SELECT `+shownColumns+` FROM actions) a ON a.id = x.id`, f.s.d.list(ids))
	if err != nil {
		return nil, err
	}
	all, err := f.s.complete(ctx, f.s.r, rows)
	if err != nil {
		return nil, err
	}
	index := make(map[int64]int, len(all))
	for i := range all {
		index[all[i].action.ID] = i
	}
	for _, id := range ids {
		if i, there := index[id]; there {
			actions = append(actions, all[i].shown(f.unheld))
		}
	}
	return actions, nil
}

// listOf is a set with the column id.
func (s *Store) listOf(ids []int64) fragment {
	return frag(strings.Replace(s.d.ids(0), `$0`, `?`, 1), s.d.list(ids))
}

// textsOf is a set with the column text.
func (s *Store) textsOf(texts []string) fragment {
	return frag(strings.Replace(s.d.texts(0), `$0`, `?`, 1), s.d.list(texts))
}
