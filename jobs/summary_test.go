package jobs

import (
	"context"
	"testing"
	"time"

	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// summaries is a database with one coordinator, and the answers that wait for a decision there.
type summaries struct {
	waiting []tertial.SummaryAnswer
	queued  []tertial.Message
	since   tertial.Date
}

func (s *summaries) Created(context.Context) (time.Time, error) { return time.Time{}, nil }

func (s *summaries) Register(context.Context, []string) (*tertial.Register, map[string]int64, error) {
	return &tertial.Register{
		CoordinatorRole: 9,
		People:          map[int64]*tertial.Person{19: {ID: 19, Name: "Maria Ström", Email: "maria@stad.example"}},
		Holdings:        map[int64][]tertial.Holding{9: {{PersonID: 19, RoleID: 9}}},
	}, map[string]int64{tertial.Coordinator: 9}, nil
}

func (s *summaries) HasMessage(_ context.Context, kind tertial.MessageKind, key string) (bool, error) {
	for _, m := range s.queued {
		if m.Kind == kind && m.Key == key {
			return true, nil
		}
	}
	return false, nil
}

func (s *summaries) Enqueue(_ context.Context, _ tertial.Stamp, messages []tertial.Message) (int, error) {
	s.queued = append(s.queued, messages...)
	return len(messages), nil
}

func (s *summaries) Summary(_ context.Context, since, asOf tertial.Date) (tertial.Summary, error) {
	s.since = since
	return tertial.Summary{AsOf: asOf, Decisions: append([]tertial.SummaryAnswer{}, s.waiting...), DecisionCount: len(s.waiting)}, nil
}

func summaryJob(t *testing.T, store *summaries) (*Summary, *time.Location) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	rules := tertial.Rules{Zone: zone, SendAt: 7*60 + 30, SendUntil: 18 * 60, Coordinator: tertial.Coordinator, Language: "sv"}
	return &Summary{Store: store, Policy: policy.New(rules, wheel(t)), Rules: rules}, zone
}

func TestTheSummaryPressesForDecisionsThatHaveWaitedFiveWorkdays(t *testing.T) {
	tests := []struct {
		name, on string // the day it was asked for
		overdue  bool
	}{
		{"on the Friday before", "2024-03-15", false},
		{"five workdays before: today is the fifth", "2024-03-11", false},
		{"six workdays before", "2024-03-08", true},
		{"two weeks before", "2024-03-04", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &summaries{waiting: []tertial.SummaryAnswer{{ID: 1, Ref: "2024-7.2", Kind: tertial.AnswerNewDate, On: date(t, tt.on)}}}
			job, zone := summaryJob(t, store)
			if r, err := job.Run(t.Context(), date(t, "2024-03-18").At(8*60, zone)); err != nil || r.Composed != 1 || len(store.queued) != 1 {
				t.Fatalf("got %+v, %v, %d mails", r, err, len(store.queued))
			}
			if got := store.queued[0].Summary.Decisions[0].Overdue; got != tt.overdue {
				t.Errorf("overdue: got %v, want %v", got, tt.overdue)
			}
		})
	}
}

func TestTheSummaryGoesOnceAWeekAlsoWhereThereIsNothingToTell(t *testing.T) {
	store := &summaries{}
	job, zone := summaryJob(t, store)
	for day := date(t, "2024-03-11"); !day.After(date(t, "2024-03-24")); day = day.AddDays(1) {
		for _, hour := range []tertial.Clock{7 * 60, 8 * 60, 17 * 60, 19 * 60} {
			if _, err := job.Run(t.Context(), day.At(hour, zone)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(store.queued) != 2 {
		t.Fatalf("got %d mails in two weeks, want 2", len(store.queued))
	}
	if m := store.queued[1]; m.Key != "2024-W12" || m.Day != date(t, "2024-03-18") || m.To != "maria@stad.example" || store.since != date(t, "2024-03-11") {
		t.Errorf("got %+v since %v", m, store.since)
	}
}
