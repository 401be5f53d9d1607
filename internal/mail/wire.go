package mail

import (
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"
)

// replyBudget is how much a relay may say in one turn.
const replyBudget = 64 << 10

var errReplyTooLong = errors.New("the relay does not stop talking")

// wire is a connection that bounds what the other side says between two of our
// turns, and how long it takes over it. One goroutine uses it; cut may come from any.
type wire struct {
	net.Conn
	budget int
	timer  *time.Timer // cuts the line when a phase has had its time
	timing bool        // a phase runs

	mu    sync.Mutex
	limit time.Duration // of the phase that runs
	why   error         // why we have cut the line, nil while it stands
}

func newWire(conn net.Conn) *wire {
	w := &wire{Conn: conn, budget: replyBudget}
	w.timer = time.AfterFunc(math.MaxInt64, w.expire)
	w.timer.Stop()
	return w
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

// allow gives what follows, up to the next allow or rest, at most limit. Then the line is cut.
func (w *wire) allow(limit time.Duration) {
	w.rest()
	w.mu.Lock()
	w.limit = limit
	w.mu.Unlock()
	w.timer.Reset(limit)
	w.timing = true
}

// rest ends a phase: from here on nobody is waited for.
func (w *wire) rest() {
	if w.timing && !w.timer.Stop() {
		w.expire() // which runs already, but may not have come to the cut
	}
	w.timing = false
}

func (w *wire) expire() {
	w.mu.Lock()
	limit := w.limit
	w.mu.Unlock()
	w.cut(fmt.Errorf("no answer within %v", limit))
}

// cut makes whatever waits on the line fail, now and from now on. The first reason stays.
func (w *wire) cut(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why == nil {
		w.why = why
		_ = w.Conn.SetDeadline(time.Unix(1, 0)) // it may be closed already
	}
}

// cutBy is why we have cut the line, nil while it stands.
func (w *wire) cutBy() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.why
}

// cause is what made an exchange fail: our own reason for cutting the line, where there is one.
func (w *wire) cause(err error) error {
	if why := w.cutBy(); err != nil && why != nil {
		return why
	}
	return err
}

// within lets f talk for at most limit.
func (w *wire) within(limit time.Duration, f func() error) error {
	if why := w.cutBy(); why != nil {
		return why
	}
	w.allow(limit)
	err := w.cause(f())
	w.rest()
	return err
}

// close ends the connection without a word.
func (w *wire) close() {
	w.rest()
	_ = w.Conn.Close() // it may be closed already
}
