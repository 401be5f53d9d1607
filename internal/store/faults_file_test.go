package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// filled makes a database with something in it, closes it, and returns its path.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.db")
	s, err := Open(t.Context(), Options{Database: path, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []tertial.Action
	for range 300 {
		list = append(list, draft("7.2", "2024-06-30", "HR"))
	}
	mustSave(t, s, now, person("anna", "HR"))
	mustImport(t, s, now, preview("aa", list...))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// F23: a file that is not as it was.
func TestADamagedFile(t *testing.T) {
	t.Run("F23 half a file, or one of zeros, is refused or found out", func(t *testing.T) {
		whole, err := os.ReadFile(filled(t))
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{
			"half":       whole[:len(whole)/2],
			"the header": whole[:100],
			"zeros":      make([]byte, len(whole)),
		} {
			path := filepath.Join(t.TempDir(), "t.db")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Database: path, Migrate: true})
			if err == nil {
				_, _, err = s.VerifyLog(t.Context())
				_ = s.Close()
			}
			if !errors.Is(err, tertial.ErrRefused) && !errors.Is(err, tertial.ErrUnavailable) {
				t.Errorf("%s: got %v, want it refused or found out", name, err)
			}
		}
	})
	t.Run("F23 bytes that have been flipped are never taken for true", func(t *testing.T) {
		path := filled(t)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sound := openTest(t, path)
		want, _, err := sound.VerifyLog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const seed = 20240304
		chance := rand.New(rand.NewPCG(seed, seed))
		found := 0
		for range 60 {
			damaged := append([]byte{}, whole...)
			for range 40 {
				damaged[4096+chance.IntN(len(damaged)-4096)] ^= byte(1 + chance.IntN(255))
			}
			copied := filepath.Join(t.TempDir(), "t.db")
			if err := os.WriteFile(copied, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Database: copied, Migrate: true})
			if err != nil {
				found++
				continue
			}
			n, bad, err := s.VerifyLog(t.Context())
			for _, e := range s.People(t.Context()) { // whatever comes of it, the process goes on
				_ = e
			}
			_, _, _ = s.Dossier(t.Context(), "", "2024-7.2")
			if err != nil || bad != 0 || n != want {
				found++
			}
			if err := s.Close(); err != nil {
				t.Log(err)
			}
		}
		if found < 20 {
			t.Errorf("seed %d: of 60 damaged files %d were found out", seed, found)
		}
	})
	t.Run("F23 without its log of writes it is as it was before them", func(t *testing.T) {
		path := filled(t)
		c, opened := startChild(t, path, nil)
		if opened != "ok" || c.order("write", "last") != "ok" {
			t.Fatalf("opening: %s", opened)
		}
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		if err := os.Remove(path + "-wal"); err != nil {
			t.Fatal(err)
		}
		if keys := stored(t, path); len(keys) > 1 {
			t.Errorf("got %q", keys)
		}
		if n := len(refs(t, openTest(t, path), Filter{})); n != 300 {
			t.Errorf("actions: got %d", n)
		}
	})
}

// F25: a reader that does not end, and another that writes.
func TestOthersOnTheSameFile(t *testing.T) {
	t.Run("F25 a long reader costs no write, and the log of writes is given back", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "t.db")
		s := openTest(t, path)
		reader := openTest(t, path)
		tx, err := reader.r.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		var before int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM meta`).Scan(&before); err != nil {
			t.Fatal(err)
		}
		large := strings.Repeat("å", 20_000)
		for i := range 200 {
			if err := s.SetMeta(t.Context(), fmt.Sprint("k", i), large); err != nil {
				t.Fatalf("beside a reader: %v", err)
			}
		}
		var during int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM meta`).Scan(&during); err != nil || during != before {
			t.Errorf("the reader saw %d, then %d, %v", before, during, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		grown := size(t, path+"-wal")
		for i := range 400 {
			if err := s.SetMeta(t.Context(), fmt.Sprint("l", i), large); err != nil {
				t.Fatal(err)
			}
		}
		if after := size(t, path+"-wal"); after > grown+grown/2 {
			t.Errorf("the log of writes goes on growing: %d bytes, then %d", grown, after)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM meta WHERE LENGTH(value) > 1000`); n != 600 {
			t.Errorf("written: got %d of 600", n)
		}
	})
	t.Run("F25 while another writes, a write waits and then says so", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "t.db")
		s, other := openTest(t, path), openTest(t, path)
		if _, err := s.w.Exec(`PRAGMA busy_timeout = 50`); err != nil {
			t.Fatal(err)
		}
		err := other.write(t.Context(), "holding", stampAt(now), func(tx *txn) error {
			if err := s.SetMeta(t.Context(), "k", "1"); !errors.Is(err, tertial.ErrUnavailable) {
				t.Errorf("got %v, want it unavailable", err)
			}
			if _, err := s.Meta(context.Background(), "k"); err != nil { // reading goes on
				t.Errorf("a read: %v", err)
			}
			return tx.setMeta(t.Context(), "other", "1")
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetMeta(t.Context(), "k", "2"); err != nil {
			t.Errorf("when it has ended: %v", err)
		}
	})
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
