package timing

import (
	"slices"
	"strings"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// resolver makes one reading of a phrase's terms.
type resolver struct {
	r        *Reader
	planYear int // 0 where there is none
	dated    tertial.Date
	empty    bool
	notes    []string // what a person should know besides
}

// resolve weighs the terms: days win over events, events over a recurrence, and that
// over haste. What loses is still linked, or kept as the recurrence.
func (s *resolver) resolve(ts []term) tertial.Timing {
	var times, events []term
	var recur, haste *term
	for i := range ts {
		switch t := &ts[i]; {
		case t.kind == unreadable:
			return s.unread(t.why)
		case t.timely():
			times = append(times, *t)
		case t.kind == wheelEvent || t.kind == nextReport:
			events = append(events, *t)
		case t.kind == recurs && (recur == nil || recurrences[recur.n].endless()):
			recur = t // löpande, minst årligen: what has an interval counts
		case t.kind == urgency && haste == nil:
			haste = t
		}
	}
	occasions := s.occasions(s.dropCheckedReports(events, len(times) > 0 || recur != nil || haste != nil))
	var t tertial.Timing
	switch times = s.settleYears(s.dropChecks(times)); {
	case len(times) > 0:
		t = s.ofTimes(times, recur)
		if len(occasions) > 0 && t.Certainty == tertial.Exact {
			t.Certainty = tertial.Inferred
		}
	case len(occasions) > 0 && !(recur != nil && allChecked(occasions)):
		t = s.ofEvents(occasions)
	case recur != nil:
		t = s.ofRecurrence(recurrences[recur.n], s.dated)
	case haste != nil:
		t = s.point(s.dated.AddDays(haste.n), tertial.Unconfirmed, "brådskande; "+label(haste.n)+" dagar från "+s.dated.String()+" är ett förslag att bekräfta")
	case len(events) > 0:
		t = s.invalid("årshjulet har ingen tertialrapport")
	default:
		return s.unread("")
	}
	for _, o := range occasions {
		t.Events = append(t.Events, o.key)
	}
	t.Events = distinct(t.Events)
	return s.finish(t, recur)
}

// finish adds the recurrence, and holds the promise that no date lies outside the years
// that a phrase can mean.
func (s *resolver) finish(t tertial.Timing, recur *term) tertial.Timing {
	if recur != nil && t.Recurrence == tertial.Once {
		rec := recurrences[recur.n]
		t.Recurrence = rec.kind
		if rec.why != "" {
			s.notes = append(s.notes, rec.why)
		}
		if t.Why == "" {
			t.Why, s.notes = "Frasen går inte att läsa som en tid", []string{rec.why}
		}
		if rec.kind == tertial.Once {
			t.Certainty = tertial.Unconfirmed
		} else if t.Certainty == tertial.Exact {
			t.Certainty = tertial.Inferred
		}
		if rec.kind != tertial.Once && !t.Due.IsZero() {
			s.notes = append(s.notes, "återkommer "+recurrenceWord(rec.kind))
		}
	}
	if outside(t.Due) || t.Start != s.dated && outside(t.Start) {
		return s.unread("dagen ligger utanför åren " + label(firstYear) + "–" + label(finalYear))
	}
	t.Why = sentence(t.Why, s.notes)
	return t
}

func outside(d tertial.Date) bool {
	return !d.IsZero() && (d.Year() < firstYear || d.Year() > finalYear)
}

// unread is the reading of a phrase that says no time.
func (s *resolver) unread(why string) tertial.Timing {
	switch {
	case s.empty:
		why = "Ingen tid är angiven; ange ett datum."
	case why == "":
		why = "Frasen går inte att läsa som en tid; ange ett datum."
	default:
		why = "Frasen går inte att läsa som en tid: " + why + ". Ange ett datum."
	}
	return tertial.Timing{Start: s.dated, Certainty: tertial.Unconfirmed, Why: why}
}

// point is a reading that gives a due date only.
func (s *resolver) point(due tertial.Date, c tertial.Certainty, why string) tertial.Timing {
	if due.IsZero() {
		return tertial.Timing{Start: s.dated, Certainty: tertial.Unconfirmed, Why: "Ingen dag att räkna från"}
	}
	return tertial.Timing{Start: s.dated, Due: due, Certainty: c, Why: "Läst som senast " + due.String() + ": " + why}
}

// dropChecks leaves out the times at which something is only followed up, as long as
// another time says when it is done: Q2, uppföljning Q4.
func (s *resolver) dropChecks(ts []term) []term {
	if !slices.ContainsFunc(ts, func(t term) bool { return !t.checking }) {
		return ts
	}
	n := len(ts)
	if ts = slices.DeleteFunc(ts, func(t term) bool { return t.checking }); len(ts) < n {
		s.notes = append(s.notes, "uppföljningens tid räknas inte")
	}
	return ts
}

// dropCheckedReports leaves out the reports in which something is only followed up, where
// the phrase says something else: every action is, in every report.
func (s *resolver) dropCheckedReports(events []term, more bool) []term {
	checked := func(t term) bool {
		e, _ := s.r.assumed.Event(t.key)
		known, ok := s.r.wheel.Event(t.key)
		return t.checking && (e.Report != nil || ok && known.Report != nil)
	}
	if !more && !slices.ContainsFunc(events, func(t term) bool { return !checked(t) }) {
		return events
	}
	return slices.DeleteFunc(events, checked)
}

// allChecked reports whether the events only say when something is followed up.
func allChecked(os []occasion) bool {
	return !slices.ContainsFunc(os, func(o occasion) bool { return !o.term.checking })
}

// ofTimes is the reading of terms that name days.
func (s *resolver) ofTimes(ts []term, recur *term) tertial.Timing {
	all := make([]days, 0, len(ts))
	for i := range ts {
		d := s.days(&ts[i])
		if d.invalid != "" {
			return s.invalid(d.invalid)
		}
		if ts[i].link == ranged && len(all) > 0 {
			last := &all[len(all)-1]
			if *last = through(*last, d); last.invalid != "" {
				return s.invalid(last.invalid)
			}
			continue
		}
		all = append(all, d)
	}
	t := tertial.Timing{Start: s.dated, Certainty: tertial.Inferred}
	d := together(all)
	if d.exact {
		t.Certainty = tertial.Exact
	}
	if !d.point {
		t.Start = d.start
	}
	t.Due = d.due
	if !d.point && !d.open && t.Due.Before(t.Start) {
		return s.invalid("den slutar " + t.Due.String() + " men börjar " + t.Start.String())
	}
	if s.repeats(&t, d, recur) {
		return t
	}
	if d.open && recur != nil && recurrences[recur.n].endless() {
		d.unsure = "" // löpande från 2025 wants no last day
	} else if d.open && d.unsure == "" {
		d.unsure = "ingen sista dag är angiven"
	}
	if d.unsure != "" {
		t.Certainty = tertial.Unconfirmed
		s.notes = append(s.notes, d.unsure)
	}
	t.Why = "Läst som " + strings.TrimPrefix(d.label+dayWords(t, d.point), t.Due.String()+", ") + s.yearWords(ts)
	return t
}

// invalid carries a reason through to where the reading is finished.
func (s *resolver) invalid(why string) tertial.Timing {
	t := s.unread(why)
	t.Why = strings.TrimSuffix(t.Why, ".")
	return t
}

// repeats lets a recurrence within a longer period fall due at the first end of its own
// interval: kvartalsvis under 2024 is due on 31 March. It reports whether it did.
func (s *resolver) repeats(t *tertial.Timing, d days, recur *term) bool {
	if recur == nil || d.point {
		return false
	}
	rec := recurrences[recur.n]
	if rec.kind == tertial.Once || rec.endless() {
		return false
	}
	first := s.ofRecurrence(rec, d.start)
	if !d.open && !first.Due.IsZero() && !first.Due.Before(d.due) {
		return false
	}
	if s.notes = append(s.notes, "under "+d.label); d.open {
		s.notes[len(s.notes)-1] = d.label
	}
	*t = first
	t.Start = d.start
	return true
}

// through is the range from a to b.
func through(a, b days) days {
	d := days{start: a.start, due: b.due, open: b.open, exact: a.exact && b.exact, label: a.label + "–" + b.label}
	d.point = a.point && a.due != a.start
	for _, u := range []string{a.unsure, b.unsure} {
		if d.unsure == "" {
			d.unsure = u
		}
	}
	if !d.open && d.due.Before(d.start) {
		d.invalid = "den slutar " + d.due.String() + " men börjar " + d.start.String()
	}
	return d
}

// together is what several expressions of time come to: from the first day that one of
// them begins to the last that one of them ends. A deadline inside or after the
// periods counts as the end.
func together(all []days) days {
	d := all[0]
	for _, x := range all[1:] {
		d.label += "; " + x.label
		d.exact = d.exact && x.exact
		if d.unsure == "" {
			d.unsure = x.unsure
		}
		deadline := d.point != x.point && !d.open && !x.open
		switch {
		case deadline && d.point:
			d.due = pick(d.due, x.start, x.due)
			d.start, d.point = x.start, false
		case deadline:
			d.due = pick(x.due, d.start, d.due)
		default:
			if !x.point && (d.point || x.start.Before(d.start)) {
				d.start = x.start
			}
			if x.due.After(d.due) {
				d.due = x.due
			}
			d.open = d.open && x.open
			d.point = d.point && x.point
		}
	}
	return d
}

// pick is the deadline, unless it lies before the period begins.
func pick(deadline, start, due tertial.Date) tertial.Date {
	if deadline.Before(start) {
		return due
	}
	return deadline
}

// ofRecurrence is the reading of a recurrence alone, from a day on.
func (s *resolver) ofRecurrence(rec recurrence, on tertial.Date) tertial.Timing {
	t := tertial.Timing{Start: on, Recurrence: rec.kind, Certainty: tertial.Inferred}
	if rec.kind == tertial.Once {
		t.Certainty = tertial.Unconfirmed
		return t // finish says why
	}
	if rec.endless() {
		t.Why = "Läst som " + recurrenceWord(rec.kind) + ", utan sista dag"
		if rec.why != "" {
			s.notes = append(s.notes, rec.why)
		}
		return t
	}
	if on.IsZero() {
		return s.invalid("inget datum att räkna från")
	}
	y, m, _ := on.Civil()
	switch rec.kind {
	case tertial.Yearly:
		t.Due = lastDay(max(y, s.planYear))
	case tertial.Quarterly:
		t.Due = tertial.DateOf(y, (m-1)/3*3+3, 1).EndOfMonth()
	case tertial.Monthly:
		t.Due = on.EndOfMonth()
	case tertial.PerTertial:
		return s.perTertial(t, on)
	}
	t.Why = "Läst som " + recurrenceWord(rec.kind) + ", första gången senast " + t.Due.String()
	return t
}

// perTertial is due at the next report that closes something of what comes after on.
func (s *resolver) perTertial(t tertial.Timing, on tertial.Date) tertial.Timing {
	i := slices.IndexFunc(s.reports(), func(o tertial.Occurrence) bool { return on == s.dated || !o.To.Before(on) })
	if i < 0 {
		return s.invalid("årshjulet har ingen tertialrapport")
	}
	o := s.reports()[i]
	t.Events = []string{o.Key}
	if o.Assumed {
		t.Certainty = tertial.Unconfirmed
		t.Why = "Läst som varje tertial; datumet för " + o.Name + " är bara antaget: " + o.Date.String() + " är ett förslag att bekräfta"
		return t
	}
	t.Due = o.Date
	t.Why = "Läst som varje tertial, första gången " + o.Name + " " + o.Date.String()
	return t
}

// reports are those of the years after the date written.
func (s *resolver) reports() []tertial.Occurrence {
	from, years := s.dated.AddDays(1), 3
	to := lastDay(max(s.dated.Year(), s.planYear) + years)
	if s.dated.IsZero() || to.Sub(from) > 366*10 {
		to = from.AddDays(366 * years)
	}
	return s.r.wheel.Reports(from, to)
}

// less is the day so much before another.
func less(c *calendar.Calendar, d tertial.Date, n int, u unit) tertial.Date {
	n = min(n, 10_000)
	switch u {
	case dayUnit:
		return d.AddDays(-n)
	case workdayUnit:
		return c.Add(d, -n)
	case weekUnit:
		return d.AddDays(-7 * n)
	}
	return d.AddMonths(-n * unitMonths(u))
}

func sorted(ds []tertial.Date) []tertial.Date {
	slices.SortFunc(ds, tertial.Date.Compare)
	return slices.Compact(ds)
}

func distinct(keys []string) []string {
	slices.Sort(keys)
	return slices.Compact(keys)
}
