package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"tertial/internal/tertial"
	"tertial/templates"
)

// visit is one request as the pages see it: who asks, in which language, and what day it is.
type visit struct {
	Viewer   tertial.Viewer
	SignedIn bool
	Lang     string
	Now      time.Time
	Today    tertial.Date
	// Token stands in every form of a person who is signed in; a POST without it is refused.
	Token string
	Path  string
	Flash string // what the last POST did

	Organisation, Version string
	Demo                  bool

	Complaints []complaint // what the form got wrong

	id    string // of the request, as the log has it
	texts *templates.Texts
	rules *tertial.Rules
	link  *link // what a link in a mail leads to
	again *form // a form that is shown again with what was written in it
}

// T returns a text with its placeholders filled from pairs of names and values.
func (v *visit) T(id string, args ...any) string { return say(v.texts, id, args...) }

// Nav lists the menu.
func (v *visit) Nav() []navItem { return v.nav() }

// speak changes the language of the visit to a person's, where they have chosen one.
func (s *Server) speak(v *visit, lang string) {
	if lang != "" {
		v.Lang = lang
	}
	v.texts = s.texts(v.Lang)
	v.Lang = v.texts.Language()
}

// stamp says that the visit's person changes something now, by way of a page.
func (v *visit) stamp(via string) tertial.Stamp { return v.stampFor(v.Viewer.Person.ID, via) }

// stampFor is stamp where the person is known by a link instead.
func (v *visit) stampFor(person int64, via string) tertial.Stamp {
	return v.rules.Stamp(fmt.Sprintf("person:%d", person), via, v.Now)
}

// Wrong returns what is wrong with a field, "" where nothing is.
func (v *visit) Wrong(field string) string {
	for _, c := range v.Complaints {
		if c.Field == field {
			return c.Text
		}
	}
	return ""
}

// Value returns what was written into a field before, or what it holds otherwise.
func (v *visit) Value(field string, otherwise any) string {
	if v.again.read() {
		return v.again.raw(field)
	}
	if otherwise == nil {
		return ""
	}
	return fmt.Sprint(otherwise)
}

// complain shows the form again: what is wrong with it, and what was written.
func (v *visit) complain(f form) {
	v.again = &f
	for _, c := range f.state.complaints {
		c.Text = v.T(c.id, c.args...)
		v.Complaints = append(v.Complaints, c)
	}
}

// visit finds out who asks. Sessions are looked at only where the route does.
func (s *Server) visit(r *http.Request, may permit) (*visit, error) {
	now := s.o.Clock()
	v := &visit{
		Now: now, Today: s.o.Rules.Today(now), Path: r.URL.Path, Organisation: s.o.Organisation, Version: s.o.Version, Demo: s.o.Demo,
		id: requestID(r.Context()), rules: &s.o.Rules,
	}
	s.speak(v, s.preferred(r))
	if may == byLink {
		return v, nil
	}
	ctx := r.Context()
	person := s.sessions.GetInt64(ctx, sessionPerson)
	if person == 0 {
		return v, nil
	}
	viewer, err := s.o.House.Viewer(ctx, person, v.Today)
	if errors.Is(err, tertial.ErrNotFound) { // removed since
		return v, s.sessions.Destroy(ctx)
	}
	if err != nil {
		return v, err
	}
	v.Viewer, v.SignedIn, v.Token = viewer, true, s.sessions.GetString(ctx, sessionToken)
	s.speak(v, viewer.Person.Language)
	if viewer.Person.Language == "" {
		s.speak(v, s.o.Rules.Language)
	}
	if s.sessions.Exists(ctx, sessionFlash) && r.Method == http.MethodGet {
		v.Flash = s.sessions.PopString(ctx, sessionFlash)
	}
	return v, nil
}

// preferred returns the language that a browser asks for, the instance's where it asks for none that there is.
func (s *Server) preferred(r *http.Request) string {
	header := r.Header.Get("Accept-Language")
	if header == "" || len(header) > 200 {
		return s.o.Rules.Language
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return s.o.Rules.Language
	}
	for _, tag := range tags {
		base, _ := tag.Base()
		for _, lang := range templates.Languages() {
			if base.String() == lang {
				return lang
			}
		}
	}
	return s.o.Rules.Language
}
