package store

import (
	"context"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// RoleHolders returns every role with who holds it on a day, and how many actions it is responsible for that are not closed, and late by
// then. Its other names are those by which these actions call it. The order is that of the roles' keys.
func (s *Store) RoleHolders(ctx context.Context, on tertial.Date) ([]tertial.RoleHolders, error) {
	var roles []tertial.Role
	if err := s.r.SelectContext(ctx, &roles, `SELECT id, name FROM roles`); err != nil {
		return nil, s.failed(ctx, "listing roles", err)
	}
	slices.SortFunc(roles, func(a, b tertial.Role) int { return strings.Compare(tertial.RoleKey(a.Name), tertial.RoleKey(b.Name)) })
	all, index := make([]tertial.RoleHolders, len(roles)), make(map[int64]int, len(roles))
	for i, r := range roles {
		all[i] = tertial.RoleHolders{Role: r, People: []tertial.Person{}, Aliases: []string{}}
		index[r.ID] = i
	}
	var loads []struct {
		RoleID  int64  `db:"role_id"`
		Written string `db:"written"`
		Open    int    `db:"open"`
		Late    int    `db:"late"`
	}
	// CROSS JOIN has SQLite begin with the actions, in an index, and not go for each of them through their rows.
	err := s.r.SelectContext(ctx, &loads, `SELECT p.role_id, p.written, COUNT(*) AS open,
			COUNT(CASE WHEN a.due > '' AND a.due < $1 AND a.certainty <> 'unconfirmed' AND a.status <> 'reported_done' THEN 1 END) AS late
		FROM actions a CROSS JOIN action_parties p WHERE p.action_id = a.id AND p.part = 'responsible' AND a.`+notClosed+`
		GROUP BY p.role_id, p.written`, on)
	if err != nil {
		return nil, s.failed(ctx, "counting what roles have to do", err)
	}
	for _, l := range loads {
		r := &all[index[l.RoleID]]
		r.Open, r.Late = r.Open+l.Open, r.Late+l.Late
		if l.Written != r.Role.Name {
			r.Aliases = append(r.Aliases, l.Written)
		}
	}
	for i := range all {
		slices.Sort(all[i].Aliases)
	}
	return all, s.failed(ctx, "reading who holds roles", s.holders(ctx, all, on))
}
