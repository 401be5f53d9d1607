package store

import (
	"context"
	"fmt"
)

// setLook sets the look of actions a to the instant $1. Where a look lay ahead, all that
// was dated up to the day $2 has been dealt with, and the change must not make up notices
// for the past. Where a look is outstanding it has yet to deal with those days.
const setLook = `UPDATE looks SET look_at = $1,
		looked = CASE WHEN (look_at IS NULL OR look_at > $1) AND looked < $2
			AND (a.status = 'reported_done' OR a.status IN ('open', 'in_progress') AND a.review = '') THEN $2 ELSE looked END
	FROM actions a WHERE a.id = looks.action_id AND `

// lookWhere has every action looked at again for which the condition on a holds, with
// parameters from $3. Closed ones never are.
func (t *txn) lookWhere(ctx context.Context, condition string, args ...any) error {
	args = append([]any{instantOf(t.stamp.At), t.stamp.Through}, args...)
	t.wake()
	_, err := t.exec(ctx, setLook+`a.`+notClosed+` AND `+condition, args...)
	if err != nil {
		return fmt.Errorf("setting looks: %w", err)
	}
	return nil
}

// lookAgain is lookWhere for some actions, closed ones being taken up again included.
func (t *txn) lookAgain(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	t.wake()
	_, err := t.exec(ctx, setLook+`a.id IN (SELECT id FROM `+t.s.d.ids(3)+` x)`,
		instantOf(t.stamp.At), t.stamp.Through, t.s.d.list(ids))
	if err != nil {
		return fmt.Errorf("setting looks: %w", err)
	}
	return nil
}

// lookAll has every action looked at again that anybody is told of.
func (t *txn) lookAll(ctx context.Context) error {
	return t.lookWhere(ctx, `(a.status = 'reported_done' OR a.review = '')`)
}

// lookFor has the actions looked at again that concern people, or the roles: those of which the people, or those who depend on them,
// hold a role. Whoever is coordinator, or stands in for one, is concerned by all.
func (t *txn) lookFor(ctx context.Context, people, roles []int64) error {
	if len(people) == 0 && len(roles) == 0 {
		return nil
	}
	var concerned []int64
	err := t.SelectContext(ctx, &concerned, `WITH RECURSIVE reach (id) AS (
			SELECT id FROM `+t.s.d.ids(1)+` x
			UNION
			SELECT p.id FROM reach JOIN persons p ON p.manager_id = reach.id OR p.deputy_id = reach.id
		)
		SELECT DISTINCT h.role_id FROM reach CROSS JOIN holdings h WHERE h.person_id = reach.id`, t.s.d.list(people))
	if err != nil {
		return fmt.Errorf("reading whom a change concerns: %w", err)
	}
	concerned = append(concerned, roles...)
	var coordinator []int64
	if err := t.SelectContext(ctx, &coordinator, `SELECT id FROM roles WHERE key = $1`, t.s.coordinator); err != nil {
		return fmt.Errorf("reading the coordinator's role: %w", err)
	}
	for _, id := range concerned {
		if len(coordinator) > 0 && id == coordinator[0] {
			return t.lookAll(ctx)
		}
	}
	return t.lookWhere(ctx, `a.id IN (SELECT p.action_id FROM `+t.s.d.ids(3)+` x JOIN action_parties p ON p.role_id = x.id)`, t.s.d.list(concerned))
}
