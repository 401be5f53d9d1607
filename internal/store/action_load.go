package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// partyRow is a role's part in an action.
type partyRow struct {
	ActionID int64
	Part     tertial.Part
	RoleID   int64
	Written  string
}

func (p *partyRow) noun() tertial.Party {
	return tertial.Party{Part: p.Part, Role: tertial.Role{ID: p.RoleID, Name: p.Written}}
}

type stepRow struct {
	ActionID int64  `db:"action_id"`
	Title    string `db:"title"`
	Done     bool   `db:"done"`
}

// loaded is an action with its row and its parties in the document's order.
type loaded struct {
	row     *actionRow
	action  tertial.Action
	parties []tertial.Party
}

// complete turns rows into actions: two statements, whatever their number.
func (s *Store) complete(ctx context.Context, q querier, rows []actionRow) ([]loaded, error) {
	all := make([]loaded, len(rows))
	index := make(map[int64]*loaded, len(rows))
	ids := make([]int64, len(rows))
	for i := range rows {
		a, err := rows[i].noun()
		if err != nil {
			return nil, err
		}
		all[i] = loaded{row: &rows[i], action: a}
		ids[i], index[a.ID] = a.ID, &all[i]
	}
	if len(all) == 0 {
		return all, nil
	}
	if err := s.parties(ctx, q, ids, func(p partyRow) { index[p.ActionID].join(p) }); err != nil {
		return nil, err
	}
	return all, s.steps(ctx, q, ids, func(id int64) *tertial.Action { return &index[id].action })
}

// parties hands over who takes part in actions, each action's in the document's order.
func (s *Store) parties(ctx context.Context, q querier, ids []int64, take func(partyRow)) error {
	err := scan(ctx, q, func(rows *sqlx.Rows) error {
		var p partyRow
		if err := rows.Scan(&p.ActionID, &p.Part, &p.RoleID, &p.Written); err != nil {
			return err
		}
		take(p)
		return nil
	}, `SELECT p.action_id, p.part, p.role_id, p.written
		FROM `+s.d.ids(1)+` due JOIN action_parties p ON p.action_id = due.id ORDER BY p.action_id, p.ord`, s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading parties: %w", err)
	}
	return nil
}

// steps gives actions their steps.
func (s *Store) steps(ctx context.Context, q querier, ids []int64, action func(int64) *tertial.Action) error {
	var steps []stepRow
	if err := q.SelectContext(ctx, &steps, `SELECT s.action_id, s.title, s.done
		FROM `+s.d.ids(1)+` due JOIN steps s ON s.action_id = due.id ORDER BY s.action_id, s.ord`, s.d.list(ids)); err != nil {
		return fmt.Errorf("reading steps: %w", err)
	}
	for _, x := range steps {
		a := action(x.ActionID)
		a.Steps = append(a.Steps, tertial.Step{Title: x.Title, Done: x.Done})
	}
	return nil
}

func (l *loaded) join(p partyRow) {
	l.parties = append(l.parties, p.noun())
	switch p.Part {
	case tertial.Responsible:
		l.action.Responsible = append(l.action.Responsible, p.Written)
	case tertial.Contributor:
		l.action.Contributors = append(l.action.Contributors, p.Written)
	case tertial.FollowUp:
		l.action.FollowUp = append(l.action.FollowUp, p.Written)
	}
}

// Action returns one action, or [tertial.ErrNotFound].
func (s *Store) Action(ctx context.Context, ref string) (tertial.Action, error) {
	l, err := s.loadAction(ctx, s.r, ref, "")
	if err != nil {
		return tertial.Action{}, s.failed(ctx, "reading action "+cut(ref), err)
	}
	return l.action, nil
}

// loadAction reads one action whole; lock ends the statement.
func (s *Store) loadAction(ctx context.Context, q querier, ref, lock string) (*loaded, error) {
	var row actionRow
	err := q.GetContext(ctx, &row, `SELECT `+editColumns+` FROM actions WHERE ref = $1`+lock, ref)
	if err != nil {
		return nil, notFound("there is no action "+cut(ref), err)
	}
	all, err := s.complete(ctx, q, []actionRow{row})
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// cut shortens what somebody wrote, for an error's text.
func cut(s string) string { return fmt.Sprintf("%.80q", s) }
