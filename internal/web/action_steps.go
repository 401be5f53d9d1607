package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

const (
	// stepsMost is how many steps an action may have.
	stepsMost = 2000
	// stepText is how long the title of one may be.
	stepText = 200
)

// formSteps reads a field with a step on each line; marks of a list before them are left out.
func formSteps(f form, field string) []string {
	var steps []string
	for line := range strings.Lines(f.prose(field, descriptionText)) {
		title := strings.TrimSpace(strings.TrimLeft(line, "-–•* "))
		switch {
		case title == "" || slices.Contains(steps, title):
		case len([]rune(title)) > stepText:
			f.complain(field, "action.wrong.step", "Max", stepText)
			return nil
		default:
			steps = append(steps, title)
		}
	}
	return steps
}

// addStep adds steps, one a line, to an action's checklist. Those that are there already are left out.
func (s *Server) addStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	titles := formSteps(f, "step")
	if len(titles) == 0 && f.ok() {
		f.complain("step", "form.missing")
	}
	return s.change(w, r, v, f, "action.did.step", func(a *tertial.Action) error {
		for _, title := range titles {
			if !slices.ContainsFunc(a.Steps, func(x tertial.Step) bool { return strings.EqualFold(x.Title, title) }) {
				a.Steps = append(a.Steps, tertial.Step{Title: title})
			}
		}
		if len(a.Steps) > stepsMost {
			return fmt.Errorf("%w: step: %d are the most", tertial.ErrInvalid, stepsMost)
		}
		return nil
	})
}

// changeSteps stores which steps are done: those that are ticked. Owners may tick them too, and whose action has all its steps done has
// reported it done by that.
func (s *Server) changeSteps(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	before, _, may, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	if !may.ticks {
		return errNotAllowed
	}
	ticked := make([]bool, len(before.Steps))
	for _, text := range f.list("done") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n >= len(ticked) {
			return fmt.Errorf("%w: done: there is no such step", tertial.ErrInvalid)
		}
		ticked[n] = true
	}
	var after tertial.Action
	edit := func(a *tertial.Action) error {
		if a.Status.Closed() {
			return fmt.Errorf("%w: %s is %s", tertial.ErrRefused, a.Ref, a.Status)
		}
		if len(a.Steps) != len(ticked) {
			return fmt.Errorf("%w: the steps of %s have changed", tertial.ErrConflict, a.Ref)
		}
		for i := range a.Steps {
			a.Steps[i].Done = ticked[i]
		}
		after = *a
		return nil
	}
	_, err = s.o.House.EditAction(r.Context(), v.stamp("web steps"), before.Ref, f.number("version", 1, maxVersion), edit)
	switch {
	case errors.Is(err, tertial.ErrConflict):
		v.complain(f)
		return s.actionPage(w, r, v, http.StatusConflict)
	case err != nil:
		return err
	}
	finished := len(after.Steps) > 0 && after.StepsDone() == len(after.Steps) && before.StepsDone() < len(before.Steps)
	if finished && !may.edits && (after.Status == tertial.Open || after.Status == tertial.InProgress) {
		if _, err := s.o.House.ReportDone(r.Context(), v.stamp("web steps"), before.Ref, v.Viewer.Person.ID); err != nil {
			return err
		}
		return s.sent(w, r, v, actionPath(before.Ref), "action.did.steps.all")
	}
	return s.sent(w, r, v, actionPath(before.Ref)+"#steps", "action.did.steps", "Done", after.StepsDone(), "Total", len(after.Steps))
}
