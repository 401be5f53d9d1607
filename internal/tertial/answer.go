package tertial

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	if err := CheckText("text", a.Text); err != nil {
		return err
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
		return checkTo(a.To)
	case AnswerLater:
		due := action.Timing.Due
		if a.Date.IsZero() || !a.Date.After(today) || !due.IsZero() && a.Date.After(due) {
			return fmt.Errorf("%w: date: the reminder must come after today and not after the action's last day", ErrInvalid)
		}
	}
	return nil
}

// CheckText refuses what nobody can have typed into the field: too much of it, control characters, bytes that are no text.
func CheckText(field, text string) error {
	if n := utf8.RuneCountInString(text); n > AnswerText {
		return fmt.Errorf("%w: %s: has %d characters, %d at most", ErrInvalid, field, n, AnswerText)
	}
	odd := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, odd) {
		return fmt.Errorf("%w: %s: holds characters that cannot be shown", ErrInvalid, field)
	}
	return nil
}

// checkTo wants one bare address; whether it is one of the house is for who knows its people.
func checkTo(address string) error {
	if strings.TrimSpace(address) == "" {
		return fmt.Errorf("%w: to: give the address of who takes over", ErrInvalid)
	}
	local, domain, _ := strings.Cut(address, "@")
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[],;:\"@%`, r) }
	dots := "." + local + ".@." + domain + "."
	if local == "" || len(local) > 64 || len(domain) > 253 || strings.ContainsFunc(local, odd) || strings.ContainsFunc(domain, odd) ||
		strings.Contains(domain, "_") || !strings.Contains(domain, ".") || strings.Contains(dots, "..") {
		return fmt.Errorf("%w: to: %.80q is no mail address; give one, without a name", ErrInvalid, address)
	}
	return nil
}

// NameOf makes a name of a mail address, for somebody of whom nothing else is known: "Anna Ek" of anna.ek@stad.example.
func NameOf(address string) string {
	local, _, _ := strings.Cut(address, "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		first, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(first)) + w[size:]
	}
	if len(words) == 0 {
		return local
	}
	return strings.Join(words, " ")
}

// QuietUntil returns until when, up to but without that day, an answer given today keeps reminders of the action away; decided says
// that it is until somebody decides. The zero date without that is no time at all.
func (a *Answer) QuietUntil(due, today Date) (until Date, decided bool) {
	switch a.Kind {
	case AnswerOnTrack:
		if due.IsZero() {
			return today.AddDays(onTrackDays), false
		}
		if until = due.AddDays(-onTrackLead); until.After(today) {
			return until, false
		}
	case AnswerLater:
		return a.Date, false
	case AnswerNewDate, AnswerHandOver:
		return Date{}, true
	}
	return Date{}, false
}

// For how long who is on track is not asked: until some days before the due date, or, without one, for some days.
const (
	onTrackLead = 3
	onTrackDays = 30
)

// Waits reports whether somebody has yet to decide on the answer.
func (a *Answer) Waits() bool {
	return a.Kind.Decided() && a.Decision == Undecided && a.Undone.IsZero()
}

// LinkFacts is what the page behind a mail's link knows: whose mail it was, and of which actions it told.
type LinkFacts struct {
	Message int64
	Person  Person // ID 0 where only an address was known
	Day     Date
	// Items are as their actions stand now; those handed to others since are left out, closed ones are not: see Item.Status.
	Items []Item
	// Answer is the hand-over that the mail asks about, 0 where it is a reminder. There are no items where
	// that no longer waits.
	Answer int64
}
