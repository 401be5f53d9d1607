package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// Where a weekly reader gives way to a daily one in mid-week, or the other way round, the text does not say on which
// day the week's notices go. It does say that they go, to whoever reads that day, and that nothing else does. A
// notice has a window: from the first workday of its week where R7 may bring it forward, to the next first
// workday of a week where R7 may put it off.

func (o *oracle) window(n dated) (from, to tertial.Date) {
	weekly := &tertial.Person{Frequency: tertial.Weekly}
	moved := o.goes(n, weekly)
	if moved.Before(n.on) {
		return moved, n.on
	}
	return n.on, moved
}

// readersOf are those whom a notice may reach through a role on a day.
func (o *oracle) readersOf(d *tertial.Dossier, p tertial.Party, n dated, day tertial.Date) []*tertial.Person {
	switch {
	case n.kind == "escalation":
		return o.escalated(d, p, day)
	case p.Part == tertial.Responsible, p.Part == tertial.Contributor && n.kind == "upcoming":
		return o.recipients(p, day)
	}
	return nil
}

// mail is a reader's of a day.
type mail struct{ day, to string }

// lost lists notices that reached nobody of a role in their window, not even folded into something more urgent.
func (o *oracle) lost(d *tertial.Dossier, rows []oracleRow, until tertial.Date) []string {
	told := map[mail]int{} // how urgent
	for _, r := range rows {
		told[mail{r.Day, r.To}] = slices.Index(urgency, tertial.Kind(r.Kind))
	}
	var all []string
	for _, n := range o.list(d, o.firstSend(d.Activated), until) {
		from, to := o.window(n)
		if to.After(until) {
			continue
		}
		for _, p := range d.Parties {
			readers := map[string]bool{}
			for day := from; !day.After(to); day = day.AddDays(1) {
				for _, reader := range o.readersOf(d, p, n, day) {
					readers[reader.Email] = true
				}
			}
			reached := len(readers) == 0
			for day := from; !day.After(to); day = day.AddDays(1) {
				for reader := range readers {
					as, has := told[mail{day.String(), reader}]
					reached = reached || has && as <= slices.Index(urgency, n.kind)
				}
			}
			if !reached {
				all = append(all, fmt.Sprintf("lost: %s %s %v, %s %d", n.kind, n.event, n.on, p.Part, p.Role.ID))
			}
		}
	}
	return all
}

// groundless lists rows that no notice of their kind accounts for.
func (o *oracle) groundless(d *tertial.Dossier, rows []oracleRow, until tertial.Date) []string {
	list := o.list(d, o.firstSend(d.Activated), until)
	var all []string
	for _, r := range rows {
		day := date(r.Day)
		grounded := r.Kind == "assigned" || slices.ContainsFunc(list, func(n dated) bool {
			if string(n.kind) != r.Kind || n.event != r.Event {
				return false
			}
			from, to := o.window(n)
			return !day.Before(from) && !day.After(to) &&
				slices.ContainsFunc(d.Parties, func(p tertial.Party) bool {
					return slices.ContainsFunc(o.readersOf(d, p, n, day), func(x *tertial.Person) bool { return x.Email == r.To })
				})
		})
		if !grounded || !o.workday(day) {
			all = append(all, fmt.Sprintf("groundless: %+v", r))
		}
	}
	return all
}

func TestWhereReadersOfAllKindsGiveWayToEachOtherNothingIsLostAndNothingInvented(t *testing.T) {
	wheel := defaultWheel(t)
	for _, c := range []struct {
		name string
		has  traits
	}{
		{"people are away", traits{weekly: true, absences: true}},
		{"roles change hands", traits{weekly: true, changes: true}},
		{"both, and after reopening", traits{weekly: true, changes: true, absences: true, reopened: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				g := drawOrganisation(rt, t, wheel, c.has)
				g.actions = g.actions[:1]
				d, o, until := &g.actions[0], g.oracle(), date(organisationEnd)
				rows := g.planned()
				wrong := append(o.lost(d, rows, until), o.groundless(d, rows, until)...)
				had := map[mail]bool{}
				for _, r := range rows {
					if had[mail{r.Day, r.To}] {
						wrong = append(wrong, fmt.Sprintf("two rows a day: %+v", r))
					}
					had[mail{r.Day, r.To}] = true
					if r.Late {
						wrong = append(wrong, fmt.Sprintf("late: %+v", r))
					}
				}
				if len(wrong) > 0 {
					rt.Fatalf("%v%s", g, strings.Join(wrong, "\n"))
				}
			})
		})
	}
}
