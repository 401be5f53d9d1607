package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tertial/internal/tertial"
)

// guard stands between a process and its database: it takes its time, loses answers, refuses the dead, and sees who
// is handed out what.
type guard struct{ p *process }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// call makes a call of the process to the database. A write's answer may be lost.
func (g *guard) call(name string, writes bool, do func() error) error {
	p, w := g.p, g.p.w
	if p.isDead() {
		return errDead
	}
	time.Sleep(p.latency(name))
	if p.isDead() {
		return errDead
	}
	if w.sky.databaseAway() {
		w.note("%s: the database is unavailable", name)
		return fmt.Errorf("%s: %w", name, tertial.ErrUnavailable)
	}
	before, after := w.sky.spark()
	if before {
		w.note("before %s", name)
		p.die()
		return errDead
	}
	err := do()
	if writes || err != nil {
		w.note("%s: %v", name, err)
	}
	if after {
		p.die()
		return errDead
	}
	if writes && err == nil && w.sky.lies() {
		w.note("the answer to %s is lost", name)
		return fmt.Errorf("%s: the answer was lost: %w", name, tertial.ErrUnavailable)
	}
	return err
}

func (g *guard) Held(ctx context.Context) (reason string, held bool, err error) {
	err = g.call("Held", false, func() error { reason, held, err = g.p.store.Held(ctx); return err })
	return reason, held, err
}

func (g *guard) CloseDay(ctx context.Context, now time.Time, day tertial.Date, open bool) (n int, err error) {
	err = g.call("CloseDay", true, func() error { n, err = g.p.store.CloseDay(ctx, now, day, open); return err })
	return n, err
}

func (g *guard) Look(ctx context.Context, r tertial.LookRequest, decide func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)) (n int, err error) {
	err = g.call("Look", true, func() error { n, err = g.p.store.Look(ctx, r, decide); return err })
	return n, err
}

func (g *guard) Release(ctx context.Context, now time.Time, day tertial.Date) (n int, err error) {
	err = g.call("Release", true, func() error { n, err = g.p.store.Release(ctx, now, day); return err })
	return n, err
}

func (g *guard) ReclaimDead(ctx context.Context, now time.Time) error {
	return g.call("ReclaimDead", true, func() error { return g.p.store.ReclaimDead(ctx, now) })
}

func (g *guard) Claim(ctx context.Context, r tertial.ClaimRequest) (claims []tertial.Claim, err error) {
	err = g.call("Claim", true, func() error {
		claims, err = g.p.store.Claim(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

func (g *guard) Renew(ctx context.Context, claims []tertial.Claim, lease time.Duration) error {
	return g.call("Renew", false, func() error { return g.p.store.Renew(ctx, claims, lease) })
}

func (g *guard) MarkDot(ctx context.Context, now time.Time, claims []tertial.Claim) (lost []int64, err error) {
	err = g.call("MarkDot", true, func() error { lost, err = g.p.store.MarkDot(ctx, now, claims); return err })
	return lost, err
}

func (g *guard) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	return g.call("Record", true, func() error {
		for i := range outcomes {
			o := &outcomes[i]
			g.p.w.note("message %d, try %d: %s at %s %d %s %s", o.Claim.Message.ID, o.Claim.Fence, o.Verdict, o.Phase, o.Code, o.Enhanced, o.Reply)
		}
		err := g.p.store.Record(ctx, now, outcomes)
		for i := range outcomes {
			if o := &outcomes[i]; err == nil && o.Verdict == tertial.Accepted {
				g.p.w.post.heard(o.Claim.Message.MessageID)
			}
		}
		return err
	})
}

func (g *guard) NextTry(ctx context.Context, now time.Time) (time.Time, error) {
	return g.p.store.NextTry(ctx, now)
}

func (g *guard) Created(ctx context.Context) (at time.Time, err error) {
	err = g.call("Created", false, func() error { at, err = g.p.store.Created(ctx); return err })
	return at, err
}

func (g *guard) HasMessage(ctx context.Context, kind tertial.MessageKind, key string) (there bool, err error) {
	err = g.call("HasMessage", false, func() error { there, err = g.p.store.HasMessage(ctx, kind, key); return err })
	return there, err
}

func (g *guard) Register(ctx context.Context, keys []string) (reg *tertial.Register, ids map[string]int64, err error) {
	err = g.call("Register", false, func() error { reg, ids, err = g.p.store.Register(ctx, keys); return err })
	return reg, ids, err
}

func (g *guard) Enqueue(ctx context.Context, stamp tertial.Stamp, m []tertial.Message) (n int, err error) {
	err = g.call("Enqueue", true, func() error { n, err = g.p.store.Enqueue(ctx, stamp, m); return err })
	return n, err
}

func (g *guard) Figures(ctx context.Context, asOf tertial.Date) (d tertial.Digest, err error) {
	err = g.call("Figures", false, func() error { d, err = g.p.store.Figures(ctx, asOf); return err })
	return d, err
}

func (g *guard) Summary(ctx context.Context, since, asOf tertial.Date) (s tertial.Summary, err error) {
	err = g.call("Summary", false, func() error { s, err = g.p.store.Summary(ctx, since, asOf); return err })
	return s, err
}

// Now is the clock of the computer, which is the process's: one that steps takes the other with it.
func (g *guard) Now(context.Context) (time.Time, error) { return g.p.w.now(), nil }

func (g *guard) HoldFor(ctx context.Context, reason string) error {
	return g.call("HoldFor", true, func() error {
		return g.p.store.Hold(ctx, tertial.Stamp{By: "clock", Via: "serve", At: g.p.w.now()}, reason)
	})
}
