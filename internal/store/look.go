package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tertial/internal/tertial"
)

// Look has decide rule on the actions whose look is due, and stores what it rules: notices,
// a row in the day's message of each reader, and the next look. It returns how many actions it looked at, 0 when nothing is due.
// One portion is one transaction; of several replicas one looks at a time.
//
// A notice is made out once: one that is there already is not, and a row that shows it is left out. A ruling's notice
// whose reader's mail of the day has been released stays owed, and is looked at again at NextSend. decide may run more than once.
func (s *Store) Look(ctx context.Context, q tertial.LookRequest, decide func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)) (n int, err error) {
	// With nothing due a look is one read and takes no lock.
	due, err := s.due(ctx, s.r, q.Now)
	if err != nil || !due {
		return 0, s.failed(ctx, "looking", err)
	}
	if q.Limit <= 0 {
		q.Limit = portion
	}
	err = s.write(ctx, "looking", tertial.Stamp{At: q.Now, By: "remind", Via: "remind"}, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		// Whoever changes what decides about an action sets its look in the same transaction: what is read
		// after the looks have been locked is how things stand, or the look is set again after this.
		var looks []lookRow
		err := t.SelectContext(ctx, &looks, `SELECT `+lookColumns+` FROM looks l
			WHERE l.look_at <= $1 ORDER BY l.look_at, l.action_id LIMIT $2`+s.d.forUpdate, instantOf(q.Now), q.Limit)
		if n = len(looks); err != nil || n == 0 {
			return err
		}
		ds, reg, err := s.dossiers(ctx, t, looks, q.Coordinator)
		if err != nil {
			return err
		}
		rulings, err := decide(ds, reg)
		if err != nil {
			return err
		}
		return t.rule(ctx, q, ds, rulings)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (s *Store) due(ctx context.Context, q querier, now time.Time) (bool, error) {
	var one []int
	err := q.SelectContext(ctx, &one, `SELECT 1 FROM looks WHERE look_at <= $1 LIMIT 1`, instantOf(now))
	return len(one) > 0, err
}

// NextLook returns the instant of the next look, the zero time where there is none.
func (s *Store) NextLook(ctx context.Context) (time.Time, error) {
	var next instant
	err := s.r.GetContext(ctx, &next, `SELECT MIN(look_at) FROM looks WHERE look_at IS NOT NULL`)
	return next.Time, s.failed(ctx, "asking for the next look", err)
}

// rule stores rulings.
func (t *txn) rule(ctx context.Context, q tertial.LookRequest, ds []tertial.Dossier, rulings []tertial.Ruling) error {
	dossiers := make(map[int64]*tertial.Dossier, len(ds))
	for i := range ds {
		dossiers[ds[i].Action.ID] = &ds[i]
	}
	if len(rulings) != len(ds) {
		return fmt.Errorf("%d rulings on %d actions", len(rulings), len(ds))
	}
	p := &placing{t: t, q: q, rulings: rulings}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := p.storeNotices(ctx); err != nil {
		return err
	}
	if err := p.storeMessages(ctx); err != nil {
		return err
	}
	// By its key, and not by a join: the planner would read the whole table where that is not much larger.
	rows := insert("looks", `action_id BIGINT, look_at BIGINT, looked TEXT, escalated TEXT`, `ON CONFLICT (action_id) DO UPDATE
		SET look_at = excluded.look_at, looked = excluded.looked, escalated = excluded.escalated`)
	informed, gone := insert("informed", `action_id BIGINT, slot_person BIGINT, slot_role BIGINT`, `ON CONFLICT DO NOTHING`), []int64(nil)
	for i := range rulings {
		r := &rulings[i]
		d := dossiers[r.ActionID]
		if d == nil {
			return fmt.Errorf("a ruling on action %d, which was not asked for", r.ActionID)
		}
		next := r.Next
		if p.delayed[r.ActionID] && (next.IsZero() || q.NextSend.Before(next)) {
			next = q.NextSend
		}
		rows.add(r.ActionID, instantOf(next), r.Looked, r.Escalated)
		if slices.Equal(r.Informed, d.Informed) {
			continue
		}
		for _, s := range r.Informed {
			informed.add(r.ActionID, s.Person, s.Role)
		}
		if len(d.Informed) > 0 {
			gone = append(gone, r.ActionID)
		}
	}
	if err := t.forget(ctx, "informed", gone); err != nil {
		return err
	}
	if _, err := informed.run(ctx, t); err != nil {
		return fmt.Errorf("storing who is informed: %w", err)
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("storing the next looks: %w", err)
	}
	return nil
}
