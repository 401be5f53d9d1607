package store

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"tertial/internal/tertial"
)

// P3: an occurrence becomes one notice, however many planners find it at once, and however often.
func TestManyPlannersMakeOneNotice(t *testing.T) {
	t.Parallel()
	t.Run("P3 sixteen planners a hundred times", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			times := 100
			if testing.Short() || raced {
				times = 10
			}
			mustSave(t, s, now, person("anna", "HR"))
			mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
			q := tertial.LookRequest{Now: now, Day: day("2024-03-04")}
			parallel(t, 16, func(ctx context.Context) error {
				for range times {
					// As if nobody had looked yet.
					if _, err := s.w.ExecContext(ctx, `UPDATE looks SET look_at = 1, looked = ''`); err != nil {
						return err
					}
					if _, err := s.Look(ctx, q, telling(tertial.Upcoming, q.Day, far)); err != nil {
						return err
					}
				}
				return nil
			})
			if n := count1(t, s, `SELECT COUNT(*) FROM notices`); n != 1 {
				t.Errorf("notices: got %d, want 1", n)
			}
			if n := count1(t, s, `SELECT COUNT(*) FROM message_items`); n != 1 {
				t.Errorf("rows of mails: got %d, want 1", n)
			}
		})
	})
}

// P11: what was closed, or given another date, before a claim is not in it.
func TestAClaimThatRacesAChange(t *testing.T) {
	t.Parallel()
	t.Run("P11 a claim against a close or a new date", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			rounds := 1000
			if !s.d.leases {
				rounds = 300
			}
			if testing.Short() || raced {
				rounds = 100
			}
			toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
			changes := []func(*tertial.Action) error{
				func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") },
				func(a *tertial.Action) error { a.Timing.Due = day("2024-08-31"); return nil },
			}
			in, out := 0, 0
			for round := range rounds {
				change := changes[round%len(changes)]
				var changed atomic.Bool
				var before bool
				var claims []tertial.Claim
				var both sync.WaitGroup
				both.Go(func() {
					_, err := s.EditAction(t.Context(), stampAt(now), "2024-7.2", 0, change)
					if err != nil {
						t.Errorf("the change: %v", err)
					}
					changed.Store(true)
				})
				both.Go(func() {
					for range round % 50 * 20 { // now and then it comes later
						_ = changed.Load()
					}
					if round%10 == 0 {
						for !changed.Load() {
						}
					}
					before = changed.Load()
					var err error
					claims, err = s.Claim(t.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Worker: "w"})
					if err != nil {
						t.Errorf("the claim: %v", err)
					}
				})
				both.Wait()
				if len(claims) > 0 {
					in++
				} else {
					out++
				}
				if before && len(claims) > 0 {
					t.Fatalf("round %d: the change was there before the claim, and the claim has %+v", round, claims[0].Message.Items)
				}
				if len(claims) == 0 && state(t, s, 1) != tertial.MessageVoid {
					t.Fatalf("round %d: it is not claimed, and %s", round, state(t, s, 1))
				}
				anew(t, s)
			}
			t.Logf("%d claimed, %d left out", in, out)
		})
	})
}

// anew makes the one action, its notice and its mail as they were before the claim.
func anew(t *testing.T, s *Store) {
	t.Helper()
	err := s.write(t.Context(), "beginning anew", tertial.Stamp{}, func(tx *txn) error {
		for _, q := range []string{
			`UPDATE actions SET status = 'open', due = '2024-06-30', due_given = FALSE`,
			`UPDATE notices SET state = 'placed', message_id = 1, why = ''`,
			`UPDATE message_items SET left_out = ''`,
			`UPDATE messages SET state = 'queued', next_try = 1, ended_at = NULL, error = ''`,
		} {
			if _, err := tx.exec(t.Context(), q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
