package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

func TestOpeningMakesAFileForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "å b%?#.db")
	s := openTest(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want a file of mode 0600", info, err)
	}
	id, err := s.Instance(t.Context())
	if err != nil || len(id) != 12 {
		t.Errorf("instance: got %q, %v", id, err)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.w.Get(&got, `PRAGMA `+pragma); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", pragma, got, err, want)
		}
	}
	if _, err := s.r.Exec(`DELETE FROM meta`); err == nil {
		t.Error("a reader's connection could write")
	}
}

func TestOpeningAgainFindsWhatIsThere(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t)
			s := openTest(t, db)
			mustAdd(t, s, now, draft("7.2", "", "HR"))
			id, _ := s.Instance(t.Context())
			again := openTest(t, db)
			if got, err := again.Instance(t.Context()); got != id || err != nil {
				t.Errorf("instance: got %q, %v; want %q", got, err, id)
			}
			equal(t, "actions", refs(t, again, Filter{}), []string{"2024-7.2"})
			all, err := again.MigrateStatus(t.Context())
			if err != nil || len(all) == 0 || !all[len(all)-1].Applied {
				t.Errorf("migrations: got %+v, %v", all, err)
			}
			if done, err := again.MigrateUp(t.Context()); err != nil || len(done) != 0 {
				t.Errorf("bringing it up again: got %v, %v", done, err)
			}
			if err := again.Ping(t.Context()); err != nil {
				t.Errorf("Ping: %v", err)
			}

			if _, err := s.w.Exec(`UPDATE goose_db_version SET version_id = 999 WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`); err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), Options{Database: db, Migrate: true})
			if !errors.Is(err, tertial.ErrRefused) || !strings.Contains(err.Error(), "999") {
				t.Errorf("a newer schema: got %v, want a refusal that names it", err)
			}
		})
	}
}

func TestAPendingMigrationIsRefusedWhereItIsAPersonsToApply(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t)
			_, err := Open(t.Context(), Options{Database: db})
			if !errors.Is(err, tertial.ErrRefused) || !strings.Contains(err.Error(), "tertial migrate up") {
				t.Errorf("got %v, want a refusal that names the command", err)
			}
			if _, err := os.Stat(db); err == nil {
				t.Error("the refusal left an empty file behind")
			}
		})
	}
}

func TestWhatIsNoDatabaseOfOursIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE t (a)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a text":                     write("text.db", strings.Repeat("klausul;krav\n", 1000)),
		"a damaged header":           write("damaged.db", "SQLite format 3\x00"+strings.Repeat("\xff", 8192)),
		"another program's file":     foreign,
		"a folder":                   dir,
		"a folder that is not there": filepath.Join(dir, "no", "t.db"),
	} {
		before, _ := os.ReadFile(path)
		_, err := Open(t.Context(), Options{Database: path, Migrate: true})
		if !errors.Is(err, tertial.ErrRefused) || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%s: got %v, want a refusal that names the file", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s: it was changed", name)
		}
	}
	if _, err := Open(t.Context(), Options{}); !errors.Is(err, tertial.ErrInvalid) {
		t.Errorf("no path: got %v", err)
	}
}

func TestACopiedDatabaseIsHeldUntilAPersonLetsItGo(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	s, err := Open(t.Context(), Options{Database: path, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, copied)
	if reason, held, err := s.Held(t.Context()); !held || reason == "" || err != nil {
		t.Errorf("held: got %q, %v, %v", reason, held, err)
	}
	if claims := mustClaim(t, s, now); len(claims) != 0 {
		t.Errorf("claimed: %+v", claims)
	}
	if err := s.Resume(t.Context(), stampAt(now)); err != nil {
		t.Fatal(err)
	}
	if claims := mustClaim(t, s, now); len(claims) != 1 {
		t.Errorf("claimed after a person said so: got %d", len(claims))
	}
}

func TestADatabaseThatIsGoneIsUnavailable(t *testing.T) {
	_, err := Open(t.Context(), Options{Database: "postgres://u@127.0.0.1:1/db?sslmode=disable", Migrate: true})
	if !errors.Is(err, tertial.ErrUnavailable) {
		t.Errorf("nobody listens: got %v", err)
	}
	if _, err := Open(t.Context(), Options{Database: "postgres://u:secret@[::1/db"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a bad URL: got %v, want an error without the password", err)
	}
}

func TestTheURLIsCompleted(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://u@db.example/t":                     "sslmode=verify-full",
		"postgres://u@localhost/t":                      "sslmode=disable",
		"postgres://u@127.0.0.1:5432/t":                 "sslmode=disable",
		"postgres:///t?host=%2Frun":                     "sslmode=disable",
		"postgres://u@db.example/t?sslmode=require":     "sslmode=require",
		"postgres://u@db.example/t?statement_timeout=7": "statement_timeout=7&",
		"postgres://db.example":                         "statement_timeout=30000",
	} {
		got, err := postgresDSN(in)
		if err != nil || !strings.Contains(got+"&", want+"&") && !strings.Contains(got+"&", want) || !strings.Contains(got, "application_name=tertial") {
			t.Errorf("%s: got %s, %v; want %s in it", in, got, err, want)
		}
	}
}

func TestACancelledWriteLeavesNothingAndTheStoreGoesOn(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		for name, cancelIn := range map[string]func(context.CancelFunc) func(*tertial.Action) error{
			"in the middle": func(cancel context.CancelFunc) func(*tertial.Action) error {
				return func(a *tertial.Action) error { a.Title = "X"; cancel(); return nil }
			},
			"in a panic": func(context.CancelFunc) func(*tertial.Action) error {
				return func(*tertial.Action) error { panic("a caller's fault") }
			},
		} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				func() {
					defer func() { _ = recover() }()
					_, err := s.EditAction(ctx, stampAt(now), "2024-7.2", 0, cancelIn(cancel))
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want it cancelled", err)
					}
				}()
				if a, err := s.Action(t.Context(), "2024-7.2"); err != nil || a.Version != 1 {
					t.Errorf("got version %d, %v; want it untouched", a.Version, err)
				}
			})
		}
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { a.Title = "Vidare"; return nil })
	})
}

func TestSeveralProcessesMayBeginAndWriteAtOnce(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t)
			parallel(t, 4, func(ctx context.Context) error {
				s, err := Open(ctx, Options{Database: db, Migrate: true})
				if err != nil {
					return err
				}
				for range 5 {
					if _, err := s.AddAction(ctx, stampAt(now), draft("7.2", "", "HR")); err != nil && !errors.Is(err, tertial.ErrConflict) {
						return errors.Join(err, s.Close())
					}
				}
				return s.Close()
			})
			s := openTest(t, db)
			n := len(refs(t, s, Filter{}))
			if n == 0 {
				t.Error("nobody stored anything")
			}
			if entries, bad, err := s.VerifyLog(t.Context()); err != nil || bad != 0 || entries != int64(n) {
				t.Errorf("the log: got %d entries for %d actions, first bad %d, %v", entries, n, bad, err)
			}
			if id, err := s.Instance(t.Context()); err != nil || id == "" {
				t.Errorf("instance: got %q, %v", id, err)
			}
		})
	}
}
