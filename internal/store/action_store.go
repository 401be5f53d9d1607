package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// insertActions stores new actions, in a number of statements that does not grow with
// theirs, and logs each. They get their ids, versions and, where they have none, references.
func (t *txn) insertActions(ctx context.Context, actions []tertial.Action) error {
	if err := t.nameActions(ctx, actions); err != nil {
		return err
	}
	ids, err := t.takeIDs(ctx, "actions", len(actions))
	if err != nil {
		return fmt.Errorf("taking ids: %w", err)
	}
	// The columns that change follow the key in storedColumns; these never do.
	rows, looks := insert("actions", `assessment_id BIGINT, ref TEXT, created_at BIGINT, `+storedColumns, ``),
		insert("looks", `action_id BIGINT, look_at BIGINT`, ``)
	children := t.newChildren()
	for i := range actions {
		a := &actions[i]
		a.Normalise()
		a.ID, a.Version, a.Created = ids[i], 1, tertial.Instant{Time: t.stamp.At}
		if err := checkAction(a); err != nil {
			return err
		}
		r := rowOf(a, t.stamp.At)
		if a.Active() {
			r.ActivatedAt = instantOf(t.stamp.At)
			t.wake()
		}
		rows.add(append([]any{r.AssessmentID, r.Ref, r.CreatedAt}, r.stored()...)...)
		looks.add(r.ID, r.ActivatedAt)
		children.add(a)
		if err := t.note("action "+a.Ref, "created", created(a)); err != nil {
			return err
		}
	}
	if _, err := rows.run(ctx, t); err != nil {
		if isDuplicate(err) {
			return fmt.Errorf("%w: an action of that reference is there already", tertial.ErrConflict)
		}
		return fmt.Errorf("storing actions: %w", err)
	}
	if _, err := looks.run(ctx, t); err != nil {
		return fmt.Errorf("setting looks: %w", err)
	}
	return children.store(ctx)
}

// checkAction refuses what must never be stored.
func checkAction(a *tertial.Action) error {
	switch {
	case strings.TrimSpace(a.Title) == "":
		return fmt.Errorf("%w: action %s has no title", tertial.ErrInvalid, cut(a.Ref))
	case !slices.Contains(tertial.Priorities(), a.Priority):
		return fmt.Errorf("%w: %s is no priority", tertial.ErrInvalid, cut(string(a.Priority)))
	case a.Status != tertial.Open && a.Status != tertial.InProgress && a.Status != tertial.ReportedDone && !a.Status.Closed():
		return fmt.Errorf("%w: %s is no status", tertial.ErrInvalid, cut(string(a.Status)))
	}
	return nil
}

// nameActions gives every action a reference that is free: the one it has, or the plan
// year and the first clause, and where that is taken b, c… behind it, in the order of the actions.
func (t *txn) nameActions(ctx context.Context, actions []tertial.Action) error {
	wanted := make([]string, len(actions))
	for i := range actions {
		a := &actions[i]
		if wanted[i] = a.Ref; a.Ref != "" {
			continue
		}
		if len(a.Clauses) == 0 {
			return fmt.Errorf("%w: an action needs a clause or a reference", tertial.ErrInvalid)
		}
		wanted[i] = baseRef(a)
	}
	// Few are taken as a rule: ask about more and more letters until all have one.
	for known := 1; ; known *= 8 {
		used, err := t.usedRefs(ctx, actions, wanted, known)
		if err != nil {
			return err
		}
		if assignRefs(actions, wanted, used, known) {
			return nil
		}
	}
}

// usedRefs returns which of the references are taken, those with letters up to a number included.
func (t *txn) usedRefs(ctx context.Context, actions []tertial.Action, wanted []string, known int) (map[string]bool, error) {
	candidates := slices.Clone(wanted)
	bases := make(map[string]bool)
	for i := range actions {
		base := baseRef(&actions[i])
		if bases[base] || known == 1 {
			continue
		}
		bases[base] = true
		for n := 2; n <= known; n++ {
			candidates = append(candidates, base+letters(n))
		}
	}
	var taken []string
	err := t.SelectContext(ctx, &taken, `SELECT a.ref FROM `+t.s.d.texts(1)+` k JOIN actions a ON a.ref = k.text`, t.s.d.list(candidates))
	if err != nil {
		return nil, fmt.Errorf("reading references: %w", err)
	}
	used := make(map[string]bool, len(actions)+len(taken))
	for _, ref := range taken {
		used[ref] = true
	}
	return used, nil
}

// assignRefs gives the actions references that are not used, and reports whether the
// letters up to known were enough.
func assignRefs(actions []tertial.Action, wanted []string, used map[string]bool, known int) bool {
	next := make(map[string]int)
	for i := range actions {
		a, ref := &actions[i], wanted[i]
		base := baseRef(a)
		for n := max(next[base], 2); used[ref]; n++ {
			if n > known {
				return false
			}
			ref, next[base] = base+letters(n), n
		}
		used[ref], a.Ref = true, ref
	}
	return true
}

func baseRef(a *tertial.Action) string {
	if len(a.Clauses) == 0 {
		return a.Ref
	}
	return fmt.Sprintf("%d-%s", a.PlanYear, a.Clauses[0])
}

// letters counts a, b… z, aa, ab… from 1.
func letters(n int) string {
	var s string
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return s
}

// children are the rows that hang on actions.
type children struct {
	t                      *txn
	clauses, events, steps *batch
	parties                []partyRow
	names                  []string
}

func (t *txn) newChildren() *children {
	return &children{
		t:       t,
		clauses: insert("action_clauses", `action_id BIGINT, clause TEXT`, `ON CONFLICT DO NOTHING`),
		events:  insert("action_events", `action_id BIGINT, event TEXT`, `ON CONFLICT DO NOTHING`),
		steps:   insert("steps", `action_id BIGINT, ord INTEGER, title TEXT, done BOOLEAN`, ``),
	}
}

func (c *children) add(a *tertial.Action) {
	for _, clause := range a.Clauses {
		c.clauses.add(a.ID, clause)
	}
	for _, event := range a.Timing.Events {
		c.events.add(a.ID, event)
	}
	for i, step := range a.Steps {
		c.steps.add(a.ID, i, step.Title, step.Done)
	}
	c.addParties(a.ID, tertial.Responsible, a.Responsible)
	c.addParties(a.ID, tertial.Contributor, a.Contributors)
	c.addParties(a.ID, tertial.FollowUp, a.FollowUp)
}

func (c *children) addParties(action int64, part tertial.Part, names []string) {
	for _, name := range names {
		c.parties = append(c.parties, partyRow{ActionID: action, Part: part, Written: name})
		c.names = append(c.names, name)
	}
}

func (c *children) store(ctx context.Context) error {
	roles, err := c.t.roles(ctx, c.names)
	if err != nil {
		return err
	}
	parties := insert("action_parties", `action_id BIGINT, ord INTEGER, part TEXT, role_id BIGINT, written TEXT`, ``)
	ord, last := 0, int64(0)
	for _, p := range c.parties {
		if p.ActionID != last {
			ord, last = 0, p.ActionID
		}
		parties.add(p.ActionID, ord, p.Part, roles[tertial.RoleKey(p.Written)], p.Written)
		ord++
	}
	for _, b := range []*batch{c.clauses, c.events, c.steps, parties} {
		if _, err := b.run(ctx, c.t); err != nil {
			return fmt.Errorf("storing what belongs to actions: %w", err)
		}
	}
	return nil
}

// replace takes away what hangs on the actions, before it is stored anew.
func (c *children) replace(ctx context.Context, ids []int64) error {
	for _, table := range []string{"action_clauses", "action_events", "steps", "action_parties"} {
		if _, err := c.t.exec(ctx, `DELETE FROM `+table+` WHERE action_id IN (SELECT id FROM `+c.t.s.d.ids(1)+` x)`, c.t.s.d.list(ids)); err != nil {
			return fmt.Errorf("replacing what belongs to actions: %w", err)
		}
	}
	return nil
}
