package web

import (
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// A whole life: an action comes from another system, is given a date, worked on, closed, found wanting, and closed again.
func TestAProgramFollowsAnActionFromItsBeginningToItsEnd(t *testing.T) {
	p := newProgram(t)
	const body = `{"ref":"ILS-17","title":"  Ta fram\trutin ","clauses":["a.5.9","7.2"],"responsible":["HR"],"timing":{"text":"inför VP"},"plan_year":2027}`
	w := p.want(201, "POST", "/actions", body)
	if got := w.Header().Get("Location"); got != "/api/v1/actions/ILS-17" {
		t.Errorf("Location is %q", got)
	}
	a := read[tertial.Action](t, w)
	if a.Title != "Ta fram rutin" || !slices.Equal(a.Clauses, []string{"A.5.9", "7.2"}) || a.Priority != tertial.None || a.Timing.Text != "inför VP" || a.Timing.Why == "" {
		t.Errorf("added is %+v", a)
	}
	told := read[apiProblem](t, p.want(409, "POST", "/actions", body))
	if told.Code != "conflict" || !strings.Contains(told.Detail, "ILS-17") {
		t.Errorf("the same again: %+v", told)
	}

	const at = "/actions/ILS-17"
	tag := w.Header().Get("ETag")
	change := func(method, address, body string) tertial.Action {
		t.Helper()
		w := p.ask(method, address, body, "If-Match: "+tag)
		if w.Code/100 != 2 {
			t.Fatalf("%s %s answers %d: %s", method, address, w.Code, w.Body)
		}
		if next := w.Header().Get("ETag"); next == tag {
			t.Fatalf("%s %s leaves the ETag at %s", method, address, tag)
		}
		p.want(412, method, address, body, "If-Match: "+tag) // who has not seen the change changes nothing
		tag = w.Header().Get("ETag")
		return read[tertial.Action](t, p.want(200, "GET", at, ""))
	}
	if a := change("POST", at+"/confirm", `{"due":"2027-10-15"}`); a.Timing.Due != apiDay("2027-10-15") || a.Timing.Certainty != tertial.Confirmed || len(a.Review) > 0 {
		t.Errorf("confirmed is %+v", a)
	}
	if a := change("POST", at+"/start", ""); a.Status != tertial.InProgress {
		t.Errorf("started is %s", a.Status)
	}
	if a := change("POST", at+"/status", `{"progress":"deviates","note":"  semester "}`); a.Progress != tertial.Deviates || a.Note != "semester" || !a.ProgressAt.Equal(p.now) {
		t.Errorf("after a status it is %+v", a)
	}
	if a := change("POST", at+"/steps", `{"title":"Utkast"}`); !reflect.DeepEqual(a.Steps, []tertial.Step{{Title: "Utkast"}}) {
		t.Errorf("the steps are %+v", a.Steps)
	}
	if a := change("PATCH", at+"/steps/1", `{"done":true}`); !a.Steps[0].Done {
		t.Errorf("the steps are %+v", a.Steps)
	}
	if a := change("POST", at+"/done", `{"note":"Beslut 2027-88"}`); a.Status != tertial.Done || a.Reason != "Beslut 2027-88" {
		t.Errorf("done is %+v", a)
	}
	if told := read[apiProblem](t, p.want(409, "POST", at+"/start", "", anyVersion)); told.Code != "refused" || told.Detail != "ILS-17 is done and cannot be started" {
		t.Errorf("starting what is done: %+v", told)
	}
	if a := change("POST", at+"/reopen", "{}"); a.Status != tertial.Open || a.Reason != "" {
		t.Errorf("reopened is %+v", a)
	}
	if a := change("POST", at+"/cancel", `{"reason":"inte vårt","not_applicable":true}`); a.Status != tertial.Inapplicable {
		t.Errorf("cancelled is %+v", a)
	}
	for _, s := range p.house.stamps {
		if s.By != "token:1" || !strings.HasPrefix(s.Via, "api ") || !s.At.Equal(p.now) || s.Through != apiDay("2027-03-03") {
			t.Errorf("the log is told %+v", s)
		}
	}
}

func TestActionIsAsTheCommandLineTellsIt(t *testing.T) {
	p := newProgram(t)
	a := p.house.actions["2024-7.2"]
	a.Normalise()
	want, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(p.want(200, "GET", planAction, "").Body.String()); got != string(want) {
		t.Errorf("the action is\n%s\nwant\n%s", got, want)
	}
}

func TestListsAreNeverNull(t *testing.T) {
	p := newProgram(t)
	p.house.actions, p.house.people = map[string]tertial.Action{"X": {Ref: "X", Title: "x", Status: tertial.Open, Priority: tertial.None, Timing: tertial.Timing{Certainty: tertial.Exact}}}, nil
	p.house.answers, p.house.evidence, p.house.planned, p.house.attempts = nil, nil, nil, nil
	for _, address := range []string{"/actions", "/actions/X", "/actions/X/steps", "/actions/X/answers", "/actions/X/evidence", "/people", "/plan", "/messages", "/messages/3",
		"/messages/3/attempts", "/overview", "/wheel"} {
		if body := p.want(200, "GET", address, "").Body.String(); strings.Contains(body, "null") {
			t.Errorf("%s has a null: %s", address, body)
		}
	}
	p.house.messages, p.house.actions = nil, nil
	for address, want := range map[string]string{
		"/messages": `{"messages":[],"next":""}`, "/actions": `{"actions":[],"total":0,"next":""}`, "/people": `{"people":[],"next":""}`, "/plan": `{"mails":[]}`,
	} {
		if got := strings.TrimSpace(p.want(200, "GET", address, "").Body.String()); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}

func TestFiltersReachTheHouse(t *testing.T) {
	today := apiDay("2027-03-03")
	for _, c := range []struct {
		query string
		want  tertial.ActionQuery
	}{
		{"", tertial.ActionQuery{AsOf: today, Limit: 50}},
		{"status=open&status=in_progress", tertial.ActionQuery{AsOf: today, Limit: 50, Statuses: []tertial.Status{tertial.Open, tertial.InProgress}}},
		{"open=true&late=true&review=true&undated=true", tertial.ActionQuery{AsOf: today, Limit: 50, Open: true, Late: true, Review: true, Undated: true}},
		{"open=false&text=", tertial.ActionQuery{AsOf: today, Limit: 50}},
		{"role=HR&clause=7&priority=high&event=VP", tertial.ActionQuery{AsOf: today, Limit: 50, Owner: "HR", Clause: "7", Priority: tertial.High, Event: "VP"}},
		{"text=++rutin%09f%C3%B6r+", tertial.ActionQuery{AsOf: today, Limit: 50, Text: "rutin för"}},
		{"person=Anna@example.org&plan_year=2024", tertial.ActionQuery{AsOf: today, Limit: 50, Person: 1, PlanYear: 2024}},
		{"due_from=2027-01-01&due_to=2027-01-01&as_of=2027-06-01", tertial.ActionQuery{
			AsOf: apiDay("2027-06-01"), Limit: 50, DueFrom: apiDay("2027-01-01"), DueTo: apiDay("2027-01-01")}},
		{"sort=-changed&offset=20&limit=200", tertial.ActionQuery{AsOf: today, Limit: 200, Offset: 20, Sort: tertial.ByChanged, Descending: true}},
		{"sort=-clause", tertial.ActionQuery{AsOf: today, Limit: 50, Descending: true}},
	} {
		t.Run(c.query, func(t *testing.T) {
			p := newProgram(t)
			p.want(200, "GET", "/actions?"+c.query, "")
			if !reflect.DeepEqual(p.house.asked, c.want) {
				t.Errorf("asked is\n%+v, want\n%+v", p.house.asked, c.want)
			}
		})
	}
}

// Who follows next sees every action once, and the filters stay.
func TestNextLeadsThroughTheWholeList(t *testing.T) {
	p := newProgram(t)
	for _, ref := range []string{"a", "b", "c", "d", "e"} {
		p.house.actions[ref] = tertial.Action{Ref: ref, Title: ref, Status: tertial.Open, Priority: tertial.None, Timing: tertial.Timing{Certainty: tertial.Exact}}
	}
	for _, limit := range []string{"1", "2", "3", "7", "8"} {
		var seen []string
		address := "/actions?text=%C3%A5+%26b&limit=" + limit
		for address != "" {
			page := read[apiActions](t, p.want(200, "GET", strings.TrimPrefix(address, apiPrefix), ""))
			if page.Total != 7 || p.house.asked.Text != "å &b" {
				t.Fatalf("the page counts %d of %q", page.Total, p.house.asked.Text)
			}
			for _, a := range page.Actions {
				seen = append(seen, a.Ref)
			}
			address = page.Next
		}
		if want := []string{"2024-7.2", "2024-9.2", "a", "b", "c", "d", "e"}; !slices.Equal(seen, want) {
			t.Errorf("by %s seen are %v, want %v", limit, seen, want)
		}
	}
	// Where the house stops counting, there may be more.
	p.house.total = tertial.CountLimit
	if page := read[apiActions](t, p.want(200, "GET", "/actions?limit=7", "")); page.Next != "/api/v1/actions?limit=7&offset=7" {
		t.Errorf("next is %q", page.Next)
	}
}

func TestNextLeadsThroughPeopleAndMails(t *testing.T) {
	p := newProgram(t)
	people := read[apiPeople](t, p.want(200, "GET", "/people?limit=1", ""))
	if len(people.People) != 1 || people.People[0].Email != "anna@example.org" || people.Next != "/api/v1/people?limit=1&offset=1" {
		t.Errorf("the first page is %+v", people)
	}
	people = read[apiPeople](t, p.want(200, "GET", strings.TrimPrefix(people.Next, apiPrefix), ""))
	if len(people.People) != 1 || people.People[0].Email != "bo@example.org" || people.Next != "" {
		t.Errorf("the second page is %+v", people)
	}
	var seen []int64
	for address := "/messages?limit=1&to=bo@example.org"; address != ""; {
		page := read[apiMessages](t, p.want(200, "GET", strings.TrimPrefix(address, apiPrefix), ""))
		for _, m := range page.Messages {
			seen = append(seen, m.ID)
		}
		address = page.Next
	}
	if !slices.Equal(seen, []int64{5, 3}) {
		t.Errorf("seen are %v, want 5 and 3", seen)
	}
}

func TestIfMatchSaysWhichVersion(t *testing.T) {
	const body = `{"title":"Ny"}`
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"the version", `If-Match: "7"`, 200},
		{"any", "If-Match: *", 200},
		{"one of several", `If-Match: "6", "7"`, 200},
		{"an older one", `If-Match: "6"`, 412},
		{"a newer one", `If-Match: "8"`, 412},
		{"a weak one", `If-Match: W/"7"`, 412},
		{"none", "If-Match: ", 428},
		{"a bare number", "If-Match: 7", 400},
		{"half in quotes", `If-Match: "7`, 400},
		{"nothing in quotes", `If-Match: ""`, 412},
		{"a quote inside", `If-Match: "7"7"`, 400},
		{"a comma behind", `If-Match: "7",`, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			p.want(c.status, "PATCH", planAction, body, c.header)
			if changed := p.house.actions["2024-7.2"].Title == "Ny"; changed != (c.status == 200) {
				t.Errorf("it was changed: %v", changed)
			}
		})
	}
}

func TestIfNoneMatchSparesTheBody(t *testing.T) {
	for header, status := range map[string]int{
		`If-None-Match: "7"`: 304, `If-None-Match: W/"7"`: 304, `If-None-Match: "1", "7"`: 304, "If-None-Match: *": 304,
		`If-None-Match: "6"`: 200, "If-None-Match: 7": 200,
	} {
		p := newProgram(t)
		if w := p.want(status, "GET", planAction, "", header); w.Header().Get("ETag") != `"7"` {
			t.Errorf("%s: ETag is %q", header, w.Header().Get("ETag"))
		}
	}
}

func TestPatchChangesWhatIsGivenAlone(t *testing.T) {
	before := newProgram(t).house.actions["2024-7.2"]
	for _, c := range []struct {
		name, body string
		change     func(*tertial.Action)
	}{
		{"a title", `{"title":"Ny"}`, func(a *tertial.Action) { a.Title = "Ny" }},
		{"no description", `{"description":""}`, func(a *tertial.Action) { a.Description = "" }},
		{"a priority", `{"priority":"none"}`, func(a *tertial.Action) { a.Priority = tertial.None }},
		{"who helps", `{"contributors":["IT","HR"],"follow_up":[]}`, func(a *tertial.Action) {
			a.Contributors, a.FollowUp = []string{"IT", "HR"}, []string{}
		}},
		{"nobody responsible", `{"responsible":[]}`, func(a *tertial.Action) {
			a.Responsible, a.Review = []string{}, []tertial.Question{tertial.NoResponsible}
		}},
		{"a start", `{"timing":{"start":"2027-02-10"}}`, func(a *tertial.Action) { a.Timing.Start = apiDay("2027-02-10") }},
		{"a due date", `{"timing":{"due":"2027-03-10"}}`, func(a *tertial.Action) {
			if err := a.Confirm(apiDay("2027-03-10"), false); err != nil {
				t.Fatal(err)
			}
		}},
		{"no due date", `{"timing":{"due":""}}`, func(a *tertial.Action) {
			if err := a.Confirm(tertial.Date{}, true); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, want := newProgram(t), before
			want.Steps = slices.Clone(before.Steps)
			c.change(&want)
			want.Version = 8
			p.want(200, "PATCH", planAction, c.body, `If-Match: "7"`)
			got := p.house.actions["2024-7.2"]
			got.Normalise()
			want.Normalise()
			if !reflect.DeepEqual(got, want) {
				t.Errorf("it is\n%+v, want\n%+v", got, want)
			}
		})
	}
}

func TestPatchThatBreaksARuleOfTheActionChangesNothing(t *testing.T) {
	p := newProgram(t)
	told := read[apiProblem](t, p.want(422, "PATCH", planAction, `{"timing":{"start":"2027-03-01"}}`, anyVersion))
	if len(told.Errors) != 1 || told.Errors[0].Pointer != "#/timing/start" {
		t.Errorf("a start after the due date: %+v", told)
	}
	told = read[apiProblem](t, p.want(409, "PATCH", oldAction, `{"timing":{"due":"2027-03-01"}}`, anyVersion))
	if told.Code != "refused" {
		t.Errorf("a date for what is closed: %+v", told)
	}
}

func TestConfirming(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		due        string
	}{
		{"as read", `{}`, 200, "2027-02-28"},
		{"with a date", `{"due":"2027-08-31"}`, 200, "2027-08-31"},
		{"that there is none", `{"undated":true}`, 200, ""},
		{"as read, and said so", `{"undated":false}`, 200, "2027-02-28"},
		{"with no date at all", `{"due":""}`, 422, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			w := p.want(c.status, "POST", planAction+"/confirm", c.body, anyVersion)
			if c.status != 200 {
				return
			}
			if a := read[tertial.Action](t, w); a.Timing.Due.String() != c.due || a.Timing.Certainty != tertial.Confirmed {
				t.Errorf("confirmed is %+v", a.Timing)
			}
		})
	}
	t.Run("what has no date to confirm", func(t *testing.T) {
		p := newProgram(t)
		a := p.house.actions["2024-9.2"]
		a.Status = tertial.Open
		p.house.actions["2024-9.2"] = a
		told := read[apiProblem](t, p.want(422, "POST", oldAction+"/confirm", `{}`, anyVersion))
		if len(told.Errors) != 1 || told.Errors[0].Pointer != "#/due" || strings.Contains(told.Detail, "--") {
			t.Errorf("told %+v", told)
		}
	})
}

func TestStepsByTheirNumber(t *testing.T) {
	for _, c := range []struct {
		name, method, address, body string
		want                        []tertial.Step
	}{
		{"added at the end", "POST", "", `{"title":"Prov","done":true}`, []tertial.Step{{Title: "Roller", Done: true}, {Title: "Behov"}, {Title: "Kurser"}, {Title: "Prov", Done: true}}},
		{"ticked", "PATCH", "/3", `{"done":true}`, []tertial.Step{{Title: "Roller", Done: true}, {Title: "Behov"}, {Title: "Kurser", Done: true}}},
		{"unticked", "PATCH", "/1", `{"done":false}`, []tertial.Step{{Title: "Roller"}, {Title: "Behov"}, {Title: "Kurser"}}},
		{"named otherwise", "PATCH", "/2", `{"title":"Krav"}`, []tertial.Step{{Title: "Roller", Done: true}, {Title: "Krav"}, {Title: "Kurser"}}},
		{"taken out", "DELETE", "/2", "", []tertial.Step{{Title: "Roller", Done: true}, {Title: "Kurser"}}},
		{"replaced", "PUT", "", `{"steps":[{"title":"Allt"}]}`, []tertial.Step{{Title: "Allt"}}},
		{"cleared", "PUT", "", `{"steps":[]}`, []tertial.Step{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			w := p.ask(c.method, planAction+"/steps"+c.address, c.body, anyVersion)
			if got := read[apiStepList](t, w).Steps; !reflect.DeepEqual(got, c.want) || w.Header().Get("ETag") != `"8"` {
				t.Errorf("the steps are %+v at %s, want %+v", got, w.Header().Get("ETag"), c.want)
			}
		})
	}
	t.Run("too many", func(t *testing.T) {
		p := newProgram(t)
		a := p.house.actions["2024-7.2"]
		a.Steps = slices.Repeat([]tertial.Step{{Title: "x"}}, apiSteps)
		p.house.actions["2024-7.2"] = a
		p.want(422, "POST", planAction+"/steps", `{"title":"y"}`, anyVersion)
	})
}

func TestKeysOfIdempotencyAreRefusedRatherThanForgotten(t *testing.T) {
	p := newProgram(t)
	told := read[apiProblem](t, p.want(400, "POST", "/actions", `{"title":"a","clauses":["7.2"]}`, "Idempotency-Key: 1"))
	if len(told.Errors) != 1 || told.Errors[0].Header != "Idempotency-Key" || !strings.Contains(told.Detail, "ref") {
		t.Errorf("told %+v", told)
	}
}

func TestReadingAsOfADay(t *testing.T) {
	p := newProgram(t)
	for query, want := range map[string]string{"": "2027-03-03", "?as_of=2027-05-01": "2027-05-01"} {
		if o := read[apiOverview](t, p.want(200, "GET", "/overview"+query, "")); o.AsOf != apiDay(want) || o.Decisions != 1 || o.Count.Total != 2 {
			t.Errorf("the overview is %+v, want of %s", o, want)
		}
	}
	p.want(200, "GET", "/plan", "")
	if p.house.from != apiDay("2027-03-03") || p.house.to != apiDay("2027-06-03") {
		t.Errorf("planned are %s to %s", p.house.from, p.house.to)
	}
	p.now = time.Date(2027, 3, 3, 23, 30, 0, 0, time.UTC) // past midnight in Stockholm
	p.want(200, "GET", "/plan", "")
	if p.house.from != apiDay("2027-03-04") {
		t.Errorf("planned is from %s, want the day in the configured zone", p.house.from)
	}
}

func TestWheelIsAsTheCommandLineTellsIt(t *testing.T) {
	p := newProgram(t)
	wheel := read[map[string][]apiEvent](t, p.want(200, "GET", "/wheel?year=2028", ""))
	i := slices.IndexFunc(wheel["events"], func(e apiEvent) bool { return e.Key == "VB" })
	if i < 0 || wheel["events"][i] != (apiEvent{Key: "VB", Name: "Verksamhetsberättelse", Date: apiDay("2028-01-15"), Assumed: true, Year: 2027}) {
		t.Errorf("the wheel is %+v", wheel)
	}
}

func TestPeopleArePutAsTheyAre(t *testing.T) {
	p := newProgram(t)
	w := p.want(201, "PUT", "/people/"+url.PathEscape("Cia.Dahl@Exempel.ORG"), `{"name":" Cia  Dahl ","holdings":[{"role":"IT"}]}`)
	if got := w.Header().Get("Location"); got != "/api/v1/people/Cia.Dahl@exempel.org" {
		t.Errorf("Location is %q", got)
	}
	cia := read[tertial.Person](t, w)
	if cia.Name != "Cia Dahl" || cia.Frequency != tertial.Daily || len(cia.Holdings) != 1 || cia.Holdings[0].Role != "IT" {
		t.Errorf("added is %+v", cia)
	}
	// What is not given is empty, but whether the address works is not for a program to say.
	w = p.want(200, "PUT", "/people/ANNA@example.org", `{"email":"anna@example.org","name":"Anna Ek Lund"}`)
	anna := read[tertial.Person](t, w)
	want := tertial.Person{Name: "Anna Ek Lund", Email: "anna@example.org", Frequency: tertial.Daily, Holdings: []tertial.Holding{}, Suspect: "550 5.1.1"}
	if !reflect.DeepEqual(anna, want) {
		t.Errorf("Anna is %+v, want %+v", anna, want)
	}
	tag := w.Header().Get("ETag")
	if got := p.want(200, "GET", "/people/anna@example.org", "").Header().Get("ETag"); got != tag {
		t.Errorf("ETag is %s when read, %s when written", got, tag)
	}
	p.want(200, "PUT", "/people/anna@example.org", `{"name":"Anna Ek"}`, "If-Match: "+tag)
	p.want(412, "PUT", "/people/anna@example.org", `{"name":"Anna"}`, "If-Match: "+tag)
	p.want(400, "PUT", "/people/anna@example.org", `{"name":"Anna"}`, "If-Match: anna")
}

func TestPeopleThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, address, body string
		status              int
		pointer             string
	}{
		{"no name", "ny@example.org", `{}`, 422, "#/name"},
		{"an empty name", "ny@example.org", `{"name":"\t"}`, 422, "#/name"},
		{"another address", "ny@example.org", `{"name":"Ny","email":"annan@example.org"}`, 422, "#/email"},
		{"what only we say", "ny@example.org", `{"name":"Ny","suspect":""}`, 400, "#/suspect"},
		{"a role of the pages", "ny@example.org", `{"name":"Ny","role":"isam","verified":true}`, 400, "#/role"},
		{"a language that is not spoken", "ny@example.org", `{"name":"Ny","language":"de"}`, 422, "#/language"},
		{"mail each hour", "ny@example.org", `{"name":"Ny","frequency":"hourly"}`, 422, "#/frequency"},
		{"a manager who is no address", "ny@example.org", `{"name":"Ny","manager":"Bo"}`, 422, "#/manager"},
		{"a deputy with a line break", "ny@example.org", `{"name":"Ny","deputy":"bo@example.org\r\nDATA"}`, 422, "#/deputy"},
		{"an end of absence alone", "ny@example.org", `{"name":"Ny","away_to":"2027-01-01"}`, 422, "#/away_to"},
		{"an absence that ends before it begins", "ny@example.org", `{"name":"Ny","away_from":"2027-02-01","away_to":"2027-01-01"}`, 422, "#/away_to"},
		{"a holding without a role", "ny@example.org", `{"name":"Ny","holdings":[{"role":"IT"},{"from":"2027-01-01"}]}`, 422, "#/holdings/1/role"},
		{"a holding that ends before it begins", "ny@example.org", `{"name":"Ny","holdings":[{"role":"IT","from":"2027-02-01","to":"2027-01-01"}]}`, 422, "#/holdings/0/to"},
		{"two roles in one", "ny@example.org", `{"name":"Ny","holdings":[{"role":"IT;HR"}]}`, 422, "#/holdings/0/role"},
		{"an address without a dot", "ny@example", `{"name":"Ny"}`, 422, ""},
		{"an address in quotes", "%22a%20b%22@example.org", `{"name":"Ny"}`, 422, ""},
		{"an address that is none", "ny", `{"name":"Ny"}`, 422, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			told := read[apiProblem](t, p.want(c.status, "PUT", "/people/"+c.address, c.body))
			if len(told.Errors) == 0 || told.Errors[0].Pointer != c.pointer || c.pointer == "" && told.Errors[0].Parameter != "email" {
				t.Errorf("told %+v, want of %s", told.Errors, c.pointer)
			}
			if len(p.house.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}
