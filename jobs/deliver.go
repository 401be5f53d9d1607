package jobs

import (
	"context"
	"fmt"
	"sync"
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
	// Claim hands out messages to send, each with its try journalled. What is no longer owed is left out of them.
	Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error)
	// Renew extends the leases of claims that are still ours.
	Renew(ctx context.Context, c []tertial.Claim, lease time.Duration) error
	// MarkDot records that the final dots of the claims may be sent from now on. It
	// fails with ErrConflict where a claim is no longer ours.
	MarkDot(ctx context.Context, now time.Time, c []tertial.Claim) error
	// Record writes what became of claims, in one transaction.
	Record(ctx context.Context, now time.Time, o []tertial.Outcome) error
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
	// Send has one transaction. It calls beforeDot when nothing but the final dot is
	// left to send, and does not send that if it fails. The outcome has verdict,
	// phase and reply.
	Send(ctx context.Context, l Letter, beforeDot func(context.Context) error) tertial.Outcome
	Usable() bool
	Close() error
}

// Deliver sends what is queued, and records what became of it.
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

	pause pause
}

const (
	claimLimit = 100
	claimLease = 30 * time.Second
	// renewEvery is how often the leases of a portion are extended while it is being sent.
	renewEvery = 10 * time.Second
	// graceToRecord is how long an outcome may take to be written after a stop.
	graceToRecord = 10 * time.Second
)

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
	request := tertial.ClaimRequest{Now: now, Day: day, Open: open, Limit: claimLimit, Worker: j.Worker, Lease: claimLease}
	for ctx.Err() == nil && r.RelayDown == "" {
		claims, err := j.Store.Claim(ctx, request)
		if err != nil {
			return r, fmt.Errorf("claiming messages: %w", err)
		}
		if len(claims) == 0 {
			return r, nil
		}
		if err := j.send(ctx, &r, claims, now); err != nil {
			return r, err
		}
	}
	return r, nil
}

// send sends a portion over as many lines as there are, and records the outcomes in groups.
func (j *Deliver) send(ctx context.Context, r *Result, claims []tertial.Claim, now time.Time) error {
	started := time.Now()
	b := &batch{Deliver: j, clock: func() time.Time { return now.Add(time.Since(started)) }, now: now}
	queue := make(chan tertial.Claim, len(claims))
	for _, c := range claims {
		queue <- c
	}
	close(queue)
	outcomes := make(chan tertial.Outcome)
	var workers sync.WaitGroup
	for range min(max(j.Connections, 1), len(claims)) {
		workers.Go(func() { b.work(ctx, queue, outcomes) })
	}
	go func() { workers.Wait(); close(outcomes) }() // ends with the workers; send reads to the end
	stop := j.keep(ctx, claims)
	defer stop()
	return j.collect(ctx, r, b, outcomes)
}

// keep extends the leases of claims until stop is called, which waits for it to end. An
// extension that fails is tried again at the next: a lease that is lost stops its mail at the mark before the dot.
func (j *Deliver) keep(ctx context.Context, claims []tertial.Claim) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what is at its dot is waited for after a stop
	var keeper sync.WaitGroup
	keeper.Go(func() {
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = j.Store.Renew(ctx, claims, claimLease)
			}
		}
	})
	return func() { cancel(); keeper.Wait() }
}

// collect writes outcomes as they come: all that are there, in one transaction.
func (j *Deliver) collect(ctx context.Context, r *Result, b *batch, outcomes <-chan tertial.Outcome) error {
	judge := &judge{pause: &j.pause, stop: b.halt, now: b.now}
	var failed error
	record := func(group []tertial.Outcome) {
		if err := j.record(ctx, r, group, b.clock()); failed == nil {
			failed = err
		}
	}
	for o := range outcomes {
		group := judge.take(nil, o)
		for waiting := true; waiting; {
			select {
			case o, waiting = <-outcomes:
				if waiting {
					group = judge.take(group, o)
				}
			default:
				waiting = false
			}
		}
		record(group)
	}
	record(judge.rest(nil))
	return failed
}

// record writes a group of outcomes, also when a stop has been asked for. What cannot be
// recorded stays claimed, and is later taken back: free, or unknown.
func (j *Deliver) record(ctx context.Context, r *Result, group []tertial.Outcome, now time.Time) error {
	if len(group) == 0 {
		return nil
	}
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceToRecord)
	defer cancel()
	if err := j.Store.Record(write, now, group); err != nil {
		return fmt.Errorf("recording %d outcomes: %w", len(group), err)
	}
	for _, o := range group {
		r.count(o)
	}
	return nil
}

func (r *Result) count(o tertial.Outcome) {
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
	default:
		r.Later++
	}
}
