package policy

import (
	"slices"
	"time"

	"tertial/internal/tertial"
)

// Planned is one row of one mail that will go out.
type Planned struct {
	Date tertial.Date
	To   tertial.Reader
	Item tertial.Item
}

// Plan returns the rows that will go out about one action from the first send time on
// or after now up to the day to, in order of days, if nothing is answered and
// nothing changes meanwhile. The dossier is not changed.
func (p *Policy) Plan(d *tertial.Dossier, reg *tertial.Register, now time.Time, to tertial.Date) []Planned {
	var plan []Planned
	ahead := *d
	ahead.Notices = slices.Clone(d.Notices)
	day := later(p.FirstSend(now), p.cal.First(d.Looked.AddDays(1)))
	for !day.After(to) {
		ruling := p.sit(&ahead, reg, day)
		for _, row := range ruling.Rows {
			plan = append(plan, Planned{Date: day, To: row.To, Item: row.Item})
		}
		if ruling.Next.IsZero() {
			break
		}
		advance(&ahead, ruling)
		day = p.rules.Today(ruling.Next)
	}
	return plan
}

// advance applies a ruling to a dossier as the store does: what stays of the notices
// is what is owed, and what went before its day.
func advance(d *tertial.Dossier, r tertial.Ruling) {
	d.Looked, d.Escalated, d.Informed = r.Looked, r.Escalated, r.Informed
	for _, n := range r.Notices {
		if n.ID == 0 {
			n.ID = -int64(len(d.Notices)) - 1 // any that is not taken
			d.Notices = append(d.Notices, n)
			continue
		}
		for i := range d.Notices {
			if d.Notices[i].ID == n.ID {
				d.Notices[i] = n
			}
		}
	}
	var kept int64
	d.Notices = slices.DeleteFunc(d.Notices, func(n tertial.Notice) bool {
		return n.State != tertial.Owed && !n.On.After(d.Looked)
	})
	for i := range d.Notices {
		kept--
		d.Notices[i].ID = kept
	}
}
