package timing

import (
	"strings"

	"tertial/internal/tertial"
)

// occasion is an event of the phrase, and the day on which it falls.
type occasion struct {
	key   string
	name  string
	date  tertial.Date // zero where there is none
	due   tertial.Date // what the phrase makes of it: the date, or some days before
	sure  bool         // the wheel has the date and it is not assumed
	known bool         // the wheel has the event
	term  *term
}

// workdaysBefore is how long before an event something is due that is to be ready for it.
const workdaysBefore = 10

// occasions finds the days of the events.
func (s *resolver) occasions(ts []term) []occasion {
	var os []occasion
	for i := range ts {
		t := &ts[i]
		if t.kind == nextReport {
			if reports := s.reports(); len(reports) > 0 {
				t.key, t.year, t.origin = reports[0].Key, reports[0].Year, following
			} else {
				continue
			}
		}
		os = append(os, s.occasion(t))
	}
	return os
}

func (s *resolver) occasion(t *term) occasion {
	o := occasion{key: t.key, name: t.key, term: t}
	wheel := s.r.wheel
	e, known := wheel.Event(t.key)
	if !known {
		wheel = s.r.assumed
		e, _ = wheel.Event(t.key)
	}
	o.name, o.known = e.Name, known
	var occ tertial.Occurrence
	var ok bool
	switch {
	case t.origin != notGiven:
		occ, ok = wheel.Occurrence(t.key, t.year)
	case t.next:
		occ, ok = wheel.Next(t.key, s.dated)
	case s.planYear > 0:
		for _, x := range wheel.In(s.planYear) {
			if x.Key == e.Key && (!ok || !occ.Date.After(s.dated)) {
				occ, ok = x, true
			}
		}
	}
	if !ok && t.origin == notGiven {
		occ, ok = wheel.Next(t.key, s.dated)
	}
	if !ok {
		return o
	}
	o.date, o.due, o.sure = occ.Date, occ.Date, known && !occ.Assumed
	switch cal := wheel.Calendar(); {
	case t.prep == before && t.lead > 0:
		o.due = less(cal, o.date, t.lead, t.unit)
	case t.prep == before:
		o.due = cal.Add(o.date, -workdaysBefore)
	}
	return o
}

// ofEvents is the reading of a phrase that names events and no days: the earliest
// counts, if every one of them has a date that somebody stands for.
func (s *resolver) ofEvents(os []occasion) tertial.Timing {
	t := tertial.Timing{Start: s.dated, Certainty: tertial.Unconfirmed}
	var doubts []string
	earliest := &os[0]
	for i := range os {
		o := &os[i]
		if !o.sure {
			doubts = append(doubts, o.doubt())
		}
		if o.due.Before(earliest.due) {
			earliest = o
		}
	}
	switch {
	case len(doubts) > 0:
		t.Why = strings.Join(doubts, "; ")
		return t
	case earliest.term.prep == after || earliest.term.prep == from:
		t.Start = earliest.date
		t.Why = "Läst som efter " + earliest.name + " " + earliest.date.String() + "; ingen sista dag är angiven"
		return t
	}
	t.Due, t.Certainty = earliest.due, tertial.Inferred
	t.Why = "Läst som " + earliest.words() + ", senast " + t.Due.String() + s.whichYear(earliest)
	if len(os) > 1 {
		t.Why += "; den tidigaste av " + keys(os)
	}
	return t
}

// whichYear says why it is this occurrence of the event and no other.
func (s *resolver) whichYear(o *occasion) string {
	switch {
	case o.term.origin == written:
		return "; för " + label(o.term.year)
	case o.term.origin == fromDated:
		return "; för " + label(o.term.year) + ", räknat från " + s.dated.String()
	case o.term.next || o.term.origin == following || s.planYear == 0 || o.date.Year() != s.planYear:
		return "; den första efter " + s.dated.String()
	}
	return "; den som infaller under planåret " + label(s.planYear)
}

// doubt says why an event's date does not count, and what date is proposed.
func (o *occasion) doubt() string {
	var b strings.Builder
	switch {
	case o.known && o.date.IsZero():
		return "Årshjulet har inget datum för " + o.name + "; ange ett"
	case o.known:
		b.WriteString("Datumet för " + o.name + " är bara antaget: ")
	default:
		b.WriteString("Årshjulet saknar " + o.name)
		if o.date.IsZero() {
			return b.String() + "; ange ett datum"
		}
		b.WriteString("; ett antaget datum är ")
	}
	b.WriteString(o.date.String())
	if o.due != o.date {
		b.WriteString(", alltså senast " + o.due.String())
	}
	b.WriteString(", ett förslag att bekräfta")
	return b.String()
}

// words says what is due in relation to the event.
func (o *occasion) words() string {
	event := o.name + " " + o.date.String()
	switch {
	case o.term.prep == before && o.term.lead > 0:
		return numbered(o.term.lead, o.term.unit) + " före " + event
	case o.term.prep == before:
		return numbered(workdaysBefore, workdayUnit) + " före " + event
	}
	return event
}

func keys(os []occasion) string {
	ks := make([]string, len(os))
	for i := range os {
		ks[i] = os[i].key
	}
	return strings.Join(distinct(ks), ", ")
}
