package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// replyBudget is how much a relay may say in one turn.
const replyBudget = 64 << 10

var errReplyTooLong = errors.New("the relay does not stop talking")

// wire is a connection that bounds what the other side says between two of our
// turns, and how long it takes over it. One goroutine uses it.
type wire struct {
	net.Conn
	budget int
	// dead: a deadline has passed or the caller has gone; nothing more can be said.
	dead bool
}

// Read reads as far as the budget goes.
func (w *wire) Read(p []byte) (int, error) {
	if w.budget <= 0 {
		return 0, errReplyTooLong
	}
	n, err := w.Conn.Read(p[:min(len(p), w.budget)])
	w.budget -= n
	return n, err
}

// Write takes our turn: the other side may speak anew.
func (w *wire) Write(p []byte) (int, error) {
	w.budget = replyBudget
	return w.Conn.Write(p)
}

// within lets f talk for at most limit, or until ctx ends. After either the wire is dead.
func (w *wire) within(ctx context.Context, limit time.Duration, f func() error) error {
	if w.dead {
		return net.ErrClosed
	}
	timed, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %v", limit))
	defer cancel()
	stop := context.AfterFunc(timed, func() { _ = w.Conn.SetDeadline(time.Unix(1, 0)) })
	err := f()
	if !stop() {
		w.dead = true
		if err != nil {
			return context.Cause(timed)
		}
	}
	return err
}
