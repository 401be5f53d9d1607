package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// apiSite is a whole server whose house is that of the programs' tests, with the fake of the pages below it.
func apiSite(t *testing.T) (*site, *apiFake, string) {
	t.Helper()
	type pages struct{ *fakeHouse } // one step further down, so that the programs' house comes first
	below := newFakeHouse().people(coordinator)
	house := struct {
		*apiFake
		pages
	}{newAPIFake(t), pages{below}}
	s := newSite(t, house, below)
	secret, hash := newToken()
	house.tokens[hash] = tertial.APIToken{ID: 1, Scopes: apiScopes(), Expires: tertial.Instant{Time: s.now.Add(time.Hour)}}
	return s, house.apiFake, secret
}

func TestServerLetsProgramsInByTokenAlone(t *testing.T) {
	s, house, secret := apiSite(t)
	ask := func(b *browser, method, address, body string, headers ...string) answered {
		t.Helper()
		r := httptest.NewRequest(method, "https://tertial.stad.example"+address, strings.NewReader(body))
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		return b.do(r)
	}
	with := "Authorization: Bearer " + secret
	if got := ask(s.guest(), "GET", "/api/v1/actions/2024-7.2", "", with); got.StatusCode != 200 || got.Header.Get("ETag") != `"7"` {
		t.Errorf("with a token the answer is %d: %s", got.StatusCode, got.body)
	}
	if got := ask(s.guest(), "GET", "/api/v1/openapi.json", ""); got.StatusCode != 200 || !strings.Contains(got.body, `"openapi"`) {
		t.Errorf("the description answers %d", got.StatusCode)
	}
	// A session is no token, and a token is no session.
	if got := ask(s.as(coordinator), "GET", "/api/v1/actions", ""); got.StatusCode != 401 || got.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("with a session the answer is %d, %s", got.StatusCode, got.Header.Get("Content-Type"))
	}
	if got := ask(s.guest(), "GET", "/mine", "", with); got.StatusCode == 200 {
		t.Error("a token opens a page")
	}
	for _, got := range []answered{ask(s.guest(), "GET", "/api/v1/actions", "", with), ask(s.guest(), "POST", "/api/v1/actions", "{}", with)} {
		if len(got.Cookies()) > 0 {
			t.Errorf("a program gets cookies: %v", got.Cookies())
		}
	}
	// What changes something goes by the same door, wherever it comes from: nothing is sent by a browser of itself.
	body := []string{with, "Content-Type: application/json", "If-Match: *"}
	if got := ask(s.guest(), "PATCH", "/api/v1/actions/2024-7.2", `{"title":"Ny"}`, body...); got.StatusCode != 200 || house.actions["2024-7.2"].Title != "Ny" {
		t.Errorf("a change answers %d: %s", got.StatusCode, got.body)
	}
	if got := ask(s.guest(), "DELETE", "/api/v1/actions/2024-7.2/steps/1", "", with, "If-Match: *"); got.StatusCode != 200 {
		t.Errorf("a removal answers %d: %s", got.StatusCode, got.body)
	}
	house.failing = http.ErrServerClosed
	got := ask(s.guest(), "GET", "/api/v1/overview", "", with)
	if id := got.Header.Get("X-Request-Id"); got.StatusCode != 500 || id == "" || !strings.Contains(got.body, id) {
		t.Errorf("a failure answers %d with %s, want the number of the request %q", got.StatusCode, got.body, got.Header.Get("X-Request-Id"))
	}
	if log := s.log.String(); strings.Contains(log, secret[3:]) || !strings.Contains(log, `"pattern":"PATCH /api/v1/actions/{ref}"`) {
		t.Errorf("the log has the token, or no route: %s", log)
	}
}
