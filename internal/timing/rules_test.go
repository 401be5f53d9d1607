package timing

import (
	"slices"
	"strings"
	"testing"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

func date(s string) tertial.Date {
	if s == "" {
		return tertial.Date{}
	}
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestTheYearComesFromWhereThePhraseSays(t *testing.T) {
	for _, tt := range []struct {
		name, phrase, dated string
		planYear            int
		start, due, why     string
	}{
		{"a written year wins over the plan year", "mars 2026", "2023-11-15", 2024, "2026-03-01", "2026-03-31", "mars 2026"},
		{"nästa år is the year after the date written, not after the plan year", "nästa år", "2024-02-01", 2024, "2025-01-01", "2025-12-31", "räknas från 2024-02-01"},
		{"without a year it is the plan year, even when past", "mars", "2024-06-01", 2024, "2024-03-01", "2024-03-31", "planåret"},
		{"without a plan year it is the first after the date written", "mars", "2024-06-01", 0, "2025-03-01", "2025-03-31", "första efter 2024-06-01"},
		{"a period under way is not over", "juni", "2024-06-01", 0, "2024-06-01", "2024-06-30", "första efter"},
		{"a plan year out of reason is none", "mars", "2024-01-01", 99999, "2024-03-01", "2024-03-31", "första efter"},
		{"nästa with a month is the first that begins after the date written", "nästa mars", "2024-03-05", 2030, "2025-03-01", "2025-03-31", "första efter"},
		{"an event without a year falls in the plan year", "VB", "2023-11-15", 2024, "2023-11-15", "2024-01-15", "planåret 2024"},
		{"a year with an event is that of its report", "VB 2024", "2023-11-15", 2024, "2023-11-15", "2025-01-15", "för 2024"},
		{"nästa with an event is the first strictly after the date written", "nästa VOR", "2024-11-15", 2024, "2024-11-15", "2025-11-15", "första efter 2024-11-15"},
		{"an event without any year is the first after the date written", "VP", "2024-11-01", 0, "2024-11-01", "2025-10-31", "första efter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Parse(tt.phrase, tt.planYear, date(tt.dated), goldenWheel(t))
			if got.Start.String() != tt.start || got.Due.String() != tt.due || !strings.Contains(got.Why, tt.why) {
				t.Errorf("got %v to %v (%s), want %s to %s (…%s…)", got.Start, got.Due, got.Why, tt.start, tt.due, tt.why)
			}
		})
	}
}

func TestAnEventThatIsOnlyAssumedIsUnconfirmedAndProposed(t *testing.T) {
	wheel := newWheel(t, calendar.BuiltIn())
	for _, tt := range []struct {
		phrase, due, why string
		certainty        tertial.Certainty
		events           []string
	}{
		{"inför VOR", "", "2024-11-01", tertial.Unconfirmed, []string{"VOR"}},
		{"VP", "", "2024-10-31", tertial.Unconfirmed, []string{"VP"}},
		{"varje tertial", "", "2024-01-15", tertial.Unconfirmed, []string{"VB"}},
		{"VP och RSA", "", "Risk- och sårbarhetsanalys", tertial.Unconfirmed, []string{"RSA", "VP"}},
		{"2024, i VP", "2024-12-31", "2024", tertial.Inferred, []string{"VP"}},
	} {
		t.Run(tt.phrase, func(t *testing.T) {
			got := Parse(tt.phrase, goldenYear, goldenDay, wheel)
			if got.Due.String() != tt.due || got.Certainty != tt.certainty || !strings.Contains(got.Why, tt.why) || !slices.Equal(got.Events, tt.events) {
				t.Errorf("got %s (%s), want due %q, %s, events %v, reason with %q", row(got), got.Why, tt.due, tt.certainty, tt.events, tt.why)
			}
		})
	}
}

func TestADateThatAPersonGaveSettlesTheEvent(t *testing.T) {
	wheel := newWheel(t, calendar.BuiltIn()).With([]tertial.WheelDate{{Key: "VP", Year: 2024, Date: date("2024-10-15"), Given: true}})
	got := Parse("med nästa VP", goldenYear, goldenDay, wheel)
	if want := "2023-11-15;2024-10-15;;inferred;VP"; row(got) != want {
		t.Errorf("got %s, want %s", row(got), want)
	}
}

func TestTenWorkdaysLeaveOutQuietPeriods(t *testing.T) {
	c, err := calendar.New(calendar.Options{Quiet: []calendar.Quiet{{From: "12-23", To: "01-06"}}})
	if err != nil {
		t.Fatal(err)
	}
	events := calendar.BuiltIn()
	for i := range events {
		events[i].Assumed = false
	}
	w, err := calendar.NewWheel(c, events)
	if err != nil {
		t.Fatal(err)
	}
	// Five workdays in January (8–12), five before Christmas (18–22).
	got := Parse("inför verksamhetsberättelsen", goldenYear, goldenDay, w)
	if want := date("2023-12-18"); got.Due != want {
		t.Errorf("due %v, want %v", got.Due, want)
	}
}

func TestAConfiguredEventIsFoundByItsKeyNameAndAliases(t *testing.T) {
	wheel := newWheel(t, calendar.Overlay(calendar.BuiltIn(), []calendar.Entry{
		{Key: "BUD", Name: "Budgetberedning", Aliases: []string{"budget", "ekonomisk plan"}, Date: "05-20"},
	}))
	for _, phrase := range []string{"BUD", "till budgetberedningen", "med budgeten", "i samband med EKONOMISKA PLANEN och ekonomisk plan", "inför bud."} {
		if got := Parse(phrase, goldenYear, goldenDay, wheel); !slices.Equal(got.Events, []string{"BUD"}) || got.Due.IsZero() {
			t.Errorf("%q: got %s", phrase, row(got))
		}
	}
	for _, phrase := range []string{"budget2x", "rebudget", "budskap"} {
		if got := Parse(phrase, goldenYear, goldenDay, wheel); phrase != "budget2x" && len(got.Events) > 0 {
			t.Errorf("%q: linked to %v; only whole words count", phrase, got.Events)
		}
	}
}

func TestCheckpointsAreTheReportsOfTheTertialsTouched(t *testing.T) {
	for _, tt := range []struct{ name, phrase, want string }{
		{"one tertial", "Februari", "2024-05-08"},
		{"a year", "under 2024", "2024-05-08 2024-09-06 2025-01-15"},
		{"from the date written to a deadline", "senast 30 juni", "2024-01-15 2024-05-08 2024-09-06"},
		{"without a due date to the end of the plan year", "löpande", "2024-01-15 2024-05-08 2024-09-06 2025-01-15"},
		{"two years", "2024–2025", "2024-05-08 2024-09-06 2025-01-15 2025-05-08 2025-09-06 2026-01-15"},
		{"one day", "2024-05-01 – 2024-05-01", "2024-09-06"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, d := range Parse(tt.phrase, goldenYear, goldenDay, goldenWheel(t)).Checkpoints {
				got = append(got, d.String())
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
	if got := Parse("Februari", goldenYear, goldenDay, newWheel(t, calendar.BuiltIn())); len(got.Checkpoints) != 1 {
		t.Errorf("assumed reports are checkpoints too; got %v", got.Checkpoints)
	}
}

func TestListsAreNeverNil(t *testing.T) {
	for _, phrase := range []string{"", "Q2", "VP", "tbd"} {
		got := Parse(phrase, 0, tertial.Date{}, nil)
		if got.Events == nil || got.Checkpoints == nil {
			t.Errorf("%q: a list is nil: %+v", phrase, got)
		}
	}
}

func TestTheReasonCanBeChecked(t *testing.T) {
	for _, tt := range []struct{ phrase, want string }{
		{"Februari", "Läst som februari 2024, 2024-02-01 till 2024-02-29; året är planåret."},
		{"senast 30 juni 2025", "Läst som senast 2025-06-30."},
		{"inför VOR och RSA", "Läst som 10 arbetsdagar före Risk- och sårbarhetsanalys 2024-10-31, senast 2024-10-17; den som infaller under planåret 2024; den tidigaste av RSA, VOR."},
		{"lokala tillämpningsanvisningar", "Årshjulet saknar Lokala tillämpningsanvisningar; ett antaget datum är 2024-06-15, ett förslag att bekräfta."},
		{"snarast", "Läst som senast 2023-12-15: brådskande; 30 dagar från 2023-11-15 är ett förslag att bekräfta."},
		{"30 februari", "Frasen går inte att läsa som en tid: dagen 30/2 finns inte 2024. Ange ett datum."},
		{"tbd", "Frasen går inte att läsa som en tid; ange ett datum."},
		{" ", "Ingen tid är angiven; ange ett datum."},
		{"årligen", "Läst som årligen, första gången senast 2024-12-31."},
	} {
		t.Run(tt.phrase, func(t *testing.T) {
			if got := Parse(tt.phrase, goldenYear, goldenDay, goldenWheel(t)).Why; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestInflectionsOfAWordHaveOneStem(t *testing.T) {
	for _, words := range [][]string{
		{"verksamhetsberättelse", "verksamhetsberättelsen", "verksamhetsberättelser", "verksamhetsberättelsens"},
		{"verksamhetsplan", "verksamhetsplanen", "verksamhetsplaner", "verksamhetsplanerna", "verksamhetsplanens"},
		{"genomgång", "genomgången", "genomgångar", "genomgångarna"},
		{"riskanalys", "riskanalysen", "riskanalyser", "riskanalyserna"},
		{"tillämpningsanvisning", "tillämpningsanvisningar", "tillämpningsanvisningarna"},
		{"bokslut", "bokslutet", "bokslutets"},
	} {
		for _, w := range words[1:] {
			if stem(w) != stem(words[0]) {
				t.Errorf("%s has the stem %s, %s has %s", w, stem(w), words[0], stem(words[0]))
			}
		}
	}
	if stem("planera") == stem("plan") || stem("en") != "en" {
		t.Error("a stem took too much")
	}
}
