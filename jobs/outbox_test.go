package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// outbox is a DeliverStore in memory, with leases and fences. What its hooks return goes wrong.
type outbox struct {
	mu       sync.Mutex
	messages map[int64]*entry
	lost     map[int64]bool // whose claim another worker takes before the mark
	records  [][]tertial.Outcome
	recorded []time.Time
	marks    []marks
	renewed  []int // how many claims at a time
	claims   []claimed
	most     int // claims that had no outcome yet, at most

	onClaim, onMark, onRecord, onRenew func() error
	slow                               time.Duration // what each call takes
}

// entry is a message of the outbox.
type entry struct {
	message  tertial.Message
	state    tertial.MessageState
	fence    int64
	lease    time.Time
	next     time.Time
	resend   bool
	verdicts []tertial.Verdict
}

// marks is one call of MarkDot, claimed one of Claim.
type marks struct {
	at  time.Time
	ids []int64
}

type claimed struct {
	at time.Time
	n  int
}

// newOutbox has n reminders queued, numbered from 1.
func newOutbox(n int) *outbox {
	o := &outbox{messages: map[int64]*entry{}, lost: map[int64]bool{}}
	for i := range int64(n) {
		o.add(tertial.Message{ID: i + 1, Kind: tertial.Reminder, To: fmt.Sprintf("p%d@stad.example", i+1)})
	}
	return o
}

func (o *outbox) add(m tertial.Message) {
	o.messages[m.ID] = &entry{message: m, state: tertial.MessageQueued}
}

func (o *outbox) Held(context.Context) (string, bool, error) { return "", false, nil }
func (o *outbox) CloseDay(context.Context, time.Time, tertial.Date, bool) (int, error) {
	return 0, nil
}
func (o *outbox) ReclaimDead(context.Context, time.Time) error { return nil }

// call takes its time and then goes wrong as hook says, or as ctx does. As with a database nothing is begun after ctx has ended.
func (o *outbox) call(ctx context.Context, hook func() error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	time.Sleep(o.slow)
	if hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (o *outbox) Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	if err := o.call(ctx, o.onClaim); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var got []tertial.Claim
	for _, id := range slices.Sorted(maps.Keys(o.messages)) {
		e := o.messages[id]
		free := e.state == tertial.MessageQueued || e.state == tertial.MessageUnknown
		if !free || e.next.After(r.Now) || e.message.Kind == tertial.Reminder && !r.Open && e.state != tertial.MessageUnknown {
			continue
		}
		if len(got) == r.Limit {
			break
		}
		e.resend = e.state == tertial.MessageUnknown
		e.state, e.lease = tertial.MessageSending, time.Now().Add(r.Lease)
		e.fence++
		e.message.Attempts++
		got = append(got, tertial.Claim{Message: e.message, Fence: e.fence, Resend: e.resend})
	}
	o.claims = append(o.claims, claimed{time.Now(), len(got)})
	open := 0
	for _, e := range o.messages {
		if e.state == tertial.MessageSending {
			open++
		}
	}
	o.most = max(o.most, open)
	return got, nil
}

func (o *outbox) Renew(ctx context.Context, claims []tertial.Claim, lease time.Duration) error {
	if err := o.call(ctx, o.onRenew); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.renewed = append(o.renewed, len(claims))
	for _, c := range claims {
		if e := o.messages[c.Message.ID]; e.fence == c.Fence && time.Now().Before(e.lease) {
			e.lease = time.Now().Add(lease)
		}
	}
	return nil
}

func (o *outbox) MarkDot(ctx context.Context, _ time.Time, claims []tertial.Claim) (lost []int64, err error) {
	if err := o.call(ctx, o.onMark); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	m := marks{at: time.Now()}
	for _, c := range claims {
		e := o.messages[c.Message.ID]
		if o.lost[c.Message.ID] {
			e.fence = c.Fence + 1
		}
		if e.fence != c.Fence || e.state != tertial.MessageSending || time.Now().After(e.lease) {
			lost = append(lost, c.Message.ID)
			continue
		}
		m.ids = append(m.ids, c.Message.ID)
	}
	o.marks = append(o.marks, m)
	return lost, nil
}

func (o *outbox) Record(ctx context.Context, _ time.Time, outcomes []tertial.Outcome) error {
	if err := o.call(ctx, o.onRecord); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.records = append(o.records, slices.Clone(outcomes))
	o.recorded = append(o.recorded, time.Now())
	for _, x := range outcomes {
		e := o.messages[x.Claim.Message.ID]
		e.verdicts = append(e.verdicts, x.Verdict)
		if e.fence != x.Claim.Fence {
			continue
		}
		e.next = x.NextTry
		switch x.Verdict {
		case tertial.Accepted:
			e.state = tertial.MessageSent
		case tertial.Kept:
			e.state = tertial.MessageCaptured
		case tertial.Refused, tertial.Broken:
			e.state = tertial.MessageFailed
		case tertial.Ambiguous:
			e.state = tertial.MessageUnknown
		case tertial.Returned, tertial.RelayDown:
			e.message.Attempts--
			e.state = tertial.MessageQueued
			if e.resend {
				e.state = tertial.MessageUnknown
			}
		default:
			e.state = tertial.MessageQueued
		}
	}
	return nil
}

func (o *outbox) NextTry(ctx context.Context, now time.Time) (next time.Time, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.messages {
		if e.next.After(now) && (next.IsZero() || e.next.Before(next)) {
			next = e.next
		}
	}
	return next, ctx.Err()
}

// count is how many messages are in each state.
func (o *outbox) count() map[tertial.MessageState]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := map[tertial.MessageState]int{}
	for _, e := range o.messages {
		n[e.state]++
	}
	return n
}

// attempts are the messages that have been tried, with how often.
func (o *outbox) attempts() map[int64]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := map[int64]int{}
	for id, e := range o.messages {
		if e.message.Attempts > 0 {
			n[id] = e.message.Attempts
		}
	}
	return n
}

// outcomes are all outcomes of a verdict, in the order in which they were recorded.
func (o *outbox) outcomes(v tertial.Verdict) []tertial.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []tertial.Outcome
	for _, group := range o.records {
		for _, x := range group {
			if x.Verdict == v {
				all = append(all, x)
			}
		}
	}
	return all
}

// post is a relay: it takes every mail, each in its time, unless its hooks say otherwise.
type post struct {
	mu    sync.Mutex
	dials int
	open  int // lines
	most  int // lines at once
	sent  []delivery
	tries []int64

	each    time.Duration
	jitter  func(n int) time.Duration // of the nth mail, instead of each
	onDial  func(n int) tertial.Verdict
	onSend  func(ctx context.Context, id int64, beforeDot func() error) *tertial.Outcome
	onReply func(id int64) *tertial.Outcome // after the dot
}

// delivery is a mail that was taken.
type delivery struct {
	id int64
	at time.Time
}

func (p *post) Dial(context.Context) (Line, tertial.Outcome) {
	p.mu.Lock()
	p.dials++
	n := p.dials
	p.mu.Unlock()
	if p.onDial != nil { // without the lock: in a bubble no one may sleep with it
		if v := p.onDial(n); v != "" {
			return nil, tertial.Outcome{Verdict: v, Phase: tertial.PhaseDial, Reply: "refused"}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open++
	p.most = max(p.most, p.open)
	return &wire{p: p}, tertial.Outcome{}
}

// ids are the mails that were taken, in order.
func (p *post) ids() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make([]int64, len(p.sent))
	for i, d := range p.sent {
		ids[i] = d.id
	}
	return ids
}

// wire is one line to the post.
type wire struct {
	p      *post
	broken bool
}

func (w *wire) Usable() bool { return !w.broken }

func (w *wire) Close() error {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	w.p.open--
	return nil
}

// Send waits half of the mail's time before the dot and half after it.
func (w *wire) Send(ctx context.Context, l Letter, beforeDot func(context.Context) error) tertial.Outcome {
	p := w.p
	var id int64
	if _, err := fmt.Sscanf(l.Subject, "message %d", &id); err != nil {
		panic(err)
	}
	p.mu.Lock()
	p.tries = append(p.tries, id)
	takes := p.each
	if p.jitter != nil {
		takes = p.jitter(len(p.tries))
	}
	p.mu.Unlock()
	if p.onSend != nil {
		if o := p.onSend(ctx, id, func() error { return beforeDot(ctx) }); o != nil {
			w.broken = o.Code == 0
			return *o
		}
	}
	if !rest(ctx, takes/2) {
		w.broken = true
		return tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Reply: "the line was lost", Undotted: true}
	}
	if err := beforeDot(ctx); err != nil {
		w.broken = true
		return tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Reply: err.Error(), Undotted: true}
	}
	p.mu.Lock()
	p.sent = append(p.sent, delivery{id, time.Now()})
	p.mu.Unlock()
	time.Sleep(takes / 2)
	if p.onReply != nil {
		if o := p.onReply(id); o != nil {
			w.broken = o.Code == 0
			return *o
		}
	}
	return tertial.Outcome{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250}
}

// rest waits, and reports whether ctx lasted.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// scribe renders messages; those in broken cannot be, and those in deadly panic.
type scribe struct {
	broken, deadly map[int64]bool
	size           int
}

func (s scribe) Render(m *tertial.Message) (Letter, error) {
	switch {
	case s.broken[m.ID]:
		return Letter{}, errors.New("no mail can be made of it")
	case s.deadly[m.ID]:
		panic("a template that breaks")
	}
	return Letter{Subject: fmt.Sprintf("message %d", m.ID), MessageID: fmt.Sprintf("<%d@stad.example>", m.ID), To: m.To,
		Raw: make([]byte, cmp.Or(s.size, 100))}, nil
}

// office puts a deliver together, in Stockholm's default hours. In a bubble it is 2000-01-01 00:00 UTC, a Saturday.
func office(t *testing.T, o *outbox, p *post, lines int) *Deliver {
	t.Helper()
	cal, err := calendar.New(calendar.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wheel, err := calendar.NewWheel(cal, calendar.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	rules := tertial.Rules{Zone: time.UTC, SendAt: 450, SendUntil: 1080}
	j := &Deliver{Store: o, Policy: policy.New(rules, wheel), Rules: rules, Renderer: scribe{}, Connections: lines, Worker: "one"}
	if p != nil {
		j.Relay = p
	}
	return j
}

// monday is 08:00 on a workday; the bubble's clock is set to it.
func monday() time.Time {
	at := time.Date(2000, 1, 10, 8, 0, 0, 0, time.UTC)
	time.Sleep(time.Until(at))
	return at
}

// run delivers, and wants no error.
func (j *Deliver) mustRun(t *testing.T, now time.Time) Result {
	t.Helper()
	r, err := j.Run(t.Context(), now)
	if err != nil {
		t.Errorf("deliver: %v", err)
	}
	return r
}
