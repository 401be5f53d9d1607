package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits bound what can be guessed at and asked for from outside.
type limits struct {
	asks    *limiter // requests to be let in, by the network they come from
	mails   *limiter // the same, by the address that is asked about
	codes   *limiter // codes that were wrong, by network
	links   *limiter // links that were wrong, by network
	answers *limiter // answers, by the mail that they come from
}

func newLimits() limits {
	return limits{
		asks:    newLimiter(rate.Every(20*time.Second), 15),
		mails:   newLimiter(rate.Every(3*time.Minute), 5),
		codes:   newLimiter(rate.Every(10*time.Second), 20),
		links:   newLimiter(rate.Every(time.Second), 60),
		answers: newLimiter(rate.Every(time.Second), 60),
	}
}

// limiterKeys is how many keys a limiter remembers.
const limiterKeys = 20_000

// limiter is a bucket for each key, for as many keys as fit. It is safe for concurrent use.
type limiter struct {
	every rate.Limit
	burst int

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

func newLimiter(every rate.Limit, burst int) *limiter {
	return &limiter{every: every, burst: burst, keys: make(map[string]*rate.Limiter)}
}

// take uses up one try of a key, and reports whether there was one.
func (l *limiter) take(key string, now time.Time) bool { return l.of(key, now).AllowN(now, 1) }

// spent reports whether a key has no try left, without using one.
func (l *limiter) spent(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.keys[key]
	return ok && b.TokensAt(now) < 1
}

func (l *limiter) of(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.keys[key]; ok {
		return b
	}
	if len(l.keys) >= limiterKeys {
		l.forget(now)
	}
	b := rate.NewLimiter(l.every, l.burst)
	l.keys[key] = b
	return b
}

// forget makes room: buckets that are full again say nothing; where that is not enough, any go.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.keys {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, key)
		}
	}
	for key := range l.keys {
		if len(l.keys) < limiterKeys*3/4 {
			return
		}
		delete(l.keys, key)
	}
}

// network is the part of an address that one household or office has: all of IPv4's, the first half of IPv6's.
func network(addr netip.Addr) string {
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
