package tertial

import "encoding/json"

// MessageKind says what a mail is.
type MessageKind string

// A reminder carries the notices of one person and day. The digest goes to
// management on a report event's digest date, the summary to the coordinator each week.
const (
	Reminder    MessageKind = "reminder"
	DigestMail  MessageKind = "digest"
	SummaryMail MessageKind = "summary"
	TestMail    MessageKind = "test"
	// SignInMail lets a person in, HandOverMail asks somebody to take an action over, DecisionMail tells who answered
	// what was decided. They go at once, at any hour.
	SignInMail   MessageKind = "signin"
	HandOverMail MessageKind = "handover"
	DecisionMail MessageKind = "decision"
)

// MessageState says what became of a mail.
type MessageState string

// Queued, sending and unknown are under way: unknown may have been accepted, the line
// broke between the final dot and the record of the answer. The others are ends: sent was accepted by
// the server, captured kept because no server is configured, failed refused for good,
// expired outlived its time, void holds nothing that is still owed or missed its day.
const (
	MessageQueued   MessageState = "queued"
	MessageSending  MessageState = "sending"
	MessageUnknown  MessageState = "unknown"
	MessageSent     MessageState = "sent"
	MessageCaptured MessageState = "captured"
	MessageFailed   MessageState = "failed"
	MessageExpired  MessageState = "expired"
	MessageVoid     MessageState = "void"
)

// Ended reports whether the state is an end.
func (s MessageState) Ended() bool {
	return s != MessageQueued && s != MessageSending && s != MessageUnknown
}

// Message is one mail to one person, with its notices and what became of it (utkorg).
type Message struct {
	ID        int64        `json:"id"`
	Kind      MessageKind  `json:"kind"`
	To        string       `json:"to"` // the bare address
	Subject   string       `json:"subject"`
	State     MessageState `json:"state"`
	Attempts  int          `json:"attempts"`
	MessageID string       `json:"message_id"` // with its angle brackets; the same on every copy
	Created   Instant      `json:"created"`
	Sent      Instant      `json:"sent"` // when the server accepted it, or it was captured
	Error     string       `json:"error"`
	Items     []Item       `json:"items"`

	Day      Date         `json:"day"`      // the civil day it is for
	Key      string       `json:"-"`        // with kind and address its identity: the day, the week, the event
	Person   int64        `json:"-"`        // the reader; 0 where only an address is known
	Name     string       `json:"name"`     // of the reader; "" where only an address is known
	Language string       `json:"language"` // "sv" or "en"
	Digest   *Digest      `json:"digest,omitempty"`
	Summary  *Summary     `json:"summary,omitempty"`
	SignIn   *SignInFacts `json:"sign_in,omitempty"`
	Answer   *Answer      `json:"answer,omitempty"` // that is to be decided on, or has been
	NextTry  Instant      `json:"next_try,omitzero"`
}

// Count is how many actions stand where. Done, OnTrack, Late and Undated add up to Total.
type Count struct {
	Done    int `json:"done"`
	OnTrack int `json:"on_track"`
	Late    int `json:"late"`
	Undated int `json:"undated"` // open, without a due date that counts
	Total   int `json:"total"`
}

// Row is a count of one part of the whole.
type Row struct {
	Label string `json:"label"` // "7" and "A.5" for chapters, a Priority for priorities
	Count
}

// Digest is the state of the work at a report event, for management.
type Digest struct {
	Event        string `json:"event"`
	EventName    string `json:"event_name"`
	Year         int    `json:"year"` // of the report
	EventDate    Date   `json:"event_date"`
	From         Date   `json:"from"` // the period reported on
	To           Date   `json:"to"`
	AsOf         Date   `json:"as_of"`
	Organisation string `json:"organisation"`
	Total        Count  `json:"total"`
	ByClause     []Row  `json:"by_clause"`
	ByPriority   []Row  `json:"by_priority"`
}

// Summary is the coordinator's weekly mail.
type Summary struct {
	Year      int              `json:"year"` // ISO year and week
	Week      int              `json:"week"`
	AsOf      Date             `json:"as_of"`
	Questions []SummaryAction  `json:"questions"` // actions in review
	Late      []SummaryAction  `json:"late"`      // became late since the week before
	Waiting   []SummaryAction  `json:"waiting"`   // reported done, to be confirmed
	Dates     []SummaryDates   `json:"dates"`     // readings to confirm, by event and phrase
	Problems  []SummaryProblem `json:"problems"`  // mail that did not arrive
	// Decisions are the answers that wait for somebody to decide on them, the oldest first; Answers what else was said
	// since the summary before. Of both the lists end after some: DecisionCount and AnswerCount are how many there are.
	Decisions     []SummaryAnswer `json:"decisions"`
	Answers       []SummaryAnswer `json:"answers"`
	DecisionCount int             `json:"decision_count"`
	AnswerCount   int             `json:"answer_count"`
}

// SummaryAnswer is one answer in a summary.
type SummaryAnswer struct {
	ID     int64      `json:"id"`
	Ref    string     `json:"action"`
	Title  string     `json:"title"`
	Kind   AnswerKind `json:"kind"`
	Person string     `json:"person"` // the name
	Date   Date       `json:"date"`   // the new date that is asked for
	On     Date       `json:"on"`     // the day it was given
	// Overdue says that it has waited longer than it should.
	Overdue bool `json:"overdue,omitempty"`
}

// SummaryAction is one action in a summary.
type SummaryAction struct {
	Ref    string     `json:"action"`
	Title  string     `json:"title"`
	Due    Date       `json:"due"`
	Review []Question `json:"review"`
}

// SummaryDates groups actions whose dates are settled by one answer.
type SummaryDates struct {
	Events []string `json:"events"`
	Text   string   `json:"text"`
	Refs   []string `json:"actions"`
}

// SummaryProblem is one mail that did not arrive.
type SummaryProblem struct {
	ID    int64        `json:"id"`
	State MessageState `json:"state"`
	Name  string       `json:"name"`
	Why   string       `json:"why"`
}

// Facts are the content of a message without its text: what a mail is rendered
// from, now and again. Items are of reminders only.
type Facts struct {
	Items   []Item       `json:"items,omitempty"`
	Digest  *Digest      `json:"digest,omitempty"`
	Summary *Summary     `json:"summary,omitempty"`
	SignIn  *SignInFacts `json:"sign_in,omitempty"`
	Answer  *Answer      `json:"answer,omitempty"`
}

// factsForm is how facts are written. An answer's own form leaves the id of its action out.
type factsForm struct {
	factsFields
	ActionID int64 `json:"action_id,omitempty"`
}

type factsFields Facts

// MarshalJSON keeps what the answer is about.
func (f Facts) MarshalJSON() ([]byte, error) {
	form := factsForm{factsFields: factsFields(f)}
	if f.Answer != nil {
		form.ActionID = f.Answer.ActionID
	}
	return json.Marshal(form)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Facts) UnmarshalJSON(b []byte) error {
	var form factsForm
	if err := json.Unmarshal(b, &form); err != nil {
		return err
	}
	*f = Facts(form.factsFields)
	if f.Answer != nil {
		f.Answer.ActionID = form.ActionID
	}
	return nil
}

// SignInFacts are what a mail that lets a person in is made from; the secrets are made from them by a [Signer].
type SignInFacts struct {
	ID      int64   `json:"id"`
	Person  int64   `json:"person"`
	Agent   string  `json:"agent"` // what asked: "Firefox, Linux"
	Asked   Instant `json:"asked"`
	Expires Instant `json:"expires"`
}
