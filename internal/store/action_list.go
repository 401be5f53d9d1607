package store

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// Filter says which actions to list; the zero Filter is all of them.
type Filter struct {
	Status   []tertial.Status // any of them
	Open     bool             // those not closed
	Owner    string           // a role, in any part
	Clause   string           // a clause, or with all below it: "7", "A.5"
	Priority tertial.Priority
	Text     string // words in the reference, the title, the description or a role
	Event    string // key of a linked wheel event
	PlanYear int
	// Review keeps the actions with an open question, RoleUnheld included where AsOf is given.
	Review bool
	// Late keeps what was to be done before the day and is not.
	Late tertial.Date
	// AsOf shows RoleUnheld in an action's review where nobody holds a responsible role that day.
	AsOf  tertial.Date
	Limit int // 0: all
}

// portion is how many actions are read at a time. Nothing that grows with their number is kept.
const portion = 500

// Actions yields actions by plan year, clause and reference. They are read in portions, so a
// list may be as long as it likes; a change made while it is read may or may not be in it.
func (s *Store) Actions(ctx context.Context, f Filter) iter.Seq2[tertial.Action, error] {
	return func(yield func(tertial.Action, error) bool) {
		err := s.actions(ctx, f, func(a tertial.Action) bool { return yield(a, nil) })
		if err != nil {
			yield(tertial.Action{}, s.failed(ctx, "listing actions", err))
		}
	}
}

func (s *Store) actions(ctx context.Context, f Filter, yield func(tertial.Action) bool) error {
	unheld, err := s.unheldRoles(ctx, f.AsOf)
	if err != nil {
		return err
	}
	where, args := f.where()
	query := `SELECT ` + shownColumns + ` FROM actions a WHERE a.sort_key > $1` + where + ` ORDER BY a.sort_key LIMIT $2`
	args = append([]any{"", portion}, args...)
	for left := f.Limit; ; {
		if f.Limit > 0 {
			args[1] = min(portion, left)
		}
		var rows []actionRow
		if err := s.r.SelectContext(ctx, &rows, query, args...); err != nil {
			return err
		}
		all, err := s.complete(ctx, s.r, rows)
		if err != nil {
			return err
		}
		for i := range all {
			if !yield(all[i].shown(unheld)) {
				return nil
			}
		}
		left -= len(all)
		if len(all) < args[1].(int) || f.Limit > 0 && left <= 0 {
			return nil
		}
		args[0] = rows[len(rows)-1].SortKey
	}
}

// shown is the action with the questions that are not stored.
func (l *loaded) shown(unheld map[int64]bool) tertial.Action {
	a := l.action
	for _, p := range l.parties {
		if p.Part == tertial.Responsible && unheld[p.Role.ID] && !a.Status.Closed() {
			a.Ask(tertial.RoleUnheld)
		}
	}
	return a
}

const notClosed = `status NOT IN ('done', 'cancelled', 'not_applicable')`

// where returns the conditions of the filter, with parameters from $3.
func (f *Filter) where() (string, []any) {
	var sql strings.Builder
	var args []any
	and := func(condition string, values ...any) {
		for i := range values {
			condition = strings.ReplaceAll(condition, "@"+strconv.Itoa(i+1), "$"+strconv.Itoa(3+len(args)+i))
		}
		sql.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	if f.Open {
		and(`a.` + notClosed)
	}
	if len(f.Status) > 0 {
		// At most six statuses.
		marks, values := make([]string, len(f.Status)), make([]any, len(f.Status))
		for i, st := range f.Status {
			marks[i], values[i] = fmt.Sprintf("@%d", i+1), st
		}
		and(`a.status IN (`+strings.Join(marks, ", ")+`)`, values...)
	}
	if f.Owner != "" {
		and(`EXISTS (SELECT 1 FROM action_parties p JOIN roles r ON r.id = p.role_id WHERE p.action_id = a.id AND r.key = @1)`,
			tertial.RoleKey(f.Owner))
	}
	if f.Clause != "" {
		and(`EXISTS (SELECT 1 FROM action_clauses c WHERE c.action_id = a.id AND (c.clause = @1 OR c.clause LIKE @2 ESCAPE '\'))`,
			f.Clause, escapeLike(f.Clause)+".%")
	}
	if f.Priority != "" {
		and(`a.priority = @1`, f.Priority)
	}
	for _, word := range strings.Fields(strings.ToLower(f.Text)) {
		and(`a.search LIKE @1 ESCAPE '\'`, "%"+escapeLike(word)+"%")
	}
	if f.Event != "" {
		and(`EXISTS (SELECT 1 FROM action_events e WHERE e.action_id = a.id AND e.event = @1)`, f.Event)
	}
	if f.PlanYear != 0 {
		and(`a.plan_year = @1`, f.PlanYear)
	}
	if !f.Late.IsZero() {
		and(`a.due <> '' AND a.due < @1 AND a.certainty <> 'unconfirmed' AND a.status IN ('open', 'in_progress')`, f.Late)
	}
	switch {
	case f.Review && f.AsOf.IsZero():
		and(`a.review <> '' AND a.` + notClosed)
	case f.Review:
		and(`(a.review <> '' OR EXISTS (SELECT 1 FROM action_parties p WHERE p.action_id = a.id AND p.part = 'responsible'
			AND NOT EXISTS (SELECT 1 FROM holdings h WHERE h.role_id = p.role_id AND h.from_date <= @1
				AND (h.to_date = '' OR h.to_date >= @1)))) AND a.`+notClosed, f.AsOf)
	}
	return sql.String(), args
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// unheldRoles returns the roles that nobody holds on the day; none where no day is given.
func (s *Store) unheldRoles(ctx context.Context, on tertial.Date) (map[int64]bool, error) {
	if on.IsZero() {
		return nil, nil
	}
	var ids []int64
	err := s.r.SelectContext(ctx, &ids, `SELECT r.id FROM roles r WHERE NOT EXISTS (SELECT 1 FROM holdings h
		WHERE h.role_id = r.id AND h.from_date <= $1 AND (h.to_date = '' OR h.to_date >= $1))`, on)
	if err != nil {
		return nil, fmt.Errorf("reading roles without a holder: %w", err)
	}
	unheld := make(map[int64]bool, len(ids))
	for _, id := range ids {
		unheld[id] = true
	}
	return unheld, nil
}
