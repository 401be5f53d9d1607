package main

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"tertial/internal/mail"
	"tertial/internal/store"
	"tertial/internal/tertial"
)

// mailVerb is everything about the outbox.
type mailVerb struct {
	List    mailList    `cmd:"" help:"List the messages, the newest first."`
	Show    mailShow    `cmd:"" help:"Show one message with its text as it goes out."`
	Preview mailPreview `cmd:"" help:"Show what the next mail to a person, or about an action, will say."`
	Test    mailTest    `cmd:"" help:"Send a test mail at once, and say what the relay answers."`
	Retry   mailRetry   `cmd:"" help:"Have a message that was not sent tried again."`
	Queue   mailQueue   `cmd:"" help:"What waits to be sent, and whether sending is held."`
	Hold    mailHold    `cmd:"" help:"Send nothing until it is released."`
	Release mailRelease `cmd:"" help:"Let mail go again."`
	Bounce  mailBounce  `cmd:"" help:"Read a mail that came back, for a pipe from the mail system."`
}

// mailList lists messages.
type mailList struct {
	State []tertial.MessageState `placeholder:"STATE" help:"Only those in this state: queued, sending, unknown, sent, captured, failed, expired, void."`
	To    string                 `placeholder:"ADDRESS" help:"Only those to this address."`
	Limit int                    `placeholder:"N" help:"At most so many."`
}

func (mailList) forms() []format { return []format{asJSON, asCSV} }

// Run lists them.
func (v *mailList) Run(ctx context.Context, p *program) error {
	for _, s := range v.State {
		if !knownState(s) {
			return usageError("--state %q is none: say queued, sending, unknown, sent, captured, failed, expired or void", cut(string(s), 80))
		}
	}
	if err := checkLimit(v.Limit); err != nil {
		return err
	}
	return p.house(ctx, asOf{}, func(h *house) error {
		l := messageListing(h)
		if len(v.State) > 0 || v.To != "" {
			l.none = "no mail matches"
		}
		return p.printMessages(ctx, h, l, store.MessageFilter{States: v.State, To: v.To, Limit: v.Limit})
	})
}

// printMessages lists messages. A table does without their Message-IDs, and so without the templates of mails.
func (p *program) printMessages(ctx context.Context, h *house, l *listing[tertial.Message], f store.MessageFilter) error {
	all := h.store.Messages(ctx, f)
	if p.Output == asTable {
		return l.print(p, all)
	}
	r, err := h.viewer(ctx)
	if err != nil {
		return err
	}
	return l.print(p, identified(r, all))
}

// identified gives each message the Message-ID under which it goes, or went, out: one that has yet to be sent is stored
// without.
func identified(r *mail.Renderer, all iter.Seq2[tertial.Message, error]) iter.Seq2[tertial.Message, error] {
	return func(yield func(tertial.Message, error) bool) {
		for m, err := range all {
			if err == nil {
				m.MessageID = r.MessageID(&m)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

func knownState(s tertial.MessageState) bool {
	return !s.Ended() || s == tertial.MessageSent || s == tertial.MessageCaptured || s == tertial.MessageFailed ||
		s == tertial.MessageExpired || s == tertial.MessageVoid
}

func messageListing(h *house) *listing[tertial.Message] {
	when := func(i tertial.Instant) string {
		if i.IsZero() {
			return ""
		}
		return i.In(h.rules.Zone).Format("2006-01-02 15:04")
	}
	return &listing[tertial.Message]{
		key:   "messages",
		table: []column{{"ID", 6}, {"KIND", 8}, {"STATE", 8}, {"SENT", 16}, {"TO", 24}, {"SUBJECT", 0}},
		line: func(m tertial.Message) []string {
			subject := m.Subject
			if m.Error != "" {
				subject = m.Error
			}
			return []string{strconv.FormatInt(m.ID, 10), string(m.Kind), string(m.State), when(m.Sent), m.To, subject}
		},
		csv: []string{"id", "kind", "to", "subject", "state", "attempts", "message_id", "created", "sent", "error", "items"},
		cells: func(m tertial.Message) []string {
			return []string{strconv.FormatInt(m.ID, 10), string(m.Kind), m.To, m.Subject, string(m.State), strconv.Itoa(m.Attempts),
				m.MessageID, when(m.Created), when(m.Sent), m.Error, strconv.Itoa(len(m.Items))}
		},
		none: "no mail: tertial plan shows what will go out, tertial run remind deliver what is due now",
	}
}

// mailShow shows one message.
type mailShow struct {
	ID int64 `arg:"" help:"The message's number in the list."`
}

func (mailShow) forms() []format { return []format{asJSON} }

// shownMail is a message with its text.
type shownMail struct {
	tertial.Message
	Text string `json:"text"`
	HTML string `json:"html"`
}

// Run shows it.
func (v *mailShow) Run(ctx context.Context, p *program) error {
	return p.house(ctx, asOf{}, func(h *house) error {
		m, err := h.store.Message(ctx, v.ID)
		if err != nil {
			return err
		}
		return p.showMail(ctx, h, &m)
	})
}

// showMail renders the message and prints it in the program's form.
func (p *program) showMail(ctx context.Context, h *house, m *tertial.Message) error {
	r, err := h.viewer(ctx)
	if err != nil {
		return err
	}
	show := r.Show
	if h.cfg.Mail.SMTP.Host == "" { // nobody gets this mail, and whoever tries the program wants to follow its links
		show = r.Render
	}
	shown, err := show(m)
	if err != nil {
		return fmt.Errorf("message %d cannot be rendered: %w", m.ID, err)
	}
	m.Subject = shown.Subject
	if m.ID != 0 {
		m.MessageID = shown.MessageID
	}
	if m.Items == nil {
		m.Items = []tertial.Item{}
	}
	if p.Output == asJSON {
		return p.json(shownMail{*m, shown.Text, shown.HTML})
	}
	p.printf("To: %s\nSubject: %s\n", m.To, shown.Subject)
	if m.ID != 0 {
		p.printf("State: %s\nMessage-ID: %s\n", m.State, shown.MessageID)
	}
	if m.Error != "" {
		p.printf("Error: %s\n", m.Error)
	}
	p.printf("\n%s\n", shown.Text)
	return nil
}
