package jobs

import (
	"context"
	"time"
)

// How long to wait before a database that was away is asked again, at the first time and at most.
const (
	backoffFirst = time.Second
	backoffMost  = 15 * time.Second
)

// backoff is a wait that doubles, of which each takes a part by lot, so that replicas do not come all at once.
type backoff struct {
	jitter func() float64
	last   time.Duration
}

// next is how long to wait this time.
func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, backoffFirst), backoffMost)
	return time.Duration(b.jitter()*float64(b.last)) + time.Millisecond
}

// reset begins anew.
func (b *backoff) reset() { b.last = 0 }

// sleep waits, and reports whether ctx lasted.
func (b *backoff) sleep(ctx context.Context) bool {
	timer := time.NewTimer(b.next())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
