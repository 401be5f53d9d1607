package store

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func TestTheTextOfABatch(t *testing.T) {
	sqlite, postgres := sqliteDialect(), postgresDialect()
	put := insert("t", `a BIGINT, b TEXT`, `ON CONFLICT DO NOTHING`)
	set := update("t", `a BIGINT, b TEXT, c BOOLEAN`)
	for _, c := range []struct{ name, got, want string }{
		{"an insert has a parameter a value", put.text(&sqlite, 4), `INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING`},
		{"or one a column", put.text(&postgres, 4), `INSERT INTO t (a, b) SELECT * FROM UNNEST(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) ON CONFLICT DO NOTHING`},
		{"an update goes by its first column", set.text(&sqlite, 3), `WITH v (a, b, c) AS (VALUES (?, ?, ?)) UPDATE t SET b = v.b, c = v.c FROM v WHERE t.a = v.a`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, c.got, c.want)
		}
	}
	if one, many := put.text(&postgres, 2), put.text(&postgres, 2000); one != many {
		t.Errorf("on PostgreSQL the text must not depend on how many rows there are: got %s and %s", one, many)
	}
}

func TestAnArrayHoldsValuesAsTheyAre(t *testing.T) {
	got, err := packArrays([]any{1, "a", true, instant{}, `"\{},`, false, link(7), tertial.Due, true}, 3)
	if err != nil || len(got) != 3 {
		t.Fatalf("got %v, %v", got, err)
	}
	for i, want := range []string{`{1,NULL,7}`, `{"a","\"\\{},","due"}`, `{true,false,true}`} {
		if got[i] != want {
			t.Errorf("column %d: got %s, want %s", i, got[i], want)
		}
	}
	if _, err := packArrays([]any{math.Pi}, 1); err == nil {
		t.Error("a fraction was taken; no column holds one")
	}
}

func TestRowsComeBackAsTheyWerePut(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		trial := 0
		rapid.Check(t, func(r *rapid.T) {
			trial++
			// No NUL: PostgreSQL has none in text, and what is read is cleaned of it.
			texts := rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune{'a', 'å', '"', '\'', '\\', '{', '}', ',', ' ', '\n', '$', '?', '😀'})), 1, 30).Draw(r, "texts")
			put, set := insert("meta", `key TEXT, value TEXT`, ``), update("meta", `key TEXT, value TEXT`)
			for i, text := range texts {
				put.add(fmt.Sprintf("%d/%02d", trial, i), text)
				set.add(fmt.Sprintf("%d/%02d", trial, i), text+"!")
			}
			for _, c := range []struct {
				b      *batch
				suffix string
			}{{put, ""}, {set, "!"}} {
				var got []string
				err := s.write(t.Context(), "testing", tertial.Stamp{}, func(tx *txn) error {
					tx.s.d.chunk = 6 // many chunks of one length, and a shorter one
					n, err := c.b.run(t.Context(), tx)
					if err == nil && n != len(texts) {
						err = fmt.Errorf("%d rows touched, want %d", n, len(texts))
					}
					return err
				})
				if err == nil {
					err = s.r.SelectContext(t.Context(), &got, `SELECT value FROM meta WHERE key LIKE $1 ORDER BY key`, fmt.Sprintf("%d/%%", trial))
				}
				if want := strings.Join(texts, c.suffix+"\x00") + c.suffix; err != nil || strings.Join(got, "\x00") != want {
					r.Fatalf("got %q, %v; want %q", got, err, want)
				}
			}
		})
	})
}
