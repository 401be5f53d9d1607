package mail

import (
	"fmt"
	"net/url"
	"strings"

	"tertial/internal/tertial"
	"tertial/templates"
)

// signer makes the secrets of links. A [tertial.Signer] does; so does veil, which leaves them out.
type signer interface {
	Answer(l tertial.AnswerLink) string
	SignInToken(id, person int64) string
	SignInCode(id, person int64) string
}

// veil stands for a signer where a mail is only looked at: its links lead nowhere, and no secret is shown.
type veil struct{}

// hidden stands for a secret that is not shown.
const hidden = "..."

func (veil) Answer(l tertial.AnswerLink) string {
	return fmt.Sprintf("%d-%d-%s", l.Message, l.Action, hidden)
}

func (veil) SignInToken(id, _ int64) string { return fmt.Sprintf("%d-%s", id, hidden) }

func (veil) SignInCode(_, _ int64) string { return hidden }

// door is where one mail's links lead to. It is nil where there are no pages, or nobody to sign for them.
type door struct {
	base    string // without a slash at its end
	sign    signer
	message int64
	person  int64
	day     tertial.Date
}

// door returns that of a mail.
func (r *Renderer) door(m *tertial.Message) *door {
	if r.sign == nil || r.o.BaseURL == "" {
		return nil
	}
	return &door{base: r.o.BaseURL, sign: r.sign, message: m.ID, person: m.Person, day: m.Day}
}

// cleanBase is the address of the pages without the slash at its end.
func cleanBase(s string) (string, error) {
	s = strings.TrimRight(s, "/")
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w: the address of the pages is https://, a host and perhaps a path, not %.80q", tertial.ErrInvalid, s)
	}
	return s, nil
}

// answerable reports whether the reader can answer about an item by a link: who is responsible, and who is told in their
// place because they are away or nobody holds the role. An escalation is somebody else's to answer, but for those who are
// nobody's.
func (d *door) answerable(it *tertial.Item) bool {
	return d != nil && d.person != 0 && it.ActionID != 0 && it.Part == tertial.Responsible && !it.Undeliverable &&
		it.Kind != tertial.AwaitsCheck && (it.Kind != tertial.Escalation || len(it.For) == 0)
}

// confirmable reports whether the reader is asked to confirm what was reported done.
func (d *door) confirmable(it *tertial.Item) bool {
	return d != nil && d.person != 0 && it.Kind == tertial.AwaitsCheck
}

// answer is the address of the page on which to answer about an action, or, 0, about all of the mail's, of which the last is due on
// the day due.
func (d *door) answer(action int64, due tertial.Date) string {
	return d.base + "/a/" + d.sign.Answer(tertial.AnswerLink{Message: d.message, Person: d.person, Action: action, Expires: d.expires(due)})
}

// expires is the last day on which a link can be answered by.
func (d *door) expires(due tertial.Date) tertial.Date {
	if due.Before(d.day) {
		due = d.day
	}
	return due.AddDays(tertial.AnswerDays)
}

// handOver is the address of the page on which to say whether one takes over.
func (d *door) handOver() (address string, expires tertial.Date) {
	expires = d.expires(d.day)
	return d.base + "/h/" + d.sign.Answer(tertial.AnswerLink{Message: d.message, Person: d.person, Expires: expires}), expires
}

// links adds the ways to answer to a block.
func (d *door) links(a account, b *templates.Block, it *tertial.Item) {
	switch {
	case d.confirmable(it):
		b.Ask = a.T("reply.confirm.ask", nil)
		b.Links = []templates.Link{{Label: a.T("reply.confirm", nil), URL: actionPage(d.base, it.Ref)}}
	case d.answerable(it):
		page := d.answer(it.ActionID, it.Due)
		b.Ask = a.T("reply.ask", nil)
		b.Links = []templates.Link{
			{Label: a.T("reply.done", nil), URL: page + svar(tertial.AnswerDone)},
			{Label: a.T("reply.on_track", nil), URL: page + svar(tertial.AnswerOnTrack)},
			{Label: a.T("reply.new_date", nil), URL: page + svar(tertial.AnswerNewDate)},
		}
		b.More = templates.Link{Label: a.T("reply.more", nil), URL: page}
	}
}

// actionPage is the address of an action's page; of a reference as no action has, that of the list.
func actionPage(base, ref string) string {
	if ref == "" || idPart(ref) != ref {
		return base + "/actions"
	}
	return base + "/actions/" + ref
}

// svar has the page open at an answer. It chooses nothing: who reads does.
func svar(k tertial.AnswerKind) string { return "?svar=" + string(k) }

// all leads to one page for all of the mail's actions that can be answered about, where there are several.
func (d *door) all(a account, items []*tertial.Item) (s templates.Section, ok bool) {
	n, last := 0, tertial.Date{}
	for _, it := range items {
		if !d.answerable(it) {
			continue
		}
		if n++; it.Due.After(last) {
			last = it.Due
		}
	}
	if n < 2 {
		return s, false
	}
	return templates.Section{Note: a.T("reply.all.note", nil),
		Buttons: []templates.Link{{Label: a.T("reply.all", templates.Args{"N": n}), URL: d.answer(0, last)}}}, true
}

// wordy are the kinds of those items that can only be answered about in words.
func (d *door) wordy(items []*tertial.Item) []tertial.Kind {
	var kinds []tertial.Kind
	for _, it := range items {
		if !d.answerable(it) && !d.confirmable(it) && (len(kinds) == 0 || kinds[len(kinds)-1] != it.Kind) {
			kinds = append(kinds, it.Kind)
		}
	}
	return kinds
}
