package main

import (
	"context"
	"fmt"
	"strconv"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// wheelVerb is everything about the annual wheel.
type wheelVerb struct {
	Show wheelShow `cmd:"" help:"Show the events of a year with their dates."`
	Set  wheelSet  `cmd:"" help:"Set the date of an event in one year."`
}

// wheelShow shows the events that are dated in one calendar year.
type wheelShow struct {
	Year *int `placeholder:"YEAR" help:"Calendar year (default: the year of --as-of)."`
	asOf
}

func (wheelShow) forms() []format { return []format{asJSON, asCSV} }

// event is one occurrence, as the command line tells it.
type event struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Date    tertial.Date `json:"date"`
	Assumed bool         `json:"assumed"`
	Year    int          `json:"year"` // of the report
}

func eventOf(o tertial.Occurrence) event {
	return event{Key: o.Key, Name: o.Name, Date: o.Date, Assumed: o.Assumed, Year: o.Year}
}

// Run shows them by date.
func (v *wheelShow) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		year := h.today.Year()
		if v.Year != nil {
			year = *v.Year
			if err := checkYear("--year", year); err != nil {
				return err
			}
		}
		var events []event
		for _, o := range h.wheel.In(year) {
			events = append(events, eventOf(o))
		}
		return eventListing().print(p, each(events))
	})
}

func eventListing() *listing[event] {
	cells := func(e event) []string {
		return []string{e.Key, e.Name, e.Date.String(), strconv.FormatBool(e.Assumed), strconv.Itoa(e.Year)}
	}
	return &listing[event]{
		key:   "events",
		table: []column{{"DATE", 10}, {"EVENT", 8}, {"YEAR", 4}, {"", 10}, {"NAME", 0}},
		line: func(e event) []string {
			return []string{e.Date.String(), e.Key, strconv.Itoa(e.Year), assumed(e.Assumed), e.Name}
		},
		csv:   []string{"key", "name", "date", "assumed", "year"},
		cells: cells,
		none:  "no events in that year",
	}
}

func assumed(yes bool) string {
	if yes {
		return "(assumed)"
	}
	return ""
}

// wheelSet sets the date of one occurrence.
type wheelSet struct {
	Key  string       `arg:"" help:"The event: T1, T2, VB and so on."`
	Date tertial.Date `arg:"" help:"The day on which it is."`
	asOf
}

func (wheelSet) forms() []format { return []format{asJSON} }

// moved is an action whose due date a wheel date has changed.
type moved struct {
	Ref  string       `json:"action"`
	From tertial.Date `json:"from"`
	To   tertial.Date `json:"to"`
}

// Run stores the date, and has the actions tied to the event read again.
func (v *wheelSet) Run(ctx context.Context, p *program) error {
	if !planned(v.Date.Year()) {
		return usageError("%s is out of range: the wheel knows the years 2000 to 2100", v.Date)
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		e, ok := h.wheel.Event(v.Key)
		if !ok {
			return errNoEvent(v.Key)
		}
		set, list, err := h.setWheel(ctx, e, v.Date)
		if err != nil {
			return err
		}
		if set.Report && set.Date.Before(set.To) {
			p.tell("warning: %s %d is on %s, before the period that it reports on ends (%s)", set.Key, set.Year, set.Date, set.To)
		}
		if p.Output == asJSON {
			return p.json(map[string]any{"event": eventOf(set), "moved": list})
		}
		p.printf("%s %d is on %s\n", set.Key, set.Year, set.Date)
		for _, m := range list {
			p.printf("  %s: due %s, was %s\n", m.Ref, orNone(m.To), orNone(m.From))
		}
		return nil
	})
}

// setWheel gives the event its date in the date's own year. It returns the occurrence as it then is, and
// the actions that it moved.
func (h *house) setWheel(ctx context.Context, e calendar.Event, on tertial.Date) (tertial.Occurrence, []moved, error) {
	year := on.Year() - e.YearOffset
	list := []moved{}
	set := tertial.WheelDate{Key: e.Key, Year: year, Date: on, Given: true}
	before, known := h.wheel.Occurrence(e.Key, year)
	if known && before.Date == on && !before.Assumed {
		return before, list, nil
	}
	if known && before.Date != on {
		set.Since = h.today
	}
	dates, err := h.store.WheelDates(ctx)
	if err != nil {
		return before, nil, err
	}
	h.wheel = h.wheel.With(replaced(dates, set))
	err = h.store.SetWheelDates(ctx, h.stamp, []tertial.WheelDate{set}, func(a *tertial.Action) error {
		was := a.Timing.Due
		if err := h.retime(a); err != nil {
			return err
		}
		if a.Timing.Due != was {
			list = append(list, moved{a.Ref, was, a.Timing.Due})
		}
		return nil
	})
	if err != nil {
		return before, nil, err
	}
	now, _ := h.wheel.Occurrence(e.Key, year)
	return now, list, nil
}

// replaced returns dates with d in the place of the same occurrence.
func replaced(dates []tertial.WheelDate, d tertial.WheelDate) []tertial.WheelDate {
	out := []tertial.WheelDate{d}
	for _, x := range dates {
		if x.Key != d.Key || x.Year != d.Year {
			out = append(out, x)
		}
	}
	return out
}

func errNoEvent(key string) error {
	return fmt.Errorf("%w: the wheel has no event %q; tertial wheel show lists them", tertial.ErrNotFound, cut(key, 80))
}

func orNone(d tertial.Date) string {
	if d.IsZero() {
		return "none"
	}
	return d.String()
}
