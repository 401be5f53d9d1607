package tertial

import (
	"strconv"
	"time"
)

// Dossier is everything about one action that decides who is owed what.
type Dossier struct {
	Action  Action
	Parties []Party // in the order of the document
	// Activated is when the action last became active; Reopened says that it was by
	// reopening, which tells nobody anew.
	Activated time.Time
	Reopened  bool
	// DueSince is the day the due date was last changed, zero if never.
	DueSince Date
	// Looked is the last day whose notices have been made out.
	Looked Date
	// Escalated is the due date that was last escalated.
	Escalated Date
	// Informed are the slots that have been told of their assignment since the activation.
	Informed []Slot
	// Answered are the people who have reported their part done.
	Answered []int64
	// ReportedAt is when the action was reported done.
	ReportedAt time.Time
	// Notices are those still owed, and those dated after Looked that went early.
	Notices []Notice
	// Quiet are the times in which people are not reminded, because of what they answered.
	Quiet []Quiet
}

// Quiet is a time in which one person is not reminded of an action: since the answer, up to but without the day
// Until; zero is until somebody has decided on the answer.
type Quiet struct {
	Person int64
	Since  Date
	Until  Date
	Kind   AnswerKind
}

// Party is a role's part in an action.
type Party struct {
	Part Part
	Role Role // the name as this action writes it
}

// Ruling is what policy decides about a dossier on a day.
type Ruling struct {
	ActionID int64
	// Next is the instant of the next look; zero where nothing will be owed as things stand.
	Next time.Time
	// Looked, Escalated and Informed replace the dossier's.
	Looked    Date
	Escalated Date
	Informed  []Slot
	// Notices are new (ID 0) or changed; those that are placed have their row in Rows.
	Notices []Notice
	Rows    []Reminding
}

// Reminding is one row for one reader: Item, with the notices that it stands for.
// Lead is the index in Ruling.Notices of the notice that the row shows.
type Reminding struct {
	To   Reader
	Item Item
	Lead int
}

// Reader is who gets a mail: a person, or the coordinator's address where nobody
// holds the role (ID 0). Comparable; the address is what makes it one reader.
type Reader struct {
	ID       int64
	Name     string
	Email    string
	Language string // "sv" or "en", never empty
	Weekly   bool
}

// Register is who holds what: the people and roles that a set of dossiers can
// reach, with managers, deputies and the coordinator.
type Register struct {
	People   map[int64]*Person
	Holdings map[int64][]Holding // by role, in a stable order
	// CoordinatorRole is the role of the coordinator, 0 where there is none.
	CoordinatorRole int64
}

// Holders returns the people who hold the role on the day d, each once.
func (r *Register) Holders(role int64, d Date) []int64 {
	var ids []int64
	for i := range r.Holdings[role] {
		h := &r.Holdings[role][i]
		if h.Covers(d) && r.People[h.PersonID] != nil && !contains(ids, h.PersonID) {
			ids = append(ids, h.PersonID)
		}
	}
	return ids
}

func contains(ids []int64, id int64) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

// Occurrence is one date of an event of the annual wheel.
type Occurrence struct {
	Key     string // "T1"
	Name    string // "Tertialrapport 1"
	Year    int    // of the report; with an offset the date falls in a later one
	Date    Date
	Assumed bool // nobody has confirmed the date
	Report  bool // it closes the period From–To
	From    Date
	To      Date
	Digest  Date // when the digest goes; zero where it does not
	// Since is the day on which the date was moved here, zero if it was always so.
	Since Date
}

// Target names the occurrence in a notice: "T1 2024".
func (o *Occurrence) Target() string { return o.Key + " " + strconv.Itoa(o.Year) }
