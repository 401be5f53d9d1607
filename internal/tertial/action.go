package tertial

import (
	"fmt"
	"slices"
	"strings"
)

// Priority says how much a gap matters; an empty cell is none.
type Priority string

// The priorities: Hög, Medel, Låg, Ingen.
const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
	None   Priority = "none"
)

// Priorities lists every priority, the highest first.
func Priorities() []Priority { return []Priority{High, Medium, Low, None} }

// Status says where an action stands.
type Status string

// An owner's done is reported_done until the coordinator confirms it. The last
// three are closed; each can be reopened.
const (
	Open         Status = "open"
	InProgress   Status = "in_progress"
	ReportedDone Status = "reported_done"
	Done         Status = "done"
	Cancelled    Status = "cancelled"
	Inapplicable Status = "not_applicable"
)

// Closed reports whether nothing more is to be done.
func (s Status) Closed() bool { return s == Done || s == Cancelled || s == Inapplicable }

// Question is something a person must answer before an action counts.
type Question string

// The questions. RoleUnheld stops nothing; it is shown, never stored.
const (
	NoResponsible     Question = "no_responsible"
	TimingUnconfirmed Question = "timing_unconfirmed"
	DuePast           Question = "due_past"
	Declined          Question = "declined"
	RoleUnheld        Question = "role_unheld"
)

// Step is one line of an action's checklist (delsteg).
type Step struct {
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

// Progress is an owner's answer about an action under way.
type Progress string

// The answers of a status round.
const (
	OnTrack  Progress = "on-track"
	Deviates Progress = "deviates"
	Blocked  Progress = "blocked"
)

// Action closes one or more gaps (åtgärd). Roles are names as written.
type Action struct {
	ID           int64      `json:"-"`
	AssessmentID int64      `json:"-"`
	Ref          string     `json:"ref"`     // "2024-7.2"; b, c… if a clause has several
	Clauses      []string   `json:"clauses"` // in the document's order
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Status       Status     `json:"status"`
	Priority     Priority   `json:"priority"`
	Responsible  []string   `json:"responsible"`
	Contributors []string   `json:"contributors"`
	FollowUp     []string   `json:"follow_up"`
	Timing       Timing     `json:"timing"`
	Review       []Question `json:"review"`
	Steps        []Step     `json:"steps"`
	Version      int        `json:"version"`

	// Reason is why it was closed, or the evidence that it is done.
	Reason string `json:"reason,omitempty"`
	// Progress, Note and ProgressAt are the last status answer.
	Progress   Progress `json:"progress,omitempty"`
	Note       string   `json:"note,omitempty"`
	ProgressAt Instant  `json:"progress_at,omitzero"`

	// PlanYear and Dated are what the phrase is read from.
	PlanYear int  `json:"-"`
	Dated    Date `json:"-"`
	// DueGiven says that a person named the due date: a moved event leaves it.
	DueGiven bool    `json:"-"`
	Created  Instant `json:"-"`
}

// Active reports whether the action's owners are told of it: open or in
// progress, with no question open.
func (a *Action) Active() bool {
	return (a.Status == Open || a.Status == InProgress) && !slices.ContainsFunc(a.Review, Question.stops)
}

func (q Question) stops() bool { return q != RoleUnheld }

// Ask opens a question, once.
func (a *Action) Ask(q Question) {
	if !slices.Contains(a.Review, q) {
		a.Review = append(a.Review, q)
	}
}

// Answer closes a question.
func (a *Action) Answer(q Question) {
	a.Review = slices.DeleteFunc(a.Review, func(x Question) bool { return x == q })
}

// Normalise makes every list of the action non-nil, so that JSON has no null.
func (a *Action) Normalise() {
	a.Clauses, a.Review, a.Steps = notNil(a.Clauses), notNil(a.Review), notNil(a.Steps)
	a.Responsible, a.Contributors, a.FollowUp = notNil(a.Responsible), notNil(a.Contributors), notNil(a.FollowUp)
	a.Timing.Normalise()
}

// Normalise makes the timing's lists non-nil.
func (t *Timing) Normalise() {
	t.Events, t.Checkpoints = notNil(t.Events), notNil(t.Checkpoints)
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// StepsDone counts the finished steps.
func (a *Action) StepsDone() int {
	n := 0
	for _, s := range a.Steps {
		if s.Done {
			n++
		}
	}
	return n
}

// Start says that work has begun. It is an error unless the action is open.
func (a *Action) Start() error {
	if a.Status != Open {
		return a.refuse("started")
	}
	a.Status = InProgress
	return nil
}

// Close ends the action as done, cancelled or not applicable. Cancelled and not
// applicable want a reason, done a note or evidence.
func (a *Action) Close(as Status, reason string) error {
	if a.Status.Closed() {
		return a.refuse("closed")
	}
	if !as.Closed() {
		return fmt.Errorf("%w: an action cannot be closed as %q", ErrInvalid, as)
	}
	if strings.TrimSpace(reason) == "" {
		return fmt.Errorf("%w: say why: %s needs a note", ErrInvalid, as)
	}
	a.Status, a.Reason = as, reason
	return nil
}

// Reopen takes a closed action, or one reported done, up again.
func (a *Action) Reopen() error {
	switch {
	case a.Status.Closed():
		a.Status = Open
	case a.Status == ReportedDone:
		a.Status = InProgress
	default:
		return a.refuse("reopened")
	}
	a.Reason = ""
	return nil
}

// Report records a status answer. An action that nobody had begun is in progress from then.
func (a *Action) Report(p Progress, note string, at Instant) error {
	if a.Status != Open && a.Status != InProgress {
		return a.refuse("reported on")
	}
	if p != OnTrack && p != Deviates && p != Blocked {
		return fmt.Errorf("%w: %.80q is no status; say on-track, deviates or blocked", ErrInvalid, string(p))
	}
	a.Status, a.Progress, a.Note, a.ProgressAt = InProgress, p, note, at
	return nil
}

// Retime gives the action another reading of its phrase. A due date that a
// person gave stays, and so does the confirmation of a reading that still has one.
func (a *Action) Retime(t Timing, asOf Date) {
	if a.DueGiven {
		a.Timing.Checkpoints = t.Checkpoints
		return
	}
	if a.Timing.Certainty == Confirmed && !t.Due.IsZero() {
		t.Certainty = Confirmed
	}
	a.Timing = t
	a.AskOfTiming(asOf)
}

// AskOfTiming opens the questions that the timing raises on the day asOf, and
// closes those that it no longer does.
func (a *Action) AskOfTiming(asOf Date) {
	a.Answer(TimingUnconfirmed)
	a.Answer(DuePast)
	switch {
	case a.Timing.Certainty == Unconfirmed:
		a.Ask(TimingUnconfirmed)
	case a.Timing.Certainty != Confirmed && !a.Timing.Due.IsZero() && a.Timing.Due.Before(asOf):
		a.Ask(DuePast)
	}
}

// AskOfParties opens or closes the question who is responsible.
func (a *Action) AskOfParties() {
	a.Answer(NoResponsible)
	if len(a.Responsible) == 0 {
		a.Ask(NoResponsible)
	}
}

// Confirm answers for the timing: due as given, or as read where due is zero and
// undated is not set; the reason of the timing then says that a person answered. It also answers that a declined requirement is ours.
func (a *Action) Confirm(due Date, undated bool) error {
	t := &a.Timing
	switch {
	case a.Status.Closed():
		return a.refuse("confirmed")
	case undated:
		t.Due, a.DueGiven = Date{}, true
		t.Why = "Det är angivet att inget sista datum behövs."
	case !due.IsZero():
		if !t.Start.IsZero() && t.Start.After(due) {
			t.Start = due
		}
		t.Due, a.DueGiven = due, true
		t.Why = "Datumet är angivet till " + due.String() + "."
	case t.Certainty == Unconfirmed && t.Due.IsZero():
		return fmt.Errorf("%w: %s has no date to confirm (%s); give one with --due, or say --no-date", ErrInvalid, a.Ref, t.Why)
	}
	t.Certainty = Confirmed
	for _, q := range []Question{TimingUnconfirmed, DuePast, Declined} {
		a.Answer(q)
	}
	return nil
}

func (a *Action) refuse(verb string) error {
	return fmt.Errorf("%w: %s is %s and cannot be %s", ErrRefused, a.Ref, a.Status, verb)
}
