package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"tertial/internal/tertial"
)

// batchPage tells what became of a change to many actions, where not all of them could be changed.
type batchPage struct {
	Changed []string
	Failed  []batchFailure
	Back    string
}

// batchFailure is an action that could not be changed. Why names a text.
type batchFailure struct{ Ref, Why string }

// batchChange is what is to be done to each of the chosen actions; what is not given stays.
type batchChange struct {
	priority    tertial.Priority
	responsible string
	due         tertial.Date
	start       bool
}

// changeBatch changes the actions that are ticked in a list. Each is changed for itself: those that cannot be are told, the others are changed.
func (s *Server) changeBatch(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	picked := slices.Compact(slices.Sorted(slices.Values(f.list("pick"))))
	c := batchChange{responsible: f.text("to-role", roleText), due: f.date("to-due"), start: f.chosen("to-start")}
	if f.raw("to-priority") != "" {
		c.priority = tertial.Priority(f.pick("to-priority", stringsOf(tertial.Priorities())...))
	}
	checkDueDate(f, "to-due", c.due)
	switch {
	case !f.ok():
	case len(picked) == 0:
		f.complain("batch", "actions.wrong.none")
	case len(picked) > pageRows:
		f.complain("batch", "actions.wrong.many", "Max", pageRows)
	case c == batchChange{}:
		f.complain("batch", "actions.wrong.nothing")
	}
	back := local(f.raw("here"))
	if !f.ok() {
		filter, err := filterOf(back, v.Today)
		if err != nil {
			return err
		}
		v.complain(f)
		return s.listActions(w, r, v, filter, http.StatusUnprocessableEntity)
	}
	page := batchPage{Back: back}
	for _, ref := range picked {
		_, err := s.o.House.EditAction(r.Context(), v.stamp("web batch"), ref, 0, c.lay)
		switch {
		case err == nil:
			page.Changed = append(page.Changed, ref)
		case errors.Is(err, tertial.ErrNotFound):
			page.Failed = append(page.Failed, batchFailure{ref, "actions.batch.gone"})
		case errors.Is(err, tertial.ErrRefused):
			page.Failed = append(page.Failed, batchFailure{ref, "actions.batch.closed"})
		case errors.Is(err, tertial.ErrConflict):
			page.Failed = append(page.Failed, batchFailure{ref, "actions.batch.conflict"})
		case errors.Is(err, tertial.ErrInvalid):
			page.Failed = append(page.Failed, batchFailure{ref, "actions.batch.invalid"})
		default:
			return err
		}
	}
	if len(page.Failed) == 0 {
		return s.sent(w, r, v, back, "actions.did.batch", "N", len(page.Changed))
	}
	return s.show(w, r, v, http.StatusConflict, "actions_batch", &page)
}

// lay makes the change to one action. What is closed is left alone.
func (c *batchChange) lay(a *tertial.Action) error {
	if a.Status.Closed() {
		return fmt.Errorf("%w: %s is %s", tertial.ErrRefused, a.Ref, a.Status)
	}
	if c.priority != "" {
		a.Priority = c.priority
	}
	if c.responsible != "" {
		a.Responsible = []string{c.responsible}
		a.AskOfParties()
	}
	if !c.due.IsZero() {
		if err := a.Confirm(c.due, false); err != nil {
			return err
		}
	}
	if c.start && a.Status == tertial.Open {
		return a.Start()
	}
	return nil
}
