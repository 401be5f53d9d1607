package tertial

import "time"

// Verdict is what one try to send a message came to.
type Verdict string

// Accepted: the server took it. Kept: captured, no server is configured. Temporary: try again later. Refused: the
// server will never take this message or recipient. RelayDown: the relay itself
// failed, which is no fault of the message and burns no attempt. Ambiguous: the line broke after the
// final dot. Broken: it could not be made into a mail, our own fault. Returned: nothing was tried, and the message
// goes back to where it was.
const (
	Accepted  Verdict = "accepted"
	Kept      Verdict = "captured"
	Temporary Verdict = "temporary"
	Refused   Verdict = "refused"
	RelayDown Verdict = "relay"
	Ambiguous Verdict = "unknown"
	Broken    Verdict = "broken"
	Returned  Verdict = "returned"
)

// Phase is the step of the SMTP conversation at which a try ended.
type Phase string

// The phases, in their order.
const (
	PhaseRender Phase = "render"
	PhaseDial   Phase = "dial"
	PhaseTLS    Phase = "tls"
	PhaseAuth   Phase = "auth"
	PhaseMail   Phase = "mail"
	PhaseRcpt   Phase = "rcpt"
	PhaseData   Phase = "data"
	PhaseDot    Phase = "dot"
)

// Claim is a message that one worker may send until its lease ends. Message and fence are the name of the try in the ledger.
type Claim struct {
	Message Message
	Fence   int64 // goes up with every claim; an older one may no longer begin DATA
	// Resend says that the last try was unknown: the same bytes go again.
	Resend bool
}

// Outcome is what became of a claim; the ledger keeps it.
type Outcome struct {
	Claim    Claim // with Message.Subject as rendered
	Verdict  Verdict
	Phase    Phase
	Code     int    // of the SMTP reply, 0 where there was none
	Enhanced string // "5.1.1", or ""
	Reply    string // the server's words, cleaned, 512 characters at most
	Started  time.Time
	Ended    time.Time
	NextTry  time.Time // of a temporary or ambiguous one
	Undotted bool      // the final dot was never begun
	Stale    bool      // the line, which had served others, was gone before anything of this message was answered
}

// WheelDate is the date of one occurrence as the database has it.
type WheelDate struct {
	Key   string
	Year  int // of the report
	Date  Date
	Since Date // the day it was moved here, zero if it was always so
	Given bool // a person set it; otherwise it is what the configuration last said
}

// LookRequest asks for a portion of the actions whose look is due.
type LookRequest struct {
	Now time.Time
	Day Date // the civil day of Now, for which messages are composed
	// Coordinator is the key of the coordinator's role.
	Coordinator string
	// Limit is how many actions one transaction takes.
	Limit int
	// NextSend is when to look again at what came too late for a reader's mail of the day.
	NextSend time.Time
}

// ClaimRequest asks for messages to send.
type ClaimRequest struct {
	Now   time.Time
	Day   Date
	Open  bool // reminders may go: a workday, in the window
	Limit int
	// Worker names who claims, in the ledger.
	Worker string
	// Lease is how long the claim holds on the database's clock.
	Lease time.Duration
}

// Attempt is one try of the ledger.
type Attempt struct {
	Fence    int64   `json:"fence"`
	Claimed  Instant `json:"claimed"`
	Ended    Instant `json:"ended"`
	Verdict  Verdict `json:"verdict"`
	Phase    Phase   `json:"phase"`
	Code     int     `json:"code"`
	Enhanced string  `json:"enhanced"`
	Reply    string  `json:"reply"`
}
