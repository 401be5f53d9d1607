package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tertial/internal/tertial"
)

// OIDCOptions name a provider of sign-in; without an Issuer there is none.
type OIDCOptions struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       []string // besides openid; nil: email, profile
	Name         string   // as the button says it
	// TrustEmail lets a first sign-in be joined to the person of its mail address although the provider does not say that it has
	// verified it.
	TrustEmail bool
	// Client asks the provider; nil: one with a time limit.
	Client *http.Client
}

const (
	providerPatience = 10 * time.Second // for one answer of the provider
	providerRest     = 15 * time.Second // after a failed discovery, before the next
	providerMinutes  = 10               // for a person at the provider's
)

// provider is the organisation's own sign-in. It is discovered when it is first needed: that it is away stops nothing but itself.
type provider struct {
	o        OIDCOptions
	redirect string
	client   *http.Client

	mu     sync.Mutex
	found  *oidc.Provider
	failed time.Time
	why    error
}

func newProvider(o OIDCOptions, base string) *provider {
	if o.Scopes == nil {
		o.Scopes = []string{"email", "profile"}
	}
	client := o.Client
	if client == nil {
		client = &http.Client{Timeout: providerPatience}
	}
	return &provider{o: o, redirect: base + "/oidc/callback", client: client}
}

func (p *provider) name() string {
	if p.o.Name == "" {
		return "OpenID Connect"
	}
	return p.o.Name
}

// discover returns the provider, which is asked for what it is until it has said so once.
func (p *provider) discover(ctx context.Context, now time.Time) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if !p.failed.IsZero() && now.Sub(p.failed) < providerRest {
		return nil, p.why
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.o.Issuer)
	if err != nil {
		p.failed, p.why = now, fmt.Errorf("%w: the sign-in provider: %w", tertial.ErrUnavailable, err)
		return nil, p.why
	}
	p.found = found
	return found, nil
}

func (p *provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}
}

// trip is what a browser keeps while its person is at the provider's. It is of use to nobody but that browser.
type trip struct{ state, nonce, verifier, next string }

func (t trip) String() string {
	return strings.Join([]string{t.state, t.nonce, t.verifier, base64.RawURLEncoding.EncodeToString([]byte(t.next))}, ".")
}

func readTrip(text string) (trip, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return trip{}, false
	}
	next, err := base64.RawURLEncoding.DecodeString(parts[3])
	return trip{parts[0], parts[1], parts[2], local(string(next))}, err == nil
}

func (s *Server) tripCookie(value string, age int) *http.Cookie {
	c := &http.Cookie{Name: "__Host-tertial-oidc", Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
	if s.o.Insecure {
		c.Name, c.Secure = "tertial-oidc", false
	}
	return c
}

// askProvider leads to the provider's own page.
func (s *Server) askProvider(w http.ResponseWriter, r *http.Request, v *visit) error {
	if s.provider == nil {
		return errNoPage
	}
	found, err := s.provider.discover(r.Context(), time.Now())
	if err != nil {
		return err
	}
	t := trip{rand.Text(), rand.Text(), oauth2.GenerateVerifier(), local(r.URL.Query().Get("next"))}
	http.SetCookie(w, s.tripCookie(t.String(), providerMinutes*60))
	http.Redirect(w, r, s.provider.config(found).AuthCodeURL(t.state, oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)), http.StatusSeeOther)
	return nil
}

// claims are those of the provider's statement that tertial looks at.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some say it as a word
}

// fromProvider lets in whom the provider has sent back.
func (s *Server) fromProvider(w http.ResponseWriter, r *http.Request, v *visit) error {
	secretPage(w) // the address has a code in it
	if s.provider == nil {
		return errNoPage
	}
	cookie, err := r.Cookie(s.tripCookie("", 0).Name)
	http.SetCookie(w, s.tripCookie("", -1))
	if err != nil {
		return s.oldLink(w, r, v, tertial.ErrNotFound)
	}
	query := r.URL.Query()
	t, ok := readTrip(cookie.Value)
	if !ok || !tertial.SameToken(t.state, query.Get("state")) || query.Get("code") == "" {
		return s.oldLink(w, r, v, tertial.ErrNotFound)
	}
	token, c, err := s.provider.redeem(r.Context(), t, query.Get("code"), time.Now())
	if err != nil {
		return err
	}
	person, err := s.accountHolder(r.Context(), v, token, c)
	if errors.Is(err, tertial.ErrNotFound) {
		p := s.signInPage("/")
		p.Strange = true
		return s.show(w, r, v, http.StatusForbidden, "signin_old", p)
	}
	if err != nil {
		return err
	}
	if err := s.begin(r, person); err != nil {
		return err
	}
	http.Redirect(w, r, t.next, http.StatusSeeOther)
	return nil
}

// redeem changes the code for the provider's signed statement, and checks it.
func (p *provider) redeem(ctx context.Context, t trip, code string, now time.Time) (*oidc.IDToken, claims, error) {
	var c claims
	found, err := p.discover(ctx, now)
	if err != nil {
		return nil, c, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	answer, err := p.config(found).Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500:
		return nil, c, fmt.Errorf("%w: the provider refused the code", errNotAllowed)
	case err != nil:
		return nil, c, fmt.Errorf("%w: the sign-in provider gave no token", tertial.ErrUnavailable)
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := found.Verifier(&oidc.Config{ClientID: p.o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, c, fmt.Errorf("%w: the provider's statement does not hold", errNotAllowed)
	}
	if !tertial.SameToken(token.Nonce, t.nonce) || token.Subject == "" {
		return nil, c, fmt.Errorf("%w: the provider's statement is of another sign-in", errNotAllowed)
	}
	if err := token.Claims(&c); err != nil {
		return nil, c, fmt.Errorf("%w: the provider's statement cannot be read", errNotAllowed)
	}
	return token, c, nil
}

// accountHolder returns who signs in: by issuer and subject; the first time by an address that the provider vouches for.
func (s *Server) accountHolder(ctx context.Context, v *visit, token *oidc.IDToken, c claims) (int64, error) {
	p, err := s.o.House.LinkedPerson(ctx, token.Issuer, token.Subject)
	if err == nil || !errors.Is(err, tertial.ErrNotFound) {
		return p.ID, err
	}
	verified := c.Verified == true || c.Verified == "true"
	if !isAddress(c.Email) || !verified && !s.provider.o.TrustEmail {
		return 0, tertial.ErrNotFound
	}
	if p, err = s.o.House.Person(ctx, c.Email); err != nil {
		return 0, err
	}
	return p.ID, s.o.House.LinkPerson(ctx, v.stampFor(p.ID, "oidc"), p.ID, token.Issuer, token.Subject)
}
