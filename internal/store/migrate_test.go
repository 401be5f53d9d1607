package store

import (
	"path/filepath"
	"testing"
	"time"

	"tertial/internal/tools/pgtest"
)

// A database of the first schema in the middle of a delivery is brought up with nothing forgotten.
func TestADeliveryGoesOnOverTheMigration(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t)
			s, err := Open(t.Context(), Options{Database: db, Unchecked: true})
			if err != nil {
				t.Fatal(err)
			}
			p, done, err := s.provider()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			marked, long := now.UnixMilli(), now.Add(-time.Hour).UnixMilli()
			for _, q := range []string{
				`INSERT INTO messages (id, kind, address, address_key, key, day, name, language, state, created_at, attempts, fence, worker, next_try) VALUES
					(1, 'test', 'a@b.se', 'a@b.se', '1', '2024-03-04', '', 'sv', 'sending', 0, 1, 1, 'w', 1),
					(2, 'test', 'a@b.se', 'a@b.se', '2', '2024-03-04', '', 'sv', 'sending', 0, 1, 1, 'w', 1),
					(3, 'test', 'a@b.se', 'a@b.se', '3', '2024-03-04', '', 'sv', 'sending', 0, 2, 2, 'w', 1),
					(4, 'test', 'a@b.se', 'a@b.se', '4', '2024-03-04', '', 'sv', 'unknown', 0, 1, 1, 'w', 1),
					(5, 'test', 'a@b.se', 'a@b.se', '5', '2024-03-04', '', 'sv', 'sent', 0, 1, 1, 'w', NULL)`,
				`INSERT INTO attempts (message_id, fence, worker, claimed_at, marked_at, ended_at, verdict) VALUES
					(1, 1, 'w', $1, NULL, NULL, ''), (2, 1, 'w', $1, $1, NULL, ''), (3, 1, 'w', $2, $2, $2, 'crashed'), (3, 2, 'w', $1, NULL, NULL, ''),
					(4, 1, 'w', $2, $2, $2, 'unknown'), (5, 1, 'w', $1, $1, $1, 'accepted')`,
			} {
				args := []any{marked, long}
				if q[12] == 'm' {
					args = nil
				}
				if _, err := s.w.Exec(q, args...); err != nil {
					t.Fatal(err)
				}
			}
			if err := done(); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}

			s = openTest(t, db)
			equal(t, "the ledger holds what has ended", verdicts(t, s), []string{"crashed", "unknown", "accepted"})
			if err := s.ReclaimDead(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			equal(t, "the ledger", verdicts(t, s), []string{"crashed", "crashed", "crashed", "crashed", "unknown", "accepted"})
			for id, want := range map[int64]struct {
				state string
				next  time.Time
			}{
				1: {"queued", now}, 2: {"unknown", now.Add(doubtWait)}, 3: {"unknown", now}, // its quarter of an hour is over, and it waits its turn
			} {
				m, err := s.Message(t.Context(), id)
				if err != nil || string(m.State) != want.state || !m.NextTry.Equal(want.next) {
					t.Errorf("message %d: got %s, next %v, %v; want %s, %v", id, m.State, m.NextTry, err, want.state, want.next)
				}
			}
		})
	}
}
