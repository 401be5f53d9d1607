package timing

import "slices"

// settleYears gives every term its year: the one written with it, else that of a term
// it is tied to or of a year that stands alone before it, else the plan year, else
// the first after the day the phrase was written. Years that only served others go.
func (s *resolver) settleYears(ts []term) []term {
	ts = lendYears(ts)
	for i := len(ts) - 1; i > 0; i-- { // mars–april 2025: the last year counts for both
		t, prev := &ts[i], &ts[i-1]
		if t.link == loose || t.origin == notGiven || !prev.lacksYear() {
			continue
		}
		prev.year, prev.origin, prev.borrowed = t.year, t.origin, true
		if s.first(prev, prev.year).After(s.first(t, t.year)) {
			prev.year-- // november–februari 2025
		}
	}
	for i := range ts {
		t := &ts[i]
		tied := i > 0 && (t.link != loose || ts[i-1].prep == from)
		if t.kind == amount || t.origin != notGiven && !t.borrowed {
			continue
		}
		switch {
		case t.borrowed:
		case i > 0 && !t.next && (ts[i-1].origin == written || ts[i-1].origin == fromDated):
			t.year, t.origin = ts[i-1].year, ts[i-1].origin
		default:
			s.giveYear(t)
		}
		if tied && !t.next && t.origin != notGiven && s.first(t, t.year).Before(s.first(&ts[i-1], ts[i-1].year)) {
			t.year++ // november–februari
		}
	}
	return ts
}

func (t *term) lacksYear() bool {
	return t.origin == notGiven && !t.next && t.kind != amount && t.kind != year
}

// lendYears lets a year that stands alone before terms without one be theirs: 2024, Q2 och Q4.
// "Under året" beside something narrower says nothing.
func lendYears(ts []term) []term {
	lender := -1
	lent := make([]bool, len(ts))
	narrower := slices.ContainsFunc(ts, func(t term) bool { return t.kind != year && t.kind != amount })
	for i := range ts {
		t := &ts[i]
		alone := t.kind == year && t.part == whole && t.link != ranged && (i+1 == len(ts) || ts[i+1].link != ranged)
		switch {
		case alone && t.origin == notGiven:
			lent[i] = narrower
		case alone:
			lender = i
		case lender >= 0 && t.lacksYear():
			t.year, t.origin, t.borrowed, lent[lender] = ts[lender].year, ts[lender].origin, true, true
			if lender == i-1 {
				t.link = ts[lender].link
			}
		}
	}
	kept := ts[:0]
	for i, t := range ts {
		if !lent[i] {
			kept = append(kept, t)
		}
	}
	return kept
}

// giveYear gives a year to a term for which the phrase has none.
func (s *resolver) giveYear(t *term) {
	y := s.dated.Year()
	switch {
	case t.next && !s.dated.IsZero():
		t.origin = following
		if t.year = y; !s.first(t, y).After(s.dated) {
			t.year++
		}
	case s.planYear > 0:
		t.year, t.origin = s.planYear, planned
	case !s.dated.IsZero():
		t.origin = following
		d := s.plain(t, y)
		if t.year = y; !d.due.After(s.dated) {
			t.year++
		}
	}
}
