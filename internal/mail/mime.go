package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// assemble lays the draft out, and on a page to be written. Nothing of it is drawn by lot or taken from the machine.
func (r *Renderer) assemble(d *draft, m *tertial.Message, to string) (*Rendered, *page, error) {
	plain, marked, err := r.set.Letter(&d.letter)
	if err != nil {
		return nil, nil, err
	}
	id := r.MessageID(m)
	sum := sha256.Sum256([]byte(id))
	out := &Rendered{Subject: d.letter.Subject, Text: plain, HTML: marked, EnvelopeFrom: r.envelopeFrom(m), EnvelopeTo: to, MessageID: id}
	reader := &netmail.Address{Name: displayName(m.Name), Address: to}
	if r.redirect != "" {
		out.EnvelopeTo, reader = r.redirect, &netmail.Address{Address: r.redirect}
	}
	if d.file != nil {
		out.Attachments = []string{d.file.name}
	}
	created := m.Created.UTC()
	if m.Created.IsZero() { // of a mail that is only shown
		created = m.Day.At(0, time.UTC).UTC()
	}
	return out, &page{headers: r.headers(d, m, id, created), from: r.from, to: reader, replyTo: r.replyTo,
		boundary: "tertial-" + hex.EncodeToString(sum[:12]), plain: plain, marked: marked, file: d.file}, nil
}

// desk is what a mail is written on; it is used again for the next.
type desk struct{ raw []byte }

// write writes the page.
func (r *Renderer) write(p *page) []byte {
	d, _ := r.desks.Get().(*desk)
	if d == nil {
		d = &desk{}
	}
	d.raw = p.appendTo(d.raw[:0])
	raw := bytes.Clone(d.raw)
	if cap(d.raw) <= MaxBytes/4 { // a mail of that size is rare
		r.desks.Put(d)
	}
	return raw
}

// headers are all but who and whom. Auto-Submitted and its like keep absence notices and other programs from
// answering.
func (r *Renderer) headers(d *draft, m *tertial.Message, id string, created time.Time) [][2]string {
	all := [][2]string{
		{"Subject", d.letter.Subject},
		{"Date", created.Format(time.RFC1123Z)},
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
