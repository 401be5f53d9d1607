package web

import (
	"fmt"
	"net/http"
	"strings"
)

// permit says who may use a route.
type permit int

// The permits. Whoever coordinates may do all; an auditor reads everything and changes nothing; management sees the overview,
// the reports and what belongs to them. byLink is for secrets in addresses: no session is looked at, none is made.
const (
	anybody     permit = iota // signed in or not
	byLink                    // who has the address
	signedIn                  // every person
	manages                   // management, auditors, the coordinator
	reads                     // auditors, the coordinator
	coordinates               // the coordinator
)

// allows reports whether a visit has the permit.
func (p permit) allows(v *visit) bool {
	switch p {
	case anybody, byLink:
		return true
	case signedIn:
		return v.SignedIn
	case manages:
		return v.SignedIn && (v.Viewer.Management || v.Viewer.Reads())
	case reads:
		return v.SignedIn && v.Viewer.Reads()
	case coordinates:
		return v.SignedIn && v.Viewer.Coordinator
	}
	return false
}

// route is one page or one act. A GET changes nothing; every act is a POST and ends in a redirect.
type route struct {
	pattern string // as of net/http: "GET /actions/{ref}"
	may     permit
	serve   func(http.ResponseWriter, *http.Request, *visit) error
	// body is how many bytes a POST may have, 0 for formBytes. With more than formBytes it may be a form with files.
	body int64
	// many names the fields that may stand more than once in the form; any other that does makes it unreadable.
	many []string
	// admit, where there is one, lets a request in or not before its body is read.
	admit func(*http.Request, *visit) error
}

// routes lists every route of the pages.
func (s *Server) routes() []route {
	var all []route
	for _, area := range [][]route{s.coreRoutes(), s.answerRoutes(), s.handOverRoutes(), s.mineRoutes(), s.actionRoutes(), s.houseRoutes(), s.demoRoutes()} {
		all = append(all, area...)
	}
	return all
}

// coreRoutes are those that belong to nobody's area: who is who, and the files that go with the pages.
func (s *Server) coreRoutes() []route {
	routes := []route{
		{pattern: "GET /{$}", may: signedIn, serve: s.front},
		{pattern: "GET /static/{name}", may: byLink, serve: s.static},
	}
	return append(routes, s.signInRoutes()...)
}

// mount puts every route on the mux.
func (s *Server) mount() (err error) {
	defer func() { // the mux panics on patterns that clash
		if p := recover(); p != nil {
			err = fmt.Errorf("web: routes: %v", p)
		}
	}()
	for _, r := range s.routes() {
		s.mux.Handle(r.pattern, s.handle(r))
	}
	s.mux.Handle("/api/v1/", s.apiHandler())
	return nil
}

// front leads to the page that a person most likely wants.
func (s *Server) front(w http.ResponseWriter, r *http.Request, v *visit) error {
	to := "/mine"
	if manages.allows(v) {
		to = "/overview"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// static serves a file; its name has its hash, so it may be kept for ever.
func (s *Server) static(w http.ResponseWriter, r *http.Request, _ *visit) error {
	f, ok := s.o.Templates.Static(r.PathValue("name"))
	if !ok {
		return errNoPage
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.Content)
	}
	return nil
}

// navItem is one entry of the menu.
type navItem struct {
	Path, Name string
	Current    bool
}

// nav lists the pages that a visit may open, in the order of the menu.
func (v *visit) nav() []navItem {
	if !v.SignedIn {
		return nil
	}
	var items []navItem
	for _, e := range [...]struct {
		name string
		may  permit
	}{
		{"overview", manages}, {"actions", reads}, {"mine", signedIn}, {"clauses", manages}, {"board", reads}, {"timeline", reads},
		{"wheel", signedIn}, {"dates", reads}, {"people", reads}, {"mail", reads}, {"imports", reads}, {"checks", reads},
		{"log", reads}, {"settings", reads}, {"help", signedIn},
	} {
		if !e.may.allows(v) {
			continue
		}
		path := "/" + e.name
		items = append(items, navItem{path, v.T("nav." + e.name), v.Path == path || strings.HasPrefix(v.Path, path+"/")})
	}
	return items
}
