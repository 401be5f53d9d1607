package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// program is a program that talks to the interface with a token. Every answer that it gets is held to the description.
type program struct {
	t     *testing.T
	house *apiFake
	api   *api
	doc   *description
	ops   map[string]map[string]any
	seen  map[string]bool // "GET /api/v1/actions 200"
	token string
	now   time.Time
	log   *bytes.Buffer
}

// newProgram returns a program whose token has every scope, on 3 March 2027.
func newProgram(t *testing.T) *program {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{
		t: t, house: newAPIFake(t), doc: readDescription(t), seen: map[string]bool{}, log: &bytes.Buffer{},
		now: time.Date(2027, 3, 3, 9, 0, 0, 0, time.UTC),
	}
	p.ops = p.doc.operations()
	rules := tertial.Rules{Zone: zone, SendAt: 450, SendUntil: 960}
	p.api = newAPI(p.house, rules, func() time.Time { return p.now }, slog.New(slog.NewTextHandler(p.log, nil)))
	p.api.real = p.api.clock
	p.token = p.let(apiScopes()...)
	return p
}

// let makes a token with scopes, good for a day.
func (p *program) let(scopes ...string) string {
	secret, hash := newToken()
	id := int64(len(p.house.tokens) + 1)
	p.house.tokens[hash] = tertial.APIToken{ID: id, Name: "test", Scopes: scopes, Expires: tertial.Instant{Time: p.now.Add(24 * time.Hour)}}
	return secret
}

// ask is one request. Headers are given as "Name: value"; a body has its media type unless another is given.
func (p *program) ask(method, address, body string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest(method, apiPrefix+address, strings.NewReader(body))
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if r.Header.Del(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	p.api.ServeHTTP(w, r)
	p.hold(r, w)
	return w
}

// hold compares an answer with the description.
func (p *program) hold(r *http.Request, w *httptest.ResponseRecorder) {
	p.t.Helper()
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := w.Header().Get(name); got != want {
			p.t.Errorf("%s %s: %s is %q, want %q", r.Method, r.URL, name, got, want)
		}
	}
	head := r.Method == http.MethodHead
	_, pattern := p.api.mux.Handler(r)
	op := p.ops[pattern]
	if op == nil || p.api.unrouted(r) != nil || strings.Contains(w.Body.String(), `"code":"token_in_address"`) { // of no route: a problem, whatever else
		op = map[string]any{"responses": map[string]any{strconv.Itoa(w.Code): map[string]any{"content": map[string]any{
			"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Problem"}},
		}}}}
	} else {
		p.seen[pattern+" "+strconv.Itoa(w.Code)] = true
	}
	for _, wrong := range p.doc.checkAnswer(op, w, head) {
		p.t.Errorf("%s %s answers %d: %s\n%s", r.Method, r.URL, w.Code, wrong, apiShort(w.Body.String(), 2000))
	}
	if w.Code >= 400 && !head {
		var told apiProblem
		if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || told.Status != w.Code || told.Title != http.StatusText(w.Code) || told.Detail == "" {
			p.t.Errorf("%s %s answers %d with the problem %s", r.Method, r.URL, w.Code, w.Body)
		}
	}
}

// want asks and compares the status; it returns what was answered.
func (p *program) want(status int, method, address, body string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	w := p.ask(method, address, body, headers...)
	if w.Code != status {
		p.t.Fatalf("%s %s answers %d, want %d: %s", method, address, w.Code, status, w.Body)
	}
	return w
}

// read takes an answer apart.
func read[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

const (
	anyVersion = "If-Match: *"
	planAction = "/actions/2024-7.2"
	oldAction  = "/actions/2024-9.2"
)

// request is one that can be made as the house of the tests stands.
type request struct {
	status                int
	method, address, body string
	headers               []string
}

// good is a request for every route that is done.
func good() []request {
	m := []string{anyVersion}
	return []request{
		{200, "GET", "/overview?as_of=2027-04-01", "", nil},
		{200, "GET", "/actions?status=open&status=done&sort=-due&limit=1&late=true&due_from=2027-01-01&person=anna@example.org", "", nil},
		{201, "POST", "/actions", `{"ref":"EXT-1","title":"Ny","clauses":["A.5.9"],"priority":"low","timing":{"due":"2027-06-01"},"steps":[{"title":"Ett"}]}`, nil},
		{200, "GET", planAction, "", nil},
		{304, "GET", planAction, "", []string{`If-None-Match: "7"`}},
		{200, "PATCH", planAction, `{"title":"Ny rubrik","responsible":["HR","IT"],"timing":{"due":"2027-05-01"}}`, []string{`If-Match: "7"`}},
		{200, "POST", planAction + "/status", `{"progress":"blocked","note":"väntar"}`, m},
		{200, "POST", planAction + "/confirm", `{"due":"2027-06-30"}`, m},
		{200, "POST", "/actions/EXT-1/start", "", m},
		{200, "POST", planAction + "/done", `{"note":"Antagen i nämnden"}`, m},
		{200, "POST", planAction + "/reopen", "", m},
		{200, "POST", "/actions/EXT-1/cancel", `{"reason":"Inte vår","not_applicable":true}`, m},
		{200, "GET", planAction + "/steps", "", nil},
		{304, "GET", planAction + "/steps", "", []string{"If-None-Match: *"}},
		{201, "POST", planAction + "/steps", `{"title":"Uppföljning"}`, m},
		{200, "PATCH", planAction + "/steps/2", `{"done":true}`, m},
		{200, "DELETE", planAction + "/steps/1", "", m},
		{200, "PUT", planAction + "/steps", `{"steps":[{"title":"A","done":true},{"title":"B"}]}`, m},
		{200, "GET", planAction + "/answers", "", nil},
		{200, "GET", planAction + "/evidence", "", nil},
		{200, "GET", "/people?limit=1", "", nil},
		{200, "GET", "/people/anna@example.org", "", nil},
		{304, "GET", "/people/anna@example.org", "", []string{"If-None-Match: *"}},
		{201, "PUT", "/people/cia@example.org", `{"name":"Cia Dahl","manager":"bo@example.org","holdings":[{"role":"IT","from":"2027-01-01"}]}`, nil},
		{200, "PUT", "/people/anna@example.org", `{"name":"Anna Ek","language":"en","frequency":"daily","away_from":"2027-07-01"}`, nil},
		{200, "GET", "/plan?from=2027-03-01&to=2027-04-01", "", nil},
		{200, "GET", "/wheel?year=2027", "", nil},
		{200, "GET", "/messages?state=sent&state=queued&to=anna@example.org", "", nil},
		{200, "GET", "/messages/3", "", nil},
		{200, "GET", "/messages/4/attempts", "", nil},
		{200, "GET", "/openapi.json", "", nil},
	}
}

// bad is requests that are refused, of whatever route has a refusal of its own.
func bad() []request {
	m := []string{anyVersion}
	return []request{
		{409, "POST", "/actions", `{"ref":"2024-7.2","title":"Igen","clauses":["7.2"]}`, nil},
		{422, "POST", "/actions", `{"clauses":[]}`, nil},
		{409, "PATCH", oldAction, `{"timing":{"due":"2027-05-01"}}`, m},
		{422, "PATCH", planAction, `{}`, m},
		{409, "POST", oldAction + "/confirm", `{"due":"2027-05-01"}`, m},
		{422, "POST", planAction + "/confirm", `{"due":"2027-05-01","undated":true}`, m},
		{409, "POST", oldAction + "/status", `{"progress":"on-track"}`, m},
		{422, "POST", planAction + "/status", `{"progress":"fine"}`, m},
		{409, "POST", oldAction + "/start", "", m},
		{409, "POST", oldAction + "/done", `{"note":"igen"}`, m},
		{422, "POST", planAction + "/done", `{"note":" "}`, m},
		{409, "POST", planAction + "/reopen", "", m},
		{409, "POST", oldAction + "/cancel", `{"reason":"igen"}`, m},
		{422, "POST", planAction + "/cancel", `{}`, m},
		{422, "POST", planAction + "/steps", `{"done":true}`, m},
		{422, "PUT", planAction + "/steps", `{"steps":[{"title":""}]}`, m},
		{422, "PATCH", planAction + "/steps/1", `{}`, m},
		{404, "PATCH", planAction + "/steps/9", `{"done":true}`, m},
		{409, "PUT", "/people/new@example.org", `{"name":"Taken"}`, nil},
		{422, "PUT", "/people/new@example.org", `{"name":"Ny","manager":"ingen@example.org"}`, nil},
		{412, "PUT", "/people/anna@example.org", `{"name":"Anna"}`, []string{`If-Match: "old"`}},
		{412, "PUT", "/people/anna@example.org", `{"name":"Anna"}`, []string{"If-None-Match: *"}},
		{412, "PUT", "/people/new@example.org", `{"name":"Ny"}`, []string{anyVersion}},
		{404, "GET", "/people/ingen@example.org", "", nil},
		{404, "GET", "/messages/77", "", nil},
		{404, "GET", "/messages/77/attempts", "", nil},
	}
}

// Every status that the description has of every operation is given in some case, and every answer is as described.
func TestEveryDescribedAnswerIsGivenAsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]request{good(), bad()} {
		p := newProgram(t)
		for _, q := range list {
			p.want(q.status, q.method, q.address, q.body, q.headers...)
		}
		maps.Copy(seen, p.seen)
	}
	for _, q := range good() {
		maps.Copy(seen, general(t, q))
	}
	for name, op := range readDescription(t).operations() {
		for status := range op["responses"].(map[string]any) {
			if !seen[name+" "+status] {
				t.Errorf("%s: the answer %s is described, and no case gives it", name, status)
			}
		}
	}
}

// general asks for one thing in all the ways that are refused alike everywhere, and returns what was seen.
func general(t *testing.T, q request) map[string]bool {
	t.Helper()
	p := newProgram(t)
	if q.address == "/openapi.json" || q.status == http.StatusNotModified {
		return nil
	}
	query := "?"
	if strings.Contains(q.address, "?") {
		query = "&"
	}
	p.want(400, q.method, q.address+query+"colour=red", q.body, q.headers...)
	p.want(401, q.method, q.address, q.body, append(q.headers, "Authorization: ")...)
	all := p.token
	p.token = p.let("read:nothing")
	if w := p.want(403, q.method, q.address, q.body, q.headers...); !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("%s %s: WWW-Authenticate is %q", q.method, q.address, w.Header().Get("WWW-Authenticate"))
	}
	p.token = all
	if strings.HasPrefix(q.address, "/actions/") {
		_, rest, _ := strings.Cut(q.address[len("/actions/"):], "/")
		p.want(404, q.method, strings.TrimSuffix("/actions/2024-77/"+rest, "/"), q.body, q.headers...)
	}
	if slices.Contains(q.headers, anyVersion) || q.method == "PATCH" {
		p.want(428, q.method, q.address, q.body)
		p.house.actions["EXT-1"] = p.house.actions["2024-7.2"]
		if w := p.want(412, q.method, q.address, q.body, `If-Match: "6"`); w.Header().Get("ETag") != `"7"` {
			t.Errorf("%s %s: the ETag of what was changed meanwhile is %q", q.method, q.address, w.Header().Get("ETag"))
		}
	}
	if q.method != "GET" {
		p.want(415, q.method, q.address, cmpBody(q.body), append(q.headers, "Content-Type: text/plain")...)
		p.want(413, q.method, q.address, `{"title":"`+strings.Repeat("x", apiBody)+`"}`, q.headers...)
	}
	p.house.failing = fmt.Errorf("reading: %w: dial tcp 10.0.0.7", tertial.ErrUnavailable)
	if w := p.want(503, q.method, q.address, q.body, q.headers...); strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Errorf("%s %s tells of our inside: %s", q.method, q.address, w.Body)
	}
	p.house.failing = errors.New("disk on fire at /var/lib")
	w := p.want(500, q.method, q.address, q.body, q.headers...)
	told := read[apiProblem](t, w)
	if strings.Contains(w.Body.String(), "fire") || told.ID == "" || !strings.Contains(p.log.String(), told.ID) || !strings.Contains(p.log.String(), "disk on fire") {
		t.Errorf("%s %s: the failure is told as %s and logged as %s", q.method, q.address, w.Body, p.log)
	}
	for range apiBurst {
		p.api.limits.wait(1, p.now)
	}
	p.want(429, q.method, q.address, q.body, q.headers...)
	return p.seen
}

// cmpBody is a body where a request needs none.
func cmpBody(body string) string {
	if body == "" {
		return "{}"
	}
	return body
}

// Bodies that are taken are as described, so that a client made from the description is not refused for it, and nothing is
// taken that is not described.
func TestBodiesThatAreTakenAreAsDescribed(t *testing.T) {
	p := newProgram(t)
	for _, q := range good() {
		if q.body == "" {
			continue
		}
		r := httptest.NewRequest(q.method, apiPrefix+strings.Split(q.address, "?")[0], nil)
		_, pattern := p.api.mux.Handler(r)
		content := p.ops[pattern]["requestBody"].(map[string]any)["content"].(map[string]any)["application/json"].(map[string]any)
		var body any
		if err := json.Unmarshal([]byte(q.body), &body); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range p.doc.check(content["schema"], body, "") {
			t.Errorf("%s %s: %s", q.method, q.address, wrong)
		}
	}
}

// Every field that the description has of a body is one that is taken.
func TestDescribedFieldsAreKnown(t *testing.T) {
	p := newProgram(t)
	for _, q := range good() {
		if q.method == "GET" {
			continue
		}
		r := httptest.NewRequest(q.method, apiPrefix+q.address, nil)
		_, pattern := p.api.mux.Handler(r)
		content := p.ops[pattern]["requestBody"].(map[string]any)["content"].(map[string]any)["application/json"].(map[string]any)
		properties, _ := p.doc.follow(content["schema"])["properties"].(map[string]any)
		body := map[string]any{"thisIsNone": 1}
		for name := range properties {
			body[name] = map[string]any{"neither": "nor"} // of no form at all, unless it is an object
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		told := read[apiProblem](t, p.want(400, q.method, q.address, string(text), q.headers...))
		var strangers []string
		for _, fault := range told.Errors {
			if strings.Contains(fault.Detail, "there is no such field") && strings.Count(fault.Pointer, "/") == 1 {
				strangers = append(strangers, fault.Pointer)
			}
		}
		if !slices.Equal(strangers, []string{"#/thisIsNone"}) {
			t.Errorf("%s: unknown are %v, want #/thisIsNone alone", pattern, strangers)
		}
	}
}
