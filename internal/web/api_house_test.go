package web

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// apiFake is a house in memory. Where failing is set every method but the look at the token returns it.
type apiFake struct {
	t        *testing.T
	tokens   map[string]tertial.APIToken // by hash
	actions  map[string]tertial.Action
	people   map[string]tertial.Person
	answers  []tertial.Answer
	evidence []tertial.Evidence
	messages []tertial.Message // the newest first
	attempts []tertial.Attempt
	planned  []PlannedMail
	total    int // what a page of actions counts, where it is not their number

	failing  error
	lookups  int // of tokens
	asked    tertial.ActionQuery
	from, to tertial.Date
	states   []tertial.MessageState
	stamps   []tertial.Stamp
}

func newAPIFake(t *testing.T) *apiFake {
	f := &apiFake{t: t, tokens: map[string]tertial.APIToken{}, actions: map[string]tertial.Action{}, people: map[string]tertial.Person{}}
	file := tertial.Evidence{ID: 3, Ref: "2024-7.2", Person: "Anna Ek", Name: "plan.pdf", Type: "application/pdf", Size: 9, SHA256: "ab", At: someInstant()}
	f.actions["2024-7.2"] = tertial.Action{
		Ref: "2024-7.2", Clauses: []string{"7.2"}, Title: "Utbildningsplan", Description: "Ta fram behov per roll", Status: tertial.Open,
		Priority: tertial.High, Responsible: []string{"HR"}, PlanYear: 2024, Version: 7,
		Timing: tertial.Timing{Text: "Februari 2027", Start: apiDay("2027-02-01"), Due: apiDay("2027-02-28"), Certainty: tertial.Exact,
			Events: []string{"VP"}, Checkpoints: []tertial.Date{apiDay("2027-05-08")}, Why: "månaden är skriven med sitt år"},
		Steps:    []tertial.Step{{Title: "Roller", Done: true}, {Title: "Behov"}, {Title: "Kurser"}},
		Progress: tertial.Deviates, Note: "inte klart", ProgressAt: someInstant(),
	}
	f.actions["2024-9.2"] = tertial.Action{
		Ref: "2024-9.2", Clauses: []string{"9.2"}, Title: "Internrevision", Status: tertial.Done, Priority: tertial.Low, Version: 2, Reason: "gjort",
		Timing: tertial.Timing{Certainty: tertial.Unconfirmed}, Review: []tertial.Question{tertial.TimingUnconfirmed},
	}
	f.people["anna@example.org"] = tertial.Person{
		ID: 1, Name: "Anna Ek", Email: "anna@example.org", Language: "sv", Frequency: tertial.Weekly, Manager: "bo@example.org", AwayFrom: apiDay("2027-07-01"),
		AwayTo: apiDay("2027-07-31"), Holdings: []tertial.Holding{{Role: "HR", From: apiDay("2026-01-01")}}, Suspect: "550 5.1.1",
	}
	f.people["bo@example.org"] = tertial.Person{ID: 2, Name: "Bo Alm", Email: "bo@example.org", Frequency: tertial.Daily}
	f.answers = []tertial.Answer{
		{ID: 9, Ref: "2024-7.2", Person: "Anna Ek", Kind: tertial.AnswerNewDate, Text: "sjuk", Date: apiDay("2027-04-01"), At: someInstant(), Message: 4,
			Decision: tertial.Agreed, DecidedBy: "Bo Alm", DecidedAt: someInstant(), Title: "Utbildningsplan"},
		{ID: 8, Ref: "2024-7.2", Person: "Anna Ek", Kind: tertial.AnswerDone, Text: "klart", At: someInstant(), Undone: someInstant(), Evidence: []tertial.Evidence{file}},
	}
	f.evidence = []tertial.Evidence{file}
	item := tertial.Item{
		Ref: "2024-7.2", Kind: tertial.Checkpoint, Due: apiDay("2027-02-28"), Event: "T1", Late: true, NoticeID: 1, Title: "Utbildningsplan", Clauses: []string{"7.2"},
		Priority: tertial.High, Status: tertial.Open, StepsDone: 1, Steps: 3, EventName: "Tertialrapport 1", EventDate: apiDay("2027-05-08"), Preliminary: true,
		For: []string{"Bo Alm"}, Unheld: []string{"IT"}, Part: tertial.Responsible, Undeliverable: true, Opened: someInstant(), Description: "Ta fram",
	}
	f.messages = []tertial.Message{
		{ID: 5, Kind: tertial.DigestMail, To: "bo@example.org", State: tertial.MessageQueued, Created: someInstant(), Digest: &tertial.Digest{Event: "T1"}, NextTry: someInstant()},
		{ID: 4, Kind: tertial.Reminder, To: "anna@example.org", Subject: "Påminnelse", State: tertial.MessageSent, Attempts: 1, MessageID: "<4@example.org>",
			Created: someInstant(), Sent: someInstant(), Items: []tertial.Item{item}, Day: apiDay("2027-02-22"), Name: "Anna Ek", Language: "sv"},
		{ID: 3, Kind: tertial.SummaryMail, To: "bo@example.org", State: tertial.MessageVoid,
			Summary: &tertial.Summary{Questions: []tertial.SummaryAction{{Ref: "2024-9.2"}}, Dates: []tertial.SummaryDates{{Text: "våren"}}}},
	}
	f.attempts = []tertial.Attempt{{Fence: 1, Claimed: someInstant(), Ended: someInstant(), Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250, Reply: "ok"}}
	f.planned = []PlannedMail{{Date: apiDay("2027-03-01"), To: "anna@example.org", Items: []tertial.Item{item}}}
	return f
}

func apiDay(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func someInstant() tertial.Instant {
	return tertial.Instant{Time: time.Date(2027, 2, 22, 6, 30, 0, 0, time.UTC)}
}

func (f *apiFake) TokenByHash(_ context.Context, now time.Time, hash string) (tertial.APIToken, error) {
	f.lookups++
	token, ok := f.tokens[hash]
	if !ok || !now.Before(token.Expires.Time) || !token.Revoked.IsZero() {
		return tertial.APIToken{}, fmt.Errorf("%w: no such token", tertial.ErrNotFound)
	}
	return token, nil
}

func (f *apiFake) Overview(_ context.Context, day tertial.Date) (tertial.Overview, error) {
	return tertial.Overview{AsOf: day, Count: tertial.Count{Done: 1, Late: 1, Total: 2}, Decisions: 1, Years: []int{2024}}, f.failing
}

func (f *apiFake) QueryActions(_ context.Context, q tertial.ActionQuery) (tertial.ActionPage, error) {
	f.asked = q
	var all []tertial.Action
	for _, ref := range slices.Sorted(maps.Keys(f.actions)) {
		all = append(all, f.actions[ref])
	}
	page := tertial.ActionPage{Total: cmp.Or(f.total, len(all))}
	if q.Offset < len(all) {
		page.Actions = all[q.Offset:min(len(all), q.Offset+q.Limit)]
	}
	return page, f.failing
}

func (f *apiFake) Action(_ context.Context, ref string) (tertial.Action, error) {
	a, ok := f.actions[ref]
	if !ok {
		return a, fmt.Errorf("reading an action: %w: no action", tertial.ErrNotFound)
	}
	return a, f.failing
}

func (f *apiFake) ActionAnswers(context.Context, string) ([]tertial.Answer, error) {
	return f.answers, f.failing
}

func (f *apiFake) ActionEvidence(context.Context, string) ([]tertial.Evidence, error) {
	return f.evidence, f.failing
}

func (f *apiFake) AddAction(_ context.Context, stamp tertial.Stamp, a tertial.Action) (tertial.Action, error) {
	f.stamps = append(f.stamps, stamp)
	a.Ref = cmp.Or(a.Ref, fmt.Sprintf("%d-%s", a.PlanYear, a.Clauses[0]))
	if _, taken := f.actions[a.Ref]; taken {
		return tertial.Action{}, fmt.Errorf("adding an action: %w: there is an action %s already", tertial.ErrConflict, a.Ref)
	}
	if f.failing != nil {
		return tertial.Action{}, f.failing
	}
	a.Version = 1
	f.actions[a.Ref] = a
	return a, nil
}

// EditAction runs the edit twice, as a store may whose transaction lost against another.
func (f *apiFake) EditAction(_ context.Context, stamp tertial.Stamp, ref string, version int, edit func(*tertial.Action) error) (tertial.Action, error) {
	f.stamps = append(f.stamps, stamp)
	if version != 0 {
		f.t.Errorf("EditAction got version %d, want 0: If-Match is compared by the edit", version)
	}
	before, ok := f.actions[ref]
	if !ok {
		return tertial.Action{}, fmt.Errorf("editing action %s: %w: no action", ref, tertial.ErrNotFound)
	}
	if f.failing != nil {
		return tertial.Action{}, f.failing
	}
	var after tertial.Action
	for range 2 {
		after = before
		after.Steps, after.Review = slices.Clone(before.Steps), slices.Clone(before.Review)
		after.Responsible = slices.Clone(before.Responsible)
		if err := edit(&after); err != nil {
			return tertial.Action{}, fmt.Errorf("editing action %s: %w", ref, err)
		}
	}
	if !reflect.DeepEqual(before, after) {
		after.Version++
	}
	f.actions[ref] = after
	return after, nil
}

func (f *apiFake) People(context.Context) iter.Seq2[tertial.Person, error] {
	return func(yield func(tertial.Person, error) bool) {
		if f.failing != nil {
			yield(tertial.Person{}, f.failing)
			return
		}
		for _, email := range slices.Sorted(maps.Keys(f.people)) {
			if !yield(f.people[email], nil) {
				return
			}
		}
	}
}

func (f *apiFake) Person(_ context.Context, email string) (tertial.Person, error) {
	p, ok := f.people[strings.ToLower(email)]
	if !ok && f.failing == nil {
		return p, fmt.Errorf("reading a person: %w: nobody", tertial.ErrNotFound)
	}
	return p, f.failing
}

func (f *apiFake) EditPerson(_ context.Context, stamp tertial.Stamp, email string, edit func(*tertial.Person) error) (tertial.Person, error) {
	f.stamps = append(f.stamps, stamp)
	p := f.people[strings.ToLower(email)]
	if err := edit(&p); err != nil {
		return p, fmt.Errorf("editing a person: %w", err)
	}
	return p, f.keep(p)
}

func (f *apiFake) SavePeople(_ context.Context, stamp tertial.Stamp, people []tertial.Person) (added, changed int, err error) {
	f.stamps = append(f.stamps, stamp)
	for _, p := range people {
		if err := f.keep(p); err != nil {
			return 0, 0, err
		}
	}
	return len(people), 0, nil
}

func (f *apiFake) keep(p tertial.Person) error {
	if p.Name == "Taken" {
		return fmt.Errorf("storing people: %w: a person of that address was stored at the same moment", tertial.ErrConflict)
	}
	if _, known := f.people[p.Manager]; p.Manager != "" && !known {
		return fmt.Errorf("storing people: %w: the manager of %s, %s, is nobody known; add them too", tertial.ErrInvalid, p.Name, p.Manager)
	}
	f.people[strings.ToLower(p.Email)] = p
	return nil
}

func (f *apiFake) Wheel(context.Context) (*calendar.Wheel, error) {
	if f.failing != nil {
		return nil, f.failing
	}
	days, err := calendar.New(calendar.Options{})
	if err != nil {
		return nil, err
	}
	return calendar.NewWheel(days, calendar.BuiltIn())
}

func (f *apiFake) Plan(_ context.Context, from, to tertial.Date) ([]PlannedMail, error) {
	f.from, f.to = from, to
	return f.planned, f.failing
}

func (f *apiFake) MessagePage(_ context.Context, states []tertial.MessageState, to string, before int64, limit int) ([]tertial.Message, error) {
	f.states = states
	var page []tertial.Message
	for _, m := range f.messages {
		if (before == 0 || m.ID < before) && (to == "" || m.To == to) && (len(states) == 0 || slices.Contains(states, m.State)) && len(page) < limit {
			page = append(page, m)
		}
	}
	return page, f.failing
}

func (f *apiFake) Message(_ context.Context, id int64) (tertial.Message, error) {
	for _, m := range f.messages {
		if m.ID == id {
			return m, f.failing
		}
	}
	return tertial.Message{}, fmt.Errorf("%w: no message", tertial.ErrNotFound)
}

func (f *apiFake) Attempts(context.Context, int64) ([]tertial.Attempt, error) {
	return f.attempts, f.failing
}
