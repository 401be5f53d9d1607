package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// far is a next look that does not come in a test.
var far = now.AddDate(1, 0, 0)

func TestALookMakesNoticesOnceAndOneMessageAReader(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bertil", "IT"))
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "HR", "IT"), draft("7.4", "2024-06-30", "Tom")))
		q := tertial.LookRequest{Now: now, Day: day("2024-03-04"), NextSend: now.AddDate(0, 0, 1), Limit: 1}
		decide := telling(tertial.Assigned, q.Day, far)
		for i := range 3 {
			if n, err := s.Look(t.Context(), q, decide); err != nil || n != 1 {
				t.Fatalf("portion %d: got %d, %v", i, n, err)
			}
			// Nothing may be claimed while looks are due.
			n, err := s.Release(t.Context(), now, q.Day)
			if err != nil || i < 2 && n != 0 || i == 2 && n != 2 {
				t.Errorf("released after portion %d: got %d, %v", i, n, err)
			}
			if claims := mustClaim(t, s, now); i < 2 && len(claims) != 0 {
				t.Errorf("claims after portion %d: got %d", i, len(claims))
			} else if i == 2 && len(claims) != 2 {
				t.Errorf("claims at the end: got %d, want one a reader", len(claims))
			}
		}
		if n, err := s.Look(t.Context(), q, decide); err != nil || n != 0 {
			t.Errorf("with nothing due: got %d, %v", n, err)
		}
		all := collect(t, s.Messages(t.Context(), MessageFilter{}))
		if len(all) != 2 || len(all[1].Items) != 2 || all[1].To != "anna@stad.example" || all[1].Items[0].Ref != "2024-7.2" {
			t.Fatalf("messages: got %+v", all)
		}
		if item := all[1].Items[0]; item.ActionID == 0 || item.NoticeID == 0 || item.Title == "" {
			t.Errorf("an item: got %+v, want its ids and title", item)
		}
		if r := row(t, s, "2024-7.2"); r.Looked != q.Day || !r.LookAt.Equal(far) {
			t.Errorf("the action: got looked %v, look at %v", r.Looked, r.LookAt)
		}
	})
}

func TestANoticeThatIsThereIsNotMadeAgain(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), far))
		mustRecord(t, s, now, outcome(mustClaim(t, s, now)[0], tertial.Accepted, now))

		// A policy that forgot that it was told.
		forget := func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
			ds[0].Looked, ds[0].Notices = tertial.Date{}, nil
			return telling(tertial.Assigned, day("2024-03-04"), far)(ds, reg)
		}
		mustEdit(t, s, now.AddDate(0, 0, 1), "2024-7.2", func(a *tertial.Action) error { a.Title = "Nytt"; return nil })
		lookAll(t, s, now.AddDate(0, 0, 1), forget)
		if n := count1(t, s, `SELECT COUNT(*) FROM notices`) + count1(t, s, `SELECT COUNT(*) FROM messages`); n != 2 {
			t.Errorf("got %d notices and messages, want one of each", n)
		}
	})
}

func TestANoticeForAMailThatHasGoneWaitsForTheNextSendTime(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), far))
		later := now.Add(time.Hour)
		mustAdd(t, s, later, draft("7.3", "2024-06-30", "HR"))
		lookAll(t, s, later, telling(tertial.Assigned, day("2024-03-04"), far))
		if r := row(t, s, "2024-7.3"); !r.LookAt.Equal(later.AddDate(0, 0, 1)) {
			t.Errorf("look at: got %v, want the next send time", r.LookAt)
		}
		d, _, err := s.Dossier(t.Context(), "", "2024-7.3")
		if err != nil || len(d.Notices) != 1 || d.Notices[0].State != tertial.Owed || d.Notices[0].MessageID != 0 {
			t.Errorf("the dossier: got %+v, %v; want one owed notice", d.Notices, err)
		}
		next := later.AddDate(0, 0, 1)
		lookAll(t, s, next, telling(tertial.Assigned, day("2024-03-05"), far))
		claims := mustClaim(t, s, next)
		if len(claims) != 1 || len(claims[0].Message.Items) != 1 || claims[0].Message.Items[0].Ref != "2024-7.3" {
			t.Errorf("the next day: got %+v", claims)
		}
	})
}

func TestARulingThatCannotBeStoredChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		good := telling(tertial.Assigned, day("2024-03-04"), far)
		boom := errors.New("boom")
		for name, decide := range map[string]decider{
			"an error": func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error) { return nil, boom },
			"too few":  func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error) { return nil, nil },
			"another action": func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error) {
				return []tertial.Ruling{{ActionID: 99}}, nil
			},
			"placed in no row": func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
				r, err := good(ds, reg)
				r[0].Rows = nil
				return r, err
			},
			"a row of nothing": func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
				r, err := good(ds, reg)
				r[0].Rows[0].Lead = 7
				return r, err
			},
		} {
			if _, err := s.Look(t.Context(), tertial.LookRequest{Now: now, Day: day("2024-03-04")}, decide); err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM notices`) + count1(t, s, `SELECT COUNT(*) FROM messages`); n != 0 {
			t.Errorf("got %d rows, want none", n)
		}
		if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(now) {
			t.Errorf("look at: got %v, want it still due", r.LookAt)
		}
	})
}

func TestTheRegisterHoldsWhomTheActionsCanReach(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		anna, bertil, isam := person("anna", "HR"), person("bertil", "ISAM"), person("cecilia", "")
		anna.Manager, isam.Deputy = "david@stad.example", "eva@stad.example"
		bertil.Deputy = "cecilia@stad.example"
		mustSave(t, s, now, anna, bertil, isam, person("david", ""), person("eva", ""), person("frans", "IT"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR", "Tom"))
		mustAdd(t, s, now, draft("7.3", "2024-06-30", "IT"))
		_, reg, err := s.Dossier(t.Context(), "", "2024-7.2")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range reg.People {
			names = append(names, p.Name)
		}
		if len(names) != 5 || reg.CoordinatorRole == 0 || len(reg.Holders(reg.CoordinatorRole, day("2024-03-04"))) != 1 {
			t.Errorf("got %q, coordinator's role %d", names, reg.CoordinatorRole)
		}
		for _, p := range reg.People {
			if p.Name == "anna" && (reg.People[p.ManagerID] == nil || p.Manager != "david@stad.example") {
				t.Errorf("anna's manager: got %+v", p)
			}
		}
		n := 0
		err = s.Dossiers(t.Context(), "", 1, func(ds []tertial.Dossier, _ *tertial.Register) error { n += len(ds); return nil })
		if err != nil || n != 2 {
			t.Errorf("all dossiers: got %d, %v", n, err)
		}
		boom := errors.New("boom")
		if err := s.Dossiers(t.Context(), "", 1, func([]tertial.Dossier, *tertial.Register) error { return boom }); !errors.Is(err, boom) {
			t.Errorf("a reader who stops: got %v", err)
		}
	})
}

func TestManyAtOnceMakeNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		const workers, actions = 16, 60
		mustSave(t, s, now, person("anna", "HR"), person("bertil", "IT"))
		var list []tertial.Action
		for range actions {
			list = append(list, draft("7.2", "2024-06-30", "HR", "IT"))
		}
		mustImport(t, s, now, preview("aa", list...))
		parallel(t, workers, func(ctx context.Context) error {
			q := tertial.LookRequest{Now: now, Day: day("2024-03-04"), Limit: 7}
			for {
				n, err := s.Look(ctx, q, telling(tertial.Assigned, q.Day, far))
				if err != nil || n == 0 {
					return err
				}
			}
		})
		if n := count1(t, s, `SELECT COUNT(*) FROM notices`); n != 2*actions {
			t.Errorf("notices: got %d, want %d", n, 2*actions)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages`); n != 2 {
			t.Errorf("messages: got %d, want 2", n)
		}
	})
}

func TestManyClaimersTakeEachMessageOnce(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		const workers, readers = 16, 120
		tests := make([]tertial.Message, readers)
		for i := range tests {
			tests[i] = tertial.Message{Kind: tertial.TestMail, To: "x@stad.example", Key: time.Duration(i).String(), Day: day("2024-03-04")}
		}
		if n, err := s.Enqueue(t.Context(), stampAt(now), tests); err != nil || n != readers {
			t.Fatalf("Enqueue: got %d, %v", n, err)
		}
		var mu sync.Mutex
		times := make(map[int64]int)
		parallel(t, workers, func(ctx context.Context) error {
			for {
				claims, err := s.Claim(ctx, tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Worker: "w", Limit: 5})
				if err != nil || len(claims) == 0 {
					return err
				}
				if _, err := s.MarkDot(ctx, now, claims); err != nil {
					t.Errorf("MarkDot: %v", err)
				}
				var outcomes []tertial.Outcome
				mu.Lock()
				for _, c := range claims {
					times[c.Message.ID]++
					outcomes = append(outcomes, outcome(c, tertial.Accepted, now))
				}
				mu.Unlock()
				if err := s.Record(ctx, now, outcomes); err != nil {
					return err
				}
			}
		})
		for id, n := range times {
			if n != 1 {
				t.Errorf("message %d was claimed %d times", id, n)
			}
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE state = 'sent'`); n != readers {
			t.Errorf("sent: got %d, want %d", n, readers)
		}
		if n, bad, err := s.VerifyLog(t.Context()); err != nil || bad != 0 || n != readers {
			t.Errorf("the log: got %d entries, first bad %d, %v", n, bad, err)
		}
	})
}

// parallel runs work n times at once and fails for each error.
func parallel(t *testing.T, n int, work func(context.Context) error) {
	t.Helper()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if err := work(t.Context()); err != nil {
				t.Errorf("one of many: %v", err)
			}
		})
	}
	group.Wait()
}

// Whoever edits an action while it is looked at has it looked at again: the last look has seen the last edit.
func TestALookThatMeetsAnEditIsFollowedByAnother(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		const edits = 40
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		var seen tertial.Date // by decide, which runs in one look at a time
		q := tertial.LookRequest{Now: now.Add(time.Hour), Day: day("2024-03-04")}
		decide := func(ds []tertial.Dossier, _ *tertial.Register) ([]tertial.Ruling, error) {
			seen = ds[0].Action.Timing.Due
			return []tertial.Ruling{{ActionID: ds[0].Action.ID, Next: far, Looked: q.Day}}, nil
		}
		look := func(ctx context.Context) error {
			_, err := s.Look(ctx, q, decide)
			return err
		}
		edited := make(chan struct{})
		parallel(t, 1, func(ctx context.Context) error {
			var group sync.WaitGroup
			group.Go(func() {
				defer close(edited)
				for i := range edits {
					_, err := s.EditAction(ctx, stampAt(now.Add(time.Minute)), "2024-7.2", 0, func(a *tertial.Action) error {
						a.Timing.Due = day("2024-07-01").AddDays(i)
						return nil
					})
					if err != nil {
						t.Errorf("EditAction: %v", err)
					}
				}
			})
			defer group.Wait()
			for {
				if err := look(ctx); err != nil {
					return err
				}
				select {
				case <-edited:
					return look(ctx)
				default:
				}
			}
		})
		if want := day("2024-07-01").AddDays(edits - 1); seen != want {
			t.Errorf("the last look saw %v, want the last edit's %v", seen, want)
		}
	})
}

func TestADossierHoldsWhatDecidesAndWhatAMailTells(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		a := draft("7.2", "2024-06-30", "HR")
		a.Contributors, a.FollowUp = []string{"IT"}, []string{"ISAM"}
		a.Steps = []tertial.Step{{Title: "ett", Done: true}, {Title: "två"}}
		a.Timing.Start, a.Description = day("2024-02-01"), "Ta fram en rutin."
		want := mustAdd(t, s, now, a)
		d, _, err := s.Dossier(t.Context(), "", want.Ref)
		if err != nil {
			t.Fatal(err)
		}
		got := d.Action
		if got.ID != want.ID || got.Ref != want.Ref || got.Title != want.Title || got.Description != want.Description ||
			got.Status != want.Status || got.Priority != want.Priority || !got.Created.Equal(want.Created.Time) {
			t.Errorf("the action: got %+v, want %+v", got, want)
		}
		if got.Timing.Start != want.Timing.Start || got.Timing.Due != want.Timing.Due || got.Timing.Certainty != want.Timing.Certainty {
			t.Errorf("its timing: got %+v, want %+v", got.Timing, want.Timing)
		}
		if !slices.Equal(got.Clauses, want.Clauses) || !slices.Equal(got.Steps, want.Steps) || !got.Active() {
			t.Errorf("its lists: got %v, %v, active %v", got.Clauses, got.Steps, got.Active())
		}
		var parties []string
		for _, p := range d.Parties {
			parties = append(parties, string(p.Part)+" "+p.Role.Name)
		}
		equal(t, "parties", parties, []string{"responsible HR", "contributor IT", "follow_up ISAM"})
		if !d.Activated.Equal(now) || d.Reopened || !d.Looked.IsZero() || !d.Escalated.IsZero() {
			t.Errorf("how it stands: got %+v", d)
		}
	})
}

// A row that cannot be read is an error and nothing worse.
func TestARowThatCannotBeReadIsAnError(t *testing.T) {
	for _, c := range []struct{ name, damage string }{
		{"a party", `UPDATE action_parties SET role_id = 'x'`},
		{"a holding", `UPDATE holdings SET from_date = 'x'`},
		{"an action", `UPDATE actions SET due = 'x'`},
		{"a look", `UPDATE looks SET looked = 'x'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openSQLite(t) // which takes any value in any column
			mustSave(t, s, now, person("anna", "HR"))
			mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
			for _, q := range []string{`PRAGMA foreign_keys = 0`, c.damage} {
				if _, err := s.w.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
			q := tertial.LookRequest{Now: now, Day: day("2024-03-04")}
			if _, err := s.Look(t.Context(), q, telling(tertial.Assigned, q.Day, far)); err == nil {
				t.Error("got no error of a look")
			}
			if _, _, err := s.Dossier(t.Context(), "", "2024-7.2"); err == nil {
				t.Error("got no error of a dossier")
			}
		})
	}
}

// Reading that is stopped in the middle hands over no row that was not read.
func TestReadingThatIsStoppedHandsOverNoEmptyRow(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var roles []string
		for i := range 300 {
			roles = append(roles, fmt.Sprintf("Roll %d", i))
		}
		a := mustAdd(t, s, now, draft("7.2", "2024-06-30", roles...))
		for range 100 { // whether the stop meets the reading of a row is chance
			ctx, stop := context.WithCancel(t.Context())
			_ = s.parties(ctx, s.r, []int64{a.ID}, func(p partyRow) {
				stop()
				if p.ActionID == 0 {
					t.Fatal("got a row of nothing")
				}
			})
			stop()
		}
	})
}
