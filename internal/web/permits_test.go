package web

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/permits.txt anew")

func (p permit) String() string {
	return [...]string{"anybody", "byLink", "signedIn", "manages", "reads", "coordinates"}[p]
}

// TestWhoMayUseWhichRouteIsWrittenDown holds the routes to testdata/permits.txt: a permit that changes is a change that
// somebody reads.
func TestWhoMayUseWhichRouteIsWrittenDown(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	var lines []string
	for _, r := range s.routes() {
		lines = append(lines, fmt.Sprintf("%-11s %s\n", r.may, r.pattern))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile("testdata/permits.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/permits.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the routes are not those of testdata/permits.txt (-update writes it):\n%s", got)
	}
}

// permits are who may do what, said once more and in another way than permit.allows does.
var permits = map[string][]string{
	"anybody": {"guest", "owner", "manager", "auditor", "coordinator"}, "byLink": {"guest", "owner", "manager", "auditor", "coordinator"},
	"signedIn": {"owner", "manager", "auditor", "coordinator"}, "manages": {"manager", "auditor", "coordinator"},
	"reads": {"auditor", "coordinator"}, "coordinates": {"coordinator"},
}

var pathPart = regexp.MustCompile(`\{[^}]*\}`)

// sample makes an address of a pattern's path.
func sample(path string) string {
	return pathPart.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "1")
}

func TestEveryRouteIsOpenToItsRolesAndToNoOther(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	browsers := map[string]*browser{"guest": s.guest(), "owner": s.as(owner), "manager": s.as(manager), "auditor": s.as(auditor), "coordinator": s.as(coordinator)}
	table, err := os.ReadFile("testdata/permits.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		words := strings.Fields(line)
		may, method, path := words[0], words[1], sample(words[2])
		if path == "/signout" {
			continue // it would sign the browsers out; see below
		}
		for role, b := range browsers {
			var a answered
			if method == http.MethodPost {
				a = b.post(path)
			} else {
				a = b.get(path)
			}
			refused := a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusUnauthorized ||
				a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/signin")
			if want := !slices.Contains(permits[may], role); refused != want {
				t.Errorf("%s %s as %s: got %d, refused %t, want %t", method, path, role, a.StatusCode, refused, want)
			}
		}
	}
	browsers["guest"].post("/signout").wants(t, http.StatusUnauthorized)
}

func TestNoActOfASessionGoesWithoutItsToken(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	b := s.as(coordinator)
	for _, r := range s.routes() {
		method, path, _ := strings.Cut(sample(r.pattern), " ")
		if method != http.MethodPost || r.may == byLink {
			continue
		}
		for _, token := range []string{"", "csrf=", "csrf=" + b.token[1:], "csrf=" + strings.ToLower(b.token)} {
			req := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example"+path, strings.NewReader(token))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if a := b.do(req); a.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %q: got %d, want 403", path, token, a.StatusCode)
			}
		}
	}
}

func TestNoLinkSetsACookie(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	for _, r := range s.routes() {
		method, path, _ := strings.Cut(strings.ReplaceAll(r.pattern, "{token}", s.token(42)), " ")
		if r.may != byLink {
			continue
		}
		path = sample(path)
		for _, b := range []*browser{s.guest(), s.as(owner)} {
			a := b.get(path)
			if method == http.MethodPost {
				a = b.post(path, "kind", "on-track", "key", "k")
			}
			if got := a.Header.Values("Set-Cookie"); len(got) > 0 {
				t.Errorf("%s: got %v", r.pattern, got)
			}
		}
	}
}
