package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"tertial/internal/store"
	"tertial/internal/tertial"
)

// mailQueue shows what waits, and what an operator wants to know of it.
type mailQueue struct{ asOf }

func (mailQueue) forms() []format { return []format{asJSON, asCSV} }

// queueState is how the sending of mail stands. Its fields are keys of the JSON, beside the messages.
type queueState struct {
	Held string `json:"held"` // why nothing is sent, "" where mail goes
	// Counts are the messages under way by state.
	Counts map[tertial.MessageState]int `json:"counts"`
	// OldestDue is since when the message waits that has been due for longest, of those that may go now.
	OldestDue        tertial.Instant `json:"oldest_due"`
	OldestDueSeconds int             `json:"oldest_due_seconds"`
	NextTry          tertial.Instant `json:"next_try"` // the next after now
	// Delivery is the daemon's last run that did something or failed: it says how the relay is.
	Delivery lastRun `json:"last_delivery"`
	// Today counts what ended today otherwise than sent, and all that is unknown.
	Today map[tertial.MessageState]int `json:"today"`
	// Bounces counts the mails that came to the address for bounces.
	Bounces bounceCount `json:"bounces"`
}

// lastRun is the last run of a job; all empty where there has been none.
type lastRun struct {
	At     tertial.Instant `json:"at"`
	Result string          `json:"result"`
	Error  string          `json:"error"`
}

// Run lists what is under way, and says how sending stands.
func (v *mailQueue) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		q, err := h.queueState(ctx)
		if err != nil {
			return err
		}
		if q.Held != "" {
			p.tell("held: %s; tertial mail release lets mail go", q.Held)
		}
		waiting := q.counted(h.store.Messages(ctx, store.MessageFilter{States: underWay()}))
		l := messageListing(h)
		l.none = "nothing waits to be sent"
		if p.Output == asJSON {
			return p.queueJSON(ctx, h, l.key, waiting, q)
		}
		if err := l.print(p, waiting); err != nil || p.Output == asCSV {
			return err
		}
		q.print(p, h.rules.Zone)
		return nil
	})
}

// queueState asks for all that is not counted while the messages are listed.
func (h *house) queueState(ctx context.Context) (*queueState, error) {
	q := &queueState{Counts: map[tertial.MessageState]int{}, Today: map[tertial.MessageState]int{}}
	for _, s := range underWay() {
		q.Counts[s] = 0
	}
	for _, s := range []tertial.MessageState{tertial.MessageFailed, tertial.MessageExpired, tertial.MessageVoid, tertial.MessageUnknown} {
		q.Today[s] = 0
	}
	var err error
	if q.Held, _, err = h.store.Held(ctx); err != nil {
		return nil, err
	}
	if q.OldestDue.Time, err = h.oldestDue(ctx, h.now); err != nil {
		return nil, err
	}
	if !q.OldestDue.IsZero() {
		q.OldestDueSeconds = int(h.now.Sub(q.OldestDue.Time).Seconds())
	}
	if q.NextTry.Time, err = h.store.NextTry(ctx, h.now); err != nil {
		return nil, err
	}
	runs, err := h.store.LastRuns(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.Job == "deliver" {
			q.Delivery = lastRun{At: tertial.Instant{Time: r.Ended}, Result: r.Result, Error: r.Error}
		}
	}
	sum, err := h.store.Summary(ctx, h.today, h.today)
	if err != nil {
		return nil, err
	}
	for _, x := range sum.Problems {
		q.Today[x.State]++
	}
	q.Bounces, err = h.bounceCount(ctx)
	return q, err
}

// oldestDue returns since when a message has been due that may go now and has not; zero where none is, and while
// nothing may go. What was due before today's mail could go counts from then.
func (h *house) oldestDue(ctx context.Context, now time.Time) (time.Time, error) {
	h.mu.Lock()
	open := h.policy.Open(now)
	h.mu.Unlock()
	if !open {
		return time.Time{}, nil
	}
	due, err := h.store.NextTry(ctx, time.Unix(0, 0)) // the first of all
	if err != nil || due.IsZero() || due.After(now) {
		return time.Time{}, err
	}
	if opened := h.rules.SendTime(h.rules.Today(now)); due.Before(opened) {
		due = opened
	}
	return due, nil
}

// counted counts messages by state as they pass.
func (q *queueState) counted(all iter.Seq2[tertial.Message, error]) iter.Seq2[tertial.Message, error] {
	return func(yield func(tertial.Message, error) bool) {
		for m, err := range all {
			if err == nil {
				q.Counts[m.State]++
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// queueJSON prints the messages as they come, and then how sending stands.
func (p *program) queueJSON(ctx context.Context, h *house, key string, waiting iter.Seq2[tertial.Message, error], q *queueState) error {
	r, err := h.viewer(ctx)
	if err != nil {
		return err
	}
	w := jsonList{w: p.out}
	w.open(key)
	for m, err := range identified(r, waiting) {
		if err == nil {
			err = w.add(m)
		}
		if err != nil {
			return err
		}
	}
	w.close()
	rest, err := json.MarshalIndent(q, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, ",%s\n", rest[1:]) // the object goes on
	return err
}

// print says in words how sending stands.
func (q *queueState) print(p *program, zone *time.Location) {
	at := func(i tertial.Instant) string { return i.In(zone).Format("2006-01-02 15:04") }
	p.printf("\nunder way: %d queued, %d being sent, %d unknown\n",
		q.Counts[tertial.MessageQueued], q.Counts[tertial.MessageSending], q.Counts[tertial.MessageUnknown])
	if !q.OldestDue.IsZero() {
		p.printf("due and not yet sent: since %s, %s\n", at(q.OldestDue), (time.Duration(q.OldestDueSeconds) * time.Second).String())
	}
	if !q.NextTry.IsZero() {
		p.printf("next try: %s\n", at(q.NextTry))
	}
	if !q.Delivery.At.IsZero() {
		p.printf("last delivery of the daemon: %s, %s%s\n", at(q.Delivery.At), q.Delivery.Result, errorShown(q.Delivery.Error))
	}
	p.printf("not delivered today: %d failed, %d expired, %d void; %d may have been (unknown)\n",
		q.Today[tertial.MessageFailed], q.Today[tertial.MessageExpired], q.Today[tertial.MessageVoid], q.Today[tertial.MessageUnknown])
	if s := q.Bounces.String(); s != "" {
		p.printf("bounces: %s\n", s)
	}
}

func errorShown(s string) string {
	if s == "" {
		return ""
	}
	return ": " + cut(oneLine(s), 200)
}
