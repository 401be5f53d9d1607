package web

import (
	"fmt"
	"net/http"
	"strconv"

	"tertial/internal/tertial"
)

// allRows is how many actions one page asks about.
const allRows = 100

// answerAllPage is the data of the page for all actions of a mail.
type answerAllPage struct {
	Rows []answerRow
	More int // actions that the page has no room for
	Post string
	As   string
	Key  string
}

// answerRow is one action of it.
type answerRow struct {
	Item    tertial.Item
	Kind    string // the name of its fields
	Text    string
	Chosen  string
	Single  string // the page of this action alone, with all that can be said
	Closed  bool
	Waiting bool
}

// rowKinds are the answers that need no more than a line.
func rowKinds() []tertial.AnswerKind {
	return []tertial.AnswerKind{tertial.AnswerDone, tertial.AnswerOnTrack, tertial.AnswerBlocked}
}

// Kinds lists what a row can say.
func (answerAllPage) Kinds() []tertial.AnswerKind { return rowKinds() }

func (s *Server) answerAllPage(v *visit, f *form) answerAllPage {
	l := v.link
	p := answerAllPage{Post: l.path(), As: l.facts.Person.Name, Key: formNonce()}
	for i, item := range l.items() {
		if i == allRows {
			p.More = len(l.items()) - allRows
			break
		}
		single := l.AnswerLink
		single.Action = item.ActionID
		row := answerRow{
			Item: item, Kind: fieldOf("kind", item), Text: fieldOf("text", item), Single: "/a/" + s.o.Signer.Answer(single),
			Closed: item.Status.Closed(), Waiting: item.Status == tertial.ReportedDone,
		}
		if f != nil {
			row.Chosen = f.raw(row.Kind)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func fieldOf(name string, item tertial.Item) string {
	return name + "." + strconv.FormatInt(item.ActionID, 10)
}

func (s *Server) answerAllForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.show(w, r, v, http.StatusOK, "answer_all", s.answerAllPage(v, nil))
}

// rowsDone is what the page says after answers about several actions.
type rowsDone struct {
	Receipts []receiptPage
	Refused  []tertial.Item // what could not be taken
	As       string
	Again    string
}

// answerAll takes every row that was answered and leaves the others as they are. Which action a row is about, the link says and
// not the form. The page that comes back is the receipt: to send the form again shows it again, and changes nothing.
func (s *Server) answerAll(w http.ResponseWriter, r *http.Request, v *visit, f form) error {
	l := v.link
	var answers []tertial.Answer
	var items []tertial.Item
	for i, item := range l.items() {
		if i == allRows {
			break
		}
		a, said := readRow(f, item, v)
		if said {
			answers, items = append(answers, a), append(items, item)
		}
	}
	if f.ok() && len(answers) == 0 {
		f.complain("", "answer.all.none")
	}
	if !f.ok() {
		v.complain(f)
		return s.show(w, r, v, http.StatusUnprocessableEntity, "answer_all", s.answerAllPage(v, &f))
	}
	done := rowsDone{As: l.facts.Person.Name, Again: l.path()}
	for i, a := range answers {
		given, err := s.o.House.GiveAnswer(r.Context(), v.stampFor(a.PersonID, "answer"), answerKey(l.token, f.text("key", 64), a.Ref), a, nil)
		switch faultOf(err).status {
		case http.StatusConflict, http.StatusUnprocessableEntity:
			done.Refused = append(done.Refused, items[i])
			continue
		}
		if err != nil {
			return err
		}
		done.Receipts = append(done.Receipts, s.receipt(given, v, fmt.Sprintf("%s/undo/%d", l.path(), given.ID), l.path()))
	}
	return s.show(w, r, v, http.StatusOK, "answer_done", done)
}

// readRow reads what was said about one action; said is false where the row was left alone.
func readRow(f form, item tertial.Item, v *visit) (a tertial.Answer, said bool) {
	kind, text := fieldOf("kind", item), fieldOf("text", item)
	a = tertial.Answer{
		Ref: item.Ref, ActionID: item.ActionID, PersonID: v.link.facts.Person.ID, Message: v.link.Message,
		Kind: tertial.AnswerKind(f.raw(kind)), Text: f.prose(text, tertial.AnswerText),
	}
	if a.Kind == "" {
		if a.Text != "" {
			f.complain(kind, "answer.row.choose", "Ref", item.Ref)
		}
		return a, false
	}
	f.pick(kind, string(tertial.AnswerDone), string(tertial.AnswerOnTrack), string(tertial.AnswerBlocked))
	switch {
	case a.Text != "":
	case a.Kind == tertial.AnswerDone:
		f.complain(text, "answer.row.done", "Ref", item.Ref)
	case a.Kind == tertial.AnswerBlocked:
		f.complain(text, "answer.row.blocked", "Ref", item.Ref)
	}
	return a, true
}
