package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tertial/internal/tertial"
)

// How long what people write may be.
const (
	noteText        = 2000
	titleText       = 200
	descriptionText = 20_000
	roleText        = 200
)

// confirmAction answers for the date of an action: as read, another one, or none.
func (s *Server) confirmAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	due := f.date("due")
	how := f.pick("dates", "read", "given", "none")
	switch {
	case how != "given":
		due = tertial.Date{}
	case due.IsZero() && f.ok():
		f.complain("due", "form.missing")
	case !due.IsZero():
		checkDueDate(f, "due", due)
	}
	return s.change(w, r, v, f, "action.did.confirm", func(a *tertial.Action) error { return a.Confirm(due, how == "none") })
}

// checkDueDate refuses days that are slips of the pen.
func checkDueDate(f form, field string, due tertial.Date) {
	if !due.IsZero() && (due.Year() < 2000 || due.Year() > 2100) {
		f.complain(field, "action.wrong.due")
	}
}

// reportStatus records how it goes, as an owner has told the coordinator.
func (s *Server) reportStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	progress := f.pick("progress", string(tertial.OnTrack), string(tertial.Deviates), string(tertial.Blocked))
	note := f.text("note", noteText)
	return s.change(w, r, v, f, "action.did.status", func(a *tertial.Action) error {
		return a.Report(tertial.Progress(progress), note, tertial.Instant{Time: v.Now})
	})
}

func (s *Server) startAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	return s.change(w, r, v, f, "action.did.start", (*tertial.Action).Start)
}

// finishAction closes an action as done, or confirms that it is.
func (s *Server) finishAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	note := f.need("done-note", noteText)
	return s.change(w, r, v, f, "action.did.done", func(a *tertial.Action) error { return a.Close(tertial.Done, note) })
}

// sendBack takes up again what its owners have reported done. The reason is kept as the last word about the action.
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	reason := f.need("back-reason", noteText)
	return s.change(w, r, v, f, "action.did.back", func(a *tertial.Action) error { return returned(a, reason, v) })
}

// returned is an action sent back to its owners, with what remains to be done.
func returned(a *tertial.Action, reason string, v *visit) error {
	if a.Status != tertial.ReportedDone {
		return fmt.Errorf("%w: %s is %s and cannot be sent back", tertial.ErrRefused, a.Ref, a.Status)
	}
	if err := a.Reopen(); err != nil {
		return err
	}
	return a.Report(tertial.Deviates, reason, tertial.Instant{Time: v.Now})
}

// cancelAction closes an action that will not be done.
func (s *Server) cancelAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	as := f.pick("cancel-as", string(tertial.Cancelled), string(tertial.Inapplicable))
	reason := f.need("cancel-reason", noteText)
	return s.change(w, r, v, f, "action.did.cancel", func(a *tertial.Action) error { return a.Close(tertial.Status(as), reason) })
}

func (s *Server) reopenAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	return s.change(w, r, v, f, "action.did.reopen", (*tertial.Action).Reopen)
}

// mergeAction makes one action of this one and another.
func (s *Server) mergeAction(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	ref, other := r.PathValue("ref"), strings.Trim(f.need("other", 60), "[] ")
	if f.ok() && strings.EqualFold(ref, other) {
		f.complain("other", "action.wrong.merge.self")
	}
	if f.ok() {
		_, err = s.o.House.MergeActions(r.Context(), v.stamp("web merge"), ref, other)
		switch {
		case err == nil:
			return s.sent(w, r, v, actionPath(ref), "action.did.merge", "Ref", ref, "Other", other)
		case errors.Is(err, tertial.ErrNotFound):
			f.complain("other", "action.wrong.merge.unknown")
		case errors.Is(err, tertial.ErrRefused):
			f.complain("other", "action.wrong.merge.closed")
		case !f.reject(err):
			return err
		}
	}
	v.complain(f)
	return s.actionPage(w, r, v, http.StatusUnprocessableEntity)
}

// moveCard is a move on the board: a status, and a note where one is needed.
func (s *Server) moveCard(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	ref := r.PathValue("ref")
	to, note := tertial.Status(f.pick("to", string(tertial.Open), string(tertial.InProgress), string(tertial.Done), string(tertial.Cancelled))), f.text("note", noteText)
	if !f.ok() {
		return fmt.Errorf("%w: to: say where the card is to go", tertial.ErrInvalid)
	}
	_, err = s.o.House.EditAction(r.Context(), v.stamp("web board"), ref, f.number("version", 0, maxVersion), func(a *tertial.Action) error {
		return moved(a, to, note, v)
	})
	switch {
	case errors.Is(err, tertial.ErrInvalid) && note == "": // the note can be written on the action's own page
		return s.sent(w, r, v, actionPath(ref)+"#close", "board.note.needed")
	case err != nil:
		return err
	}
	return s.sent(w, r, v, f.raw("here"), "board.moved", "Ref", ref, "Status", v.T("status."+string(to)))
}

// moved brings an action to a status in the way that its status allows.
func moved(a *tertial.Action, to tertial.Status, note string, v *visit) error {
	switch to {
	case tertial.InProgress:
		if a.Status == tertial.Open {
			return a.Start()
		}
		if note == "" {
			return fmt.Errorf("%w: note: say what remains to be done", tertial.ErrInvalid)
		}
		return returned(a, note, v)
	case tertial.Open:
		return a.Reopen()
	}
	return a.Close(to, note)
}

// decide is the coordinator's word on an answer that waits for it.
func (s *Server) decide(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	id, ok := pathID(r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	field := reasonField(id)
	decision := tertial.Decision(f.pick("decision", string(tertial.Agreed), string(tertial.Refusal)))
	why := f.text(field, noteText)
	answer, err := s.o.House.Answer(r.Context(), id)
	switch {
	case err != nil:
		return err
	case answer.Kind == tertial.AnswerHandOver && decision == tertial.Agreed: // only who is asked can take an action over
		return errNotAllowed
	case decision == tertial.Refusal && why == "":
		f.complain(field, "decision.wrong.why")
	}
	if !f.ok() {
		v.complain(f)
		return s.overview(w, r, v, http.StatusUnprocessableEntity)
	}
	if _, err := s.o.House.DecideAnswer(r.Context(), v.stamp("web decision"), id, decision, why); err != nil {
		return err
	}
	return s.sent(w, r, v, f.raw("here"), "decision.did."+string(decision), "Ref", answer.Ref, "Person", answer.Person)
}
