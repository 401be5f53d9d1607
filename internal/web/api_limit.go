package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many requests a token may make: so many at once, and so many a second in the long run.
const (
	apiBurst     = 100
	apiPerSecond = 10
)

// apiLimiter keeps each token to its number of requests. Tokens are few: people make them one by one.
type apiLimiter struct {
	mu     sync.Mutex
	tokens map[int64]*rate.Limiter
}

// wait returns how long a token has to wait before its next request, 0 where it may make it now.
func (l *apiLimiter) wait(token int64, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.tokens[token]
	if limit == nil {
		l.forget(now)
		limit = rate.NewLimiter(apiPerSecond, apiBurst)
		l.tokens[token] = limit
	}
	reservation := limit.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now) // who is refused does not wait longer for having asked
	}
	return delay
}

// forget drops the tokens that have rested so long that they have everything again.
func (l *apiLimiter) forget(now time.Time) {
	if len(l.tokens) < 1000 {
		return
	}
	for id, limit := range l.tokens {
		if limit.TokensAt(now) >= apiBurst {
			delete(l.tokens, id)
		}
	}
}
