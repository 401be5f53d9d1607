package calendar

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"tertial/internal/tertial"
)

// Options are the organisation's own days off.
type Options struct {
	Quiet  []Quiet
	Closed []tertial.Date
}

// Calendar tells workdays from other days.
type Calendar struct {
	quiet  []span
	closed []tertial.Date // sorted
	first  tertial.Date   // of near
	// near has a bit for each workday of the years that are checked when the calendar is
	// made: those in which deadlines lie. It is asked millions of times.
	near [(cycleDays + 63) / 64]uint64
	// years are the tables of the years that have been asked for.
	years [lastYear + 1]atomic.Pointer[year]
}

// The years that a [tertial.Date] can have.
const (
	firstYear = 1
	lastYear  = 9999
)

// A Gregorian cycle: in so many years every combination of weekdays, leap
// days and week numbers has occurred.
const (
	cycleYear = 2000 // its first year
	cycle     = 400
	cycleDays = 146_097
)

// New makes a calendar of the organisation's days off. The error names every
// entry that breaks a rule; a calendar with a year without workdays is refused,
// since nothing could be sent in it.
func New(o Options) (*Calendar, error) {
	c := &Calendar{closed: slices.Clone(o.Closed), first: tertial.DateOf(cycleYear, time.January, 1)}
	slices.SortFunc(c.closed, tertial.Date.Compare)
	var errs []error
	for i, q := range o.Quiet {
		s, err := q.parse()
		if err != nil {
			errs = append(errs, fmt.Errorf("quiet[%d]: %w", i, err))
			continue
		}
		c.quiet = append(c.quiet, s)
	}
	for i, d := range o.Closed {
		if d.IsZero() {
			errs = append(errs, fmt.Errorf("closed[%d]: %w: an empty date closes nothing", i, tertial.ErrInvalid))
		}
	}
	if len(errs) == 0 {
		errs = append(errs, c.checkYears())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// checkYears refuses a calendar that leaves some year without a workday: first a
// whole cycle, for what comes back each year, then the years of single dates. It
// keeps what it has seen of the cycle.
func (c *Calendar) checkYears() error {
	n := 0
	for y := cycleYear; y < cycleYear+cycle; y++ {
		t := c.build(y)
		if t.empty() {
			return noWorkday(y)
		}
		for day := range t.days {
			if t.works(day) {
				c.near[n>>6] |= 1 << (n & 63)
			}
			n++
		}
	}
	for _, s := range c.quiet {
		from, to := s.years()
		for y := from; y <= to; y++ {
			if c.build(y).empty() {
				return noWorkday(y)
			}
		}
	}
	for _, d := range c.closed {
		if y := d.Year(); c.build(y).empty() {
			return noWorkday(y)
		}
	}
	return nil
}

func noWorkday(y int) error {
	return fmt.Errorf("%w: quiet periods and closed days leave %d without a workday; shorten them", tertial.ErrInvalid, y)
}

// IsWorkday reports whether d is a workday. No date is none.
func (c *Calendar) IsWorkday(d tertial.Date) bool {
	if n := d.Sub(c.first); n >= 0 && n < cycleDays {
		return c.near[n>>6]>>(n&63)&1 != 0
	}
	if d.IsZero() {
		return false
	}
	y := c.year(d.Year())
	return y.works(d.Sub(y.first))
}

// Holiday names the public holiday, or the eve that counts as one, on the day d;
// "" where there is none. Sundays without a name of their own are no holidays here.
func (c *Calendar) Holiday(d tertial.Date) string {
	if d.IsZero() {
		return ""
	}
	for _, h := range c.year(d.Year()).holidays {
		if h.date == d {
			return h.name
		}
	}
	return ""
}

// Last returns the last workday on or before d: W(d). It is zero for no date, and
// where time begins before a workday is found.
func (c *Calendar) Last(d tertial.Date) tertial.Date { return c.seek(d, -1) }

// First returns the first workday on or after d: F(d). It is zero for no date, and
// where time ends before a workday is found.
func (c *Calendar) First(d tertial.Date) tertial.Date { return c.seek(d, 1) }

// seek goes from d in steps of one day to the nearest workday.
func (c *Calendar) seek(d tertial.Date, step int) tertial.Date {
	for !c.IsWorkday(d) {
		next := d.AddDays(step)
		if next == d { // no date, or the edge of time
			return tertial.Date{}
		}
		d = next
	}
	return d
}

// Add returns the workday that is n workdays after d, or before it where n is
// negative. The day d itself is not counted, so the day after a Friday is the
// Monday; Add(d, 0) is d. Beyond the edge of time it is zero.
func (c *Calendar) Add(d tertial.Date, n int) tertial.Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for ; n > 0 && !d.IsZero(); n-- {
		next := d.AddDays(step)
		if next == d {
			return tertial.Date{}
		}
		d = c.seek(next, step)
	}
	return d
}

// WeekStart returns the first workday of the ISO week of d, zero where that week has none.
func (c *Calendar) WeekStart(d tertial.Date) tertial.Date {
	if d.IsZero() {
		return d
	}
	monday := d.Monday()
	for i := range 5 {
		if day := monday.AddDays(i); c.IsWorkday(day) {
			return day
		}
	}
	return tertial.Date{}
}

// NextWeekStart returns the first day on or after d that is the first workday of
// its week: d itself if it is one.
func (c *Calendar) NextWeekStart(d tertial.Date) tertial.Date {
	for !d.IsZero() {
		if s := c.WeekStart(d); !s.IsZero() && !s.Before(d) {
			return s
		}
		next := d.Monday().AddDays(7)
		if !next.After(d) {
			return tertial.Date{}
		}
		d = next
	}
	return d
}

// year returns the table of the year y, built on first use.
func (c *Calendar) year(y int) *year {
	p := &c.years[y]
	t := p.Load()
	if t == nil { // two that build it at once build the same
		t = c.build(y)
		p.Store(t)
	}
	return t
}

// year is the table of one year: a bit for each day that is a workday.
type year struct {
	first    tertial.Date // 1 January
	days     int
	work     [6]uint64
	holidays []holiday
}

func (y *year) works(day int) bool { return y.work[day>>6]>>(day&63)&1 != 0 }

func (y *year) set(day int) { y.work[day>>6] |= 1 << (day & 63) }

func (y *year) clear(day int) { y.work[day>>6] &^= 1 << (day & 63) }

func (y *year) empty() bool { return y.work == [6]uint64{} }

// rest takes the days from–to, as far as they lie in the year, from the workdays.
func (y *year) rest(from, to tertial.Date) {
	for day := max(from.Sub(y.first), 0); day <= min(to.Sub(y.first), y.days-1); day++ {
		y.clear(day)
	}
}

func (c *Calendar) build(number int) *year {
	first := tertial.DateOf(number, time.January, 1)
	y := &year{first: first, days: tertial.DateOf(number, time.December, 31).YearDay(), holidays: holidays(number)}
	for day, wd := 0, int(first.Weekday()); day < y.days; day, wd = day+1, (wd+1)%7 {
		if wd != int(time.Saturday) && wd != int(time.Sunday) {
			y.set(day)
		}
	}
	for _, h := range y.holidays {
		y.rest(h.date, h.date)
	}
	for _, s := range c.quiet {
		s.mark(y, number)
	}
	i, _ := slices.BinarySearchFunc(c.closed, first, tertial.Date.Compare)
	for ; i < len(c.closed) && c.closed[i].Sub(first) < y.days; i++ {
		y.rest(c.closed[i], c.closed[i])
	}
	return y
}
