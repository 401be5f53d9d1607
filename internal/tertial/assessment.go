package tertial

// Assessment is one imported gap analysis (gapanalys).
type Assessment struct {
	ID       int64  `json:"-"`
	Unit     string `json:"unit"`     // the organisational unit that was assessed
	Standard string `json:"standard"` // edition: "ISO/IEC 27001:2013" or ":2022", as the clauses tell
	PlanYear int    `json:"plan_year"`
	Dated    Date   `json:"dated"`  // the day the analysis was written
	Source   string `json:"source"` // file name, without its folder
	SHA256   string `json:"sha256"` // of the file's bytes, hexadecimal
}

// Conformity says how far a requirement is met.
type Conformity string

// The conformities: Ja, Delvis, Nej, Ej tillämpligt. An unread one is "".
const (
	Conforming    Conformity = "conforming"
	Partial       Conformity = "partial"
	Nonconforming Conformity = "nonconforming"
	NotApplicable Conformity = "not_applicable"
)

// IsGap reports whether something is missing: partial or nonconforming.
func (c Conformity) IsGap() bool { return c == Partial || c == Nonconforming }

// Finding is one row of an assessment (bedömning). Its text fields hold what
// the document says, lines joined; Owner, Priority and Timing are the cells.
type Finding struct {
	ID          int64      `json:"-"`
	Clause      string     `json:"clause"` // "7.2", "A.5.9"
	Conformity  Conformity `json:"conformity"`
	Requirement string     `json:"requirement"`
	Observation string     `json:"observation"`
	Proposal    string     `json:"proposal"`
	Owner       string     `json:"owner"`
	Priority    Priority   `json:"priority"`
	Timing      string     `json:"timing"`
	Line        int        `json:"line"` // of the clause in the source, from 1
}

// Severity says whether a problem stops an import.
type Severity string

// An error is a row or cell that cannot be read. A doubt was read, but a person should look.
const (
	SeverityError Severity = "error"
	SeverityDoubt Severity = "doubt"
)

// Problem is something a person should know about a row of an import.
type Problem struct {
	Line     int      `json:"line"` // 0 where the whole file is meant
	Clause   string   `json:"clause"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // what is wrong, and what to do
}

// Preview is what an import would do: the assessment as read, the actions it drafts,
// and what a person should look at.
type Preview struct {
	Assessment Assessment  `json:"assessment"`
	Findings   []Finding   `json:"findings"`
	Actions    []Action    `json:"actions"`
	Problems   []Problem   `json:"problems"`
	Twins      [][2]string `json:"twins"` // clauses whose actions look like one
}

// HasErrors reports whether any problem stops the import.
func (p *Preview) HasErrors() bool {
	for _, x := range p.Problems {
		if x.Severity == SeverityError {
			return true
		}
	}
	return false
}
