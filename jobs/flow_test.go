package jobs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// Memory does not grow with what is queued: what is claimed and has no outcome yet is bounded (P48, F41).
func TestWhatIsUnderWayIsBounded(t *testing.T) {
	t.Run("F41 twenty thousand at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(20_000), &post{each: 2 * time.Millisecond}
			r := office(t, o, p, 16).mustRun(t, monday())
			if r.Sent != 20_000 || len(p.sent) != 20_000 {
				t.Errorf("got %s, %d at the relay; want 20,000", r, len(p.sent))
			}
			if most := claimMost + claimMost/2 + 2*16*groupMost + recordMost; o.most > most {
				t.Errorf("%d were under way at once, want %d at most", o.most, most)
			}
			for _, c := range o.claims {
				if c.n > claimMost {
					t.Errorf("%d messages in one claim, want %d at most", c.n, claimMost)
				}
			}
		})
	})
	t.Run("a slow relay is not claimed for ahead of time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(3000), &post{each: 2 * time.Second}
			if r := office(t, o, p, 4).mustRun(t, monday()); r.Sent != 3000 {
				t.Errorf("got %s, want 3,000 sent", r)
			}
			if most := 2*claimLimit + 4*groupMost; o.most > most {
				t.Errorf("%d were under way at once at two a second, want %d at most", o.most, most)
			}
		})
	})
}

// P28: from the claim to the record the lease of each message is extended, whether it waits in the queue, lies on a desk, is
// being sent, or waits for its record.
func TestLeasesAreExtendedForAllThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(90), &post{each: 15 * time.Second}
		p.onReply = func(int64) *tertial.Outcome { return nil }
		away := false
		o.onRecord = func() error {
			if at := time.Since(time.Date(2000, 1, 10, 8, 0, 0, 0, time.UTC)); at > 2*time.Minute && at < 4*time.Minute {
				away = true
				return tertial.ErrUnavailable // outcomes wait for two minutes, longer than a lease
			}
			return nil
		}
		start := monday()
		var over []string
		check := time.NewTicker(5 * time.Second)
		done := make(chan struct{})
		go func() {
			for {
				select {
				case <-done:
					return
				case <-check.C:
				}
				o.mu.Lock()
				for id, e := range o.messages {
					if e.state == tertial.MessageSending && time.Now().After(e.lease) {
						over = append(over, fmt.Sprintf("%d at %v", id, time.Since(start)))
					}
				}
				o.mu.Unlock()
			}
		}()
		j := office(t, o, p, 2)
		_, err := j.Run(t.Context(), start)
		if !errors.Is(err, tertial.ErrUnavailable) || !away {
			t.Errorf("got %v, want the database away for a while", err)
		}
		j.mustRun(t, time.Now())
		check.Stop()
		close(done)
		if len(over) > 0 {
			t.Errorf("leases that ran out: %v", over[:min(len(over), 5)])
		}
		if len(p.sent) != 90 || o.count()[tertial.MessageSent] != 90 {
			t.Errorf("%d at the relay, %v; want 90 once each", len(p.sent), o.count())
		}
		if m := slices.Max(o.renewed); m < 80 {
			t.Errorf("at most %d claims were extended at a time, want all that wait", m)
		}
	})
}

// Whatever the sizes and times are, all is sent once and the stations end. A bubble fails where they wait for each other.
func TestTheStationsNeverWaitForEachOther(t *testing.T) {
	seeds := 150
	if testing.Short() || raced {
		seeds = 40
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 3))
			n, lines := r.IntN(2500), 1+r.IntN(20)
			o, p := newOutbox(n), &post{}
			speed := time.Duration(1+r.IntN(300)) * time.Millisecond
			p.jitter = func(n int) time.Duration { return speed * time.Duration(n%7+1) / 4 }
			o.slow = time.Duration(r.IntN(60)) * time.Millisecond
			j := office(t, o, p, lines)
			broken := map[int64]bool{}
			for range r.IntN(40) {
				broken[r.Int64N(int64(n+1))+1] = true
			}
			delete(broken, int64(n+1))
			j.Renderer = scribe{broken: broken, size: 1 << r.IntN(19)}
			if r.IntN(4) == 0 {
				j.Relay = nil
			}
			got := j.mustRun(t, monday())
			if done := got.Sent + got.Captured; done != n-len(broken) || got.Failed != len(broken) || o.count()[tertial.MessageSending] != 0 {
				t.Errorf("seed %d, %d messages over %d lines: got %s, %v; want all but %d sent", seed, n, lines, got, o.count(), len(broken))
			}
			if ids := p.ids(); len(ids) != got.Sent {
				t.Errorf("seed %d: %d at the relay, %d counted", seed, len(ids), got.Sent)
			}
		})
	}
}

func TestTroubleOfAllKindsLosesNothingAndEnds(t *testing.T) {
	seeds := 100
	if testing.Short() || raced {
		seeds = 25
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 4))
			n := 1 + r.IntN(600)
			o := newOutbox(n)
			o.slow = time.Duration(r.IntN(30)) * time.Millisecond
			trouble := newTrouble(uint64(seed), o)
			j := office(t, o, trouble.post, 1+r.IntN(8))
			start := monday()
			for now := start; now.Before(start.Add(9 * time.Hour)); now = time.Now() {
				if c := o.count(); c[tertial.MessageSent]+c[tertial.MessageFailed] == n {
					break
				}
				if now.After(start.Add(time.Hour)) {
					trouble.end()
				}
				_, _ = j.Run(t.Context(), now)
				if o.count()[tertial.MessageSending] != 0 {
					o.takeBack() // a record that failed for good
				}
				time.Sleep(time.Minute)
			}
			count := o.count()
			if count[tertial.MessageSent]+count[tertial.MessageFailed] != n {
				t.Errorf("seed %d: %v of %d, want each sent or failed", seed, count, n)
			}
			copies := map[int64]int{}
			for _, id := range trouble.post.ids() {
				copies[id]++
			}
			for id, e := range o.messages {
				if extra := copies[id] - 1; extra > trouble.ambiguous[id]+trouble.unrecorded {
					t.Errorf("seed %d: %d copies of %d, in doubt %d times", seed, copies[id], id, trouble.ambiguous[id])
				}
				if e.state == tertial.MessageSent && copies[id] == 0 {
					t.Errorf("seed %d: %d is sent and the relay does not have it", seed, id)
				}
			}
		})
	}
}
