package smtptest

import (
	"bytes"
	"crypto/sha256"
	"net/mail"
	"slices"
	"time"
)

// Receipt is what a server can say of a mail that it took: enough to tell a copy from another mail.
type Receipt struct {
	MessageID string // as in the header, with its angle brackets; "" where there is none
	To        string // of the envelope; the first, where there are several
	Sum       [sha256.Size]byte
	At        time.Time // when its last byte was read
}

// Receipt is the mail's.
func (m Mail) Receipt() Receipt {
	r := Receipt{Sum: sha256.Sum256(m.Raw), At: m.At}
	if len(m.To) > 0 {
		r.To = m.To[0]
	}
	if parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err == nil {
		r.MessageID = parsed.Header.Get("Message-ID")
	}
	return r
}

// Receipts are of the mails that a receiver has, the oldest first.
func (s *Stub) Receipts() []Receipt { return receipts(s.Mails()) }

// Receipts are of the mails that were taken, the oldest first.
func (s *Server) Receipts() []Receipt { return receipts(s.Mails()) }

func receipts(mails []Mail) []Receipt {
	var all []Receipt
	for m := range slices.Values(mails) {
		all = append(all, m.Receipt())
	}
	return all
}
