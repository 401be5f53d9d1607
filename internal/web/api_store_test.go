package web

import (
	"path/filepath"
	"testing"
	"time"

	"tertial/internal/store"
	"tertial/internal/tertial"
)

// A program at work in a real database: what the fakes of the other tests assume of the house is so.
func TestAProgramWorksWithTheRealStore(t *testing.T) {
	p := newProgram(t)
	s, err := store.Open(t.Context(), store.Options{Database: filepath.Join(t.TempDir(), "t.db"), Migrate: true, Zone: p.api.rules.Zone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	type rest struct{ *apiFake } // the wheel and the plan, which are not the store's
	real := p.api.real
	p.api = newAPI(struct {
		*store.Store
		rest
	}{s, rest{p.house}}, p.api.rules, p.api.clock, p.api.log)
	p.api.real = real
	stamp := p.api.rules.Stamp("person:1", "settings", p.now)
	secret, hash := newToken()
	token, err := s.NewAPIToken(t.Context(), stamp, tertial.APIToken{Name: "ILS", Scopes: apiScopes(), Expires: tertial.Instant{Time: p.now.Add(time.Hour)}}, hash)
	if err != nil {
		t.Fatal(err)
	}
	p.token = secret

	p.want(201, "PUT", "/people/bo@example.org", `{"name":"Bo Alm","frequency":"weekly"}`)
	w := p.want(201, "PUT", "/people/anna@example.org", `{"name":"Anna Ek","manager":"bo@example.org","holdings":[{"role":"HR","from":"2026-01-01"}]}`)
	p.want(200, "PUT", "/people/Anna@Example.org", `{"name":"Anna Ek","manager":"bo@example.org","holdings":[{"role":"HR"}]}`, "If-Match: "+w.Header().Get("ETag"))
	p.want(412, "PUT", "/people/anna@example.org", `{"name":"Anna"}`, "If-Match: "+w.Header().Get("ETag"))
	p.want(422, "PUT", "/people/cia@example.org", `{"name":"Cia","deputy":"ingen@example.org"}`)
	p.want(404, "GET", "/people/cia@example.org", "")
	if people := read[apiPeople](t, p.want(200, "GET", "/people", "")); len(people.People) != 2 {
		t.Errorf("the people are %+v", people)
	}

	const body = `{"ref":"ILS-1","title":"Utbildningsplan","clauses":["7.2"],"responsible":["HR"],"priority":"high","timing":{"due":"2027-03-01"},
		"steps":[{"title":"Roller"},{"title":"Behov"}]}`
	p.want(201, "POST", "/actions", body)
	if told := read[apiProblem](t, p.want(409, "POST", "/actions", body)); told.Code != "conflict" {
		t.Errorf("the same again is told as %+v", told)
	}
	w = p.want(201, "POST", "/actions", `{"title":"Internrevision","clauses":["9.2"],"timing":{"text":"så fort det går"}}`)
	if got := w.Header().Get("Location"); got != "/api/v1/actions/2027-9.2" {
		t.Errorf("Location is %q", got)
	}
	for query, want := range map[string]int{"": 2, "late=true": 1, "person=anna@example.org": 1, "review=true": 1, "clause=7": 1, "text=revision": 1, "role=HR": 1, "status=done": 0} {
		if page := read[apiActions](t, p.want(200, "GET", "/actions?sort=-due&"+query, "")); page.Total != want || len(page.Actions) != want {
			t.Errorf("%q finds %d, want %d", query, page.Total, want)
		}
	}
	for _, step := range []struct{ method, address, body, tag string }{
		{"PATCH", "/actions/ILS-1", `{"title":"Utbildningsplan 2027","follow_up":["ISAM"]}`, `"2"`},
		{"PATCH", "/actions/ILS-1", `{"title":"Utbildningsplan 2027"}`, `"2"`}, // nothing new is no new version
		{"PATCH", "/actions/ILS-1/steps/2", `{"done":true}`, `"3"`},
		{"POST", "/actions/ILS-1/status", `{"progress":"on-track"}`, `"4"`},
		{"POST", "/actions/ILS-1/done", `{"note":"klart"}`, `"5"`},
		{"POST", "/actions/ILS-1/reopen", ``, `"6"`},
	} {
		before := p.want(200, "GET", "/actions/ILS-1", "").Header().Get("ETag")
		w := p.want(200, step.method, step.address, step.body, "If-Match: "+before)
		if got := w.Header().Get("ETag"); got != step.tag {
			t.Errorf("%s %s: ETag is %s, want %s", step.method, step.address, got, step.tag)
		}
	}
	p.want(412, "PATCH", "/actions/ILS-1", `{"title":"Annan"}`, `If-Match: "1"`)
	p.want(409, "POST", "/actions/ILS-1/reopen", "", anyVersion)
	p.want(404, "PATCH", "/actions/ILS-2", `{"title":"Annan"}`, anyVersion)
	p.want(404, "GET", "/actions/ILS-2/answers", "")
	for _, address := range []string{"/actions/ILS-1/answers", "/actions/ILS-1/evidence", "/messages?state=sent&to=anna@example.org", "/overview", "/plan", "/wheel"} {
		p.want(200, "GET", address, "")
	}
	p.want(404, "GET", "/messages/1", "")
	p.want(404, "GET", "/messages/1/attempts", "")

	if err := s.RevokeAPIToken(t.Context(), stamp, token.ID); err != nil {
		t.Fatal(err)
	}
	p.want(401, "GET", "/overview", "")
}
