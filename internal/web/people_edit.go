package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	nameLength    = 200
	addressLength = 320
)

// personPage is a person: who they are, what they hold and when they are away.
type personPage struct {
	Person   tertial.Person
	New      bool
	Seen     string // what the page was made from, so that nobody's change is undone unseen
	Holdings []holdingRow
	Away     string // "", "now", "coming" or "past"
	Manager  *tertial.Person
	Deputy   *tertial.Person
	Roles    []string // those that there are, to choose from
	Today    tertial.Date
	Asked    string // the form that must be corrected: "edit", "absence" or "role"

	v *visit
}

// Value returns what a field of one of the page's forms holds: what was written, in the form that must be corrected.
func (p *personPage) Value(form, field string, otherwise any) string {
	if p.Asked == form {
		return p.v.Value(field, otherwise)
	}
	return fmt.Sprint(otherwise)
}

// holdingRow is a role held for a time, as it stands today.
type holdingRow struct {
	tertial.Holding
	State string // "past", "now" or "coming"
}

// showPerson shows a person.
func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	x, err := s.personOf(r)
	if err != nil {
		return err
	}
	return s.personAgain(w, r, v, http.StatusOK, x)
}

// personOf reads the person that the address names.
func (s *Server) personOf(r *http.Request) (*tertial.Person, error) {
	id, err := pathNumber(r, "id")
	if err != nil {
		return nil, err
	}
	x, err := s.o.House.PersonByID(r.Context(), id)
	return &x, err
}

// personAgain shows a person's page, also after a form that must be corrected.
func (s *Server) personAgain(w http.ResponseWriter, r *http.Request, v *visit, status int, x *tertial.Person) error {
	page := &personPage{v: v, Asked: v.Value("form", ""), Person: *x, New: x.ID == 0, Seen: fingerprintOf(x), Today: v.Today}
	for _, h := range x.Holdings {
		page.Holdings = append(page.Holdings, holdingRow{h, stateOf(h.From, h.To, v.Today)})
	}
	if !x.AwayFrom.IsZero() {
		page.Away = stateOf(x.AwayFrom, x.AwayTo, v.Today)
	}
	var err error
	if page.Manager, err = s.named(r, x.Manager); err != nil {
		return err
	}
	if page.Deputy, err = s.named(r, x.Deputy); err != nil {
		return err
	}
	if v.Viewer.Coordinator {
		roles, err := s.o.House.Roles(r.Context())
		if err != nil {
			return err
		}
		for _, role := range roles[:min(len(roles), 300)] {
			page.Roles = append(page.Roles, role.Name)
		}
		sortByName(page.Roles, func(name *string) (string, string) { return *name, "" })
	}
	return s.show(w, r, v, status, "person", page)
}

// named returns the person of an address, nil for none.
func (s *Server) named(r *http.Request, address string) (*tertial.Person, error) {
	if address == "" {
		return nil, nil
	}
	x, err := s.o.House.Person(r.Context(), address)
	if errors.Is(err, tertial.ErrNotFound) {
		return nil, nil
	}
	return &x, err
}

// stateOf tells where a time lies from today; no first day is the beginning of time, no last day is until further notice.
func stateOf(from, to, today tertial.Date) string {
	switch {
	case today.Before(from):
		return "coming"
	case !to.IsZero() && to.Before(today):
		return "past"
	}
	return "now"
}

// fingerprintOf is a short name for all that is known of a person.
func fingerprintOf(x *tertial.Person) string {
	b, _ := json.Marshal(x) // of texts and dates alone: it cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// showNewPerson shows the form for somebody new.
func (s *Server) showNewPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.personAgain(w, r, v, http.StatusOK, &tertial.Person{Frequency: tertial.Daily})
}

// addPerson adds somebody. An address that is there already is a conflict: nobody is overwritten.
func (s *Server) addPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	x := tertial.Person{Frequency: tertial.Daily, Holdings: []tertial.Holding{}}
	readPersonForm(form, &x)
	if role := form.text("role", nameLength); role != "" {
		x.Holdings = append(x.Holdings, tertial.Holding{Role: role})
	}
	if form.ok() {
		switch _, err := s.o.House.Person(r.Context(), x.Email); {
		case err == nil:
			form.complain("email", "person.wrong.taken")
		case !errors.Is(err, tertial.ErrNotFound):
			return err
		}
	}
	if form.ok() {
		_, _, err := s.o.House.SavePeople(r.Context(), v.stamp("people new"), []tertial.Person{x})
		if err != nil && !form.reject(err) {
			return err
		}
	}
	if !form.ok() {
		v.complain(form)
		return s.personAgain(w, r, v, http.StatusUnprocessableEntity, &x)
	}
	to := "/people"
	if stored, err := s.o.House.Person(r.Context(), x.Email); err == nil {
		to = fmt.Sprintf("/people/%d", stored.ID)
	}
	return s.sent(w, r, v, to, "person.added", "Name", x.Name)
}

// readPersonForm reads the fields that a new person and a changed one share.
func readPersonForm(form form, x *tertial.Person) {
	x.Name = form.need("name", nameLength)
	x.Email = formAddress(form, "email", true)
	x.Manager = formAddress(form, "manager", false)
	x.Deputy = formAddress(form, "deputy", false)
	x.Language = form.pick("language", "", "sv", "en")
	x.Frequency = tertial.Frequency(form.pick("frequency", string(tertial.Daily), string(tertial.Weekly)))
}

// formAddress reads one mail address.
func formAddress(form form, field string, must bool) string {
	text := strings.TrimSpace(form.raw(field))
	if text == "" && !must {
		return ""
	}
	address, err := gap.Address(text)
	if err != nil || len(text) > addressLength {
		form.complain(field, "person.wrong.address")
	}
	return address
}

// editPerson changes who somebody is.
func (s *Server) editPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changePerson(w, r, v, "person.changed", func(form form, x *tertial.Person) {
		before := x.Email
		readPersonForm(form, x)
		if x.Email != before || form.chosen("settled") {
			x.Suspect = "" // a person has looked, and says that this is the address
		}
	})
}

// setAbsence says when somebody is away; without dates they are back.
func (s *Server) setAbsence(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changePerson(w, r, v, "person.absence.set", func(form form, x *tertial.Person) {
		x.AwayFrom, x.AwayTo = form.date("away_from"), form.date("away_to")
		if form.chosen("back") {
			x.AwayFrom, x.AwayTo = tertial.Date{}, tertial.Date{}
			return
		}
		switch {
		case form.ok() && x.AwayFrom.IsZero():
			form.complain("away_from", "form.missing")
		case form.ok() && !x.AwayTo.IsZero() && x.AwayTo.Before(x.AwayFrom):
			form.complain("away_to", "person.wrong.order")
		}
	})
}

// addHolding gives somebody a role.
func (s *Server) addHolding(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changePerson(w, r, v, "person.role.added", func(form form, x *tertial.Person) {
		h := tertial.Holding{Role: form.need("role", nameLength), From: form.date("from"), To: form.date("to")}
		if form.ok() && !h.To.IsZero() && h.To.Before(h.From) {
			form.complain("to", "person.wrong.order")
		}
		for i := range x.Holdings {
			old := &x.Holdings[i]
			if tertial.RoleKey(old.Role) == tertial.RoleKey(h.Role) && old.From == h.From {
				old.To = h.To
				return
			}
		}
		x.Holdings = append(x.Holdings, h)
	})
}

// endHolding ends a role on a day; one that would begin later falls away.
func (s *Server) endHolding(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.changePerson(w, r, v, "person.role.ended", func(form form, x *tertial.Person) {
		role, from, last := form.need("role", nameLength), form.date("from"), form.date("last")
		if form.ok() && last.IsZero() {
			form.complain("", "person.wrong.last")
		}
		if !form.ok() {
			return
		}
		kept := []tertial.Holding{}
		found := false
		for _, h := range x.Holdings {
			switch {
			case tertial.RoleKey(h.Role) != tertial.RoleKey(role) || h.From != from:
				kept = append(kept, h)
			case h.From.After(last):
				found = true
			default:
				found = true
				h.To = last
				kept = append(kept, h)
			}
		}
		if !found {
			form.complain("", "person.wrong.role")
		}
		x.Holdings = kept
	})
}

// changePerson changes a person by a form, where they still are as the page has shown them.
func (s *Server) changePerson(w http.ResponseWriter, r *http.Request, v *visit, done string, change func(form, *tertial.Person)) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	x, err := s.personOf(r)
	if err != nil {
		return err
	}
	tried := *x
	tried.Holdings = append([]tertial.Holding{}, x.Holdings...)
	change(form, &tried)
	if form.ok() {
		seen := form.raw("seen")
		_, err := s.o.House.EditPerson(r.Context(), v.stamp("people"), x.Email, func(now *tertial.Person) error {
			if seen != fingerprintOf(now) {
				return fmt.Errorf("%w: somebody has changed %s since the page was made", tertial.ErrConflict, now.Name)
			}
			id := now.ID
			*now = tried
			now.ID = id
			return nil
		})
		if err != nil && !form.reject(err) {
			return err
		}
	}
	if !form.ok() {
		v.complain(form)
		return s.personAgain(w, r, v, http.StatusUnprocessableEntity, x)
	}
	return s.sent(w, r, v, fmt.Sprintf("/people/%d", x.ID), done, "Name", tried.Name)
}
