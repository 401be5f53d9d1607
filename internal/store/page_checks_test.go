package store

import (
	"fmt"
	"slices"
	"testing"

	"tertial/internal/tertial"
)

func mustCheck(t testing.TB, s *Store, on string) map[tertial.CheckKind]tertial.Check {
	t.Helper()
	all, err := s.Checks(t.Context(), day(on))
	if err != nil {
		t.Fatalf("Checks: %v", err)
	}
	found := make(map[tertial.CheckKind]tertial.Check)
	for _, c := range all {
		found[c.Kind] = c
	}
	return found
}

func TestChecksFindWhatAPersonShouldKnow(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		if found := mustCheck(t, s, "2024-03-04"); len(found) != 0 {
			t.Errorf("of nothing: got %+v", found)
		}
		anna, bertil := person("anna", "HR"), person("bertil", "IT")
		anna.Suspect = "nobody of that name"
		mustSave(t, s, now, anna, bertil)
		if _, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error { p.Suspect = "550 5.1.1"; return nil }); err != nil {
			t.Fatal(err)
		}
		add := func(clause, due, role string, edit func(a *tertial.Action)) {
			a := draft(clause, due, role)
			a.Timing.Certainty = tertial.Confirmed
			if role == "" {
				a.Responsible = nil
				a.AskOfParties()
			}
			edit(&a)
			mustAdd(t, s, now, a)
		}
		mustImport(t, s, now, preview("aa", draft("4.1", "2024-06-30", "HR")))
		as := func(status tertial.Status) func(*tertial.Action) {
			return func(a *tertial.Action) { a.Status = status }
		}
		nothing := func(*tertial.Action) {}
		add("4.1", "2024-06-30", "", nothing)
		add("4.1", "", "HR", func(a *tertial.Action) { a.Title = "utan datum" })
		add("4.1", "", "HR", func(a *tertial.Action) { a.Title, a.Timing.Recurrence = "löpande", tertial.Continuous })
		add("4.1", "", "HR", func(a *tertial.Action) { a.Title, a.DueGiven = "behöver inget datum", true })
		add("4.1", "2024-06-30", "Vakant", func(a *tertial.Action) { a.Title = "ingen har rollen" })
		add("4.1", "2024-06-30", "HR", func(a *tertial.Action) { a.Title = "klar"; a.Status = tertial.Done })
		add("4.1", "2024-01-31", "HR", func(a *tertial.Action) {
			a.Title, a.Timing.Certainty = "förbi", tertial.Inferred
			a.AskOfTiming(day("2024-03-04"))
		})
		add("4.1", "", "HR", func(a *tertial.Action) { a.Title, a.Timing.Certainty = "oläst", tertial.Unconfirmed })
		add("A.99.1", "2024-06-30", "HR", func(a *tertial.Action) { a.Title = "ingen sådan" })
		add("4.1", "2024-06-30", "HR", func(a *tertial.Action) {
			a.Title, a.Status, a.Progress, a.ProgressAt = "blockerad", tertial.InProgress, tertial.Blocked, tertial.Instant{Time: now}
		})
		add("4.1", "2024-06-30", "HR", as(tertial.InProgress))
		mustEdit(t, s, now, "2024-4.1k", func(a *tertial.Action) error { a.Status = tertial.ReportedDone; a.Title = "anmäld"; return nil })

		found := mustCheck(t, s, "2024-03-04")
		for kind, want := range map[tertial.CheckKind]struct {
			severity string
			refs     []string
		}{
			tertial.CheckNoOwner:    {"error", []string{"2024-4.1b"}},
			tertial.CheckNoDate:     {"warning", []string{"2024-4.1c"}},
			tertial.CheckRoleVacant: {"warning", []string{"2024-4.1f"}},
			tertial.CheckNoEvidence: {"info", []string{"2024-4.1g"}},
			tertial.CheckDuePast:    {"error", []string{"2024-4.1h"}},
			tertial.CheckNoTiming:   {"warning", []string{"2024-4.1i"}},
			tertial.CheckUnknown:    {"info", []string{"2024-A.99.1"}},
			tertial.CheckTwins:      {"info", []string{"2024-4.1", "2024-4.1b"}},
			tertial.CheckAddress:    {"warning", []string{}},
		} {
			c := found[kind]
			if c.Severity != want.severity || !slices.Equal(c.Refs, want.refs) || c.Count == 0 || c.Roles == nil {
				t.Errorf("%s: got %+v, want %+v", kind, c, want)
			}
			delete(found, kind)
		}
		for kind, c := range found {
			t.Errorf("%s was found: %+v", kind, c)
		}
		later := mustCheck(t, s, "2024-04-30")
		equal(t, "long blocked", later[tertial.CheckLongBlocked].Refs, []string{"2024-4.1j"})
		equal(t, "reported long ago", later[tertial.CheckNoConfirming].Refs, []string{"2024-4.1k"})
		equal(t, "the vacant role", later[tertial.CheckRoleVacant].Roles, []string{"Vakant"})
		equal(t, "whose address is suspect", later[tertial.CheckAddress].Roles, []string{"HR"})
		all, err := s.Checks(t.Context(), day("2024-04-30"))
		if err != nil || all[0].Severity != "error" || all[len(all)-1].Severity != "info" {
			t.Errorf("the order: got %+v, %v", all, err)
		}
	})
}

func TestACheckNamesTheFirstHundred(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var actions []tertial.Action
		for i := range checkRefs + 20 {
			a := draft(fmt.Sprintf("A.%d.%d", i/10+5, i%10+1), "2024-06-30")
			actions = append(actions, a)
		}
		mustImport(t, s, now, preview("aa", actions...))
		c := mustCheck(t, s, "2024-03-04")[tertial.CheckNoOwner]
		if c.Count != checkRefs+20 || len(c.Refs) != checkRefs || c.Refs[0] != "2024-A.5.1" {
			t.Errorf("got %d, %d named", c.Count, len(c.Refs))
		}
	})
}

func TestTheClauseMapTellsThenAndNow(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		late := draft("7.2", "2024-02-01", "HR")
		late.Timing.Certainty = tertial.Confirmed
		p := preview("aa", late, draft("7.10", "2024-06-30", "HR"), draft("A.5.9", "2024-06-30", "HR"))
		p.Findings = append(p.Findings, tertial.Finding{Clause: "4.1", Conformity: tertial.Conforming}, tertial.Finding{Clause: "4.2", Conformity: tertial.NotApplicable},
			tertial.Finding{Clause: "8.1", Conformity: tertial.Nonconforming})
		mustImport(t, s, now, p)
		another := preview("bb", draft("7.10", "2024-06-30", "HR"))
		another.Assessment.Unit = "En annan"
		mustImport(t, s, now, another)
		closeAs(t, s, now, "2024-7.10", tertial.Done)
		closeAs(t, s, now, "2024-A.5.9", tertial.Inapplicable)
		rows, err := s.ClauseMap(t.Context(), 2024, day("2024-03-04"))
		if err != nil {
			t.Fatal(err)
		}
		want := []tertial.ClauseRow{
			{Clause: "4.1", Conforming: 1, Closed: true},
			{Clause: "4.2", Inapplicable: 1, Closed: true},
			{Clause: "7.2", Partial: 1, Open: 1, Late: 1},
			{Clause: "7.10", Partial: 2, Open: 1, Done: 1},
			{Clause: "8.1", Nonconforming: 1},
			{Clause: "A.5.9", Partial: 1, Closed: true},
		}
		if !slices.Equal(rows, want) {
			t.Errorf("got  %+v\nwant %+v", rows, want)
		}
		closeAs(t, s, now, "2024-7.10b", tertial.Cancelled)
		rows, err = s.ClauseMap(t.Context(), 0, day("2024-03-04"))
		if err != nil || len(rows) != 6 || rows[3].Closed || rows[3].Open != 0 {
			t.Errorf("one of two was cancelled: got %+v, %v", rows, err)
		}
		if rows, err = s.ClauseMap(t.Context(), 2023, day("2024-03-04")); err != nil || rows == nil || len(rows) != 0 {
			t.Errorf("another plan year: got %+v, %v", rows, err)
		}
	})
}

func TestDatesThatOneAnswerSettlesAreOneGroup(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		of := func(clause, text, due string, c tertial.Certainty, events ...string) tertial.Action {
			a := draft(clause, due, "HR")
			a.Timing.Text, a.Timing.Certainty, a.Timing.Events = text, c, events
			return a
		}
		old := of("4.1", "våren", "2024-05-31", tertial.Inferred)
		old.PlanYear = 2023
		mustImport(t, s, now, preview("aa",
			of("4.1", "våren", "2024-05-31", tertial.Inferred), of("4.2", "till T1", "2024-05-08", tertial.Inferred, "T1"),
			of("4.3", "våren", "2024-05-31", tertial.Inferred), of("4.4", "senast T1", "2024-05-08", tertial.Inferred, "T1"),
			of("5.1", "inför T1", "2024-04-24", tertial.Inferred, "T1"), of("5.2", "snarast", "", tertial.Unconfirmed),
			of("5.3", "våren", "2024-05-31", tertial.Confirmed), of("6.1", "", "", tertial.Unconfirmed), of("6.2", "T1 och VP", "2024-05-08", tertial.Inferred, "T1", "VP"),
			of("7.1", "våren", "2024-05-31", tertial.Inferred)))
		closeAs(t, s, now, "2024-7.1", tertial.Done)
		mustAdd(t, s, now, old)
		groups, err := s.DateQueue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range groups {
			got = append(got, fmt.Sprintf("%d %q %q %s %v", g.Year, g.Text, g.Event, g.Due, g.Refs))
		}
		slices.Sort(got)
		equal(t, "groups", got, []string{
			`2023 "våren" "" 2024-05-31 [2023-4.1]`,
			`2024 "" ""  [2024-6.1]`,
			`2024 "T1 och VP" "" 2024-05-08 [2024-6.2]`,
			`2024 "inför T1" "T1" 2024-04-24 [2024-5.1]`,
			`2024 "snarast" ""  [2024-5.2]`,
			`2024 "till T1" "T1" 2024-05-08 [2024-4.2 2024-4.4]`,
			`2024 "våren" "" 2024-05-31 [2024-4.1 2024-4.3]`,
		})
		if o, err := s.Overview(t.Context(), day("2024-03-04")); err != nil || o.DateQueue != 9 {
			t.Errorf("the overview's count: got %d, %v; want 9", o.DateQueue, err)
		}
	})
}
