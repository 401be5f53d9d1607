package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestAnActionShowsWhatItsAnalysisSays(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustImport(t, s, now, preview("aa", draft("7.3", "2024-06-30", "HR"), draft("7.2", "2024-06-30", "HR")))
		other := preview("bb", draft("7.2", "2024-06-30", "IT"))
		other.Assessment.PlanYear = 2025
		mustImport(t, s, now, other)
		if _, err := s.MergeActions(t.Context(), stampAt(now), "2024-7.2", "2024-7.3"); err != nil {
			t.Fatal(err)
		}
		findings, err := s.ActionFindings(t.Context(), "2024-7.2")
		if err != nil || len(findings) != 2 || findings[0].Clause != "7.3" || findings[1].Clause != "7.2" || findings[1].Proposal != "Gör klart 7.2" {
			t.Errorf("got %+v, %v", findings, err)
		}
		if findings, err = s.ActionFindings(t.Context(), "2024-9"); err != nil || findings == nil || len(findings) != 0 {
			t.Errorf("no such action: got %+v, %v", findings, err)
		}
	})
}

func TestAnActionShowsItsMailsWithoutOthersRows(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "HR", "IT"))
		messages, err := s.ActionMessages(t.Context(), "2024-7.3", 0)
		if err != nil || len(messages) != 2 || messages[0].ID < messages[1].ID {
			t.Fatalf("got %+v, %v", messages, err)
		}
		for _, m := range messages {
			if len(m.Items) != 1 || m.Items[0].Ref != "2024-7.3" {
				t.Errorf("message %d has the items %+v", m.ID, m.Items)
			}
		}
		if some, err := s.ActionMessages(t.Context(), "2024-7.3", 1); err != nil || len(some) != 1 || some[0].ID != messages[0].ID {
			t.Errorf("the last: got %+v, %v", some, err)
		}
	})
}

func TestAnActionShowsWhoTakesPartOnADay(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		anna, bertil, cesar := person("anna", "HR"), person("bertil", "HR"), person("cesar", "hr")
		bertil.Holdings[0].To = day("2024-03-03")
		mustSave(t, s, now, cesar, bertil, anna)
		a := draft("7.2", "2024-06-30", "HR", "IT")
		a.FollowUp = []string{"H R"}
		mustAdd(t, s, now, a)
		got, err := s.ActionPeople(t.Context(), "2024-7.2", day("2024-03-04"))
		if err != nil || len(got) != 2 || got[0].Role.Name != "HR" || got[1].Role.Name != "IT" || got[1].People == nil || len(got[1].People) != 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
		equal(t, "holders", names(got[0].People), []string{"anna", "cesar"})
		got, err = s.ActionPeople(t.Context(), "2024-7.2", day("2024-03-03"))
		if err != nil || len(got) != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
		equal(t, "holders the day before", names(got[0].People), []string{"anna", "bertil", "cesar"})
	})
}

func names(people []tertial.Person) []string {
	all := make([]string, len(people))
	for i := range people {
		all[i] = people[i].Name
	}
	return all
}

func TestRolesAreListedWithTheirHoldersAndTheirLoad(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bertil", "Tom roll"))
		late := draft("7.3", "2024-02-01", "H R")
		late.Timing.Certainty = tertial.Confirmed
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "HR", "IT"), late, draft("7.4", "2024-06-30", "HR"), draft("7.5", "2024-06-30", "HR")))
		closeAs(t, s, now, "2024-7.4", tertial.Done)
		a := draft("7.6", "2024-06-30", "IT")
		a.Contributors = []string{"HR"}
		mustAdd(t, s, now, a)
		got, err := s.RoleHolders(t.Context(), day("2024-03-04"))
		if err != nil || len(got) != 3 {
			t.Fatalf("got %+v, %v", got, err)
		}
		hr, it, empty := got[0], got[1], got[2]
		if hr.Role.Name != "HR" || hr.Open != 3 || hr.Late != 1 || !slices.Equal(hr.Aliases, []string{"H R"}) || len(hr.People) != 1 {
			t.Errorf("HR: got %+v", hr)
		}
		if it.Open != 2 || it.Late != 0 || it.People == nil || len(it.People) != 0 {
			t.Errorf("IT: got %+v", it)
		}
		if empty.Role.Name != "Tom roll" || empty.Open != 0 || len(empty.People) != 1 || empty.Aliases == nil {
			t.Errorf("a role without actions: got %+v", empty)
		}
	})
}

func TestTheLogIsReadBackwards(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		for i := range 5 {
			mustAdd(t, s, now, draft(fmt.Sprintf("7.%d", i+1), "2024-06-30", "HR"))
		}
		closeAs(t, s, now, "2024-7.2", tertial.Done)
		seqs := func(subject string, before int64, limit int) []string {
			t.Helper()
			entries, err := s.LogPage(t.Context(), subject, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			all := []string{}
			for _, e := range entries {
				all = append(all, fmt.Sprint(e.Seq))
			}
			return all
		}
		equal(t, "from the end", seqs("", 0, 4), []string{"6", "5", "4", "3"})
		equal(t, "before", seqs("", 3, 4), []string{"2", "1"})
		equal(t, "of one action", seqs("action 2024-7.2", 0, 0), []string{"6", "2"})
		equal(t, "of one action, before", seqs("action 2024-7.2", 6, 5), []string{"2"})
		equal(t, "of nothing", seqs("action 2024-7", 0, 5), []string{})
	})
}

func TestTheOutboxIsReadInPages(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		mustAsk(t, s, now, "anna@stad.example")
		claim := mustClaim(t, s, now)[0]
		mustRecord(t, s, now, outcome(claim, tertial.Temporary, now))
		ids := func(states []tertial.MessageState, to string, before int64, limit int) []string {
			t.Helper()
			messages, err := s.MessagePage(t.Context(), states, to, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			all := []string{}
			for _, m := range messages {
				all = append(all, fmt.Sprint(m.ID))
			}
			return all
		}
		equal(t, "all", ids(nil, "", 0, 0), []string{"3", "2", "1"})
		equal(t, "the second page", ids(nil, "", 3, 1), []string{"2"})
		equal(t, "to an address", ids(nil, "ANNA@stad.example", 0, 0), []string{"3", "1"})
		equal(t, "in a state", ids([]tertial.MessageState{tertial.MessageSent, tertial.MessageFailed}, "", 0, 0), []string{})
		attempts, err := s.Attempts(t.Context(), claim.Message.ID)
		if err != nil || len(attempts) != 1 || attempts[0].Verdict != tertial.Temporary || attempts[0].Code != 250 || attempts[0].Fence != 1 ||
			!attempts[0].Claimed.Equal(now) || !attempts[0].Ended.Equal(now) {
			t.Errorf("the attempts: got %+v, %v", attempts, err)
		}
		if attempts, err = s.Attempts(t.Context(), 999); err != nil || attempts == nil || len(attempts) != 0 {
			t.Errorf("of no message: got %+v, %v", attempts, err)
		}
	})
}

func TestAMailBeingPutTogetherIsQueued(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "HR")))
		q := tertial.LookRequest{Now: now, Day: day("2024-03-04"), NextSend: now.Add(time.Hour)}
		if n, err := s.Look(t.Context(), q, telling(tertial.Upcoming, q.Day, far)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		messages, err := s.MessagePage(t.Context(), []tertial.MessageState{tertial.MessageQueued}, "", 0, 0)
		if err != nil || len(messages) != 1 || messages[0].State != tertial.MessageQueued || len(messages[0].Items) != 1 {
			t.Errorf("got %+v, %v", messages, err)
		}
	})
}

func TestAnImportIsUndoneUntilSomethingComesOfIt(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		kept := mustImport(t, s, now, preview("aa", draft("4.1", "2024-06-30", "HR")))
		p := preview("bb", draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		done := mustImport(t, s, now, p)
		if err := s.UndoImport(t.Context(), stampAt(now), done.AssessmentID); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"actions", "assessments", "findings", "looks", "action_parties", "action_clauses"} {
			if n := count1(t, s, `SELECT COUNT(*) FROM `+table); n != 1 {
				t.Errorf("%s: got %d rows left, want 1", table, n)
			}
		}
		if err := s.UndoImport(t.Context(), stampAt(now), done.AssessmentID); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("again: got %v", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM log WHERE verb = 'removed'`); n != 3 {
			t.Errorf("the log: got %d entries, want 3", n)
		}
		again := mustImport(t, s, now, p)
		if !again.Stored || again.AssessmentID == done.AssessmentID {
			t.Errorf("the same file again: got %+v", again)
		}
		if _, bad, err := s.VerifyLog(t.Context()); err != nil || bad != 0 {
			t.Errorf("the log: %d, %v", bad, err)
		}
		_ = kept
	})
}

func TestAnImportThatSomethingHasComeOfStays(t *testing.T) {
	for name, happens := range map[string]func(t *testing.T, s *Store){
		"somebody was told": func(t *testing.T, s *Store) {
			lookAll(t, s, now, telling(tertial.Upcoming, day("2024-03-04"), far))
		},
		"somebody has done their part": func(t *testing.T, s *Store) {
			if _, err := s.ReportDone(t.Context(), stampAt(now), "2024-7.2", personID(t, s, "anna@stad.example")); err != nil {
				t.Fatal(err)
			}
		},
		"one was closed": func(t *testing.T, s *Store) { closeAs(t, s, now, "2024-7.3", tertial.Cancelled) },
		"two became one": func(t *testing.T, s *Store) {
			if _, err := s.MergeActions(t.Context(), stampAt(now), "2024-7.2", "2024-7.3"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				mustSave(t, s, now, person("anna", "HR"))
				done := mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "HR")))
				happens(t, s)
				if err := s.UndoImport(t.Context(), stampAt(now), done.AssessmentID); !errors.Is(err, tertial.ErrRefused) {
					t.Errorf("got %v, want refused", err)
				}
				if n := count1(t, s, `SELECT COUNT(*) FROM actions`); n != 2 {
					t.Errorf("got %d actions left", n)
				}
			})
		})
	}
}
