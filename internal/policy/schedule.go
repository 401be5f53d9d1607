package policy

import (
	"tertial/internal/tertial"
)

// schedule sets the next look: the first day, floor or later, on which something may be
// owed that the days up to looked have not dealt with.
func (l *look) schedule(looked, floor tertial.Date) {
	next := &nextDay{floor: floor}
	if looked.Before(l.day) { // nothing has been made out today
		l.scheduleOwed(next)
	} else {
		l.scheduleDeferred(next)
	}
	for _, oc := range l.coming(l.after(looked)) {
		for _, s := range l.slots {
			if l.meant(oc, s) && !l.known(oc, s) {
				next.at(oc.on)
				next.at(l.sendDay(oc, s))
			}
		}
	}
	l.scheduleHoldings(next, looked)
	for _, day := range l.relief {
		next.at(l.cal.First(day))
	}
	if l.d.Action.Active() {
		// What coming does not see yet, of a start far ahead or a wheel with gaps, is found then.
		next.at(l.cal.First(later(looked, l.day).AddDays(lookAhead - 7)))
	}
	if !next.day.IsZero() {
		l.ruling.Next = l.rules.SendTime(next.day)
	}
}

// nextDay is the earliest of the days it is shown, and not before floor.
type nextDay struct{ floor, day tertial.Date }

func (n *nextDay) at(d tertial.Date) {
	if d == never() { // a change will say
		return
	}
	if d = later(d, n.floor); n.day.IsZero() || d.Before(n.day) {
		n.day = d
	}
}

// scheduleOwed looks at the next send time where anything is owed from before.
func (l *look) scheduleOwed(next *nextDay) {
	for _, n := range l.d.Notices {
		if n.State == tertial.Owed || n.State == tertial.Failed {
			next.at(next.floor)
			return
		}
	}
}

// scheduleDeferred looks on the send days of the notices that today has left owed. Those
// that nobody could be told of wait for a change, or for a day of relief.
func (l *look) scheduleDeferred(next *nextDay) {
	wait := func(n tertial.Notice) {
		for _, s := range l.heirs(n) {
			if day := l.sendDay(occurrence{kind: n.Kind, target: n.Target, on: n.On}, s); day.After(l.day) {
				next.at(day)
			}
		}
	}
	for _, n := range l.ruling.Notices {
		if n.State == tertial.Owed {
			wait(n)
		}
	}
	for _, n := range l.d.Notices {
		if n.State == tertial.Owed && !l.ended(n.ID) {
			wait(n)
		}
	}
}

func (l *look) ended(id int64) bool {
	for _, n := range l.ruling.Notices {
		if n.ID == id {
			return true
		}
	}
	return false
}

// coming returns the occurrences after a day, of each series as many as the next
// look can depend on.
func (l *look) coming(after tertial.Date) []occurrence {
	if l.d.Action.Status == tertial.ReportedDone {
		return l.waits(after, l.cal.Add(later(after, l.rules.Today(l.d.ReportedAt)), waitDays))
	}
	all := l.checkpoints(nil, after, later(after, l.day).AddDays(lookAhead))
	all = l.asked(all, after, never())
	due := l.d.Action.Timing.Due
	if due.IsZero() {
		return all
	}
	since := later(after, l.d.DueSince)
	all = l.leads(all, due, since, due)
	all = l.escalations(all, due, since, due.AddDays(10*lookAhead))
	// The first overdue occurrence after since lies at most an interval and a pause on.
	from := later(since, due)
	return l.overdues(all, due, since, l.cal.First(from.AddDays(max(l.rules.EveryDays, 1)+1)))
}

// lookAhead is how many days ahead report events are sought, and so how far apart the
// looks at an active action may lie.
const lookAhead = 400

// scheduleHoldings looks at once where somebody who holds a responsible role has not
// been told, and when the roles change hands.
func (l *look) scheduleHoldings(next *nextDay, looked tertial.Date) {
	if l.d.Action.Status == tertial.ReportedDone {
		return
	}
	informed := l.ruling.Informed
	for _, s := range l.slots {
		if s.part != tertial.Responsible {
			continue
		}
		if looked.Before(l.day) {
			if oc, owed := l.assigned(s); owed {
				next.at(oc.on)
				next.at(l.sendDay(oc, s))
			}
			continue
		}
		if !containsSlot(informed, s.key()) {
			next.at(l.base)
		}
	}
	l.scheduleChanges(next, later(looked, l.activated))
}

// scheduleChanges looks when a role of the action changes hands: whom the notices
// of that week are for, and so their send day, may be another from then.
func (l *look) scheduleChanges(next *nextDay, after tertial.Date) {
	for _, party := range l.d.Parties {
		for _, h := range l.reg.Holdings[party.Role.ID] {
			if h.From.After(after) {
				next.at(l.cal.First(h.From))
			}
			if end := h.To.AddDays(1); end.After(after) {
				next.at(l.cal.First(end))
			}
		}
	}
}

func containsSlot(slots []tertial.Slot, s tertial.Slot) bool {
	for _, x := range slots {
		if same(x, s) {
			return true
		}
	}
	return false
}
