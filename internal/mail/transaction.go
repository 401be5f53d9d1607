package mail

import (
	"fmt"
	"strings"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

// The mails of this file are about one thing that somebody has just done. They go at once, whatever the day.

// signIn drafts the mail that lets a person in: a link, and a code for who reads mail on another machine.
func (r *Renderer) signIn(m *tertial.Message, a account, page *door) (*draft, error) {
	f := m.SignIn
	if f == nil || page == nil {
		return nil, fmt.Errorf("%w: message %d lets nobody in: there are no facts, no pages or nobody to sign", tertial.ErrInvalid, m.ID)
	}
	d := &draft{}
	d.letter.Subject = a.T("subject.signin", nil)
	d.letter.Paragraphs = []string{a.T("signin.lead", templates.Args{"N": minutes(f)})}
	asked := templates.Args{"Time": r.clock(f.Asked), "Agent": oneLine(f.Agent, maxWord)}
	origin := a.T("signin.asked", asked)
	if asked["Agent"] != "" {
		origin = a.T("signin.asked.agent", asked)
	}
	d.letter.Sections = []templates.Section{
		{Buttons: []templates.Link{{Label: a.T("signin.button", nil), URL: page.base + "/signin/" + page.sign.SignInToken(f.ID, f.Person)}}},
		{Note: a.T("signin.code", nil), Code: page.sign.SignInCode(f.ID, f.Person)},
		{Note: origin},
	}
	return d, nil
}

// minutes is for how long a request to be let in can be answered.
func minutes(f *tertial.SignInFacts) int {
	if n := int(f.Expires.Sub(f.Asked.Time) / time.Minute); n > 0 {
		return n
	}
	return tertial.SignInMinutes
}

// clock says an instant as the clock on the wall does.
func (r *Renderer) clock(at tertial.Instant) string {
	if r.o.Zone == nil {
		return at.UTC().Format("2006-01-02 15:04 UTC")
	}
	return at.In(r.o.Zone).Format("2006-01-02 15:04")
}

// handOver drafts the mail that asks somebody to take an action over.
func (r *Renderer) handOver(m *tertial.Message, a account, page *door) (*draft, error) {
	x := m.Answer
	if x == nil || x.Kind != tertial.AnswerHandOver {
		return nil, fmt.Errorf("%w: message %d hands nothing over", tertial.ErrInvalid, m.ID)
	}
	who, ref := oneLine(x.Person, maxName), headerText(x.Ref, maxWord)
	d := &draft{}
	d.letter.Subject = a.T("subject.handover", templates.Args{"Ref": ref, "Title": a.answerTitle(x)})
	d.letter.Paragraphs = []string{a.T("handover.lead", templates.Args{"Person": who}), a.T("handover.until", templates.Args{"Person": who})}
	block := &templates.Block{Language: a.Language(), Ref: oneLine(x.Ref, maxWord), Symbol: "?", State: a.T("handover.state", nil)}
	if a.titled() {
		block.Title, block.Description = oneLine(x.Title, maxTitle), paragraphs(x.Text)
	}
	if len(block.Description) > 0 {
		block.Notes = []string{a.T("handover.says", templates.Args{"Person": who})}
	}
	if page == nil {
		d.letter.Ask = a.T("ask.one", nil)
		d.letter.Answers = []string{a.T("handover.yes", nil), a.T("handover.no", nil)}
	} else {
		address, until := page.handOver()
		block.Ask = a.T("handover.ask", templates.Args{"Date": a.date(until)})
		block.Links = []templates.Link{{Label: a.T("handover.button", nil), URL: address}}
	}
	piece, err := r.set.Block(block)
	if err != nil {
		return nil, fmt.Errorf("action %.80q: %w", x.Ref, err)
	}
	d.letter.Sections = []templates.Section{{Blocks: []templates.Piece{piece}}}
	return d, nil
}

// answerTitle is the title of the action of an answer, for a subject.
func (a account) answerTitle(x *tertial.Answer) string {
	title := ""
	if a.titled() {
		title = headerText(x.Title, maxTitle)
	}
	if title == "" {
		title = a.T("subject.untitled", nil)
	}
	return title
}

// decision drafts the mail that tells who answered what was decided. With a new date comes a file for the calendar.
func (r *Renderer) decision(m *tertial.Message, a account) (*draft, error) {
	x := m.Answer
	if x == nil || !x.Kind.Decided() || x.Decision != tertial.Agreed && x.Decision != tertial.Refusal {
		return nil, fmt.Errorf("%w: message %d tells of no decision", tertial.ErrInvalid, m.ID)
	}
	id := "handover"
	if x.Kind == tertial.AnswerNewDate {
		id = "newdate"
	}
	outcome, sign := "no", "–"
	if x.Decision == tertial.Agreed {
		outcome, sign = "yes", symbol(tertial.AwaitsCheck)
	}
	id = "decision." + id + "." + outcome
	d := &draft{}
	d.letter.Subject = a.T("subject."+id, templates.Args{"Ref": headerText(x.Ref, maxWord), "Title": a.answerTitle(x), "Date": x.Date.String()})
	d.letter.Paragraphs = []string{a.T(id, templates.Args{"Date": a.date(x.Date), "To": oneLine(x.To, maxName)})}
	facts := []templates.Fact{}
	add := func(id, value string) {
		if value != "" {
			facts = append(facts, templates.Fact{Label: a.T(id, nil), Value: value})
		}
	}
	if x.Kind == tertial.AnswerNewDate && x.Decision == tertial.Agreed {
		add("fact.due", a.date(x.Date))
	}
	if by := oneLine(x.DecidedBy, maxName); !strings.ContainsRune(by, ':') { // a name, and not what stands for one
		add("decision.by", by)
	}
	add("decision.why", oneLine(x.DecidedWhy, maxParagraph))
	block := &templates.Block{Language: a.Language(), Ref: oneLine(x.Ref, maxWord), Symbol: sign, State: a.T(id+".state", nil), Facts: facts}
	if a.titled() {
		block.Title = oneLine(x.Title, maxTitle)
	}
	piece, err := r.set.Block(block)
	if err != nil {
		return nil, fmt.Errorf("action %.80q: %w", x.Ref, err)
	}
	d.letter.Sections = []templates.Section{{Blocks: []templates.Piece{piece}}}
	if x.Kind == tertial.AnswerNewDate && x.Decision == tertial.Agreed && !x.Date.IsZero() {
		d.file = r.calendarFile(m, a)
		d.letter.Sections = append(d.letter.Sections, templates.Section{Note: a.T("decision.file", nil)})
	}
	return d, nil
}
