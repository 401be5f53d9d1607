package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// monthDay is a day of any year.
type monthDay struct {
	month time.Month
	day   int
}

func parseMonthDay(s string) (monthDay, error) {
	// 2000 is a leap year: 02-29 is a day of some years.
	t, err := time.Parse(time.DateOnly, "2000-"+s)
	if err != nil {
		return monthDay{}, fmt.Errorf("%w: %.40q is no day of a year; write it as 05-08", tertial.ErrInvalid, s)
	}
	return monthDay{t.Month(), t.Day()}, nil
}

// in returns the day in a year; 29 February is the 28th of a year without one.
func (m monthDay) in(year int) tertial.Date {
	first := tertial.DateOf(year, m.month, 1)
	if first.IsZero() {
		return first
	}
	_, _, last := first.EndOfMonth().Civil()
	return first.AddDays(min(m.day, last) - 1)
}

// rule gives an event's date in a year; zero where there is none.
type rule interface {
	date(c *Calendar, year int) tertial.Date
}

// The rules: 05-08, 04-30+5wd, last-workday 05, w10.
type (
	dayRule struct {
		monthDay
		workdays int // after the day, before it where negative
	}
	lastWorkdayRule struct{ month time.Month }
	weekRule        struct{ week int }
	// noRule is that of an event with dates for single years only.
	noRule struct{}
)

// The longest step of a rule or digest, in days or workdays: about a year.
const maxStep = 366

func parseRule(s string) (rule, error) {
	switch {
	case strings.HasPrefix(s, "last-workday "):
		m, err := parseMonthDay(strings.TrimPrefix(s, "last-workday ") + "-01")
		if err != nil {
			return nil, badRule(s)
		}
		return lastWorkdayRule{m.month}, nil
	case strings.HasPrefix(s, "w"):
		n, err := parseWeek(s[1:])
		if err != nil {
			return nil, badRule(s)
		}
		return weekRule{n}, nil
	case len(s) < len("05-08"):
		return nil, badRule(s)
	}
	m, err := parseMonthDay(s[:5])
	if err != nil {
		return nil, badRule(s)
	}
	if s[5:] == "" {
		return dayRule{m, 0}, nil
	}
	n, unit, err := parseStep(s[5:])
	if err != nil || unit != "wd" {
		return nil, badRule(s)
	}
	return dayRule{m, n}, nil
}

func badRule(s string) error {
	return fmt.Errorf("%w: date %.40q: write 05-08, 04-30+5wd, \"last-workday 05\" or w10", tertial.ErrInvalid, s)
}

// parseStep reads a sign, a number and a unit, d or wd: +5wd.
func parseStep(s string) (n int, unit string, err error) {
	digits := strings.TrimRight(s, "wd")
	unit = s[len(digits):]
	n, err = strconv.Atoi(digits)
	signed := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-")
	if err != nil || !signed || (unit != "d" && unit != "wd") || max(n, -n) > maxStep {
		return 0, "", fmt.Errorf("%w: step %.40q: write +5wd (workdays) or +10d (days)", tertial.ErrInvalid, s)
	}
	return n, unit, nil
}

func (r dayRule) date(c *Calendar, year int) tertial.Date { return c.Add(r.in(year), r.workdays) }

func (r lastWorkdayRule) date(c *Calendar, year int) tertial.Date {
	first := tertial.DateOf(year, r.month, 1)
	if first.IsZero() {
		return first
	}
	return c.Last(first.EndOfMonth())
}

// A week 53 is the 52nd of a year without one.
func (r weekRule) date(_ *Calendar, year int) tertial.Date {
	first := weekOne(year)
	if first.IsZero() {
		return first
	}
	return first.AddDays(7 * (min(r.week, lastWeek(year)) - 1))
}

func (noRule) date(*Calendar, int) tertial.Date { return tertial.Date{} }

// digestStep is when a report's digest goes: so long after the report's date.
type digestStep struct {
	n    int
	unit string // "" where no digest goes
}

// The digest of a report that does not say.
const defaultDigest = "+5wd"

func parseDigest(s string) (digestStep, error) {
	n, unit, err := parseStep(s)
	if err != nil || n < 0 {
		return digestStep{}, fmt.Errorf("%w: digest %.40q: write +5wd (workdays) or +10d (days) after the date", tertial.ErrInvalid, s)
	}
	return digestStep{n, unit}, nil
}

func (s digestStep) after(c *Calendar, d tertial.Date) tertial.Date {
	switch s.unit {
	case "d":
		return d.AddDays(s.n)
	case "wd":
		return c.Add(d, s.n)
	}
	return tertial.Date{}
}
