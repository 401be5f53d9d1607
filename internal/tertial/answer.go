package tertial

import (
	"fmt"
	"slices"
	"strings"
)

// AnswerKind is what a person says about an action (svar).
type AnswerKind string

// The answers. Done is a claim that the coordinator confirms; a new date and a hand-over wait for somebody's decision.
// Later asks only to be reminded another day.
const (
	AnswerDone     AnswerKind = "done"
	AnswerOnTrack  AnswerKind = "on-track"
	AnswerNewDate  AnswerKind = "new-date"
	AnswerHandOver AnswerKind = "hand-over"
	AnswerBlocked  AnswerKind = "blocked"
	AnswerLater    AnswerKind = "later"
)

// AnswerKinds lists every kind, in the order in which a page offers them.
func AnswerKinds() []AnswerKind {
	return []AnswerKind{AnswerDone, AnswerOnTrack, AnswerNewDate, AnswerHandOver, AnswerBlocked, AnswerLater}
}

// Decided reports whether an answer of the kind waits for a decision before it changes anything.
func (k AnswerKind) Decided() bool { return k == AnswerNewDate || k == AnswerHandOver }

// Decision is what became of an answer that needs one.
type Decision string

// Undecided is the zero value: nobody has decided, or nobody need.
const (
	Undecided Decision = ""
	Agreed    Decision = "accepted"
	Refusal   Decision = "declined"
)

// Answer is what one person said about one action, and what came of it.
type Answer struct {
	ID       int64      `json:"id"`
	Ref      string     `json:"action"`
	ActionID int64      `json:"-"`
	PersonID int64      `json:"-"`
	Person   string     `json:"person"` // the name
	Kind     AnswerKind `json:"kind"`
	Text     string     `json:"text"`
	// Date is the new date that is asked for, or the day to be reminded on.
	Date Date `json:"date"`
	// To is who is to take over: an address.
	To         string     `json:"to"`
	At         Instant    `json:"at"`
	Message    int64      `json:"message"` // the mail whose link was used, 0 where the person was signed in
	Undone     Instant    `json:"undone,omitzero"`
	Decision   Decision   `json:"decision"`
	DecidedBy  string     `json:"decided_by"`
	DecidedAt  Instant    `json:"decided_at,omitzero"`
	DecidedWhy string     `json:"decided_why"`
	Evidence   []Evidence `json:"evidence"`
	Title      string     `json:"title"` // of the action
}

const (
	// AnswerText is how many characters a person may write in one answer.
	AnswerText = 2000
	// UndoMinutes is how long an answer can be taken back.
	UndoMinutes = 10
	// LaterTimes is how often one person may put off one action before one due date.
	LaterTimes = 2
)

// LaterDays are the days by which a reminder can be put off.
func LaterDays() []int { return []int{7, 14, 30} }

// Check holds an answer, on the day today, to its rules about the action, as far as they need nobody else: each
// complaint names its field. Text is expected cleaned.
func (a *Answer) Check(action *Action, today Date) error {
	if !slices.Contains(AnswerKinds(), a.Kind) {
		return fmt.Errorf("%w: kind: %.40q is no answer", ErrInvalid, string(a.Kind))
	}
	if action.Status.Closed() {
		return fmt.Errorf("%w: %s is %s", ErrRefused, action.Ref, action.Status)
	}
	if n := len([]rune(a.Text)); n > AnswerText {
		return fmt.Errorf("%w: text: has %d characters, %d at most", ErrInvalid, n, AnswerText)
	}
	silent := strings.TrimSpace(a.Text) == ""
	switch a.Kind {
	case AnswerDone:
		if silent && len(a.Evidence) == 0 {
			return fmt.Errorf("%w: text: say in a line what was done, or add a file", ErrInvalid)
		}
	case AnswerBlocked:
		if silent {
			return fmt.Errorf("%w: text: say what stands in the way", ErrInvalid)
		}
	case AnswerNewDate:
		if silent {
			return fmt.Errorf("%w: text: say why a new date is needed", ErrInvalid)
		}
		if a.Date.IsZero() || a.Date.Before(today) || a.Date.Year() > 2100 || a.Date == action.Timing.Due {
			return fmt.Errorf("%w: date: give a new day, from today on", ErrInvalid)
		}
	case AnswerHandOver:
		if strings.TrimSpace(a.To) == "" {
			return fmt.Errorf("%w: to: give the address of who takes over", ErrInvalid)
		}
	case AnswerLater:
		due := action.Timing.Due
		if a.Date.IsZero() || !a.Date.After(today) || !due.IsZero() && a.Date.After(due) {
			return fmt.Errorf("%w: date: the reminder must come after today and not after the action's last day", ErrInvalid)
		}
	}
	return nil
}

// LinkFacts is what the page behind a mail's link knows: whose mail it was, and of which actions it told.
type LinkFacts struct {
	Message int64
	Person  Person // ID 0 where only an address was known
	Day     Date
	Items   []Item
}
