package tertial

// Kind says what a notice is about.
type Kind string

// The kinds of notices, the most urgent first. A reported_done notice asks the
// coordinator to confirm what an owner has reported.
const (
	Escalation  Kind = "escalation"
	Overdue     Kind = "overdue"
	Due         Kind = "due"
	Upcoming    Kind = "upcoming"
	Checkpoint  Kind = "checkpoint"
	Assigned    Kind = "assigned"
	AwaitsCheck Kind = "reported_done"
)

// Urgency orders kinds: the lower, the more urgent.
func (k Kind) Urgency() int {
	for i, x := range [...]Kind{Escalation, Overdue, Due, Upcoming, Checkpoint, Assigned, AwaitsCheck} {
		if k == x {
			return i
		}
	}
	return 99
}

// OfDue reports whether the kind belongs to the series of a due date.
func (k Kind) OfDue() bool {
	return k == Escalation || k == Overdue || k == Due || k == Upcoming
}

// NoticeState says what became of a notice.
type NoticeState string

// An owed notice waits for a message: its day is yet to come, the message that
// had it was not taken, or nobody is there to be told. In a message it is placed.
// The other states are ends: told (the server took it), folded into a more
// urgent one, void (no longer true, or answered), failed (no server takes it).
const (
	Owed   NoticeState = "owed"
	Placed NoticeState = "placed"
	Told   NoticeState = "told"
	Folded NoticeState = "folded"
	Void   NoticeState = "void"
	Failed NoticeState = "failed"
)

// Slot is the place in an action that a notice is for: a person who holds one of its
// roles, or a role that nobody holds. Comparable; one notice a slot, kind, target and day.
type Slot struct {
	Person int64 // 0 where nobody holds the role
	Role   int64
}

// Notice is one thing one person is to be told about one action (påminnelse).
// Its identity is action, slot, kind, target and day, and it exists once.
type Notice struct {
	ID       int64
	ActionID int64
	Slot     Slot
	Kind     Kind
	// Target is what it is about: the due date, "T1 2024" for a checkpoint, the
	// day of activation for assigned.
	Target string
	// On is the day that the rules date it; To a weekly reader it may go earlier or later.
	On    Date
	State NoticeState
	// Days counts the days on which no server took a mail that held it.
	Days      int
	MessageID int64
	Why       string // of an end other than told
}

// Item is one row of a mail: one action, with its most urgent kind.
type Item struct {
	Ref   string `json:"action"`
	Kind  Kind   `json:"kind"`
	Due   Date   `json:"due"`
	Event string `json:"event"` // key of the report event, for a checkpoint
	Late  bool   `json:"late"`  // it should have gone before this day

	NoticeID    int64    `json:"notice,omitempty"`
	ActionID    int64    `json:"-"`
	Title       string   `json:"title,omitempty"`
	Clauses     []string `json:"clauses,omitempty"`
	Priority    Priority `json:"priority,omitempty"`
	Status      Status   `json:"status,omitempty"`
	StepsDone   int      `json:"steps_done,omitempty"`
	Steps       int      `json:"steps,omitempty"`
	EventName   string   `json:"event_name,omitempty"`
	EventDate   Date     `json:"event_date,omitzero"`
	Preliminary bool     `json:"preliminary,omitempty"` // the event's date is assumed
	// For names the people in whose place the reader is told: they are away, or are
	// the ones an escalation is about.
	For []string `json:"for,omitempty"`
	// Unheld names the roles that nobody holds.
	Unheld []string `json:"unheld,omitempty"`
	// Part is how the reader takes part: responsible, contributor or follow_up.
	Part Part `json:"part,omitempty"`
	// Undeliverable says that a notice to somebody else failed and comes here instead.
	Undeliverable bool    `json:"undeliverable,omitempty"`
	Opened        Instant `json:"opened,omitzero"` // when the action was stored: its thread's beginning
	Description   string  `json:"description,omitempty"`
}

// Part is how a role takes part in an action.
type Part string

// The parts: ansvarig, i samverkan med, följer upp.
const (
	Responsible Part = "responsible"
	Contributor Part = "contributor"
	FollowUp    Part = "follow_up"
)
