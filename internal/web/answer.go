package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// answerBytes is how much an answer with its files may have altogether.
const answerBytes = 26 << 20

func (s *Server) answerRoutes() []route {
	return []route{
		{pattern: "GET /a/{token}", may: byLink, admit: s.admitAnswer, serve: s.answerForm},
		{pattern: "POST /a/{token}", may: byLink, admit: s.admitAnswer, serve: s.answerByLink, body: answerBytes},
		{pattern: "GET /a/{token}/receipt/{id}", may: byLink, admit: s.admitAnswer, serve: s.answerReceipt},
		{pattern: "POST /a/{token}/undo/{id}", may: byLink, admit: s.admitAnswer, serve: s.undoByLink},
	}
}

// answerPage is the data of the page on which one action is answered about.
type answerPage struct {
	Item    tertial.Item
	Post    string // where the form goes
	As      string // who answers, where a link says so
	Key     string
	Choices []choice
	Later   []laterChoice
	Accept  string // the kinds of files that are taken
	Closed  bool   // nothing can be said any more
	Waiting bool   // reported done, to be confirmed
	All     string // the page for all of the mail's actions, "" where there is one only
	Detail  string // the action's own page, for who may see it
	Today   tertial.Date
	Left    tertial.Date // the last day for a reminder
}

// choice is one thing that can be said.
type choice struct {
	Kind    tertial.AnswerKind
	Asked   bool // the mail's link was for it: it stands first, and open; it is not chosen
	Checked bool // it was chosen, in a form that is shown again
}

// laterChoice is a day to be reminded on.
type laterChoice struct {
	Days int
	Date tertial.Date
}

// acceptedFiles are the endings that a browser offers first; what a file is, its bytes say.
const acceptedFiles = ".pdf,.png,.jpg,.jpeg,.txt,.csv,.md,.docx,.xlsx,.odt,.ods,.eml"

// answerPageOf makes the page of an action. asked is the answer that was asked for by address, chosen the one that was sent.
func answerPageOf(item tertial.Item, today tertial.Date, asked, chosen string) answerPage {
	p := answerPage{
		Item: item, Key: formNonce(), Accept: acceptedFiles, Closed: item.Status.Closed(), Waiting: item.Status == tertial.ReportedDone, Today: today,
		Left: item.Due,
	}
	for _, days := range tertial.LaterDays() {
		if day := today.AddDays(days); item.Due.IsZero() || !day.After(item.Due) {
			p.Later = append(p.Later, laterChoice{days, day})
		}
	}
	for _, kind := range tertial.AnswerKinds() {
		c := choice{Kind: kind, Asked: string(kind) == asked, Checked: string(kind) == chosen}
		switch {
		case kind == tertial.AnswerLater && len(p.Later) == 0:
		case c.Asked:
			p.Choices = append([]choice{c}, p.Choices...)
		default:
			p.Choices = append(p.Choices, c)
		}
	}
	return p
}

// answerForm shows what can be said about the action of a link, or about all of its mail's. It changes nothing, and nothing on it is
// chosen, whatever the address says.
func (s *Server) answerForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	l := v.link
	if l.Action == 0 {
		return s.answerAllForm(w, r, v)
	}
	item, _ := l.item(l.Action)
	return s.show(w, r, v, http.StatusOK, "answer", s.linkPage(v, item, r.URL.Query().Get("svar"), ""))
}

func (s *Server) linkPage(v *visit, item tertial.Item, asked, chosen string) answerPage {
	p := answerPageOf(item, v.Today, asked, chosen)
	p.Post, p.As = v.link.path(), v.link.facts.Person.Name
	if len(v.link.facts.Items) > 1 {
		all := v.link.AnswerLink
		all.Action = 0
		p.All = "/a/" + s.o.Signer.Answer(all)
	}
	return p
}

// answerByLink takes an answer about the action of a link, or about all of its mail's.
func (s *Server) answerByLink(w http.ResponseWriter, r *http.Request, v *visit) error {
	l := v.link
	if !s.limits.answers.take(strconv.FormatInt(l.Message, 10), v.Now) {
		return errTooMany
	}
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	if l.Action == 0 {
		return s.answerAll(w, r, v, f)
	}
	item, _ := l.item(l.Action)
	given, err := s.takeAnswer(r, v, f, item, l.facts.Person.ID, l.token)
	switch {
	case err != nil:
		return err
	case f.ok():
		http.Redirect(w, r, fmt.Sprintf("%s/receipt/%d", l.path(), given.ID), http.StatusSeeOther)
		return nil
	}
	v.complain(f)
	return s.show(w, r, v, http.StatusUnprocessableEntity, "answer", s.linkPage(v, item, "", f.raw("kind")))
}

// takeAnswer reads an answer from its form and gives it. What is wrong with it, the form says.
func (s *Server) takeAnswer(r *http.Request, v *visit, f form, item tertial.Item, person int64, by string) (tertial.Answer, error) {
	a := tertial.Answer{Ref: item.Ref, ActionID: item.ActionID, PersonID: person, Kind: tertial.AnswerKind(f.raw("kind"))}
	if v.link != nil {
		a.Message = v.link.Message
	}
	files := readAnswer(f, &a, item, v.Today)
	if !f.ok() {
		return a, nil
	}
	given, err := s.o.House.GiveAnswer(r.Context(), v.stampFor(person, "answer"), answerKey(by, f.text("key", 64), item.Ref), a, files)
	if f.refused(err, a.Kind) {
		return a, nil
	}
	return given, err
}

// readAnswer fills in what belongs to the kind of answer that was chosen, and nothing else of the form.
func readAnswer(f form, a *tertial.Answer, item tertial.Item, today tertial.Date) []tertial.Upload {
	text := func(need string) {
		field := "text." + string(a.Kind)
		a.Text = f.prose(field, tertial.AnswerText)
		if a.Text == "" && need != "" {
			f.complain(field, need)
		}
	}
	switch a.Kind {
	case tertial.AnswerDone:
		files := f.files("files")
		if len(files) == 0 {
			text("answer.done.missing")
		} else {
			text("")
		}
		return files
	case tertial.AnswerOnTrack:
		text("")
	case tertial.AnswerBlocked:
		text("answer.blocked.missing")
	case tertial.AnswerNewDate:
		a.Date = f.date("date")
		if f.ok() && (a.Date.IsZero() || a.Date.Before(today) || a.Date.Year() > 2100 || a.Date == item.Due) {
			f.complain("date", "answer.date.wrong")
		}
		text("answer.new-date.missing")
	case tertial.AnswerHandOver:
		if a.To = strings.ToLower(f.text("to", 254)); !isAddress(a.To) {
			f.complain("to", "signin.email.wrong")
		}
		text("")
	case tertial.AnswerLater:
		days := f.number("days", 1, 60)
		for _, d := range tertial.LaterDays() {
			if d == days {
				a.Date = today.AddDays(days)
			}
		}
		if f.ok() && (a.Date.IsZero() || !item.Due.IsZero() && a.Date.After(item.Due)) {
			f.complain("days", "answer.later.wrong")
		}
	default:
		f.complain("kind", "answer.choose")
	}
	return nil
}

// refused says in the form, in the reader's words, what the house has against an answer; false is for errors that are no
// matter of the form.
func (f form) refused(err error, kind tertial.AnswerKind) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, tertial.ErrInvalid):
		field, _, _ := strings.Cut(reason(err), ":")
		switch field {
		case "to":
			f.complain("to", "answer.to.wrong")
		case "files":
			f.complain("files", "answer.files.wrong")
		case "date":
			f.complain(map[bool]string{true: "days", false: "date"}[kind == tertial.AnswerLater], "answer.date.wrong")
		default:
			f.complain("text."+string(kind), "answer.text.wrong")
		}
		return true
	case errors.Is(err, tertial.ErrRefused) && kind == tertial.AnswerLater:
		f.complain("days", "answer.later.often", "Max", tertial.LaterTimes)
		return true
	case errors.Is(err, tertial.ErrRefused):
		f.complain("kind", "answer.refused")
		return true
	}
	return false
}

// receiptPage says what was answered, and what comes of it.
type receiptPage struct {
	Answer  tertial.Answer
	Undo    string // where the button that takes it back leads, "" when it is too late
	Until   tertial.Instant
	Again   string // where one answers anew
	As      string
	Mine    bool // of a person who is signed in
	Waiting bool // somebody decides
}

// receipt makes the page of an answer below a path.
func (s *Server) receipt(a tertial.Answer, v *visit, undo, again string) receiptPage {
	p := receiptPage{Answer: a, Again: again, Until: tertial.Instant{Time: a.At.Add(undoTime)}}
	p.Waiting = a.Kind.Decided() && a.Decision == tertial.Undecided && a.Undone.IsZero()
	if a.Undone.IsZero() && a.Decision == tertial.Undecided && v.Now.Before(p.Until.Time) {
		p.Undo = undo
	}
	return p
}

// answerReceipt shows an answer that was given by the link.
func (s *Server) answerReceipt(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.ownAnswer(r, v)
	if err != nil {
		return err
	}
	path := v.link.path()
	p := s.receipt(a, v, fmt.Sprintf("%s/undo/%d", path, a.ID), path)
	p.As = v.link.facts.Person.Name
	return s.show(w, r, v, http.StatusOK, "answer_receipt", p)
}

// ownAnswer returns the answer of the address, if it is of the link's person and about one of the link's actions.
func (s *Server) ownAnswer(r *http.Request, v *visit) (tertial.Answer, error) {
	id, ok := pathID(r.PathValue("id"))
	if !ok {
		return tertial.Answer{}, errLink
	}
	a, err := s.o.House.Answer(r.Context(), id)
	if errors.Is(err, tertial.ErrNotFound) {
		return a, errLink
	}
	if _, about := v.link.item(a.ActionID); err == nil && (a.PersonID != v.link.facts.Person.ID || a.Message != v.link.Message || !about) {
		return tertial.Answer{}, errLink
	}
	return a, err
}

// undoByLink takes an answer back that was given by the link.
func (s *Server) undoByLink(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := s.ownAnswer(r, v)
	if err != nil {
		return err
	}
	person := v.link.facts.Person.ID
	if _, err := s.o.House.UndoAnswer(r.Context(), v.stampFor(person, "answer undo"), a.ID, person); err != nil {
		return undoFault(err)
	}
	http.Redirect(w, r, fmt.Sprintf("%s/receipt/%d", v.link.path(), a.ID), http.StatusSeeOther)
	return nil
}

// undoFault says why an answer stays.
func undoFault(err error) error {
	if errors.Is(err, tertial.ErrRefused) || errors.Is(err, tertial.ErrConflict) {
		return fmt.Errorf("%w: %w", errStays, err)
	}
	return err
}
