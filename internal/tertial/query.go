package tertial

// ActionQuery says which actions a page shows, in which order. The zero query is all of them, by plan year and clause.
type ActionQuery struct {
	Statuses   []Status // any of them
	Open       bool     // those not closed
	Owner      string   // a role, in any part
	Person     int64    // who holds one of the responsible roles on AsOf, or has answered about it
	Clause     string   // a clause, or with all below it: "7", "A.5"
	Priority   Priority
	Text       string // words in the reference, the title, the description or a role
	Event      string // key of a linked wheel event
	PlanYear   int
	Review     bool // with an open question
	Late       bool // due before AsOf, by a date that counts, and not closed nor reported done
	Undated    bool // without a due date that counts, and open or in progress
	DueFrom    Date
	DueTo      Date
	AsOf       Date
	Sort       ActionSort
	Descending bool
	Offset     int
	Limit      int // 0: 50
}

// ActionSort is what a list is ordered by. What is equal goes by plan year and clause.
type ActionSort string

// The orders. By due date those without one come last, whichever way.
const (
	ByClause   ActionSort = ""
	ByDue      ActionSort = "due"
	ByPriority ActionSort = "priority"
	ByStatus   ActionSort = "status"
	ByTitle    ActionSort = "title"
	ByChanged  ActionSort = "changed"
)

// ActionPage is a part of a list. Total counts all that the query finds, up to [CountLimit]: so many are as many or more.
type ActionPage struct {
	Actions []Action
	Total   int
}

// CountLimit is how far a page counts: beyond it says "more than".
const CountLimit = 10_000

// Overview is what the first page tells, on a day.
type Overview struct {
	AsOf      Date
	Count     Count
	Reported  int // reported done, to be confirmed
	Deviating int // whose last status is deviates or blocked
	Review    int // with an open question
	Unheld    int // with a responsible role that nobody holds
	Decisions int // answers that wait for a decision
	DateQueue int // dates that a person has to confirm
	Problems  int // mails that did not arrive in the last four weeks
	// Years are the plan years there are, the newest first.
	Years []int
}

// ClauseRow is one line of the map of clauses: how many findings were what at the analysis, and how their actions stand now.
type ClauseRow struct {
	Clause        string // "7.2"
	Conforming    int
	Partial       int
	Nonconforming int
	Inapplicable  int
	Open          int // actions
	Late          int
	Done          int
	// Closed says that all that was not conforming has an action that is done, or is confirmed as not applicable.
	Closed bool
}

// DateGroup is actions whose dates one answer settles: they share their phrase, or the event that it names.
type DateGroup struct {
	Text    string
	Event   string // key of the event, "" where there is none
	Year    int    // plan year
	Due     Date   // as read, zero where it has none
	Why     string
	Certain Certainty
	Refs    []string
	Titles  []string
}

// Check is one finding of the standing checks.
type Check struct {
	Kind     CheckKind
	Severity string // "error", "warning" or "info"
	Count    int
	Refs     []string // the first hundred
	Roles    []string
}

// CheckKind names a standing check.
type CheckKind string

// The checks.
const (
	CheckNoOwner      CheckKind = "no_owner"
	CheckNoDate       CheckKind = "no_date"
	CheckRoleVacant   CheckKind = "role_vacant"
	CheckNoEvidence   CheckKind = "done_without_evidence"
	CheckDuePast      CheckKind = "past_date_never_asked"
	CheckUnknown      CheckKind = "clause_unknown"
	CheckTwins        CheckKind = "twins"
	CheckAddress      CheckKind = "address_suspect"
	CheckNoTiming     CheckKind = "date_unconfirmed"
	CheckLongBlocked  CheckKind = "blocked_long"
	CheckNoConfirming CheckKind = "reported_long"
)

// RoleHolders is a role with who holds it on a day, and what it has to do.
type RoleHolders struct {
	Role    Role
	People  []Person
	Open    int
	Late    int
	Aliases []string
}

// Point is one week of the burndown: how many actions were open at its end, and how many would be by the confirmed
// dates. Unsure are those whose date nobody has confirmed.
type Point struct {
	Week    Date // its Sunday
	Open    int  // -1 for a week to come
	Planned int
	Unsure  int
}
