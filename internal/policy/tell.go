package policy

import (
	"cmp"
	"slices"

	"tertial/internal/tertial"
)

// telling is an occurrence that is told today: the notice at index in the ruling, to a reader.
type telling struct {
	index int
	oc    occurrence
	slot  slot
	to    tertial.Reader
	late  bool
	// failed is the person whose mail no server takes; the coordinator is told instead.
	failed *tertial.Person
}

// decide makes a notice of an occurrence that has come for a slot, unless there is one.
func (l *look) decide(oc occurrence, s slot) {
	if l.known(oc, s) {
		return
	}
	n := tertial.Notice{ActionID: l.d.Action.ID, Slot: s.key(), Kind: oc.kind, Target: oc.target, On: oc.on}
	if oc.on.Before(l.day) { // missed: what it says may no longer be true
		if !l.held(s, oc.on) && l.toldToRole(oc, s.role.ID) {
			return // to who had the role then
		}
		if _, reason := l.still(&n); reason != "" {
			l.end(n, tertial.Void, reason)
			return
		}
	}
	if l.dropped(oc, s) {
		if !oc.on.After(l.day) {
			l.end(n, tertial.Void, onTrack)
		}
		return
	}
	l.tell(n, oc, s, l.sendDay(oc, s))
}

// known reports whether the occurrence has its notice already, from an earlier look or this one.
func (l *look) known(oc occurrence, s slot) bool {
	is := func(n tertial.Notice) bool {
		return n.Kind == oc.kind && n.On == oc.on && n.Target == oc.target && l.stands(&n, s)
	}
	return slices.ContainsFunc(l.d.Notices, is) || slices.ContainsFunc(l.ruling.Notices, is)
}

// toldToRole reports whether the occurrence has a notice for anybody who had the role on
// its day, be it through another role of theirs.
func (l *look) toldToRole(oc occurrence, role int64) bool {
	holders := l.reg.Holders(role, oc.on)
	return slices.ContainsFunc(l.d.Notices, func(n tertial.Notice) bool {
		return n.Kind == oc.kind && n.On == oc.on && n.Target == oc.target && n.State != tertial.Owed &&
			(n.Slot.Role == role || slices.Contains(holders, n.Slot.Person))
	})
}

// tell places a notice in today's mail where its send day has come and somebody reads
// it; otherwise it stays owed. A coming one is not made out before its day.
func (l *look) tell(n tertial.Notice, oc occurrence, s slot, send tertial.Date) {
	if send.After(l.day) {
		if send == never() { // until who answered is not who hears it any more
			l.wait(s)
		}
		if !oc.on.After(l.day) && n.ID == 0 {
			n.State = tertial.Owed
			if !l.ownDay(oc, s).After(l.day) {
				n.Why = kept
			}
			l.ruling.Notices = append(l.ruling.Notices, n)
		}
		return
	}
	if oc.kind == tertial.Escalation {
		l.ruling.Escalated = l.d.Action.Timing.Due
	}
	to, ok := l.reader(s, oc.kind, l.day)
	if !ok {
		l.wait(s)
		if n.ID == 0 {
			n.State = tertial.Owed
			l.ruling.Notices = append(l.ruling.Notices, n)
		}
		return
	}
	n.State, n.MessageID, n.Why = tertial.Placed, 0, ""
	l.tellings = append(l.tellings, telling{index: len(l.ruling.Notices), oc: oc, slot: s, to: to, late: send.Before(l.day)})
	l.ruling.Notices = append(l.ruling.Notices, n)
}

// wait notes when somebody may be there to be told of the slot.
func (l *look) wait(s slot) {
	for _, role := range []int64{s.role.ID, l.reg.CoordinatorRole} {
		for _, h := range l.reg.Holdings[role] {
			if h.From.After(l.day) {
				l.relief = append(l.relief, h.From)
			}
			if p := l.reg.People[h.PersonID]; p != nil && p.Away(l.day) && !p.AwayTo.IsZero() {
				l.relief = append(l.relief, p.AwayTo.AddDays(1))
			}
		}
	}
}

// assign is R1: whoever is responsible and has not been told of it, is.
func (l *look) assign() {
	if l.d.Action.Status == tertial.ReportedDone {
		return
	}
	var informed []tertial.Slot
	for _, s := range l.slots {
		if s.part != tertial.Responsible {
			continue
		}
		oc, owed := l.assigned(s)
		if owed && oc.on.After(l.day) {
			continue // it will be
		}
		if owed && !s.done {
			l.decide(oc, s)
		}
		informed = append(informed, s.key())
	}
	l.ruling.Informed = informed
}

// assigned returns the occurrence by which a responsible slot is told of the
// action; owed is false where it has been, or is not to be.
func (l *look) assigned(s slot) (oc occurrence, owed bool) {
	if slices.ContainsFunc(l.d.Informed, func(x tertial.Slot) bool { return same(x, s.key()) }) {
		return oc, false
	}
	begun := !l.d.Looked.Before(l.base) // the activation's own day has been dealt with
	switch {
	case s.person == 0 && (begun || l.d.Reopened):
		return oc, false // nobody came to hold it
	case l.d.Reopened && !begun && !s.from.After(l.activated):
		return oc, false // was so before
	}
	on := later(l.base, s.from)
	if begun {
		on = later(on, l.d.Looked.AddDays(1))
	}
	return occurrence{kind: tertial.Assigned, target: l.activated.String(), on: l.cal.First(on)}, true
}

// review decides the notices anew that are still owed.
func (l *look) review() {
	for _, n := range l.d.Notices {
		switch n.State {
		case tertial.Owed:
			l.reviewOwed(n)
		case tertial.Failed:
			l.handOver(n)
		}
	}
}

func (l *look) reviewOwed(n tertial.Notice) {
	oc, reason := l.still(&n)
	if reason != "" {
		l.end(n, tertial.Void, reason)
		return
	}
	heirs := l.heirs(n)
	if len(heirs) == 0 {
		l.end(n, tertial.Void, "answered, or no longer a party")
		return
	}
	if same(heirs[0].key(), n.Slot) {
		if l.dropped(oc, heirs[0]) {
			l.end(n, tertial.Void, onTrack)
			return
		}
		l.tell(n, oc, heirs[0], l.inTime(n, l.sendDay(oc, heirs[0])))
		return
	}
	l.end(n, tertial.Void, "the role has another holder")
	waited := l.sendDay(oc, slot{person: n.Slot.Person, role: heirs[0].role, part: heirs[0].part})
	for _, s := range heirs {
		if l.known(oc, s) || l.dropped(oc, s) {
			continue
		}
		send := l.inTime(n, l.sendDay(oc, s))
		if waited.After(send) { // it waited for its weekly reader's day, which is not late
			send = earlier(waited, l.day)
		}
		l.tell(tertial.Notice{ActionID: n.ActionID, Slot: s.key(), Kind: n.Kind, Target: n.Target, On: n.On, Days: n.Days}, oc, s, send)
	}
}

// heirs are the slots that an owed notice is for today: its own where it still is
// there, else whoever holds its role now.
func (l *look) heirs(n tertial.Notice) []slot {
	var heirs []slot
	for _, s := range l.slots {
		if !s.entitled(n.Kind) {
			continue
		}
		if l.stands(&n, s) {
			return []slot{s}
		}
		if s.role.ID == n.Slot.Role {
			heirs = append(heirs, s)
		}
	}
	return heirs
}

// handOver tells the coordinator of a notice that no server takes, once.
func (l *look) handOver(n tertial.Notice) {
	handed := n
	handed.Days = -1
	l.ruling.Notices = append(l.ruling.Notices, handed)
	oc, reason := l.still(&n)
	to, ok := l.coordinator(l.day)
	reader := l.reg.People[n.Slot.Person]
	if reason != "" || !ok || reader != nil && reader.Email == to.Email {
		return
	}
	s := slot{role: tertial.Role{ID: l.reg.CoordinatorRole}}
	l.tellings = append(l.tellings, telling{index: len(l.ruling.Notices), oc: oc, slot: s, to: to, late: true, failed: reader})
	l.ruling.Notices = append(l.ruling.Notices, tertial.Notice{ActionID: n.ActionID, Slot: s.key(), Kind: n.Kind,
		Target: n.Target, On: n.On, State: tertial.Placed})
}

func (l *look) end(n tertial.Notice, state tertial.NoticeState, why string) {
	n.State, n.Why, n.MessageID = state, why, 0
	l.ruling.Notices = append(l.ruling.Notices, n)
}

// voidAll ends what is owed about an action that nobody is to be told of.
func (l *look) voidAll() {
	for _, n := range l.d.Notices {
		if n.State == tertial.Owed {
			l.end(n, tertial.Void, "closed, or a question is open")
		}
	}
}

// rows gives each reader one row, with the most urgent kind (of several the newest);
// the other notices are folded into it.
func (l *look) rows() {
	slices.SortStableFunc(l.tellings, func(a, b telling) int {
		return cmp.Or(
			cmp.Compare(a.to.Email, b.to.Email),
			cmp.Compare(a.oc.kind.Urgency(), b.oc.kind.Urgency()),
			b.oc.on.Compare(a.oc.on),
		)
	})
	for group := range chunks(l.tellings) {
		row := tertial.Reminding{To: group[0].to, Lead: group[0].index, Item: l.item(group)}
		days := 0
		for i, t := range group {
			n := &l.ruling.Notices[t.index]
			days = max(days, n.Days)
			if i > 0 {
				n.State, n.Why = tertial.Folded, "a more urgent notice about the action went that day"
			}
		}
		l.ruling.Notices[row.Lead].Days = days
		l.ruling.Rows = append(l.ruling.Rows, row)
	}
}

// chunks yields the runs of tellings to one reader.
func chunks(all []telling) func(yield func([]telling) bool) {
	return func(yield func([]telling) bool) {
		for len(all) > 0 {
			n := 1
			for n < len(all) && all[n].to.Email == all[0].to.Email {
				n++
			}
			if !yield(all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

func (l *look) item(group []telling) tertial.Item {
	a, lead := &l.d.Action, group[0]
	item := tertial.Item{
		Ref: a.Ref, Kind: lead.oc.kind, Due: a.Timing.Due, Late: lead.late,
		ActionID: a.ID, Title: a.Title, Clauses: a.Clauses, Priority: a.Priority, Status: a.Status,
		StepsDone: a.StepsDone(), Steps: len(a.Steps), Part: lead.slot.part, Opened: a.Created,
		Description: a.Description, Undeliverable: lead.failed != nil,
	}
	if e := lead.oc.event; e != nil {
		item.Event, item.EventName, item.EventDate, item.Preliminary = e.Key, e.Name, e.Date, e.Assumed
	}
	for _, t := range group {
		about := l.reg.People[t.slot.person]
		if t.failed != nil {
			about = t.failed
		}
		switch {
		case about != nil && about.ID != t.to.ID && !slices.Contains(item.For, about.Name):
			item.For = append(item.For, about.Name)
		case t.slot.person == 0 && t.slot.role.Name != "" && !slices.Contains(item.Unheld, t.slot.role.Name):
			item.Unheld = append(item.Unheld, t.slot.role.Name)
		}
	}
	return item
}
