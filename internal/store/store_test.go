package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// now is a Monday morning before the first mail goes.
var now = time.Date(2024, 3, 4, 6, 0, 0, 0, time.UTC)

func day(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// stampAt is a change by a person, after the mail of the day before has gone.
func stampAt(at time.Time) tertial.Stamp {
	return tertial.Stamp{By: "cli", Via: "test", At: at, Through: tertial.DateIn(at, time.UTC).AddDays(-1)}
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, openSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, openTest(t, pgtest.URL(t))) })
}

func openSQLite(t testing.TB) *Store {
	t.Helper()
	return openTest(t, filepath.Join(t.TempDir(), "t.db"))
}

func openTest(t testing.TB, database string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{Database: database, Migrate: true})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// draft is an action as an import drafts it.
func draft(clause string, due string, responsible ...string) tertial.Action {
	a := tertial.Action{Clauses: []string{clause}, Title: "Åtgärd för " + clause, Description: "Gör klart " + clause,
		Status: tertial.Open, Priority: tertial.Medium, Responsible: responsible, PlanYear: 2024, Dated: day("2024-01-15"),
		Timing: tertial.Timing{Text: "våren", Start: day("2024-01-15"), Certainty: tertial.Inferred, Why: "läst så"}}
	if due != "" {
		a.Timing.Due = day(due)
	}
	a.AskOfParties()
	return a
}

func preview(sha string, actions ...tertial.Action) *tertial.Preview {
	p := &tertial.Preview{Assessment: tertial.Assessment{Unit: "Kommunen " + sha, Standard: "ISO/IEC 27001:2013", PlanYear: 2024,
		Dated: day("2024-01-15"), Source: sha + ".txt", SHA256: sha}}
	for _, a := range actions {
		a.Ref = baseRef(&a)
		p.Findings = append(p.Findings, tertial.Finding{Clause: a.Clauses[0], Conformity: tertial.Partial, Priority: a.Priority, Proposal: a.Description})
		p.Actions = append(p.Actions, a)
	}
	return p
}

func mustImport(t testing.TB, s *Store, at time.Time, p *tertial.Preview) Applied {
	t.Helper()
	done, err := s.ApplyImport(t.Context(), stampAt(at), p)
	if err != nil {
		t.Fatalf("ApplyImport: %v", err)
	}
	return done
}

func mustAdd(t testing.TB, s *Store, at time.Time, a tertial.Action) tertial.Action {
	t.Helper()
	a, err := s.AddAction(t.Context(), stampAt(at), a)
	if err != nil {
		t.Fatalf("AddAction: %v", err)
	}
	return a
}

func mustEdit(t testing.TB, s *Store, at time.Time, ref string, edit func(*tertial.Action) error) tertial.Action {
	t.Helper()
	a, err := s.EditAction(t.Context(), stampAt(at), ref, 0, edit)
	if err != nil {
		t.Fatalf("EditAction: %v", err)
	}
	return a
}

func person(name, role string) tertial.Person {
	p := tertial.Person{Name: name, Email: name + "@stad.example"}
	if role != "" {
		p.Holdings = []tertial.Holding{{Role: role}}
	}
	return p
}

func mustSave(t testing.TB, s *Store, at time.Time, people ...tertial.Person) {
	t.Helper()
	if _, _, err := s.SavePeople(t.Context(), stampAt(at), people); err != nil {
		t.Fatalf("SavePeople: %v", err)
	}
}

// row reads what looks go by of one action.
func row(t testing.TB, s *Store, ref string) lookedRow {
	t.Helper()
	var r lookedRow
	err := s.r.GetContext(t.Context(), &r, `SELECT `+editColumns+`, l.look_at, l.looked, l.escalated
		FROM actions a JOIN looks l ON l.action_id = a.id WHERE ref = $1`, ref)
	if err != nil {
		t.Fatalf("reading %s: %v", ref, err)
	}
	return r
}

// lookedRow is all that is stored of an action in one row.
type lookedRow struct {
	actionRow
	LookAt    instant      `db:"look_at"`
	Looked    tertial.Date `db:"looked"`
	Escalated tertial.Date `db:"escalated"`
}

func collect[T any](t testing.TB, seq func(func(T, error) bool)) []T {
	t.Helper()
	all := []T{}
	for x, err := range seq {
		if err != nil {
			t.Fatalf("reading a list: %v", err)
		}
		all = append(all, x)
	}
	return all
}

func refs(t testing.TB, s *Store, f Filter) []string {
	t.Helper()
	all := []string{}
	for _, a := range collect(t, s.Actions(t.Context(), f)) {
		all = append(all, a.Ref)
	}
	return all
}

func count1(t testing.TB, s *Store, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.r.GetContext(t.Context(), &n, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// decider stands in for policy.
type decider = func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)

// telling is a policy that places one notice an action: each holder of each responsible role is told of it on the day, and
// again is the next look.
func telling(kind tertial.Kind, on tertial.Date, next time.Time) decider {
	return func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
		var rulings []tertial.Ruling
		for i := range ds {
			rulings = append(rulings, tellOf(&ds[i], reg, kind, on, next))
		}
		return rulings, nil
	}
}

func tellOf(d *tertial.Dossier, reg *tertial.Register, kind tertial.Kind, on tertial.Date, next time.Time) tertial.Ruling {
	a := &d.Action
	r := tertial.Ruling{ActionID: a.ID, Next: next, Looked: on, Escalated: d.Escalated, Informed: d.Informed}
	target := on.String()
	if kind.OfDue() {
		target = a.Timing.Due.String()
	}
	tell := func(n tertial.Notice, to int64) {
		p := reg.People[to]
		n.State = tertial.Placed
		r.Rows = append(r.Rows, tertial.Reminding{Lead: len(r.Notices),
			To:   tertial.Reader{ID: p.ID, Name: p.Name, Email: p.Email, Language: "sv"},
			Item: tertial.Item{Ref: a.Ref, Kind: n.Kind, Due: a.Timing.Due, ActionID: a.ID, Title: a.Title}})
		r.Notices = append(r.Notices, n)
	}
	for _, n := range d.Notices {
		if n.State == tertial.Owed {
			tell(n, n.Slot.Person)
		}
	}
	if len(r.Rows) > 0 || !told(a) || !d.Looked.Before(on) {
		return r
	}
	for _, party := range d.Parties {
		for _, id := range reg.Holders(party.Role.ID, on) {
			slot := tertial.Slot{Person: id, Role: party.Role.ID}
			tell(tertial.Notice{ActionID: a.ID, Slot: slot, Kind: kind, Target: target, On: on}, id)
			r.Informed = append(r.Informed, slot)
		}
	}
	return r
}

// lookAll looks until nothing is due, and releases the day's mail.
func lookAll(t testing.TB, s *Store, at time.Time, decide decider) {
	t.Helper()
	q := tertial.LookRequest{Now: at, Day: tertial.DateIn(at, time.UTC), NextSend: at.AddDate(0, 0, 1)}
	for {
		n, err := s.Look(t.Context(), q, decide)
		if err != nil {
			t.Fatalf("Look: %v", err)
		}
		if n == 0 {
			break
		}
	}
	if _, err := s.Release(t.Context(), at, q.Day); err != nil {
		t.Fatalf("Release: %v", err)
	}
}

func mustClaim(t testing.TB, s *Store, at time.Time) []tertial.Claim {
	t.Helper()
	claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: at, Day: tertial.DateIn(at, time.UTC), Open: true, Worker: "w"})
	if err != nil {
		t.Fatalf("Claim: %v", err)
	}
	return claims
}

func outcome(c tertial.Claim, v tertial.Verdict, at time.Time) tertial.Outcome {
	c.Message.Subject, c.Message.MessageID = "Ärende", fmt.Sprintf("<m.%d@test>", c.Message.ID)
	return tertial.Outcome{Claim: c, Verdict: v, Phase: tertial.PhaseDot, Code: 250, Reply: "ok", Started: at, Ended: at}
}

func mustRecord(t testing.TB, s *Store, at time.Time, outcomes ...tertial.Outcome) {
	t.Helper()
	if err := s.Record(t.Context(), at, outcomes); err != nil {
		t.Fatalf("Record: %v", err)
	}
}

// mustMark marks claims that are still held.
func mustMark(t testing.TB, s *Store, at time.Time, claims ...tertial.Claim) {
	t.Helper()
	if lost, err := s.MarkDot(t.Context(), at, claims); err != nil || len(lost) > 0 {
		t.Fatalf("MarkDot: lost %v, %v", lost, err)
	}
}
