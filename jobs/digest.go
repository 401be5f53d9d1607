package jobs

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/policy"
	"tertial/internal/tertial"
)

// OccasionStore is what digest and summary need of the database.
type OccasionStore interface {
	// Created is when the database was made: occasions before are nobody's.
	Created(ctx context.Context) (time.Time, error)
	// HasMessage reports whether the occasion has its mail, to whomever.
	HasMessage(ctx context.Context, kind tertial.MessageKind, key string) (bool, error)
	// Register is who holds the roles, by their keys.
	Register(ctx context.Context, roleKeys []string) (*tertial.Register, map[string]int64, error)
	// Enqueue queues messages; one that is there already (kind, address, key) is passed over.
	Enqueue(ctx context.Context, stamp tertial.Stamp, m []tertial.Message) (added int, err error)
}

// DigestStore is what digest needs of the database.
type DigestStore interface {
	OccasionStore
	// Figures counts the actions on a day: total, by clause, by priority.
	Figures(ctx context.Context, asOf tertial.Date) (tertial.Digest, error)
}

// Digest mails management the state of the work on each report event's digest date.
type Digest struct {
	Store        DigestStore
	Policy       *policy.Policy
	Wheel        *calendar.Wheel
	Rules        tertial.Rules
	Role         string // name of the role that reads it
	Organisation string
}

// CatchUp is for how many days after its own a digest still goes that was missed.
const CatchUp = 60

// Run queues the digests whose day has come and that have not been queued.
func (j *Digest) Run(ctx context.Context, now time.Time) (Result, error) {
	var r Result
	if !j.Policy.Open(now) {
		return r, nil
	}
	created, err := j.Store.Created(ctx)
	if err != nil {
		return r, fmt.Errorf("looking for digests: %w", err)
	}
	today := j.Rules.Today(now)
	from := today.AddDays(-CatchUp)
	if first := j.Rules.Today(created); first.After(from) {
		from = first
	}
	for _, o := range Digests(j.Wheel, from, today) {
		if err := j.queue(ctx, &r, o, today, now); err != nil {
			return r, fmt.Errorf("queueing the digest %s: %w", o.Key, err)
		}
	}
	return r, nil
}

func (j *Digest) queue(ctx context.Context, r *Result, o Occasion, today tertial.Date, now time.Time) error {
	if there, err := j.Store.HasMessage(ctx, o.Kind, o.Key); err != nil || there {
		return err
	}
	digest, err := j.Store.Figures(ctx, today)
	if err != nil {
		return err
	}
	e := o.Event
	digest.Event, digest.EventName, digest.Year, digest.EventDate = e.Key, e.Name, e.Year, e.Date
	digest.From, digest.To, digest.AsOf, digest.Organisation = e.From, e.To, today, j.Organisation
	return enqueue(ctx, j.Store, j.Policy, &r.Composed, tertial.RoleKey(j.Role), j.Rules.Stamp("digest", "digest", now), func(m *tertial.Message) {
		m.Kind, m.Key, m.Day, m.Digest = o.Kind, o.Key, today, &digest
	})
}

// enqueue queues one message for every reader of a role.
func enqueue(ctx context.Context, store OccasionStore, p *policy.Policy, queued *int, role string, stamp tertial.Stamp, fill func(*tertial.Message)) error {
	reg, ids, err := store.Register(ctx, []string{role})
	if err != nil {
		return err
	}
	var messages []tertial.Message
	var m tertial.Message
	fill(&m)
	for _, reader := range p.Readers(reg, ids[role], m.Day) {
		m := m
		m.To, m.Name, m.Language = reader.Email, reader.Name, reader.Language
		m.Created = tertial.Instant{Time: stamp.At}
		messages = append(messages, m)
	}
	n, err := store.Enqueue(ctx, stamp, messages)
	*queued += n
	return err
}
