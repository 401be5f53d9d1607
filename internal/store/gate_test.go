package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// door is a server that lets nobody in until it opens, and counts who knocks.
type door struct {
	mu    sync.Mutex
	open  bool
	takes time.Duration
	times []time.Time
}

func (d *door) Connect(ctx context.Context) (driver.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.times = append(d.times, time.Now())
	time.Sleep(d.takes)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !d.open {
		return nil, errors.New("sorry, too many clients already")
	}
	return nil, nil
}

func (d *door) Driver() driver.Driver { return nil }

// F29, P30: who waits for a server does not storm it.
func TestTheGate(t *testing.T) {
	t.Run("F29 a server that lets nobody in is tried less than twice a second", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &door{}
			g := &gate{to: d}
			end := time.Now().Add(10 * time.Minute)
			var all sync.WaitGroup
			for range 20 { // who all want to connect all the time
				all.Go(func() {
					for time.Now().Before(end) {
						if _, err := g.Connect(t.Context()); !isUnavailable(err) {
							t.Errorf("got %v, want it unavailable", err)
						}
						time.Sleep(10 * time.Millisecond)
					}
				})
			}
			all.Wait()
			if n := len(d.times); n > 20+240 || n < 100 {
				t.Errorf("it was tried %d times in ten minutes", n)
			}
			for i := 21; i < len(d.times); i++ {
				if wait := d.times[i].Sub(d.times[i-1]); wait < gateFirst/2 || wait > gateMost+time.Second {
					t.Fatalf("%v after the one before", wait)
				}
			}
		})
	})
	t.Run("P30 it goes on seconds after the server is back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &door{}
			g := &gate{to: d}
			for range 100 {
				_, _ = g.Connect(t.Context())
				time.Sleep(time.Second)
			}
			d.open = true
			back := time.Now()
			for {
				if _, err := g.Connect(t.Context()); err == nil {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if waited := time.Since(back); waited > gateMost+time.Second {
				t.Errorf("it waited %v", waited)
			}
			for range 100 {
				if _, err := g.Connect(t.Context()); err != nil {
					t.Errorf("once it is open: %v", err)
				}
			}
		})
	})
	t.Run("an attempt that was broken off shuts nobody out", func(t *testing.T) {
		d := &door{}
		g := &gate{to: d}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.Connect(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		d.open = true
		if _, err := g.Connect(t.Context()); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

// F34: a server that takes everything and says nothing is given up.
func TestALineOnWhichNothingIsSaidEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	dial := func(silence time.Duration) net.Conn {
		conn, err := lineDialer{silence: silence}.DialTimeout("tcp", listener.Addr().String(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	t.Run("F34 an answer that does not come", func(t *testing.T) {
		_, err := dial(10 * time.Millisecond).Read(make([]byte, 1))
		if network := net.Error(nil); !errors.As(err, &network) || !network.Timeout() {
			t.Errorf("got %v, want a time-out", err)
		}
		if !isUnavailable(err) || isRetryable(err) {
			t.Errorf("%v: want it unavailable, and not tried again at once", err)
		}
	})
	t.Run("F34 a deadline of the driver's stands", func(t *testing.T) {
		conn := dial(time.Hour)
		if err := conn.SetDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("it was read")
		}
	})
	for url, want := range map[string]time.Duration{
		"postgres://a/b?statement_timeout=30000": 33 * time.Second, "postgres://a/b": 0, "postgres://a/b?statement_timeout=0": 0, "://": 0,
	} {
		if got := silence(url); got != want {
			t.Errorf("%s: got %v, want %v", url, got, want)
		}
	}
}
