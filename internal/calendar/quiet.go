package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// Quiet is a period in which nobody is reminded of anything, both ends included.
// It is given in one of three ways:
//
//   - From and To as MM-DD: each year; 12-23 to 01-06 goes over the new year;
//   - From and To as YYYY-MM-DD: once;
//   - Weeks as 29 or 27-31: ISO weeks of each year; 52-1 goes over the new year.
type Quiet struct {
	From  string `yaml:"from"`
	To    string `yaml:"to"`
	Weeks string `yaml:"weeks"`
}

// span is a Quiet that has been read.
type span interface {
	// mark takes the period's days from the workdays of y, the year with that number.
	mark(y *year, number int)
	// years are those that the span alone speaks of, none (1, 0) for one of each year.
	years() (from, to int)
}

func (q Quiet) parse() (span, error) {
	switch {
	case q.Weeks != "" && (q.From != "" || q.To != ""):
		return nil, fmt.Errorf("%w: give weeks, or from and to, not both", tertial.ErrInvalid)
	case q.Weeks != "":
		return parseWeeks(q.Weeks)
	case q.From == "" || q.To == "":
		return nil, fmt.Errorf("%w: a quiet period needs from and to (12-23 and 01-06), or weeks (27-31)", tertial.ErrInvalid)
	case len(q.From) == len("2006-01-02") || len(q.To) == len("2006-01-02"):
		return q.parseOnce()
	}
	from, err := parseMonthDay(q.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	to, err := parseMonthDay(q.To)
	if err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	return annual{from, to}, nil
}

func (q Quiet) parseOnce() (span, error) {
	from, err := tertial.ParseDate(q.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	to, err := tertial.ParseDate(q.To)
	if err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	if to.Before(from) {
		return nil, fmt.Errorf("%w: the period ends (%v) before it begins (%v)", tertial.ErrInvalid, to, from)
	}
	return once{from, to}, nil
}

// annual is a period of each year; where it ends before it begins it goes over the new year.
type annual struct{ from, to monthDay }

func (a annual) years() (int, int) { return 1, 0 }

func (a annual) mark(y *year, number int) {
	from, to := a.from.in(number), a.to.in(number)
	if !to.Before(from) {
		y.rest(from, to)
		return
	}
	y.rest(y.first, to)
	y.rest(from, y.first.AddDays(y.days-1))
}

// once is a period with its years.
type once struct{ from, to tertial.Date }

func (o once) years() (int, int) { return o.from.Year(), o.to.Year() }

func (o once) mark(y *year, _ int) { y.rest(o.from, o.to) }

// weeks are ISO weeks of each year.
type weeks struct{ from, to int }

func parseWeeks(s string) (span, error) {
	a, b, ranged := strings.Cut(s, "-")
	if !ranged {
		b = a
	}
	from, err1 := parseWeek(a)
	to, err2 := parseWeek(b)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%w: weeks %.40q: write one week as 29 or several as 27-31, each from 1 to 53", tertial.ErrInvalid, s)
	}
	return weeks{from, to}, nil
}

func parseWeek(s string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 8)
	if err != nil || n < 1 || n > 53 {
		return 0, tertial.ErrInvalid
	}
	return int(n), nil
}

func (w weeks) years() (int, int) { return 1, 0 }

func (w weeks) mark(y *year, number int) {
	// The first and last days of a year may belong to weeks of its neighbours.
	for iso := number - 1; iso <= number+1; iso++ {
		last := lastWeek(iso)
		if w.from <= w.to {
			w.markWeeks(y, iso, w.from, min(w.to, last))
			continue
		}
		w.markWeeks(y, iso, 1, min(w.to, last))
		w.markWeeks(y, iso, w.from, last)
	}
}

func (w weeks) markWeeks(y *year, iso, from, to int) {
	first := weekOne(iso)
	if from <= to && !first.IsZero() {
		y.rest(first.AddDays(7*(from-1)), first.AddDays(7*to-1))
	}
}

// weekOne returns the Monday of the first ISO week of a year; the fourth of January lies in it.
func weekOne(year int) tertial.Date {
	d := tertial.DateOf(year, time.January, 4)
	if d.IsZero() {
		return d
	}
	return d.Monday()
}

// lastWeek returns how many ISO weeks a year has: that of 28 December.
func lastWeek(year int) int {
	d := tertial.DateOf(year, time.December, 28)
	if d.IsZero() {
		return 0
	}
	_, n := d.Week()
	return n
}
