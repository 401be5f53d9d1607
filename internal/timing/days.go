package timing

import (
	"time"

	"tertial/internal/tertial"
)

// days is what a term comes to: the days that it names.
type days struct {
	start, due tertial.Date
	point      bool   // it names its due date only
	open       bool   // it names its start only
	exact      bool   // written to the day, with its year
	unsure     string // why a person must say
	label      string // in Swedish, with the year
	invalid    string // why there are no such days
}

// The day of August on which work begins again, and other rules of thumb of the
// Swedish year, as month and day.
const (
	springEnds  = 31 // May
	autumnBegan = 15 // August
	autumnEnds  = 30 // November
	schoolEnds  = 15 // June
)

// plain returns the days of a term in a year, regardless of what stands before it.
func (s *resolver) plain(t *term, y int) days {
	if first, n, ok := t.months(); ok {
		return monthsPart(t, y, first, n)
	}
	date := tertial.DateOf
	switch t.kind {
	case day:
		d, ok := t.date(y)
		if !ok {
			return days{invalid: "dagen " + label(t.day) + "/" + label(t.n) + " finns inte " + label(y)}
		}
		return days{start: d, due: d, point: true, label: d.String()}
	case week:
		monday := date(y, time.January, 4).Monday().AddDays(7 * (t.n - 1))
		if wy, _ := monday.AddDays(3).Week(); wy != y {
			return days{invalid: "år " + label(y) + " har ingen vecka " + label(t.n)}
		}
		return days{start: monday, due: monday.AddDays(4), label: "vecka " + label(t.n) + " " + label(y)}
	case spring:
		return days{start: date(y, time.January, 1), due: date(y, time.May, springEnds), label: "våren " + label(y)}
	case autumn:
		return days{start: date(y, time.August, autumnBegan), due: date(y, time.November, autumnEnds), label: "hösten " + label(y)}
	case summer:
		return days{start: date(y, time.June, 1), due: date(y, time.August, 31), label: "sommaren " + label(y)}
	case winter:
		return days{start: date(y, time.December, 1), due: date(y+1, time.February, 1).EndOfMonth(), label: "vintern " + label(y) + "/" + label(y+1)}
	case schoolYear:
		return days{start: date(y, time.August, autumnBegan), due: date(y+1, time.June, schoolEnds), label: "läsåret " + label(y) + "/" + label(y+1)}
	}
	return s.pointed(t, y)
}

// pointed returns the day of a term that names one day of a year by a word.
func (s *resolver) pointed(t *term, y int) days {
	d := days{point: true}
	switch t.kind {
	case turnOfHalf:
		d.due, d.label = tertial.DateOf(y, time.June, 30), "halvårsskiftet "+label(y)
	case turnOfYear:
		d.due, d.label = lastDay(y), "årsskiftet "+label(y)+"/"+label(y+1)
		if t.origin != written && t.origin != fromDated {
			d.unsure = "det framgår inte vilket årsskifte"
		}
	case turnOfMonth:
		d.due, d.label = tertial.DateOf(y, time.Month(t.n), 1).EndOfMonth(), "månadsskiftet efter "+months[t.n]+" "+label(y)
	case yearEnd:
		d.due, d.label = lastDay(y), "slutet av "+label(y)
	case christmas:
		d.due, d.label = tertial.DateOf(y, time.December, 23), "före jul "+label(y)
		d.due = s.r.wheel.Calendar().Last(d.due)
	case amount:
		d.due, d.label = s.plus(t), numbered(t.n, t.unit)+" från "+s.dated.String()
	}
	d.start = d.due
	return d
}

func lastDay(y int) tertial.Date { return tertial.DateOf(y, time.December, 31) }

// plus returns the day so much after the date written, months clamped to their end.
func (s *resolver) plus(t *term) tertial.Date {
	n := min(t.n, 100_000) // no phrase means more; beyond the years it is unreadable anyway
	switch t.unit {
	case dayUnit:
		return s.dated.AddDays(n)
	case workdayUnit:
		return s.r.wheel.Calendar().Add(s.dated, min(n, 10_000))
	case weekUnit:
		return s.dated.AddDays(7 * n)
	}
	return s.dated.AddMonths(unitMonths(t.unit) * n)
}

// unitMonths is how many months a unit has, 0 for a shorter one.
func unitMonths(u unit) int {
	switch u {
	case monthUnit:
		return 1
	case quarterUnit:
		return 3
	case tertialUnit:
		return 4
	case halfUnit:
		return 6
	case yearUnit:
		return 12
	}
	return 0
}

// monthsPart returns the days of a period of whole months, or of its beginning,
// middle or end. A month is cut after the 10th and the 20th; of a longer period the
// beginning and the end are a quarter each, in whole months.
func monthsPart(t *term, y int, first time.Month, n int) days {
	start := tertial.DateOf(y, first, 1)
	due := start.AddMonths(n).AddDays(-1)
	d := days{start: start, due: due, label: periodLabel(t, y)}
	edge := (n + 3) / 4
	if n == 6 {
		edge = 2
	}
	switch t.part {
	case beginning:
		d.label = "början av " + d.label
		if d.due = start.AddMonths(edge).AddDays(-1); n == 1 {
			d.due = start.AddDays(9)
		}
	case middle:
		d.label = "mitten av " + d.label
		d.start, d.due = start.AddMonths(edge), start.AddMonths(n-edge).AddDays(-1)
		if n == 1 {
			d.start, d.due = start.AddDays(10), start.AddDays(19)
		}
	case ending:
		d.label = "slutet av " + d.label
		if d.start = start.AddMonths(n - edge); n == 1 {
			d.start = start.AddDays(20)
		}
	case close:
		d.label = "utgången av " + d.label
		d.start, d.point = due, true
	}
	return d
}

// first is the first day of a term in a year, for telling which of two comes first.
func (s *resolver) first(t *term, y int) tertial.Date {
	d := s.plain(t, y)
	return d.start
}

// days returns the days of a term whose year is settled, with what stands before it.
func (s *resolver) days(t *term) days {
	if t.kind != amount && t.origin == notGiven {
		return days{invalid: "det finns inget år att räkna från"}
	}
	d := s.plain(t, t.year)
	if d.due.IsZero() && d.invalid == "" { // beyond the edge of time, or nothing to count from
		d.invalid = "det finns ingen sådan dag"
	}
	if d.invalid != "" {
		return d
	}
	d.exact = t.precise() && t.origin == written
	cal := s.r.wheel.Calendar()
	switch {
	case t.kind == summer && (t.prep == before || t.prep == by):
		d.due, d.label = cal.Last(tertial.DateOf(t.year, time.June, 30)), "före sommaren "+label(t.year)
		d.start, d.point = d.due, true
	case t.kind == summer && t.prep == after:
		d.start, d.due = afterSummer(t.year)
		d.label, d.unsure = "efter sommaren "+label(t.year), "efter sommaren säger inte vilken dag"
	case t.prep == by || t.prep == until:
		d.start, d.point = d.due, true
	case t.prep == before:
		s.before(t, &d)
	case t.prep == after:
		d.start, d.due, d.open, d.point = d.due.AddDays(1), tertial.Date{}, true, false
		d.label, d.unsure = "efter "+d.label, "ingen sista dag är angiven"
	case t.prep == from:
		d.due, d.open, d.point = tertial.Date{}, true, false
		d.label = "från och med " + d.label
	}
	return d
}

// before makes d due on the day before it begins. What is itself an end or a turn is
// a deadline already: före årsskiftet is no day earlier.
func (s *resolver) before(t *term, d *days) {
	ends := t.part == ending || t.part == close || t.kind == turnOfYear || t.kind == turnOfHalf ||
		t.kind == turnOfMonth || t.kind == yearEnd || t.kind == christmas || t.kind == amount
	switch {
	case ends:
		d.start = d.due
	case t.lead > 0:
		d.due, d.exact = less(s.r.wheel.Calendar(), d.start, t.lead, t.unit), false
		d.start, d.label = d.due, numbered(t.lead, t.unit)+" före "+d.label
	default:
		d.due = d.start.AddDays(-1)
		d.start, d.label = d.due, "dagen före "+d.label
	}
	d.point = true
}

// afterSummer is Monday of week 33 to the last of September.
func afterSummer(y int) (from, to tertial.Date) {
	return tertial.DateOf(y, time.January, 4).Monday().AddDays(7 * 32), tertial.DateOf(y, time.September, 30)
}
