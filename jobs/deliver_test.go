package jobs

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// slowPost is an outbox with one message, and a relay that takes it after a while. Its
// claim is lost when it is not renewed within the lease.
type slowPost struct {
	mu       sync.Mutex // of the lease
	takes    time.Duration
	lease    time.Time
	claimed  bool
	outcomes []tertial.Outcome
}

func (p *slowPost) Held(context.Context) (string, bool, error) { return "", false, nil }
func (p *slowPost) CloseDay(context.Context, time.Time, tertial.Date, bool) (int, error) {
	return 0, nil
}
func (p *slowPost) ReclaimDead(context.Context, time.Time) error { return nil }
func (p *slowPost) Claim(_ context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	if p.claimed {
		return nil, nil
	}
	p.claimed, p.lease = true, time.Now().Add(r.Lease)
	return []tertial.Claim{{Fence: 1}}, nil
}
func (p *slowPost) Renew(_ context.Context, _ []tertial.Claim, lease time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.lease) {
		p.lease = time.Now().Add(lease)
	}
	return nil
}
func (p *slowPost) MarkDot(context.Context, time.Time, []tertial.Claim) ([]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().After(p.lease) {
		return []int64{0}, nil
	}
	return nil, nil
}
func (p *slowPost) NextTry(context.Context, time.Time) (time.Time, error) { return time.Time{}, nil }
func (p *slowPost) Record(_ context.Context, _ time.Time, o []tertial.Outcome) error {
	p.outcomes = append(p.outcomes, o...)
	return nil
}
func (p *slowPost) Render(*tertial.Message) (Letter, error)      { return Letter{}, nil }
func (p *slowPost) Dial(context.Context) (Line, tertial.Outcome) { return p, tertial.Outcome{} }
func (p *slowPost) Usable() bool                                 { return true }
func (p *slowPost) Close() error                                 { return nil }
func (p *slowPost) Send(ctx context.Context, _ Letter, beforeDot func(context.Context) error) tertial.Outcome {
	time.Sleep(p.takes)
	if beforeDot(ctx) != nil {
		return tertial.Outcome{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true}
	}
	return tertial.Outcome{Verdict: tertial.Accepted, Phase: tertial.PhaseDot}
}

func TestASlowRelayDoesNotLoseItsClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cal, err := calendar.New(calendar.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w, err := calendar.NewWheel(cal, calendar.BuiltIn())
		if err != nil {
			t.Fatal(err)
		}
		rules := tertial.Rules{Zone: time.UTC, SendAt: 450, SendUntil: 1080}
		post := &slowPost{takes: 4 * time.Minute}
		j := &Deliver{Store: post, Policy: policy.New(rules, w), Rules: rules, Renderer: post, Relay: post}
		r, err := j.Run(t.Context(), time.Now())
		if err != nil || r.Sent != 1 || len(post.outcomes) != 1 {
			t.Errorf("got %s, %v, %d outcomes; want it sent", r, err, len(post.outcomes))
		}
	})
}
