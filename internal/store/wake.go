package store

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/lib/pq"
)

const (
	// wakeChannel is what replicas on one PostgreSQL call each other by.
	wakeChannel = "tertial_wake"
	// metaWakes counts the wakes on SQLite, where nobody can be called.
	metaWakes = "wakes"
	// wakePoll is how often that count is read.
	wakePoll = time.Second
	// How long to wait before listening again where the connection was lost, at least and at most.
	listenAgain, listenAtMost = 2 * time.Second, 30 * time.Second
)

// wakers are those in this process who want to know at once.
type wakers struct {
	mu    sync.Mutex
	chans map[chan struct{}]struct{}
}

func (w *wakers) add() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.chans == nil {
		w.chans = make(map[chan struct{}]struct{})
	}
	c := make(chan struct{}, 1) // one that waits stands for all
	w.chans[c] = struct{}{}
	return c
}

func (w *wakers) remove(c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.chans, c)
	close(c)
}

// wake never waits for anybody.
func (w *wakers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.chans {
		nudge(c)
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Wakes returns a channel on which something comes when this or another process has committed what remind or deliver
// should see to at once: a look that is now due, mail that is queued, tried again or let go. What deliver itself
// writes, and a look, wake nobody. Several wakes may come as one, some may come for nothing, and one may be missed where the
// database cannot call (a pooler between, a lost connection): who waits must look now and then all the same.
//
// The channel is closed when ctx has ended and nothing of this is at work any more.
func (s *Store) Wakes(ctx context.Context) <-chan struct{} {
	c := s.wakers.add()
	go func() { // ends with ctx; who waits for the channel to be closed waits for it
		defer s.wakers.remove(c)
		if s.d.leases {
			s.listen(ctx, c)
			return
		}
		s.pollWakes(ctx, c)
	}()
	return c
}

// pollWakes reads the count of wakes each second.
func (s *Store) pollWakes(ctx context.Context, c chan struct{}) {
	ticker := time.NewTicker(wakePoll)
	defer ticker.Stop()
	last, known := "", false
	for {
		if now, err := meta(ctx, s.r, metaWakes); err == nil {
			if known && now != last {
				nudge(c)
			}
			last, known = now, true
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// listen hears what other replicas call, and connects again when it is lost. Where it cannot listen nothing comes.
func (s *Store) listen(ctx context.Context, c chan struct{}) {
	for wait := listenAgain; ; wait = min(2*wait, listenAtMost) {
		if s.listenOnce(ctx, c) {
			wait = listenAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait + rand.N(wait)/2): // not all replicas at once
		}
	}
}

// listenOnce listens until the connection is lost, and reports whether there was one.
func (s *Store) listenOnce(ctx context.Context, c chan struct{}) bool {
	calls := make(chan *pq.Notification, 16)
	conn, err := pq.NewListenerConn(s.dsn, calls)
	if err != nil {
		return false
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if stop() {
			_ = conn.Close()
		}
		for range calls { // until the connection has ended
		}
	}()
	if _, err := conn.Listen(wakeChannel); err != nil {
		return false
	}
	nudge(c) // for whatever was called before
	for range calls {
		nudge(c)
	}
	nudge(c)
	return true
}

// wake has the others woken when the transaction has committed.
func (t *txn) wake() { t.woke = true }

// callOthers says in the transaction what is heard when it has committed.
func (t *txn) callOthers(ctx context.Context) error {
	if !t.woke || t.quiet {
		return nil
	}
	if t.s.d.leases {
		_, err := t.ExecContext(ctx, `SELECT pg_notify($1, '')`, wakeChannel)
		return err
	}
	count, err := meta(ctx, t, metaWakes)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(count, 10, 64) // none is the first
	return t.setMeta(ctx, metaWakes, strconv.FormatInt(n+1, 10))
}
