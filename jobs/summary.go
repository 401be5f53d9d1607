package jobs

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// SummaryStore is what summary needs of the database.
type SummaryStore interface {
	OccasionStore
	// Summary lists what the coordinator is to know: questions, what became late after
	// since, what waits, dates to confirm, mail that did not arrive after since.
	Summary(ctx context.Context, since, asOf tertial.Date) (tertial.Summary, error)
}

// Summary mails the coordinator on the first workday of each week. It goes even
// when there is nothing to tell: its absence is an alarm.
type Summary struct {
	Store  SummaryStore
	Policy *policy.Policy
	Rules  tertial.Rules
}

// decideWithin is how many workdays an answer may wait for a decision before the summary presses for it.
const decideWithin = 5

// Run queues this week's summary if its day has come and it has not been queued.
func (j *Summary) Run(ctx context.Context, now time.Time) (Result, error) {
	var r Result
	today := j.Rules.Today(now)
	start := j.Policy.Calendar().WeekStart(today)
	if !j.Policy.Open(now) || start.IsZero() || start.After(today) {
		return r, nil
	}
	key := weekKey(today)
	if there, err := j.Store.HasMessage(ctx, tertial.SummaryMail, key); err != nil || there {
		return r, err
	}
	// What has happened since the summary before.
	since := j.Policy.Calendar().WeekStart(start.AddDays(-7))
	if since.IsZero() {
		since = start.AddDays(-7)
	}
	s, err := j.Store.Summary(ctx, since, today)
	if err != nil {
		return r, fmt.Errorf("summing up week %s: %w", key, err)
	}
	s.Year, s.Week = today.Week()
	s.AsOf = today
	for i := range s.Decisions {
		d := &s.Decisions[i]
		d.Overdue = j.Policy.Calendar().Add(d.On, decideWithin).Before(today)
	}
	err = enqueue(ctx, j.Store, j.Policy, &r.Composed, j.Rules.Coordinator, j.Rules.Stamp("summary", "summary", now), func(m *tertial.Message) {
		m.Kind, m.Key, m.Day, m.Summary = tertial.SummaryMail, key, today, &s
	})
	if err != nil {
		return r, fmt.Errorf("queueing the summary %s: %w", key, err)
	}
	return r, nil
}
