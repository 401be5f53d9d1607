package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

func TestWhatComesTogetherIsRecordedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(400), &post{jitter: func(n int) time.Duration { return time.Duration(1+n%37) * time.Millisecond }}
		office(t, o, p, 8).mustRun(t, monday())
		outcomes := 0
		for i, group := range o.records {
			outcomes += len(group)
			for _, x := range group {
				if wait := o.recorded[i].Sub(x.Ended); wait > recordWithin {
					t.Errorf("message %d waited %v for its record, want %v at most", x.Claim.Message.ID, wait, recordWithin)
				}
			}
		}
		span := o.recorded[len(o.recorded)-1].Sub(o.recorded[0])
		if most := int(span/recordWithin) + 2; outcomes != 400 || len(o.records) > most {
			t.Errorf("%d outcomes in %d records over %v, want 400 in %d at most", outcomes, len(o.records), span, most)
		}
	})
}

// P30: while the database is away nothing new is begun, and what was accepted is recorded, once, when it is back.
func TestOutcomesOutliveADatabaseThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(200), &post{each: 20 * time.Millisecond}
		now := monday()
		away := now.Add(time.Second)
		back := away.Add(40 * time.Second)
		o.onRecord = func() error {
			if at := time.Now(); !at.Before(away) && at.Before(back) {
				return fmt.Errorf("recording: %w", tertial.ErrUnavailable)
			}
			return nil
		}
		j := office(t, o, p, 2)
		r, err := j.Run(t.Context(), now)
		if !errors.Is(err, tertial.ErrUnavailable) {
			t.Errorf("got %v, want it said that the database was away, so that the next run comes soon", err)
		}
		if late := time.Since(back); late > backoffMost+time.Second {
			t.Errorf("the run ended %v after the database was back, want %v at most", late, backoffMost)
		}
		for _, d := range p.sent {
			if begun := d.at; begun.After(away.Add(2 * recordWithin)) {
				t.Errorf("message %d went at %v, after the database had gone", d.id, begun)
			}
		}
		if n := o.count(); n[tertial.MessageSent] != len(p.sent) || n[tertial.MessageSending] != 0 || r.Sent != len(p.sent) {
			t.Errorf("%v, %s, %d at the relay; want each of those recorded and the rest queued", n, r, len(p.sent))
		}
		for id, e := range o.messages {
			if len(e.verdicts) > 1 {
				t.Errorf("message %d is recorded %d times", id, len(e.verdicts))
			}
		}
		if then := j.mustRun(t, time.Now()); r.Sent+then.Sent != 200 || len(p.sent) != 200 {
			t.Errorf("then got %s, want the rest", then)
		}
	})
}

func TestOutcomesThatCannotBeRecorded(t *testing.T) {
	t.Run("a fault that stays ends the run, and the claims are left to be taken back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broken := errors.New("no such table")
			o, p := newOutbox(500), &post{each: 10 * time.Millisecond}
			o.onRecord = func() error { return broken }
			r, err := office(t, o, p, 4).Run(t.Context(), monday())
			if !errors.Is(err, broken) || r.Sent != 0 {
				t.Errorf("got %s, %v; want the fault, and nothing counted", r, err)
			}
			if len(p.sent) > 40 || o.count()[tertial.MessageQueued] == 0 {
				t.Errorf("%d mails went though none could be recorded, %v", len(p.sent), o.count())
			}
		})
	})
	t.Run("F18 a commit that was done though an error came back is repeated without harm", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(100), &post{each: time.Millisecond}
			store := &halfHeard{outbox: o}
			j := office(t, o, p, 2)
			j.Store = store
			if _, err := j.Run(t.Context(), monday()); err != nil && !errors.Is(err, tertial.ErrUnavailable) {
				t.Error(err)
			}
			if _, err := j.Run(t.Context(), time.Now()); err != nil && !errors.Is(err, tertial.ErrUnavailable) {
				t.Error(err)
			}
			for range 100 { // whatever is left
				if o.count()[tertial.MessageSent] == 100 {
					break
				}
				_, _ = j.Run(t.Context(), time.Now())
			}
			if n := o.count()[tertial.MessageSent]; n != 100 || len(p.sent) != 100 {
				t.Errorf("%d are sent, %d mails at the relay; want 100 once each", n, len(p.sent))
			}
		})
	})
	t.Run("after a stop no longer than the grace", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(2000), &post{each: 10 * time.Millisecond}
			o.onRecord = func() error { return tertial.ErrUnavailable }
			if _, took, err := stopAt(t, office(t, o, p, 4), time.Second); took > 2*graceToRecord || err == nil {
				t.Errorf("ended %v after the stop, %v; want within the grace, and why", took, err)
			}
		})
	})
}

// halfHeard loses every third answer of the database after the work was done.
type halfHeard struct {
	*outbox
	calls int
}

func (h *halfHeard) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	if err := h.outbox.Record(ctx, now, outcomes); err != nil {
		return err
	}
	if h.calls++; h.calls%3 == 1 {
		return fmt.Errorf("the answer to the commit was lost: %w", tertial.ErrUnavailable)
	}
	return nil
}

func TestAClaimThatFails(t *testing.T) {
	for _, nth := range []int{1, 2, 3} {
		t.Run(fmt.Sprintf("the %d. of a run: what has been claimed goes, and the fault is told", nth), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(1000), &post{each: time.Millisecond}
				calls := 0
				o.onClaim = func() error {
					if calls++; calls == nth {
						return tertial.ErrUnavailable
					}
					return nil
				}
				r, err := office(t, o, p, 4).Run(t.Context(), monday())
				got := 0
				for _, c := range o.claims {
					got += c.n
				}
				if !errors.Is(err, tertial.ErrUnavailable) || r.Sent != got || o.count()[tertial.MessageSending] != 0 {
					t.Errorf("got %s, %v after %d were claimed; want those sent, and the fault", r, err, got)
				}
			})
		})
	}
}
