package store

import (
	"context"
	"slices"

	"tertial/internal/tertial"
)

// ActionFindings returns what the analysis that an action comes from says of its clauses, in the document's order.
func (s *Store) ActionFindings(ctx context.Context, ref string) ([]tertial.Finding, error) {
	var rows []findingRow
	err := s.r.SelectContext(ctx, &rows, `SELECT `+findingColumns+` FROM actions a JOIN action_clauses c ON c.action_id = a.id
			JOIN findings f ON f.assessment_id = a.assessment_id AND f.clause = c.clause
		WHERE a.ref = $1 ORDER BY f.ord`, ref)
	if err != nil {
		return nil, s.failed(ctx, "reading what an analysis says", err)
	}
	all := make([]tertial.Finding, len(rows))
	for i, r := range rows {
		all[i] = tertial.Finding(r)
	}
	return all, nil
}

// findingRow is a row of an analysis.
type findingRow struct {
	ID          int64              `db:"id"`
	Clause      string             `db:"clause"`
	Conformity  tertial.Conformity `db:"conformity"`
	Requirement string             `db:"requirement"`
	Observation string             `db:"observation"`
	Proposal    string             `db:"proposal"`
	Owner       string             `db:"owner"`
	Priority    tertial.Priority   `db:"priority"`
	Timing      string             `db:"timing"`
	Line        int                `db:"line"`
}

const findingColumns = `f.id, f.clause, f.conformity, f.requirement, f.observation, f.proposal, f.owner, f.priority, f.timing, f.line`

// ActionMessages returns the last mails in which people are told of an action, or are asked or told what was answered about it, the
// newest first. Of a mail's items there are those of this action.
func (s *Store) ActionMessages(ctx context.Context, ref string, limit int) ([]tertial.Message, error) {
	if limit <= 0 {
		limit = pageLimit
	}
	messages, err := s.readMessages(ctx, s.r, `SELECT `+messageColumns+` FROM messages m WHERE m.id IN (
			SELECT n.message_id FROM actions a JOIN notices n ON n.action_id = a.id WHERE a.ref = $1 AND n.message_id IS NOT NULL
			UNION
			SELECT x.id FROM actions a JOIN responses r ON r.action_id = a.id JOIN persons p ON p.id = r.person_id
				JOIN messages x ON x.kind = 'decision' AND x.address_key = p.email_key AND x.key = CAST(r.id AS TEXT) WHERE a.ref = $1
			UNION
			SELECT x.id FROM actions a JOIN responses r ON r.action_id = a.id
				JOIN messages x ON x.kind = 'handover' AND x.address_key = LOWER(r.to_address) AND x.key = CAST(r.id AS TEXT) WHERE a.ref = $1)
		ORDER BY m.id DESC LIMIT $2`, ref, limit)
	if err != nil {
		return nil, s.failed(ctx, "reading the mails about an action", err)
	}
	for i := range messages {
		m := &messages[i]
		m.Items = slices.DeleteFunc(m.Items, func(x tertial.Item) bool { return x.Ref != ref })
	}
	return messages, nil
}

// ActionPeople returns the roles that take part in an action, each once and in the document's order, with who holds them on a
// day. Their work is not counted.
func (s *Store) ActionPeople(ctx context.Context, ref string, on tertial.Date) ([]tertial.RoleHolders, error) {
	var parties []struct {
		RoleID  int64  `db:"role_id"`
		Written string `db:"written"`
	}
	err := s.r.SelectContext(ctx, &parties, `SELECT p.role_id, p.written FROM actions a JOIN action_parties p ON p.action_id = a.id
		WHERE a.ref = $1 ORDER BY p.ord`, ref)
	if err != nil {
		return nil, s.failed(ctx, "reading who takes part in an action", err)
	}
	all := []tertial.RoleHolders{}
	var roles []int64
	for _, p := range parties {
		if !slices.Contains(roles, p.RoleID) {
			roles = append(roles, p.RoleID)
			all = append(all, tertial.RoleHolders{Role: tertial.Role{ID: p.RoleID, Name: p.Written}, People: []tertial.Person{}, Aliases: []string{}})
		}
	}
	return all, s.failed(ctx, "reading who holds roles", s.holders(ctx, all, on))
}

// holders gives roles the people who hold them on a day, by name.
func (s *Store) holders(ctx context.Context, roles []tertial.RoleHolders, on tertial.Date) error {
	if len(roles) == 0 {
		return nil
	}
	index, ids := make(map[int64]int, len(roles)), make([]int64, len(roles))
	for i := range roles {
		ids[i], index[roles[i].Role.ID] = roles[i].Role.ID, i
	}
	people, err := s.people(ctx, s.r, selectPersons+`WHERE p.id IN (SELECT h.person_id FROM `+s.d.ids(1)+` x JOIN holdings h ON h.role_id = x.id
		WHERE h.from_date <= $2 AND (h.to_date = '' OR h.to_date >= $2)) ORDER BY p.name, p.id`, s.d.list(ids), on)
	if err != nil {
		return err
	}
	for _, p := range people {
		for _, h := range p.Holdings {
			i, asked := index[h.RoleID]
			if !asked || !h.Covers(on) || slices.ContainsFunc(roles[i].People, func(x tertial.Person) bool { return x.ID == p.ID }) {
				continue
			}
			roles[i].People = append(roles[i].People, p)
		}
	}
	return nil
}
