package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// Live lives the life of a seed and reports how it went. It must be called in a bubble of testing/synctest whose clock
// nobody else moves. An error means that there was no life to speak of.
func Live(ctx context.Context, seed uint64, o Options) (report *Report, err error) {
	w, err := newWorld(ctx, seed, o)
	if err != nil {
		return nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.live(ctx); err != nil {
		return nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	if err := errors.Join(o.Break.end(ctx, w), w.check(ctx)); err != nil {
		return nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	return &Report{Seed: seed, Nature: w.nature.String(), Journal: w.journal, Wrong: w.wrong, Days: w.org.days, Mails: len(w.post.mails),
		Copies: w.copies(), Processes: w.begun, Owed: len(w.keen.owed)}, nil
}

// live goes from instant to instant.
func (w *world) live(ctx context.Context) error {
	deeds, r := w.deeds(), stream(w.seed, "what")
	steps := w.steps()
	w.calm = w.calmAt()
	if err := w.keen.foretell(ctx); err != nil {
		return err
	}
	var up time.Time // when the next process begins, while there is none
	for !w.finished(ctx) {
		var deed, step time.Time
		if len(deeds) > 0 {
			deed = deeds[0].at
		}
		if len(steps) > 0 {
			step = steps[0].from
		}
		next := earliest(w.clockwork(), deed, step, up)
		if w.process != nil {
			if due := w.process.next(ctx); due.After(time.Now()) {
				next = earliest(next, due)
			}
		}
		sleepUntil(next)
		switch now := time.Now(); {
		case len(steps) > 0 && !now.Before(step):
			w.step(steps[0].to.Sub(steps[0].from))
			steps = steps[1:]
		case len(deeds) > 0 && !now.Before(deed):
			if err := w.does(ctx, deeds[0], r); err != nil {
				return err
			}
			deeds = deeds[1:]
		}
		if err := w.keen.look(ctx); err != nil {
			return err
		}
		var err error
		if up, err = w.work(ctx, up); err != nil {
			return err
		}
	}
	return w.process.stop()
}

// work has the process look, or ends and begins one. It returns when the next begins.
func (w *world) work(ctx context.Context, up time.Time) (time.Time, error) {
	if w.process == nil {
		if time.Now().Before(up) && !w.sky.over() {
			return up, nil
		}
		if err := w.start(ctx); err != nil {
			return up, err
		}
	}
	p := w.process
	w.sky.light()
	stopping := w.sky.storm() && chance(w.sky.dice, 0.05)
	w.tick(ctx, p, stopping)
	switch {
	case p.isDead() || stopping:
		w.process = nil
		return time.Now().Add(w.sky.pause()), p.stop()
	case w.sky.faults && !w.sky.over() && chance(w.sky.dice, 0.01): // a downtime
		w.note("process %d is stopped", p.n)
		w.process = nil
		return time.Now().Add(time.Duration(1+w.sky.dice.IntN(6)) * 24 * time.Hour), p.stop()
	}
	return time.Time{}, nil
}

// tick has a process look at everything, and stops it in the middle if it is to be.
func (w *world) tick(ctx context.Context, p *process, stopping bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if stopping {
		after := time.Duration(w.sky.dice.Int64N(int64(200*time.Millisecond)) | 1)
		timer := time.AfterFunc(after, func() { w.note("process %d is to stop", p.n); cancel() })
		defer timer.Stop()
	}
	p.tick(ctx)
}

// calmAt is when everything that was in trouble should have ended: mail is tried for five days, and goes on workdays.
func (w *world) calmAt() time.Time {
	day := tertial.DateIn(w.sky.end, w.zone)
	for range 6 {
		day = w.wheel.Calendar().First(day.AddDays(1))
	}
	return w.rules.SendEnd(day)
}

// clockwork is the next instant at which anybody looks at the clock: when mail begins to go, and when it ends. What
// happens between, the process says itself.
func (w *world) clockwork() time.Time {
	now := w.now()
	var next time.Time
	for day, n := w.rules.Today(now), 0; next.IsZero() && n < 9; day, n = day.AddDays(1), n+1 {
		if !w.wheel.Calendar().IsWorkday(day) && day.Weekday() != time.Sunday {
			continue // one day off a week shows as much as two
		}
		for _, at := range []time.Time{w.rules.SendTime(day), w.rules.SendEnd(day)} {
			if at.After(now) {
				next = earliest(next, at)
			}
		}
	}
	return time.Now().Add(next.Sub(now))
}

// steps are the steps of the wall clock in a life: from an instant, by how much.
func (w *world) steps() []span {
	if !w.nature.faults {
		return nil
	}
	r := stream(w.seed, "steps")
	var all []span
	at := time.Now()
	for range r.IntN(3) {
		at = at.Add(time.Duration(1+r.IntN(w.org.days*24/3)) * time.Hour).Add(time.Duration(r.IntN(3600)) * time.Second)
		all = append(all, span{at, at.Add(pick(r, []time.Duration{-time.Hour, time.Hour}))})
	}
	return all
}

func (w *world) step(by time.Duration) {
	w.mu.Lock()
	w.skew += by
	w.stepped = true
	w.mu.Unlock()
	w.note("the clock is stepped by %v", by)
}

// finished reports whether the days are over and everything has ended, or should have.
func (w *world) finished(ctx context.Context) bool {
	if !w.sky.over() {
		return false
	}
	if w.held {
		w.held = false
		if err := w.desk.Resume(ctx, w.stamp("mail release")); err != nil {
			w.broken("mail cannot be released: %v", err)
		}
	}
	if w.process == nil || time.Now().Before(w.calm) {
		return false
	}
	if time.Now().After(w.calm.Add(14 * 24 * time.Hour)) {
		w.broken("P4 two weeks after the last trouble could have ended not everything has")
		return true
	}
	open, err := w.count(ctx, `SELECT COUNT(*) FROM messages WHERE state IN ('composing', 'queued', 'sending', 'unknown')`)
	return err == nil && open == 0
}
