package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tertial/internal/tertial"
)

// The years that the wheel shows.
const (
	firstWheelYear = 2000
	lastWheelYear  = 2100
)

// wheelPage is a year: as a ring with the list below it, as a list, or as a calendar of months.
type wheelPage struct {
	Year, Before, After int
	View                string // "ring", "list" or "calendar"
	Ring                *ring
	Events              []wheelRow
	Months              []wheelMonth
	Assumed             int
}

// wheelRow is an event, told from today.
type wheelRow struct {
	tertial.Occurrence
	Past bool
	Next bool // the first that has not been
	Days int  // until it
}

// wheelMonth is a month of the calendar, or a row of the table of months.
type wheelMonth struct {
	Number int
	Name   string
	From   tertial.Date
	To     tertial.Date
	Due    int // open actions with their last day in it
	More   bool
	Weeks  []wheelWeek
}

type wheelWeek struct {
	Number int
	Days   []wheelDay
}

// wheelDay is a cell of the calendar; one of another month is empty.
type wheelDay struct {
	Number  int // of the month, 0 for an empty cell
	Date    tertial.Date
	Today   bool
	Free    bool // no workday
	Events  []tertial.Occurrence
	Holiday string
}

// showWheel shows a year.
func (s *Server) showWheel(w http.ResponseWriter, r *http.Request, v *visit) error {
	year, err := wheelYear(r.URL.Query().Get("year"), v.Today)
	if err != nil {
		return err
	}
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return err
	}
	page := wheelPage{Year: year, View: oneOf(r.URL.Query().Get("view"), "ring", "list", "calendar")}
	if year > firstWheelYear {
		page.Before = year - 1
	}
	if year < lastWheelYear {
		page.After = year + 1
	}
	events := wheel.In(year)
	page.Events, page.Assumed = wheelRows(events, v.Today)
	if page.Months, err = s.wheelMonths(r, v, year); err != nil {
		return err
	}
	switch page.View {
	case "calendar":
		for i := range page.Months {
			page.Months[i].Weeks = monthWeeks(wheel.Calendar(), year, time.Month(i+1), events, v.Today)
		}
	case "ring":
		page.Ring = drawRing(year, events, v.Today, page.Months)
	}
	return s.show(w, r, v, http.StatusOK, "wheel", page)
}

// wheelYear reads a year of the address; none is today's.
func wheelYear(text string, today tertial.Date) (int, error) {
	if text == "" {
		return min(max(today.Year(), firstWheelYear), lastWheelYear), nil
	}
	year, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 || year < firstWheelYear || year > lastWheelYear {
		return 0, fmt.Errorf("%w: the wheel has no year %.10q", tertial.ErrNotFound, text)
	}
	return year, nil
}

// oneOf returns the value if it is allowed, or else the first that is.
func oneOf(value string, allowed ...string) string {
	if slices.Contains(allowed, value) {
		return value
	}
	return allowed[0]
}

func wheelRows(events []tertial.Occurrence, today tertial.Date) (rows []wheelRow, assumed int) {
	next := false
	for _, o := range events {
		row := wheelRow{Occurrence: o, Past: o.Date.Before(today), Days: o.Date.Sub(today)}
		if !row.Past && !next {
			row.Next, next = true, true
		}
		if o.Assumed {
			assumed++
		}
		rows = append(rows, row)
	}
	return rows, assumed
}

// wheelMonths counts the actions of each month.
func (s *Server) wheelMonths(r *http.Request, v *visit, year int) ([]wheelMonth, error) {
	months := make([]wheelMonth, 12)
	for i := range months {
		first := tertial.DateOf(year, time.Month(i+1), 1)
		m := wheelMonth{Number: i + 1, Name: v.T("month." + strconv.Itoa(i+1)), From: first, To: first.EndOfMonth()}
		page, err := s.o.House.QueryActions(r.Context(), tertial.ActionQuery{Open: true, DueFrom: m.From, DueTo: m.To, AsOf: v.Today, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("counting the actions of %d-%02d: %w", year, i+1, err)
		}
		m.Due, m.More = page.Total, page.Total >= tertial.CountLimit
		months[i] = m
	}
	return months, nil
}

// workdays tells workdays from other days.
type workdays interface {
	IsWorkday(d tertial.Date) bool
	Holiday(d tertial.Date) string
}

// monthWeeks lays a month out by weeks, Monday first.
func monthWeeks(cal workdays, year int, month time.Month, events []tertial.Occurrence, today tertial.Date) []wheelWeek {
	first := tertial.DateOf(year, month, 1)
	last := first.EndOfMonth()
	var weeks []wheelWeek
	for monday := first.Monday(); !monday.After(last); monday = monday.AddDays(7) {
		_, number := monday.Week()
		week := wheelWeek{Number: number, Days: make([]wheelDay, 7)}
		for i := range week.Days {
			d := monday.AddDays(i)
			if d.Before(first) || d.After(last) {
				continue
			}
			_, _, day := d.Civil()
			cell := wheelDay{Number: day, Date: d, Today: d == today, Free: !cal.IsWorkday(d), Holiday: cal.Holiday(d)}
			for _, o := range events {
				if o.Date == d {
					cell.Events = append(cell.Events, o)
				}
			}
			week.Days[i] = cell
		}
		weeks = append(weeks, week)
	}
	return weeks
}
