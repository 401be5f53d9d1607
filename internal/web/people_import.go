package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	uploadBody = uploadBytes + 256<<10 // a file with the form round it
	drawnRows  = 80                    // rows of a preview that a page shows
	drawnWrong = 50                    // problems of a preview that a page shows
)

// peopleImportPage is the form for a list of people, and then what the list would do.
type peopleImportPage struct {
	File     carried
	Shown    bool // there is a preview
	Rows     []peopleImportRow
	More     int
	Problems []tertial.Problem
	Hidden   int // problems that are not shown
	Errors   bool
	Added    int
	Changed  int
	Same     int
}

type peopleImportRow struct {
	tertial.Person
	State string // "new", "changed" or "same"
}

// showPeopleImport shows the form.
func (s *Server) showPeopleImport(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.show(w, r, v, http.StatusOK, "people_import", &peopleImportPage{})
}

// previewPeople shows what a list would do. It stores nothing.
func (s *Server) previewPeople(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	page := &peopleImportPage{}
	upload := oneFile(form, "file")
	if form.ok() {
		err := s.drawPeople(r, v, page, upload)
		if err != nil && !rejectFile(form, err) {
			return err
		}
	}
	if !form.ok() {
		v.complain(form)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "people_import", &peopleImportPage{})
	}
	return s.show(w, r, v, http.StatusOK, "people_import", page)
}

// oneFile returns the file of a field, which must hold exactly one.
func oneFile(form form, field string) tertial.Upload {
	files := form.files(field)
	if len(files) != 1 || len(files[0].Content) == 0 {
		form.complain(field, "imports.wrong.file")
		return tertial.Upload{}
	}
	return files[0]
}

// rejectFile takes note that a file as a whole cannot be taken, where the error says so.
func rejectFile(form form, err error) bool {
	if !errors.Is(err, tertial.ErrInvalid) && !errors.Is(err, tertial.ErrRefused) {
		return false
	}
	form.complain("file", "imports.wrong.unread", "Why", reason(err))
	return true
}

// drawPeople reads a list and compares it with who is there.
func (s *Server) drawPeople(r *http.Request, v *visit, page *peopleImportPage, upload tertial.Upload) error {
	people, problems, err := gap.ReadPeople(upload.Content, upload.Name)
	if err != nil {
		return err
	}
	if page.File, err = carry(upload.Name, upload.Content); err != nil {
		return err
	}
	known := make(map[string]tertial.Person)
	for x, err := range s.o.House.People(r.Context()) {
		if err != nil {
			return err
		}
		known[emailKey(x.Email)] = x
	}
	page.Shown = true
	for _, x := range people {
		row := peopleImportRow{x, "new"}
		if before, ok := known[emailKey(x.Email)]; ok {
			row.State = "changed"
			if samePerson(&before, &x) {
				row.State = "same"
			}
		}
		switch row.State {
		case "new":
			page.Added++
		case "changed":
			page.Changed++
		default:
			page.Same++
		}
		if len(page.Rows) < drawnRows {
			page.Rows = append(page.Rows, row)
		}
	}
	page.More = len(people) - len(page.Rows)
	page.Problems = problems[:min(len(problems), drawnWrong)]
	page.Hidden = len(problems) - len(page.Problems)
	page.Errors = hasErrors(problems)
	return nil
}

func hasErrors(problems []tertial.Problem) bool {
	return slices.ContainsFunc(problems, func(p tertial.Problem) bool { return p.Severity == tertial.SeverityError })
}

// samePerson reports whether a row of a list says what is stored already.
func samePerson(stored, row *tertial.Person) bool {
	if stored.Name != row.Name || stored.Language != row.Language || stored.Frequency != row.Frequency ||
		emailKey(stored.Manager) != emailKey(row.Manager) || emailKey(stored.Deputy) != emailKey(row.Deputy) ||
		stored.AwayFrom != row.AwayFrom || stored.AwayTo != row.AwayTo || len(stored.Holdings) != len(row.Holdings) {
		return false
	}
	for _, h := range row.Holdings {
		if !slices.ContainsFunc(stored.Holdings, func(x tertial.Holding) bool {
			return tertial.RoleKey(x.Role) == tertial.RoleKey(h.Role) && x.From == h.From && x.To == h.To
		}) {
			return false
		}
	}
	return true
}

// applyPeople stores a list that has been looked at: all of it, or nothing.
func (s *Server) applyPeople(w http.ResponseWriter, r *http.Request, v *visit) error {
	form, err := readForm(r, 0)
	if err != nil {
		return err
	}
	upload := carriedFile(form)
	var added, changed int
	if form.ok() {
		people, problems, err := gap.ReadPeople(upload.Content, upload.Name)
		switch {
		case err != nil && !rejectFile(form, err):
			return err
		case err == nil && hasErrors(problems):
			form.complain("file", "imports.wrong.rows")
		case err == nil:
			added, changed, err = s.o.House.SavePeople(r.Context(), v.stamp("people import"), people)
			if err != nil && !rejectFile(form, err) {
				return err
			}
		}
	}
	if !form.ok() {
		v.complain(form)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "people_import", &peopleImportPage{})
	}
	return s.sent(w, r, v, "/people", "people.imported", "Added", added, "Changed", changed)
}

// carriedFile returns the file that was looked at, from the page or chosen again; another one is refused.
func carriedFile(form form) tertial.Upload {
	c := carried{Name: form.text("name", nameLength), SHA256: form.raw("sha256")}
	upload := tertial.Upload{Name: c.Name}
	if packed := form.raw("packed"); packed != "" {
		content, err := unpack(packed)
		if err != nil {
			form.complain("file", "imports.wrong.damaged")
			return upload
		}
		upload.Content = content
	} else if upload = oneFile(form, "file"); !form.ok() {
		return upload
	}
	if !c.same(upload.Content) {
		form.complain("file", "imports.wrong.other")
	}
	upload.Name = c.Name
	return upload
}

// whole is an error unless a preview may be stored.
func whole(p *tertial.Preview) error {
	if p.HasErrors() {
		return fmt.Errorf("%w: some rows cannot be read", tertial.ErrRefused)
	}
	return nil
}
