package tertial

import "time"

const (
	// SignInMinutes is how long a request to be let in can be answered.
	SignInMinutes = 10
	// SignInTries is how many wrong codes end a request.
	SignInTries = 5
	// SignInsAnHour is how many requests one address may make in an hour.
	SignInsAnHour = 5
)

// SignIn is a request to be let in: a mailed link and a code, good once and for ten minutes. Both are made from ID and
// Person by a [Signer]; neither is stored.
type SignIn struct {
	ID      int64
	Person  int64
	Asked   Instant
	Expires Instant
	Spent   Instant
	Tries   int    // codes typed wrongly
	Agent   string // what asked: "Firefox, Linux"
}

// Good reports whether the request can still be answered at an instant.
func (s *SignIn) Good(now time.Time) bool {
	return s.ID != 0 && s.Spent.IsZero() && now.Before(s.Expires.Time) && s.Tries < SignInTries
}

// Session is a browser, and who has signed in with it: Person is 0 before that. Key is the hash of the secret that the browser has; Data is
// opaque to everybody but the pages.
type Session struct {
	Key     string
	Person  int64
	Agent   string
	Created Instant
	Seen    Instant
	Expires Instant
	Data    []byte
}

// Viewer is who looks at a page, and what they may see and do: everybody their own actions; management the overview and
// the reports; an auditor everything; the coordinator everything, and to change it.
type Viewer struct {
	Person      Person
	Coordinator bool
	Management  bool
	Auditor     bool
}

// Reads reports whether the viewer sees everything.
func (v *Viewer) Reads() bool { return v.Coordinator || v.Auditor }

// Watches reports whether the viewer sees how the work goes, the overview and the reports.
func (v *Viewer) Watches() bool { return v.Management || v.Reads() }

// APIToken lets a program in. Only the hash of its secret is stored.
type APIToken struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Created Instant  `json:"created"`
	Expires Instant  `json:"expires"`
	Used    Instant  `json:"used"`
	Revoked Instant  `json:"revoked"`
}

// Good reports whether the token lets in at an instant. One without an end never expires.
func (t *APIToken) Good(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires.Time))
}
