package store

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"tertial/internal/tertial"
)

// dying is a context that is cancelled when it has been asked for the nth time. With n going up
// it ends an operation at each of its statements.
type dying struct {
	context.Context
	left atomic.Int64
	end  chan struct{}
}

func dieAfter(ctx context.Context, n int64) *dying {
	d := &dying{Context: ctx, end: make(chan struct{})}
	close(d.end)
	d.left.Store(n)
	return d
}

func (d *dying) Done() <-chan struct{} {
	if d.left.Add(-1) < 0 {
		return d.end
	}
	return d.Context.Done()
}

func (d *dying) Err() error {
	if d.left.Load() < 0 {
		return context.Canceled
	}
	return d.Context.Err()
}

// picture is what of the database an operation could leave half done.
func picture(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{"roles", "persons", "holdings", "assessments", "findings", "actions", "action_parties",
		"action_clauses", "steps", "answers", "informed", "notices", "messages", "message_items", "attempts", "log"} {
		fmt.Fprintf(&b, "%s %d\n", table, count1(t, s, `SELECT COUNT(*) FROM `+table))
	}
	for _, query := range []string{
		`SELECT ref || ' ' || version || ' ' || COALESCE(look_at, 0) || ' ' || looked || ' ' || status FROM actions JOIN looks ON action_id = id ORDER BY id`,
		`SELECT state || ' ' || fence || ' ' || attempts || ' ' || COALESCE(marked_at, 0) FROM messages ORDER BY id`,
		`SELECT state || ' ' || days FROM notices ORDER BY id`,
		`SELECT verdict FROM attempts ORDER BY id`,
		`SELECT CAST(seq AS TEXT) FROM log_head`,
	} {
		var lines []string
		if err := s.r.SelectContext(t.Context(), &lines, query); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, strings.Join(lines, "\n"))
	}
	return b.String()
}

// Whatever is cut off at whichever statement has left nothing behind, and goes through when repeated.
func TestWhatIsCutOffAnywhereLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var claims []tertial.Claim
		for _, op := range []struct {
			name string
			do   func(ctx context.Context) error
		}{
			{"people", func(ctx context.Context) error {
				_, _, err := s.SavePeople(ctx, stampAt(now), []tertial.Person{person("anna", "HR"), person("bertil", "IT")})
				return err
			}},
			{"an import", func(ctx context.Context) error {
				_, err := s.ApplyImport(ctx, stampAt(now), preview("aa", draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"), draft("7.4", "", "HR")))
				return err
			}},
			{"an edit", func(ctx context.Context) error {
				_, err := s.EditAction(ctx, stampAt(now), "2024-7.4", 0, func(a *tertial.Action) error {
					a.Steps, a.Responsible = []tertial.Step{{Title: "Ett"}}, []string{"HR", "IT"}
					return nil
				})
				return err
			}},
			{"a look", func(ctx context.Context) error {
				_, err := s.Look(ctx, tertial.LookRequest{Now: now, Day: day("2024-03-04")}, telling(tertial.Upcoming, day("2024-03-04"), far))
				return err
			}},
			{"the release", func(ctx context.Context) error { _, err := s.Release(ctx, now, day("2024-03-04")); return err }},
			{"a close", func(ctx context.Context) error {
				_, err := s.EditAction(ctx, stampAt(now), "2024-7.4", 0, func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
				return err
			}},
			{"a claim", func(ctx context.Context) (err error) {
				claims, err = s.Claim(ctx, tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Worker: "w"})
				if err == nil && len(claims) == 0 { // the server may still be letting go of what was cut off before
					err = tertial.ErrUnavailable
				}
				return err
			}},
			{"the mark", func(ctx context.Context) error { _, err := s.MarkDot(ctx, now, claims); return err }},
			{"the record", func(ctx context.Context) error {
				return s.Record(ctx, now, []tertial.Outcome{outcome(claims[0], tertial.Accepted, now), outcome(claims[1], tertial.Refused, now)})
			}},
		} {
			before := picture(t, s)
			cut := 0
			for n := int64(0); ; n++ {
				if err := op.do(dieAfter(t.Context(), n)); err == nil {
					break
				}
				cut++
				if after := picture(t, s); after != before {
					t.Fatalf("%s, cut off at %d: got\n%s\nwant\n%s", op.name, n, after, before)
				}
			}
			if cut == 0 || picture(t, s) == before {
				t.Errorf("%s: cut off %d times, and nothing came of it", op.name, cut)
			}
		}
		if _, bad, err := s.VerifyLog(t.Context()); bad != 0 || err != nil {
			t.Errorf("the log: first bad %d, %v", bad, err)
		}
	})
}
