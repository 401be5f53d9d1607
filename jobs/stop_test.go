package jobs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// stopAt runs a delivery that is stopped after a time, and tells when it ended.
func stopAt(t *testing.T, j *Deliver, after time.Duration) (r Result, took time.Duration, err error) {
	t.Helper()
	now := monday()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	time.AfterFunc(after, cancel)
	r, err = j.Run(ctx, now)
	return r, time.Since(now) - after, err
}

// P46: after a stop nothing new is begun within a second; what is before its dot goes back, what is after it is waited
// for and recorded. All is recorded, so that no claim is left.
func TestAStopAtEachPhase(t *testing.T) {
	second := 10 * time.Second // what a mail takes: the dot is half-way
	for _, c := range []struct {
		name   string
		after  time.Duration
		set    func(o *outbox, p *post)
		sent   int
		within time.Duration
	}{
		{"F16 while claiming", 500 * time.Millisecond, func(o *outbox, _ *post) { o.slow = time.Second }, 0, time.Second},
		{"F16 while dialling", 2 * time.Second, func(_ *outbox, p *post) {
			p.onDial = func(int) tertial.Verdict { time.Sleep(3 * time.Second); return tertial.RelayDown }
		}, 0, 2 * time.Second},
		{"F16 at RCPT of the first", 2 * time.Second, nil, 0, time.Second},
		{"F16 while the first is marked", 5500 * time.Millisecond, func(o *outbox, _ *post) {
			o.onMark = func() error { time.Sleep(time.Second); return nil }
		}, 0, time.Second},
		{"F16 after the dot of the first", 7 * time.Second, nil, 2, 5 * time.Second},
		{"F16 at RCPT of the second", 12 * time.Second, nil, 2, time.Second},
		{"P46 nine minutes after the dot", 2 * time.Minute, func(_ *outbox, p *post) {
			p.jitter = func(int) time.Duration { return 3 * time.Minute }
		}, 2, 90 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(50), &post{each: second}
				if c.set != nil {
					c.set(o, p)
				}
				r, took, _ := stopAt(t, office(t, o, p, 2), c.after)
				if r.Sent != c.sent || took > c.within {
					t.Errorf("got %s, ended %v after the stop; want %d sent within %v", r, took, c.sent, c.within)
				}
				if n := o.count(); n[tertial.MessageSent] != c.sent || n[tertial.MessageQueued] != 50-c.sent || len(o.attempts()) != c.sent {
					t.Errorf("%v, attempts %v; want the rest as it was", n, o.attempts())
				}
			})
		})
	}
}

func TestWhatTheStopFindsInDoubtIsRecordedSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(3), &post{each: 20 * time.Minute}
		p.onReply = func(int64) *tertial.Outcome {
			return &tertial.Outcome{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot, Reply: "no answer within 10m0s"}
		}
		j := office(t, o, p, 1)
		if _, took, _ := stopAt(t, j, 11*time.Minute); took != 9*time.Minute+recordWithin && took != 9*time.Minute {
			t.Errorf("ended %v after the stop, want when the wait after the dot was over", took)
		}
		if got := o.outcomes(tertial.Ambiguous); len(got) != 1 || got[0].NextTry.Sub(got[0].Ended) != unknownPause {
			t.Errorf("recorded %v, want one in doubt that goes again after %v", got, unknownPause)
		}
	})
}
