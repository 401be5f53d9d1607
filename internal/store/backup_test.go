package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// dump is every row of every table as text.
func dump(t *testing.T, s *Store, leave ...string) map[string][]string {
	t.Helper()
	tx, err := s.r.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	x := side{tx, &s.d}
	tables, err := x.tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		if slices.Contains(leave, table) {
			continue
		}
		columns, err := x.columns(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := tx.Queryx(`SELECT ` + strings.Join(columnNames(columns), ", ") + ` FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			text := make([]string, len(row))
			for i := range row {
				text[i] = textOf(columns[i], row[i])
			}
			all[table] = append(all[table], strings.Join(text, "|"))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table])
	}
	return all
}

func textOf(c column, v any) string {
	switch x := as(c.Type, v).(type) {
	case nil:
		return "NULL"
	case []byte:
		return string(x)
	default:
		return fmt.Sprint(x)
	}
}

// A backup is the database, whichever it came from and whichever it goes to.
func TestABackupIsRestoredWhole(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		storeLife(t, s)
		file := filepath.Join(t.TempDir(), "backup.db")
		c, err := s.Backup(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Actions == 0 || c.People == 0 || c.Entries == 0 || c.Head == "" || c.Schema == 0 {
			t.Errorf("got %+v, want everything counted", c)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v; want a file for its owner alone", info, err)
		}
		want := dump(t, s, "meta", "log", "log_head")
		for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "new.db"), "postgres": pgtest.URL(t)} {
			t.Run("to "+name, func(t *testing.T) {
				got, err := Restore(t.Context(), stampAt(time.Now()), Options{Database: database}, file)
				if err != nil {
					t.Fatal(err)
				}
				if got.Actions != c.Actions || got.Head != c.Head {
					t.Errorf("restored %+v of %+v", got, c)
				}
				restored := openTest(t, database)
				sameRows(t, dump(t, restored, "meta", "log", "log_head"), want)
				if reason, held, err := restored.Held(t.Context()); err != nil || !held || !strings.Contains(reason, "restored") {
					t.Errorf("got %q, %v, %v; want it held, since it was restored", reason, held, err)
				}
				if n, bad, err := restored.VerifyLog(t.Context()); err != nil || bad != 0 || n != c.Entries+1 {
					t.Errorf("got %d entries, bad %d, %v; want the log whole with that it is held", n, bad, err)
				}
				mustAdd(t, restored, now, draft("4.1", "2024-06-01", "HR")) // new rows get new numbers
				mustSave(t, restored, now, person("cia", "HR"))
			})
		}
	})
}

func sameRows(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for table, rows := range want {
		if !slices.Equal(got[table], rows) {
			t.Errorf("%s: got %d rows, want %d:\n%.600s\n%.600s", table, len(got[table]), len(rows), got[table], rows)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d tables with rows, want %d", len(got), len(want))
	}
}

// P44: what is written while the backup is made is in it as a whole or not at all.
func TestABackupIsOfOneMoment(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		storeLife(t, s)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			var err error
			for ctx.Err() == nil && err == nil {
				_, err = s.AddAction(ctx, stampAt(now), draft("4.1", "2024-06-01", "HR"))
			}
			ended <- err
		}()
		for i := range 5 {
			if _, err := s.Backup(t.Context(), filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", i))); err != nil { // it checks itself
				t.Error(err)
			}
		}
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// B83: what cannot be restored is refused, and nothing is overwritten.
func TestWhatCannotBeRestoredIsRefused(t *testing.T) {
	s := openSQLite(t)
	storeLife(t, s)
	folder := t.TempDir()
	good := filepath.Join(folder, "good.db")
	if _, err := s.Backup(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), good); !errors.Is(err, tertial.ErrRefused) {
		t.Errorf("a second backup to the same file: got %v, want it refused", err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	altered := func(name string, statements ...string) string {
		path := write(name, whole)
		x := openTest(t, path)
		for _, q := range statements {
			if _, err := x.w.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, file string
		want       error
		words      string
	}{
		{"no file", filepath.Join(folder, "none.db"), tertial.ErrNotFound, "there is no file"},
		{"a folder", folder, tertial.ErrRefused, "no ordinary file"},
		{"an empty file", write("empty.db", nil), tertial.ErrRefused, "no backup of tertial"},
		{"a text", write("text.db", []byte("hej")), tertial.ErrRefused, "no backup of tertial"},
		{"a file cut short", write("short.db", whole[:len(whole)/2]), tertial.ErrRefused, "no backup of tertial"},
		{"a file with other bytes in its midst", write("bytes.db", scribbled(whole)), tertial.ErrRefused, "damaged"},
		{"a log that was changed", altered("log.db", `DROP TRIGGER log_is_never_changed`, `UPDATE log SET actor = 'nobody' WHERE seq = 2`), tertial.ErrRefused, "entry 2 of its log"},
		{"a newer schema", altered("newer.db", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`), tertial.ErrRefused, "use the newer program"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "new.db")
			_, err := Restore(t.Context(), stampAt(now), Options{Database: target}, tt.file)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("got %v, want %v: …%s…", err, tt.want, tt.words)
			}
			left, err := os.ReadDir(filepath.Dir(target))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	t.Run("a database that is there", func(t *testing.T) {
		before := dump(t, s)
		if _, err := Restore(t.Context(), stampAt(now), Options{Database: s.path}, good); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("got %v, want it refused", err)
		}
		sameRows(t, dump(t, s), before)
	})
	t.Run("a PostgreSQL database with something in it", func(t *testing.T) {
		database := pgtest.URL(t)
		there := openTest(t, database)
		storeLife(t, there)
		before := dump(t, there)
		if _, err := Restore(t.Context(), stampAt(now), Options{Database: database}, good); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("got %v, want it refused", err)
		}
		sameRows(t, dump(t, there), before)
	})
}

// scribbled has zeroes over three pages in the middle.
func scribbled(whole []byte) []byte {
	b := slices.Clone(whole)
	middle := len(b) / 2 / 4096 * 4096
	clear(b[middle : middle+3*4096])
	return b
}

// storeLife leaves something in most tables: people who are each other's managers, an import, mail that went, mail that waits,
// and texts that no format should mind.
func storeLife(t *testing.T, s *Store) {
	t.Helper()
	sentTo(t, s, draft("7.2", "2024-03-01", "HR"), draft("7.3", "2024-04-01", "HR"))
	a, b := person("anna", "ISAM"), person("bo", "Å \"roll\", med\ttecken | och \\N\nradbyte")
	a.Manager, b.Manager, b.Deputy = b.Email, a.Email, a.Email
	mustSave(t, s, now, a, b)
	mustImport(t, s, now, preview("sha", draft("4.1", "", "HR"), draft("4.2", "2024-05-01", "ISAM")))
	enqueueTest(t, s, "waits")
	if err := s.SetWheelDates(t.Context(), stampAt(now), []tertial.WheelDate{{Key: "T1", Year: 2024, Date: day("2024-05-20"), Given: true}},
		func(*tertial.Action) error { return nil }); err != nil {
		t.Fatal(err)
	}
}
