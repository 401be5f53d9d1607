package web

import (
	"fmt"
	"net/http"

	"tertial/internal/tertial"
)

func (s *Server) handOverRoutes() []route {
	return []route{
		{pattern: "GET /h/{token}", may: byLink, admit: s.admitHandOver, serve: s.handOverForm},
		{pattern: "POST /h/{token}", may: byLink, admit: s.admitHandOver, serve: s.decideHandOver},
	}
}

// handOverPage asks whether somebody takes an action over.
type handOverPage struct {
	Answer tertial.Answer
	Item   tertial.Item
	Post   string
	As     string
	Open   bool // nobody has decided
	Chosen string
}

func (s *Server) handOverPage(r *http.Request, v *visit) (handOverPage, error) {
	a, err := s.o.House.Answer(r.Context(), v.link.facts.Answer)
	if err != nil {
		return handOverPage{}, err
	}
	p := handOverPage{Answer: a, Post: "/h/" + v.link.token, As: v.link.facts.Person.Name}
	if p.As == "" {
		p.As = v.link.facts.Person.Email
	}
	if len(v.link.facts.Items) > 0 {
		p.Item, p.Open = v.link.facts.Items[0], a.Decision == tertial.Undecided && a.Undone.IsZero()
	}
	return p, nil
}

// handOverForm shows what somebody is asked to take over, or what became of it. It changes nothing.
func (s *Server) handOverForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.handOverPage(r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "answer_handover", p)
}

// decideHandOver takes the action over, or does not.
func (s *Server) decideHandOver(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	p, err := s.handOverPage(r, v)
	if err != nil {
		return err
	}
	decision := f.raw("decision")
	why := f.prose("why", tertial.AnswerText)
	if decision != string(tertial.Agreed) && decision != string(tertial.Refusal) {
		f.complain("decision", "handover.choose")
	}
	if decision == string(tertial.Refusal) && why == "" {
		f.complain("why", "handover.why.missing")
	}
	if !f.ok() {
		p.Chosen = decision
		v.complain(f)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "answer_handover", p)
	}
	if _, err := s.o.House.DecideAnswer(r.Context(), v.handOverStamp(), p.Answer.ID, tertial.Decision(decision), why); err != nil {
		return err
	}
	http.Redirect(w, r, p.Post, http.StatusSeeOther)
	return nil
}

// handOverStamp says who decides: the person who was asked, or, where only their address is known, whoever has the mail.
func (v *visit) handOverStamp() tertial.Stamp {
	if id := v.link.facts.Person.ID; id != 0 {
		return v.stampFor(id, "hand-over")
	}
	return v.rules.Stamp(fmt.Sprintf("message:%d", v.link.Message), "hand-over", v.Now)
}
