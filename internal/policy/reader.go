package policy

import (
	"slices"

	"tertial/internal/tertial"
)

// slot is who an occurrence is for: a person who holds a role of the action, or a
// role that nobody holds (person 0).
type slot struct {
	person int64
	role   tertial.Role
	part   tertial.Part
	from   tertial.Date // since when the person holds the role; zero is always
	done   bool         // the person has reported their part done
}

func (s slot) key() tertial.Slot { return tertial.Slot{Person: s.person, Role: s.role.ID} }

// same reports whether two slots are one place: the same person, whatever the
// role, or the same role without a holder.
func same(a, b tertial.Slot) bool {
	return a.Person == b.Person && (a.Person != 0 || a.Role == b.Role)
}

// stands reports whether a notice is the slot's. One who is responsible and follows up has two
// escalations, to the manager and to themselves; of every other kind a person has one.
func (l *look) stands(n *tertial.Notice, s slot) bool {
	key := s.key()
	return n.Slot == key || same(n.Slot, key) && (n.Kind != tertial.Escalation || l.partOf(n.Slot.Role) == s.part)
}

func (l *look) partOf(role int64) tertial.Part {
	for _, p := range l.d.Parties {
		if p.Role.ID == role {
			return p.Part
		}
	}
	return ""
}

// entitled reports whether the slot's part is told of the kind: contributors of what is
// coming, those who follow up of escalations, the responsible of everything.
func (s slot) entitled(k tertial.Kind) bool {
	if k == tertial.AwaitsCheck {
		return s.part == ""
	}
	switch s.part {
	case tertial.Responsible:
		return !s.done
	case tertial.Contributor:
		return k == tertial.Upcoming
	case tertial.FollowUp:
		return k == tertial.Escalation
	}
	return false
}

// slotsOn returns the action's slots on a day, the responsible first. A person
// has one slot: as responsible where they are so through any role.
func (l *look) slotsOn(day tertial.Date) []slot {
	if l.d.Action.Status == tertial.ReportedDone {
		return []slot{{role: tertial.Role{ID: l.reg.CoordinatorRole}}}
	}
	var slots []slot
	for _, part := range []tertial.Part{tertial.Responsible, tertial.Contributor, tertial.FollowUp} {
		for _, party := range l.d.Parties {
			if party.Part == part {
				slots = l.addSlots(slots, party, day)
			}
		}
	}
	return slots
}

func (l *look) addSlots(slots []slot, party tertial.Party, day tertial.Date) []slot {
	add := func(s slot) {
		taken := slices.ContainsFunc(slots, func(x slot) bool {
			// One who follows up is told of escalations too, beside another part.
			return same(x.key(), s.key()) && (x.part == s.part || s.part == tertial.Contributor)
		})
		if !taken {
			slots = append(slots, s)
		}
	}
	holders := l.reg.Holders(party.Role.ID, day)
	for _, id := range holders {
		add(slot{person: id, role: party.Role, part: party.Part, from: l.heldSince(id, party.Part, day),
			done: slices.Contains(l.d.Answered, id)})
	}
	if len(holders) == 0 {
		add(slot{role: party.Role, part: party.Part})
	}
	return slots
}

// heldSince returns since when, up to day, the person has had a part in the action
// without a day's break; zero is always. One holding may follow, or overlap, another.
func (l *look) heldSince(person int64, part tertial.Part, day tertial.Date) tertial.Date {
	since := day
	for again := true; again; {
		again = false
		for _, p := range l.d.Parties {
			for _, h := range l.reg.Holdings[p.Role.ID] {
				if p.Part == part && h.PersonID == person && h.From.Before(since) && (h.To.IsZero() || !h.To.Before(since.AddDays(-1))) {
					since, again = h.From, true
				}
			}
		}
	}
	return since
}

// held reports whether the slot is there on another day: the same person holds the
// role, or nobody does.
func (l *look) held(s slot, day tertial.Date) bool {
	if s.person == 0 {
		return len(l.reg.Holders(s.role.ID, day)) == 0
	}
	return slices.Contains(l.reg.Holders(s.role.ID, day), s.person)
}

// reader is R6 and R4: who reads what is said to the slot on a day. ok is false
// where nobody is there to be told.
func (l *look) reader(s slot, k tertial.Kind, day tertial.Date) (r tertial.Reader, ok bool) {
	id := s.person
	if k == tertial.Escalation && s.part == tertial.Responsible {
		if id = l.manager(s.person); id == s.person {
			id = 0
		}
	}
	if p := l.present(id, day); p != nil {
		return l.person(p), true
	}
	return l.coordinator(day)
}

func (l *look) manager(id int64) int64 {
	if p := l.reg.People[id]; p != nil {
		return p.ManagerID
	}
	return 0
}

// present follows deputies from a person who is away to one who is not; nil where there is none.
func (l *look) present(id int64, day tertial.Date) *tertial.Person {
	for range len(l.reg.People) { // a circle of deputies ends
		p := l.reg.People[id]
		if p == nil || !p.Away(day) {
			return p
		}
		id = p.DeputyID
	}
	return nil
}

func (l *look) coordinator(day tertial.Date) (tertial.Reader, bool) {
	for _, id := range l.reg.Holders(l.reg.CoordinatorRole, day) {
		if p := l.present(id, day); p != nil {
			return l.person(p), true
		}
	}
	if l.rules.CoordinatorEmail != "" {
		return tertial.Reader{Email: l.rules.CoordinatorEmail, Language: l.rules.Language}, true
	}
	return tertial.Reader{}, false
}

func (l *look) person(p *tertial.Person) tertial.Reader {
	r := tertial.Reader{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language, Weekly: p.Frequency == tertial.Weekly}
	if r.Language == "" {
		r.Language = l.rules.Language
	}
	return r
}

// sendDay is the day on which an occurrence goes to a slot: its own, or the end of the quiet which that falls into.
func (l *look) sendDay(oc occurrence, s slot) tertial.Date { return l.spoken(oc, s, l.ownDay(oc, s)) }

// ownDay is R7 for weekly readers: what is coming moves to the first workday of its
// week, or stays where that is not after the activation or the change it is about;
// the rest moves on to the first workday of a week.
func (l *look) ownDay(oc occurrence, s slot) tertial.Date {
	weekly := func(day tertial.Date) bool {
		r, ok := l.reader(s, oc.kind, day)
		return ok && r.Weekly
	}
	if oc.asked { // for that day
		return oc.on
	}
	switch oc.kind {
	case tertial.Upcoming, tertial.Due, tertial.Checkpoint:
		start := l.cal.WeekStart(oc.on)
		if start.Before(oc.on) && start.After(l.settled(oc)) && l.held(s, start) && weekly(start) {
			return start
		}
	default:
		if weekly(oc.on) {
			return l.cal.NextWeekStart(oc.on)
		}
	}
	return oc.on
}

// settled is the last day on which what the occurrence depends on was changed.
func (l *look) settled(oc occurrence) tertial.Date {
	switch {
	case oc.event != nil:
		return later(l.activated, oc.event.Since)
	case oc.kind.OfDue():
		return later(l.activated, l.d.DueSince)
	}
	return l.activated
}

// Readers returns who reads what is said to a role as such, the digest and the
// summary: each holder, or their deputy while they are away; the coordinator where nobody holds it.
func (p *Policy) Readers(reg *tertial.Register, role int64, day tertial.Date) []tertial.Reader {
	l := &look{Policy: p, d: &tertial.Dossier{}, reg: reg, day: day}
	var readers []tertial.Reader
	add := func(r tertial.Reader) {
		if !slices.ContainsFunc(readers, func(x tertial.Reader) bool { return x.Email == r.Email }) {
			readers = append(readers, r)
		}
	}
	for _, id := range reg.Holders(role, day) {
		if person := l.present(id, day); person != nil {
			add(l.person(person))
		}
	}
	if len(readers) == 0 {
		if r, ok := l.coordinator(day); ok {
			add(r)
		}
	}
	return readers
}
