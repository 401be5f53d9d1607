package jobs

import (
	"slices"
	"sync"
	"time"
)

// slot is a line to the relay, opened when first needed.
type slot struct{ line Line }

// hangUp ends the line. What was sent has its answer.
func (w *slot) hangUp() {
	if w.line != nil {
		_ = w.line.Close()
		w.line = nil
	}
}

// slots are the lines of a shift. The one used last is used next, so that no more are opened than are needed.
type slots struct {
	free chan struct{} // a place for each that nobody has

	mu   sync.Mutex
	idle []*slot
	each time.Duration // what a mail took of late
}

func newSlots(n int) *slots {
	w := &slots{free: make(chan struct{}, n)}
	for range n {
		w.free <- struct{}{}
		w.idle = append(w.idle, &slot{})
	}
	return w
}

// take waits for a line.
func (w *slots) take() *slot {
	<-w.free
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.idle) - 1
	taken := w.idle[last]
	w.idle = w.idle[:last]
	return taken
}

// give puts a line back, over which a mail took so long.
func (w *slots) give(back *slot, each time.Duration) {
	w.mu.Lock()
	if back.line == nil {
		w.idle = slices.Insert(w.idle, 0, back)
	} else {
		w.idle = append(w.idle, back)
	}
	w.each = each
	w.mu.Unlock()
	w.free <- struct{}{}
}

// pace is what a mail took of late, 0 where none has been sent.
func (w *slots) pace() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.each
}

// hangUp ends all lines; nobody has one.
func (w *slots) hangUp() {
	for _, one := range w.idle {
		one.hangUp()
	}
}
