package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

// Options are an instance's ways of writing mail.
type Options struct {
	From    string // with or without a name
	ReplyTo string // "" where answers go to From
	Detail  string // ref, title or full; "" is title
	// RedirectTo takes every mail instead of its reader, marked with whom it was for.
	RedirectTo   string
	Organisation string
	Language     string // of readers without one of their own; "" is Swedish
	BaseURL      string // of the pages; "" where there are none
	// Signer makes the secrets of links; nil: nothing can be answered by a link, and nobody let in by mail.
	Signer *tertial.Signer
	// Zone is where the clock on the wall is read; nil is UTC.
	Zone        *time.Location
	Coordinator string // whom answers reach, as it is shown
	// Host stands behind the @ of Message-ID and in List-Id; "" is the sender's domain.
	Host string
	// Instance sets the Message-IDs of several instances on a host apart.
	Instance string
	// Version sets the Message-IDs of different ways of writing apart: see [Fingerprint]; "" is none.
	Version string
	// Bounces signs the envelope senders; nil: each is the address of From.
	Bounces *Bounces
}

// Renderer makes messages into mails. It is safe for concurrent use.
type Renderer struct {
	set      *templates.Set
	o        Options
	from     *netmail.Address
	replyTo  *netmail.Address // nil: none
	redirect string           // bare, "" for none
	sign     signer           // nil: nobody
	desks    sync.Pool        // of *desk
}

// Rendered is a mail.
type Rendered struct {
	Subject string
	Text    string
	HTML    string
	// Raw is what goes over the line, with CRLF, before dots are doubled.
	Raw          []byte
	EnvelopeFrom string
	EnvelopeTo   string
	MessageID    string // with its angle brackets
	// Attachments are the names of what is attached.
	Attachments []string
}

// MaxBytes is the largest mail that is made.
const MaxBytes = 512 << 10

// NewRenderer binds templates and options, which it checks.
func NewRenderer(set *templates.Set, o Options) (*Renderer, error) {
	r := &Renderer{set: set, o: o}
	if o.Signer != nil {
		r.sign = o.Signer
	}
	var err error
	if r.from, err = namedAddress(o.From); err != nil {
		return nil, fmt.Errorf("the sender: %w", err)
	}
	if o.ReplyTo != "" {
		if r.replyTo, err = namedAddress(o.ReplyTo); err != nil {
			return nil, fmt.Errorf("where answers go: %w", err)
		}
	}
	if o.RedirectTo != "" {
		if r.redirect, err = bareAddress(o.RedirectTo); err != nil {
			return nil, fmt.Errorf("where mail is redirected: %w", err)
		}
	}
	switch Detail(o.Detail) {
	case "":
		r.o.Detail = string(DetailTitle)
	case DetailRef, DetailTitle, DetailFull:
	default:
		return nil, fmt.Errorf("%w: the detail of mails is ref, title or full, not %.80q", tertial.ErrInvalid, o.Detail)
	}
	if r.o.Host = idPart(o.Host); r.o.Host == "" {
		_, r.o.Host, _ = strings.Cut(r.from.Address, "@")
	}
	if r.o.BaseURL, err = cleanBase(o.BaseURL); err != nil {
		return nil, err
	}
	r.o.Instance, r.o.Version = idPart(o.Instance), idPart(o.Version)
	r.o.Organisation = oneLine(o.Organisation, maxName)
	r.o.Coordinator = oneLine(o.Coordinator, maxName)
	return r, nil
}

// idPart keeps what may stand in a Message-ID without quotes.
func idPart(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if ofID(r) {
			return r
		}
		return -1
	}, s), ".")
}

func ofID(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.'
}

// Render makes the message a mail, with the secrets of its links. The same message gives the same bytes. An
// error means that no mail can be made of it, now or later.
func (r *Renderer) Render(m *tertial.Message) (*Rendered, error) {
	to, err := bareAddress(m.To)
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", m.ID, err)
	}
	language := m.Language
	if language == "" {
		language = r.o.Language
	}
	texts := r.set.Texts(language)
	a := account{speech{texts, m.Day}, Detail(r.o.Detail)}
	for _, space := range rooms() {
		d, err := r.draft(m, a, space)
		if err != nil {
			return nil, err
		}
		r.address(d, m, to, a)
		out, p, err := r.assemble(d, m, to)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", m.ID, err)
		}
		if out.Raw = r.write(p); len(out.Raw) <= MaxBytes {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%w: message %d does not fit into %d bytes", tertial.ErrInvalid, m.ID, MaxBytes)
}

// Show makes the message a mail to be looked at by somebody who is not its reader: as [Renderer.Render] does, but the
// secrets of its links are left out. It is not to be sent.
func (r *Renderer) Show(m *tertial.Message) (*Rendered, error) {
	if r.sign == nil {
		return r.Render(m)
	}
	shown := &Renderer{set: r.set, o: r.o, from: r.from, replyTo: r.replyTo, redirect: r.redirect, sign: veil{}}
	return shown.Render(m)
}

func (r *Renderer) draft(m *tertial.Message, a account, space room) (*draft, error) {
	page := r.door(m)
	switch m.Kind {
	case tertial.Reminder:
		return r.reminder(m, a, page, space)
	case tertial.SummaryMail:
		return r.summary(m, a, space)
	case tertial.DigestMail:
		return r.digest(m, a)
	case tertial.TestMail:
		return r.test(a)
	case tertial.SignInMail:
		return r.signIn(m, a, page)
	case tertial.HandOverMail:
		return r.handOver(m, a, page)
	case tertial.DecisionMail:
		return r.decision(m, a)
	}
	return nil, fmt.Errorf("%w: message %d is of an unknown kind %.80q", tertial.ErrInvalid, m.ID, string(m.Kind))
}

// address puts on what every mail has: whom it greets, why it comes, and the mark of one
// that does not go to its reader.
func (r *Renderer) address(d *draft, m *tertial.Message, to string, a account) {
	l := &d.letter
	name := oneLine(m.Name, maxName)
	l.Language = a.Language()
	l.Greeting = a.T("greeting.nameless", nil)
	if name != "" {
		l.Greeting = a.T("greeting", templates.Args{"Name": callName(name)})
	}
	if len(l.Paragraphs) > 0 {
		l.Preheader = l.Paragraphs[0]
	}
	if r.redirect != "" {
		reader := to
		if name != "" {
			reader = name + " <" + to + ">"
		}
		l.Marks = append(l.Marks, a.T("mark.redirected", templates.Args{"Reader": reader}))
		l.Subject = a.T("subject.redirected", templates.Args{"Subject": l.Subject})
	}
	l.Subject = headerText(l.Subject, maxSubject)
	l.Footer = append(l.Footer, r.footer(m.Kind, a)...)
}

func (r *Renderer) footer(kind tertial.MessageKind, a account) []string {
	var lines []string
	switch kind {
	case tertial.TestMail:
		return nil
	case tertial.SignInMail:
		return []string{a.T("footer.signin", nil)}
	case tertial.HandOverMail:
		if r.o.Coordinator != "" {
			lines = append(lines, a.T("footer.coordinator", templates.Args{"Coordinator": r.o.Coordinator}))
		}
		return append(lines, a.T("footer.public", nil))
	}
	if r.o.Organisation != "" {
		lines = append(lines, a.T("footer.why.organisation", templates.Args{"Organisation": r.o.Organisation}))
	} else {
		lines = append(lines, a.T("footer.why", nil))
	}
	if r.o.Coordinator != "" && kind != tertial.SummaryMail {
		lines = append(lines, a.T("footer.coordinator", templates.Args{"Coordinator": r.o.Coordinator}))
	}
	return append(lines, a.T("footer.public", nil))
}

// callName is what a person is called: the first of two or three names that all look like
// names, otherwise all of it (a function's mailbox, Ek, Anna, Carl von Linné).
func callName(name string) string {
	words := strings.Fields(name)
	if len(words) < 2 || len(words) > 3 || strings.ContainsAny(name, ",@()/0123456789") {
		return name
	}
	for _, w := range words {
		if first := []rune(w)[0]; strings.ToUpper(string(first)) != string(first) || strings.ToUpper(w) == w {
			return name
		}
	}
	return words[0]
}
