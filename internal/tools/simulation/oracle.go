package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tertial/internal/tertial"
)

// oracle looks at the facts at each send time, as remind would if nothing ever failed. It keeps by itself what a look
// moves, so that what the process does, or fails to do, does not change what it finds owed.
type oracle struct {
	w        *world
	standing map[int64]*standing // by action
	done     tertial.Date        // the last day looked at
	made     map[identity]bool
	owed     []expectation
	rows     []row
	// plan is what policy foretells at the beginning, of a life in which nothing changes.
	plan []row
}

// standing is what looks move of an action.
type standing struct {
	ref               string
	activated, next   time.Time
	looked, escalated tertial.Date
	informed          []tertial.Slot
	notices           []tertial.Notice
}

// identity is what makes a notice one.
type identity struct {
	action int64
	slot   tertial.Slot
	kind   tertial.Kind
	target string
	on     tertial.Date
}

// expectation is a notice that is owed from an instant on.
type expectation struct {
	identity
	ref  string
	at   time.Time // the true time of the send time
	lone bool      // nobody is there to be told
}

// row is a row of a mail.
type row struct {
	day   tertial.Date
	to    string
	ref   string
	kind  tertial.Kind
	event string
	late  bool
}

func (r row) String() string {
	return fmt.Sprintf("%s %s %s %s %s late=%t", r.day, r.to, r.ref, r.kind, r.event, r.late)
}

func newOracle(w *world) *oracle {
	return &oracle{w: w, standing: map[int64]*standing{}, made: map[identity]bool{}}
}

// touched has an action looked at again, "" all of them. What is past when something changes stays as it was.
func (o *oracle) touched(ref string) {
	through := o.w.rules.Through(o.w.now())
	for _, s := range o.standing {
		if ref == "" || s.ref == ref {
			s.next = time.Time{}
			if s.looked.Before(through) {
				s.looked = through
			}
		}
	}
}

// foretell makes the plan of a life.
func (o *oracle) foretell(ctx context.Context) error {
	now, last := o.w.now(), tertial.DateIn(o.w.sky.end, o.w.zone)
	return o.w.desk.Dossiers(ctx, o.w.rules.Coordinator, 1000, func(ds []tertial.Dossier, reg *tertial.Register) error {
		for i := range ds {
			for _, x := range o.w.policy.Plan(&ds[i], reg, now, last) {
				o.plan = append(o.plan, row{x.Date, x.To.Email, ds[i].Action.Ref, x.Item.Kind, x.Item.Event, x.Item.Late})
			}
		}
		return nil
	})
}

// look looks at the day if its send time has come and it has not been looked at.
func (o *oracle) look(ctx context.Context) error {
	now := o.w.now()
	today := o.w.rules.Today(now)
	if !today.After(o.done) || !o.w.policy.Open(now) {
		return nil
	}
	o.done = today
	at := o.w.rules.SendTime(today)
	return o.w.desk.Dossiers(ctx, o.w.rules.Coordinator, 1000, func(ds []tertial.Dossier, reg *tertial.Register) error {
		for i := range ds {
			o.rule(&ds[i], reg, at)
		}
		return nil
	})
}

// rule finds what is owed about one action at a send time.
func (o *oracle) rule(d *tertial.Dossier, reg *tertial.Register, at time.Time) {
	s := o.standing[d.Action.ID]
	if s == nil || !s.activated.Equal(d.Activated) {
		s = &standing{ref: d.Action.Ref, activated: d.Activated, looked: d.Looked, escalated: d.Escalated, informed: d.Informed, notices: slices.Clone(d.Notices)}
		o.standing[d.Action.ID] = s
	}
	if at.Before(s.next) {
		return
	}
	d.Looked, d.Escalated, d.Informed, d.Notices = s.looked, s.escalated, s.informed, s.notices
	r := o.w.policy.Look(d, reg, at)
	again := map[int]bool{} // notices that have been made out before: of each there is one
	for i := range r.Notices {
		n := &r.Notices[i]
		id := identity{d.Action.ID, n.Slot, n.Kind, n.Target, n.On}
		if n.ID != 0 {
			continue
		}
		if again[i] = o.made[id]; !again[i] {
			o.made[id] = true
			o.owed = append(o.owed, expectation{identity: id, ref: d.Action.Ref, at: time.Now(), lone: n.State == tertial.Owed})
		}
	}
	for _, x := range r.Rows {
		if !again[x.Lead] {
			o.rows = append(o.rows, row{o.w.rules.Today(at), x.To.Email, d.Action.Ref, x.Item.Kind, x.Item.Event, x.Item.Late})
		}
	}
	s.advance(r)
}

// advance applies a ruling, as the store does.
func (s *standing) advance(r tertial.Ruling) {
	s.looked, s.escalated, s.informed, s.next = r.Looked, r.Escalated, r.Informed, r.Next
	if r.Next.IsZero() {
		s.next = time.Unix(1<<40, 0) // nothing more, until it is touched
	}
	for _, n := range r.Notices {
		at := slices.IndexFunc(s.notices, func(x tertial.Notice) bool { return x.ID == n.ID })
		if n.ID == 0 || at < 0 {
			s.notices = append(s.notices, n)
			continue
		}
		s.notices[at] = n
	}
	s.notices = slices.DeleteFunc(s.notices, func(n tertial.Notice) bool { return n.State != tertial.Owed && !n.On.After(s.looked) })
	for i := range s.notices {
		s.notices[i].ID = -int64(i) - 1 // any that is not taken
	}
}
