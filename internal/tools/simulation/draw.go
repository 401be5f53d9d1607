package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tertial/internal/tertial"
)

// nature says what may happen in a life.
type nature struct{ changes, faults bool }

func (n nature) String() string {
	switch {
	case n.changes && n.faults:
		return "changes and faults"
	case n.changes:
		return "changes"
	case n.faults:
		return "faults"
	}
	return "calm"
}

// natureOf is what may happen in the life of a seed: of four, one is calm, one has changes, one faults, one both.
func natureOf(seed uint64) nature { return nature{changes: seed&1 != 0, faults: seed&2 != 0} }

// stream is a source of chance of its own, so that what one draws does not move another.
func stream(seed uint64, name string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}

// chance reports true with the probability p.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// organisation is who there is, and what is to be done.
type organisation struct {
	start   tertial.Date
	days    int
	people  []tertial.Person
	roles   []string
	actions []tertial.Action
	// coordinatorEmail is who is told when nobody is ISAM, "" for nobody.
	coordinatorEmail string
}

// drawOrganisation draws an organisation that begins on some day of 2026 to 2028.
func drawOrganisation(seed uint64) *organisation {
	r := stream(seed, "organisation")
	o := &organisation{start: tertial.DateOf(2026, time.January, 1).AddDays(r.IntN(1000)), days: 20 + r.IntN(41)}
	people := 5 + r.IntN(21)
	for i := range max(people/2, 3) {
		o.roles = append(o.roles, fmt.Sprintf("Roll %c", 'A'+i))
	}
	isam := r.IntN(4) // 0: nobody; then there may be an address
	if isam == 0 && chance(r, 0.8) {
		o.coordinatorEmail = "infosak@stad.example"
	}
	for i := range people {
		o.people = append(o.people, o.drawPerson(r, i, isam))
	}
	for i := range o.people { // managers and deputies are of those who are there
		p := &o.people[i]
		if other := pick(r, o.people).Email; other != p.Email && chance(r, 0.7) {
			p.Manager = other
		}
		if other := pick(r, o.people).Email; other != p.Email && chance(r, 0.6) {
			p.Deputy = other
		}
	}
	for i := range 10 + r.IntN(31) {
		o.actions = append(o.actions, o.drawAction(r, i))
	}
	return o
}

func (o *organisation) drawPerson(r *rand.Rand, i, isam int) tertial.Person {
	p := tertial.Person{Name: fmt.Sprintf("Person %d", i+1), Email: fmt.Sprintf("p%d@stad.example", i+1), Frequency: tertial.Daily, Language: pick(r, []string{"", "sv", "en"})}
	if chance(r, 0.25) {
		p.Frequency = tertial.Weekly
	}
	for _, role := range o.roles {
		if chance(r, 1.6/float64(len(o.roles))) {
			h := tertial.Holding{Role: role}
			if chance(r, 0.15) {
				h.From = o.start.AddDays(r.IntN(o.days))
			}
			p.Holdings = append(p.Holdings, h)
		}
	}
	if i > 0 && i <= isam-1 { // up to two
		p.Holdings = append(p.Holdings, tertial.Holding{Role: "ISAM"})
	}
	if i == 0 {
		p.Holdings = append(p.Holdings, tertial.Holding{Role: "Ledning"})
	}
	if chance(r, 0.3) {
		p.AwayFrom = o.start.AddDays(r.IntN(o.days+10) - 10)
		p.AwayTo = p.AwayFrom.AddDays(r.IntN(30))
	}
	return p
}

func (o *organisation) drawAction(r *rand.Rand, i int) tertial.Action {
	a := tertial.Action{
		Clauses: []string{fmt.Sprintf("%d.%d", 4+i/10, 1+i%10)}, Title: fmt.Sprintf("Åtgärd %d", i+1), Status: tertial.Open,
		Priority: pick(r, tertial.Priorities()), PlanYear: o.start.Year(), Dated: o.start,
		Responsible: o.drawRoles(r, 1+r.IntN(2)),
	}
	a.Timing = tertial.Timing{Text: "enligt plan", Start: o.start.AddDays(r.IntN(60) - 30), Certainty: pick(r, []tertial.Certainty{tertial.Exact, tertial.Inferred, tertial.Confirmed})}
	if chance(r, 0.85) {
		a.Timing.Due = o.start.AddDays(r.IntN(o.days+70) - 20)
		if a.Timing.Start.After(a.Timing.Due) {
			a.Timing.Start = a.Timing.Due
		}
	}
	if chance(r, 0.3) {
		a.Contributors = o.drawRoles(r, 1)
	}
	if chance(r, 0.3) {
		a.FollowUp = o.drawRoles(r, 1)
	}
	for s := range r.IntN(4) {
		a.Steps = append(a.Steps, tertial.Step{Title: fmt.Sprintf("Steg %d", s+1)})
	}
	a.Normalise()
	return a
}

// drawRoles picks roles, of which one may be nobody's.
func (o *organisation) drawRoles(r *rand.Rand, n int) []string {
	var roles []string
	for range n {
		role := pick(r, o.roles)
		switch r.IntN(20) {
		case 0:
			role = "ISAM"
		case 1:
			role = "Vakant roll"
		}
		roles = append(roles, role)
	}
	if n == 2 && roles[0] == roles[1] {
		return roles[:1]
	}
	return roles
}
