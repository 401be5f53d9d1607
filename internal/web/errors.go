package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tertial/internal/tertial"
)

// What goes wrong in a request itself, beside the errors of internal/tertial.
var (
	errUnreadable = errors.New("unreadable")
	errNoPage     = errors.New("no such page")
	errNotAllowed = errors.New("not allowed")
	errNotSigned  = errors.New("not signed in")
	errForgery    = errors.New("not from a form of ours")
	errMethod     = errors.New("no such method")
	errTooLarge   = errors.New("too large")
	errTooMany    = errors.New("too many requests")
	errLink       = errors.New("no such link")
	errStays      = errors.New("the answer stays")
)

// fault is an error as a page: the one table of errors and statuses.
type fault struct {
	err    error
	status int
	text   string // "404" for error.404.title and error.404.text
	why    bool   // what the error says may be shown to the coordinator
}

func faultOf(err error) fault {
	for _, f := range [...]fault{
		{errUnreadable, http.StatusBadRequest, "400", false},
		{errNoPage, http.StatusNotFound, "404", false},
		{errStays, http.StatusConflict, "stays", false},
		{errLink, http.StatusNotFound, "link", false},
		{errNotAllowed, http.StatusForbidden, "403", false},
		{errNotSigned, http.StatusUnauthorized, "401", false},
		{errForgery, http.StatusForbidden, "forgery", false},
		{errMethod, http.StatusMethodNotAllowed, "405", false},
		{errTooLarge, http.StatusRequestEntityTooLarge, "413", false},
		{errTooMany, http.StatusTooManyRequests, "429", false},
		{tertial.ErrNotFound, http.StatusNotFound, "404", false},
		{tertial.ErrInvalid, http.StatusUnprocessableEntity, "422", true},
		{tertial.ErrConflict, http.StatusConflict, "409", true},
		{tertial.ErrRefused, http.StatusConflict, "409", true},
		{tertial.ErrUnavailable, http.StatusServiceUnavailable, "503", false},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, "503", false},
	} {
		if errors.Is(err, f.err) {
			return f
		}
	}
	return fault{err, http.StatusInternalServerError, "500", false}
}

// failure is the data of the page of an error.
type failure struct {
	Title, Text string
	Why         string // in English, as the log has it
	Back        string // where to go on
	ID          string // of the request
}

// fail shows an error as a page. What nobody could expect is logged with the number that the page shows.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // whoever asked has gone
	}
	f := faultOf(err)
	note(w, f.status, err)
	if v == nil {
		v = s.blank(r)
	}
	d := failure{Title: v.T("error." + f.text + ".title"), Text: v.T("error." + f.text + ".text")}
	switch {
	case f.status >= 500:
		d.ID = v.id
	case f.why && v.SignedIn && v.Viewer.Coordinator:
		d.Why = reason(err)
	}
	if v.SignedIn {
		d.Back = "/"
	}
	switch f.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
	}
	w.Header().Set("Cache-Control", "no-store")
	if wrong := s.show(w, r, v, f.status, "error", d); wrong != nil {
		http.Error(w, d.Title, f.status)
	}
}

// blank is a visit of which nothing is known but the language.
func (s *Server) blank(r *http.Request) *visit {
	v, err := s.visit(r, byLink)
	if err != nil { // it looks at nothing that could fail
		v = &visit{}
		s.speak(v, s.o.Rules.Language)
	}
	return v
}

// refuse answers a request that has not the permit: a page is shown after signing in, an act is not done.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, v *visit) {
	switch {
	case v.SignedIn:
		s.fail(w, r, v, errNotAllowed)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		to := "/signin"
		switch {
		case r.URL.Path == "/" && s.o.Demo:
			to = "/demo"
		case r.URL.Path != "/":
			to += "?next=" + url.QueryEscape(local(r.URL.RequestURI()))
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	default:
		s.fail(w, r, v, errNotSigned)
	}
}

// reason is what an error of internal/tertial says after the word for its kind.
func reason(err error) string {
	text := err.Error()
	for _, kind := range []error{tertial.ErrInvalid, tertial.ErrConflict, tertial.ErrRefused} {
		if _, after, found := strings.Cut(text, kind.Error()+": "); found {
			text = after
		}
	}
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// unmatched answers a request that no route takes: there is no such page, not by that method, or under another address.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request, h http.Handler) {
	probe := &outcome{header: make(http.Header)}
	h.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.header.Get("Allow"))
		s.fail(w, r, nil, errMethod)
	case http.StatusMovedPermanently, http.StatusPermanentRedirect, http.StatusTemporaryRedirect:
		http.Redirect(w, r, local(probe.header.Get("Location")), probe.status)
	default:
		s.fail(w, r, nil, errNoPage)
	}
}

// outcome is what the mux would have answered.
type outcome struct {
	header http.Header
	status int
}

func (o *outcome) Header() http.Header { return o.header }
func (o *outcome) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
}
func (o *outcome) Write(b []byte) (int, error) { return len(b), nil }
