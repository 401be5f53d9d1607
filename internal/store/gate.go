package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// After a failed attempt to connect the next one waits so long, twice as long after each, and no longer than gateMost. Half
// of it is chance, so that replicas do not come back together.
const (
	gateFirst = time.Second
	gateMost  = 5 * time.Second
)

// gate opens connections to a database. While it cannot be reached one at a time tries, now and then,
// and everybody else is told at once: a server that is down, or full, or coming up is not stormed by those who wait for it.
type gate struct {
	to driver.Connector

	mu     sync.Mutex
	failed int         // attempts in a row
	why    error       // of the last of them
	wait   *time.Timer // while nobody may try again
	trying bool        // somebody does, while it is shut
}

// Driver implements [driver.Connector].
func (g *gate) Driver() driver.Driver { return g.to.Driver() }

// Connect implements [driver.Connector].
func (g *gate) Connect(ctx context.Context) (driver.Conn, error) {
	if err := g.enter(); err != nil {
		return nil, err
	}
	conn, err := g.to.Connect(ctx)
	g.leave(ctx, err)
	if err != nil {
		return nil, &unreached{err}
	}
	return conn, nil
}

// enter refuses who must not try just now.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed == 0 {
		return nil
	}
	if g.trying || g.wait != nil {
		return &unreached{fmt.Errorf("a moment ago: %w", g.why)}
	}
	g.trying = true
	return nil
}

// leave notes what came of an attempt. One that its caller broke off says nothing of the server.
func (g *gate) leave(ctx context.Context, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trying = false
	switch {
	case err == nil:
		g.failed, g.why, g.wait = 0, nil, nil
	case ctx.Err() == nil:
		wait := min(gateFirst<<min(g.failed, 8), gateMost)
		g.failed, g.why = g.failed+1, err
		g.shutFor(wait/2 + rand.N(wait/2))
	}
}

// shutFor has nobody try for a time, which begins anew when another attempt fails that was under way.
func (g *gate) shutFor(d time.Duration) {
	if g.wait != nil {
		g.wait.Stop()
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.wait == timer {
			g.wait = nil
		}
	})
	g.wait = timer
}

// unreached is the failure to connect.
type unreached struct{ err error }

func (e *unreached) Error() string { return e.err.Error() }

func (e *unreached) Unwrap() error { return e.err }
