package tertial

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

// Session is a browser that a person has signed in with. Key is the hash of the secret that the browser has; Data is
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
