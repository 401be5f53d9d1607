package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tertial/internal/tertial"
)

// The oracle is R1–R7 written a second time, from the text alone and as plainly as can be: for each day, for each
// role of an action, for each thing that the rules date, is this the day that its reader gets it? It shares neither the
// schedule nor the calendar with the package. It speaks of a year in which nothing is answered and no day is missed.
//
// What the text leaves open, and how it is read here:
//
//  1. R1 "the first send time after activation": 07:30 itself still counts, as in "from the first send time on or after
//     now" (§ 9). Send times are of workdays only. That day is called A below.
//  2. R1 "dated on or before that day": dated by R2–R5, before R7 moves anything for a weekly reader; that day is A for
//     everybody, also where a weekly reader's own assigned goes on a later Monday.
//  3. R1, reopened: no assigned goes, and what is dated on or before A is dropped all the same: the sentence makes no
//     exception (but see reopenedKeeps). Who comes to hold a role between the reopening and A is assigned it on A.
//  4. R1 "comes to hold a role later": later than the activation, by day; dated on the first workday of the holding. Who
//     has one responsible role of the action comes to nothing new with another; who comes back after a workday
//     without any is assigned anew. A role that falls vacant is nobody's to come to: the coordinator, who reads in its
//     stead from then on, is assigned nothing. A role that is vacant on A is assigned to the coordinator, as R6 says of
//     everything.
//  5. R1 "a deputy does not" means: not for becoming the deputy. What is assigned to somebody who is away is read by
//     the deputy like anything else (R6).
//  6. R2 "contributors get upcoming only", and of R2's kinds alone: no checkpoint, no assigned. R5, R3 and R4 are of
//     responsible holders ("Per person who holds a responsible role").
//  7. R4 "the holder's manager": of whoever holds the role that day, also when a deputy reads the holder's mail. A
//     manager who is away is stood in for as R6 says of all recipients. Nobody is their own manager.
//  8. R5 "its date after activation": after the civil date of the activation.
//  9. R6 "none → ISAM": where the deputies end, or go in a circle. ISAM is the first of several who is there, or has a
//     deputy who is (docs/decisions.md 8). Where that is nobody, "nobody is ISAM": coordinator.email.
//  10. R7 "weekly people" are readers: a deputy's own frequency decides. The address in coordinator.email is daily.
//  11. R7 "stay where that is not after activation": by day, the civil date of the activation. Activated on a Monday
//     before 07:30, that Monday is not after it; activated on a Saturday, the Monday is, and what moves there shares A's
//     row with assigned (it is dated later, so R1 does not drop it).
//  12. A row's due is the action's, whatever its kind; its event is a checkpoint's only.
//  13. Quiets: see oracle_quiet_test.go.
//  14. R9 "notices of the new one dated on or before that day": the day of the change counts whatever its hour. R7's
//     "after activation" is read as "after activation or the change" for them.
type oracle struct {
	rules   tertial.Rules
	closed  func(tertial.Date) bool // the organisation's own days off
	reports []tertial.Occurrence
	reg     *tertial.Register
	known   map[tertial.Date]bool // workdays that have been asked for

	// reopenedKeeps is settled in docs/decisions.md. By the letter of R1 what is "dated on or before that day" is dropped after
	// every activation, and reopening is one; the package lets what is dated on that very day go, since nothing else does.
	reopenedKeeps bool
}

// oracleRow is one row of one mail.
type oracleRow struct {
	Day, To, Ref, Kind, Event, Due string
	Late                           bool
}

func compareRows(a, b oracleRow) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
}

// dated is something that R1–R5 date.
type dated struct {
	kind  tertial.Kind
	on    tertial.Date
	event string
	floor tertial.Date // a weekly reader's Monday must be later
}

// rows lists what goes about one action up to the day until.
func (o *oracle) rows(d *tertial.Dossier, until tertial.Date) []oracleRow {
	first := o.firstSend(d.Activated)
	list := o.list(d, first, until)
	came := map[int64]tertial.Date{} // since when the responsible people have been so
	var rows []oracleRow
	for day := first; !day.After(until); day = day.AddDays(1) {
		if !o.workday(day) {
			continue
		}
		best := map[string]dated{} // by address: one row a reader
		add := func(readers []*tertial.Person, n dated) {
			for _, r := range readers {
				old, have := best[r.Email]
				if o.heard(d, n, r, day) && (!have || slices.Index(urgency, n.kind) < slices.Index(urgency, old.kind)) {
					best[r.Email] = n
				}
			}
		}
		o.assign(d, first, day, came, add)
		o.remind(d, day, func(r *tertial.Person, n dated) { add([]*tertial.Person{r}, n) })
		for _, p := range d.Parties {
			readers, escalated := o.recipients(p, day), o.escalated(d, p, day)
			for _, n := range list {
				if n.on.Before(day.AddDays(-60)) || n.on.After(day.AddDays(7)) { // no move is so long
					continue
				}
				switch {
				case n.kind == "escalation":
					add(escalated, n)
				case p.Part == tertial.Responsible, p.Part == tertial.Contributor && n.kind == "upcoming":
					add(readers, n)
				}
			}
		}
		for to, n := range best {
			rows = append(rows, oracleRow{Day: day.String(), To: to, Ref: d.Action.Ref, Kind: string(n.kind), Event: n.event,
				Due: d.Action.Timing.Due.String()})
		}
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

// urgency is R7's list.
var urgency = []tertial.Kind{"escalation", "overdue", "due", "upcoming", "checkpoint", "assigned"}

// list is everything that R2–R5 date, but for what R1 and R9 drop.
func (o *oracle) list(d *tertial.Dossier, first, until tertial.Date) []dated {
	a, r := &d.Action, &o.rules
	var list []dated
	add := func(kind tertial.Kind, on, since tertial.Date, event string) {
		drop := first
		if d.Reopened && o.reopenedKeeps {
			drop = drop.AddDays(-1)
		}
		if on.After(drop) && on.After(since) {
			list = append(list, dated{kind, on, event, latest(since, tertial.DateIn(d.Activated, r.Zone))})
		}
	}
	if due := a.Timing.Due; !due.IsZero() {
		for _, lead := range r.LeadDays[a.Priority] { // R2
			kind := tertial.Kind("upcoming")
			if lead == 0 {
				kind = "due"
			}
			add(kind, o.onOrBefore(due.AddDays(-lead)), d.DueSince, "")
		}
		for n := due.AddDays(1); !n.After(until); n = n.AddDays(r.EveryDays) { // R3
			add("overdue", o.onOrAfter(n), d.DueSince, "")
		}
		days, ever := r.EscalateAfter[a.Priority] // R4
		if ever && (a.Timing.Certainty == "exact" || a.Timing.Certainty == "confirmed") {
			add("escalation", o.onOrAfter(due.AddDays(days)), d.DueSince, "")
		}
	}
	for _, e := range o.reports { // R5
		if e.To.Before(a.Timing.Start) || !e.Date.After(tertial.DateIn(d.Activated, r.Zone)) {
			continue
		}
		for _, lead := range r.CheckpointLeads {
			add("checkpoint", o.onOrBefore(e.Date.AddDays(-lead)), e.Since, e.Key)
		}
	}
	return list
}

// goes is R7: the day on which a reader gets something.
func (o *oracle) goes(n dated, reader *tertial.Person) tertial.Date {
	if reader.Frequency != tertial.Weekly {
		return n.on
	}
	switch n.kind {
	case "upcoming", "due", "checkpoint":
		if monday := o.onOrAfter(monday(n.on)); monday.After(n.floor) {
			return monday
		}
		return n.on
	default:
		day := n.on
		for o.onOrAfter(monday(day)) != day {
			day = o.onOrAfter(day.AddDays(1))
		}
		return day
	}
}

func monday(d tertial.Date) tertial.Date {
	for d.Weekday() != time.Monday {
		d = d.AddDays(-1)
	}
	return d
}

// assign is the rest of R1: who is told that a role of theirs has the action.
func (o *oracle) assign(d *tertial.Dossier, first, day tertial.Date, came map[int64]tertial.Date, add func([]*tertial.Person, dated)) {
	for id := range o.reg.People {
		if !o.responsible(d, id, day) {
			delete(came, id)
			continue
		}
		if _, has := came[id]; !has {
			came[id] = day
		}
		if came[id] != first || !d.Reopened || !o.already(d, id, first) {
			add(o.stand(id, day), dated{kind: "assigned", on: came[id]})
		}
	}
	for _, p := range d.Parties {
		if p.Part == tertial.Responsible && !d.Reopened && len(o.holders(p.Role.ID, first))+len(o.holders(p.Role.ID, day)) == 0 {
			add(o.coordinator(day), dated{kind: "assigned", on: first})
		}
	}
}

// already reports whether the person has been responsible from the activation to its first send day.
func (o *oracle) already(d *tertial.Dossier, id int64, first tertial.Date) bool {
	for day := tertial.DateIn(d.Activated, o.rules.Zone); day.Before(first); day = day.AddDays(1) {
		if !o.responsible(d, id, day) {
			return false
		}
	}
	return true
}

// responsible reports whether the person holds a responsible role of the action.
func (o *oracle) responsible(d *tertial.Dossier, id int64, day tertial.Date) bool {
	return slices.ContainsFunc(d.Parties, func(p tertial.Party) bool {
		return p.Part == tertial.Responsible && slices.Contains(o.holders(p.Role.ID, day), id)
	})
}

func latest(a, b tertial.Date) tertial.Date {
	if a.After(b) {
		return a
	}
	return b
}

// recipients is R6.
func (o *oracle) recipients(p tertial.Party, day tertial.Date) []*tertial.Person {
	holders := o.holders(p.Role.ID, day)
	if len(holders) == 0 {
		return o.coordinator(day)
	}
	var all []*tertial.Person
	for _, id := range holders {
		all = append(all, o.stand(id, day)...)
	}
	return all
}

// escalated is R4's: the managers of the responsible, and those who follow up.
func (o *oracle) escalated(d *tertial.Dossier, p tertial.Party, day tertial.Date) []*tertial.Person {
	holders := o.holders(p.Role.ID, day)
	if p.Part == tertial.Contributor {
		return nil
	}
	if len(holders) == 0 {
		return o.coordinator(day)
	}
	var all []*tertial.Person
	for _, id := range holders {
		if p.Part == tertial.Responsible {
			boss := o.reg.People[id].ManagerID
			if boss == id {
				boss = 0
			}
			id = boss
		}
		all = append(all, o.stand(id, day)...)
	}
	return all
}

func (o *oracle) holders(role int64, day tertial.Date) []int64 {
	var ids []int64
	for _, h := range o.reg.Holdings[role] {
		if h.Covers(day) {
			ids = append(ids, h.PersonID)
		}
	}
	return ids
}

// stand is who reads what is for a person: the person, a deputy, or the coordinators.
func (o *oracle) stand(id int64, day tertial.Date) []*tertial.Person {
	if p := o.present(id, day); p != nil {
		return []*tertial.Person{p}
	}
	return o.coordinator(day)
}

// present follows the deputies to somebody who is there.
func (o *oracle) present(id int64, day tertial.Date) *tertial.Person {
	for range o.reg.People { // more steps than people is a circle
		p := o.reg.People[id]
		if p == nil || !p.Away(day) {
			return p
		}
		id = p.DeputyID
	}
	return nil
}

func (o *oracle) coordinator(day tertial.Date) []*tertial.Person {
	for _, id := range o.holders(o.reg.CoordinatorRole, day) {
		if p := o.present(id, day); p != nil {
			return []*tertial.Person{p}
		}
	}
	if o.rules.CoordinatorEmail != "" {
		return []*tertial.Person{{Email: o.rules.CoordinatorEmail}}
	}
	return nil
}

// The calendar of § 5, by hand.

func (o *oracle) firstSend(at time.Time) tertial.Date {
	for day := tertial.DateIn(at, o.rules.Zone); ; day = day.AddDays(1) {
		y, m, d := day.Civil()
		send := time.Date(y, m, d, 0, int(o.rules.SendAt), 0, 0, o.rules.Zone)
		if o.workday(day) && !send.Before(at) {
			return day
		}
	}
}

func (o *oracle) onOrBefore(d tertial.Date) tertial.Date {
	for !o.workday(d) {
		d = d.AddDays(-1)
	}
	return d
}

func (o *oracle) onOrAfter(d tertial.Date) tertial.Date {
	for !o.workday(d) {
		d = d.AddDays(1)
	}
	return d
}

// easter is looked up, not computed.
var easter = map[int]string{2022: "2022-04-17", 2023: "2023-04-09", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05",
	2027: "2027-03-28", 2028: "2028-04-16"}

func (o *oracle) workday(d tertial.Date) bool {
	is, known := o.known[d]
	if !known {
		is = o.works(d)
		o.known[d] = is
	}
	return is
}

func (o *oracle) works(d tertial.Date) bool {
	y, m, n := d.Civil()
	switch d.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	case time.Friday:
		if m == time.June && n >= 19 && n <= 25 { // midsommarafton
			return false
		}
	}
	switch d.String()[5:] {
	case "01-01", "01-06", "05-01", "06-06", "12-24", "12-25", "12-26", "12-31":
		return false
	}
	switch d.Sub(date(easter[y])) {
	case -2, 1, 39: // långfredagen, annandag påsk, Kristi himmelsfärds dag
		return false
	}
	return !o.closed(d)
}

// quietByDefault is weeks 27–31 and 12-23..01-06.
func quietByDefault(d tertial.Date) bool {
	_, week := d.Week()
	md := d.String()[5:]
	return week >= 27 && week <= 31 || md >= "12-23" || md <= "01-06"
}

// reportsByDefault are the built-in reports of 2022–2026.
func reportsByDefault() []tertial.Occurrence {
	var all []tertial.Occurrence
	for year := 2022; year <= 2026; year++ {
		y, next := fmt.Sprint(year), fmt.Sprint(year+1)
		all = append(all,
			tertial.Occurrence{Key: "T1", Year: year, To: date(y + "-04-30"), Date: date(y + "-05-08")},
			tertial.Occurrence{Key: "T2", Year: year, To: date(y + "-08-31"), Date: date(y + "-09-06")},
			tertial.Occurrence{Key: "VB", Year: year, To: date(y + "-12-31"), Date: date(next + "-01-15")})
	}
	return all
}
