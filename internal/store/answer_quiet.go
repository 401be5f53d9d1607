package store

import (
	"context"
	"fmt"
	"slices"

	"tertial/internal/tertial"
)

// silence sets who is no longer reminded, and until when, and ends what earlier answers had set for the same people. What the
// person has asked and nobody has decided on no longer waits where the answer settles it.
func (g *giving) silence(ctx context.Context) error {
	t, id := g.t, g.l.action.ID
	if g.settles() {
		if err := g.withdraw(ctx); err != nil {
			return err
		}
	}
	before, err := t.quiets(ctx, id)
	if err != nil {
		return err
	}
	var gone, kept []int64
	for _, q := range before {
		switch {
		case !slices.Contains(g.voice.people, q.PersonID) && !slices.Contains(g.undo.Withdrawn, q.ResponseID):
		case q.Until.IsZero() && !g.settles():
			kept = append(kept, q.PersonID)
		default:
			gone = append(gone, q.PersonID)
			g.undo.Quiets = append(g.undo.Quiets, q)
		}
	}
	if err := t.endQuiets(ctx, id, gone); err != nil {
		return err
	}
	until, undecided := g.a.QuietUntil(g.l.action.Timing.Due, g.today)
	if until.IsZero() && !undecided {
		return nil
	}
	rows := insertQuiets()
	for _, person := range g.voice.people {
		if !slices.Contains(kept, person) {
			rows.add(id, person, g.today, until, string(g.a.Kind), g.a.ID)
		}
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("storing who is not reminded: %w", err)
	}
	return nil
}

// settles reports whether the answer takes the place of what the person has asked before: all do but one that only puts a
// reminder off, or says what stands in the way.
func (g *giving) settles() bool {
	return g.a.Kind != tertial.AnswerLater && g.a.Kind != tertial.AnswerBlocked
}

// withdraw takes back what the person has asked about the action and nobody has decided on.
func (g *giving) withdraw(ctx context.Context) error {
	t := g.t
	var asked []struct {
		ID int64  `db:"id"`
		To string `db:"to_address"`
	}
	err := t.SelectContext(ctx, &asked, `SELECT r.id, r.to_address FROM responses r
		WHERE r.action_id = $1 AND r.person_id = $2 AND `+waitingResponses+` ORDER BY r.id`, g.l.action.ID, g.a.PersonID)
	if err != nil {
		return fmt.Errorf("reading what waits for a decision: %w", err)
	}
	for _, r := range asked {
		if _, err := t.exec(ctx, `UPDATE responses SET undone_at = $2 WHERE id = $1`, r.ID, instantOf(t.stamp.At)); err != nil {
			return fmt.Errorf("withdrawing an answer: %w", err)
		}
		if err := t.voidHandOver(ctx, r.ID, r.To); err != nil {
			return err
		}
		if err := t.note("action "+g.l.action.Ref, "answer withdrawn", map[string]int64{"answer": r.ID, "by": g.a.ID}); err != nil {
			return err
		}
		g.undo.Withdrawn = append(g.undo.Withdrawn, r.ID)
	}
	return nil
}

// quiets returns those of an action.
func (t *txn) quiets(ctx context.Context, action int64) ([]quietRow, error) {
	var rows []quietRow
	err := t.SelectContext(ctx, &rows, `SELECT action_id, person_id, since_date, until_date, kind, response_id
		FROM quiets WHERE action_id = $1 ORDER BY person_id`, action)
	if err != nil {
		return nil, fmt.Errorf("reading who is not reminded: %w", err)
	}
	return rows, nil
}

func insertQuiets() *batch {
	return insert("quiets", `action_id BIGINT, person_id BIGINT, since_date TEXT, until_date TEXT, kind TEXT, response_id BIGINT`, `ON CONFLICT DO NOTHING`)
}

func (t *txn) endQuiets(ctx context.Context, action int64, people []int64) error {
	if len(people) == 0 {
		return nil
	}
	_, err := t.exec(ctx, `DELETE FROM quiets WHERE action_id = $1 AND person_id IN (SELECT id FROM `+t.s.d.ids(2)+` x)`, action, t.s.d.list(people))
	if err != nil {
		return fmt.Errorf("ending a quiet: %w", err)
	}
	return nil
}

// endQuietOf ends what an answer has set.
func (t *txn) endQuietOf(ctx context.Context, action, response int64) error {
	_, err := t.exec(ctx, `DELETE FROM quiets WHERE action_id = $1 AND response_id = $2`, action, response)
	if err != nil {
		return fmt.Errorf("ending a quiet: %w", err)
	}
	return nil
}
