package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// signInPause is how long every answer to an address or a code takes, whether it is known or not.
const signInPause = 300 * time.Millisecond

// signInDigits is how long a code is.
const signInDigits = 8

func (s *Server) signInRoutes() []route {
	return []route{
		{pattern: "GET /signin", may: anybody, serve: s.signInForm},
		{pattern: "POST /signin", may: anybody, serve: s.askSignIn},
		{pattern: "POST /signin/code", may: anybody, serve: s.signInByCode},
		{pattern: "GET /signin/{token}", may: anybody, serve: s.signInLink},
		{pattern: "POST /signin/{token}", may: anybody, serve: s.signInByLink},
		{pattern: "POST /signout", may: signedIn, serve: s.signOut},
		{pattern: "GET /sessions", may: signedIn, serve: s.listSessions},
		{pattern: "POST /sessions/end", may: signedIn, serve: s.endSession},
		{pattern: "GET /setup/{secret}", may: anybody, serve: s.setUpForm},
		{pattern: "POST /setup/{secret}", may: anybody, serve: s.setUp},
		{pattern: "GET /oidc", may: anybody, serve: s.askProvider},
		{pattern: "GET /oidc/callback", may: anybody, serve: s.fromProvider},
	}
}

// signInPage is the data of the pages on which somebody signs in.
type signInPage struct {
	Email    string
	Next     string
	Provider string // what its button says, "" where there is none
	Action   string // where the button of a link leads
	Strange  bool   // the provider knows who it is, and nobody here does
}

func (s *Server) signInPage(next string) signInPage {
	p := signInPage{Next: local(next)}
	if s.provider != nil {
		p.Provider = s.provider.name()
	}
	return p
}

// signInForm asks for an address.
func (s *Server) signInForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := s.signInPage(r.URL.Query().Get("next"))
	if v.SignedIn {
		http.Redirect(w, r, p.Next, http.StatusSeeOther)
		return nil
	}
	return s.show(w, r, v, http.StatusOK, "signin", p)
}

// askSignIn sends a link and a code, and says the same of every address, in the same time.
func (s *Server) askSignIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	p := s.signInPage(f.raw("next"))
	p.Email = strings.ToLower(f.need("email", 254))
	if f.ok() && !isAddress(p.Email) {
		f.complain("email", "signin.email.wrong")
	}
	if !f.ok() {
		v.complain(f)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "signin", p)
	}
	if !s.limits.asks.take(network(s.client(r)), v.Now) {
		return errTooMany
	}
	done := s.slowly(r.Context())
	// Too many for one address are answered as all others are: the mails that have gone still work.
	if s.limits.mails.take(p.Email, v.Now) {
		if _, err := s.o.House.AskSignIn(r.Context(), v.rules.Stamp("visitor", "signin", v.Now), p.Email, agent(r.UserAgent())); err != nil {
			return err
		}
	}
	done()
	return s.show(w, r, v, http.StatusOK, "signin_code", p)
}

// isAddress reports whether a text is a bare mail address.
func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && a.Name == "" && strings.Contains(text, "@")
}

// slowly returns what waits until the pause since now has passed, so that time tells nothing.
func (s *Server) slowly(ctx context.Context) func() {
	if s.pause <= 0 {
		return func() {}
	}
	timer := time.NewTimer(s.pause)
	return func() {
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// signInByCode lets in who types the eight digits of the mail.
func (s *Server) signInByCode(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	p := s.signInPage(f.raw("next"))
	p.Email = strings.ToLower(f.text("email", 254))
	code := strings.NewReplacer(" ", "", "-", "").Replace(f.text("code", 40))
	from := network(s.client(r))
	if s.limits.codes.spent(from, v.Now) {
		return errTooMany
	}
	done := s.slowly(r.Context())
	open, err := s.o.House.OpenSignIns(r.Context(), v.Now, p.Email)
	if err != nil {
		return err
	}
	var found tertial.SignIn
	for _, in := range open {
		if tertial.SameToken(code, s.o.Signer.SignInCode(in.ID, in.Person)) && len(code) == signInDigits {
			found = in
		}
	}
	if found.ID == 0 {
		s.limits.codes.take(from, v.Now)
		for _, in := range open {
			if err := s.o.House.MissSignIn(r.Context(), v.Now, in.ID); err != nil {
				return err
			}
		}
		done()
		f.complain("code", "signin.code.wrong")
		v.complain(f)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "signin_code", p)
	}
	return s.spend(w, r, v, found, p.Next)
}

// signInLink shows the button behind a mailed link: following the link changes nothing.
func (s *Server) signInLink(w http.ResponseWriter, r *http.Request, v *visit) error {
	secretPage(w)
	token := r.PathValue("token")
	if _, err := s.signInOf(r, v, token); err != nil {
		return s.oldLink(w, r, v, err)
	}
	return s.show(w, r, v, http.StatusOK, "signin_link", signInPage{Action: "/signin/" + token})
}

// signInByLink spends a mailed link.
func (s *Server) signInByLink(w http.ResponseWriter, r *http.Request, v *visit) error {
	secretPage(w)
	in, err := s.signInOf(r, v, r.PathValue("token"))
	if err != nil {
		return s.oldLink(w, r, v, err)
	}
	return s.spend(w, r, v, in, "/")
}

// signInOf returns the request that a link's token is of, tertial.ErrNotFound for any token that lets nobody in.
func (s *Server) signInOf(r *http.Request, v *visit, token string) (tertial.SignIn, error) {
	from := network(s.client(r))
	if s.limits.links.spent(from, v.Now) {
		return tertial.SignIn{}, errTooMany
	}
	id, shaped := tertial.ParseToken(token)
	if !shaped {
		id = 0
	}
	in, err := s.o.House.SignIn(r.Context(), id)
	if err != nil && !errors.Is(err, tertial.ErrNotFound) {
		return in, err
	}
	right := tertial.SameToken(token, s.o.Signer.SignInToken(id, in.Person))
	if err != nil || !shaped || !right || !in.Spent.IsZero() || !v.Now.Before(in.Expires.Time) {
		s.limits.links.take(from, v.Now)
		return in, tertial.ErrNotFound
	}
	return in, nil
}

// oldLink is the page for every link that lets nobody in, whatever is wrong with it.
func (s *Server) oldLink(w http.ResponseWriter, r *http.Request, v *visit, err error) error {
	if !errors.Is(err, tertial.ErrNotFound) {
		return err
	}
	return s.show(w, r, v, http.StatusNotFound, "signin_old", s.signInPage("/"))
}

// spend uses a request up and begins the session.
func (s *Server) spend(w http.ResponseWriter, r *http.Request, v *visit, in tertial.SignIn, next string) error {
	ok, err := s.o.House.SpendSignIn(r.Context(), v.stampFor(in.Person, "signin"), in.ID)
	if err != nil {
		return err
	}
	if !ok {
		return s.oldLink(w, r, v, tertial.ErrNotFound)
	}
	if err := s.begin(r, in.Person); err != nil {
		return err
	}
	http.Redirect(w, r, local(next), http.StatusSeeOther)
	return nil
}

// signOut ends the session.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

// sessionRow is one browser on the page of those that a person is signed in with.
type sessionRow struct {
	tertial.Session
	Own bool // the one that asks
}

// listSessions shows where a person is signed in.
func (s *Server) listSessions(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.o.House.Sessions(r.Context(), time.Now(), v.Viewer.Person.ID)
	if err != nil {
		return err
	}
	own := sessionKey(s.sessions.Token(r.Context()))
	rows := make([]sessionRow, len(all))
	for i, session := range all {
		rows[i] = sessionRow{session, session.Key == own}
	}
	return s.show(w, r, v, http.StatusOK, "signin_sessions", rows)
}

// sessionKey is the key under which scs has the store keep a session.
func sessionKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// endSession signs another browser of the person out, or all of the others.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	all, err := s.o.House.Sessions(r.Context(), time.Now(), v.Viewer.Person.ID)
	if err != nil {
		return err
	}
	own, key := sessionKey(s.sessions.Token(r.Context())), f.raw("key")
	ended := 0
	for _, session := range all {
		if session.Key == own || key != "" && session.Key != key {
			continue
		}
		if err := s.o.House.EndSession(r.Context(), session.Key); err != nil {
			return err
		}
		ended++
	}
	if ended == 0 && key != "" {
		return tertial.ErrNotFound
	}
	return s.sent(w, r, v, "/sessions", "sessions.ended", "N", ended)
}

// setUpForm is the first page of an instance: who coordinates. The link to it is printed once, by the first start.
func (s *Server) setUpForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	secretPage(w)
	if s.limits.links.spent(network(s.client(r)), v.Now) {
		return errTooMany
	}
	open, err := s.o.House.SetUpOpen(r.Context())
	if err != nil {
		return err
	}
	if !open {
		return errNoPage
	}
	return s.show(w, r, v, http.StatusOK, "setup", r.PathValue("secret"))
}

// setUp makes the first person, who coordinates, and signs them in.
func (s *Server) setUp(w http.ResponseWriter, r *http.Request, v *visit) error {
	secretPage(w)
	from := network(s.client(r))
	if s.limits.links.spent(from, v.Now) {
		return errTooMany
	}
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	name, email := f.need("name", 120), strings.ToLower(f.need("email", 254))
	if f.ok() && !isAddress(email) {
		f.complain("email", "signin.email.wrong")
	}
	if f.ok() {
		p, err := s.o.House.SetUp(r.Context(), v.rules.Stamp("setup", "setup", v.Now), r.PathValue("secret"), name, email)
		switch {
		case err == nil:
			if err := s.begin(r, p.ID); err != nil {
				return err
			}
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		case errors.Is(err, tertial.ErrNotFound) || errors.Is(err, tertial.ErrRefused):
			s.limits.links.take(from, v.Now)
			return errNoPage
		case !f.reject(err):
			return err
		}
	}
	v.complain(f)
	return s.show(w, r, v, http.StatusUnprocessableEntity, "setup", r.PathValue("secret"))
}

// secretPage keeps the address of a page, which is a secret, from going anywhere.
func secretPage(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
}
