package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func (s *site) askedFor(email string) (tertial.SignIn, answered) {
	a := s.guest().post("/signin", "email", email)
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	return s.fake.signIns[int64(len(s.fake.signIns))], a
}

func TestSigningInByTheMailedLink(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	in, page := s.askedFor("Anna.Ek@stad.example")
	page.wants(t, http.StatusOK, "Titta i din e-post", `autocomplete="one-time-code"`)
	path := "/signin/" + s.o.Signer.SignInToken(in.ID, in.Person)
	b := s.guest()
	for range 3 {
		a := b.get(path)
		a.wants(t, http.StatusOK, "Tryck på knappen")
		if a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the address may go elsewhere")
		}
	}
	if len(h.sessions) > 0 || len(b.cookies) > 0 {
		t.Fatal("looking at the link signed somebody in")
	}
	b.post(path).wants(t, http.StatusSeeOther)
	b.get("/mine").wants(t, http.StatusOK, "Anna Ek", "Logga ut")
	s.guest().post(path).wants(t, http.StatusNotFound, "Länken gäller inte längre")
	s.guest().get(path).wants(t, http.StatusNotFound, "Länken gäller inte längre")
}

func TestTheCookieOfASessionIsKeptFromEverybodyElse(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	in, _ := s.askedFor("anna.ek@stad.example")
	a := s.guest().post("/signin/" + s.o.Signer.SignInToken(in.ID, in.Person))
	var c *http.Cookie
	for _, c = range a.Cookies() {
	}
	if c == nil || c.Name != "__Host-tertial" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
		t.Errorf("got %+v", c)
	}
	for key, session := range h.sessions {
		if strings.Contains(key, c.Value) || strings.Contains(string(session.Data), c.Value) {
			t.Error("the secret of the cookie is stored")
		}
		if session.Person != 11 || session.Created.IsZero() {
			t.Errorf("got %+v", session)
		}
	}
}

func TestSigningInByTheCode(t *testing.T) {
	h := newFakeHouse().people(owner, manager)
	s := newSite(t, h, h)
	in, _ := s.askedFor("anna.ek@stad.example")
	code := s.o.Signer.SignInCode(in.ID, in.Person)
	b := s.guest()
	for _, wrong := range []string{"", "1234", "00000000", code + "0", "åååååååå", strings.Repeat("1", 30)} {
		if wrong == code {
			continue
		}
		b.post("/signin/code", "email", "anna.ek@stad.example", "code", wrong, "next", "/mine/2027-7.2").wants(t, http.StatusUnprocessableEntity, "Koden stämmer inte", `href="#code"`)
		if h.signIns[in.ID].Tries >= tertial.SignInTries {
			break
		}
	}
	b.post("/signin/code", "email", "anna.ek@stad.example", "code", code).wants(t, http.StatusUnprocessableEntity)
	in, _ = s.askedFor("anna.ek@stad.example")
	code = s.o.Signer.SignInCode(in.ID, in.Person)
	b.post("/signin/code", "email", "per.lind@stad.example", "code", code).wants(t, http.StatusUnprocessableEntity)
	a := b.post("/signin/code", "email", "Anna.Ek@stad.example", "code", " "+code[:4]+" "+code[4:], "next", "/mine/2027-7.2")
	a.wants(t, http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != "/mine/2027-7.2" {
		t.Errorf("got led to %s", got)
	}
}

func TestAnUnknownAddressIsAnsweredLikeAKnownOne(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	known := s.guest().post("/signin", "email", "anna.ek@stad.example")
	unknown := s.guest().post("/signin", "email", "anna.el@stad.example")
	if known.StatusCode != unknown.StatusCode || strings.ReplaceAll(known.body, "anna.ek@", "anna.el@") != unknown.body {
		t.Errorf("got %d and %d, or other pages", known.StatusCode, unknown.StatusCode)
	}
	for range 10 { // the address alone hears no more: the answer is the same
		s.guest().post("/signin", "email", "anna.ek@stad.example").wants(t, http.StatusOK, "Titta i din e-post")
	}
	if got := len(h.signIns); got != 5 {
		t.Errorf("got %d mails, want 5", got)
	}
	for _, wrong := range []string{"", "anna", "anna@", "Anna <anna@stad.example>", "a@b\r\nBcc: x@y.example", strings.Repeat("a", 300) + "@stad.example"} {
		b := s.guest()
		b.remote = "198.51.100.3:1"
		b.post("/signin", "email", wrong).wants(t, http.StatusUnprocessableEntity, `href="#email"`)
	}
}

func TestAFloodOfRequestsIsHeldAndHindersNobodyElse(t *testing.T) {
	h := newFakeHouse().people(coordinator)
	s := newSite(t, h, h)
	held := 0
	for i := range 100 {
		if s.guest().post("/signin", "email", fmt.Sprintf("x%d@stad.example", i)).StatusCode == http.StatusTooManyRequests {
			held++
		}
	}
	if held < 80 {
		t.Errorf("got %d of 100 held", held)
	}
	b := s.guest()
	b.remote = "198.51.100.3:1"
	b.post("/signin", "email", "eva.berg@stad.example").wants(t, http.StatusOK)
	if len(h.signIns) != 1 {
		t.Errorf("got %d mails", len(h.signIns))
	}
	for range 50 {
		s.guest().post("/signin/code", "email", "eva.berg@stad.example", "code", "12345678")
	}
	s.guest().post("/signin/code", "email", "eva.berg@stad.example", "code", "12345678").wants(t, http.StatusTooManyRequests, "Lite för många försök")
}

func TestABadSignInLinkIsTheSameFriendlyPage(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	in, _ := s.askedFor("anna.ek@stad.example")
	good := s.o.Signer.SignInToken(in.ID, in.Person)
	old := tertial.SignIn{ID: 7, Person: 11, Expires: tertial.Instant{Time: s.now.Add(-time.Second)}}
	h.signIns[7] = old
	want := s.guest().get("/signin/x")
	for name, token := range map[string]string{
		"changed": good[:len(good)-1] + "9", "too old": s.o.Signer.SignInToken(7, 11), "of another person": s.o.Signer.SignInToken(in.ID, 12),
		"unknown": s.o.Signer.SignInToken(99, 11), "in capitals": strings.ToUpper(good), "an answer's": s.token(42),
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range []answered{s.guest().get("/signin/" + token), s.guest().post("/signin/" + token)} {
				if a.StatusCode != http.StatusNotFound || a.body != want.body {
					t.Errorf("got %d and another page", a.StatusCode)
				}
			}
		})
	}
}

func TestSigningInGivesAnotherSessionThanBefore(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	b := s.guest()
	b.cookies["__Host-tertial"] = "chosen-by-somebody-else"
	in, _ := s.askedFor("anna.ek@stad.example")
	b.post("/signin/"+s.o.Signer.SignInToken(in.ID, in.Person)).wants(t, http.StatusSeeOther)
	if b.cookies["__Host-tertial"] == "chosen-by-somebody-else" {
		t.Error("the session is the one that was there before")
	}
	old := b.cookies["__Host-tertial"]
	b.token = regexp.MustCompile(`name="csrf" value="([A-Z0-9]+)"`).FindStringSubmatch(b.get("/mine").body)[1]
	b.post("/signout").wants(t, http.StatusSeeOther)
	b.cookies["__Host-tertial"] = old
	b.get("/mine").wants(t, http.StatusSeeOther)
}

func TestASessionEndsWhenItLiesIdleAndWhenItIsOld(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	age := func(of func(*tertial.Session)) {
		for key, session := range h.sessions {
			of(&session)
			h.sessions[key] = session
		}
	}
	b := s.as(owner)
	age(func(x *tertial.Session) { x.Seen.Time = x.Seen.Add(-29 * time.Minute) })
	b.get("/sessions").wants(t, http.StatusOK)
	age(func(x *tertial.Session) {
		if time.Since(x.Seen.Time) > time.Minute {
			t.Error("that it was used is not written down")
		}
		x.Seen.Time = x.Seen.Add(-31 * time.Minute)
	})
	b.get("/sessions").wants(t, http.StatusSeeOther)
	if len(h.sessions) > 0 {
		t.Error("the session is still there")
	}
	b = s.as(owner)
	age(func(x *tertial.Session) {
		if left := time.Until(x.Expires.Time); left > 12*time.Hour || left < 11*time.Hour {
			t.Errorf("got %s left, want 12 h", left)
		}
		x.Expires.Time = time.Now().Add(-time.Second)
	})
	b.get("/sessions").wants(t, http.StatusSeeOther)
	b = s.as(owner)
	delete(h.viewers, owner.Person.ID)
	b.get("/sessions").wants(t, http.StatusSeeOther)
}

func TestLookingAtPagesDoesNotWriteSessions(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	b := s.as(owner)
	var before tertial.Session
	for _, before = range h.sessions {
	}
	for range 3 {
		b.get("/sessions").wants(t, http.StatusOK)
	}
	for _, after := range h.sessions {
		if after.Seen != before.Seen {
			t.Error("the session was written")
		}
	}
}

func TestOthersOfOnesOwnSessionsCanBeEnded(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	here, there, third, foreign := s.as(owner), s.as(owner), s.as(owner), s.as(manager)
	page := here.get("/sessions")
	page.wants(t, http.StatusOK, "den här", "Logga ut alla andra")
	key := sessionKey(there.cookies["__Host-tertial"])
	if !strings.Contains(page.body, key) {
		t.Fatal("the other session is not listed")
	}
	here.post("/sessions/end", "key", sessionKey(foreign.cookies["__Host-tertial"])).wants(t, http.StatusNotFound)
	here.post("/sessions/end", "key", key).wants(t, http.StatusSeeOther)
	there.get("/sessions").wants(t, http.StatusSeeOther)
	third.get("/sessions").wants(t, http.StatusOK)
	here.post("/sessions/end").wants(t, http.StatusSeeOther)
	third.get("/sessions").wants(t, http.StatusSeeOther)
	here.get("/sessions").wants(t, http.StatusOK, "utloggad")
	foreign.get("/sessions").wants(t, http.StatusOK)
}

func TestTheSetUpLinkMakesTheCoordinatorOnce(t *testing.T) {
	h := newFakeHouse()
	h.setUp = "SECRET"
	s := newSite(t, h, h)
	b := s.guest()
	b.get("/setup/SECRET").wants(t, http.StatusOK, "Välkommen till tertial")
	b.post("/setup/WRONG", "name", "Eva Berg", "email", "eva.berg@stad.example").wants(t, http.StatusNotFound, "Sidan finns inte")
	b.post("/setup/SECRET", "name", "", "email", "eva").wants(t, http.StatusUnprocessableEntity, "Fyll i")
	b.post("/setup/SECRET", "name", "Eva Berg", "email", "Eva.Berg@stad.example").wants(t, http.StatusSeeOther)
	if got := b.get("/").Header.Get("Location"); got != "/overview" {
		t.Errorf("got led to %s", got)
	}
	s.guest().get("/setup/SECRET").wants(t, http.StatusNotFound)
	s.guest().post("/setup/SECRET", "name", "Eva Berg", "email", "eva.berg@stad.example").wants(t, http.StatusNotFound)
}

func TestNextLeadsOnlyToPagesOfOurs(t *testing.T) {
	h := newFakeHouse().people(owner)
	s := newSite(t, h, h)
	for _, next := range []string{"//evil.example", `\\evil.example`, "https://evil.example", "/%0d%0aSet-Cookie: x=1"} {
		in, _ := s.askedFor("anna.ek@stad.example")
		a := s.guest().post("/signin/code", "email", "anna.ek@stad.example", "code", s.o.Signer.SignInCode(in.ID, in.Person), "next", next)
		if got := a.Header.Get("Location"); got != "/" {
			t.Errorf("%q: got led to %q", next, got)
		}
		s.limits = newLimits()
	}
	a := s.as(owner).get("/signin?next=" + "%2F%2Fevil.example")
	if got := a.Header.Get("Location"); got != "/" {
		t.Errorf("got led to %q", got)
	}
}

func TestAPostNeedsToComeFromOurOwnForm(t *testing.T) {
	h := newFakeHouse().someActions()
	s := newSite(t, h, h)
	b := s.as(owner)
	for name, c := range map[string]struct {
		header [2]string
		token  string
	}{
		"without a token":            {[2]string{"Sec-Fetch-Site", "same-origin"}, ""},
		"with another token":         {[2]string{"Sec-Fetch-Site", "same-origin"}, "ABC"},
		"from another site":          {[2]string{"Sec-Fetch-Site", "cross-site"}, b.token},
		"from another origin":        {[2]string{"Origin", "https://evil.example"}, b.token},
		"from nowhere without token": {[2]string{"X", "y"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example/signout", strings.NewReader("csrf="+c.token))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(c.header[0], c.header[1])
			b.do(r).wants(t, http.StatusForbidden, "Formuläret gäller inte längre")
		})
	}
	if len(h.sessions) != 1 {
		t.Error("the session has ended")
	}
	r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example/a/"+s.token(42), strings.NewReader("kind=on-track"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	s.guest().do(r).wants(t, http.StatusForbidden)
}

func TestTheClientIsWhoNoProxyOfOursPutThere(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	s.o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"without a proxy":                {"192.0.2.1:5", nil, "192.0.2.1"},
		"a stranger's word":              {"192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1"},
		"by a proxy":                     {"10.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1"},
		"by two":                         {"10.0.0.1:5", []string{"203.0.113.9, 198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		"by a proxy with rubbish behind": {"10.0.0.1:5", []string{"rubbish, 198.51.100.1"}, "198.51.100.1"},
		"by a proxy with rubbish":        {"10.0.0.1:5", []string{"rubbish"}, "10.0.0.1"},
		"by version six":                 {"[2001:db8::1]:5", nil, "2001:db8::1"},
		"mapped":                         {"[::ffff:192.0.2.1]:5", nil, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forwarded
			if got := s.client(r).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if a, b := network(netip.MustParseAddr("2001:db8::1")), network(netip.MustParseAddr("2001:db8::ffff:1")); a != b {
		t.Errorf("got %s and %s for one network", a, b)
	}
}

func TestALimiterForgetsBeforeItGrows(t *testing.T) {
	l := newLimiter(1, 1)
	now := time.Now()
	for i := range 3 * limiterKeys {
		l.take(fmt.Sprint(i), now)
	}
	if got := len(l.keys); got > limiterKeys {
		t.Errorf("got %d keys, want %d at most", got, limiterKeys)
	}
	if !l.spent(fmt.Sprint(3*limiterKeys-1), now) || l.take(fmt.Sprint(3*limiterKeys-1), now) || !l.take(fmt.Sprint(3*limiterKeys-1), now.Add(time.Second)) {
		t.Error("the last key is not held to its rate")
	}
}

func TestAnAgentIsTwoWords(t *testing.T) {
	for ua, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0":                                                "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36 Edg/128.0": "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1":          "Safari, iPhone",
		"curl/8": "", "<script>": "", "Something on Linux": "Linux",
	} {
		if got := agent(ua); got != want {
			t.Errorf("%s: got %q, want %q", ua, got, want)
		}
	}
}
