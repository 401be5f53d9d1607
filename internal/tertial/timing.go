package tertial

// Recurrence says how an action comes back; "" is once.
type Recurrence string

// The recurrences.
const (
	Once       Recurrence = ""
	Yearly     Recurrence = "yearly"
	PerTertial Recurrence = "tertial"
	Quarterly  Recurrence = "quarterly"
	Monthly    Recurrence = "monthly"
	Continuous Recurrence = "continuous"
	AsNeeded   Recurrence = "as-needed"
)

// Certainty says how far a date can be relied on.
type Certainty string

// Exact is written with its year; inferred is read by rule and used; unconfirmed
// must be answered by a person before it counts; confirmed was.
const (
	Exact       Certainty = "exact"
	Inferred    Certainty = "inferred"
	Unconfirmed Certainty = "unconfirmed"
	Confirmed   Certainty = "confirmed"
)

// Firm reports whether a date is exact or confirmed: good enough to escalate on.
func (c Certainty) Firm() bool { return c == Exact || c == Confirmed }

// Timing is a timing phrase and how it was read. The phrase stays as written.
type Timing struct {
	Text        string     `json:"text"`
	Start       Date       `json:"start"`
	Due         Date       `json:"due"` // zero: no due date
	Recurrence  Recurrence `json:"recurrence"`
	Certainty   Certainty  `json:"certainty"`
	Events      []string   `json:"events"`      // keys of linked wheel events, sorted
	Checkpoints []Date     `json:"checkpoints"` // dates of the reports of the tertials touched
	Why         string     `json:"why"`         // the reason, in words a person can check
}
