package store

import (
	"context"
	"fmt"
	"slices"

	"tertial/internal/tertial"
)

// change is an action before and after somebody edited it.
type change struct {
	before *loaded
	after  tertial.Action
	fields map[string][2]any
}

// changeOf runs edit on a copy and returns what it changed, nil for nothing. What
// identifies the action is not the editor's to change.
func changeOf(l *loaded, edit func(*tertial.Action) error) (*change, error) {
	c := &change{before: l, after: cloneAction(&l.action)}
	if err := edit(&c.after); err != nil {
		return nil, err
	}
	a, b := &c.after, &l.action
	a.ID, a.AssessmentID, a.Ref, a.Version, a.Created = b.ID, b.AssessmentID, b.Ref, b.Version, b.Created
	a.Answer(tertial.RoleUnheld)
	a.Normalise()
	if err := checkAction(a); err != nil {
		return nil, err
	}
	c.fields = differences(b, a)
	if len(c.fields) == 0 {
		return nil, nil
	}
	a.Version++
	return c, nil
}

// told reports whether anybody is told of an action that stands so.
func told(a *tertial.Action) bool { return a.Active() || a.Status == tertial.ReportedDone }

// resumed reports whether the action was taken up again after it had been done with.
func (c *change) resumed() bool {
	was := c.before.action.Status
	return (was.Closed() || was == tertial.ReportedDone) && !c.after.Status.Closed() && c.after.Status != tertial.ReportedDone
}

// activated reports whether the change makes the action one that owners are told of.
func (c *change) activated() bool {
	return c.after.Active() && (!c.before.action.Active())
}

// lists reports whether what hangs on the action changed.
func (c *change) lists() bool {
	for _, field := range []string{"clauses", "events", "steps", "responsible", "contributors", "follow_up"} {
		if _, ok := c.fields[field]; ok {
			return true
		}
	}
	return false
}

// row is what is stored after the change, with what looks go by.
func (c *change) row(t *txn) *actionRow {
	r, was := rowOf(&c.after, t.stamp.At), c.before.row
	r.ActivatedAt, r.Reopened, r.ReportedAt, r.DueSince = was.ActivatedAt, was.Reopened, was.ReportedAt, was.DueSince
	if c.activated() {
		r.ActivatedAt, r.Reopened = instantOf(t.stamp.At), c.resumed()
	}
	if c.after.Status == tertial.ReportedDone && c.before.action.Status != tertial.ReportedDone {
		r.ReportedAt = instantOf(t.stamp.At)
	}
	if c.after.Timing.Due != c.before.action.Timing.Due {
		r.DueSince = t.s.day(t.stamp.At)
	}
	return r
}

// verb says in the log what a change came to.
func (c *change) verb() string {
	was, is := &c.before.action, &c.after
	switch {
	case was.Status != is.Status && is.Status.Closed():
		return "closed"
	case c.resumed():
		return "reopened"
	case was.Status != is.Status && is.Status == tertial.ReportedDone:
		return "reported done"
	case was.ProgressAt != is.ProgressAt:
		return "status given"
	case was.Status != is.Status:
		return "started"
	case was.Timing.Certainty != is.Timing.Certainty && is.Timing.Certainty == tertial.Confirmed:
		return "confirmed"
	}
	return "changed"
}

// store stores changes in a number of statements that does not grow with theirs, sets
// the looks, and logs each.
func (t *txn) store(ctx context.Context, changes []*change) error {
	if len(changes) == 0 {
		return nil
	}
	var look, closed, fresh, resumed, lists []int64
	rows, children := update("actions", storedColumns), t.newChildren()
	for _, c := range changes {
		id := c.after.ID
		rows.add(c.row(t).stored()...)
		switch {
		case c.after.Status.Closed():
			closed = append(closed, id)
		case told(&c.before.action) || told(&c.after):
			look = append(look, id)
		}
		if c.resumed() {
			resumed = append(resumed, id)
		} else if c.activated() {
			fresh = append(fresh, id)
		}
		if c.lists() {
			lists = append(lists, id)
			children.add(&c.after)
		}
		if err := t.note("action "+c.after.Ref, c.verb(), c.fields); err != nil {
			return err
		}
	}
	// The law of looks goes by how the action stood before.
	if err := t.lookAgain(ctx, look); err != nil {
		return err
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("storing changes: %w", err)
	}
	if err := t.close(ctx, closed); err != nil {
		return err
	}
	if err := t.forget(ctx, "informed", fresh); err != nil {
		return err
	}
	if err := t.forget(ctx, "answers", slices.Concat(fresh, resumed)); err != nil {
		return err
	}
	if len(lists) == 0 {
		return nil
	}
	if err := children.replace(ctx, lists); err != nil {
		return err
	}
	return children.store(ctx)
}

// close ends what is owed about actions that are done with. A notice in a mail that is
// on its way is left to the mail.
func (t *txn) close(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	list := t.s.d.list(ids)
	if _, err := t.exec(ctx, `UPDATE looks SET look_at = NULL WHERE action_id IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, list); err != nil {
		return fmt.Errorf("ending looks: %w", err)
	}
	_, err := t.exec(ctx, `UPDATE notices SET state = 'void', why = 'closed'
		WHERE action_id IN (SELECT id FROM `+t.s.d.ids(1)+` x) AND (state = 'owed' OR state = 'placed'
			AND message_id IN (SELECT id FROM messages WHERE state IN ('composing', 'queued')))`, list)
	if err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	return nil
}

func (t *txn) forget(ctx context.Context, table string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := t.exec(ctx, `DELETE FROM `+table+` WHERE action_id IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, t.s.d.list(ids))
	return err
}
