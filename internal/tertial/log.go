package tertial

import (
	"encoding/json"
	"time"
)

// Stamp says who changes something, when, and by which way.
type Stamp struct {
	By  string    // "cli", "import", "remind", "person:12": an id, never an address
	Via string    // the verb or page: "action confirm"
	At  time.Time // now, as the caller has it
	// Through is the last day whose send time has come at At. What changes now cannot
	// make up notices for that day or an earlier one; see [Rules.Stamp].
	Through Date
}

// Entry is one line of the append-only log. Each carries the hash of the one before.
type Entry struct {
	Seq     int64           `json:"seq"` // from 1, without gaps
	At      Instant         `json:"at"`
	By      string          `json:"by"`
	Via     string          `json:"via"`
	Subject string          `json:"subject"` // "action 2024-7.2", "person 12", "message 88"
	Verb    string          `json:"verb"`    // "confirmed", "sent"
	Detail  json.RawMessage `json:"detail"`  // field → [from, to], or facts; ids, no addresses
	Hash    string          `json:"hash"`    // SHA-256 over the entry and the hash before, hexadecimal
}
