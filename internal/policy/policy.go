// Package policy decides, purely, who is owed which notice when: rules R1–R9.
//
// [Policy.Look] is the one place that decides. Given what the database knows
// about an action (a dossier) and about people (a register), it says which
// notices have come, which row each reader gets in the day's mail, what is no
// longer true, and when to look again. [Policy.Plan] calls the same step day
// after day on copies, so a plan is what a day-by-day run would send.
//
// Three words carry the package. An occurrence is a date on which the rules would
// tell something about an action. A slot is a person who holds one of the
// action's roles that day, or a role that nobody holds. The send day of an
// occurrence is the day the rules date it, or where they move it for a weekly reader.
package policy

import (
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Policy applies rules on a calendar and its wheel. It is safe for concurrent use.
type Policy struct {
	rules tertial.Rules
	wheel *calendar.Wheel
	cal   *calendar.Calendar
}

// New returns the policy of an organisation's rules and annual wheel.
func New(rules tertial.Rules, wheel *calendar.Wheel) *Policy {
	return &Policy{rules: rules, wheel: wheel, cal: wheel.Calendar()}
}

// FirstSend returns the day of the first send time on or after at.
func (p *Policy) FirstSend(at time.Time) tertial.Date {
	today := p.rules.Today(at)
	if at.After(p.rules.SendTime(today)) {
		today = today.AddDays(1)
	}
	return p.cal.First(today)
}

// Open reports whether mail of today may go at now: a workday, between send_at and send_until.
func (p *Policy) Open(now time.Time) bool {
	today := p.rules.Today(now)
	return p.cal.IsWorkday(today) && !now.Before(p.rules.SendTime(today)) && now.Before(p.rules.SendEnd(today))
}

// Look decides what is owed about one action at now. Inside the day's window it makes
// out the day's notices, once a day; outside it only says when to look again.
// The dossier is not changed.
func (p *Policy) Look(d *tertial.Dossier, reg *tertial.Register, now time.Time) tertial.Ruling {
	today := p.rules.Today(now)
	if p.Open(now) && d.Looked.Before(today) {
		return p.sit(d, reg, today)
	}
	floor := today
	if !now.Before(p.rules.SendTime(today)) || !d.Looked.Before(today) {
		floor = today.AddDays(1)
	}
	l := p.newLook(d, reg, p.cal.First(floor))
	if !l.concerns() {
		l.voidAll()
		return l.ruling
	}
	l.schedule(d.Looked, l.day)
	return l.ruling
}

// sit makes out the notices of the day.
func (p *Policy) sit(d *tertial.Dossier, reg *tertial.Register, day tertial.Date) tertial.Ruling {
	l := p.newLook(d, reg, day)
	l.ruling.Looked = day
	if !l.concerns() {
		l.voidAll()
		return l.ruling
	}
	l.review()
	l.assign()
	for _, oc := range l.due(l.after(d.Looked), p.endOfWeek(day)) {
		for _, s := range l.slots {
			if l.meant(oc, s) {
				l.decide(oc, s)
			}
		}
	}
	l.rows()
	l.schedule(day, p.cal.First(day.AddDays(1)))
	return l.ruling
}

func (p *Policy) endOfWeek(d tertial.Date) tertial.Date { return d.Monday().AddDays(6) }

// look is one dossier on one day.
type look struct {
	*Policy
	d   *tertial.Dossier
	reg *tertial.Register
	day tertial.Date
	// base is the first send day of the activation. What is dated up to through is dropped.
	activated, base, through tertial.Date
	slots                    []slot
	quiets                   []quiet
	tellings                 []telling
	// relief are days on which somebody may be there to be told of what could not be told today.
	relief []tertial.Date
	ruling tertial.Ruling
}

func (p *Policy) newLook(d *tertial.Dossier, reg *tertial.Register, day tertial.Date) *look {
	l := &look{Policy: p, d: d, reg: reg, day: day}
	l.activated = p.rules.Today(d.Activated)
	l.base = p.FirstSend(d.Activated)
	l.through = l.base
	if d.Reopened {
		l.through = l.base.AddDays(-1)
	}
	l.slots = l.slotsOn(day)
	l.quiets = l.quietsNow()
	l.ruling = tertial.Ruling{ActionID: d.Action.ID, Looked: d.Looked, Escalated: d.Escalated, Informed: d.Informed}
	return l
}

// concerns reports whether anybody is to be told of the action at all.
func (l *look) concerns() bool {
	return l.d.Action.Active() || l.d.Action.Status == tertial.ReportedDone
}

// after returns the day after which occurrences are still to be dealt with.
func (l *look) after(looked tertial.Date) tertial.Date { return later(looked, l.through) }

func later(a, b tertial.Date) tertial.Date {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b tertial.Date) tertial.Date {
	if a.Before(b) {
		return a
	}
	return b
}

// Calendar returns the calendar that the policy goes by.
func (p *Policy) Calendar() *calendar.Calendar { return p.cal }
