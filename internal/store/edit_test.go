package store

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestAnEditStoresWhatItChangesAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "HR"), draft("8.1", "", "ISAM")))
		a := mustEdit(t, s, now, "2024-7.2", func(*tertial.Action) error { return nil })
		if a.Version != 1 {
			t.Errorf("an edit that changes nothing: got version %d, want 1", a.Version)
		}
		later := now.Add(time.Hour)
		a = mustEdit(t, s, later, "2024-7.2", func(a *tertial.Action) error {
			a.Title, a.Priority = "Utbilda", tertial.High
			a.Responsible, a.FollowUp = []string{"ISAM", "HR"}, []string{"Säkerhetschef"}
			a.Steps = []tertial.Step{{Title: "Kartlägg", Done: true}, {Title: "Utbilda"}}
			a.Timing.Due, a.DueGiven = day("2024-09-30"), true
			a.Timing.Events = []string{"VB", "VP"}
			a.Ref, a.ID, a.Version = "stolen", 99, 99
			return nil
		})
		if a.Version != 2 || a.Ref != "2024-7.2" {
			t.Errorf("after the edit: got version %d of %s", a.Version, a.Ref)
		}
		got, err := s.Action(t.Context(), "2024-7.2")
		if err != nil {
			t.Fatal(err)
		}
		if d := differences(&a, &got); len(d) > 0 {
			t.Errorf("read again it differs: %v", d)
		}
		equal(t, "responsible in their order", got.Responsible, []string{"ISAM", "HR"})
		equal(t, "found by a step's role", refs(t, s, Filter{Owner: "säkerhets CHEF"}), []string{"2024-7.2"})
		r := row(t, s, "2024-7.2")
		if r.DueSince != day("2024-03-04") || !r.LookAt.Equal(later) {
			t.Errorf("after a new due date: got since %v, look at %v", r.DueSince, r.LookAt)
		}
	})
}

func TestAnEditOfAnOldVersionIsAConflictThatNamesBoth(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { a.Title = "Nytt"; return nil })
		_, err := s.EditAction(t.Context(), stampAt(now), "2024-7.2", 1, func(a *tertial.Action) error { a.Title = "Annat"; return nil })
		if !errors.Is(err, tertial.ErrConflict) || !strings.Contains(err.Error(), "version 1") || !strings.Contains(err.Error(), "at 2") {
			t.Errorf("got %v, want a conflict that names 1 and 2", err)
		}
		_, err = s.EditAction(t.Context(), stampAt(now), "2024-9.9", 0, nil)
		if !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("an action that is not there: got %v", err)
		}
	})
}

func TestAFailedEditLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		before := count1(t, s, `SELECT COUNT(*) FROM log`)
		boom := errors.New("boom")
		for name, edit := range map[string]func(*tertial.Action) error{
			"an error":        func(a *tertial.Action) error { a.Title = "X"; return boom },
			"an empty title":  func(a *tertial.Action) error { a.Title = ""; return nil },
			"no such status":  func(a *tertial.Action) error { a.Status = "x"; return nil },
			"a nameless role": func(a *tertial.Action) error { a.Responsible = []string{" "}; return nil },
		} {
			if _, err := s.EditAction(t.Context(), stampAt(now), "2024-7.2", 0, edit); err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
		if a, _ := s.Action(t.Context(), "2024-7.2"); a.Version != 1 || a.Title == "X" {
			t.Errorf("got %+v, want it untouched", a)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM log`); n != before {
			t.Errorf("failed edits logged %d entries", n-before)
		}
	})
}

func TestALifeOfAnAction(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		a := draft("7.2", "2024-06-30", "HR")
		a.Ask(tertial.TimingUnconfirmed)
		a.Timing.Certainty = tertial.Unconfirmed
		mustAdd(t, s, now, a)
		if r := row(t, s, "2024-7.2"); !r.LookAt.IsZero() {
			t.Errorf("in review: look at %v, want never", r.LookAt)
		}

		confirmed := now.AddDate(0, 0, 1)
		mustEdit(t, s, confirmed, "2024-7.2", func(a *tertial.Action) error { return a.Confirm(tertial.Date{}, false) })
		r := row(t, s, "2024-7.2")
		if !r.ActivatedAt.Equal(confirmed) || r.Reopened || !r.LookAt.Equal(confirmed) || !r.Looked.IsZero() {
			t.Errorf("confirmed: got activated %v, reopened %v, look %v, looked %v", r.ActivatedAt, r.Reopened, r.LookAt, r.Looked)
		}

		mustSave(t, s, now, person("anna", "HR"))
		lookAll(t, s, confirmed, telling(tertial.Assigned, day("2024-03-05"), confirmed.AddDate(0, 1, 0)))
		if n := count1(t, s, `SELECT COUNT(*) FROM informed`); n != 1 {
			t.Errorf("informed after the look: got %d, want 1", n)
		}

		closed := now.AddDate(0, 0, 2)
		mustEdit(t, s, closed, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "protokoll") })
		if r := row(t, s, "2024-7.2"); !r.LookAt.IsZero() {
			t.Errorf("closed: look at %v, want never", r.LookAt)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM notices WHERE state = 'void'`); n != 1 {
			t.Errorf("notices void after closing: got %d, want 1", n)
		}

		reopened := now.AddDate(0, 0, 3)
		mustEdit(t, s, reopened, "2024-7.2", func(a *tertial.Action) error { return a.Reopen() })
		r = row(t, s, "2024-7.2")
		if !r.ActivatedAt.Equal(reopened) || !r.Reopened || !r.LookAt.Equal(reopened) {
			t.Errorf("reopened: got activated %v, reopened %v, look %v", r.ActivatedAt, r.Reopened, r.LookAt)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM informed`); n != 1 {
			t.Errorf("informed after reopening: got %d, want it kept", n)
		}

		// A question that opens and is answered activates anew.
		mustEdit(t, s, reopened, "2024-7.2", func(a *tertial.Action) error { a.Ask(tertial.Declined); return nil })
		mustEdit(t, s, reopened.Add(time.Hour), "2024-7.2", func(a *tertial.Action) error { a.Answer(tertial.Declined); return nil })
		if r := row(t, s, "2024-7.2"); r.Reopened || count1(t, s, `SELECT COUNT(*) FROM informed`) != 0 {
			t.Errorf("activated anew: got reopened %v, want nobody informed", r.Reopened)
		}

		var verbs []string
		for _, e := range collect(t, s.Log(t.Context(), "2024-7.2")) {
			verbs = append(verbs, e.Verb)
		}
		equal(t, "the log tells it", verbs, []string{"created", "confirmed", "closed", "reopened", "changed", "changed"})
	})
}

func TestAChangeDoesNotMakeUpNoticesForThePast(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), now.AddDate(0, 3, 0)))

		// Two weeks on, nothing was outstanding: what was dated till then is done with.
		later := now.AddDate(0, 0, 14)
		touch := func(title string) {
			mustEdit(t, s, later, "2024-7.2", func(a *tertial.Action) error { a.Title = title; return nil })
		}
		touch("A")
		if r := row(t, s, "2024-7.2"); r.Looked != day("2024-03-17") || !r.LookAt.Equal(later) {
			t.Errorf("a change: got looked %v, look %v; want the day before the change", r.Looked, r.LookAt)
		}
		// The look it asks for is outstanding: a later change takes nothing away from it.
		later = later.AddDate(0, 0, 7)
		touch("B")
		if r := row(t, s, "2024-7.2"); r.Looked != day("2024-03-17") {
			t.Errorf("a change while a look is outstanding: got looked %v, want it left alone", r.Looked)
		}
	})
}

func TestMergingKeepsOneActionWithAllThatBothHave(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		a, b := draft("8.3", "2024-06-30", "ISAM"), draft("8.2", "2024-06-30", "i s a m", "HR")
		b.Steps = []tertial.Step{{Title: "Klassa"}}
		mustImport(t, s, now, preview("aa", a, b))
		got, err := s.MergeActions(t.Context(), stampAt(now), "2024-8.3", "2024-8.2")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "clauses", got.Clauses, []string{"8.2", "8.3"})
		equal(t, "responsible", got.Responsible, []string{"ISAM", "HR"})
		if len(got.Steps) != 1 || !strings.Contains(got.Description, "8.2") {
			t.Errorf("got steps %v and description %q", got.Steps, got.Description)
		}
		other, err := s.Action(t.Context(), "2024-8.2")
		if err != nil || other.Status != tertial.Cancelled || !strings.Contains(other.Reason, "2024-8.3") {
			t.Errorf("the other: got %s, %q, %v; want it cancelled with where it went", other.Status, other.Reason, err)
		}
		if _, err := s.MergeActions(t.Context(), stampAt(now), "2024-8.3", "2024-8.2"); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("merging a closed one: got %v, want a refusal", err)
		}
		if _, err := s.MergeActions(t.Context(), stampAt(now), "2024-8.3", "2024-8.3"); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("merging with itself: got %v", err)
		}
		if _, err := s.MergeActions(t.Context(), stampAt(now), "2024-8.3", "2024-1"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("merging with nothing: got %v", err)
		}
	})
}

func TestAnActionIsReportedDoneWhenEverybodyHasSaidSo(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		bertil := person("bertil", "ISAM")
		bertil.Deputy, bertil.AwayFrom, bertil.AwayTo = "cecilia@stad.example", day("2024-03-01"), day("2024-03-31")
		mustSave(t, s, now, person("anna", "HR"), bertil, person("cecilia", ""))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR", "ISAM"))
		ids := make(map[string]int64)
		for _, p := range collect(t, s.People(t.Context())) {
			ids[p.Name] = p.ID
		}
		a, err := s.ReportDone(t.Context(), stampAt(now), "2024-7.2", ids["anna"])
		if err != nil || a.Status != tertial.InProgress {
			t.Fatalf("the first of two: got %s, %v", a.Status, err)
		}
		if d, _, err := s.Dossier(t.Context(), "", "2024-7.2"); err != nil || len(d.Answered) != 1 || d.Answered[0] != ids["anna"] {
			t.Errorf("answered: got %v, %v; want anna", d.Answered, err)
		}
		if _, err := s.ReportDone(t.Context(), stampAt(now), "2024-7.2", 999); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("somebody else: got %v, want a refusal", err)
		}
		a, err = s.ReportDone(t.Context(), stampAt(now.Add(time.Hour)), "2024-7.2", ids["cecilia"])
		if err != nil || a.Status != tertial.ReportedDone {
			t.Fatalf("the deputy of the second: got %s, %v", a.Status, err)
		}
		if r := row(t, s, "2024-7.2"); !r.ReportedAt.Equal(now.Add(time.Hour)) {
			t.Errorf("reported at: got %v", r.ReportedAt)
		}
		// Sent back, everybody is asked again.
		mustEdit(t, s, now.Add(2*time.Hour), "2024-7.2", func(a *tertial.Action) error { return a.Reopen() })
		if n := count1(t, s, `SELECT COUNT(*) FROM answers`); n != 0 {
			t.Errorf("answers after it was sent back: got %d, want none", n)
		}
	})
}

func TestAnActionWithAllStepsDoneIsReportedDoneByOne(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bertil", "ISAM"))
		a := draft("7.2", "", "HR", "ISAM")
		a.Steps = []tertial.Step{{Title: "Ett", Done: true}}
		mustAdd(t, s, now, a)
		p, err := s.Person(t.Context(), "ANNA@stad.example")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := s.ReportDone(t.Context(), stampAt(now), "2024-7.2", p.ID); err != nil || a.Status != tertial.ReportedDone {
			t.Errorf("got %s, %v; want it reported done", a.Status, err)
		}
	})
}

func TestAnActionByHand(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		a := mustAdd(t, s, now, draft("A.5.9", "", "IT"))
		b := mustAdd(t, s, now, draft("A.5.9", "", "IT"))
		equal(t, "references", []string{a.Ref, b.Ref}, []string{"2024-A.5.9", "2024-A.5.9b"})
		c := draft("4.1", "", "IT")
		c.Ref = "2024-A.5.9"
		if _, err := s.AddAction(t.Context(), stampAt(now), c); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("a reference that is taken: got %v, want a conflict", err)
		}
		if _, err := s.AddAction(t.Context(), stampAt(now), tertial.Action{Title: "X", Status: tertial.Open, Priority: tertial.None}); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("neither clause nor reference: got %v, want invalid", err)
		}
		if _, err := json.Marshal(a); err != nil {
			t.Error(err)
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		late := draft("7.2", "2024-02-01", "HR")
		late.Timing.Events = []string{"VP"}
		review := draft("7.3", "2024-05-01")
		unsure := draft("A.5.1", "2024-02-01", "IT")
		unsure.Timing.Certainty = tertial.Unconfirmed
		unsure.Priority = tertial.High
		unsure.Title = "100 % kryptering på Ön"
		mustImport(t, s, now, preview("aa", unsure, late, review, draft("10.2", "", "HR")))
		mustEdit(t, s, now, "2024-10.2", func(a *tertial.Action) error { return a.Close(tertial.Cancelled, "nej") })
		for name, c := range map[string]struct {
			f    Filter
			want []string
		}{
			"all":                  {Filter{}, []string{"2024-7.2", "2024-7.3", "2024-10.2", "2024-A.5.1"}},
			"the first two":        {Filter{Limit: 2}, []string{"2024-7.2", "2024-7.3"}},
			"not closed":           {Filter{Open: true}, []string{"2024-7.2", "2024-7.3", "2024-A.5.1"}},
			"by status":            {Filter{Status: []tertial.Status{tertial.Cancelled, tertial.Done}}, []string{"2024-10.2"}},
			"by role":              {Filter{Owner: "h r"}, []string{"2024-7.2", "2024-10.2"}},
			"by chapter":           {Filter{Clause: "7"}, []string{"2024-7.2", "2024-7.3"}},
			"by clause, not 10":    {Filter{Clause: "1"}, []string{}},
			"in Annex A":           {Filter{Clause: "A.5"}, []string{"2024-A.5.1"}},
			"by priority":          {Filter{Priority: tertial.High}, []string{"2024-A.5.1"}},
			"by words, any case":   {Filter{Text: "ÖN KRYPT"}, []string{"2024-A.5.1"}},
			"percent is a letter":  {Filter{Text: "0 %"}, []string{"2024-A.5.1"}},
			"and matches no other": {Filter{Text: "%_"}, []string{}},
			"by event":             {Filter{Event: "VP"}, []string{"2024-7.2"}},
			"by plan year":         {Filter{PlanYear: 2025}, []string{}},
			"late, never unsure":   {Filter{Late: day("2024-03-04")}, []string{"2024-7.2"}},
			"in review":            {Filter{Review: true}, []string{"2024-7.3"}},
			"in review or unheld":  {Filter{Review: true, AsOf: day("2024-03-04")}, []string{"2024-7.3", "2024-A.5.1"}},
			"several at once":      {Filter{Open: true, Clause: "7", Owner: "HR", Text: "klart"}, []string{"2024-7.2"}},
		} {
			equal(t, name, refs(t, s, c.f), c.want)
		}
		for _, a := range collect(t, s.Actions(t.Context(), Filter{Clause: "A.5.1", AsOf: day("2024-03-04")})) {
			if len(a.Review) != 1 || a.Review[0] != tertial.RoleUnheld {
				t.Errorf("a role that nobody holds: got %v", a.Review)
			}
		}
	})
}
