package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tertial/internal/mail"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/jobs"
)

// errDead is what everything says to a process that has died.
var errDead = errors.New("the process is dead")

// process is one incarnation of the daemon: its store, its jobs, and whether it lives.
type process struct {
	w     *world
	n     int
	store *store.Store
	clock *jobs.Clock
	begun time.Time

	remind  *jobs.Remind
	digest  *jobs.Digest
	summary *jobs.Summary
	deliver *jobs.Deliver

	settled map[string]tertial.Date // when a job that has nothing more to do that day went through

	mu      sync.Mutex
	dead    bool
	streams map[string]*rand.Rand
}

// start begins a process, as serve does: it opens the database and takes the line.
func (w *world) start(ctx context.Context) error {
	s, err := w.open(ctx)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	w.begun++
	p := &process{w: w, n: w.begun, store: s, begun: time.Now(), streams: map[string]*rand.Rand{}, settled: map[string]tertial.Date{}}
	g := &guard{p: p}
	sender, err := mail.NewSender(mail.SMTP{Host: "127.0.0.1", Port: 25, TLS: "none", DialContext: w.post.dial})
	if err != nil {
		return err
	}
	p.clock = &jobs.Clock{Store: g, Wall: w.now, Passed: func() time.Duration { return time.Since(p.begun) + time.Hour }, Log: discard()}
	p.remind = &jobs.Remind{Store: w.o.Break.remind(w, g), Policy: w.o.Break.policy(w), Rules: w.rules}
	p.digest = &jobs.Digest{Store: g, Policy: w.policy, Wheel: w.wheel, Rules: w.rules, Role: "Ledning", Organisation: "Staden"}
	p.summary = &jobs.Summary{Store: g, Policy: w.policy, Rules: w.rules}
	p.deliver = &jobs.Deliver{Store: w.o.Break.deliver(w, g), Policy: w.o.Break.policy(w), Rules: w.rules, Renderer: w.o.Break.renderer(w, letters{w.letter}),
		Relay: lines{sender, p}, Connections: 1, Worker: fmt.Sprintf("life/%d", p.n), Jitter: stream(w.seed, fmt.Sprint("jitter", p.n)).Float64}
	w.process = p
	w.post.forgotten()
	w.note("process %d begins", p.n)
	return nil
}

// stop closes the database of a process that has ended.
func (p *process) stop() error {
	p.w.post.cut()
	p.w.post.calls.Wait()
	return p.store.Close()
}

// die ends the process where it stands: nothing it says or asks is heard any more.
func (p *process) die() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	p.w.note("process %d dies", p.n)
	p.w.post.cut()
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// latency is the odd time that a call takes, so that no two things happen at one moment.
func (p *process) latency(name string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.streams[name]
	if r == nil {
		r = stream(p.w.seed, fmt.Sprint(p.n, name))
		p.streams[name] = r
	}
	return time.Duration(100_000 + r.IntN(900_000))
}

// tick looks at everything once, in the order of a day.
func (p *process) tick(ctx context.Context) {
	w := p.w
	if err := p.clock.Check(ctx); err != nil {
		w.note("no job runs: %v", err)
		return
	}
	for _, x := range []struct {
		name string
		job  jobs.Job
	}{{"remind", p.remind}, {"digest", p.digest}, {"summary", p.summary}, {"deliver", p.deliver}} {
		if ctx.Err() != nil || p.isDead() {
			return
		}
		occasional := x.name == "digest" || x.name == "summary"
		today := w.rules.Today(w.now())
		if occasional && (p.settled[x.name] == today || !w.policy.Open(w.now())) {
			continue // for the time it takes: it would find nothing
		}
		r, err := x.job.Run(ctx, w.now())
		if err == nil {
			p.settled[x.name] = today
		}
		if said := r.String(); err != nil || said != (jobs.Result{}).String() {
			w.note("%s: %s, %v", x.name, said, err)
		}
		for _, fault := range r.Faults {
			w.note("%s left out: %v", x.name, fault)
		}
		if at := w.now(); x.name == "remind" && err == nil && w.policy.Open(at) {
			w.looked = append(w.looked, look{time.Now(), w.rules.Today(at)})
		}
	}
}

// next is when the process has something to do, by the true time; zero where it does not know.
func (p *process) next(ctx context.Context) time.Time {
	now := p.w.now()
	look, err := p.store.NextLook(ctx)
	if err != nil || !look.After(now) {
		look = time.Time{}
	}
	try, err := p.deliver.Next(ctx, now)
	if err != nil || !try.After(now) {
		try = time.Time{}
	}
	next := earliest(look, try)
	if next.IsZero() {
		return next
	}
	return time.Now().Add(next.Sub(now))
}

// letters are the mails of the renderer.
type letters struct{ *mail.Renderer }

func (l letters) Render(m *tertial.Message) (jobs.Letter, error) {
	r, err := l.Renderer.Render(m)
	if err != nil {
		return jobs.Letter{}, err
	}
	return jobs.Letter{Subject: r.Subject, MessageID: r.MessageID, From: r.EnvelopeFrom, To: r.EnvelopeTo, Raw: r.Raw}, nil
}

// lines are connections to the relay.
type lines struct {
	sender *mail.Sender
	p      *process
}

func (l lines) Dial(ctx context.Context) (jobs.Line, tertial.Outcome) {
	if l.p.isDead() {
		return nil, tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseDial, Reply: errDead.Error()}
	}
	conn, err := l.sender.Dial(ctx)
	if err == nil {
		return line{conn}, tertial.Outcome{}
	}
	o := tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseDial, Reply: err.Error()}
	if f := (*mail.Failure)(nil); errors.As(err, &f) {
		o.Verdict, o.Phase, o.Code, o.Enhanced, o.Reply = f.Verdict, f.Phase, f.Code, f.Enhanced, f.Reply
	}
	return nil, o
}

// line is a connection to the relay.
type line struct{ *mail.Conn }

func (l line) Send(ctx context.Context, x jobs.Letter, beforeDot func(context.Context) error) tertial.Outcome {
	r := l.Conn.Send(ctx, x.From, x.To, x.Raw, beforeDot)
	return tertial.Outcome{Verdict: r.Verdict, Phase: r.Phase, Code: r.Code, Enhanced: r.Enhanced, Reply: r.Reply, Undotted: r.Undotted, Stale: r.Stale}
}
