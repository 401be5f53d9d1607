package tertial

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheLifeOfAnAction(t *testing.T) {
	a := Action{Ref: "2024-7.2", Status: Open, Responsible: []string{"HR"}}
	if !a.Active() {
		t.Error("an open action without a question is not active")
	}
	at := Instant{time.Date(2024, 4, 18, 9, 0, 0, 0, time.UTC)}
	for _, step := range []struct {
		name string
		do   func() error
		want Status
		err  error
	}{
		{"a status begins it", func() error { return a.Report(OnTrack, "halvvägs", at) }, InProgress, nil},
		{"it cannot be started twice", a.Start, InProgress, ErrRefused},
		{"an unknown status is refused", func() error { return a.Report("fine", "", at) }, InProgress, ErrInvalid},
		{"done wants a note", func() error { return a.Close(Done, " ") }, InProgress, ErrInvalid},
		{"an open status closes nothing", func() error { return a.Close(Open, "x") }, InProgress, ErrInvalid},
		{"done with a note", func() error { return a.Close(Done, "listan finns") }, Done, nil},
		{"closed is closed", func() error { return a.Close(Cancelled, "x") }, Done, ErrRefused},
		{"and not reported on", func() error { return a.Report(Blocked, "", at) }, Done, ErrRefused},
		{"it can be reopened", a.Reopen, Open, nil},
		{"only once", a.Reopen, Open, ErrRefused},
		{"and started", a.Start, InProgress, nil},
		{"and be found not to apply", func() error { return a.Close(Inapplicable, "staden gör det") }, Inapplicable, nil},
	} {
		if err := step.do(); !errors.Is(err, step.err) || a.Status != step.want {
			t.Fatalf("%s: status %s, %v; want %s, %v", step.name, a.Status, err, step.want, step.err)
		}
	}
	if a.Active() {
		t.Error("a closed action is active")
	}
	a = Action{Status: ReportedDone}
	if err := a.Reopen(); err != nil || a.Status != InProgress {
		t.Errorf("sent back it is %s, %v; want in_progress", a.Status, err)
	}
}

func TestQuestionsStopAnActionUntilTheyAreAnswered(t *testing.T) {
	today := day("2024-03-01")
	for _, c := range []struct {
		name   string
		timing Timing
		want   []Question
	}{
		{"an exact date to come", Timing{Due: day("2024-04-01"), Certainty: Exact}, nil},
		{"due today", Timing{Due: today, Certainty: Inferred}, nil},
		{"a date that has passed", Timing{Due: day("2024-02-29"), Certainty: Exact}, []Question{DuePast}},
		{"a confirmed date that has passed", Timing{Due: day("2024-02-29"), Certainty: Confirmed}, nil},
		{"an unconfirmed one", Timing{Due: day("2024-02-01"), Certainty: Unconfirmed}, []Question{TimingUnconfirmed}},
		{"no date, but certain", Timing{Certainty: Inferred}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Action{Status: Open, Timing: c.timing}
			a.AskOfTiming(today)
			if !slices.Equal(a.Review, c.want) || a.Active() != (len(c.want) == 0) {
				t.Errorf("asks %v, active %v; want %v", a.Review, a.Active(), c.want)
			}
		})
	}
	a := Action{Status: Open, Review: []Question{RoleUnheld}}
	if !a.Active() {
		t.Error("a role that nobody holds stops an action")
	}
	a.AskOfParties()
	a.AskOfParties()
	if want := []Question{RoleUnheld, NoResponsible}; !slices.Equal(a.Review, want) {
		t.Errorf("asks %v, want %v", a.Review, want)
	}
}

func TestConfirm(t *testing.T) {
	newAction := func(timing Timing, review ...Question) Action {
		return Action{Ref: "2024-9.2", Status: Open, Timing: timing, Review: review}
	}
	read := Timing{Start: day("2024-01-01"), Due: day("2024-02-29"), Certainty: Inferred, Why: "Läst som första kvartalet."}

	a := newAction(read, DuePast, Declined, NoResponsible)
	if err := a.Confirm(Date{}, false); err != nil || a.Timing.Certainty != Confirmed || a.DueGiven {
		t.Errorf("confirmed as read: %v, %+v", err, a.Timing)
	}
	if want := []Question{NoResponsible}; !slices.Equal(a.Review, want) {
		t.Errorf("still asks %v, want %v: a date does not name who is responsible", a.Review, want)
	}
	if a.Timing.Why != read.Why {
		t.Errorf("confirmed as read, the reason became %q", a.Timing.Why)
	}
	a = newAction(read)
	if err := a.Confirm(day("2023-12-01"), false); err != nil || a.Timing.Start != a.Timing.Due || !a.DueGiven {
		t.Errorf("a due date before the start: %v, %+v", err, a.Timing)
	}
	const given = "Datumet är angivet till 2023-12-01."
	if a.Timing.Why != given {
		t.Errorf("the reason of a date that a person gave: got %q, want %q", a.Timing.Why, given)
	}
	if err := a.Confirm(Date{}, false); err != nil || a.Timing.Why != given {
		t.Errorf("confirmed once more: %v, the reason is %q", err, a.Timing.Why)
	}
	a = newAction(Timing{Certainty: Unconfirmed, Why: "LTA saknas i årshjulet"}, TimingUnconfirmed)
	if err := a.Confirm(Date{}, false); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "--due") {
		t.Errorf("nothing to confirm gives %v, want advice", err)
	}
	if err := a.Confirm(Date{}, true); err != nil || !a.Active() || !a.Timing.Due.IsZero() || strings.Contains(a.Timing.Why, "LTA") {
		t.Errorf("confirmed without a date: %v, %+v", err, a)
	}
}

func TestAMovedEventMovesWhatDependsOnIt(t *testing.T) {
	today := day("2024-03-01")
	reading := Timing{Due: day("2024-11-15"), Certainty: Inferred, Events: []string{"VP"}, Checkpoints: []Date{day("2024-05-08")}}
	a := Action{Status: Open, Timing: Timing{Due: day("2024-10-31"), Certainty: Inferred}}
	a.Retime(reading, today)
	if a.Timing.Due != reading.Due || a.Timing.Certainty != Inferred {
		t.Errorf("read anew as %+v", a.Timing)
	}
	a = Action{Status: Open, Timing: Timing{Due: day("2024-10-31"), Certainty: Confirmed}}
	a.Retime(reading, today)
	if a.Timing.Due != reading.Due || a.Timing.Certainty != Confirmed {
		t.Errorf("a confirmed reading became %+v, want it moved and confirmed", a.Timing)
	}
	a = Action{Status: Open, DueGiven: true, Timing: Timing{Due: day("2024-10-01"), Certainty: Confirmed}}
	a.Retime(reading, today)
	if a.Timing.Due != day("2024-10-01") {
		t.Errorf("a date that a person gave moved to %s", a.Timing.Due)
	}
}

func TestRoleKeys(t *testing.T) {
	for _, same := range [][2]string{
		{"ISAM", "isam"}, {"HR ", "hr"}, {"PM3- införare", "PM3-införare"}, {"Säkerhets\u00a0samordnare", "säkerhetssamordnare"},
		{"CISO", "ISAM"}, {"Informationssäkerhetssamordnare", "ISAM"}, {"Information Security Officer", "isam"},
	} {
		if a, b := RoleKey(same[0]), RoleKey(same[1]); a != b {
			t.Errorf("%q is %q and %q is %q, want one role", same[0], a, same[1], b)
		}
	}
	if RoleKey("HR") == RoleKey("IT") || RoleKey("Säkerhetssamordnare") == Coordinator {
		t.Error("different roles have one key")
	}
}

func TestListsAreNeverNullInJSON(t *testing.T) {
	var a Action
	a.Normalise()
	b, err := json.Marshal(&a)
	if err != nil || strings.Contains(string(b), "null") {
		t.Errorf("an empty action is %s, %v", b, err)
	}
	for _, key := range []string{"ref", "clauses", "title", "description", "status", "priority", "responsible", "contributors",
		"follow_up", "timing", "review", "steps", "version", "text", "start", "due", "recurrence", "certainty", "events", "checkpoints", "why"} {
		if !strings.Contains(string(b), `"`+key+`":`) {
			t.Errorf("JSON lacks %q: %s", key, b)
		}
	}
}

func TestKindsGoByUrgency(t *testing.T) {
	order := []Kind{Escalation, Overdue, Due, Upcoming, Checkpoint, Assigned, AwaitsCheck, "unheard of"}
	for i := 1; i < len(order); i++ {
		if order[i-1].Urgency() >= order[i].Urgency() {
			t.Errorf("%s is not more urgent than %s", order[i-1], order[i])
		}
	}
}

func TestThroughIsTheLastDayWhoseSendTimeHasCome(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	r := Rules{Zone: zone, SendAt: 450, SendUntil: 1080}
	for at, want := range map[string]string{"07:29": "2024-03-04", "07:30": "2024-03-05", "23:59": "2024-03-05"} {
		c, err := ParseClock(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Stamp("cli", "test", day("2024-03-05").At(c, zone)).Through.String(); got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
	}
}

func TestAbsenceAndHoldings(t *testing.T) {
	p := Person{AwayFrom: day("2024-07-01"), AwayTo: day("2024-07-31"),
		Holdings: []Holding{{Role: "HR"}, {Role: "ISAM", From: day("2024-05-01")}, {Role: "IT", To: day("2024-04-30")}}}
	for d, want := range map[string]bool{"2024-06-30": false, "2024-07-01": true, "2024-07-31": true, "2024-08-01": false} {
		if got := p.Away(day(d)); got != want {
			t.Errorf("away on %s: %v, want %v", d, got, want)
		}
	}
	p.AwayTo = Date{}
	if !p.Away(day("2030-01-01")) {
		t.Error("away until further notice has ended")
	}
	if got, want := p.Roles(day("2024-05-01")), []string{"HR", "ISAM"}; !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v", got, want)
	}
}
