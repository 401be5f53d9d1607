package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// ring is a year drawn as a wheel: January begins at the top, and time goes clockwise. All lengths are units of a picture
// that is ringWidth wide and ringHeight high.
type ring struct {
	Year    int
	Months  []sector
	Periods []sector // what the reports report on
	Marks   []mark
	Needle  *needle // nil where today is not in the year
}

// sector is a part of a ring, with its words in the middle of it.
type sector struct {
	Path  string
	X, Y  string // of the words
	Name  string
	Count int // actions with their last day in it
	More  bool
}

// mark is a day on which something is, with its words beside the ring.
type mark struct {
	X1, Y1, X2, Y2 string // from the ring outwards
	X3, Y3         string // to the words
	TextX, TextY   string
	Anchor         string // "start" or "end"
	Keys           string // "VP, RSA"
	Date           tertial.Date
	Assumed        bool

	angle, y float64
	right    bool
}

// needle points at today.
type needle struct{ X1, Y1, X2, Y2, TextX, TextY string }

// The measures of the picture.
const (
	ringWidth, ringHeight = 960.0, 720.0
	centreX, centreY      = ringWidth / 2, ringHeight / 2
	innerPeriods          = 130.0
	innerMonths           = 178.0
	outerMonths           = 280.0
	markEnd               = 300.0
	labelColumn           = 330.0 // from the centre, to either side
	labelStep             = 34.0  // between two labels
	labelReach            = 325.0 // how far from the middle a label may lie
)

// drawRing draws the events of a calendar year, with the actions of its twelve months.
func drawRing(year int, events []tertial.Occurrence, today tertial.Date, months []wheelMonth) *ring {
	r := &ring{Year: year}
	for i := range months {
		m := &months[i]
		sector := newSector(turn(m.From), turnEnd(m.To), innerMonths+2, outerMonths, (innerMonths+outerMonths)/2)
		sector.Name, sector.Count, sector.More = m.Name, m.Due, m.More
		r.Months = append(r.Months, sector)
	}
	for i := range events {
		if o := &events[i]; o.Report {
			r.addPeriod(o)
		}
	}
	r.addMarks(events)
	if today.Year() == year {
		r.Needle = newNeedle(turn(today) + turnEnd(today)/2 - turn(today)/2)
	}
	return r
}

// addPeriod draws the part of the year that a report reports on. Of a report that falls in the year after,
// the period is drawn where its months are.
func (r *ring) addPeriod(o *tertial.Occurrence) {
	from, to := inYear(o.From, r.Year), inYear(o.To, r.Year)
	s := newSector(turn(from), turnEnd(to), innerPeriods, innerMonths-4, (innerPeriods+innerMonths)/2-2)
	s.Name = o.Key
	if !slices.ContainsFunc(r.Periods, func(x sector) bool { return x.Name == s.Name }) {
		r.Periods = append(r.Periods, s)
	}
}

// addMarks gathers the events by day, and lays their words out in two columns so that none covers another.
func (r *ring) addMarks(events []tertial.Occurrence) {
	for i := range events {
		o := &events[i]
		n := len(r.Marks)
		if n > 0 && r.Marks[n-1].Date == o.Date && r.Marks[n-1].Assumed == o.Assumed {
			r.Marks[n-1].Keys += ", " + o.Key
			continue
		}
		angle := turn(o.Date)
		r.Marks = append(r.Marks, mark{Keys: o.Key, Date: o.Date, Assumed: o.Assumed, angle: angle,
			y: -math.Cos(angle) * labelReach, right: math.Sin(angle) >= 0})
	}
	for _, right := range []bool{true, false} {
		var column []*mark
		for i := range r.Marks {
			if r.Marks[i].right == right {
				column = append(column, &r.Marks[i])
			}
		}
		slices.SortStableFunc(column, func(a, b *mark) int { return cmp.Compare(a.y, b.y) })
		spread(column)
	}
	for i := range r.Marks {
		r.Marks[i].place()
	}
}

// spread moves labels apart, downwards first, and then up where they would leave the picture.
func spread(column []*mark) {
	for i, m := range column {
		if i > 0 {
			m.y = max(m.y, column[i-1].y+labelStep)
		}
	}
	last := labelReach
	for _, m := range slices.Backward(column) {
		m.y = min(m.y, last)
		last = m.y - labelStep
	}
}

func (m *mark) place() {
	m.X1, m.Y1 = point(m.angle, outerMonths)
	m.X2, m.Y2 = point(m.angle, markEnd)
	side, anchor := 1.0, "start"
	if !m.right {
		side, anchor = -1, "end"
	}
	m.X3, m.Y3 = length(centreX+side*labelColumn), length(centreY+m.y)
	m.TextX, m.TextY, m.Anchor = length(centreX+side*(labelColumn+6)), length(centreY+m.y+5), anchor
}

func newNeedle(angle float64) *needle {
	n := &needle{}
	n.X1, n.Y1 = point(angle, 60)
	n.X2, n.Y2 = point(angle, outerMonths+8)
	n.TextX, n.TextY = length(centreX), length(centreY+6)
	return n
}

// inYear is the same day of another year.
func inYear(d tertial.Date, year int) tertial.Date {
	_, m, day := d.Civil()
	return tertial.DateOf(year, m, day)
}

// turn is where a day begins on the wheel, in radians from the top.
func turn(d tertial.Date) float64 { return 2 * math.Pi * float64(d.YearDay()-1) / yearDays(d) }

// turnEnd is where a day ends.
func turnEnd(d tertial.Date) float64 { return 2 * math.Pi * float64(d.YearDay()) / yearDays(d) }

func yearDays(d tertial.Date) float64 {
	return float64(tertial.DateOf(d.Year(), 12, 31).YearDay())
}

func newSector(from, to, inner, outer, words float64) sector {
	const gap = 0.006 // radians between two sectors
	from, to = from+gap, to-gap
	large := 0
	if to-from > math.Pi {
		large = 1
	}
	var b strings.Builder
	x, y := point(from, inner)
	fmt.Fprintf(&b, "M%s %s", x, y)
	x, y = point(from, outer)
	fmt.Fprintf(&b, "L%s %s", x, y)
	x, y = point(to, outer)
	fmt.Fprintf(&b, "A%s %s 0 %d 1 %s %s", length(outer), length(outer), large, x, y)
	x, y = point(to, inner)
	fmt.Fprintf(&b, "L%s %s", x, y)
	x, y = point(from, inner)
	fmt.Fprintf(&b, "A%s %s 0 %d 0 %s %sZ", length(inner), length(inner), large, x, y)
	s := sector{Path: b.String()}
	s.X, s.Y = point((from+to)/2, words)
	return s
}

// point is a place on the picture, at an angle from the top and a distance from the centre.
func point(angle, radius float64) (x, y string) {
	return length(centreX + math.Sin(angle)*radius), length(centreY - math.Cos(angle)*radius)
}

// length writes a number with one decimal, which is finer than a screen.
func length(v float64) string {
	s := fmt.Sprintf("%.1f", v)
	return strings.TrimSuffix(s, ".0")
}
