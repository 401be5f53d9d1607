package jobs

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Job does what is to be done at now and says what it did. It is idempotent.
type Job interface {
	Run(ctx context.Context, now time.Time) (Result, error)
}

// Result is what one run did.
type Result struct {
	Looked   int // actions that remind looked at
	Composed int // messages that were queued
	Voided   int // messages that missed their day, with their notices owed again
	Sent     int
	Captured int
	Later    int // messages to be tried again
	Failed   int // messages that ended without being sent
	Removed  int // rows that tidy removed
	// Held is why nothing may be sent, or "".
	Held string
	// RelayDown is why the relay took nothing, or "".
	RelayDown string
	// Faults are actions or messages that could not be dealt with; the others were.
	Faults []error
}

// Partial reports whether something was left undone that the others did not need.
func (r *Result) Partial() bool { return r.Failed > 0 || len(r.Faults) > 0 }

// String says in English what was done, leaving out what was not.
func (r Result) String() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(r.Looked, "looked at")
	add(r.Composed, "queued")
	add(r.Voided, "void")
	add(r.Sent, "sent")
	add(r.Captured, "captured")
	add(r.Later, "to be tried again")
	add(r.Failed, "failed")
	add(r.Removed, "removed")
	add(len(r.Faults), "faulty")
	if r.Held != "" {
		parts = append(parts, "held: "+r.Held)
	}
	if r.RelayDown != "" {
		parts = append(parts, "relay down: "+r.RelayDown)
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}
