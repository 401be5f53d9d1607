package tertial

import "strings"

// Bounce is what a report of a mail system says became of a message that it, or one before it, had
// accepted (RFC 3464).
type Bounce struct {
	Message int64
	// Action is what the reporting server did: failed, delayed, delivered, relayed or expanded.
	Action string
	// Status is the enhanced code, "5.1.1"; "" where the report gives none that is one.
	Status string
	// Reply is the words of the server that refused, cleaned, 512 characters at most.
	Reply string
}

// Failed reports whether the mail will never arrive. That a server gave it up after days of
// temporary failures (4.x) is as final as a refusal.
func (b *Bounce) Failed() bool { return b.Action == "failed" }

// Delayed reports whether the server has not given up yet.
func (b *Bounce) Delayed() bool { return b.Action == "delayed" }

// NoSuchAddress reports whether the mail failed because of the reader's address: not a full mailbox, not
// somebody's policy, and not the sender's address (5.1.7, 5.1.8).
func (b *Bounce) NoSuchAddress() bool {
	return b.Failed() && strings.HasPrefix(b.Status, "5.1.") && b.Status != "5.1.7" && b.Status != "5.1.8"
}
