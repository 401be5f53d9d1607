package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"tertial/internal/tertial"
)

// Wheel is the annual wheel: its events and when they fall.
type Wheel struct {
	cal    *Calendar
	events []wheelEvent
	index  map[string]int // by key in upper case
	moved  map[occasion]tertial.WheelDate
	years  sync.Map // int → []tertial.Occurrence: those dated in that year
}

// occasion is one event of one report year.
type occasion struct {
	event int
	year  int
}

// wheelEvent is an event whose rules have been read.
type wheelEvent struct {
	Event
	rule     rule
	from, to monthDay // of the report
	digest   digestStep
}

// The largest year offset: further off, a date is no longer one of its report.
const maxOffset = 2

// How many years the date of an occurrence may lie from the year of its report: the
// offset, a rule that crosses a new year, and a date moved by up to a year.
const reach = maxOffset + 2

// How many years ahead Next looks: an event with dates for single years may pause.
const horizon = 12

// NewWheel reads the events. The error names every event that breaks a rule.
func NewWheel(c *Calendar, events []Event) (*Wheel, error) {
	w := &Wheel{cal: c, index: map[string]int{}}
	var errs []error
	for i, e := range events {
		read, err := readEvent(e.clone())
		key := strings.ToUpper(e.Key)
		if _, twice := w.index[key]; twice && err == nil {
			err = fmt.Errorf("%w: there is another event with this key", tertial.ErrInvalid)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("wheel[%d] %.40q: %w", i, e.Key, err))
			continue
		}
		w.index[key] = len(w.events)
		w.events = append(w.events, read)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return w, nil
}

func readEvent(e Event) (wheelEvent, error) {
	r := wheelEvent{Event: e, rule: noRule{}}
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	note(checkKey(e.Key))
	if strings.TrimSpace(e.Name) == "" {
		note(fmt.Errorf("%w: the event needs a name", tertial.ErrInvalid))
	}
	var err error
	switch {
	case e.Date != "":
		r.rule, err = parseRule(e.Date)
		note(err)
	case len(e.Dates) == 0:
		note(fmt.Errorf("%w: the event needs a date, such as 05-08", tertial.ErrInvalid))
	}
	if max(e.YearOffset, -e.YearOffset) > maxOffset {
		note(fmt.Errorf("%w: year_offset %d: write a number from -%d to %[3]d", tertial.ErrInvalid, e.YearOffset, maxOffset))
	}
	for _, y := range slices.Sorted(maps.Keys(e.Dates)) {
		note(checkDate(e, y, e.Dates[y]))
	}
	note(r.readReport())
	return r, errors.Join(errs...)
}

func (r *wheelEvent) readReport() error {
	digest := r.Digest
	if r.Report != nil {
		if digest == "" {
			digest = defaultDigest
		}
		var err error
		if r.from, err = parseMonthDay(r.Report.From); err != nil {
			return fmt.Errorf("report.from: %w", err)
		}
		if r.to, err = parseMonthDay(r.Report.To); err != nil {
			return fmt.Errorf("report.to: %w", err)
		}
		if r.to.in(2000).Before(r.from.in(2000)) {
			return fmt.Errorf("%w: the report's period ends (%s) before it begins (%s)", tertial.ErrInvalid, r.Report.To, r.Report.From)
		}
	}
	if digest == "" {
		return nil
	}
	var err error
	r.digest, err = parseDigest(digest)
	return err
}

// checkKey wants a word that begins with a letter: keys stand in lists and beside years.
func checkKey(key string) error {
	for i, c := range key {
		if !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c) && c != '-' && c != '_') {
			return fmt.Errorf("%w: a key is one word of letters, digits, - and _ that begins with a letter", tertial.ErrInvalid)
		}
	}
	if key == "" {
		return fmt.Errorf("%w: the event needs a key", tertial.ErrInvalid)
	}
	return nil
}

// checkDate catches slips of the pen: a date years away from its report's year.
func checkDate(e Event, year int, d tertial.Date) error {
	if d.IsZero() {
		return fmt.Errorf("%w: dates: %d has no date", tertial.ErrInvalid, year)
	}
	if away := d.Year() - year - e.YearOffset; away < -1 || away > 1 {
		return fmt.Errorf("%w: dates: %v is not near %d, the year it is given for", tertial.ErrInvalid, d, year)
	}
	return nil
}

// With returns a wheel with the dates that the database has, in place of those that w
// has from there. A given date wins over what the event says and is not assumed. Any
// row tells since when its date counts, as long as it is still the date that counts.
// Rows about unknown events, or without a date, say nothing.
func (w *Wheel) With(dates []tertial.WheelDate) *Wheel {
	n := &Wheel{cal: w.cal, events: w.events, index: w.index, moved: make(map[occasion]tertial.WheelDate, len(dates))}
	for _, d := range dates {
		if i, ok := w.index[strings.ToUpper(d.Key)]; ok && !d.Date.IsZero() {
			n.moved[occasion{i, d.Year}] = d
		}
	}
	return n
}

// Calendar returns the calendar by which the wheel counts workdays.
func (w *Wheel) Calendar() *Calendar { return w.cal }

// Events returns the events in their order. They are the caller's to change.
func (w *Wheel) Events() []Event {
	events := make([]Event, len(w.events))
	for i := range w.events {
		events[i] = w.events[i].Event.clone()
	}
	return events
}

// Event returns the event of a key, in whatever case it is written.
func (w *Wheel) Event(key string) (Event, bool) {
	i, ok := w.index[strings.ToUpper(key)]
	if !ok {
		return Event{}, false
	}
	return w.events[i].Event.clone(), true
}

// Occurrence returns the event's occurrence for the year of the report, false where the
// event is unknown or has no date for that year.
func (w *Wheel) Occurrence(key string, year int) (tertial.Occurrence, bool) {
	i, ok := w.index[strings.ToUpper(key)]
	if !ok {
		return tertial.Occurrence{}, false
	}
	return w.occur(i, year)
}

func (w *Wheel) occur(i, year int) (tertial.Occurrence, bool) {
	e := &w.events[i]
	o := tertial.Occurrence{Key: e.Key, Name: e.Name, Year: year, Assumed: e.Assumed, Report: e.Report != nil}
	if d, ok := e.Dates[year]; ok {
		o.Date = d
	} else {
		o.Date = e.rule.date(w.cal, year+e.YearOffset)
	}
	if row, ok := w.moved[occasion{i, year}]; ok {
		if row.Given {
			o.Date, o.Assumed = row.Date, false
		}
		if row.Date == o.Date {
			o.Since = row.Since
		}
	}
	if o.Report {
		o.From, o.To = e.from.in(year), e.to.in(year)
	}
	o.Digest = e.digest.after(w.cal, o.Date)
	return o, !o.Date.IsZero()
}

// In returns the occurrences whose date falls in the calendar year, by date; those of one
// day in the order of the wheel.
func (w *Wheel) In(year int) []tertial.Occurrence { return slices.Clone(w.in(year)) }

// in is In, kept; the slice is not to be changed.
func (w *Wheel) in(year int) []tertial.Occurrence {
	if os, ok := w.years.Load(year); ok {
		return os.([]tertial.Occurrence)
	}
	os := []tertial.Occurrence{}
	for i := range w.events {
		for y := year - reach; y <= year+reach; y++ {
			if o, ok := w.occur(i, y); ok && o.Date.Year() == year {
				os = append(os, o)
			}
		}
	}
	slices.SortStableFunc(os, byDate)
	w.years.Store(year, os)
	return os
}

// Reports returns the reports dated from–to, both included, by date.
func (w *Wheel) Reports(from, to tertial.Date) []tertial.Occurrence {
	var os []tertial.Occurrence
	if from.IsZero() || to.IsZero() {
		return os
	}
	for y := from.Year(); y <= to.Year(); y++ {
		for _, o := range w.in(y) {
			if o.Report && !o.Date.Before(from) && !o.Date.After(to) {
				os = append(os, o)
			}
		}
	}
	return os
}

// Next returns the event's first occurrence dated strictly after a day, false where
// the event is unknown or has none in the years that follow.
func (w *Wheel) Next(key string, after tertial.Date) (tertial.Occurrence, bool) {
	i, ok := w.index[strings.ToUpper(key)]
	if !ok || after.IsZero() {
		return tertial.Occurrence{}, false
	}
	for y := after.Year(); y <= after.Year()+horizon; y++ {
		for _, o := range w.in(y) {
			if o.Key == w.events[i].Key && o.Date.After(after) {
				return o, true
			}
		}
	}
	return tertial.Occurrence{}, false
}

// Reporting returns the reports of a report year, by date: those that close its
// tertials, whenever they fall.
func (w *Wheel) Reporting(year int) []tertial.Occurrence {
	var os []tertial.Occurrence
	for i := range w.events {
		if w.events[i].Report == nil {
			continue
		}
		if o, ok := w.occur(i, year); ok {
			os = append(os, o)
		}
	}
	slices.SortStableFunc(os, byDate)
	return os
}

func byDate(a, b tertial.Occurrence) int { return a.Date.Compare(b.Date) }
