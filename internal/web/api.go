package web

import (
	"context"
	_ "embed" // the description of the interface
	"errors"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// apiHouse is what programs see and change of the house.
type apiHouse interface {
	TokenByHash(ctx context.Context, now time.Time, hash string) (tertial.APIToken, error)

	Overview(ctx context.Context, asOf tertial.Date) (tertial.Overview, error)
	QueryActions(ctx context.Context, q tertial.ActionQuery) (tertial.ActionPage, error)
	Action(ctx context.Context, ref string) (tertial.Action, error)
	ActionAnswers(ctx context.Context, ref string) ([]tertial.Answer, error)
	ActionEvidence(ctx context.Context, ref string) ([]tertial.Evidence, error)
	AddAction(ctx context.Context, stamp tertial.Stamp, a tertial.Action) (tertial.Action, error)
	EditAction(ctx context.Context, stamp tertial.Stamp, ref string, version int, edit func(*tertial.Action) error) (tertial.Action, error)

	People(ctx context.Context) iter.Seq2[tertial.Person, error]
	Person(ctx context.Context, email string) (tertial.Person, error)
	EditPerson(ctx context.Context, stamp tertial.Stamp, email string, edit func(*tertial.Person) error) (tertial.Person, error)
	SavePeople(ctx context.Context, stamp tertial.Stamp, people []tertial.Person) (added, changed int, err error)

	Wheel(ctx context.Context) (*calendar.Wheel, error)
	Plan(ctx context.Context, from, to tertial.Date) ([]PlannedMail, error)
	MessagePage(ctx context.Context, states []tertial.MessageState, to string, before int64, limit int) ([]tertial.Message, error)
	Message(ctx context.Context, id int64) (tertial.Message, error)
	Attempts(ctx context.Context, message int64) ([]tertial.Attempt, error)
}

// apiPrefix is where the interface stands.
const apiPrefix = "/api/v1"

//go:embed openapi.json
var openAPI string

// api is the interface for programs: JSON over HTTP, by token. It knows no sessions and no cookies, and nothing
// here asks who a person is: a token stands for itself, and the log names it.
type api struct {
	house  apiHouse
	rules  tertial.Rules
	clock  func() time.Time // what is said counts from it
	real   func() time.Time // what a token may do in a second, from this one
	log    *slog.Logger
	limits *apiLimiter
	mux    *http.ServeMux
}

// newAPI returns the interface for programs to a house.
func newAPI(house apiHouse, rules tertial.Rules, clock func() time.Time, log *slog.Logger) *api {
	a := &api{
		house: house, rules: rules, clock: clock, real: time.Now, log: log,
		limits: &apiLimiter{tokens: map[int64]*rate.Limiter{}}, mux: http.NewServeMux(),
	}
	a.mux.HandleFunc("GET "+apiPrefix+"/openapi.json", a.describe)
	for _, route := range apiRoutes() {
		a.mux.HandleFunc(route.method+" "+apiPrefix+route.path, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, &route) })
	}
	return a
}

// apiRoute is one thing that programs may ask for. Without scope any token will do.
type apiRoute struct {
	method, path string
	scope        string
	parameters   []string // of the query
	repeated     []string // those of them that may be given more than once
	serve        func(*apiCall) error
}

// apiRoutes lists everything that programs may ask for. A test holds it to the description.
func apiRoutes() []apiRoute {
	const one = "/actions/{ref}"
	filters := []string{"status", "open", "role", "person", "clause", "priority", "text", "event", "plan_year", "review", "late", "undated",
		"due_from", "due_to", "as_of", "sort", "offset", "limit"}
	return []apiRoute{
		{method: "GET", path: "/overview", scope: scopeReadActions, parameters: []string{"as_of"}, serve: (*apiCall).overview},
		{method: "GET", path: "/actions", scope: scopeReadActions, parameters: filters, repeated: []string{"status"}, serve: (*apiCall).listActions},
		{method: "POST", path: "/actions", scope: scopeWriteActions, serve: (*apiCall).addAction},
		{method: "GET", path: one, scope: scopeReadActions, serve: (*apiCall).getAction},
		{method: "PATCH", path: one, scope: scopeWriteActions, serve: (*apiCall).patchAction},
		{method: "POST", path: one + "/confirm", scope: scopeWriteActions, serve: (*apiCall).confirmAction},
		{method: "POST", path: one + "/status", scope: scopeWriteActions, serve: (*apiCall).reportAction},
		{method: "POST", path: one + "/start", scope: scopeWriteActions, serve: (*apiCall).startAction},
		{method: "POST", path: one + "/done", scope: scopeWriteActions, serve: (*apiCall).finishAction},
		{method: "POST", path: one + "/reopen", scope: scopeWriteActions, serve: (*apiCall).reopenAction},
		{method: "POST", path: one + "/cancel", scope: scopeWriteActions, serve: (*apiCall).cancelAction},
		{method: "GET", path: one + "/steps", scope: scopeReadActions, serve: (*apiCall).listSteps},
		{method: "POST", path: one + "/steps", scope: scopeWriteActions, serve: (*apiCall).addStep},
		{method: "PUT", path: one + "/steps", scope: scopeWriteActions, serve: (*apiCall).replaceSteps},
		{method: "PATCH", path: one + "/steps/{number}", scope: scopeWriteActions, serve: (*apiCall).patchStep},
		{method: "DELETE", path: one + "/steps/{number}", scope: scopeWriteActions, serve: (*apiCall).removeStep},
		{method: "GET", path: one + "/answers", scope: scopeReadActions, serve: (*apiCall).listAnswers},
		{method: "GET", path: one + "/evidence", scope: scopeReadActions, serve: (*apiCall).listEvidence},
		{method: "GET", path: "/people", scope: scopeReadPeople, parameters: []string{"offset", "limit"}, serve: (*apiCall).listPeople},
		{method: "GET", path: "/people/{email}", scope: scopeReadPeople, serve: (*apiCall).getPerson},
		{method: "PUT", path: "/people/{email}", scope: scopeWritePeople, serve: (*apiCall).putPerson},
		{method: "GET", path: "/plan", scope: scopeReadPlan, parameters: []string{"from", "to"}, serve: (*apiCall).plan},
		{method: "GET", path: "/wheel", scope: scopeReadPlan, parameters: []string{"year"}, serve: (*apiCall).wheel},
		{method: "GET", path: "/messages", scope: scopeReadMessages, parameters: []string{"state", "to", "before", "limit"}, repeated: []string{"state"}, serve: (*apiCall).listMessages},
		{method: "GET", path: "/messages/{id}", scope: scopeReadMessages, serve: (*apiCall).getMessage},
		{method: "GET", path: "/messages/{id}/attempts", scope: scopeReadMessages, serve: (*apiCall).listAttempts},
	}
}

// apiCall is one request of a program that has been let in.
type apiCall struct {
	*api
	w     http.ResponseWriter
	r     *http.Request
	route *apiRoute
	token tertial.APIToken
	now   time.Time
	today tertial.Date
	query *apiQuery
}

// ServeHTTP answers a program.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if hasTokenInAddress(r.URL.RawQuery) {
		problemf(http.StatusBadRequest, "token_in_address",
			"a token belongs into the Authorization header; this one stands in the address, where logs keep it: revoke it and make another").write(w)
		return
	}
	if p := a.unrouted(r); p != nil {
		p.write(w)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// unrouted returns why no route serves a request, nil where one does.
func (a *api) unrouted(r *http.Request) *apiProblem {
	if r.URL.Path != path.Clean(r.URL.Path) { // the mux would lead elsewhere
		return problemf(http.StatusNotFound, "not_found", "there is nothing at this address")
	}
	handler, pattern := a.mux.Handler(r)
	if pattern != "" {
		return nil
	}
	var seen apiRefusal
	handler.ServeHTTP(&seen, r)
	if allowed := seen.Header().Get("Allow"); allowed != "" {
		return problemf(http.StatusMethodNotAllowed, "method_not_allowed", "this address takes %s", allowed).with("Allow", allowed)
	}
	return problemf(http.StatusNotFound, "not_found", "there is nothing at this address")
}

// apiRefusal takes down with which headers the mux refuses a request.
type apiRefusal struct{ header http.Header }

func (p *apiRefusal) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

func (*apiRefusal) WriteHeader(int)             {}
func (*apiRefusal) Write(b []byte) (int, error) { return len(b), nil }

// describe gives the description of the interface, to anybody: it tells nothing of the house.
func (a *api) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(openAPI)))
	_, _ = w.Write([]byte(openAPI)) // a reader that is gone needs no answer
}

// serve lets a program in and does what it asks for.
func (a *api) serve(w http.ResponseWriter, r *http.Request, route *apiRoute) {
	if rec := recording(w); rec != nil {
		rec.pattern = r.Pattern
	}
	c := &apiCall{api: a, w: w, r: r, route: route, now: a.clock()}
	c.today = a.rules.Today(c.now)
	err := c.enter()
	if err == nil {
		err = route.serve(c)
	}
	if err == nil || errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // done, or nobody waits any more
	}
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		if id := requestID(r.Context()); id != "" {
			p.ID = id
		}
		a.log.ErrorContext(r.Context(), "a program's request failed", "id", p.ID, "token", c.token.ID, "route", route.method+" "+route.path, "error", err)
	}
	p.write(w)
}

// enter checks the token, its scope, its number of requests, and the query.
func (c *apiCall) enter() error {
	ctx := c.r.Context()
	secret := apiBearer(c.r)
	if secret == "" {
		return apiUnauthorized("send a token: Authorization: Bearer tt_…", "")
	}
	token, err := c.house.TokenByHash(ctx, c.now, hashToken(secret))
	if errors.Is(err, tertial.ErrNotFound) {
		return apiUnauthorized("the token is unknown, has expired or was revoked", `, error="invalid_token"`)
	}
	if err != nil {
		return err
	}
	c.token = token
	if wait := c.limits.wait(token.ID, c.real()); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		return problemf(http.StatusTooManyRequests, "rate_limited", "a token may make %d requests a second, and %d at once", apiPerSecond, apiBurst).
			with("Retry-After", strconv.Itoa(seconds))
	}
	if scope := c.route.scope; !slices.Contains(token.Scopes, scope) {
		return problemf(http.StatusForbidden, "insufficient_scope", "the token lacks the scope %s", scope).
			with("WWW-Authenticate", `Bearer realm="tertial", error="insufficient_scope", scope="`+scope+`"`)
	}
	c.query, err = readAPIQuery(c.r, c.route.parameters, c.route.repeated)
	return err
}

func apiUnauthorized(detail, more string) *apiProblem {
	return problemf(http.StatusUnauthorized, "unauthorized", "%s", detail).with("WWW-Authenticate", `Bearer realm="tertial"`+more)
}

// stamp says in the log who changes something: the token.
func (c *apiCall) stamp(verb string) tertial.Stamp {
	return c.rules.Stamp("token:"+strconv.FormatInt(c.token.ID, 10), "api "+verb, c.now)
}
