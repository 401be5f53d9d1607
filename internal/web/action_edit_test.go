package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// edited is a form of the first action of the plan, with changes.
func edited(changes ...string) []string {
	fields := map[string]string{"version": "3", "title": "Utbilda nya medarbetare", "clauses": "7.2, 7.3", "description": "Ta fram en kurs.\r\n\r\nHåll den varje termin.", "priority": "high",
		"responsible": "HR", "contributors": "Kommunikation", "follow_up": "", "start": "2027-01-01", "due": "2027-03-20"}
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i]] = changes[i+1]
	}
	var pairs []string
	for name, value := range fields {
		pairs = append(pairs, name, value)
	}
	return pairs
}

func TestAnActionIsEdited(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	a := b.post("/actions/2027-7.2/edit", edited("title", "Utbilda  alla", "clauses", "7.2; a.5.9", "responsible", "ISAM\r\n\r\nHR\r\nisam", "follow_up", "Avdelningschef för stöd", "due", "2027-06-30", "priority", "low")...)
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d: %s", a.StatusCode, s.log)
	}
	x, _ := h.find("2027-7.2")
	if x.Title != "Utbilda alla" || !slices.Equal(x.Clauses, []string{"7.2", "A.5.9"}) || !slices.Equal(x.Responsible, []string{"ISAM", "HR"}) || !slices.Equal(x.FollowUp, []string{"Avdelningschef för stöd"}) {
		t.Errorf("got %+v", x)
	}
	if x.Timing.Due != onDay("2027-06-30") || !x.DueGiven || x.Timing.Certainty != tertial.Confirmed || x.Priority != tertial.Low {
		t.Errorf("got %+v", x.Timing)
	}
	if want := "Ta fram en kurs.\n\nHåll den varje termin."; x.Description != want {
		t.Errorf("the description reads %q", x.Description)
	}
	b.get("/actions/2027-7.2").wants(t, http.StatusOK, "2027-7.2 är sparad.")
}

func TestADateThatIsLeftAsItIsStaysWhatItWas(t *testing.T) {
	s, h := planSite(t)
	h.plan[0].Timing.Certainty = tertial.Inferred
	s.as(coordinator).post("/actions/2027-7.2/edit", edited("title", "Annan")...)
	if x, _ := h.find("2027-7.2"); x.Timing.Certainty != tertial.Inferred || x.DueGiven {
		t.Errorf("got %+v, want the reading untouched", x.Timing)
	}
	s.as(coordinator).post("/actions/2027-7.2/edit", edited("version", "4", "due", "", "responsible", "")...)
	x, _ := h.find("2027-7.2")
	if !x.Timing.Due.IsZero() || !x.DueGiven || !slices.Contains(x.Review, tertial.NoResponsible) {
		t.Errorf("got %+v, want no date, and the question who is responsible", x)
	}
}

func TestAnEditWithAFaultIsShownAgain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes []string
		want    []string
	}{
		{"no title", []string{"title", " "}, []string{`href="#title"`, "Fyll i det här fältet."}},
		{"too long a title", []string{"title", strings.Repeat("å", 201)}, []string{"högst 200 tecken"}},
		{"no clause", []string{"clauses", ""}, []string{`href="#clauses"`}},
		{"a clause that is none", []string{"clauses", "7.2, kapitel sju"}, []string{"Skriv kravet som 7.2, 9.2.1 eller A.5.9.", "kapitel sju"}},
		{"a role with a semicolon", []string{"responsible", "HR; ISAM"}, []string{"inget semikolon", `href="#responsible"`}},
		{"a start after the end", []string{"start", "2027-12-01"}, []string{"kan inte börja efter"}},
		{"a date that is none", []string{"due", "2027-13-01"}, []string{"Skriv datumet som"}},
		{"a date before all", []string{"due", "1066-10-14"}, []string{"2000 till 2100"}},
		{"a priority that is none", []string{"priority", "1e9"}, []string{"Välj ett av alternativen."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := planSite(t)
			a := s.as(coordinator).post("/actions/2027-7.2/edit", edited(tt.changes...)...)
			a.wants(t, http.StatusUnprocessableEntity, tt.want...)
			domOf(t, a)
			if len(h.stamps) > 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestWhoEditsAnOldVersionSeesBoth(t *testing.T) {
	s, h := planSite(t)
	b := s.as(coordinator)
	a := b.post("/actions/2027-7.2/edit", edited("version", "2", "title", "Min rubrik", "priority", "low")...)
	a.wants(t, http.StatusConflict, "Någon annan ändrade", `value="Min rubrik"`, "Spara min version", `name="version" value="3"`)
	rows := rowsIn(t, domOf(t, a), "")
	want := [][]string{{"Rubrik", "Min rubrik", "Utbilda nya medarbetare"}, {"Prioritet", "Låg", "Hög"}}
	if len(rows) != len(want) {
		t.Fatalf("got the differences %q", rows)
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("got %q, want %q", rows[i], want[i])
		}
	}
	if x, _ := h.find("2027-7.2"); x.Title != "Utbilda nya medarbetare" {
		t.Error("it was changed")
	}
	// Saved again with the version that the page now has, it is mine.
	b.post("/actions/2027-7.2/edit", edited("version", "3", "title", "Min rubrik")...)
	if x, _ := h.find("2027-7.2"); x.Title != "Min rubrik" {
		t.Error("it was not changed")
	}
}

func TestAnActionIsAdded(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes []string
		want    func(a *tertial.Action) bool
	}{
		{"with a day", []string{"due", "2027-06-30", "start", ""}, func(a *tertial.Action) bool {
			return a.Timing.Due == onDay("2027-06-30") && a.Timing.Certainty == tertial.Confirmed && a.Active()
		}},
		{"with a phrase", []string{"timing", "juni 2027", "start", "", "due", ""}, func(a *tertial.Action) bool {
			return a.Timing.Due == onDay("2027-06-30") && a.Timing.Start == onDay("2027-06-01") && a.Timing.Certainty == tertial.Exact && a.Timing.Text == "juni 2027" && !a.DueGiven && a.Active()
		}},
		{"with a phrase that a person must confirm", []string{"timing", "snarast", "start", "", "due", ""}, func(a *tertial.Action) bool {
			return slices.Contains(a.Review, tertial.TimingUnconfirmed) && !a.Active() && a.Timing.Text == "snarast"
		}},
		{"with steps", []string{"due", "2027-06-30", "start", "", "steps", "- Ett\r\n- Två\r\n- Ett"}, func(a *tertial.Action) bool { return len(a.Steps) == 2 && a.Steps[1].Title == "Två" }},
		{"with nobody responsible", []string{"due", "2027-06-30", "start", "", "responsible", ""}, func(a *tertial.Action) bool { return slices.Equal(a.Review, []tertial.Question{tertial.NoResponsible}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := planSite(t)
			a := s.as(coordinator).post("/actions/new", edited(append(tt.changes, "clauses", "8.1", "plan_year", "2027", "title", "Ny")...)...)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/actions/2027-8.1" {
				t.Fatalf("got %d %s: %s", a.StatusCode, a.Header.Get("Location"), s.log)
			}
			x, err := h.find("2027-8.1")
			if err != nil {
				t.Fatal(err)
			}
			if x.Status != tertial.Open || x.PlanYear != 2027 || x.Dated != onDay("2027-03-24") || !tt.want(x) {
				t.Errorf("got %+v", x)
			}
		})
	}
}

func TestANewActionWithAFaultIsShownAgain(t *testing.T) {
	s, h := planSite(t)
	n := len(h.plan)
	b := s.as(coordinator)
	a := b.post("/actions/new", edited("plan_year", "2027", "timing", "T1", "due", "2027-06-30")...)
	a.wants(t, http.StatusUnprocessableEntity, "antingen en dag eller tiden i ord", `value="T1"`)
	domOf(t, a)
	a = b.post("/actions/new", edited("plan_year", "27")...)
	a.wants(t, http.StatusUnprocessableEntity, "Skriv ett heltal från 1990 till 2200.")
	b.post("/actions/new", edited("plan_year", "2027", "steps", strings.Repeat("x", 201))...).wants(t, http.StatusUnprocessableEntity, "högst 200 tecken")
	if len(h.plan) != n {
		t.Error("something was added")
	}
	b.get("/actions/new?clause=A.5.9").wants(t, http.StatusOK, `value="A.5.9"`)
	b.get("/actions/new?clause=%3Cscript%3E").wants(t, http.StatusOK)
}
