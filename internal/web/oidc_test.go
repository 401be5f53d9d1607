package web

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// identityProvider is a provider of sign-in as OpenID Connect has it: discovery, keys, and tokens for codes, signed with
// RS256. It checks what a real one checks: the client, the redirect, and the verifier of PKCE.
type identityProvider struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any // of the next statement, over those that it has by itself
	asked  url.Values     // what the browser came with
	down   bool
	sign   *rsa.PrivateKey // nil: its own key
}

func newIdentityProvider(t *testing.T) *identityProvider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{t: t, key: key, claims: make(map[string]any)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if p.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		p.answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": text64(key.N.Bytes()), "e": text64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func text64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *identityProvider) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *identityProvider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case id != "tertial" || secret != "hush", r.FormValue("code") != "the-code", r.FormValue("redirect_uri") != p.asked.Get("redirect_uri"),
		text64(challenge[:]) != p.asked.Get("code_challenge") || p.asked.Get("code_challenge_method") != "S256":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := map[string]any{
		"iss": p.URL, "sub": "subject-1", "aud": "tertial", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": p.asked.Get("nonce"),
		"email": "anna.ek@stad.example", "email_verified": true,
	}
	for name, value := range p.claims {
		claims[name] = value
	}
	p.answer(w, map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": p.statement(claims)})
}

func (p *identityProvider) statement(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	signed := text64([]byte(`{"alg":"RS256","kid":"k1","typ":"JWT"}`)) + "." + text64(body)
	sum := sha256.Sum256([]byte(signed))
	key := p.key
	if p.sign != nil {
		key = p.sign
	}
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return signed + "." + text64(sig)
}

func (p *identityProvider) options() OIDCOptions {
	return OIDCOptions{Issuer: p.URL, ClientID: "tertial", ClientSecret: "hush", Name: "Stadens inloggning"}
}

// visit goes to the provider with a browser and comes back with a code, as far as the address says.
func (p *identityProvider) visit(b *browser, next string) string {
	p.t.Helper()
	a := b.get("/oidc?next=" + url.QueryEscape(next))
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), p.URL+"/authorize?") {
		p.t.Fatalf("got %d, led to %s", a.StatusCode, to)
	}
	p.asked = to.Query()
	return "/oidc/callback?code=the-code&state=" + url.QueryEscape(p.asked.Get("state"))
}

func withProvider(t *testing.T, h *fakeHouse, o OIDCOptions) *site {
	s := newSite(t, h, h)
	s.provider = newProvider(o, s.o.BaseURL)
	return s
}

func TestSigningInByTheProvider(t *testing.T) {
	h, p := newFakeHouse().people(owner), newIdentityProvider(t)
	s := withProvider(t, h, p.options())
	b := s.guest()
	b.get("/signin?next=/mine").wants(t, http.StatusOK, "Logga in med Stadens inloggning", `href="/oidc?next=%2Fmine"`)
	back := p.visit(b, "/mine")
	if got := p.asked; got.Get("redirect_uri") != "https://tertial.stad.example/oidc/callback" || got.Get("response_type") != "code" || got.Get("scope") != "openid email profile" {
		t.Errorf("got asked %v", got)
	}
	a := b.get(back)
	a.wants(t, http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != "/mine" {
		t.Errorf("got led to %s", got)
	}
	b.get("/sessions").wants(t, http.StatusOK, "Anna Ek")
	if h.accounts[p.URL+" subject-1"] != 11 {
		t.Errorf("got accounts %v", h.accounts)
	}

	// The next time the address says nothing: the account is known.
	p.claims["email"], p.claims["email_verified"] = "eva.berg@stad.example", false
	b = s.guest()
	b.get(p.visit(b, "/")).wants(t, http.StatusSeeOther)
	b.get("/sessions").wants(t, http.StatusOK, "Anna Ek")
}

func TestTheFirstSignInByAProviderNeedsAnAddressThatItVouchesFor(t *testing.T) {
	for name, c := range map[string]struct {
		claims map[string]any
		trust  bool
		want   int
	}{
		"vouched for":              {nil, false, http.StatusSeeOther},
		"vouched for by a word":    {map[string]any{"email_verified": "true"}, false, http.StatusSeeOther},
		"not vouched for":          {map[string]any{"email_verified": false}, false, http.StatusForbidden},
		"not said":                 {map[string]any{"email_verified": nil}, false, http.StatusForbidden},
		"not said, but trusted":    {map[string]any{"email_verified": nil}, true, http.StatusSeeOther},
		"of nobody":                {map[string]any{"email": "x@stad.example"}, false, http.StatusForbidden},
		"of nobody, though truste": {map[string]any{"email": ""}, true, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			h, p := newFakeHouse().people(owner), newIdentityProvider(t)
			o := p.options()
			o.TrustEmail = c.trust
			s := withProvider(t, h, o)
			for name, v := range c.claims {
				p.claims[name] = v
			}
			b := s.guest()
			a := b.get(p.visit(b, "/"))
			if a.StatusCode != c.want || len(h.sessions) > 0 != (c.want == http.StatusSeeOther) {
				t.Errorf("got %d and %d sessions, want %d", a.StatusCode, len(h.sessions), c.want)
			}
		})
	}
}

func TestWhatAProviderSaysMustHold(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(p *identityProvider, b *browser, back string) string{
		"another nonce":       func(p *identityProvider, _ *browser, back string) string { p.claims["nonce"] = "x"; return back },
		"no nonce":            func(p *identityProvider, _ *browser, back string) string { p.claims["nonce"] = nil; return back },
		"for another client":  func(p *identityProvider, _ *browser, back string) string { p.claims["aud"] = "x"; return back },
		"from another issuer": func(p *identityProvider, _ *browser, back string) string { p.claims["iss"] = "https://x"; return back },
		"expired":             func(p *identityProvider, _ *browser, back string) string { p.claims["exp"] = 1; return back },
		"signed by another":   func(p *identityProvider, _ *browser, back string) string { p.sign = other; return back },
		"another state":       func(_ *identityProvider, _ *browser, back string) string { return back + "x" },
		"another code": func(_ *identityProvider, _ *browser, back string) string {
			return strings.Replace(back, "the-code", "x", 1)
		},
		"refused":         func(_ *identityProvider, _ *browser, _ string) string { return "/oidc/callback?error=access_denied" },
		"another browser": func(_ *identityProvider, b *browser, back string) string { clear(b.cookies); return back },
		"another verifier": func(_ *identityProvider, b *browser, back string) string {
			b.cookies["__Host-tertial-oidc"] = strings.Replace(b.cookies["__Host-tertial-oidc"], ".", ".x", 2)
			return back
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, p := newFakeHouse().people(owner), newIdentityProvider(t)
			s := withProvider(t, h, p.options())
			b := s.guest()
			a := b.get(change(p, b, p.visit(b, "/")))
			if a.StatusCode < 400 || a.StatusCode >= 500 || len(h.sessions) > 0 {
				t.Errorf("got %d and %d sessions", a.StatusCode, len(h.sessions))
			}
			if strings.Contains(s.log.String(), "the-code") {
				t.Error("the code is in the log")
			}
		})
	}
}

func TestAProviderThatIsAwayStopsNothingElse(t *testing.T) {
	h, p := newFakeHouse().people(owner), newIdentityProvider(t)
	p.down = true
	s := withProvider(t, h, p.options())
	s.guest().get("/oidc").wants(t, http.StatusServiceUnavailable)
	s.guest().post("/signin", "email", "anna.ek@stad.example").wants(t, http.StatusOK)
	p.down = false
	s.guest().get("/oidc").wants(t, http.StatusServiceUnavailable) // it is not asked at once again
	s.provider.failed = time.Now().Add(-providerRest)
	s.guest().get("/oidc").wants(t, http.StatusSeeOther)
}

func TestWithoutAProviderThereIsNone(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	s.guest().get("/oidc").wants(t, http.StatusNotFound)
	s.guest().get("/oidc/callback?code=x&state=y").wants(t, http.StatusNotFound)
}
