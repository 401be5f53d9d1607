package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"tertial/internal/tertial"
)

func (s *Server) mineRoutes() []route {
	return []route{
		{pattern: "GET /mine", may: signedIn, serve: s.mine},
		{pattern: "GET /mine/{ref}", may: signedIn, serve: s.mineForm},
		{pattern: "POST /mine/{ref}", may: signedIn, serve: s.answerMine, body: answerBytes},
		{pattern: "GET /mine/receipt/{id}", may: signedIn, serve: s.mineReceipt},
		{pattern: "POST /mine/undo/{id}", may: signedIn, serve: s.undoMine},
		{pattern: "POST /mine/handover/{id}", may: signedIn, serve: s.decideMine},
	}
}

// mineRows is how many actions the page of one's own shows.
const mineRows = 100

// minePage is the data of the page of one's own actions.
type minePage struct {
	Open   int
	Groups []mineGroup
	Asked  []tertial.Answer // hand-overs to the reader
	More   int
}

// mineGroup is a part of it.
type mineGroup struct {
	ID   string // "late"
	Rows []mineRow
}

// mineRow is one action of one's own.
type mineRow struct {
	tertial.Action
	Late bool
	Said *tertial.Answer // what waits for a decision, nil for nothing
}

// mine shows what is on a person: the late first, then what comes, then what waits for others.
func (s *Server) mine(w http.ResponseWriter, r *http.Request, v *visit) error {
	me := &v.Viewer.Person
	page, err := s.o.House.QueryActions(r.Context(), tertial.ActionQuery{Person: me.ID, Open: true, AsOf: v.Today, Sort: tertial.ByDue, Limit: mineRows})
	if err != nil {
		return err
	}
	waiting, err := s.o.House.WaitingAnswers(r.Context())
	if err != nil {
		return err
	}
	p := minePage{Open: page.Total, More: max(page.Total-len(page.Actions), 0)}
	said := make(map[string]*tertial.Answer)
	for i := range waiting {
		a := &waiting[i]
		if a.PersonID == me.ID {
			said[a.Ref] = a
		}
		if a.Kind == tertial.AnswerHandOver && strings.EqualFold(a.To, me.Email) {
			p.Asked = append(p.Asked, *a)
		}
	}
	rows := make(map[string][]mineRow)
	for _, a := range page.Actions {
		row := mineRow{Action: a, Said: said[a.Ref]}
		group := mineGroupOf(&row, v.Today)
		row.Late = group == "late"
		rows[group] = append(rows[group], row)
	}
	for _, id := range []string{"late", "week", "month", "after", "undated", "waiting"} {
		if len(rows[id]) > 0 {
			p.Groups = append(p.Groups, mineGroup{id, rows[id]})
		}
	}
	return s.show(w, r, v, http.StatusOK, "mine", p)
}

func mineGroupOf(row *mineRow, today tertial.Date) string {
	due := row.Timing.Due
	switch {
	case row.Status == tertial.ReportedDone || row.Said != nil:
		return "waiting"
	case due.IsZero() || row.Timing.Certainty == tertial.Unconfirmed:
		return "undated"
	case due.Before(today):
		return "late"
	case !due.After(today.Monday().AddDays(6)):
		return "week"
	case !due.After(today.AddDays(30)):
		return "month"
	}
	return "after"
}

// ownItem returns an action that the person may answer about, as the page of an answer shows it. Any other is not found.
func (s *Server) ownItem(r *http.Request, v *visit) (tertial.Item, error) {
	ref := r.PathValue("ref")
	may, err := s.o.House.MayAnswer(r.Context(), ref, v.Viewer.Person.ID, v.Today)
	if err == nil && !may {
		err = tertial.ErrNotFound
	}
	if err != nil {
		return tertial.Item{}, err
	}
	a, err := s.o.House.Action(r.Context(), ref)
	return tertial.Item{
		Ref: a.Ref, ActionID: a.ID, Title: a.Title, Clauses: a.Clauses, Due: a.Timing.Due, Status: a.Status, StepsDone: a.StepsDone(), Steps: len(a.Steps),
	}, err
}

func minePath(item tertial.Item) string { return "/mine/" + item.Ref }

// mineForm shows what a person who is signed in can say about an action of theirs.
func (s *Server) mineForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	item, err := s.ownItem(r, v)
	if err != nil {
		return err
	}
	p := answerPageOf(item, v.Today, r.URL.Query().Get("svar"), "")
	p.Post = minePath(item)
	return s.show(w, r, v, http.StatusOK, "answer", p)
}

// answerMine takes the answer of a person who is signed in.
func (s *Server) answerMine(w http.ResponseWriter, r *http.Request, v *visit) error {
	item, err := s.ownItem(r, v)
	if err != nil {
		return err
	}
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	me := v.Viewer.Person.ID
	given, err := s.takeAnswer(r, v, f, item, me, fmt.Sprintf("person:%d", me))
	switch {
	case err != nil:
		return err
	case f.ok():
		return s.sent(w, r, v, fmt.Sprintf("/mine/receipt/%d", given.ID), "")
	}
	v.complain(f)
	p := answerPageOf(item, v.Today, "", f.raw("kind"))
	p.Post = minePath(item)
	return s.show(w, r, v, http.StatusUnprocessableEntity, "answer", p)
}

// myAnswer returns the answer of the address, if the person gave it.
func (s *Server) myAnswer(r *http.Request, v *visit) (tertial.Answer, error) {
	id, ok := pathID(r.PathValue("id"))
	if !ok {
		return tertial.Answer{}, tertial.ErrNotFound
	}
	a, err := s.o.House.Answer(r.Context(), id)
	if err == nil && a.PersonID != v.Viewer.Person.ID {
		return tertial.Answer{}, tertial.ErrNotFound
	}
	return a, err
}

func (s *Server) mineReceipt(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.myAnswer(r, v)
	if err != nil {
		return err
	}
	p := s.receipt(a, v, fmt.Sprintf("/mine/undo/%d", a.ID), "/mine")
	p.Mine = true
	return s.show(w, r, v, http.StatusOK, "answer_receipt", p)
}

func (s *Server) undoMine(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.myAnswer(r, v)
	if err != nil {
		return err
	}
	if _, err := s.o.House.UndoAnswer(r.Context(), v.stamp("answer undo"), a.ID, a.PersonID); err != nil {
		return undoFault(err)
	}
	return s.sent(w, r, v, fmt.Sprintf("/mine/receipt/%d", a.ID), "mine.undone")
}

// decideMine takes an action over that somebody has offered, or does not.
func (s *Server) decideMine(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	id, ok := pathID(r.PathValue("id"))
	if !ok {
		return tertial.ErrNotFound
	}
	a, err := s.o.House.Answer(r.Context(), id)
	if err != nil {
		return err
	}
	if a.Kind != tertial.AnswerHandOver || !strings.EqualFold(a.To, v.Viewer.Person.Email) {
		return tertial.ErrNotFound
	}
	decision := tertial.Decision(f.pick("decision", string(tertial.Agreed), string(tertial.Refusal)))
	why := f.prose("why", tertial.AnswerText)
	if !f.ok() {
		return fmt.Errorf("%w: decision: there is none", tertial.ErrInvalid)
	}
	if _, err := s.o.House.DecideAnswer(r.Context(), v.stamp("hand-over"), id, decision, why); err != nil {
		return err
	}
	message := "mine.took"
	if decision == tertial.Refusal {
		message = "mine.declined"
	}
	return s.sent(w, r, v, "/mine", message)
}

// undoTime is how long an answer can be taken back.
const undoTime = tertial.UndoMinutes * time.Minute
