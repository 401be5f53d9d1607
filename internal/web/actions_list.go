package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// actionRoutes lists the pages of actions.
func (s *Server) actionRoutes() []route {
	return slices.Concat(s.overviewRoutes(), s.listRoutes(), s.actionPageRoutes(), []route{
		{pattern: "GET /clauses", may: manages, serve: s.showClauses},
		{pattern: "GET /board", may: reads, serve: s.showBoard},
		{pattern: "POST /board/{ref}", may: coordinates, serve: s.moveCard},
		{pattern: "GET /timeline", may: reads, serve: s.showTimeline},
	})
}

// listRoutes are those of the list of actions.
func (s *Server) listRoutes() []route {
	return []route{
		{pattern: "GET /actions", may: reads, serve: s.showActions},
		{pattern: "GET /actions.csv", may: reads, serve: s.exportCSV},
		{pattern: "GET /actions.xlsx", may: reads, serve: s.exportXLSX},
		{pattern: "POST /actions/batch", may: coordinates, serve: s.changeBatch, many: []string{"pick"}},
	}
}

// actionsPage is the list of actions as its page shows it.
type actionsPage struct {
	Filter  actionFilter
	Rows    []actionRow
	Total   int
	Pages   pager
	Presets []preset
	Columns []string // all there are
	Roles   []tertial.Role
	Events  []calendar.Event
	Years   []int
	Today   tertial.Date
	Edits   bool // the viewer may change them
}

// Statuses lists those that can be chosen.
func (p *actionsPage) Statuses() []tertial.Status { return actionStatuses() }

// Priorities lists those that can be chosen.
func (p *actionsPage) Priorities() []tertial.Priority { return tertial.Priorities() }

// Sorts returns the order that a column's head asks for, "" where the list cannot be ordered by it.
func (p *actionsPage) Sorts(column string) string {
	switch column {
	case "due", "status", "priority":
		return column
	case "answer":
		return "changed"
	}
	return ""
}

// actionRow is an action as lists show it.
type actionRow struct {
	tertial.Action
	Late     bool
	LateDays int
}

// ShortNote is as much of the last answer's note as a list has room for.
func (r *actionRow) ShortNote() string { return shortenedTo(r.Note, listText) }

// preset is a selection that people often want.
type preset struct {
	Name    string // of a text
	Path    string
	Current bool
}

// showActions shows the actions that the address asks for.
func (s *Server) showActions(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readActionFilter(r.URL.Query(), v.Today)
	if err != nil {
		return err
	}
	return s.listActions(w, r, v, f, http.StatusOK)
}

// filterOf reads the filter of an address of the list.
func filterOf(path string, today tertial.Date) (actionFilter, error) {
	u, err := url.Parse(path)
	if err != nil {
		return actionFilter{}, errAddress("%.80q is no address", path)
	}
	return readActionFilter(u.Query(), today)
}

// listActions shows a selection; one whose address is wrong shows what is, and no actions.
func (s *Server) listActions(w http.ResponseWriter, r *http.Request, v *visit, f actionFilter, status int) error {
	page := actionsPage{Filter: f, Columns: actionColumns(), Today: v.Today, Edits: v.Viewer.Coordinator, Presets: presets(&f)}
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return err
	}
	page.Events = wheel.Events()
	if page.Roles, err = s.offeredRoles(r); err != nil {
		return err
	}
	if page.Years, err = s.planYears(r); err != nil {
		return err
	}
	if len(f.wrong) > 0 {
		for _, x := range f.wrong {
			v.Complaints = append(v.Complaints, complaint{Field: x.Field, Text: v.T(x.Text)})
		}
		return s.show(w, r, v, http.StatusUnprocessableEntity, "actions", &page)
	}
	found, err := s.o.House.QueryActions(r.Context(), f.query)
	if err != nil {
		return err
	}
	page.Rows, page.Total = rowsOf(found.Actions, v.Today), found.Total
	page.Pages = newPager(f.Page, pageRows, len(found.Actions), found.Total, f.At)
	return s.show(w, r, v, status, "actions", &page)
}

// presets are the selections above the list. The one that is shown is marked.
func presets(f *actionFilter) []preset {
	list := []preset{
		{Name: "actions.preset.open", Path: "/actions"},
		{Name: "actions.preset.late", Path: address("/actions", "only", "late")},
		{Name: "actions.preset.review", Path: address("/actions", "only", "review")},
		{Name: "actions.preset.undated", Path: address("/actions", "only", "undated")},
		{Name: "actions.preset.reported", Path: address("/actions", "status", tertial.ReportedDone)},
		{Name: "actions.preset.done", Path: address("/actions", "sort", "-changed", "status", tertial.Done)},
		{Name: "actions.preset.all", Path: address("/actions", "status", anyStatus)},
	}
	shown := *f
	shown.Page, shown.Columns = 1, usualColumns()
	for i := range list {
		list[i].Current = list[i].Path == shown.Address("/actions")
	}
	return list
}

const (
	// listText is how much of a free text a list shows of each action.
	listText = 120
	// roleChoices is how many roles a field for a role offers.
	roleChoices = 200
)

// offeredRoles lists the roles that a field for a role offers; any other can be written.
func (s *Server) offeredRoles(r *http.Request) ([]tertial.Role, error) {
	roles, err := s.o.House.Roles(r.Context())
	return roles[:min(len(roles), roleChoices)], err
}

func rowsOf(actions []tertial.Action, today tertial.Date) []actionRow {
	rows := make([]actionRow, len(actions))
	for i := range actions {
		a := &actions[i]
		rows[i] = actionRow{Action: *a, Late: isLate(a, today)}
		if rows[i].Late {
			rows[i].LateDays = today.Sub(a.Timing.Due)
		}
	}
	return rows
}

// isLate reports whether an action should have been done before a day. What nobody has confirmed is never called late.
func isLate(a *tertial.Action, today tertial.Date) bool {
	due := a.Timing.Due
	return !due.IsZero() && due.Before(today) && !a.Status.Closed() && a.Status != tertial.ReportedDone && a.Timing.Certainty != tertial.Unconfirmed
}

// pager tells which part of a list is shown, and where the others are.
type pager struct {
	First, Last int // numbers of the first and the last that are shown, from 1
	Total       int
	More        bool // there are more than are counted
	Prev, Next  string
}

// newPager makes the pager of a page of a list, with the addresses of its neighbours.
func newPager(page, rows, shown, total int, at func(page int) string) pager {
	p := pager{First: (page-1)*rows + 1, Last: (page-1)*rows + shown, Total: total, More: total >= tertial.CountLimit}
	if page > 1 {
		p.Prev = at(page - 1)
	}
	if shown == rows && (p.Last < total || p.More) {
		p.Next = at(page + 1)
	}
	return p
}

// planYears lists the plan years that there are analyses of, the newest first.
func (s *Server) planYears(r *http.Request) ([]int, error) {
	all, err := s.o.House.Assessments(r.Context())
	if err != nil {
		return nil, err
	}
	var years []int
	for i := range all {
		if !slices.Contains(years, all[i].PlanYear) {
			years = append(years, all[i].PlanYear)
		}
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years, nil
}

// chosenYear returns the plan year that an address asks for: the newest there is where it asks for none.
func chosenYear(query url.Values, years []int, otherwise int) (int, error) {
	given := query["year"]
	if len(given) > 1 {
		return 0, errAddress("year is given twice")
	}
	if len(given) == 1 && given[0] != "" {
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 1990 || n > 2200 {
			return 0, errAddress("%.20q is no year", given[0])
		}
		return n, nil
	}
	if len(years) > 0 {
		return years[0], nil
	}
	return otherwise, nil
}

// errAddress is the error about an address that no page of ours can have given.
func errAddress(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUnreadable, fmt.Sprintf(format, args...))
}
