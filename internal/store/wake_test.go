package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

func woken(t testing.TB, wakes <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-wakes:
		if !open {
			t.Fatal("nobody can be woken any more")
		}
	case <-time.After(patience):
		t.Fatal("nobody was woken")
	}
}

// drained takes away what has come.
func drained(wakes <-chan struct{}) {
	for {
		select {
		case <-wakes:
		default:
			return
		}
	}
}

func TestWhatIsToBeSeenToAtOnceWakesOtherProcesses(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			s := openTest(t, db)
			other := openTest(t, db) // as another process has it
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			wakes := other.Wakes(ctx)
			if s.d.leases {
				woken(t, wakes) // it listens
			} else {
				awaitPoll(t, s, wakes)
			}
			mustSave(t, s, now, person("anna", "HR"))
			drained(wakes)
			for _, op := range []struct {
				name string
				do   func() error
			}{
				{"an action is stored", func() error { mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR")); return nil }},
				{"an action is edited", func() error {
					mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { a.Timing.Due = day("2024-07-31"); return nil })
					return nil
				}},
				{"mail is put into the outbox", func() error { enqueueTest(t, s, "a"); return nil }},
				{"mail is tried again", func() error { return s.Retry(t.Context(), stampAt(now), 1) }},
				{"the day's mail is released", func() error {
					lookAll(t, s, now, telling(tertial.Upcoming, day("2024-03-04"), far))
					return nil
				}},
				{"mail is let go", func() error {
					return errors.Join(s.Hold(t.Context(), stampAt(now), "x"), s.Resume(t.Context(), stampAt(now)))
				}},
			} {
				drained(wakes)
				if err := op.do(); err != nil {
					t.Fatalf("%s: %v", op.name, err)
				}
				woken(t, wakes)
			}
			cancel()
			for range wakes { // closed when nothing is at work any more
			}
		})
	}
}

// awaitPoll waits until the poll has read the count once: it then wakes at each change.
func awaitPoll(t *testing.T, s *Store, wakes <-chan struct{}) {
	t.Helper()
	for i := 0; ; i++ {
		if err := s.write(t.Context(), "waking", tertial.Stamp{}, func(t *txn) error { t.wake(); return nil }); err != nil {
			t.Fatal(err)
		}
		select {
		case <-wakes:
			return
		case <-time.After(100 * time.Millisecond):
			if i > 600 {
				t.Fatal("the poll does not begin")
			}
		}
	}
}

func TestADeliveryWakesNobody(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		c := s.wakers.add()
		defer s.wakers.remove(c)
		claims := mustClaim(t, s, now)
		mustMark(t, s, now, claims...)
		if err := s.Renew(t.Context(), claims, time.Hour); err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s, now, outcome(claims[0], tertial.Refused, now), outcome(claims[1], tertial.Accepted, now))
		select {
		case <-c:
			t.Error("its own claim, mark or record has woken deliver")
		default:
		}
		enqueueTest(t, s, "a")
		woken(t, c) // in this process at once
	})
}

func TestManyWakesAreOne(t *testing.T) {
	s := openSQLite(t)
	c := s.wakers.add()
	defer s.wakers.remove(c)
	for range 10 {
		s.wakers.wake()
	}
	woken(t, c)
	select {
	case <-c:
		t.Error("more than one")
	default:
	}
}

// F27, F33: who listens comes back after the server, and is woken for what was called meanwhile.
func TestListeningGoesOnAfterTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	db := pgtest.URL(t)
	s := openTest(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	wakes := s.Wakes(ctx)
	woken(t, wakes)
	for n := 0; n == 0; {
		if err := s.w.Get(&n, `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`); err != nil {
			t.Fatal(err)
		}
	}
	woken(t, wakes) // it may have missed something
	drained(wakes)
	other := openTest(t, db)
	for i := 0; ; i++ { // until it listens again
		enqueueTest(t, other, time.Now().String())
		select {
		case <-wakes:
			cancel()
			for range wakes {
			}
			return
		case <-time.After(100 * time.Millisecond):
			if i > 600 {
				t.Fatal("it does not listen again")
			}
		}
	}
}
