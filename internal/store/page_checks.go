package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tertial/internal/tertial"
)

const (
	// checkRefs is how many actions a check names.
	checkRefs = 100
	// After so many days somebody should ask what stands in the way, and look at what was reported done.
	longBlocked, longReported = 28, 14
)

// check is a standing check: what it finds are the actions a for which where holds.
type check struct {
	kind     tertial.CheckKind
	severity string
	where    string // a query's part after FROM actions a WHERE
	args     []any
}

// The severities of checks, the gravest first.
const (
	checkError   = "error"
	checkWarning = "warning"
	checkInfo    = "info"
)

func (s *Store) checks(asOf tertial.Date) []check {
	asks := `a.review <> '' AND a.` + notClosed
	before := func(days int) []any { return []any{instantOf(asOf.AddDays(-days).At(0, s.zone))} }
	return []check{
		{tertial.CheckNoOwner, checkError, asks + ` AND a.review LIKE '%` + string(tertial.NoResponsible) + `%'`, nil},
		{tertial.CheckDuePast, checkError, asks + ` AND a.review LIKE '%` + string(tertial.DuePast) + `%'`, nil},
		{tertial.CheckNoTiming, checkWarning, `a.certainty = 'unconfirmed' AND a.certainty IN ('inferred', 'unconfirmed') AND a.` + notClosed, nil},
		{tertial.CheckNoDate, checkWarning, `a.due = '' AND a.status IN ('open', 'in_progress', 'reported_done') AND a.certainty <> 'unconfirmed'
			AND NOT a.due_given AND a.recurrence NOT IN ('continuous', 'as-needed')`, nil},
		{tertial.CheckLongBlocked, checkWarning, `a.progress IN ('deviates', 'blocked') AND a.progress = 'blocked' AND a.status = 'in_progress'
			AND a.progress_at < ?`, before(longBlocked)},
		{tertial.CheckNoConfirming, checkWarning, `a.status = 'reported_done' AND a.reported_at < ?`, before(longReported)},
		{tertial.CheckUnknown, checkInfo, `EXISTS (SELECT 1 FROM findings) AND a.` + notClosed + ` AND a.id IN (SELECT action_id FROM action_clauses
			WHERE clause NOT IN (SELECT clause FROM findings))`, nil},
		{tertial.CheckTwins, checkInfo, `a.` + notClosed + ` AND a.title_key IN (SELECT title_key FROM actions WHERE ` + notClosed + `
				GROUP BY title_key HAVING COUNT(*) > 1)
			AND EXISTS (SELECT 1 FROM actions b WHERE b.title_key = a.title_key AND b.plan_year = a.plan_year AND b.id <> a.id AND b.` + notClosed + `)`, nil},
		{tertial.CheckNoEvidence, checkInfo, `a.status = 'done'
			AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.action_id = a.id AND e.removed_at IS NULL)`, nil},
	}
}

// Checks looks for what a person should know of on a day, the gravest first: each with how often it is found, and the first hundred
// actions, by plan year and clause. What is not found is not there.
func (s *Store) Checks(ctx context.Context, asOf tertial.Date) ([]tertial.Check, error) {
	found := []tertial.Check{}
	for _, c := range s.checks(asOf) {
		refs, n, err := s.namedBy(ctx, frag(` FROM actions a WHERE `+c.where, c.args...))
		if err != nil {
			return nil, s.failed(ctx, "checking "+string(c.kind), err)
		}
		if n > 0 {
			found = append(found, tertial.Check{Kind: c.kind, Severity: c.severity, Count: n, Refs: refs, Roles: []string{}})
		}
	}
	vacant, err := s.vacantRoles(ctx, asOf)
	if err != nil {
		return nil, s.failed(ctx, "checking roles", err)
	}
	suspect, err := s.suspectAddresses(ctx, asOf)
	if err != nil {
		return nil, s.failed(ctx, "checking addresses", err)
	}
	for _, c := range []tertial.Check{vacant, suspect} {
		if c.Count > 0 {
			found = append(found, c)
		}
	}
	gravity := []string{checkError, checkWarning, checkInfo}
	slices.SortStableFunc(found, func(a, b tertial.Check) int {
		return cmp.Compare(slices.Index(gravity, a.Severity), slices.Index(gravity, b.Severity))
	})
	return found, nil
}

// namedBy returns the first actions that a query finds, and how many there are.
func (s *Store) namedBy(ctx context.Context, from fragment) (refs []string, n int, err error) {
	query := frag(`SELECT a.ref`+from.sql+` ORDER BY a.sort_key LIMIT ?`, append(slices.Clone(from.args), checkRefs+1)...)
	refs = []string{}
	if err := s.r.SelectContext(ctx, &refs, query.text(), query.args...); err != nil {
		return nil, 0, err
	}
	if len(refs) <= checkRefs {
		return refs, len(refs), nil
	}
	query = frag(`SELECT COUNT(*)`+from.sql, from.args...)
	err = s.r.GetContext(ctx, &n, query.text(), query.args...)
	return refs[:checkRefs], n, err
}

// vacantRoles finds the roles that nobody holds and that are responsible for an action that is not closed. Its count is of
// the roles.
func (s *Store) vacantRoles(ctx context.Context, asOf tertial.Date) (tertial.Check, error) {
	c := tertial.Check{Kind: tertial.CheckRoleVacant, Severity: checkWarning, Refs: []string{}, Roles: []string{}}
	unheld, err := s.unheldRoles(ctx, asOf)
	if err != nil || len(unheld) == 0 {
		return c, err
	}
	list := s.listOf(roleList(unheld))
	query := frag(`SELECT r.name FROM `)
	query.join(list)
	query.add(` u JOIN roles r ON r.id = u.id WHERE EXISTS (SELECT 1 FROM action_parties p JOIN actions a ON a.id = p.action_id
		WHERE p.role_id = u.id AND p.part = 'responsible' AND a.` + notClosed + `) ORDER BY r.name`)
	if err := s.r.SelectContext(ctx, &c.Roles, query.text(), query.args...); err != nil {
		return c, fmt.Errorf("reading roles: %w", err)
	}
	c.Count = len(c.Roles)
	query = frag(`SELECT DISTINCT a.ref, a.sort_key FROM `)
	query.join(list)
	query.add(` u JOIN action_parties p ON p.role_id = u.id AND p.part = 'responsible' JOIN actions a ON a.id = p.action_id
		WHERE a.`+notClosed+` ORDER BY a.sort_key LIMIT ?`, checkRefs)
	var rows []struct {
		Ref     string `db:"ref"`
		SortKey string `db:"sort_key"`
	}
	if err := s.r.SelectContext(ctx, &rows, query.text(), query.args...); err != nil {
		return c, fmt.Errorf("reading the actions of roles: %w", err)
	}
	for _, r := range rows {
		c.Refs = append(c.Refs, r.Ref)
	}
	return c, nil
}

// suspectAddresses finds the people whose address is thought to be wrong, and tells the roles that they hold.
func (s *Store) suspectAddresses(ctx context.Context, asOf tertial.Date) (tertial.Check, error) {
	c := tertial.Check{Kind: tertial.CheckAddress, Severity: checkWarning, Refs: []string{}, Roles: []string{}}
	people, err := s.people(ctx, s.r, selectPersons+`WHERE p.suspect <> '' ORDER BY p.id`)
	if err != nil {
		return c, fmt.Errorf("reading people: %w", err)
	}
	c.Count = len(people)
	for i := range people {
		for _, role := range people[i].Roles(asOf) {
			if !slices.Contains(c.Roles, role) {
				c.Roles = append(c.Roles, role)
			}
		}
	}
	return c, nil
}
