package report

import (
	"errors"
	"iter"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// listOf yields actions, and then an error where there is one.
func listOf(err error, actions ...tertial.Action) iter.Seq2[tertial.Action, error] {
	return func(yield func(tertial.Action, error) bool) {
		for _, a := range actions {
			if !yield(a, nil) {
				return
			}
		}
		if err != nil {
			yield(tertial.Action{}, err)
		}
	}
}

var errList = errors.New("the list broke off")

func training() tertial.Action {
	return tertial.Action{
		Ref: "2024-7.2", Clauses: []string{"7.2", "7.3"}, Title: "Utbilda nya medarbetare", Description: "Ta fram en kurs.\n\nHåll den.",
		Status: tertial.InProgress, Priority: tertial.High, Responsible: []string{"HR", "ISAM"}, Contributors: []string{"Kommunikation"},
		Timing: tertial.Timing{Text: "T1 2024", Start: tertial.DateOf(2024, time.January, 1), Due: tertial.DateOf(2024, time.April, 30),
			Certainty: tertial.Exact, Why: "Tertial 1 2024."},
		Steps:    []tertial.Step{{Title: "a", Done: true}, {Title: "b"}},
		Progress: tertial.Deviates, Note: "Väntar på lokal", ProgressAt: tertial.Instant{Time: time.Date(2024, 3, 4, 10, 0, 0, 0, time.UTC)},
		Review: []tertial.Question{tertial.NoResponsible, tertial.DuePast},
	}
}

func TestEveryLanguageHasAHeadForEveryCellAndAWordForEveryValue(t *testing.T) {
	for _, lang := range []string{"sv", "en"} {
		w := wordsOf(lang)
		a := training()
		if got, want := len(w.cells(&a)), len(w.heads); got != want {
			t.Errorf("%s: %d cells under %d heads", lang, got, want)
		}
		if got, want := len(widths()), len(w.heads); got != want {
			t.Errorf("%s: %d widths for %d heads", lang, got, want)
		}
		seen := map[string]bool{}
		for _, h := range w.heads {
			if h == "" || seen[h] {
				t.Errorf("%s: head %q is empty or comes twice", lang, h)
			}
			seen[h] = true
		}
		for _, p := range tertial.Priorities() {
			if w.priority[p] == "" {
				t.Errorf("%s: no word for priority %q", lang, p)
			}
		}
		for _, s := range []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone, tertial.Done, tertial.Cancelled, tertial.Inapplicable} {
			if w.statuses[s] == "" {
				t.Errorf("%s: no word for status %q", lang, s)
			}
		}
		for _, q := range []tertial.Question{tertial.NoResponsible, tertial.TimingUnconfirmed, tertial.DuePast, tertial.Declined, tertial.RoleUnheld} {
			if w.questions[q] == "" {
				t.Errorf("%s: no word for question %q", lang, q)
			}
		}
	}
}

func TestAValueWithoutAWordShowsItself(t *testing.T) {
	w := wordsOf("sv")
	if got := say(w.statuses, tertial.Status("resting")); got != "resting" {
		t.Errorf("got %q, want the value itself", got)
	}
	if got := say(w.recurs, tertial.Once); got != "" {
		t.Errorf("got %q for what does not recur, want nothing", got)
	}
}
