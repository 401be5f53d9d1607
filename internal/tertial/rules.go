package tertial

import "time"

// Rules say when people are told; the configuration's reminders, checkpoints and coordinator.
type Rules struct {
	Zone      *time.Location
	SendAt    Clock // first moment of a day at which mail goes
	SendUntil Clock // from this moment on no more that day
	// LeadDays are days before the due date, by priority; 0 is the day itself.
	LeadDays map[Priority][]int
	// EveryDays is the interval between overdue notices.
	EveryDays int
	// EscalateAfter is days after the due date, by priority; absent is never.
	EscalateAfter map[Priority]int
	// CheckpointLeads are days before a report event.
	CheckpointLeads []int
	// Coordinator is the key of the coordinator's role, CoordinatorEmail who is
	// told when nobody holds it.
	Coordinator      string
	CoordinatorEmail string
	// Language is the instance's: "sv" or "en".
	Language string
}

// Today returns the civil date of now in the rules' zone.
func (r *Rules) Today(now time.Time) Date { return DateIn(now, r.Zone) }

// SendTime returns the instant at which the mail of the day d goes.
func (r *Rules) SendTime(d Date) time.Time { return d.At(r.SendAt, r.Zone) }

// SendEnd returns the instant from which on no more mail of the day d goes.
func (r *Rules) SendEnd(d Date) time.Time { return d.At(r.SendUntil, r.Zone) }

// Through returns the last day whose send time has come at now.
func (r *Rules) Through(now time.Time) Date {
	today := r.Today(now)
	if now.Before(r.SendTime(today)) {
		return today.AddDays(-1)
	}
	return today
}

// Stamp says who changes something now, by which way.
func (r *Rules) Stamp(by, via string, now time.Time) Stamp {
	return Stamp{By: by, Via: via, At: now, Through: r.Through(now)}
}
