package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"regexp"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tertial/internal/tertial"
)

// assemble lays the draft out and makes it a MIME message with its headers. Everything
// that go-mail would draw by lot or take from the machine is given to it.
func (r *Renderer) assemble(d *draft, m *tertial.Message, to string) (*Rendered, error) {
	plain, marked, err := r.set.Letter(&d.letter)
	if err != nil {
		return nil, err
	}
	id := r.MessageID(m)
	sum := sha256.Sum256([]byte(id))
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary("tertial-"+hex.EncodeToString(sum[:12])))
	out := &Rendered{Subject: d.letter.Subject, Text: plain, HTML: marked, EnvelopeFrom: r.from.Address, EnvelopeTo: to, MessageID: id}
	reader := &netmail.Address{Name: displayName(m.Name), Address: to}
	if r.redirect != "" {
		out.EnvelopeTo, reader = r.redirect, &netmail.Address{Address: r.redirect}
	}
	msg.FromMailAddress(r.from)
	msg.ToMailAddress(reader)
	if r.replyTo != nil {
		msg.ReplyToMailAddress(r.replyTo)
	}
	msg.Subject(d.letter.Subject)
	created := m.Created.UTC()
	if m.Created.IsZero() { // of a mail that is only shown
		created = m.Day.At(0, time.UTC).UTC()
	}
	msg.SetDateWithValue(created)
	for _, h := range r.headers(d, m, id, created) {
		msg.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	msg.SetBodyString(gomail.TypeTextPlain, plain)
	msg.AddAlternativeString(gomail.TypeTextHTML, marked)
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	out.Raw = raw.Bytes()
	return out, nil
}

// headers are those that go-mail has no method for. Auto-Submitted and its like keep
// absence notices and other programs from answering.
func (r *Renderer) headers(d *draft, m *tertial.Message, id string, created time.Time) [][2]string {
	all := [][2]string{
		{"Message-ID", id},
		{"List-Id", "tertial <tertial." + r.o.Host + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"},
		{"Content-Language", d.letter.Language},
		{"X-Tertial-Kind", string(m.Kind)},
	}
	if d.item != nil {
		t := r.thread(d.item)
		all = append(all, [2]string{"In-Reply-To", t.id}, [2]string{"References", t.id},
			[2]string{"Thread-Topic", d.stem}, [2]string{"Thread-Index", t.index(id, created)})
	}
	return all
}

// One Message-ID as this package writes them, in brackets.
var messageID = regexp.MustCompile(`^<[A-Za-z0-9.-]{1,200}@[A-Za-z0-9.-]{1,255}>$`)

// MessageID is the same on every copy of the message: the one it has, else one made of its number. It is the one that
// [Renderer.Render] writes.
func (r *Renderer) MessageID(m *tertial.Message) string {
	if messageID.MatchString(m.MessageID) {
		return m.MessageID
	}
	if r.o.Instance == "" {
		return fmt.Sprintf("<m.%d@%s>", m.ID, r.o.Host)
	}
	return fmt.Sprintf("<m.%d.%s@%s>", m.ID, r.o.Instance, r.o.Host)
}
