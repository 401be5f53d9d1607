package jobs

import (
	"math/rand/v2"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func refusal(phase tertial.Phase, enhanced string) tertial.Outcome {
	return tertial.Outcome{Verdict: tertial.Refused, Phase: phase, Enhanced: enhanced}
}

func TestThreePolicyRefusalsInARowAreTheRelays(t *testing.T) {
	accepted := tertial.Outcome{Verdict: tertial.Accepted, Phase: tertial.PhaseDot}
	policy, unknown := refusal(tertial.PhaseRcpt, "5.7.1"), refusal(tertial.PhaseRcpt, "5.1.1")
	for _, c := range []struct {
		name     string
		outcomes []tertial.Outcome
		down     int // how many become the relay's
		refused  int
		stopped  bool
	}{
		{"three in a row", []tertial.Outcome{policy, policy, policy}, 3, 0, true},
		{"two, and one taken", []tertial.Outcome{policy, policy, accepted}, 0, 2, false},
		{"three with one taken between", []tertial.Outcome{policy, accepted, policy, policy}, 0, 3, false},
		{"three unknown recipients", []tertial.Outcome{unknown, unknown, unknown}, 0, 3, false},
		{"two at the end", []tertial.Outcome{accepted, policy, policy}, 0, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			stopped := false
			j := judge{pause: new(pause), stop: func(tertial.Outcome) { stopped = true }, now: time.Unix(1e9, 0), jitter: rand.Float64}
			var all []tertial.Outcome
			for _, o := range c.outcomes {
				all = j.take(all, o)
			}
			all = j.rest(all)
			var down, refused int
			for _, o := range all {
				switch o.Verdict {
				case tertial.RelayDown:
					down++
				case tertial.Refused:
					refused++
				}
			}
			if len(all) != len(c.outcomes) || down != c.down || refused != c.refused || stopped != c.stopped {
				t.Errorf("%d outcomes, %d relay, %d refused, stopped %v; want %d, %d, %d, %v",
					len(all), down, refused, stopped, len(c.outcomes), c.down, c.refused, c.stopped)
			}
		})
	}
}

func TestTheDelayGrowsAndIsJittered(t *testing.T) {
	for attempts, want := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 5 * time.Minute, 3: 15 * time.Minute, 4: 30 * time.Minute,
		5: time.Hour, 6: 2 * time.Hour, 7: 4 * time.Hour, 99: 4 * time.Hour,
	} {
		seen := map[time.Duration]bool{}
		for range 50 {
			d := delay(attempts, rand.Float64)
			seen[d] = true
			if off := d - want; off < -want/5 || off > want/5 {
				t.Errorf("after %d tries: %v, want %v ± 20 %%", attempts, d, want)
			}
		}
		if len(seen) < 2 {
			t.Errorf("after %d tries the delay has no jitter", attempts)
		}
	}
}

func TestNextTries(t *testing.T) {
	ended := time.Unix(1e9, 0)
	j := judge{pause: new(pause), stop: func(tertial.Outcome) {}, now: ended, jitter: rand.Float64}
	after := func(o tertial.Outcome) time.Duration {
		o.Ended = ended
		return j.judged(o).NextTry.Sub(ended)
	}
	if got := after(tertial.Outcome{Verdict: tertial.Ambiguous}); got != 15*time.Minute {
		t.Errorf("an unknown one goes again after %v, want 15 minutes", got)
	}
	if got := after(tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt}); got < 4*time.Minute {
		t.Errorf("a greylisted one goes again after %v, want about 5 minutes", got)
	}
	if got := after(tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseData}); got > 2*time.Minute {
		t.Errorf("a temporary refusal goes again after %v, want about a minute", got)
	}
}

func TestTheRelaysPauseGrowsToFiveMinutesAndEnds(t *testing.T) {
	var p pause
	now := time.Unix(1e9, 0)
	first := p.down(now, rand.Float64)
	if again := p.down(now, rand.Float64); again != first {
		t.Error("two failures of one run count twice")
	}
	for range 10 {
		now = now.Add(time.Hour)
		if wait := p.down(now, rand.Float64).Sub(now); wait > 5*time.Minute {
			t.Fatalf("the relay is left alone for %v, want a probe every five minutes", wait)
		}
	}
	p.up()
	if !p.until().IsZero() {
		t.Error("a relay that took a message is still paused")
	}
}
