package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// view is what a template is executed with: the visit, and the page's own data.
type view struct {
	V    *visit
	D    any
	Page string
}

// show puts out a page: the template web/<page>.html inside the layout. Nothing is sent before all of it is made.
func (s *Server) show(w http.ResponseWriter, r *http.Request, v *visit, status int, page string, data any) error {
	t := s.pages[v.Lang][page]
	if t == nil {
		return fmt.Errorf("there is no page %q", page)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", view{v, data, page}); err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Lang)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // who has gone has gone
	}
	return nil
}

// sent ends a POST that has done what it should: the browser is led to a page that says so.
func (s *Server) sent(w http.ResponseWriter, r *http.Request, v *visit, to string, message string, args ...any) error {
	if v.SignedIn && message != "" {
		s.sessions.Put(r.Context(), sessionFlash, v.T(message, args...))
	}
	http.Redirect(w, r, local(to), http.StatusSeeOther)
	return nil
}

// local returns an address of ours, "/" in the place of any other.
func local(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "":
		return "/"
	case !strings.HasPrefix(to, "/"), strings.HasPrefix(to, "//"), strings.ContainsAny(to, "\\\r\n\t\x00"):
		return "/"
	case strings.HasPrefix(u.Path, "//"), strings.ContainsAny(u.Path, "\\\r\n\t\x00"):
		return "/"
	}
	return to
}
