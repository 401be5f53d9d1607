package jobs

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// A relay that fails is no message's fault: no attempt is burnt, and it is asked again with one mail (F4, P14, P16).
func TestWhereTheRelayFailsWhatWasNotBegunGoesBack(t *testing.T) {
	down := tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseMail, Code: 421, Reply: "not now", Undotted: true}
	for _, c := range []struct {
		name string
		post func() *post
		sent int // at most
	}{
		{"F4 refused dial", func() *post {
			return &post{each: time.Millisecond, onDial: func(int) tertial.Verdict { return tertial.RelayDown }}
		}, 0},
		{"F4 421 at MAIL after ten mails", func() *post {
			p := &post{each: time.Millisecond}
			p.onSend = func(_ context.Context, _ int64, _ func() error) *tertial.Outcome {
				if len(p.ids()) < 10 {
					return nil
				}
				o := down
				return &o
			}
			return p
		}, 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(300), c.post()
				r := office(t, o, p, 4).mustRun(t, monday())
				if r.Sent > c.sent || r.RelayDown == "" || r.Failed != 0 {
					t.Errorf("got %s, want the relay down and nothing failed", r)
				}
				if burnt := len(o.attempts()); burnt != r.Sent {
					t.Errorf("%d attempts are burnt, %d mails were sent", burnt, r.Sent)
				}
				if left := o.count()[tertial.MessageQueued]; left != 300-r.Sent {
					t.Errorf("%d are queued, want the other %d", left, 300-r.Sent)
				}
				if p.dials > 8 {
					t.Errorf("%d dials to a relay that is down, want no more than its lines", p.dials)
				}
			})
		})
	}
}

func TestARelayThatFailedIsAskedWithOneMailOverOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(100)
		works := false
		var dials atomic.Int64 // several lines dial at once when it works
		p := &post{each: 10 * time.Millisecond}
		p.onDial = func(int) tertial.Verdict {
			if dials.Add(1); !works {
				return tertial.RelayDown
			}
			return ""
		}
		j := office(t, o, p, 8)
		now := monday()
		j.mustRun(t, now)
		for range 20 {
			dials.Store(0)
			if r := j.mustRun(t, now.Add(time.Second)); r.RelayDown == "" || dials.Load() != 0 {
				t.Errorf("%s, %d dials during the pause, want none", r, dials.Load())
			}
			next, err := j.Next(t.Context(), now)
			if err != nil || !next.After(now) || next.Sub(now) > 6*time.Minute {
				t.Fatalf("the next probe is at %v after %v, %v; want within five minutes", next, now, err)
			}
			time.Sleep(next.Sub(now))
			now = next
			dials.Store(0)
			if j.mustRun(t, now); dials.Load() != 1 {
				t.Errorf("the relay was asked %d times in a probe, want once", dials.Load())
			}
		}
		works = true
		next, _ := j.Next(t.Context(), now)
		time.Sleep(next.Sub(now))
		if r := j.mustRun(t, next); r.Sent != 100 || p.most < 2 || len(o.attempts()) != 100 {
			t.Errorf("got %s over %d lines at most, want all 100 over several once one was taken", r, p.most)
		}
		for id, n := range o.attempts() {
			if n != 1 {
				t.Errorf("message %d had %d attempts, want 1: a relay that is down burns none", id, n)
			}
		}
	})
}

func TestAProbeIsNotLostOnAMailThatCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(50), &post{each: time.Millisecond}
		p.onDial = func(int) tertial.Verdict {
			time.Sleep(10 * time.Millisecond) // long enough for others to dial, too
			return tertial.RelayDown
		}
		j := office(t, o, p, 8)
		now := monday()
		j.mustRun(t, now)
		j.Renderer = scribe{broken: map[int64]bool{1: true}}
		next, _ := j.Next(t.Context(), now)
		time.Sleep(next.Sub(now))
		before := p.dials
		if j.mustRun(t, next); p.dials != before+1 {
			t.Errorf("the relay was asked %d times, want once", p.dials-before)
		}
	})
}

// P16, F8: a policy that refuses everybody is the relay's; nobody's mail fails of it, on whichever line it was.
func TestAPolicyAgainstEverybodyIsTheRelays(t *testing.T) {
	for _, lines := range []int{1, 4, 16} {
		t.Run(fmt.Sprintf("F8 550 5.7.1 for all, over %d lines", lines), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(300), &post{}
				p.onSend = func(ctx context.Context, id int64, _ func() error) *tertial.Outcome {
					rest(ctx, 10*time.Millisecond+time.Duration(id)*time.Microsecond)
					return &tertial.Outcome{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.7.1", Undotted: true}
				}
				r := office(t, o, p, lines).mustRun(t, monday())
				if r.Failed != 0 || r.RelayDown == "" || len(o.attempts()) != 0 || o.count()[tertial.MessageQueued] != 300 {
					t.Errorf("got %s, %d attempts burnt, %v; want none failed, none burnt, all queued", r, len(o.attempts()), o.count())
				}
				if len(p.tries) > 3+2*lines {
					t.Errorf("%d mails were tried, want three and what was on the other lines", len(p.tries))
				}
			})
		})
	}
	t.Run("F7 550 5.1.1 for one of many", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(300), &post{each: time.Millisecond}
			p.onSend = func(_ context.Context, id int64, _ func() error) *tertial.Outcome {
				if id != 100 {
					return nil
				}
				return &tertial.Outcome{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Undotted: true}
			}
			if r := office(t, o, p, 4).mustRun(t, monday()); r.Sent != 299 || r.Failed != 1 || r.RelayDown != "" {
				t.Errorf("got %s, want 299 sent and one failed", r)
			}
		})
	})
}

func TestHoursThatEndInMidRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(100), &post{each: time.Second}
		o.add(tertial.Message{ID: 101, Kind: tertial.DigestMail, To: "chef@stad.example"})
		o.add(tertial.Message{ID: 102, Kind: tertial.Reminder, To: "kanske@stad.example"})
		o.messages[102].state = tertial.MessageUnknown
		start := monday().Add(10*time.Hour - 30*time.Second) // half a minute before 18:00
		time.Sleep(time.Until(start))
		r := office(t, o, p, 1).mustRun(t, start)
		end := start.Add(30 * time.Second)
		for _, d := range p.sent {
			if d.id <= 100 && d.at.After(end.Add(time.Second)) {
				t.Errorf("reminder %d went at %v, after the hours", d.id, d.at)
			}
		}
		if o.messages[101].state != tertial.MessageSent || o.messages[102].state != tertial.MessageSent {
			t.Errorf("the digest is %s, what was in doubt %s; want both sent, at any hour", o.messages[101].state, o.messages[102].state)
		}
		if left := o.count()[tertial.MessageQueued]; r.Sent+left != 102 || left < 65 || len(o.attempts()) != r.Sent {
			t.Errorf("got %s, %d queued, %d attempts; want the rest back as it was", r, left, len(o.attempts()))
		}
	})
}
