package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// editPage is the form of an action, that there is or that is to be.
type editPage struct {
	tertial.Action
	New      bool
	Roles    []tertial.Role
	Conflict []conflictLine // what somebody else has written meanwhile
	Year     int
	// MaxTitle and MaxText are how long the fields may be.
	MaxTitle, MaxText int
}

// Priorities lists those that can be chosen.
func (p *editPage) Priorities() []tertial.Priority { return tertial.Priorities() }

// conflictLine is a field of a form whose action somebody else has changed: what was written, and what there is now.
type conflictLine struct {
	Field     string // names a text
	Mine, Now string
}

// actionDraft is what the form of an action says.
type actionDraft struct {
	title, description                string
	clauses                           []string
	priority                          tertial.Priority
	responsible, contributors, follow []string
	start, due                        tertial.Date
}

// formDraft reads the fields that new and old actions have in common.
func formDraft(f form) actionDraft {
	d := actionDraft{title: f.need("title", titleText), description: f.prose("description", descriptionText),
		responsible: formRoles(f, "responsible"), contributors: formRoles(f, "contributors"), follow: formRoles(f, "follow_up"),
		start: f.date("start"), due: f.date("due")}
	d.priority = tertial.Priority(f.pick("priority", stringsOf(tertial.Priorities())...))
	for _, s := range strings.FieldsFunc(f.text("clauses", 400), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		clause, ok := gap.Clause(s)
		if !ok {
			f.complain("clauses", "action.wrong.clauses")
			break
		}
		if !slices.Contains(d.clauses, clause) {
			d.clauses = append(d.clauses, clause)
		}
	}
	if len(d.clauses) == 0 && f.ok() {
		f.complain("clauses", "action.wrong.clauses")
	}
	checkDueDate(f, "start", d.start)
	checkDueDate(f, "due", d.due)
	if !d.due.IsZero() && d.start.After(d.due) {
		f.complain("start", "action.wrong.start")
	}
	return d
}

// formRoles reads a field with a role on each line.
func formRoles(f form, field string) []string {
	list := []string{}
	for line := range strings.Lines(f.prose(field, 20*roleText)) {
		role := strings.TrimSpace(line)
		if role == "" || slices.ContainsFunc(list, func(x string) bool { return tertial.RoleKey(x) == tertial.RoleKey(role) }) {
			continue
		}
		if strings.Contains(role, ";") || len([]rune(role)) > roleText {
			f.complain(field, "action.wrong.role")
			break
		}
		list = append(list, role)
	}
	return list
}

// stringsOf returns the values of a list as strings.
func stringsOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

// lay puts the draft over an action. A due date that differs from the one there was is confirmed by whoever wrote it.
func (d *actionDraft) lay(a *tertial.Action) error {
	a.Title, a.Description, a.Clauses, a.Priority = d.title, d.description, d.clauses, d.priority
	a.Responsible, a.Contributors, a.FollowUp = d.responsible, d.contributors, d.follow
	a.AskOfParties()
	a.Timing.Start = d.start
	if d.due != a.Timing.Due {
		return a.Confirm(d.due, d.due.IsZero())
	}
	return nil
}

// editForm shows the form of an action.
func (s *Server) editForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, _, _, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	return s.showEdit(w, r, v, http.StatusOK, editPage{Action: a})
}

func (s *Server) showEdit(w http.ResponseWriter, r *http.Request, v *visit, status int, page editPage) error {
	var err error
	if page.Roles, err = s.offeredRoles(r); err != nil {
		return err
	}
	page.MaxTitle, page.MaxText = titleText, descriptionText
	return s.show(w, r, v, status, "action_edit", &page)
}

// editAction stores the form of an action. Where somebody else was faster the form is shown again with both versions.
func (s *Server) editAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	d, ref, status := formDraft(f), r.PathValue("ref"), http.StatusUnprocessableEntity
	if f.ok() {
		_, err = s.o.House.EditAction(r.Context(), v.stamp("web edit"), ref, f.number("version", 1, maxVersion), d.lay)
		switch {
		case err == nil:
			return s.sent(w, r, v, actionPath(ref), "action.did.edit", "Ref", ref)
		case errors.Is(err, tertial.ErrConflict):
			status = http.StatusConflict
		case !f.reject(err):
			return err
		}
	}
	a, _, _, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	page := editPage{Action: a}
	if status == http.StatusConflict {
		page.Conflict = d.against(&a, v)
	}
	v.complain(f)
	return s.showEdit(w, r, v, status, page)
}

// against lists the fields in which the draft and the action differ.
func (d *actionDraft) against(a *tertial.Action, v *visit) []conflictLine {
	roles := func(list []string) string { return strings.Join(list, ", ") }
	priority := func(p tertial.Priority) string { return v.T("priority." + string(p)) }
	var lines []conflictLine
	for _, l := range []conflictLine{
		{"history.field.title", d.title, a.Title},
		{"history.field.description", d.description, a.Description},
		{"history.field.clauses", roles(d.clauses), roles(a.Clauses)},
		{"history.field.priority", priority(d.priority), priority(a.Priority)},
		{"history.field.responsible", roles(d.responsible), roles(a.Responsible)},
		{"history.field.contributors", roles(d.contributors), roles(a.Contributors)},
		{"history.field.follow_up", roles(d.follow), roles(a.FollowUp)},
		{"history.field.start", d.start.String(), a.Timing.Start.String()},
		{"history.field.due", d.due.String(), a.Timing.Due.String()},
	} {
		if l.Mine != l.Now {
			lines = append(lines, l)
		}
	}
	return lines
}

// newAction shows the form of an action that is to be. An address may say which requirement it is about.
func (s *Server) newAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := editPage{New: true, Year: v.Today.Year(), Action: tertial.Action{Priority: tertial.Medium}}
	if clause, ok := gap.Clause(r.URL.Query().Get("clause")); ok {
		page.Clauses = []string{clause}
	}
	return s.showEdit(w, r, v, http.StatusOK, page)
}

// addAction stores a new action. Its date is given, or read from a phrase in the way of a gap analysis.
func (s *Server) addAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	d, year, phrase := formDraft(f), f.number("plan_year", 1990, 2200), f.text("timing", 200)
	steps := formSteps(f, "steps")
	if phrase != "" && !d.due.IsZero() {
		f.complain("timing", "action.wrong.both")
	}
	if f.ok() {
		a, err := s.draft(r, v, &d, year, phrase, steps)
		if err == nil {
			a, err = s.o.House.AddAction(r.Context(), v.stamp("web add"), a)
		}
		if err == nil {
			return s.sent(w, r, v, actionPath(a.Ref), "action.did.add", "Ref", a.Ref)
		}
		if !f.reject(err) {
			return err
		}
	}
	v.complain(f)
	return s.showEdit(w, r, v, http.StatusUnprocessableEntity, editPage{New: true, Year: v.Today.Year()})
}

// draft makes the action of a form.
func (s *Server) draft(r *http.Request, v *visit, d *actionDraft, year int, phrase string, steps []string) (tertial.Action, error) {
	a := tertial.Action{Status: tertial.Open, PlanYear: year, Dated: v.Today, Created: tertial.Instant{Time: v.Now}}
	wheel, err := s.o.House.Wheel(r.Context())
	if err != nil {
		return a, err
	}
	a.Timing = timing.Parse(phrase, year, v.Today, wheel)
	due, start := d.due, d.start
	if due.IsZero() {
		d.due = a.Timing.Due // the reading's counts: lay must not take it for a date that a person took away
	}
	if start.IsZero() {
		d.start = a.Timing.Start
	}
	if err := d.lay(&a); err != nil {
		return a, err
	}
	for _, title := range steps {
		a.Steps = append(a.Steps, tertial.Step{Title: title})
	}
	a.AskOfTiming(v.Today)
	a.AskOfParties()
	a.Normalise()
	return a, nil
}
