package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// fewActions is how many actions make a list that is simply sorted. What more have in common is asked of each as the
// order is walked: a page's worth is then soon found.
const fewActions = 5000

// textWords is how many words may be looked for at once.
const textWords = 30

// storable reports whether texts are such as a database can have.
func storable(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(x string) bool { return !utf8.ValidString(x) || strings.ContainsRune(x, 0) })
}

// finder is a query made ready.
type finder struct {
	s      *Store
	q      tertial.ActionQuery
	where  []fragment // what is asked of an action's own columns; @ before a column that an index may be looked for by
	among  []relation // what is asked of what belongs to it
	few    []int64    // where it is not nil, the only actions that the relations leave
	none   bool       // nothing can be found
	unheld map[int64]bool
}

// relation is what is asked of an action's roles, clauses, events and answers, in two ways.
type relation struct {
	set   fragment // a query for the ids, once or more each, as the column action_id
	probe fragment // a condition on a
	own   bool     // it is a condition on the action's own row, and best asked of each
}

// finder makes a query ready. Up to few actions are sorted, and no order walked.
func (s *Store) finder(ctx context.Context, q tertial.ActionQuery, few int) (*finder, error) {
	f := &finder{s: s, q: q}
	if n := len(strings.Fields(q.Text)); n > textWords {
		return nil, fmt.Errorf("%w: text: has %d words, %d at most", tertial.ErrInvalid, n, textWords)
	}
	if f.none = !storable(q.Owner, q.Clause, q.Event, q.Text, string(q.Priority)); f.none {
		return f, nil
	}
	var err error
	if f.unheld, err = s.unheldRoles(ctx, q.AsOf); err != nil {
		return nil, err
	}
	if err := f.relations(ctx); err != nil {
		return nil, err
	}
	f.conditions()
	return f, f.fewest(ctx, few)
}

// relations gathers what is asked of what belongs to an action.
func (f *finder) relations(ctx context.Context) error {
	q := &f.q
	if q.Owner != "" {
		var roles []int64
		if err := f.s.r.SelectContext(ctx, &roles, `SELECT id FROM roles WHERE key = $1`, tertial.RoleKey(q.Owner)); err != nil {
			return fmt.Errorf("reading a role: %w", err)
		}
		if f.none = len(roles) == 0; f.none {
			return nil
		}
		f.among = append(f.among, relation{
			set:   frag(`SELECT action_id FROM action_parties WHERE role_id = ?`, roles[0]),
			probe: frag(`EXISTS (SELECT 1 FROM action_parties p WHERE p.action_id = a.id AND p.role_id = ?)`, roles[0]),
		})
	}
	if q.Person != 0 {
		roles, err := f.s.rolesOf(ctx, q.Person, q.AsOf)
		if err != nil {
			return err
		}
		f.among = append(f.among, f.ofPerson(roles))
	}
	if q.Clause != "" {
		clause := func(alias string) fragment {
			column := alias + `clause` + f.s.d.bytewise
			// Between "7." and "7/" is what begins with "7.".
			return frag(`(`+column+` = ? OR `+column+` > ? AND `+column+` < ?)`, q.Clause, q.Clause+".", q.Clause+"/")
		}
		r := relation{set: frag(`SELECT action_id FROM action_clauses WHERE `), probe: frag(`EXISTS (SELECT 1 FROM action_clauses c WHERE c.action_id = a.id AND `)}
		r.set.join(clause(``))
		r.probe.join(clause(`c.`))
		r.probe.add(`)`)
		f.among = append(f.among, r)
	}
	if q.Event != "" {
		f.among = append(f.among, relation{
			set:   frag(`SELECT action_id FROM action_events WHERE event = ?`, q.Event),
			probe: frag(`EXISTS (SELECT 1 FROM action_events e WHERE e.action_id = a.id AND e.event = ?)`, q.Event),
		})
	}
	if q.Review {
		f.inReview()
	}
	return nil
}

// rolesOf returns the roles that a person holds on a day, or, where none is given, on any.
func (s *Store) rolesOf(ctx context.Context, person int64, on tertial.Date) ([]int64, error) {
	var roles []int64
	err := s.r.SelectContext(ctx, &roles, `SELECT DISTINCT role_id FROM holdings
		WHERE person_id = $1 AND ($2 = '' OR from_date <= $2 AND (to_date = '' OR to_date >= $2)) ORDER BY role_id`, person, on)
	if err != nil {
		return nil, fmt.Errorf("reading what a person holds: %w", err)
	}
	return roles, nil
}

// ofPerson asks for who is responsible, or has answered.
func (f *finder) ofPerson(roles []int64) relation {
	set, probe := `SELECT action_id FROM responses WHERE person_id = ? AND undone_at IS NULL`,
		`EXISTS (SELECT 1 FROM responses w WHERE w.person_id = ? AND w.action_id = a.id AND w.undone_at IS NULL)`
	r := relation{set: frag(set, f.q.Person), probe: frag(`(`+probe, f.q.Person)}
	if len(roles) > 0 { // a person holds few, so that they can be named
		named := `role_id IN (?` + strings.Repeat(`, ?`, len(roles)-1) + `)`
		r.set.add(` UNION ALL SELECT action_id FROM action_parties WHERE part = 'responsible' AND `+named, anyOf(roles)...)
		r.probe.add(` OR EXISTS (SELECT 1 FROM action_parties p WHERE p.action_id = a.id AND p.part = 'responsible' AND p.`+named+`)`, anyOf(roles)...)
	}
	r.probe.add(`)`)
	return r
}

// inReview asks for an open question, a responsible role that nobody holds included.
func (f *finder) inReview() {
	list := f.s.listOf(roleList(f.unheld))
	r := relation{set: frag(`SELECT id AS action_id FROM actions WHERE review <> ''
			UNION ALL SELECT p.action_id FROM `), probe: frag(`(a.review <> '' OR EXISTS (SELECT 1 FROM action_parties p WHERE p.action_id = a.id
		AND p.part = 'responsible' AND p.role_id IN (SELECT id FROM `)}
	r.set.join(list)
	r.set.add(` u JOIN action_parties p ON p.role_id = u.id AND p.part = 'responsible'`)
	r.probe.join(list)
	r.probe.add(` u)))`)
	f.among = append(f.among, r)
}

// conditions gathers what is asked of an action's own columns.
func (f *finder) conditions() {
	q := &f.q
	and := func(sql string, args ...any) { f.where = append(f.where, frag(sql, args...)) }
	if q.Open || q.Review {
		and(`@a.` + notClosed)
	}
	if len(q.Statuses) > 0 {
		and(`@a.status IN (?`+strings.Repeat(`, ?`, len(q.Statuses)-1)+`)`, anyOf(q.Statuses)...)
	}
	if q.Priority != "" {
		and(`@a.priority = ?`, string(q.Priority))
	}
	if q.PlanYear != 0 {
		and(`@a.plan_year = ?`, q.PlanYear)
	}
	if q.Late {
		and(`@a.due > '' AND @a.due < ? AND a.certainty <> 'unconfirmed' AND @a.status IN ('open', 'in_progress')`, q.AsOf)
	}
	if q.Undated {
		and(`(a.due = '' OR a.certainty = 'unconfirmed') AND @a.status IN ('open', 'in_progress')`)
	}
	if !q.DueFrom.IsZero() {
		and(`@a.due >= ?`, q.DueFrom)
	}
	if !q.DueTo.IsZero() {
		and(`@a.due > '' AND @a.due <= ?`, q.DueTo)
	}
	f.words()
}

// words asks for the words of the text. Where nothing else leaves few actions they are looked for in all of them, from end to end: that is
// quicker than in their order, unless the words are common.
func (f *finder) words() {
	var has, named fragment
	for i, word := range strings.Fields(strings.ToLower(f.q.Text)) {
		and := ` AND `
		if i == 0 {
			and = ``
		}
		sql, arg := f.s.d.contains(`a.search`, word)
		has.add(and+sql, arg)
		sql, arg = f.s.d.contains(`search`, word)
		named.add(and+sql, arg)
	}
	switch {
	case has.sql == "":
	case len(f.among) > 0:
		f.where = append(f.where, has)
	default:
		set := frag(`SELECT id AS action_id FROM actions WHERE `)
		set.join(named)
		f.among = append(f.among, relation{set: set, probe: has, own: true})
	}
}

// fewest finds out whether the relations leave few actions.
func (f *finder) fewest(ctx context.Context, few int) error {
	if f.none || len(f.among) == 0 {
		return nil
	}
	query := frag(`SELECT x.action_id FROM (`)
	query.join(f.among[0].set)
	query.add(`) x WHERE 1 = 1`)
	for _, r := range f.among[1:] {
		query.add(` AND x.action_id IN (`)
		query.join(r.set)
		query.add(`)`)
	}
	query.add(` LIMIT ?`, few+1)
	ids := []int64{}
	if err := f.s.r.SelectContext(ctx, &ids, query.text(), query.args...); err != nil {
		return fmt.Errorf("reading which actions: %w", err)
	}
	if len(ids) <= few {
		slices.Sort(ids)
		f.few = slices.Compact(ids)
		f.none = len(ids) == 0
	}
	return nil
}

// selection is a query with all conditions. To walk an order is to ask of each action in it; otherwise they are held against what the
// relations find, all at once.
func (f *finder) selection(from string, l lane, walk bool) fragment {
	query := frag(from + ` WHERE 1 = 1`)
	if l.only.sql != "" {
		query.add(` AND `)
		query.join(l.only)
	}
	switch {
	case f.few != nil:
		query.add(` AND a.id IN (SELECT id FROM `)
		query.join(f.s.listOf(f.few))
		query.add(` few)`)
	case walk:
		for _, r := range f.among {
			query.add(` AND `)
			query.join(r.probe)
		}
	default:
		for _, r := range f.among {
			if r.own {
				query.add(` AND `)
				query.join(r.probe)
				continue
			}
			query.add(` AND ` + f.s.d.unindexed + `a.id IN (`)
			query.join(r.set)
			query.add(`)`)
		}
	}
	hide := ``
	if walk || f.few != nil {
		hide = f.s.d.unindexed
	}
	for _, c := range f.where {
		query.add(` AND ` + strings.ReplaceAll(c.sql, `@`, hide))
		query.args = append(query.args, c.args...)
	}
	return query
}

// lanes are the parts of the query's order. Few actions are one.
func (f *finder) lanes() []lane {
	q := &f.q
	down := ``
	if q.Descending {
		down = ` DESC`
	}
	if f.few != nil {
		return []lane{{order: sortOf(q.Sort, down)}}
	}
	switch q.Sort {
	case tertial.ByDue:
		return []lane{
			{frag(`a.due > ''`), `a.due` + down + `, a.sort_key`},
			{frag(`a.due = ''`), `a.sort_key`},
		}
	case tertial.ByStatus:
		return lanesOf(`a.status`, pick(statuses(), q.Statuses), q.Descending)
	case tertial.ByPriority:
		wanted := []tertial.Priority{q.Priority}
		return lanesOf(`a.priority`, pick(tertial.Priorities(), wanted[:min(len(q.Priority), 1)]), q.Descending)
	case tertial.ByTitle:
		return []lane{{order: `a.title_key` + down + `, a.sort_key`}}
	case tertial.ByChanged:
		return []lane{{order: `a.changed_at` + down + `, a.sort_key`}}
	}
	l := lane{order: `a.sort_key` + down}
	switch {
	case len(q.Statuses) == 1:
		l.only = frag(`a.status = ?`, string(q.Statuses[0]))
	case q.Priority != "":
		l.only = frag(`a.priority = ?`, string(q.Priority))
	}
	return []lane{l}
}

func statuses() []tertial.Status {
	return []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done, tertial.Cancelled, tertial.Inapplicable}
}

// pick returns those of all that are wanted: all of them where nothing is.
func pick[T comparable](all, wanted []T) []T {
	if len(wanted) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(x T) bool { return !slices.Contains(wanted, x) })
}

// lanesOf is a lane for each value of a column.
func lanesOf[T ~string](column string, values []T, descending bool) []lane {
	if descending {
		slices.Reverse(values)
	}
	lanes := make([]lane, len(values))
	for i, v := range values {
		lanes[i] = lane{frag(column+` = ?`, string(v)), `a.sort_key`}
	}
	return lanes
}

// sortOf is an order for a list that is to be sorted.
func sortOf(by tertial.ActionSort, down string) string {
	switch by {
	case tertial.ByDue:
		return `CASE WHEN a.due = '' THEN 1 ELSE 0 END, a.due` + down + `, a.sort_key`
	case tertial.ByStatus:
		return rank(`a.status`, statuses()) + down + `, a.sort_key`
	case tertial.ByPriority:
		return rank(`a.priority`, tertial.Priorities()) + down + `, a.sort_key`
	case tertial.ByTitle:
		return `a.title_key` + down + `, a.sort_key`
	case tertial.ByChanged:
		return `a.changed_at` + down + `, a.sort_key`
	}
	return `a.sort_key` + down
}

// rank is a column's place among its values.
func rank[T ~string](column string, values []T) string {
	sql := `CASE ` + column
	for i, v := range values {
		sql += fmt.Sprintf(` WHEN '%s' THEN %d`, v, i)
	}
	return sql + ` END`
}

// roleList is a set of roles as a list, in one order.
func roleList(set map[int64]bool) []int64 {
	return slices.Sorted(maps.Keys(set))
}

// anyOf are values as parameters.
func anyOf[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}
