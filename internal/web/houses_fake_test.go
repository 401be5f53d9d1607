package web

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tertial/internal/calendar"
	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// yearHouse is a house in memory with a wheel, people, mail and what else is kept.
type yearHouse struct {
	*fakeHouse
	t        *testing.T
	wheel    *calendar.Wheel
	crowd    []tertial.Person
	groups   []tertial.DateGroup
	mail     []tertial.Message
	rendered Rendered
	tries    []tertial.Attempt
	held     string
	planned  []PlannedMail
	list     []tertial.Assessment
	log      []tertial.Entry
	tokens   []tertial.APIToken
	hashes   []string
	checks   []tertial.Check
	holders  []tertial.RoleHolders
	effects  []WheelEffect
	set      []string // wheel dates
	serial   int64
	verified int
	confirm  []string
	stored   []*tertial.Preview
	undone   []int64
	queries  int
}

func newYear(t *testing.T) (*site, *yearHouse) {
	t.Helper()
	cal, err := calendar.New(calendar.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wheel, err := calendar.NewWheel(cal, calendar.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	h := &yearHouse{fakeHouse: newFakeHouse(), t: t, wheel: wheel, crowd: []tertial.Person{
		{ID: 1, Name: "Östen Åkerman", Email: "osten@stad.example", Frequency: tertial.Daily, Holdings: []tertial.Holding{{Role: "ISAM"}}},
		{ID: 2, Name: "Anna <b>Ek</b>", Email: "anna@stad.example", Frequency: tertial.Weekly, Manager: "osten@stad.example", Deputy: "osten@stad.example",
			AwayFrom: thatDay("2027-03-20"), Suspect: "550 no such user", Holdings: []tertial.Holding{{Role: "HR", From: thatDay("2027-01-01")}, {Role: "IT", To: thatDay("2026-12-31")}}},
	}}
	h.groups = []tertial.DateGroup{
		{Text: "inför VOR", Event: "VOR", Year: 2027, Why: "Händelsen är preliminär.", Certain: tertial.Unconfirmed, Refs: []string{"2027-7.2"}, Titles: []string{"Utbilda"}},
		{Text: "Februari", Year: 2027, Due: thatDay("2027-02-28"), Why: "Månadens sista dag.", Certain: tertial.Inferred, Refs: []string{"2027-8.2", "2027-8.3"}, Titles: []string{"A", "B"}},
	}
	h.mail = []tertial.Message{{ID: 88, Kind: tertial.Reminder, To: "anna@stad.example", Name: "Anna Ek", State: tertial.MessageFailed, Attempts: 2, Language: "sv", Error: "550",
		Items: []tertial.Item{{Ref: "2027-7.2", Kind: tertial.Upcoming, Due: thatDay("2027-03-31"), Title: "Utbilda"}}}}
	h.rendered = Rendered{From: "tertial@stad.example", To: "anna@stad.example", Subject: "[2027-7.2] Utbilda", Text: "Hej Anna!", HTML: "<!doctype html><p>Hej <script>alert(1)</script></p>", Attachments: []string{"a.ics"}}
	h.tries = []tertial.Attempt{{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Reply: "no such user"}, {}}
	h.planned = []PlannedMail{{Date: thatDay("2027-03-25"), To: "anna@stad.example", Items: h.mail[0].Items}}
	h.list = []tertial.Assessment{{ID: 3, Source: "gap.txt", PlanYear: 2027, Dated: thatDay("2026-11-15"), SHA256: "abc"}}
	h.log = []tertial.Entry{
		{Seq: 3, By: "import", Via: "import", Subject: "action 2027-8.2", Verb: "created", Detail: []byte(`{"responsible":["HR","IT"],"priority":"high"}`)},
		{Seq: 2, By: "person:14", Via: "page", Subject: "action 2027-7.2", Verb: "changed", Detail: []byte(`{"status":["open","in_progress"],"due":["","2027-03-31"],"steps":[[],[{"title":"Ett","done":true}]]}`)},
		{Seq: 1, By: "cli", Via: "mail hold", Subject: "mail", Verb: "held", Detail: []byte(`{"reason":"prov <i>"}`)},
	}
	h.tokens = []tertial.APIToken{{ID: 5, Name: "Diariet", Scopes: []string{scopeReadActions}, Expires: tertial.Instant{Time: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}}}
	for _, k := range []tertial.CheckKind{tertial.CheckNoOwner, tertial.CheckNoDate, tertial.CheckRoleVacant, tertial.CheckNoEvidence, tertial.CheckDuePast, tertial.CheckUnknown,
		tertial.CheckTwins, tertial.CheckAddress, tertial.CheckNoTiming, tertial.CheckLongBlocked, tertial.CheckNoConfirming} {
		h.checks = append(h.checks, tertial.Check{Kind: k, Severity: "warning", Count: 2, Refs: []string{"2027-7.2", "2027-8.2"}, Roles: []string{"HR"}})
	}
	h.holders = []tertial.RoleHolders{{Role: tertial.Role{ID: 1, Name: "ISAM"}, People: h.crowd[:1], Open: 3, Late: 1}, {Role: tertial.Role{ID: 2, Name: "HR"}, Open: 2}}
	h.effects = []WheelEffect{{Ref: "2027-7.2", Title: "Utbilda", From: thatDay("2027-11-01"), To: thatDay("2027-11-08")}}
	return newSite(t, h, h.fakeHouse), h
}

func thatDay(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func (h *yearHouse) Wheel(context.Context) (*calendar.Wheel, error) { return h.wheel, nil }
func (h *yearHouse) WheelEffect(context.Context, string, int, tertial.Date) ([]WheelEffect, error) {
	return h.effects, nil
}
func (h *yearHouse) SetWheelDate(_ context.Context, _ tertial.Stamp, key string, year int, to tertial.Date) error {
	h.set = append(h.set, fmt.Sprint(key, " ", year, " ", to))
	return nil
}
func (h *yearHouse) QueryActions(context.Context, tertial.ActionQuery) (tertial.ActionPage, error) {
	h.queries++
	return tertial.ActionPage{Total: 3}, nil
}
func (h *yearHouse) EachAction(_ context.Context, q tertial.ActionQuery) iter.Seq2[tertial.Action, error] {
	return func(yield func(tertial.Action, error) bool) {
		if q.Person != 2 || !q.Open {
			h.t.Errorf("got the query %+v, want the person's own open actions", q)
		}
		for _, a := range []tertial.Action{
			{ID: 42, Ref: "2027-7.2", Title: "Utbilda; alla, även\r\nBCC: nya \\ gamla", Status: tertial.Open, Version: 7, Timing: tertial.Timing{Due: thatDay("2027-12-31")}},
			{ID: 43, Ref: "2027-8.2", Title: "Utan datum", Status: tertial.Open, Version: 1},
		} {
			if !yield(a, nil) {
				return
			}
		}
	}
}
func (h *yearHouse) DateQueue(context.Context) ([]tertial.DateGroup, error) { return h.groups, nil }
func (h *yearHouse) EditAction(_ context.Context, _ tertial.Stamp, ref string, _ int, edit func(*tertial.Action) error) (tertial.Action, error) {
	a := tertial.Action{Ref: ref, Status: tertial.Open, Timing: tertial.Timing{Due: thatDay("2027-02-28"), Certainty: tertial.Inferred}}
	if ref == "2027-8.3" {
		a.Status = tertial.Done
	}
	err := edit(&a)
	if err == nil {
		h.confirm = append(h.confirm, fmt.Sprint(ref, " ", a.Timing.Due, " ", a.Timing.Certainty))
	}
	return a, err
}
func (h *yearHouse) People(context.Context) iter.Seq2[tertial.Person, error] {
	return func(yield func(tertial.Person, error) bool) {
		for _, x := range h.crowd {
			if !yield(x, nil) {
				return
			}
		}
	}
}
func (h *yearHouse) PersonByID(ctx context.Context, id int64) (tertial.Person, error) {
	for _, x := range h.crowd {
		if x.ID == id {
			return x, nil
		}
	}
	return h.fakeHouse.PersonByID(ctx, id)
}
func (h *yearHouse) Person(_ context.Context, email string) (tertial.Person, error) {
	for _, x := range h.crowd {
		if strings.EqualFold(x.Email, email) {
			return x, nil
		}
	}
	return tertial.Person{}, tertial.ErrNotFound
}
func (h *yearHouse) EditPerson(_ context.Context, _ tertial.Stamp, email string, edit func(*tertial.Person) error) (tertial.Person, error) {
	for i := range h.crowd {
		if strings.EqualFold(h.crowd[i].Email, email) {
			x := h.crowd[i]
			if err := edit(&x); err != nil {
				return x, err
			}
			h.crowd[i] = x
			return x, nil
		}
	}
	return tertial.Person{}, tertial.ErrNotFound
}
func (h *yearHouse) SavePeople(_ context.Context, _ tertial.Stamp, people []tertial.Person) (added, changed int, err error) {
	for _, x := range people {
		x.ID = int64(len(h.crowd) + 1)
		h.crowd = append(h.crowd, x)
	}
	return len(people), 0, nil
}
func (h *yearHouse) Roles(context.Context) ([]tertial.Role, error) {
	return []tertial.Role{{ID: 1, Name: "ISAM"}, {ID: 2, Name: "HR"}}, nil
}
func (h *yearHouse) RoleHolders(context.Context, tertial.Date) ([]tertial.RoleHolders, error) {
	return h.holders, nil
}
func (h *yearHouse) CalendarSerial(_ context.Context, person int64) (int64, error) {
	if person != 2 && person < 10 {
		return 0, tertial.ErrNotFound
	}
	return h.serial, nil
}
func (h *yearHouse) NewCalendar(context.Context, tertial.Stamp, int64) (int64, error) {
	h.serial++
	return h.serial, nil
}
func (h *yearHouse) MessagePage(_ context.Context, states []tertial.MessageState, _ string, _ int64, _ int) ([]tertial.Message, error) {
	return slices.DeleteFunc(slices.Clone(h.mail), func(m tertial.Message) bool { return len(states) > 0 && !slices.Contains(states, m.State) }), nil
}
func (h *yearHouse) Message(_ context.Context, id int64) (tertial.Message, error) {
	for _, m := range h.mail {
		if m.ID == id {
			return m, nil
		}
	}
	return tertial.Message{}, tertial.ErrNotFound
}
func (h *yearHouse) Attempts(context.Context, int64) ([]tertial.Attempt, error) { return h.tries, nil }
func (h *yearHouse) Rendered(context.Context, *tertial.Message) (Rendered, error) {
	return h.rendered, nil
}
func (h *yearHouse) Retry(context.Context, tertial.Stamp, int64) error { return nil }
func (h *yearHouse) Held(context.Context) (string, bool, error)        { return h.held, h.held != "", nil }
func (h *yearHouse) Hold(_ context.Context, _ tertial.Stamp, reason string) error {
	h.held = reason
	return nil
}
func (h *yearHouse) Resume(context.Context, tertial.Stamp) error { h.held = ""; return nil }
func (h *yearHouse) Plan(context.Context, tertial.Date, tertial.Date) ([]PlannedMail, error) {
	return h.planned, nil
}
func (h *yearHouse) Captures() bool                                            { return true }
func (h *yearHouse) Assessments(context.Context) ([]tertial.Assessment, error) { return h.list, nil }
func (h *yearHouse) Findings(context.Context, int64) ([]tertial.Finding, error) {
	return []tertial.Finding{{Clause: "7.2", Conformity: tertial.Partial, Observation: "Delvis.", Proposal: "Utbilda.", Owner: "HR"}, {Clause: "7.3"}}, nil
}
func (h *yearHouse) Preview(_ context.Context, content []byte, o gap.Options) (*tertial.Preview, error) {
	return gap.Read(content, o)
}
func (h *yearHouse) ApplyPreview(_ context.Context, _ tertial.Stamp, p *tertial.Preview) ([]string, bool, error) {
	h.stored = append(h.stored, p)
	return []string{"2027-7.2"}, true, nil
}
func (h *yearHouse) UndoImport(_ context.Context, _ tertial.Stamp, id int64) error {
	h.undone = append(h.undone, id)
	return nil
}
func (h *yearHouse) Checks(context.Context, tertial.Date) ([]tertial.Check, error) {
	return h.checks, nil
}
func (h *yearHouse) LogPage(context.Context, string, int64, int) ([]tertial.Entry, error) {
	return h.log, nil
}
func (h *yearHouse) VerifyLog(context.Context) (entries, firstBad int64, err error) {
	h.verified++
	return 2, 0, nil
}
func (h *yearHouse) APITokens(context.Context) ([]tertial.APIToken, error) { return h.tokens, nil }
func (h *yearHouse) NewAPIToken(_ context.Context, _ tertial.Stamp, t tertial.APIToken, hash string) (tertial.APIToken, error) {
	h.hashes = append(h.hashes, hash)
	return t, nil
}
func (h *yearHouse) RevokeAPIToken(context.Context, tertial.Stamp, int64) error { return nil }

// missingText is what a text that is missing looks like on a page.
var missingText = regexp.MustCompile(`\b(wheel|calendar|dates|people|person|roles|mail|imports|checks|log|settings|help|house|status|kind|certainty|priority|nav|word)\.[a-z_.:-]+[a-z]\b`) //nolint:gochecknoglobals // never changed

// examine holds a page to what every page must be.
func examine(t *testing.T, a answered) {
	t.Helper()
	if a.StatusCode >= 300 && a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("got status %d\n%s", a.StatusCode, a.body)
	}
	if len(a.body) > 100<<10 {
		t.Errorf("the page has %d bytes, which is more than 100 KB", len(a.body))
	}
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	ids, labels := map[string]int{}, map[string]bool{}
	var fields []string
	heads := 0
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "code" && n.Parent.Data != "option" {
			if id := missingText.FindString(n.Data); id != "" && !strings.Contains(n.Data, "@") && !strings.Contains(n.Data, ".example") {
				t.Errorf("a text is missing: %s", id)
			}
			if strings.Contains(n.Data, "<no value>") {
				t.Errorf("a placeholder is not filled: %s", n.Data)
			}
		}
		if n.Type != html.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, x := range n.Attr {
			at[x.Key] = x.Val
		}
		if _, styled := at["style"]; styled || n.Data == "script" || n.Data == "style" {
			t.Errorf("the policy forbids <%s> with style or script", n.Data)
		}
		if id := at["id"]; id != "" {
			ids[id]++
		}
		switch n.Data {
		case "h1":
			heads++
		case "label":
			labels[at["for"]] = true
		case "input", "select", "textarea":
			if at["type"] != "hidden" && at["type"] != "radio" && at["type"] != "checkbox" {
				fields = append(fields, at["id"])
			}
		}
	}
	if heads != 1 {
		t.Errorf("the page has %d h1, want one", heads)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %s stands %d times", id, n)
		}
	}
	for _, f := range fields {
		if f == "" || !labels[f] {
			t.Errorf("the field %q has no label", f)
		}
	}
}
