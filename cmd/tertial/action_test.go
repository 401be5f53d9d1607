package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func titles(steps []tertial.Step) []string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Title)
	}
	return list
}

func TestAddingSteps(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"they come at the end", []string{"Kök"}, []string{"Vatten", "Kök"}},
		{"one that is there is passed over", []string{"vatten", "Kök", "KÖK"}, []string{"Vatten", "Kök"}},
		{"list marks and a byte order mark fall away", []string{"\ufeff- Kök", "• Tvätt", "* El"}, []string{"Vatten", "Kök", "Tvätt", "El"}},
		{"empty lines are no steps", []string{"", "  ", "-", "\u200b"}, []string{"Vatten"}},
		{"spaces are squashed", []string{"  Stora \t köket "}, []string{"Vatten", "Stora köket"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := tertial.Action{Steps: []tertial.Step{{Title: "Vatten", Done: true}}}
			if err := addSteps(&a, tt.lines); err != nil {
				t.Fatal(err)
			}
			if got := titles(a.Steps); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if !a.Steps[0].Done {
				t.Error("the tick of the first is gone")
			}
		})
	}
	a := tertial.Action{}
	if err := addSteps(&a, []string{strings.Repeat("å", maxTitle+1)}); !errors.Is(err, tertial.ErrInvalid) {
		t.Errorf("a long title: got %v", err)
	}
	many := make([]string, maxSteps+1)
	for i := range many {
		many[i] = strings.Repeat("x", 1+i%100) + strings.Repeat("y", i/100)
	}
	if err := addSteps(&a, many); !errors.Is(err, tertial.ErrInvalid) {
		t.Errorf("%d steps: got %v", len(many), err)
	}
}

func TestATitleFitsASubject(t *testing.T) {
	for _, tt := range []struct {
		name, title, want string
		ok                bool
	}{
		{"it is brought into form", "  Öva\r\nBcc: x ", "Öva Bcc: x", true},
		{"an empty one is refused", " \u202e ", "", false},
		{"two hundred characters fit", strings.Repeat("å", maxTitle), strings.Repeat("å", maxTitle), true},
		{"more do not", strings.Repeat("å", maxTitle+1), "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a tertial.Action
			err := setTitle(&a, tt.title)
			if (err == nil) != tt.ok || a.Title != tt.want {
				t.Errorf("got %q and %v, want %q", a.Title, err, tt.want)
			}
			if err != nil && exitCode(err) != exitUsage {
				t.Errorf("got exit %d", exitCode(err))
			}
		})
	}
}

func TestEditingDates(t *testing.T) {
	for _, tt := range []struct {
		name, start, due   string // given
		wantStart, wantDue string
		wantCertainty      tertial.Certainty
		ok                 bool
	}{
		{"a due date that is given is confirmed", "", "2027-05-31", "2027-02-01", "2027-05-31", tertial.Confirmed, true},
		{"a due date before the start takes the start along", "", "2027-01-15", "2027-01-15", "2027-01-15", tertial.Confirmed, true},
		{"a start alone stays a reading", "2027-01-10", "", "2027-01-10", "2027-02-28", tertial.Inferred, true},
		{"a start after the due date is refused", "2027-03-01", "", "", "", "", false},
		{"a start after the due date given is refused", "2027-06-01", "2027-05-31", "", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := tertial.Action{Ref: "2027-4.2", Status: tertial.Open, Timing: tertial.Timing{
				Start: date(t, "2027-02-01"), Due: date(t, "2027-02-28"), Certainty: tertial.Inferred}}
			v := actionEdit{}
			if tt.start != "" {
				d := date(t, tt.start)
				v.Start = &d
			}
			if tt.due != "" {
				d := date(t, tt.due)
				v.Due = &d
			}
			err := v.edit(nil, &a)
			if !tt.ok {
				if exitCode(err) != exitUsage {
					t.Errorf("got %v", err)
				}
				return
			}
			if got := a.Timing; err != nil || got.Start.String() != tt.wantStart || got.Due.String() != tt.wantDue || got.Certainty != tt.wantCertainty {
				t.Errorf("got %s–%s %s and %v", got.Start, got.Due, got.Certainty, err)
			}
			if a.DueGiven != (tt.due != "") {
				t.Errorf("got DueGiven %t", a.DueGiven)
			}
		})
	}
}

func TestHowAnActionStands(t *testing.T) {
	for _, tt := range []struct {
		name   string
		a      tertial.Action
		stands string
		due    string
	}{
		{"open", tertial.Action{Status: tertial.Open, Timing: tertial.Timing{Due: date(t, "2027-02-28")}}, "open", "2027-02-28"},
		{"with a question", tertial.Action{Status: tertial.Open, Review: []tertial.Question{tertial.TimingUnconfirmed},
			Timing: tertial.Timing{Certainty: tertial.Unconfirmed}}, "in review", "?"},
		{"a role that nobody holds stops nothing", tertial.Action{Status: tertial.Open, Review: []tertial.Question{tertial.RoleUnheld}}, "open", "–"},
		{"closed with a question", tertial.Action{Status: tertial.Cancelled, Review: []tertial.Question{tertial.DuePast}}, "cancelled", "–"},
		{"reported done", tertial.Action{Status: tertial.ReportedDone}, "reported done", "–"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := standing(&tt.a); got != tt.stands {
				t.Errorf("got %q, want %q", got, tt.stands)
			}
			if got := dueShown(&tt.a); got != tt.due {
				t.Errorf("got %q, want %q", got, tt.due)
			}
		})
	}
}

func TestEveryQuestionSaysHowItIsAnswered(t *testing.T) {
	for _, q := range []tertial.Question{tertial.NoResponsible, tertial.TimingUnconfirmed, tertial.DuePast, tertial.Declined, tertial.RoleUnheld} {
		if got := toAnswer(q, "2027-4.2"); !strings.Contains(got, "tertial ") {
			t.Errorf("%s: got %q", q, got)
		}
	}
}
