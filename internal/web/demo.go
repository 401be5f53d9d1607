package web

import (
	"net/http"

	"tertial/internal/tertial"
)

// demoRoutes let whoever opens a demonstration be any of its people. Everywhere else there are none.
func (s *Server) demoRoutes() []route {
	if !s.o.Demo {
		return nil
	}
	return []route{
		{pattern: "GET /demo", may: anybody, serve: s.demo},
		{pattern: "POST /demo", may: anybody, serve: s.enterDemo},
	}
}

// demoPerson is somebody whom a visitor can be.
type demoPerson struct {
	tertial.Viewer
	Roles []string
}

// demo asks who the visitor wants to be.
func (s *Server) demo(w http.ResponseWriter, r *http.Request, v *visit) error {
	var people []demoPerson
	for p, err := range s.o.House.People(r.Context()) {
		if err != nil {
			return err
		}
		viewer, err := s.o.House.Viewer(r.Context(), p.ID, v.Today)
		if err != nil {
			return err
		}
		person := demoPerson{viewer, p.Roles(v.Today)}
		if viewer.Coordinator { // whom most visitors want to be
			people = append([]demoPerson{person}, people...)
		} else {
			people = append(people, person)
		}
	}
	return s.show(w, r, v, http.StatusOK, "demo", people)
}

// enterDemo signs the visitor in as the person chosen.
func (s *Server) enterDemo(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	p, err := s.o.House.Person(r.Context(), f.need("person", 254))
	if err != nil {
		return err
	}
	if err := s.begin(r, p.ID); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
