package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// planHouse is a house with a plan: actions in memory, found in the simplest way.
type planHouse struct {
	*fakeHouse
	plan     []tertial.Action
	findings []tertial.Finding
	holders  []tertial.RoleHolders
	answers  []tertial.Answer
	evidence []tertial.Evidence
	content  string // of every file
	mails    []tertial.Message
	entries  []tertial.Entry
	clauses  []tertial.ClauseRow
	points   []tertial.Point
	over     tertial.Overview
	years    []int
	mayOwn   map[int64]bool // who may answer
	queries  []tertial.ActionQuery
	decided  []tertial.Decision
	whys     []string
	reported []string
	merged   [][2]string
	refuses  error // what changing an action fails with
	calls    int   // of anything that reads
}

func newPlanHouse() *planHouse {
	h := &planHouse{fakeHouse: newFakeHouse(), years: []int{2027}, mayOwn: map[int64]bool{}}
	h.plan = []tertial.Action{
		{ID: 1, Ref: "2027-7.2", Clauses: []string{"7.2", "7.3"}, Title: "Utbilda nya medarbetare", Description: "Ta fram en kurs.\n\nHåll den varje termin.",
			Status: tertial.InProgress, Priority: tertial.High, Responsible: []string{"HR"}, Contributors: []string{"Kommunikation"}, Version: 3,
			Timing: tertial.Timing{Text: "T1", Start: onDay("2027-01-01"), Due: onDay("2027-03-20"), Certainty: tertial.Confirmed, Why: "T1 är januari till april.", Events: []string{"T1"},
				Checkpoints: []tertial.Date{onDay("2027-05-08")}},
			Steps: []tertial.Step{{Title: "Skriv kursplan", Done: true}, {Title: "Boka lokal"}}, Progress: tertial.Deviates, Note: "Väntar på lokal",
			ProgressAt: tertial.Instant{Time: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}},
		{ID: 2, Ref: "2027-8.2", Clauses: []string{"8.2"}, Title: "Gör riskbedömningar", Status: tertial.Open, Priority: tertial.Medium, Responsible: []string{"ISAM"}, Version: 1,
			Timing: tertial.Timing{Text: "snarast", Due: onDay("2027-04-23"), Certainty: tertial.Unconfirmed, Why: "Snarast läses som 30 dagar."}, Review: []tertial.Question{tertial.TimingUnconfirmed}},
		{ID: 3, Ref: "2027-9.2", Clauses: []string{"9.2"}, Title: "Ta fram revisionsprogram", Status: tertial.ReportedDone, Priority: tertial.Low, Responsible: []string{"ISAM"}, Version: 5,
			Timing: tertial.Timing{Start: onDay("2026-11-01"), Due: onDay("2027-02-28"), Certainty: tertial.Exact}},
		{ID: 4, Ref: "2027-10.1", Clauses: []string{"10.1"}, Title: "Inför avvikelsehantering", Status: tertial.Done, Priority: tertial.None, Responsible: []string{"HR"}, Reason: "Rutinen finns", Version: 9,
			Timing: tertial.Timing{Due: onDay("2027-02-01"), Certainty: tertial.Exact}},
		{ID: 5, Ref: "2027-4.4", Clauses: []string{"4.4"}, Title: "<script>alert(1)</script>", Description: `"><img src=x onerror=alert(1)>`, Status: tertial.Open, Priority: tertial.None, Version: 1,
			Review: []tertial.Question{tertial.NoResponsible}, Timing: tertial.Timing{Text: "javascript:alert(1)"}},
	}
	h.holders = []tertial.RoleHolders{{Role: tertial.Role{Name: "HR"}, People: []tertial.Person{owner.Person}}, {Role: tertial.Role{Name: "ISAM"}, People: []tertial.Person{coordinator.Person}}}
	return h
}

func onDay(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func (h *planHouse) find(ref string) (*tertial.Action, error) {
	for i := range h.plan {
		if h.plan[i].Ref == ref {
			return &h.plan[i], nil
		}
	}
	return nil, fmt.Errorf("%w: action %s", tertial.ErrNotFound, ref)
}

func (h *planHouse) Action(_ context.Context, ref string) (tertial.Action, error) {
	h.calls++
	a, err := h.find(ref)
	if err != nil {
		return tertial.Action{}, err
	}
	return *a, nil
}

func (h *planHouse) QueryActions(_ context.Context, q tertial.ActionQuery) (tertial.ActionPage, error) {
	h.calls++
	h.queries = append(h.queries, q)
	var all []tertial.Action
	for _, a := range h.plan {
		switch {
		case q.Open && a.Status.Closed(), len(q.Statuses) > 0 && !slices.Contains(q.Statuses, a.Status):
		case q.Late && !isLate(&a, q.AsOf), q.Undated && !a.Timing.Due.IsZero(), q.Review && len(a.Review) == 0:
		case !q.DueFrom.IsZero() && a.Timing.Due.Before(q.DueFrom), !q.DueTo.IsZero() && a.Timing.Due.After(q.DueTo):
		case q.Owner != "" && !slices.Contains(a.Responsible, q.Owner):
		case q.Text != "" && !strings.Contains(a.Title, q.Text):
		default:
			all = append(all, a)
		}
	}
	page := tertial.ActionPage{Total: len(all)}
	limit := q.Limit
	if limit == 0 {
		limit = pageRows
	}
	page.Actions = all[min(q.Offset, len(all)):min(q.Offset+limit, len(all))]
	return page, nil
}

func (h *planHouse) EachAction(_ context.Context, q tertial.ActionQuery) iter.Seq2[tertial.Action, error] {
	return func(yield func(tertial.Action, error) bool) {
		q.Limit = len(h.plan) + 1
		page, err := h.QueryActions(context.Background(), q)
		if h.fails != nil {
			err = h.fails
		}
		if err != nil {
			yield(tertial.Action{}, err)
			return
		}
		for _, a := range page.Actions {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func (h *planHouse) EditAction(_ context.Context, stamp tertial.Stamp, ref string, version int, edit func(*tertial.Action) error) (tertial.Action, error) {
	a, err := h.find(ref)
	switch {
	case err != nil:
		return tertial.Action{}, err
	case h.refuses != nil:
		return tertial.Action{}, h.refuses
	case version != 0 && version != a.Version:
		return tertial.Action{}, fmt.Errorf("%w: %s is at version %d", tertial.ErrConflict, ref, a.Version)
	}
	b := *a
	b.Steps, b.Review = slices.Clone(a.Steps), slices.Clone(a.Review)
	if err := edit(&b); err != nil {
		return tertial.Action{}, err
	}
	b.Version++
	*a = b
	h.stamps = append(h.stamps, stamp)
	return b, nil
}

func (h *planHouse) AddAction(_ context.Context, stamp tertial.Stamp, a tertial.Action) (tertial.Action, error) {
	a.Ref, a.Version = fmt.Sprintf("%d-%s", a.PlanYear, a.Clauses[0]), 1
	h.plan, h.stamps = append(h.plan, a), append(h.stamps, stamp)
	return a, nil
}

func (h *planHouse) MergeActions(_ context.Context, _ tertial.Stamp, into, other string) (tertial.Action, error) {
	b, err := h.find(other)
	if err != nil {
		return tertial.Action{}, err
	}
	if b.Status.Closed() {
		return tertial.Action{}, fmt.Errorf("%w: closed", tertial.ErrRefused)
	}
	h.merged = append(h.merged, [2]string{into, other})
	return h.Action(context.Background(), into)
}

func (h *planHouse) ReportDone(_ context.Context, _ tertial.Stamp, ref string, person int64) (tertial.Action, error) {
	h.reported = append(h.reported, fmt.Sprintf("%s by %d", ref, person))
	return h.Action(context.Background(), ref)
}

func (h *planHouse) MayAnswer(_ context.Context, _ string, person int64, _ tertial.Date) (bool, error) {
	return h.mayOwn[person], nil
}

func (h *planHouse) ActionPeople(_ context.Context, ref string, _ tertial.Date) ([]tertial.RoleHolders, error) {
	h.calls++
	a, err := h.find(ref)
	if err != nil {
		return nil, err
	}
	var list []tertial.RoleHolders
	for _, x := range h.holders {
		if slices.Contains(slices.Concat(a.Responsible, a.Contributors, a.FollowUp), x.Role.Name) {
			list = append(list, x)
		}
	}
	return list, nil
}

func (h *planHouse) ActionFindings(context.Context, string) ([]tertial.Finding, error) {
	h.calls++
	return h.findings, nil
}

func (h *planHouse) ActionAnswers(context.Context, string) ([]tertial.Answer, error) {
	h.calls++
	return h.answers, nil
}

func (h *planHouse) Answer(_ context.Context, id int64) (tertial.Answer, error) {
	for _, a := range h.answers {
		if a.ID == id {
			return a, nil
		}
	}
	return tertial.Answer{}, fmt.Errorf("%w: answer %d", tertial.ErrNotFound, id)
}

func (h *planHouse) WaitingAnswers(context.Context) ([]tertial.Answer, error) {
	h.calls++
	return slices.DeleteFunc(slices.Clone(h.answers), func(a tertial.Answer) bool { return !a.Kind.Decided() || a.Decision != "" }), nil
}

func (h *planHouse) DecideAnswer(_ context.Context, stamp tertial.Stamp, id int64, d tertial.Decision, why string) (tertial.Answer, error) {
	h.decided, h.whys, h.stamps = append(h.decided, d), append(h.whys, why), append(h.stamps, stamp)
	return h.Answer(context.Background(), id)
}

func (h *planHouse) ActionEvidence(context.Context, string) ([]tertial.Evidence, error) {
	h.calls++
	return h.evidence, nil
}

func (h *planHouse) OpenEvidence(_ context.Context, id int64) (tertial.Evidence, io.ReadCloser, error) {
	for _, e := range h.evidence {
		if e.ID == id {
			return e, io.NopCloser(strings.NewReader(h.content)), nil
		}
	}
	return tertial.Evidence{}, nil, fmt.Errorf("%w: evidence", tertial.ErrNotFound)
}

func (h *planHouse) AddEvidence(_ context.Context, _ tertial.Stamp, ref string, person int64, u tertial.Upload) (tertial.Evidence, error) {
	if bytes.HasPrefix(u.Content, []byte("MZ")) {
		return tertial.Evidence{}, fmt.Errorf("%w: files: not taken", tertial.ErrInvalid)
	}
	e := tertial.Evidence{ID: int64(len(h.evidence) + 1), Ref: ref, PersonID: person, Name: u.Name, Size: int64(len(u.Content))}
	h.evidence = append(h.evidence, e)
	return e, nil
}

func (h *planHouse) ActionMessages(context.Context, string, int) ([]tertial.Message, error) {
	h.calls++
	return h.mails, nil
}

func (h *planHouse) LogPage(_ context.Context, subject string, _ int64, _ int) ([]tertial.Entry, error) {
	h.calls++
	return slices.DeleteFunc(slices.Clone(h.entries), func(e tertial.Entry) bool { return e.Subject != subject }), nil
}

func (h *planHouse) Overview(context.Context, tertial.Date) (tertial.Overview, error) {
	h.calls++
	return h.over, nil
}

func (h *planHouse) Burndown(context.Context, tertial.Date, tertial.Date, tertial.Date) ([]tertial.Point, error) {
	h.calls++
	return h.points, nil
}

func (h *planHouse) ClauseMap(context.Context, int, tertial.Date) ([]tertial.ClauseRow, error) {
	h.calls++
	return h.clauses, nil
}

func (h *planHouse) Assessments(context.Context) ([]tertial.Assessment, error) {
	h.calls++
	var all []tertial.Assessment
	for _, y := range h.years {
		all = append(all, tertial.Assessment{PlanYear: y})
	}
	return all, nil
}

func (h *planHouse) Roles(context.Context) ([]tertial.Role, error) {
	h.calls++
	return []tertial.Role{{ID: 1, Name: "HR"}, {ID: 2, Name: "ISAM"}}, nil
}

func (h *planHouse) Wheel(context.Context) (*calendar.Wheel, error) {
	h.calls++
	c, err := calendar.New(calendar.Options{})
	if err != nil {
		return nil, err
	}
	return calendar.NewWheel(c, calendar.BuiltIn())
}

func (h *planHouse) PersonByID(ctx context.Context, id int64) (tertial.Person, error) {
	h.calls++
	return h.fakeHouse.PersonByID(ctx, id)
}

// entryOf is an entry of the log about an action.
func entryOf(seq int64, by, ref, verb string, detail any) tertial.Entry {
	raw, err := json.Marshal(detail)
	if err != nil {
		panic(err)
	}
	return tertial.Entry{Seq: seq, At: tertial.Instant{Time: time.Date(2027, 3, 2, 8, int(seq), 0, 0, time.UTC)}, By: by, Subject: "action " + ref, Verb: verb, Detail: raw}
}

// planSite is a site of a planHouse.
func planSite(t *testing.T) (*site, *planHouse) {
	t.Helper()
	h := newPlanHouse()
	return newSite(t, h, h.fakeHouse), h
}

// domOf reads a page and holds it to what every page of ours keeps to.
func domOf(t *testing.T, a answered) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatalf("the page cannot be read: %v", err)
	}
	ids, labelled := map[string]bool{}, map[string]bool{}
	heads := 0
	for n := range root.Descendants() {
		if id := attrOf(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
		switch n.Data {
		case "h1":
			heads++
		case "label":
			labelled[attrOf(n, "for")] = true
		case "script", "style":
			if n.Type == html.ElementNode {
				t.Errorf("the page has a %s", n.Data)
			}
		}
		for _, x := range n.Attr {
			if x.Key == "style" || strings.HasPrefix(x.Key, "on") {
				t.Errorf("a %s has the attribute %s", n.Data, x.Key)
			}
		}
	}
	if heads != 1 {
		t.Errorf("the page has %d h1, want one", heads)
	}
	if len(a.body) > 100_000 {
		t.Errorf("the page has %d bytes", len(a.body))
	}
	for n := range root.Descendants() {
		holdNode(t, n, ids, labelled)
	}
	return root
}

// holdNode holds one element to what makes it usable without seeing it.
func holdNode(t *testing.T, n *html.Node, ids, labelled map[string]bool) {
	t.Helper()
	if n.Type != html.ElementNode {
		return
	}
	for _, ref := range []string{"aria-describedby", "aria-labelledby", "for", "list"} {
		for _, id := range strings.Fields(attrOf(n, ref)) {
			if !ids[id] {
				t.Errorf("%s %q of a %s leads nowhere", ref, id, n.Data)
			}
		}
	}
	if href := attrOf(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
		t.Errorf("the link %s leads nowhere", href)
	}
	switch n.Data {
	case "input", "select", "textarea":
		if kind := attrOf(n, "type"); kind == "hidden" || attrOf(n, "aria-label") != "" {
			return
		}
		inLabel := false
		for p := n.Parent; p != nil; p = p.Parent {
			inLabel = inLabel || p.Data == "label"
		}
		if !inLabel && !labelled[attrOf(n, "id")] {
			t.Errorf("the field %s has no label", attrOf(n, "name"))
		}
	case "table":
		if first := n.FirstChild; first == nil || !hasChild(n, "caption") {
			t.Errorf("a table has no caption")
		}
	case "th":
		if attrOf(n, "scope") == "" {
			t.Errorf("the head %q has no scope", textOf(n))
		}
	case "form":
		if attrOf(n, "method") == "post" && !strings.Contains(renderedNode(n), `name="csrf"`) {
			t.Errorf("the form to %s has no token", attrOf(n, "action"))
		}
	case "button", "a":
		if textOf(n) == "" {
			t.Errorf("a %s says nothing", n.Data)
		}
	}
}

func renderedNode(n *html.Node) string {
	var b strings.Builder
	_ = html.Render(&b, n)
	return b.String()
}

func hasChild(n *html.Node, tag string) bool {
	for c := range n.ChildNodes() {
		if c.Data == tag {
			return true
		}
	}
	return false
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is what an element says, with single spaces.
func textOf(n *html.Node) string {
	var words []string
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			words = append(words, strings.Fields(c.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// allOf lists the elements of a tag.
func allOf(root *html.Node, tag string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

// rowsIn are the texts of the cells of the body of a page's table, by its class ("" for the first).
func rowsIn(t *testing.T, root *html.Node, class string) [][]string {
	t.Helper()
	for _, table := range allOf(root, "table") {
		if class != "" && attrOf(table, "class") != class {
			continue
		}
		var rows [][]string
		for _, body := range allOf(table, "tbody") {
			for _, tr := range allOf(body, "tr") {
				var cells []string
				for c := range tr.ChildNodes() {
					if c.Type == html.ElementNode {
						cells = append(cells, textOf(c))
					}
				}
				rows = append(rows, cells)
			}
		}
		return rows
	}
	t.Fatalf("the page has no table %q", class)
	return nil
}
