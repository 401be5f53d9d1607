package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPersonWhoIsNotSignedInIsLedToSignIn(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	a := s.guest().get("/sessions?x=1")
	if got, want := a.Header.Get("Location"), "/signin?next=%2Fsessions%3Fx%3D1"; a.StatusCode != http.StatusSeeOther || got != want {
		t.Errorf("got %d %s, want 303 %s", a.StatusCode, got, want)
	}
	s.guest().get("/signin").wants(t, http.StatusOK, `lang="sv"`, "Logga in", `name="email"`)
	s.guest().post("/signout").wants(t, http.StatusUnauthorized)
}

func TestTheFirstPageIsThatOfTheRole(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	for name, c := range map[string]struct {
		browser *browser
		want    string
	}{
		"an owner sees their own":     {s.as(owner), "/mine"},
		"management has the overview": {s.as(manager), "/overview"},
		"so has an auditor":           {s.as(auditor), "/overview"},
		"and the coordinator":         {s.as(coordinator), "/overview"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.browser.get("/").Header.Get("Location"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	for _, path := range []string{"/signin", "/nowhere", "/sessions", s.styles()[0], "/a/88-42-20270530-xx"} {
		a := s.guest().get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Robots-Tag": "noindex, nofollow",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, want)
			}
		}
		if a.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s has no number", path)
		}
	}
}

func TestWhatIsNotThereOrNotDoneSoSaysSo(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	b := s.guest()
	b.get("/nowhere").wants(t, http.StatusNotFound, "Sidan finns inte")
	b.lang = "en-GB,en;q=0.8"
	b.get("/nowhere").wants(t, http.StatusNotFound, "There is no such page", `lang="en"`)
	for _, method := range []string{http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodPut, "BREW"} {
		a := b.do(httptest.NewRequest(method, "https://tertial.stad.example/signin", nil))
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") == "" {
			t.Errorf("%s: got %d %q, want 405 with what is allowed", method, a.StatusCode, a.Header.Get("Allow"))
		}
	}
	a := b.get("//evil.example/../signin")
	if to := a.Header.Get("Location"); strings.Contains(to, "//") {
		t.Errorf("got led to %q", to)
	}
}

func TestStaticFilesAreKeptForEverUnderTheNameOfTheirHash(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	a := s.guest().get(s.styles()[0])
	a.wants(t, http.StatusOK, "--accent")
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("got Cache-Control %q", got)
	}
	if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("got Content-Type %q", got)
	}
	s.guest().get("/static/site.css").wants(t, http.StatusNotFound)
}

func TestLocalLeadsNowhereElse(t *testing.T) {
	for _, bad := range []string{"//evil.example", `\\evil.example`, `/\evil.example`, "https://evil.example/", "javascript:alert(1)", "evil", "", "/%0d%0aSet-Cookie: x=1", "/a\r\nb", "/%2f%2fevil", "/%5cevil", "http:/evil"} {
		if got := local(bad); got != "/" {
			if bad == "/%2f%2fevil" && got == bad { // stays a path of ours
				continue
			}
			t.Errorf("local(%q): got %q, want /", bad, got)
		}
	}
	for _, good := range []string{"/", "/actions?owner=HR&x=%C3%A5", "/actions/2027-7.2#answers"} {
		if got := local(good); got != good {
			t.Errorf("local(%q): got %q", good, got)
		}
	}
}
