package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// AddAction stores a new action. Without a reference it gets one: the plan year and the first
// clause, and where that is taken b, c… behind it. A reference that is taken is a conflict.
func (s *Store) AddAction(ctx context.Context, stamp tertial.Stamp, a tertial.Action) (tertial.Action, error) {
	a = cloneAction(&a)
	a.Answer(tertial.RoleUnheld)
	given := a.Ref
	err := s.write(ctx, "adding an action", stamp, func(t *txn) error {
		one := []tertial.Action{cloneAction(&a)}
		if err := t.insertActions(ctx, one); err != nil {
			return err
		}
		if given != "" && one[0].Ref != given {
			return fmt.Errorf("%w: there is an action %s already", tertial.ErrConflict, cut(given))
		}
		a = one[0]
		return nil
	})
	if err != nil {
		return tertial.Action{}, err
	}
	return a, nil
}

// EditAction changes an action by a function of its state, in one transaction. version is the one that
// the editor has seen, 0 for whichever: if another has been stored since, it is a conflict. The
// function may run more than once. An edit that changes nothing stores nothing.
func (s *Store) EditAction(ctx context.Context, stamp tertial.Stamp, ref string, version int, edit func(*tertial.Action) error) (tertial.Action, error) {
	var stored tertial.Action
	err := s.write(ctx, "editing action "+cut(ref), stamp, func(t *txn) error {
		l, err := s.loadAction(ctx, t, ref, s.d.forUpdate)
		if err != nil {
			return err
		}
		stored = l.action
		if version != 0 && version != stored.Version {
			return fmt.Errorf("%w: you have seen version %d of %s, and it is at %d; look at it again",
				tertial.ErrConflict, version, stored.Ref, stored.Version)
		}
		c, err := changeOf(l, edit)
		if err != nil || c == nil {
			return err
		}
		stored = c.after
		return t.store(ctx, []*change{c})
	})
	if err != nil {
		return tertial.Action{}, err
	}
	return stored, nil
}

// MergeActions makes one action of two: what other adds goes to into, and other is
// cancelled, which tells where it went. The timing is that of into.
func (s *Store) MergeActions(ctx context.Context, stamp tertial.Stamp, into, other string) (tertial.Action, error) {
	var stored tertial.Action
	if into == other {
		return stored, fmt.Errorf("%w: action %s cannot be merged with itself", tertial.ErrInvalid, cut(into))
	}
	err := s.write(ctx, "merging actions", stamp, func(t *txn) error {
		// Both rows are locked in one order, whichever way round they are merged.
		var ids []int64
		if err := t.SelectContext(ctx, &ids, `SELECT id FROM actions WHERE ref IN ($1, $2) ORDER BY id`+s.d.forUpdate, into, other); err != nil {
			return err
		}
		a, err := s.loadAction(ctx, t, into, "")
		if err != nil {
			return err
		}
		b, err := s.loadAction(ctx, t, other, "")
		if err != nil {
			return err
		}
		kept, err := changeOf(a, func(x *tertial.Action) error { return merge(x, &b.action) })
		if err != nil {
			return err
		}
		ended, err := changeOf(b, func(x *tertial.Action) error { return x.Close(tertial.Cancelled, "→ "+a.action.Ref) })
		if err != nil {
			return err
		}
		changes := []*change{ended}
		stored = a.action
		if kept != nil {
			changes, stored = append(changes, kept), kept.after
		}
		return t.store(ctx, changes)
	})
	if err != nil {
		return tertial.Action{}, err
	}
	return stored, nil
}

// merge adds to an action what another one has.
func merge(a, other *tertial.Action) error {
	if a.Status.Closed() || other.Status.Closed() {
		return fmt.Errorf("%w: a closed action cannot be merged; reopen it first", tertial.ErrRefused)
	}
	a.Clauses = union(a.Clauses, other.Clauses, func(s string) string { return s })
	slices.SortStableFunc(a.Clauses, func(x, y string) int { return strings.Compare(clauseKey(x), clauseKey(y)) })
	a.Responsible = union(a.Responsible, other.Responsible, tertial.RoleKey)
	a.Contributors = union(a.Contributors, other.Contributors, tertial.RoleKey)
	a.FollowUp = union(a.FollowUp, other.FollowUp, tertial.RoleKey)
	a.AskOfParties()
	a.Timing.Events = union(a.Timing.Events, other.Timing.Events, func(s string) string { return s })
	slices.Sort(a.Timing.Events)
	for _, step := range other.Steps {
		if !slices.ContainsFunc(a.Steps, func(x tertial.Step) bool { return x.Title == step.Title }) {
			a.Steps = append(a.Steps, step)
		}
	}
	if other.Description != "" && !strings.Contains(a.Description, other.Description) {
		a.Description = strings.TrimSpace(a.Description + "\n\n" + other.Description)
	}
	return nil
}

// union appends what b has and a has not, as key tells.
func union(a, b []string, key func(string) string) []string {
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y string) bool { return key(x) == key(y) }) {
			a = append(a, x)
		}
	}
	return a
}

// ReportDone records that a person has done their part. The action is reported done when everybody who
// holds a responsible role has said so, or when all its steps are done. A deputy speaks for
// whom they stand in for. Anybody else is refused.
func (s *Store) ReportDone(ctx context.Context, stamp tertial.Stamp, ref string, person int64) (tertial.Action, error) {
	var stored tertial.Action
	err := s.write(ctx, "reporting action "+cut(ref)+" done", stamp, func(t *txn) error {
		l, err := s.loadAction(ctx, t, ref, s.d.forUpdate)
		if err != nil {
			return err
		}
		stored = l.action
		if l.action.Status != tertial.Open && l.action.Status != tertial.InProgress {
			return fmt.Errorf("%w: %s is %s and cannot be reported done", tertial.ErrRefused, l.action.Ref, l.action.Status)
		}
		left, err := t.answer(ctx, l, person)
		if err != nil {
			return err
		}
		steps := len(l.action.Steps) > 0 && l.action.StepsDone() == len(l.action.Steps)
		c, err := changeOf(l, func(a *tertial.Action) error {
			a.Status = tertial.InProgress
			if left == 0 || steps {
				a.Status = tertial.ReportedDone
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := t.note("action "+ref, "part done", map[string]int64{"person": person}); err != nil {
			return err
		}
		if c == nil { // only the answer is new
			return t.lookAgain(ctx, []int64{l.action.ID})
		}
		stored = c.after
		return t.store(ctx, []*change{c})
	})
	if err != nil {
		return tertial.Action{}, err
	}
	return stored, nil
}

// answer records a person's word, for themselves and for whom they stand in for that
// day, and returns how many responsible people have yet to give theirs.
func (t *txn) answer(ctx context.Context, l *loaded, person int64) (left int, err error) {
	day := t.s.day(t.stamp.At)
	reg, err := t.s.register(ctx, t, []tertial.Dossier{{Parties: l.parties}}, "")
	if err != nil {
		return 0, err
	}
	answered, err := t.s.answers(ctx, t, []int64{l.action.ID})
	if err != nil {
		return 0, err
	}
	spoken := answered[l.action.ID]
	rows, speaks := insert("answers", `action_id BIGINT, person_id BIGINT, at BIGINT`, `ON CONFLICT DO NOTHING`), false
	waiting := make(map[int64]bool)
	for _, party := range l.parties {
		if party.Part != tertial.Responsible {
			continue
		}
		for _, holder := range reg.Holders(party.Role.ID, day) {
			p := reg.People[holder]
			if holder == person || p.Away(day) && p.DeputyID == person {
				speaks = true
				rows.add(l.action.ID, holder, instantOf(t.stamp.At))
				spoken = append(spoken, holder)
			}
			waiting[holder] = true
		}
	}
	if !speaks {
		return 0, fmt.Errorf("%w: person %d is not responsible for %s", tertial.ErrRefused, person, l.action.Ref)
	}
	for _, id := range spoken {
		delete(waiting, id)
	}
	_, err = rows.run(ctx, t)
	return len(waiting), err
}
