package web

import "net/http"

// helpPage says what each page is for.
type helpPage struct {
	Pages []string
	Roles []string
	Kinds []string // of answers
}

// showHelp shows it; who is not signed in may read it too, for the statement about accessibility.
func (s *Server) showHelp(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.show(w, r, v, http.StatusOK, "help", helpPage{
		Pages: []string{"overview", "actions", "mine", "clauses", "board", "timeline", "wheel", "dates", "people", "mail", "imports", "checks", "log", "settings"},
		Roles: []string{"coordinator", "owner", "management", "auditor"},
		Kinds: []string{"done", "on-track", "new-date", "hand-over", "blocked", "later"},
	})
}
