package web

import (
	"fmt"
	"net/http"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// overviewRoutes are those of the first page.
func (s *Server) overviewRoutes() []route {
	return []route{
		{pattern: "GET /overview", may: manages, serve: s.showOverview},
		{pattern: "POST /decisions/{id}", may: coordinates, serve: s.decide},
	}
}

const (
	// watched is how many actions the lists of the first page have.
	watched = 8
	// soonDays is how far ahead they look.
	soonDays = 30
	// decisionsShown is how many answers that wait the first page lists.
	decisionsShown = 20
)

// overviewPage is the state of the work on one page.
type overviewPage struct {
	tertial.Overview
	Next      tertial.Occurrence // of the wheel; its Key is "" where nothing is to come
	NextDays  int
	Then      []tertial.Occurrence // those after it
	Decisions []waitingAnswer
	MoreWait  int // decisions that are not listed
	Watch     []watchLine
	Late      []actionRow
	Soon      []actionRow
	Chart     burndown
	ChartYear int
	Links     bool // the viewer may open lists of actions
	Decides   bool // the viewer may decide
}

// waitingAnswer is an answer that waits for somebody's word.
type waitingAnswer struct {
	tertial.Answer
	Field string // of the reason for a decision
	Ours  bool   // it waits for the coordinator, and not for who was asked to take over
}

// watchLine is something that a person should look after: how many, and where.
type watchLine struct {
	Count int
	Text  string // names a text that counts N
	Path  string
}

// showOverview shows the first page.
func (s *Server) showOverview(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.overview(w, r, v, http.StatusOK)
}

// overview shows the first page, also as the answer to a decision that could not be taken.
func (s *Server) overview(w http.ResponseWriter, r *http.Request, v *visit, status int) error {
	ctx := r.Context()
	o, err := s.o.House.Overview(ctx, v.Today)
	if err != nil {
		return err
	}
	page := overviewPage{Overview: o, Links: v.Viewer.Reads(), Decides: v.Viewer.Coordinator, ChartYear: workYear(o.Years, v.Today.Year())}
	wheel, err := s.o.House.Wheel(ctx)
	if err != nil {
		return err
	}
	page.turn(wheel, v.Today)
	from, to := tertial.DateOf(page.ChartYear, time.January, 1), tertial.DateOf(page.ChartYear, time.December, 31)
	points, err := s.o.House.Burndown(ctx, from, to, v.Today)
	if err != nil {
		return err
	}
	page.Chart = newBurndown(points, v.Today, wheel.Reports(from, to))
	if page.Links {
		if err := s.watch(r, v, &page); err != nil {
			return err
		}
	}
	return s.show(w, r, v, status, "overview", &page)
}

// watch fills in what only those see who see every action.
func (s *Server) watch(r *http.Request, v *visit, page *overviewPage) error {
	ctx := r.Context()
	page.Watch = watchLines(&page.Overview)
	late, err := s.o.House.QueryActions(ctx, tertial.ActionQuery{Late: true, AsOf: v.Today, Sort: tertial.ByDue, Limit: watched})
	if err != nil {
		return err
	}
	soon, err := s.o.House.QueryActions(ctx, tertial.ActionQuery{Statuses: []tertial.Status{tertial.Open, tertial.InProgress},
		DueFrom: v.Today, DueTo: v.Today.AddDays(soonDays), AsOf: v.Today, Sort: tertial.ByDue, Limit: watched})
	if err != nil {
		return err
	}
	page.Late, page.Soon = rowsOf(late.Actions, v.Today), rowsOf(soon.Actions, v.Today)
	waiting, err := s.o.House.WaitingAnswers(ctx)
	if err != nil {
		return err
	}
	page.MoreWait = max(0, len(waiting)-decisionsShown)
	for _, a := range waiting[:min(len(waiting), decisionsShown)] {
		page.Decisions = append(page.Decisions, waitingAnswer{Answer: a, Field: reasonField(a.ID), Ours: a.Kind == tertial.AnswerNewDate})
	}
	return nil
}

// turn finds what is next on the wheel.
func (p *overviewPage) turn(wheel *calendar.Wheel, today tertial.Date) {
	for year := today.Year(); year <= today.Year()+1; year++ {
		for _, o := range wheel.In(year) {
			switch {
			case o.Date.Before(today):
			case p.Next.Key == "":
				p.Next, p.NextDays = o, o.Date.Sub(today)
			case len(p.Then) < 3:
				p.Then = append(p.Then, o)
			}
		}
	}
}

// watchLines lists what there is of each thing that wants looking after.
func watchLines(o *tertial.Overview) []watchLine {
	var lines []watchLine
	for _, l := range []watchLine{
		{o.Reported, "overview.watch.reported", address("/actions", "status", tertial.ReportedDone)},
		{o.Review, "overview.watch.review", address("/actions", "only", "review")},
		{o.DateQueue, "overview.watch.dates", "/dates"},
		{o.Unheld, "overview.watch.unheld", "/checks"},
		{o.Problems, "overview.watch.problems", "/mail"},
	} {
		if l.Count > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// reasonField names the field of the reason for a decision: there may be several on a page.
func reasonField(answer int64) string { return fmt.Sprintf("why-%d", answer) }
