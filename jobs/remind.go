package jobs

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// RemindStore is what remind needs of the database.
type RemindStore interface {
	// CloseDay ends the reminders whose day is over; their notices are owed again.
	CloseDay(ctx context.Context, now time.Time, day tertial.Date, open bool) (voided int, err error)
	// Look takes a portion of the actions whose look is due through decide, in one transaction.
	Look(ctx context.Context, r tertial.LookRequest, decide func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)) (looked int, err error)
	// Release queues what was composed for the day, once no look is due any more.
	Release(ctx context.Context, now time.Time, day tertial.Date) (released int, err error)
}

// Remind makes out the notices that have come, and composes each reader's message of the day.
type Remind struct {
	Store  RemindStore
	Policy *policy.Policy
	Rules  tertial.Rules
}

// portion is how many actions one transaction of remind takes.
const portion = 1000

// Run looks at every action whose look is due at now. Looks wait for the hours: a day that was missed is then still
// outstanding when something is changed before the next one, and is not taken for settled.
func (j *Remind) Run(ctx context.Context, now time.Time) (Result, error) {
	var r Result
	day, open := j.Rules.Today(now), j.Policy.Open(now)
	var err error
	if r.Voided, err = j.Store.CloseDay(ctx, now, day, open); err != nil {
		return r, fmt.Errorf("closing the days before %s: %w", day, err)
	}
	request := tertial.LookRequest{Now: now, Day: day, Coordinator: j.Rules.Coordinator, Limit: portion,
		NextSend: j.Rules.SendTime(j.Policy.FirstSend(j.Rules.SendTime(day).Add(time.Minute)))}
	for open {
		n, err := j.Store.Look(ctx, request, func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
			return j.decide(&r, ds, reg, now), nil
		})
		if err != nil {
			return r, fmt.Errorf("looking at what is due on %s: %w", day, err)
		}
		r.Looked += n
		if n < portion {
			break
		}
	}
	if open {
		if r.Composed, err = j.Store.Release(ctx, now, day); err != nil {
			return r, fmt.Errorf("queueing the messages of %s: %w", day, err)
		}
	}
	return r, nil
}

// faultPause is how long an action that could not be decided about is left alone.
const faultPause = time.Hour

// decide asks policy about each dossier. One that breaks it does not stop the others.
func (j *Remind) decide(r *Result, ds []tertial.Dossier, reg *tertial.Register, now time.Time) []tertial.Ruling {
	rulings := make([]tertial.Ruling, len(ds))
	for i := range ds {
		rulings[i] = j.look(r, &ds[i], reg, now)
	}
	return rulings
}

func (j *Remind) look(r *Result, d *tertial.Dossier, reg *tertial.Register, now time.Time) (ruling tertial.Ruling) {
	defer func() {
		if p := recover(); p != nil {
			r.Faults = append(r.Faults, fmt.Errorf("deciding about action %d: %v", d.Action.ID, p))
			ruling = tertial.Ruling{ActionID: d.Action.ID, Next: now.Add(faultPause), Looked: d.Looked,
				Escalated: d.Escalated, Informed: d.Informed}
		}
	}()
	return j.Policy.Look(d, reg, now)
}
