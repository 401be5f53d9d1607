package jobs

import (
	"strings"
	"sync"
	"time"

	"tertial/internal/tertial"
)

// judge gives outcomes their next try, and tells one bad recipient from a relay that
// refuses everybody: policy refusals (5.7.x) of three recipients in a row are the relay's, and so are those that were
// on other lines meanwhile.
type judge struct {
	pause  *pause
	stop   func(tertial.Outcome)
	now    time.Time
	jitter func() float64
	// suspects are policy refusals in a row, not yet decided on.
	suspects []tertial.Outcome
	refusing bool // the relay refuses everybody
}

// policyRefusals is how many recipients in a row must be refused by policy for it to be the relay's.
const policyRefusals = 3

// take adds an outcome to a group, and with it those that it decides on.
func (j *judge) take(group []tertial.Outcome, o tertial.Outcome) []tertial.Outcome {
	if o.Verdict == tertial.Refused && o.Phase == tertial.PhaseRcpt && strings.HasPrefix(o.Enhanced, "5.7.") {
		if j.suspects = append(j.suspects, o); !j.refusing && len(j.suspects) < policyRefusals {
			return group
		}
		for i := range j.suspects {
			j.suspects[i].Verdict = tertial.RelayDown
		}
		if !j.refusing {
			j.refusing = true
			j.stop(j.suspects[0])
		}
		return j.rest(group)
	}
	// What says nothing about what the relay thinks of a recipient does not end the row.
	if o.Verdict != tertial.RelayDown && o.Verdict != tertial.Returned {
		group = j.rest(group)
	}
	return append(group, j.judged(o))
}

// rest decides on the suspects as they stand.
func (j *judge) rest(group []tertial.Outcome) []tertial.Outcome {
	for _, o := range j.suspects {
		group = append(group, j.judged(o))
	}
	j.suspects = nil
	return group
}

func (j *judge) judged(o tertial.Outcome) tertial.Outcome {
	switch o.Verdict {
	case tertial.RelayDown:
		o.NextTry = j.pause.down(j.now, j.jitter)
	case tertial.Ambiguous:
		o.NextTry = o.Ended.Add(unknownPause)
	case tertial.Temporary:
		attempt := o.Claim.Message.Attempts
		if o.Phase == tertial.PhaseRcpt {
			attempt = max(attempt, 2) // greylisting wants five minutes
		}
		o.NextTry = o.Ended.Add(delay(attempt, j.jitter))
	case tertial.Accepted:
		j.pause.up()
	}
	return o
}

// unknownPause is how long after a broken line the same bytes go again.
const unknownPause = 15 * time.Minute

// delay is the time to the next try after the given number of them, with ±20 % jitter.
func delay(attempts int, jitter func() float64) time.Duration {
	steps := [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	step := steps[min(max(attempts, 1), len(steps))-1]
	return step + time.Duration((jitter()-0.5)*0.4*float64(step))
}

// pause keeps a relay that failed from being asked again at once; it lives with the
// process, and a new process asks anew.
type pause struct {
	mu       sync.Mutex
	failures int
	since    time.Time // of the last failure counted
	next     time.Time
}

func (p *pause) until() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

// down counts a failure of the relay, those of one run once, and returns when to ask again.
func (p *pause) down(now time.Time, jitter func() float64) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !now.Equal(p.since) || p.failures == 0 {
		p.failures++
		p.since = now
		p.next = now.Add(min(delay(p.failures, jitter), 5*time.Minute))
	}
	return p.next
}

// failing reports whether the relay failed when it was last asked.
func (p *pause) failing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failures > 0
}

func (p *pause) up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.next = 0, time.Time{}
}
