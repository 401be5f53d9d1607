package web

import (
	"net/http"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

const (
	// timelineWidth is how wide the bars' part is drawn, in the SVG's own units.
	timelineWidth = 640
	// timelineRows is how many actions a page of it has.
	timelineRows = 50
	// barLeast is how narrow a bar may be, so that one can see it.
	barLeast = 5
)

// timelinePage shows when actions are worked on, as bars under the months of a year and January after it, in which the year's last report falls.
type timelinePage struct {
	Filter      actionFilter
	Year        int
	From, To    tertial.Date
	Width       int
	Months      []chartTick
	Reports     []timelineReport
	Today       float64 // where today is, 0 where it is not on the page
	Rows        []timelineRow
	Total       int
	Pages       pager
	Earlier     string // address of the year before
	Later       string
	Roles       []tertial.Role
	UndatedLink string
}

// timelineReport is a report of the wheel, with its place.
type timelineReport struct {
	tertial.Occurrence
	At float64
}

// timelineRow is an action with its bar.
type timelineRow struct {
	tertial.Action
	X, Span float64
	Before  bool // it began before the page does
	After   bool // it ends after the page does
	Late    bool
}

// showTimeline shows the bars of a year.
func (s *Server) showTimeline(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readActionFilter(r.URL.Query(), v.Today)
	if err != nil {
		return err
	}
	year := f.query.PlanYear
	if year == 0 || len(f.wrong) > 0 {
		years, err := s.planYears(r)
		if err != nil {
			return err
		}
		year = workYear(years, v.Today.Year())
	}
	page := timelinePage{Filter: f, Year: year, Width: timelineWidth,
		From: tertial.DateOf(year, time.January, 1), To: tertial.DateOf(year+1, time.January, 31)}
	q := f.query
	q.PlanYear, q.Sort, q.Descending = 0, tertial.ByDue, false
	q.DueFrom, q.DueTo, q.Limit, q.Offset = page.From, page.To, timelineRows, (f.Page-1)*timelineRows
	found, err := s.o.House.QueryActions(r.Context(), q)
	if err != nil {
		return err
	}
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return err
	}
	if page.Roles, err = s.offeredRoles(r); err != nil {
		return err
	}
	page.lay(found, wheel, v.Today)
	page.Pages = newPager(f.Page, timelineRows, len(found.Actions), found.Total, func(n int) string { return page.at(year, n) })
	page.Earlier, page.Later = page.at(year-1, 1), page.at(year+1, 1)
	page.UndatedLink = address("/actions", "only", "undated", "owner", f.Owner)
	return s.show(w, r, v, http.StatusOK, "timeline", &page)
}

// at returns the address of the same selection in another year, or at another page.
func (p *timelinePage) at(year, page int) string {
	n := 0
	if page > 1 {
		n = page
	}
	return address("/timeline", "year", year, "owner", p.Filter.Owner, "status", p.Filter.Status, "page", n)
}

// lay gives months, reports and actions their places.
func (p *timelinePage) lay(found tertial.ActionPage, wheel *calendar.Wheel, today tertial.Date) {
	days := float64(p.To.Sub(p.From) + 1)
	x := func(d tertial.Date) float64 { return float64(d.Sub(p.From)) / days * timelineWidth }
	p.Months = monthTicks(p.From, p.To, x)
	for _, o := range wheel.Reports(p.From, p.To) {
		p.Reports = append(p.Reports, timelineReport{o, x(o.Date)})
	}
	if !today.Before(p.From) && !today.After(p.To) {
		p.Today = x(today)
	}
	p.Total = found.Total
	for _, a := range found.Actions {
		row := timelineRow{Action: a, Late: isLate(&a, today)}
		from, to := a.Timing.Start, a.Timing.Due
		if from.IsZero() || from.After(to) {
			from = to
		}
		if row.Before = from.Before(p.From); row.Before {
			from = p.From
		}
		if row.After = to.After(p.To); row.After {
			to = p.To
		}
		row.X = x(from)
		row.Span = max(x(to.AddDays(1))-row.X, barLeast)
		row.X = min(row.X, timelineWidth-row.Span)
		p.Rows = append(p.Rows, row)
	}
}
