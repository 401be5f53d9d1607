package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestTokensHaveTheirFormAndHash(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		secret, hash := newToken()
		if !isAPIToken(secret) || hashToken(secret) != hash || seen[hash] {
			t.Fatalf("the token %q has the hash %q", secret, hash)
		}
		seen[hash] = true
	}
	// The example of FIPS 180-2: what is kept by one release is found by the next.
	if got, want := hashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("the hash is %s, want %s", got, want)
	}
}

func TestWhatHasNotTheFormOfATokenIsNeverLookedUp(t *testing.T) {
	good, _ := newToken()
	for _, c := range []struct{ name, header string }{
		{"nothing", ""},
		{"the token alone", good},
		{"another scheme", "Basic " + good},
		{"a scheme that begins alike", "Bearers " + good},
		{"nothing behind the scheme", "Bearer "},
		{"another prefix", "Bearer xx_" + good[3:]},
		{"lower case", "Bearer " + strings.ToLower(good)},
		{"cut short", "Bearer " + good[:20]},
		{"ten thousand characters", "Bearer tt_" + strings.Repeat("A", 10_000)},
		{"a quote", "Bearer " + good[:10] + "'" + good[11:]},
		{"NUL", "Bearer " + good[:10] + "\x00" + good[11:]},
		{"two tokens", "Bearer " + good + " " + good},
		{"a comma", "Bearer " + good + "," + good},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t)
			w := p.want(401, "GET", "/actions", "", "Authorization: "+c.header)
			if got := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer realm="tertial"`) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
			if p.house.lookups > 0 {
				t.Error("it was looked up")
			}
		})
	}
	t.Run("two headers", func(t *testing.T) {
		p := newProgram(t)
		r := httptest.NewRequest("GET", apiPrefix+"/actions", nil)
		r.Header.Add("Authorization", "Bearer "+p.token)
		r.Header.Add("Authorization", "Bearer "+p.token)
		w := httptest.NewRecorder()
		p.api.ServeHTTP(w, r)
		if w.Code != 401 {
			t.Errorf("the answer is %d, want 401", w.Code)
		}
	})
}

func TestTokensThatNoLongerHoldAreUnknown(t *testing.T) {
	p := newProgram(t)
	stranger, _ := newToken()
	expired, revoked := p.let(apiScopes()...), p.let(apiScopes()...)
	change := func(secret string, edit func(*tertial.APIToken)) {
		token := p.house.tokens[hashToken(secret)]
		edit(&token)
		p.house.tokens[hashToken(secret)] = token
	}
	change(expired, func(t *tertial.APIToken) { t.Expires = tertial.Instant{Time: p.now} })
	change(revoked, func(t *tertial.APIToken) { t.Revoked = tertial.Instant{Time: p.now} })
	var told []string
	for _, secret := range []string{stranger, expired, revoked} {
		w := p.want(401, "GET", "/actions", "", "Authorization: Bearer "+secret)
		if got := w.Header().Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
			t.Errorf("WWW-Authenticate is %q", got)
		}
		told = append(told, w.Body.String())
	}
	if told[0] != told[1] || told[1] != told[2] {
		t.Errorf("the answers tell them apart: %q", told)
	}
	p.want(200, "GET", "/actions", "", "Authorization: bearer  "+p.token)
}

func TestTokenInTheAddressIsRefusedWhateverElse(t *testing.T) {
	p := newProgram(t)
	for _, query := range []string{"access_token=" + p.token, "token=x", "Token=x", "api_key=", "limit=1&access_token=x", "text=" + p.token, "a;token=x"} {
		for _, with := range []string{"Bearer " + p.token, ""} {
			told := read[apiProblem](t, p.want(400, "GET", "/actions?"+query, "", "Authorization: "+with))
			if told.Code != "token_in_address" || strings.Contains(told.Detail, p.token) {
				t.Errorf("%s: told %+v", query, told)
			}
		}
	}
	if p.house.lookups > 0 {
		t.Error("a token was looked up")
	}
}

// Each route is done with its one scope and refused with all the others: a table over everything.
func TestEveryRouteWantsItsScopeAndNoOther(t *testing.T) {
	for _, q := range good() {
		if q.address == "/openapi.json" || q.status == http.StatusNotModified {
			continue
		}
		probe := newProgram(t)
		i := slices.IndexFunc(apiRoutes(), func(r apiRoute) bool {
			_, pattern := probe.api.mux.Handler(httptest.NewRequest(q.method, apiPrefix+q.address, nil))
			return pattern == r.method+" "+apiPrefix+r.path
		})
		if i < 0 {
			t.Fatalf("%s %s is no route", q.method, q.address)
		}
		wanted := apiRoutes()[i].scope
		for _, scope := range append(apiScopes(), "", "read", "write:*", strings.ToUpper(wanted)) {
			p := newProgram(t)
			p.token = p.let(scope)
			w := p.ask(q.method, q.address, q.body, q.headers...)
			if (w.Code == 403) == (scope == wanted) {
				t.Errorf("%s %s with %q answers %d", q.method, q.address, scope, w.Code)
			}
			if scope != wanted && len(p.house.stamps) > 0 {
				t.Errorf("%s %s with %q changed something", q.method, q.address, scope)
			}
		}
	}
}

func TestATokenThatAsksTooOftenWaitsAndOthersDoNot(t *testing.T) {
	p := newProgram(t)
	for range apiBurst {
		p.want(200, "GET", "/wheel", "")
	}
	w := p.want(429, "GET", "/wheel", "")
	if got := w.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After is %q, want 1", got)
	}
	for range 50 { // who goes on asking does not wait longer for it
		p.want(429, "GET", "/wheel", "")
	}
	p.want(200, "GET", "/wheel", "", "Authorization: Bearer "+p.let(scopeReadPlan))
	p.now = p.now.Add(time.Second)
	for range apiPerSecond {
		p.want(200, "GET", "/wheel", "")
	}
	p.want(429, "GET", "/wheel", "")
}

func TestLimitsOfTokensAtRestAreForgotten(t *testing.T) {
	p := newProgram(t)
	for id := range int64(1000) {
		p.api.limits.wait(id, p.now)
	}
	if p.api.limits.wait(2000, p.now); len(p.api.limits.tokens) != 1001 {
		t.Errorf("%d are kept, want 1001: none has rested", len(p.api.limits.tokens))
	}
	if p.api.limits.wait(2001, p.now.Add(time.Minute)); len(p.api.limits.tokens) != 1 {
		t.Errorf("%d are kept, want 1", len(p.api.limits.tokens))
	}
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	p := newProgram(t)
	for _, c := range []struct {
		name, method, address string
		status                int
		allow                 string
	}{
		{"nothing", "GET", "/nothing", 404, ""},
		{"the root", "GET", "/", 404, ""},
		{"a slash at the end", "GET", "/actions/", 404, ""},
		{"two slashes", "GET", "//actions", 404, ""},
		{"a way up", "GET", "/actions/../people", 404, ""},
		{"a way up, written otherwise", "GET", "/actions/%2e%2e/people", 404, ""},
		{"a way up in a reference", "GET", "/actions/..%2f..%2fx", 404, ""},
		{"SQL", "GET", "/actions/1%20OR%201=1", 404, ""},
		{"a quote", "GET", "/actions/2024-7.2'", 404, ""},
		{"NUL", "GET", "/actions/2024-7.2%00", 404, ""},
		{"a line break", "GET", "/actions/2024-7.2%0a", 404, ""},
		{"bytes that are no text", "GET", "/actions/%ff%fe", 404, ""},
		{"a reference without end", "GET", "/actions/" + strings.Repeat("a", 5000), 404, ""},
		{"another case", "GET", "/Actions", 404, ""},
		{"a negative message", "GET", "/messages/-4", 404, ""},
		{"a message with a sign", "GET", "/messages/+4", 404, ""},
		{"a message with a zero in front", "GET", "/messages/04", 404, ""},
		{"a message beyond all numbers", "GET", "/messages/99999999999999999999", 404, ""},
		{"a message in wide digits", "GET", "/messages/４", 404, ""},
		{"message 0", "GET", "/messages/0", 404, ""},
		{"what is no address", "GET", "/people/anna", 404, ""},
		{"an address with a name", "GET", "/people/Anna%20%3Canna@example.org%3E", 404, ""},
		{"step 0", "DELETE", planAction + "/steps/0", 404, ""},
		{"step -1", "DELETE", planAction + "/steps/-1", 404, ""},
		{"step 4 of 3", "DELETE", planAction + "/steps/4", 404, ""},
		{"step beyond all numbers", "DELETE", planAction + "/steps/18446744073709551617", 404, ""},
		{"another method", "DELETE", planAction, 405, "GET, HEAD, PATCH"},
		{"another method on a list", "PUT", "/actions", 405, "GET, HEAD, POST"},
		{"a verb by GET", "GET", planAction + "/done", 405, "POST"},
		{"OPTIONS", "OPTIONS", "/actions", 405, "GET, HEAD, POST"},
		{"TRACE", "TRACE", "/people", 405, "GET, HEAD"},
		{"the description by POST", "POST", "/openapi.json", 405, "GET, HEAD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			w := p.want(c.status, c.method, c.address, "", anyVersion)
			if got := w.Header().Get("Allow"); got != c.allow {
				t.Errorf("Allow is %q, want %q", got, c.allow)
			}
			if regexp.MustCompile(`[\x00\n]`).MatchString(strings.TrimSuffix(w.Body.String(), "\n")) || w.Body.Len() > 1000 {
				t.Errorf("what was sent comes back as it was: %q", w.Body)
			}
		})
	}
}

func TestParametersThatCannotBeRead(t *testing.T) {
	p := newProgram(t)
	for _, c := range []struct{ name, address, parameter string }{
		{"a negative offset", "/actions?offset=-1", "offset"},
		{"a limit beyond the most", "/actions?limit=201", "limit"},
		{"a limit without end", "/actions?limit=1000000000", "limit"},
		{"no limit", "/actions?limit=0", "limit"},
		{"a limit with an exponent", "/actions?limit=1e2", "limit"},
		{"a limit in wide digits", "/actions?limit=５０", "limit"},
		{"an offset without end", "/people?offset=99999999999", "offset"},
		{"an order with SQL", "/actions?sort=id;drop", ""},
		{"an order with SQL, written otherwise", "/actions?sort=id%3Bdrop", "sort"},
		{"an order that there is not", "/actions?sort=version", "sort"},
		{"an order in another case", "/actions?sort=Due", "sort"},
		{"a filter of five kilobytes", "/actions?text=" + strings.Repeat("x", 5000), "text"},
		{"bytes that are no text", "/actions?text=%ff", "text"},
		{"a filter twice", "/actions?text=a&text=b", "text"},
		{"a state eleven times", "/actions?status=open" + strings.Repeat("&status=open", 10), "status"},
		{"a state that there is not", "/actions?status=closed", "status"},
		{"a list as PHP writes it", "/actions?status[]=open", "status[]"},
		{"an unknown filter", "/actions?colour=red", "colour"},
		{"a filter in another case", "/actions?Text=a", "Text"},
		{"neither yes nor no", "/actions?late=1", "late"},
		{"a day that there is not", "/actions?due_from=2027-02-30", "due_from"},
		{"a day for which nobody plans", "/actions?due_to=0001-01-01", "due_to"},
		{"an end before the beginning", "/actions?due_from=2027-02-02&due_to=2027-02-01", "due_to"},
		{"a year for which nobody plans", "/actions?plan_year=99", "plan_year"},
		{"a priority that there is not", "/actions?priority=urgent", "priority"},
		{"nobody", "/actions?person=ingen@example.org", "person"},
		{"a broken escape", "/actions?text=%zz", ""},
		{"a plan that ends before it begins", "/plan?from=2027-03-02&to=2027-03-01", "to"},
		{"a plan of more than a year", "/plan?from=2027-03-01&to=2028-03-02", "to"},
		{"a plan in ten years", "/plan?from=2040-03-01&to=2040-03-02", "to"},
		{"a year of the wheel", "/wheel?year=20270", "year"},
		{"a message below none", "/messages?before=0", "before"},
		{"a message below a word", "/messages?before=x", "before"},
		{"a state of messages", "/messages?state=lost", "state"},
		{"a parameter where there are none", planAction + "?fields=title", "fields"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			told := read[apiProblem](t, p.want(400, "GET", c.address, ""))
			if c.parameter == "" {
				return
			}
			if len(told.Errors) != 1 || told.Errors[0].Parameter != c.parameter || len(told.Detail) > 600 {
				t.Errorf("told %+v, want of %s", told, c.parameter)
			}
		})
	}
}

func TestHeadHasNoBody(t *testing.T) {
	p := newProgram(t)
	w := p.want(200, "HEAD", planAction, "")
	if got := w.Header().Get("ETag"); got != `"7"` {
		t.Errorf("ETag is %q, want the version", got)
	}
}

// Nothing in the log or in an answer has the token or an address in it.
func TestNoSecretIsLoggedOrTold(t *testing.T) {
	p := newProgram(t)
	for _, q := range append(good(), bad()...) {
		if w := p.ask(q.method, q.address, q.body, q.headers...); strings.Contains(w.Body.String(), p.token[3:]) {
			t.Errorf("%s %s tells the token", q.method, q.address)
		}
	}
	p.house.failing = http.ErrServerClosed
	p.want(500, "GET", "/people/anna@example.org", "")
	if log := p.log.String(); strings.Contains(log, p.token[3:]) || strings.Contains(log, "anna@") || strings.Contains(log, hashToken(p.token)) {
		t.Errorf("the log has a secret: %s", log)
	}
}
