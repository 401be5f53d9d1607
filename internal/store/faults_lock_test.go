package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// F32: what PostgreSQL ends for being too slow or in another's way is run again a few times, or is unavailable; a connection is never left behind.
func TestWhatTheServerEnds(t *testing.T) {
	t.Parallel()
	db := pgtest.URL(t)
	s := openTest(t, db)
	if err := s.SetMeta(t.Context(), "a", "0"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMeta(t.Context(), "b", "0"); err != nil {
		t.Fatal(err)
	}
	idle := func(t *testing.T) {
		t.Helper()
		if n := s.w.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); n != 0 {
			t.Errorf("%d transactions are still open", n)
		}
	}
	set := func(ctx context.Context, t *txn, key string) error {
		_, err := t.ExecContext(ctx, `UPDATE meta SET value = value || 'x' WHERE key = $1`, key)
		return err
	}
	t.Run("F32 40P01 two transactions that wait for each other", func(t *testing.T) {
		var begun sync.WaitGroup
		begun.Add(2)
		cross := func(ctx context.Context, first, second string) error {
			met := sync.OnceFunc(func() { begun.Done(); begun.Wait() }) // the first time each waits for the other
			return s.write(ctx, "crossing", stampAt(now), func(t *txn) error {
				if err := set(ctx, t, first); err != nil {
					return err
				}
				met()
				return set(ctx, t, second)
			})
		}
		var all sync.WaitGroup
		for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
			all.Go(func() {
				if err := cross(t.Context(), order[0], order[1]); err != nil {
					t.Errorf("%v: %v", order, err)
				}
			})
		}
		all.Wait()
		if v, err := s.Meta(t.Context(), "a"); v != "0xx" || err != nil {
			t.Errorf("got %q, %v; want both, each once", v, err)
		}
		idle(t)
	})
	for code, repeated := range map[string]bool{"40001": true, "40P01": true, "55P03": true, "57014": false, "23514": false} {
		t.Run("F32 "+code+" is bounded", func(t *testing.T) {
			times := 0
			err := s.write(t.Context(), "writing", stampAt(now), func(t *txn) error {
				times++
				_, err := t.Exec(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '` + code + `'; END $$`)
				return err
			})
			want := 1
			if repeated {
				want = retries
			}
			if e, ok := errors.AsType[*pq.Error](err); !ok || string(e.Code) != code || times != want {
				t.Errorf("got %v after %d times, want it after %d", err, times, want)
			}
			idle(t)
		})
	}
	t.Run("F32 55P03 a lock that is free in time", func(t *testing.T) {
		times := 0
		if err := s.write(t.Context(), "writing", stampAt(now), func(t *txn) error {
			if times++; times == 1 {
				return &pq.Error{Code: "55P03"}
			}
			return nil
		}); err != nil || times != 2 {
			t.Errorf("got %v after %d times", err, times)
		}
		idle(t)
	})
	t.Run("F32 25P03 a process that was stopped in the middle of a transaction", func(t *testing.T) {
		sleepy := openTest(t, db+"&idle_in_transaction_session_timeout=500")
		times := 0
		err := sleepy.write(t.Context(), "writing", stampAt(now), func(tx *txn) error {
			if times++; times > 1 {
				return tx.setMeta(t.Context(), "c", "1")
			}
			for { // until the server has ended it
				var n int
				if err := s.w.Get(&n, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); err != nil {
					return err
				} else if n == 0 {
					return tx.setMeta(t.Context(), "c", "0")
				}
			}
		})
		if v, _ := s.Meta(t.Context(), "c"); err != nil || times < 2 || v != "1" {
			t.Errorf("got %v after %d times, %q; want it run again", err, times, v)
		}
		idle(t)
	})
	t.Run("F32 57014 a statement that waits too long for a lock", func(t *testing.T) {
		hasty := openTest(t, db+"&statement_timeout=1000")
		err := s.write(t.Context(), "holding", stampAt(now), func(tx *txn) error {
			if err := set(t.Context(), tx, "a"); err != nil {
				return err
			}
			if err := hasty.SetMeta(t.Context(), "a", "1"); !errors.Is(err, tertial.ErrUnavailable) || !strings.Contains(err.Error(), "57014") {
				t.Errorf("got %v, want it unavailable", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if n := hasty.w.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		idle(t)
	})
}

// F34: a database that is slow is waited for, and one that says nothing is not.
func TestASlowOrSilentServer(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	p := newProxy(t, c)
	s := openTest(t, c.Through(p.listener.Addr())+"&statement_timeout=3000&connect_timeout=1")
	toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
	t.Run("F34 a slow one", func(t *testing.T) {
		p.slow(30 * time.Millisecond)
		defer p.slow(0)
		claims := mustClaim(t, s, now)
		mustMark(t, s, now, claims...)
		if err := s.Renew(t.Context(), claims, time.Hour); err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s, now, outcome(claims[0], tertial.Temporary, now), outcome(claims[1], tertial.Temporary, now))
	})
	t.Run("F34 one that takes everything and says nothing", func(t *testing.T) {
		at := now.Add(temporaryWait)
		claims := mustClaim(t, s, at)
		p.dig()
		for name, call := range map[string]func(context.Context) error{
			"a claim": func(ctx context.Context) error {
				_, err := s.Claim(ctx, tertial.ClaimRequest{Now: at, Day: day("2024-03-04"), Open: true})
				return err
			},
			"a mark": func(ctx context.Context) error { _, err := s.MarkDot(ctx, at, claims); return err },
			"a record": func(ctx context.Context) error {
				return s.Record(ctx, at, []tertial.Outcome{outcome(claims[0], tertial.Accepted, at)})
			},
			"a read":    func(ctx context.Context) error { _, err := s.NextTry(ctx, at); return err },
			"a renewal": func(ctx context.Context) error { return s.Renew(ctx, claims, time.Minute) },
		} {
			if err := call(t.Context()); !errors.Is(err, tertial.ErrUnavailable) { // it ends, though nothing ends it
				t.Errorf("%s: got %v, want it unavailable", name, err)
			}
		}
		p.fill()
		p.cut()
		until(t, "when it speaks again", func() error {
			lost, err := s.MarkDot(t.Context(), at, claims)
			if err == nil && len(lost) > 0 {
				return fmt.Errorf("lost %v", lost)
			}
			return err
		})
		until(t, "the record", func() error {
			return s.Record(t.Context(), at, []tertial.Outcome{outcome(claims[0], tertial.Accepted, at), outcome(claims[1], tertial.Accepted, at)})
		})
		equal(t, "notices", noticeStates(t, s), []string{"told", "told"})
	})
}

// F35, P26: many workers, and nobody's claim is anybody else's.
func TestClaimsUnderLoad(t *testing.T) {
	t.Run("F35 sixteen claimers, five thousand messages, none twice", func(t *testing.T) {
		s, err := Open(t.Context(), Options{Database: pgtest.URL(t), Migrate: true, MaxConns: 16})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n := 5000
		if testing.Short() || raced {
			n = 500
		}
		fillOutbox(t, s, n)
		const limit = 7
		var mu sync.Mutex
		times := make(map[int64]int, n)
		parallel(t, 16, func(ctx context.Context) error {
			for {
				claims, err := s.Claim(ctx, tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Worker: "w", Limit: limit, Lease: time.Hour})
				if err != nil {
					return err
				}
				if len(claims) > limit {
					return fmt.Errorf("%d claims, want at most %d", len(claims), limit)
				}
				mu.Lock()
				for _, c := range claims {
					times[c.Message.ID]++
				}
				all := len(times)
				mu.Unlock()
				if len(claims) == 0 && all == n {
					return nil
				}
			}
		})
		for id, k := range times {
			if k != 1 {
				t.Fatalf("message %d was claimed %d times", id, k)
			}
		}
		if m := count1(t, s, `SELECT COUNT(*) FROM messages WHERE attempts = 1 AND fence = 1 AND state = 'sending'`); m != n {
			t.Errorf("claimed once: %d of %d", m, n)
		}
	})
}
