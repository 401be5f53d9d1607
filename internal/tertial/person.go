package tertial

// Frequency says how often a person wants mail.
type Frequency string

// Daily is each day that has something to tell; weekly is the first workday of the week.
const (
	Daily  Frequency = "daily"
	Weekly Frequency = "weekly"
)

// Person holds roles for a time.
type Person struct {
	ID        int64     `json:"-"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`    // unique, without regard to case
	Language  string    `json:"language"` // "sv", "en"; "" is the instance's
	Frequency Frequency `json:"frequency"`
	Manager   string    `json:"manager"` // address; "" for none
	Deputy    string    `json:"deputy"`  // address; "" for none
	AwayFrom  Date      `json:"away_from"`
	AwayTo    Date      `json:"away_to"`  // last day; zero with AwayFrom set: until further notice
	Holdings  []Holding `json:"holdings"` // oldest first
	// Suspect is why the address is thought to be wrong, "" where it is not: a server said that there is nobody of that
	// name (5.1.x). Mail still goes there; a person finds out, and a new address settles it.
	Suspect string `json:"suspect"`

	ManagerID int64 `json:"-"`
	DeputyID  int64 `json:"-"`
}

// Away reports whether the person is away on the day d.
func (p *Person) Away(d Date) bool {
	return !p.AwayFrom.IsZero() && !d.Before(p.AwayFrom) && (p.AwayTo.IsZero() || !d.After(p.AwayTo))
}

// Roles returns the names of the roles that the person holds on the day d.
func (p *Person) Roles(d Date) []string {
	roles := []string{}
	for _, h := range p.Holdings {
		if h.Covers(d) {
			roles = append(roles, h.Role)
		}
	}
	return roles
}

// Holding is a role held for a time. A zero From is the beginning of time, a
// zero To is until further notice; both days are included.
type Holding struct {
	Role     string `json:"role"` // name as written
	From     Date   `json:"from"`
	To       Date   `json:"to"`
	RoleID   int64  `json:"-"`
	PersonID int64  `json:"-"`
}

// Covers reports whether the role is held on the day d.
func (h *Holding) Covers(d Date) bool {
	return !d.Before(h.From) && (h.To.IsZero() || !d.After(h.To))
}
