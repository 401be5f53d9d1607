package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// organisation is a world with several actions.
type organisation struct {
	rules   tertial.Rules
	wheel   *calendar.Wheel
	closed  func(tertial.Date) bool
	reports []tertial.Occurrence
	reg     tertial.Register
	actions []tertial.Dossier
}

// organisationEnd is the last day that is compared.
const organisationEnd = "2025-06-30"

func (g *organisation) String() string {
	var b strings.Builder
	for _, p := range g.reg.People {
		fmt.Fprintf(&b, "%d %s %s manager %d deputy %d away %v–%v\n", p.ID, p.Email, p.Frequency, p.ManagerID, p.DeputyID, p.AwayFrom, p.AwayTo)
	}
	for role, hs := range g.reg.Holdings {
		for _, h := range hs {
			fmt.Fprintf(&b, "role %d: %d %v–%v\n", role, h.PersonID, h.From, h.To)
		}
	}
	for i := range g.actions {
		d := &g.actions[i]
		fmt.Fprintf(&b, "%s %s start %v due %v %s, activated %s, reopened %v, parties", d.Action.Ref, d.Action.Priority, d.Action.Timing.Start,
			d.Action.Timing.Due, d.Action.Timing.Certainty, d.Activated.In(g.rules.Zone).Format("2006-01-02T15:04:05"), d.Reopened)
		for _, p := range d.Parties {
			fmt.Fprintf(&b, " %s %d,", p.Part, p.Role.ID)
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "leads %v every %d escalate %v checkpoints %v\n", g.rules.LeadDays, g.rules.EveryDays, g.rules.EscalateAfter, g.rules.CheckpointLeads)
	return b.String()
}

// planned is what the package says.
func (g *organisation) planned() []oracleRow {
	p := New(g.rules, g.wheel)
	var rows []oracleRow
	for i := range g.actions {
		d := &g.actions[i]
		for _, x := range p.Plan(d, &g.reg, d.Activated, date(organisationEnd)) {
			rows = append(rows, asRow(x.Date, x.To, x.Item))
		}
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

func asRow(day tertial.Date, to tertial.Reader, item tertial.Item) oracleRow {
	return oracleRow{day.String(), to.Email, item.Ref, string(item.Kind), item.Event, item.Due.String(), item.Late}
}

// want is what the oracle says.
func (g *organisation) want() []oracleRow {
	o := g.oracle()
	var rows []oracleRow
	for i := range g.actions {
		rows = append(rows, o.rows(&g.actions[i], date(organisationEnd))...)
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

func (g *organisation) oracle() *oracle {
	return &oracle{rules: g.rules, closed: g.closed, reports: g.reports, reg: &g.reg, known: map[tertial.Date]bool{},
		reopenedKeeps: true}
}

// differences tells what only one of the two has.
func differences(got, want []oracleRow) string {
	var b strings.Builder
	for _, r := range got {
		if !slices.Contains(want, r) {
			fmt.Fprintf(&b, "only in the plan:   %+v\n", r)
		}
	}
	for _, r := range want {
		if !slices.Contains(got, r) {
			fmt.Fprintf(&b, "only in the oracle: %+v\n", r)
		}
	}
	if b.Len() == 0 && len(got) != len(want) {
		fmt.Fprintf(&b, "%d rows in the plan, %d in the oracle\n", len(got), len(want))
	}
	return b.String()
}

// traits are what may occur in the organisations that are drawn.
type traits struct{ weekly, changes, absences, reopened bool }

func drawDay(t *rapid.T, label, from string, days int) tertial.Date {
	return date(from).AddDays(rapid.IntRange(0, days).Draw(t, label))
}

func drawOrganisation(t *rapid.T, tb testing.TB, wheel *calendar.Wheel, has traits) *organisation {
	g := &organisation{rules: defaultRules(tb), wheel: wheel, closed: quietByDefault, reports: reportsByDefault()}
	drawRules(t, g)
	drawPeople(t, g, has)
	for i := range rapid.IntRange(1, 3).Draw(t, "actions") {
		g.actions = append(g.actions, drawAction(t, g, i, has))
	}
	return g
}

func drawRules(t *rapid.T, g *organisation) {
	if rapid.Bool().Draw(t, "default rules") {
		return
	}
	leads := rapid.SliceOfNDistinct(rapid.SampledFrom([]int{0, 1, 2, 3, 5, 7, 14, 30, 45}), 1, 6, rapid.ID[int])
	for _, p := range tertial.Priorities() {
		g.rules.LeadDays[p] = leads.Draw(t, "leads")
	}
	g.rules.EveryDays = rapid.IntRange(1, 30).Draw(t, "every")
	g.rules.EscalateAfter = map[tertial.Priority]int{tertial.High: rapid.IntRange(1, 60).Draw(t, "escalate")}
	g.rules.CheckpointLeads = leads.Draw(t, "checkpoint leads")
}

func drawPeople(t *rapid.T, g *organisation, has traits) {
	g.reg = tertial.Register{CoordinatorRole: roleISAM, People: map[int64]*tertial.Person{}, Holdings: map[int64][]tertial.Holding{}}
	ids := []int64{1, 2, 3, 4, 5, 6}
	some := rapid.SampledFrom([]int64{0, 1, 2, 3, 4, 5, 6})
	for _, id := range ids {
		p := &tertial.Person{ID: id, Name: fmt.Sprint("P", id), Email: fmt.Sprintf("p%d@stad.example", id), Frequency: tertial.Daily}
		p.ManagerID = some.Draw(t, "manager")
		if has.weekly && rapid.Bool().Draw(t, "weekly") {
			p.Frequency = tertial.Weekly
		}
		if has.absences && rapid.Bool().Draw(t, "away") {
			p.AwayFrom = drawDay(t, "away from", "2024-01-01", 500)
			p.AwayTo = p.AwayFrom.AddDays(rapid.IntRange(0, 80).Draw(t, "days away"))
			p.DeputyID = some.Draw(t, "deputy")
		}
		g.reg.People[id] = p
	}
	g.rules.CoordinatorEmail = "infosak@stad.example"
	for _, role := range []int64{roleOwner, roleHelp, roleFollow, roleEmpty, roleISAM} {
		drawHolders(t, g, role, has)
	}
}

// drawHolders gives a role up to three people; where roles change hands, one after
// the other or at the same time.
func drawHolders(t *rapid.T, g *organisation, role int64, has traits) {
	for _, id := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 6), 0, 3, rapid.ID[int64]).Draw(t, "holders") {
		h := tertial.Holding{PersonID: id, RoleID: role}
		if has.changes && rapid.Bool().Draw(t, "for a time") {
			h.From = drawDay(t, "from", "2024-01-01", 400)
			if rapid.Bool().Draw(t, "ends") {
				h.To = h.From.AddDays(rapid.IntRange(0, 300).Draw(t, "for days"))
				if rapid.Bool().Draw(t, "and again") {
					g.reg.Holdings[role] = append(g.reg.Holdings[role], h)
					h.From, h.To = h.To.AddDays(rapid.IntRange(1, 60).Draw(t, "after a break of")), tertial.Date{}
				}
			}
		}
		g.reg.Holdings[role] = append(g.reg.Holdings[role], h)
	}
}

func drawAction(t *rapid.T, g *organisation, i int, has traits) tertial.Dossier {
	day := drawDay(t, "activated", "2024-01-01", 300)
	d := tertial.Dossier{Activated: day.At(tertial.Clock(rapid.IntRange(0, 24*60-1).Draw(t, "minute")), g.rules.Zone)}
	if rapid.Bool().Draw(t, "near the send time") {
		d.Activated = g.rules.SendTime(day).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "seconds")) * time.Second)
	}
	d.Reopened = has.reopened && rapid.Bool().Draw(t, "reopened")
	a := &d.Action
	a.ID, a.Ref, a.Status, a.Priority = int64(i+1), fmt.Sprintf("2024-%d", i+4), tertial.Open, rapid.SampledFrom(tertial.Priorities()).Draw(t, "priority")
	a.Timing.Start = day.AddDays(rapid.IntRange(-100, 300).Draw(t, "start"))
	a.Timing.Certainty = rapid.SampledFrom([]tertial.Certainty{tertial.Exact, tertial.Inferred, tertial.Confirmed}).Draw(t, "certainty")
	if rapid.IntRange(0, 4).Draw(t, "has due") > 0 {
		a.Timing.Due = day.AddDays(rapid.IntRange(-60, 250).Draw(t, "due"))
	}
	parts := []tertial.Part{tertial.Responsible, tertial.Responsible, tertial.Contributor, tertial.FollowUp}
	roles := rapid.SliceOfNDistinct(rapid.SampledFrom([]int64{roleOwner, roleHelp, roleFollow, roleEmpty, roleISAM}), 1, 4, rapid.ID[int64]).Draw(t, "roles")
	for j, role := range roles {
		part := tertial.Responsible
		if j > 0 {
			part = rapid.SampledFrom(parts).Draw(t, "part")
		}
		d.Parties = append(d.Parties, tertial.Party{Part: part, Role: tertial.Role{ID: role, Name: fmt.Sprint("role ", role)}})
	}
	return d
}

func TestThePlanIsWhatTheTextOfTheRulesSays(t *testing.T) {
	wheel := defaultWheel(t)
	for _, c := range []struct {
		name string
		has  traits
	}{
		{"of daily readers", traits{}},
		{"of weekly readers", traits{weekly: true}},
		{"where people are away", traits{absences: true}},
		{"where roles change hands", traits{changes: true, absences: true}},
		{"after reopening", traits{reopened: true, changes: true, absences: true}},
		{"of weekly readers after reopening", traits{reopened: true, weekly: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				g := drawOrganisation(rt, t, wheel, c.has)
				if diff := differences(g.planned(), g.want()); diff != "" {
					rt.Fatalf("%v%s", g, diff)
				}
			})
		})
	}
}

// R9: the rows up to a change are the old ones, those after it are of an action that has always been so, but for
// what is dated up to the day of the change.
func TestAChangeOfDatesBeginsANewSeriesFromTheDayAfterIt(t *testing.T) {
	wheel := defaultWheel(t)
	for _, c := range []struct {
		name   string
		has    traits
		change func(*rapid.T, *organisation, tertial.Date)
	}{
		{"nothing is changed", traits{weekly: true}, func(*rapid.T, *organisation, tertial.Date) {}},
		{"the due date of daily readers", traits{absences: true, changes: true}, moveDue},
		{"the due date of weekly readers", traits{weekly: true}, moveDue},
		{"an event of daily readers", traits{absences: true, changes: true}, moveEvent},
		{"an event of weekly readers", traits{weekly: true}, moveEvent},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				g := drawOrganisation(rt, t, wheel, c.has)
				g.actions = g.actions[:1]
				d := &g.actions[0]
				at := d.Activated.Add(time.Duration(rapid.IntRange(1, 250*24*60).Draw(rt, "changed after minutes")) * time.Minute)
				day, through := g.rules.Today(at), g.rules.Through(at)
				want := slices.DeleteFunc(g.want(), func(r oracleRow) bool { return r.Day > through.String() })
				got := g.live(through)
				c.change(rt, g, day)
				want = append(want, slices.DeleteFunc(g.want(), func(r oracleRow) bool { return r.Day <= through.String() })...)
				for _, x := range New(g.rules, g.wheel).Plan(d, &g.reg, at, date(organisationEnd)) {
					got = append(got, asRow(x.Date, x.To, x.Item))
				}
				slices.SortFunc(got, compareRows)
				if diff := differences(got, want); diff != "" {
					rt.Fatalf("%v since %v, changed %v\n%s", g, d.DueSince, at.In(g.rules.Zone), diff)
				}
			})
		})
	}
}

// live runs the first action day by day, as remind does, and returns what went.
func (g *organisation) live(through tertial.Date) []oracleRow {
	p, d := New(g.rules, g.wheel), &g.actions[0]
	next := d.Activated
	var rows []oracleRow
	for day := g.rules.Today(next); !day.After(through); day = day.AddDays(1) {
		now := g.rules.SendTime(day)
		if next.IsZero() || now.Before(next) {
			continue // remind looks where a look is due
		}
		r := p.Look(d, &g.reg, now)
		for _, x := range r.Rows {
			rows = append(rows, asRow(day, x.To, x.Item))
		}
		advance(d, r)
		next = r.Next
	}
	return rows
}

func moveDue(t *rapid.T, g *organisation, on tertial.Date) {
	d := &g.actions[0]
	due := on.AddDays(rapid.IntRange(-40, 90).Draw(t, "new due"))
	if due != d.Action.Timing.Due {
		d.Action.Timing.Due, d.DueSince = due, on
	}
}

func moveEvent(t *rapid.T, g *organisation, on tertial.Date) {
	reports := reportsByDefault()
	e := &reports[rapid.IntRange(3, 11).Draw(t, "event")] // of 2023 to 2025
	e.Date, e.Since = e.Date.AddDays(rapid.IntRange(-30, 30).Draw(t, "days")), on
	g.reports = reports
	g.wheel = g.wheel.With([]tertial.WheelDate{{Key: e.Key, Year: e.Year, Date: e.Date, Since: on, Given: true}})
}
