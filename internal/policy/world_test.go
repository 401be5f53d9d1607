package policy

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// world is a small organisation for tests: one action, its people, the default rules.
type world struct {
	rules tertial.Rules
	wheel *calendar.Wheel
	d     tertial.Dossier
	reg   tertial.Register
}

// The roles and people of every test world.
const (
	roleOwner, roleHelp, roleFollow, roleISAM, roleEmpty = 1, 2, 3, 9, 8
	anna, bo, cecilia, maria                             = 11, 12, 13, 19
)

func date(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func defaultRules(t testing.TB) tertial.Rules {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	return tertial.Rules{
		Zone: zone, SendAt: 7*60 + 30, SendUntil: 18 * 60,
		LeadDays: map[tertial.Priority][]int{
			tertial.High: {60, 30, 14, 7, 1, 0}, tertial.Medium: {30, 14, 7, 0}, tertial.Low: {30, 7, 0}, tertial.None: {30, 0},
		},
		EveryDays:       7,
		EscalateAfter:   map[tertial.Priority]int{tertial.High: 14, tertial.Medium: 28, tertial.Low: 42},
		CheckpointLeads: []int{21, 7, 1},
		Coordinator:     tertial.Coordinator, Language: "sv",
	}
}

func defaultWheel(t testing.TB) *calendar.Wheel {
	t.Helper()
	cal, err := calendar.New(calendar.Options{Quiet: []calendar.Quiet{{Weeks: "27-31"}, {From: "12-23", To: "01-06"}}})
	if err != nil {
		t.Fatal(err)
	}
	events := calendar.BuiltIn()
	for i := range events {
		events[i].Assumed = false
	}
	wheel, err := calendar.NewWheel(cal, events)
	if err != nil {
		t.Fatal(err)
	}
	return wheel
}

// newWorld has one active action, low priority, without a due date, stored at midnight
// on activated: Anna responsible (Maria is ISAM, Cecilia Anna's manager).
func newWorld(t testing.TB, activated string) *world {
	w := &world{rules: defaultRules(t), wheel: defaultWheel(t)}
	at := date(activated).At(0, w.rules.Zone)
	w.d = tertial.Dossier{
		Action: tertial.Action{ID: 1, Ref: "2024-7.2", Title: "Lista", Status: tertial.Open, Priority: tertial.Low,
			Timing: tertial.Timing{Start: date(activated), Certainty: tertial.Exact}},
		Parties:   []tertial.Party{{Part: tertial.Responsible, Role: tertial.Role{ID: roleOwner, Name: "HR"}}},
		Activated: at,
	}
	w.reg = tertial.Register{CoordinatorRole: roleISAM, People: map[int64]*tertial.Person{}, Holdings: map[int64][]tertial.Holding{}}
	w.person(anna, "Anna", roleOwner).ManagerID = cecilia
	w.person(bo, "Bo")
	w.person(cecilia, "Cecilia")
	w.person(maria, "Maria", roleISAM)
	return w
}

func (w *world) person(id int64, name string, roles ...int64) *tertial.Person {
	p := &tertial.Person{ID: id, Name: name, Email: name + "@stad.example", Frequency: tertial.Daily}
	w.reg.People[id] = p
	for _, r := range roles {
		w.hold(id, r, "")
	}
	return p
}

func (w *world) hold(person, role int64, from string) {
	h := tertial.Holding{PersonID: person, RoleID: role}
	if from != "" {
		h.From = date(from)
	}
	w.reg.Holdings[role] = append(w.reg.Holdings[role], h)
}

func (w *world) party(part tertial.Part, role int64, name string) {
	w.d.Parties = append(w.d.Parties, tertial.Party{Part: part, Role: tertial.Role{ID: role, Name: name}})
}

func (w *world) due(s string) *world {
	w.d.Action.Timing.Due = date(s)
	return w
}

func (w *world) policy() *Policy { return New(w.rules, w.wheel) }

// at is an instant on the wall in the rules' zone.
func (w *world) at(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		panic(err)
	}
	return tertial.WallTime(t, w.rules.Zone)
}

// told is one row that went: what tests compare.
type told struct {
	Day, To, Kind, Event string
	Late                 bool
}

func tell(day tertial.Date, to tertial.Reader, item tertial.Item) told {
	return told{day.String(), to.Name, string(item.Kind), item.Event, item.Late}
}

func (w *world) plan(until string) []told {
	var rows []told
	for _, p := range w.policy().Plan(&w.d, &w.reg, w.d.Activated, date(until)) {
		rows = append(rows, tell(p.Date, p.To, p.Item))
	}
	return sorted(rows)
}

// run looks at each of the instants as remind does: only where the look is due. It
// returns what went, and every notice that was ever made.
func (w *world) run(instants []time.Time) ([]told, []tertial.Notice) {
	p := w.policy()
	var rows []told
	var all []tertial.Notice
	next := w.d.Activated
	for _, now := range instants {
		if next.IsZero() || now.Before(next) {
			continue
		}
		r := p.Look(&w.d, &w.reg, now)
		for _, row := range r.Rows {
			rows = append(rows, tell(w.rules.Today(now), row.To, row.Item))
		}
		all = append(all, r.Notices...)
		advance(&w.d, r)
		next = r.Next
	}
	return sorted(rows), all
}

func sorted(rows []told) []told {
	slices.SortFunc(rows, func(a, b told) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
	return rows
}

func wantRows(t *testing.T, got, want []told) {
	t.Helper()
	want = sorted(want)
	if !slices.Equal(got, want) {
		t.Errorf("told:\n got %v\nwant %v", got, want)
	}
}
