package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	netmail "net/mail"
	"strconv"
	"strings"
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
	out := &Rendered{Subject: d.letter.Subject, Text: plain, HTML: marked, EnvelopeFrom: r.envelopeFrom(m), EnvelopeTo: to, MessageID: id}
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
	if out.Raw, err = r.encode(msg, plain, marked); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out, nil
}

// desk is what a mail is written on; it is used again for the next.
type desk struct {
	raw   bytes.Buffer
	chunk [1 << 10]byte
}

// encode gives the message its two forms and writes it.
func (r *Renderer) encode(msg *gomail.Msg, plain, marked string) ([]byte, error) {
	d, _ := r.desks.Get().(*desk)
	if d == nil {
		d = &desk{}
	}
	d.raw.Reset()
	msg.SetBodyWriter(gomail.TypeTextPlain, d.body(plain))
	msg.AddAlternativeWriter(gomail.TypeTextHTML, d.body(marked))
	if _, err := msg.WriteTo(&d.raw); err != nil {
		return nil, err
	}
	raw := bytes.Clone(d.raw.Bytes())
	if d.raw.Cap() <= MaxBytes/4 { // a mail of that size is rare
		r.desks.Put(d)
	}
	return raw, nil
}

// body writes s in small portions, so that it need not be copied as a whole.
func (d *desk) body(s string) func(io.Writer) (int64, error) {
	return func(w io.Writer) (int64, error) {
		for rest := s; rest != ""; {
			n := copy(d.chunk[:], rest)
			if _, err := w.Write(d.chunk[:n]); err != nil {
				return int64(len(s) - len(rest)), err
			}
			rest = rest[n:]
		}
		return int64(len(s)), nil
	}
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

// isMessageID reports whether s is one Message-ID as this package writes them, in brackets.
func isMessageID(s string) bool {
	left, right, found := strings.Cut(s, "@")
	if !found || len(left) < 2 || len(left) > 201 || left[0] != '<' || len(right) < 2 || len(right) > 256 || right[len(right)-1] != '>' {
		return false
	}
	return !strings.ContainsFunc(left[1:]+right[:len(right)-1], func(r rune) bool { return !ofID(r) })
}

// MessageID is the same on every copy of the message that is written in the same way: it is made of the message's number. One
// that has ended keeps what it had. It is the one that [Renderer.Render] writes.
func (r *Renderer) MessageID(m *tertial.Message) string {
	if m.State.Ended() && isMessageID(m.MessageID) {
		return m.MessageID
	}
	id := "<m." + strconv.FormatInt(m.ID, 10)
	for _, part := range []string{r.o.Instance, r.o.Version} {
		if part != "" {
			id += "." + part
		}
	}
	return id + "@" + r.o.Host + ">"
}
