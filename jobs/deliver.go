package jobs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// DeliverStore is what deliver needs of the database: the outbox and its ledger.
type DeliverStore interface {
	Held(ctx context.Context) (reason string, held bool, err error)
	CloseDay(ctx context.Context, now time.Time, day tertial.Date, open bool) (voided int, err error)
	// ReclaimDead takes back the claims of workers that are gone.
	ReclaimDead(ctx context.Context, now time.Time) error
	// Claim hands out messages to send, each journalled. What is no longer owed is left out of them.
	Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error)
	// Renew extends the leases of claims that are still ours.
	Renew(ctx context.Context, c []tertial.Claim, lease time.Duration) error
	// MarkDot records that the final dots of the claims may be sent from now on. Those that are no longer ours are
	// not marked: it gives the numbers of their messages.
	MarkDot(ctx context.Context, now time.Time, c []tertial.Claim) (lost []int64, err error)
	// Record writes what became of claims, in one transaction. To repeat it is harmless.
	Record(ctx context.Context, now time.Time, o []tertial.Outcome) error
	// NextTry is when the next message that waits is to be tried, after now; zero where none waits.
	NextTry(ctx context.Context, now time.Time) (time.Time, error)
}

// Letter is a message made into a mail.
type Letter struct {
	Subject   string
	MessageID string // with its angle brackets; the same in every copy
	From, To  string // of the envelope
	Raw       []byte
}

// Renderer makes messages into mails: the same message, the same bytes.
type Renderer interface {
	Render(m *tertial.Message) (Letter, error)
}

// Relay is the mail server.
type Relay interface {
	// Dial opens a line. A nil Line comes with what went wrong.
	Dial(ctx context.Context) (Line, tertial.Outcome)
}

// Line is one connection to the relay; one goroutine uses it.
type Line interface {
	// Send has one transaction. It calls beforeDot when the relay waits for the
	// mail, and sends nothing of it if that fails. The outcome has verdict, phase and reply, and says whether the line
	// was stale.
	Send(ctx context.Context, l Letter, beforeDot func(context.Context) error) tertial.Outcome
	Usable() bool
	Close() error
}

// Deliver sends what is queued, and records what became of it. A run is a line of
// stations with short queues between them, so that memory does not grow with what is queued:
//
//	feed     claims messages, a portion in one transaction
//	hands    one for each line to the relay: render, mark, send
//	marker   writes the marks that several hands ask for in one transaction
//	collect  judges outcomes and records those of 50 ms in one transaction
//	keep     extends the leases of all that is between claim and record
type Deliver struct {
	Store    DeliverStore
	Policy   *policy.Policy
	Rules    tertial.Rules
	Renderer Renderer
	Relay    Relay // nil: messages are captured
	// Connections is how many lines to the relay are used at once, at least 1.
	Connections int
	// Worker names this process in the ledger.
	Worker string
	// Jitter gives numbers in [0, 1) by which waits are spread; nil draws them.
	Jitter func() float64

	pause pause
}

// Run sends what may go at now until nothing is left, the relay fails, or ctx ends.
func (j *Deliver) Run(ctx context.Context, now time.Time) (Result, error) {
	var r Result
	reason, held, err := j.Store.Held(ctx)
	if err != nil {
		return r, fmt.Errorf("asking whether mail is held: %w", err)
	}
	day, open := j.Rules.Today(now), j.Policy.Open(now)
	if err := j.Store.ReclaimDead(ctx, now); err != nil {
		return r, fmt.Errorf("taking back the claims of workers that are gone: %w", err)
	}
	if r.Voided, err = j.Store.CloseDay(ctx, now, day, open); err != nil {
		return r, fmt.Errorf("closing the days before %s: %w", day, err)
	}
	if held {
		r.Held = reason
		return r, nil
	}
	if until := j.pause.until(); now.Before(until) {
		r.RelayDown = "paused until " + until.UTC().Format(time.RFC3339)
		return r, nil
	}
	return r, newShift(j, now).run(ctx, &r)
}

// Next is when there is something to send again, after now: a message's next try, or the relay's. Zero is never.
func (j *Deliver) Next(ctx context.Context, now time.Time) (time.Time, error) {
	if until := j.pause.until(); now.Before(until) {
		return until, nil
	}
	next, err := j.Store.NextTry(ctx, now)
	if err != nil {
		return next, fmt.Errorf("asking for the next try: %w", err)
	}
	return next, nil
}

// jitter is what spreads waits.
func (j *Deliver) jitter() func() float64 {
	if j.Jitter != nil {
		return j.Jitter
	}
	return rand.Float64
}

func (r *Result) count(o *tertial.Outcome) {
	switch o.Verdict {
	case tertial.Accepted:
		r.Sent++
	case tertial.Kept:
		r.Captured++
	case tertial.Refused:
		r.Failed++
	case tertial.Broken:
		r.Failed++
		r.Faults = append(r.Faults, fmt.Errorf("message %d: %s", o.Claim.Message.ID, o.Reply))
	case tertial.RelayDown:
		r.Later++
		if r.RelayDown = o.Reply; r.RelayDown == "" {
			r.RelayDown = string(o.Phase)
		}
	case tertial.Returned:
	default:
		r.Later++
	}
}
