package store

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func TestTheLogCannotBeChanged(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		for _, query := range []string{`UPDATE log SET verb = 'x'`, `DELETE FROM log`} {
			if _, err := s.w.Exec(query); err == nil {
				t.Errorf("%s: got no error", query)
			}
		}
	})
}

func TestTamperingWithTheLogIsFound(t *testing.T) {
	unguard := map[string][]string{
		"sqlite":   {`DROP TRIGGER log_is_never_changed`, `DROP TRIGGER log_is_never_deleted`},
		"postgres": {`DROP TRIGGER log_is_never_changed ON log`},
	}
	for name, c := range map[string]struct {
		query string
		bad   int64
	}{
		"nothing done":        {``, 0},
		"a text changed":      {`UPDATE log SET detail = '{}' WHERE seq = 3`, 3},
		"a time changed":      {`UPDATE log SET made_at = made_at + 1 WHERE seq = 2`, 2},
		"a hash changed":      {`UPDATE log SET hash = 'x' WHERE seq = 4`, 4},
		"one taken out":       {`DELETE FROM log WHERE seq = 3`, 3},
		"the first taken out": {`DELETE FROM log WHERE seq = 1`, 1},
		"the end cut off":     {`DELETE FROM log WHERE seq >= 4`, 4},
		"all taken out":       {`DELETE FROM log`, 1},
		"one put behind":      {`INSERT INTO log SELECT 6, made_at, actor, via, subject, verb, detail, hash FROM log WHERE seq = 5`, 6},
		"two exchanged":       {`UPDATE log SET subject = CASE seq WHEN 2 THEN 'action 2024-3' ELSE 'action 2024-2' END WHERE seq IN (2, 3)`, 2},
		"the head moved back": {`UPDATE log_head SET seq = 5, hash = 'x'`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				for i := range 5 {
					mustAdd(t, s, now, draft(fmt.Sprint(i+1), "", "HR"))
				}
				for _, query := range append(unguard[s.Dialect()], c.query) {
					if _, err := s.w.Exec(query); err != nil && query != "" {
						t.Fatalf("%s: %v", query, err)
					}
				}
				if _, bad, err := s.VerifyLog(t.Context()); err != nil || bad != c.bad {
					t.Errorf("got first bad %d, %v; want %d", bad, err, c.bad)
				}
			})
		})
	}
}

// Whatever an entry says, its hash tells it from every other.
func TestNoTwoEntriesHaveOneHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func() entry {
			return entry{Seq: rapid.Int64Range(1, 3).Draw(t, "seq"), At: instantOf(now), By: rapid.StringN(0, 3, -1).Draw(t, "by"),
				Via: rapid.StringN(0, 3, -1).Draw(t, "via"), Subject: rapid.StringN(0, 3, -1).Draw(t, "subject"),
				Verb: rapid.StringN(0, 3, -1).Draw(t, "verb"), Detail: rapid.StringN(0, 3, -1).Draw(t, "detail")}
		}
		a, b := draw(), draw()
		ha := a.chain("")
		hb := b.chain("")
		if (a == b) != (ha == hb) {
			t.Fatalf("%+v and %+v: %s, %s", a, b, ha, hb)
		}
		if a.chain("x") == ha {
			t.Fatal("the hash does not depend on the one before")
		}
	})
}

func TestTheLogIsReadInItsOrder(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var list []tertial.Action
		for range 1200 {
			list = append(list, draft("7.2", "", "HR"))
		}
		mustImport(t, s, now, preview("aa", list...))
		last := int64(0)
		for e, err := range s.Log(t.Context(), "") {
			if err != nil || e.Seq != last+1 || e.By != "cli" || !e.At.Equal(now) {
				t.Fatalf("after %d: got %+v, %v", last, e, err)
			}
			last = e.Seq
			if last == 1100 {
				break
			}
		}
		if n, bad, err := s.VerifyLog(t.Context()); n != 1201 || bad != 0 || err != nil {
			t.Errorf("got %d entries, first bad %d, %v", n, bad, err)
		}
		if got := len(collect(t, s.Actions(t.Context(), Filter{Text: "7.2"}))); got != 1200 {
			t.Errorf("listed: got %d", got)
		}
	})
}
