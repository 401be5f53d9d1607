package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/policy"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/jobs"
)

// bench is where the jobs of one process are put together. Close it when no job runs any more.
type bench struct {
	h       *house
	mu      sync.Mutex
	deliver *jobs.Deliver // made when first needed: it reads the templates
	unlock  func() error  // lets another process send
}

func (h *house) bench() *bench { return &bench{h: h} }

// takeLine makes this the process that sends. On SQLite there is one, and a second is refused.
func (b *bench) takeLine(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deliver != nil {
		return nil
	}
	unlock, err := b.h.store.SendLock(ctx)
	if err != nil {
		return err
	}
	b.unlock = unlock
	quicken(os.Getenv)
	renderer, err := b.h.renderer(ctx)
	if err != nil {
		return err
	}
	b.deliver = &jobs.Deliver{
		Store: failingStore(b.h.store), Policy: b.h.policy, Rules: b.h.rules, Renderer: letters{renderer},
		Connections: b.h.cfg.Mail.Connections, Worker: worker(),
	}
	if b.h.cfg.Mail.SMTP.Host == "" {
		return nil
	}
	b.deliver.Relay = failingRelay(&relay{cfg: &b.h.cfg})
	return b.firstHost(ctx)
}

// worker names this process in the ledger.
func worker() string {
	host, err := os.Hostname()
	if err != nil {
		host = "here"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// metaRelay is set once a relay has been configured.
const metaRelay = "relay"

// firstHost holds all mail when a relay is set for the first time after mail has been captured: what was
// captured counts as told, and a person must say whether it is to be told again.
func (b *bench) firstHost(ctx context.Context) error {
	known, err := b.h.store.Meta(ctx, metaRelay)
	if err != nil || known != "" {
		return err
	}
	for _, err := range b.h.store.Messages(ctx, store.MessageFilter{States: []tertial.MessageState{tertial.MessageCaptured}, Limit: 1}) {
		if err != nil {
			return err
		}
		if err := b.h.store.Hold(ctx, b.h.stamp, "a mail server has been set, and mail had been captured before; see tertial mail list --state captured"); err != nil && !errors.Is(err, tertial.ErrRefused) {
			return err // refused: it is held already
		}
	}
	return b.h.store.SetMeta(ctx, metaRelay, "set")
}

func (b *bench) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unlock != nil {
		_ = b.unlock() // the process ends, and the lock with it
		b.unlock = nil
	}
}

// jobNames are the jobs in the order in which a day wants them.
func jobNames() []string { return []string{"remind", "digest", "summary", "deliver", "tidy"} }

// job is a job by its name. It sees the wheel as it is when it runs, since other processes may move its dates.
type job struct {
	b    *bench
	name string
}

// Run runs the job.
func (j job) Run(ctx context.Context, now time.Time) (jobs.Result, error) {
	h := j.b.h
	wheel, rules, err := h.current(ctx)
	if err != nil {
		return jobs.Result{}, err
	}
	var work jobs.Job
	switch j.name {
	case "remind":
		work = &jobs.Remind{Store: h.store, Policy: rules, Rules: h.rules}
	case "digest":
		work = &jobs.Digest{Store: h.store, Policy: rules, Wheel: wheel, Rules: h.rules, Role: h.cfg.Digest.Role, Organisation: h.cfg.Organisation}
	case "summary":
		work = &jobs.Summary{Store: h.store, Policy: rules, Rules: h.rules}
	case "tidy":
		work = &jobs.Tidy{Store: h.store}
	case "deliver":
		if err := j.b.takeLine(ctx); err != nil {
			return jobs.Result{}, err
		}
		work = j.b.deliver
	default:
		return jobs.Result{}, errors.New("there is no job " + j.name)
	}
	return work.Run(ctx, now)
}

// current is the wheel with the dates that the database has now, and the policy on it.
func (h *house) current(ctx context.Context) (*calendar.Wheel, *policy.Policy, error) {
	dates, err := h.store.WheelDates(ctx)
	if err != nil {
		return nil, nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(dates, h.dates) {
		h.dates = dates
		h.wheel = h.base.With(dates)
		h.policy = policy.New(h.rules, h.wheel)
	}
	return h.wheel, h.policy, nil
}

// runner puts the jobs under the clock.
func (b *bench) runner(clock func() time.Time) (*jobs.Runner, error) {
	lines := b.h.cfg.Jobs
	spec := map[string]string{
		"remind": lines.Remind, "digest": lines.Digest, "summary": lines.Summary, "deliver": lines.Deliver, "tidy": lines.Tidy,
	}
	var entries []jobs.Entry
	for _, name := range jobNames() {
		e := jobs.Entry{Name: name, Spec: spec[name], Job: job{b, name}}
		if name == "remind" || name == "digest" || name == "summary" {
			e.Wakes = "deliver"
		}
		switch name {
		case "remind":
			e.Next = func(ctx context.Context, _ time.Time) (time.Time, error) { return b.h.store.NextLook(ctx) }
		case "deliver":
			e.Next = b.nextDelivery
		}
		entries = append(entries, e)
	}
	r, err := jobs.NewRunner(b.h.rules.Zone, clock, b.h.store, b.h.log, entries)
	if err != nil {
		return nil, err
	}
	watch := &jobs.Clock{Store: clockStore{b.h.store}, Wall: time.Now, Passed: passed, Log: b.h.log}
	r.Before = watch.Check
	return r, nil
}

// nextDelivery is when deliver has something to do again.
func (b *bench) nextDelivery(ctx context.Context, now time.Time) (time.Time, error) {
	if err := b.takeLine(ctx); err != nil {
		return time.Time{}, err
	}
	return b.deliver.Next(ctx, now)
}

// clockStore is the database to a clock that is watched.
type clockStore struct{ *store.Store }

// HoldFor holds all mail.
func (s clockStore) HoldFor(ctx context.Context, reason string) error {
	err := s.Hold(ctx, tertial.Stamp{By: "clock", Via: "serve", At: time.Now()}, reason)
	if errors.Is(err, tertial.ErrRefused) {
		return nil // it is held
	}
	return err
}
