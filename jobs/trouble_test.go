package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"tertial/internal/tertial"
)

// trouble has an outbox and a relay fail at random.
type trouble struct {
	mu         sync.Mutex
	r          *rand.Rand
	over       bool
	post       *post
	ambiguous  map[int64]int
	unrecorded int // records that failed for good
}

func newTrouble(seed uint64, o *outbox) *trouble {
	x := &trouble{r: rand.New(rand.NewPCG(seed, 5)), ambiguous: map[int64]int{}}
	x.post = &post{each: 5 * time.Millisecond}
	x.post.onDial = func(int) tertial.Verdict {
		if x.strikes(0.05) {
			return tertial.RelayDown
		}
		return ""
	}
	x.post.onSend = func(_ context.Context, _ int64, _ func() error) *tertial.Outcome {
		switch {
		case x.strikes(0.02):
			return &tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Code: 451, Undotted: true}
		case x.strikes(0.01):
			return &tertial.Outcome{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Undotted: true}
		case x.strikes(0.01):
			return &tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true}
		}
		return nil
	}
	x.post.onReply = func(id int64) *tertial.Outcome {
		if !x.strikes(0.02) {
			return nil
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.ambiguous[id]++
		return &tertial.Outcome{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}
	}
	away := func(p float64) func() error {
		return func() error {
			if x.strikes(p) {
				return tertial.ErrUnavailable
			}
			return nil
		}
	}
	o.onClaim, o.onMark, o.onRenew = away(0.05), away(0.02), away(0.2)
	o.onRecord = func() error {
		if x.strikes(0.005) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.unrecorded++
			return errors.New("a fault that stays")
		}
		return away(0.05)()
	}
	return x
}

func (x *trouble) strikes(p float64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.over && x.r.Float64() < p
}

func (x *trouble) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
}

// takeBack does with claims without an outcome as the store does with those of the dead.
func (o *outbox) takeBack() {
	o.mu.Lock()
	defer o.mu.Unlock()
	marked := map[int64]bool{}
	for _, m := range o.marks {
		for _, id := range m.ids {
			marked[id] = true
		}
	}
	for id, e := range o.messages {
		if e.state != tertial.MessageSending {
			continue
		}
		if e.state = tertial.MessageQueued; marked[id] {
			e.state, e.next = tertial.MessageUnknown, time.Now().Add(unknownPause)
		}
	}
}
