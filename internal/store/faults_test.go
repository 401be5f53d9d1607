package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// ownPostgres opens a store on a cluster of the test's own.
func ownPostgres(t *testing.T, settings ...string) (*pgtest.Cluster, *Store) {
	t.Helper()
	c := pgtest.Start(t, settings...)
	return c, openTest(t, c.URL())
}

// persist repeats do, without opening anything anew, until it goes through.
func persist(do func() error) error {
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := do()
		if err == nil || !errors.Is(err, tertial.ErrUnavailable) {
			return err
		}
		if time.Since(begun) > 2*time.Minute {
			return fmt.Errorf("it does not come back: %w", err)
		}
	}
}

// until is persist where nothing else than success will do.
func until(t *testing.T, what string, do func() error) {
	t.Helper()
	if err := persist(do); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// connections is how many the store holds on the server, in use or not.
func (s *Store) connections() int { return s.w.Stats().OpenConnections }

// enqueueKey puts a message of a key into the outbox, as a job does that did not hear the first time.
func enqueueKey(ctx context.Context, s *Store, key string) error {
	_, err := s.Enqueue(ctx, stampAt(now), []tertial.Message{{Kind: tertial.TestMail, To: "isam@stad.example", Key: key, Day: day("2024-03-04"), Language: "sv"}})
	return err
}

// F26, F27, F28, P30: whatever becomes of the server, the store goes on when it is back, and has lost nothing and doubled nothing.
func TestTheServerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	c, s := ownPostgres(t)
	toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
	t.Run("F26 backends are killed under load", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var stored atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			parallel(t, 4, func(context.Context) error {
				for ctx.Err() == nil {
					key := fmt.Sprintf("f26-%d", stored.Add(1))
					if err := persist(func() error { return enqueueKey(t.Context(), s, key) }); err != nil {
						stop()
						return err
					}
				}
				return nil
			})
		}()
		for range 10 {
			c.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tertial' AND pid <> pg_backend_pid()`)
			before := stored.Load()
			for stored.Load() < before+8 && ctx.Err() == nil { // it goes on
				time.Sleep(time.Millisecond)
			}
		}
		stop()
		<-done
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE key LIKE 'f26-%'`); int64(n) != stored.Load() {
			t.Errorf("stored %d, want each of %d once", n, stored.Load())
		}
	})
	t.Run("F27 P30 the postmaster is killed and started again", func(t *testing.T) {
		claims := mustClaim(t, s, now)
		c.Kill()
		// What it had begun may go on for a moment, and answer.
		if _, err := s.MarkDot(t.Context(), now, claims); err != nil && !errors.Is(err, tertial.ErrUnavailable) {
			t.Errorf("with the server gone: got %v", err)
		}
		c.Start()
		until(t, "the mark", func() error {
			lost, err := s.MarkDot(t.Context(), now, claims)
			if err == nil && len(lost) > 0 {
				return fmt.Errorf("lost %v", lost)
			}
			return err
		})
		until(t, "the record", func() error {
			var outcomes []tertial.Outcome
			for _, claim := range claims {
				outcomes = append(outcomes, outcome(claim, tertial.Accepted, now))
			}
			return s.Record(t.Context(), now, outcomes)
		})
		if n := count1(t, s, `SELECT COUNT(*) FROM attempts WHERE verdict = 'accepted' AND marked_at IS NOT NULL`); n != len(claims) {
			t.Errorf("accepted: %d of %d", n, len(claims))
		}
	})
	t.Run("F28 it is stopped, and answers 57P03 while it starts", func(t *testing.T) {
		c.Stop()
		for range 3 {
			if err := s.Ping(t.Context()); !errors.Is(err, tertial.ErrUnavailable) {
				t.Errorf("stopped: got %v", err)
			}
		}
		c.Launch()
		until(t, "a read", func() error { return s.Ping(t.Context()) })
		until(t, "a write", func() error { return enqueueKey(t.Context(), s, "f28") })
	})
	if n := s.connections(); n > postgresConns {
		t.Errorf("%d connections, want at most %d", n, postgresConns)
	}
	if _, bad, err := s.VerifyLog(t.Context()); bad != 0 || err != nil {
		t.Errorf("the log: first bad %d, %v", bad, err)
	}
}

// F29: a server that is full.
func TestAFullServer(t *testing.T) {
	t.Parallel()
	t.Run("F29 too many clients", func(t *testing.T) {
		c := pgtest.Start(t, "max_connections=14", "superuser_reserved_connections=2")
		c.Exec(`CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA public TO plain; GRANT pg_read_all_settings, pg_monitor TO plain; GRANT EXECUTE ON FUNCTION pg_control_system() TO plain`)
		plain := strings.Replace(c.URL(), "user=tertial", "user=plain", 1)
		s := openTest(t, plain)
		other, err := Open(t.Context(), Options{Database: plain, MaxConns: 3})
		if err != nil {
			t.Fatal(err)
		}
		// As much at once as there is: the cap holds.
		parallel(t, 40, func(ctx context.Context) error {
			_, err := s.w.ExecContext(ctx, `SELECT pg_sleep(0.05)`)
			if n := s.connections(); n > postgresConns {
				return fmt.Errorf("%d connections", n)
			}
			if isUnavailable(err) {
				return nil // the other has some
			}
			return err
		})
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		// Others take every one.
		s.w.SetMaxIdleConns(0)
		var hogs []*Store
		for range 3 {
			hog, err := Open(t.Context(), Options{Database: plain, MaxConns: 8})
			if err != nil {
				break
			}
			hogs = append(hogs, hog)
			hog.w.SetMaxIdleConns(8)
			for range 8 {
				conn, err := hog.w.Connx(t.Context())
				if err != nil {
					break
				}
				defer conn.Close()
			}
		}
		for range 20 {
			if err := s.Ping(t.Context()); !errors.Is(err, tertial.ErrUnavailable) {
				t.Fatalf("a full server: got %v, want it unavailable", err)
			}
		}
		for _, hog := range hogs {
			hog.w.SetMaxIdleConns(0)
		}
		c.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'plain'`)
		until(t, "when there is room again", func() error { return enqueueKey(t.Context(), s, "f29") })
		for _, hog := range hogs {
			_ = hog.Close()
		}
	})
}

// F30: a server on which nothing can be written is none.
func TestAReadOnlyServerIsTreatedAsDown(t *testing.T) {
	t.Parallel()
	c, s := ownPostgres(t)
	if err := enqueueKey(t.Context(), s, "before"); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]struct {
		begin, end func()
		says       string
	}{
		"F30 P30 a standby": {func() { c.Standby(true) }, func() { c.Standby(false) }, "hot standby"},
		"F30 P30 a server whose transactions only read": {func() {
			c.Exec(`ALTER SYSTEM SET default_transaction_read_only = on`)
			c.Stop()
			c.Start()
		}, func() {
			c.Exec(`ALTER SYSTEM RESET default_transaction_read_only`)
			c.Stop()
			c.Start()
		}, "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			f.begin()
			for range 5 {
				if err := enqueueKey(t.Context(), s, "meanwhile"); !errors.Is(err, tertial.ErrUnavailable) {
					t.Errorf("a write: got %v, want it unavailable", err)
				}
				if _, _, err := s.Held(t.Context()); !errors.Is(err, tertial.ErrUnavailable) {
					t.Errorf("a read: got %v; what a standby says is of yesterday", err)
				}
			}
			if _, err := Open(t.Context(), Options{Database: c.URL()}); !errors.Is(err, tertial.ErrUnavailable) || !strings.Contains(err.Error(), f.says) {
				t.Errorf("opened: got %v, want it unavailable and said why", err)
			}
			f.end()
			until(t, "when it can be written again", func() error { return enqueueKey(t.Context(), s, name) })
		})
	}
	t.Run("F30 25006 in the middle of work is unavailable", func(t *testing.T) {
		err := s.write(t.Context(), "writing", stampAt(now), func(t *txn) error {
			if _, err := t.Exec(`SET TRANSACTION READ ONLY`); err != nil {
				return err
			}
			return t.setMeta(context.Background(), "k", "v")
		})
		if !errors.Is(err, tertial.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

// F31: the server has committed, and nobody hears it. Whoever did not hear repeats, and nothing is there twice.
func TestACommitThatIsNotHeardIsRepeatedWithoutHarm(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	p := newProxy(t, c)
	s := openTest(t, c.Through(p.listener.Addr()))
	var claims []tertial.Claim
	looked := tertial.LookRequest{Now: now, Day: day("2024-03-04"), NextSend: now.AddDate(0, 0, 1)}
	for _, op := range []struct {
		name string
		do   func(ctx context.Context) error
	}{
		{"people", func(ctx context.Context) error {
			_, _, err := s.SavePeople(ctx, stampAt(now), []tertial.Person{person("anna", "HR"), person("bertil", "IT")})
			return err
		}},
		{"an import", func(ctx context.Context) error {
			_, err := s.ApplyImport(ctx, stampAt(now), preview("aa", draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT")))
			return err
		}},
		{"mail put into the outbox", func(ctx context.Context) error { return enqueueKey(ctx, s, "f31") }},
		{"a look", func(ctx context.Context) error {
			_, err := s.Look(ctx, looked, telling(tertial.Upcoming, looked.Day, far))
			return err
		}},
		{"the release", func(ctx context.Context) error { _, err := s.Release(ctx, now, looked.Day); return err }},
		{"the mark", func(ctx context.Context) error {
			if claims == nil { // a claim that is not heard is found again when its lease is over
				claims = mustClaim(t, s, now)
			}
			lost, err := s.MarkDot(ctx, now, claims)
			if len(lost) > 0 {
				return fmt.Errorf("lost %v", lost)
			}
			return err
		}},
		{"the record", func(ctx context.Context) error {
			return s.Record(ctx, now, []tertial.Outcome{outcome(claims[0], tertial.Accepted, now), outcome(claims[1], tertial.Refused, now), outcome(claims[2], tertial.Ambiguous, now)})
		}},
		{"a report", func(ctx context.Context) error {
			return s.Bounce(ctx, stampAt(now), claims[0].Message.ID, tertial.Bounce{Action: "failed", Status: "5.1.1"})
		}},
		{"a meta value", func(ctx context.Context) error { return s.SetMeta(ctx, "k", "v") }},
	} {
		t.Run("F31 "+op.name, func(t *testing.T) {
			if op.name == "the mark" {
				claims = mustClaim(t, s, now)
			}
			before := p.deafen([]byte("COMMIT"))
			err := op.do(t.Context())
			if after := p.deafen(nil); after != before+1 {
				t.Errorf("the line was cut %d times, want once: a commit must not be repeated by itself", after-before)
			}
			if !errors.Is(err, tertial.ErrUnavailable) || !strings.Contains(err.Error(), "may have gone through") {
				t.Errorf("unheard: got %v, want it unavailable and in doubt", err)
			}
			once := picture(t, s)
			if err := op.do(t.Context()); err != nil {
				t.Fatalf("repeated: %v", err)
			}
			if again := picture(t, s); again != once {
				t.Errorf("repeated: got\n%s\nwant\n%s", again, once)
			}
		})
	}
	if _, bad, err := s.VerifyLog(t.Context()); bad != 0 || err != nil {
		t.Errorf("the log: first bad %d, %v", bad, err)
	}
}
