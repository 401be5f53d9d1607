package timing

import "time"

// kind says what a term is.
type kind int

const (
	day kind = iota
	week
	month
	quarter
	tertialPeriod
	half
	year
	spring
	autumn
	summer
	winter
	schoolYear
	turnOfHalf
	turnOfYear
	turnOfMonth
	yearEnd
	christmas
	amount     // inom: n units from the date written
	wheelEvent // an event of the wheel
	nextReport // the next tertial report, whichever it is
	recurs     // a recurrence
	urgency    // snarast, omgående
	unreadable // a term whose numbers do not exist: 30 februari
)

// origin says where a term's year comes from.
type origin int

const (
	notGiven origin = iota
	written
	fromDated // nästa år, i år: counted from the date written
	planned   // the plan year
	following // the first occurrence after the date written
)

// link says how a term is tied to the one before it.
type link int

const (
	loose  link = iota
	listed      // mars och april
	ranged      // mars–april
)

// term is one expression of time, an event, or a recurrence, with what stood
// round it. Its year may be open.
type term struct {
	kind       kind
	n          int  // ordinal of the period; month of a day; amount; days; index of a recurrence
	day        int  // of a day
	unit       unit // of an amount
	year       int  // if origin is not notGiven
	secondYear int  // of a turn or school year written with two
	origin     origin
	part       part
	key        string // of an event
	prep       preposition
	next       bool // nästa
	lead       int  // of an event: so many units before it
	borrowed   bool // its year was written with another term
	link       link
	checking   bool   // only followed up then
	genitive   bool   // 2024 års: its year is for the event that follows
	why        string // of an unreadable one
}

// timely reports whether the term names days by itself.
func (t *term) timely() bool { return t.kind <= amount }

// months gives the first month and number of months of a period that consists of months.
func (t *term) months() (first time.Month, n int, ok bool) {
	switch t.kind {
	case month:
		return time.Month(t.n), 1, true
	case quarter:
		return time.Month(3*t.n - 2), 3, true
	case tertialPeriod:
		return time.Month(4*t.n - 3), 4, true
	case half:
		return time.Month(6*t.n - 5), 6, true
	case year:
		return time.January, 12, true
	}
	return 0, 0, false
}

// precise reports whether a term of this kind names its days without a rule of
// thumb, once its year is written.
func (t *term) precise() bool {
	switch t.kind {
	case day, week, month, quarter, tertialPeriod, half, year, turnOfHalf, yearEnd:
		return t.part == whole || t.part == close
	case turnOfYear:
		return t.secondYear != 0
	}
	return false
}
