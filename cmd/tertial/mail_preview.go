package main

import (
	"context"
	"fmt"
	"slices"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// mailPreview shows a mail that has yet to come.
type mailPreview struct {
	Person string `arg:"" optional:"" help:"The person's address."`
	Ref    string `placeholder:"REF" help:"The next mail that is about this action."`
	asOf
}

func (mailPreview) forms() []format { return []format{asJSON} }

// Run finds the first mail in the plan that is meant, and shows it.
func (v *mailPreview) Run(ctx context.Context, p *program) error {
	if v.Person == "" && v.Ref == "" {
		return usageError("name a person by address, or an action with --ref")
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		to, err := v.known(ctx, h)
		if err != nil {
			return err
		}
		key, err := v.next(ctx, p, h, to)
		if err != nil {
			return err
		}
		m, err := h.composed(ctx, p, key)
		if err != nil {
			return err
		}
		p.tell("%s, to %s, as things stand:", dayShown(m.Day), m.To)
		return p.showMail(ctx, h, m)
	})
}

// next finds the first mail that is meant: of the coming weeks, or else of the year.
func (v *mailPreview) next(ctx context.Context, p *program, h *house, to string) (mailKey, error) {
	for _, months := range []int{1, 12} {
		plan, err := h.plan(ctx, p, h.today, h.today.AddMonths(months))
		if err != nil {
			return mailKey{}, err
		}
		for i := range plan.Mails {
			if m := &plan.Mails[i]; (to == "" || m.To == to) && (v.Ref == "" || m.about(v.Ref)) {
				return mailKey{m.Date, m.To}, nil
			}
		}
	}
	return mailKey{}, fmt.Errorf("%w: no such mail is planned within a year", tertial.ErrNotFound)
}

// known returns the address that is meant; the person and the action must be there.
func (v *mailPreview) known(ctx context.Context, h *house) (string, error) {
	if v.Ref != "" {
		if _, err := h.store.Action(ctx, v.Ref); err != nil {
			return "", err
		}
	}
	if v.Person == "" {
		return "", nil
	}
	address, err := gap.Address(v.Person)
	if err != nil {
		return "", err
	}
	if address == h.rules.CoordinatorEmail {
		return address, nil
	}
	x, err := h.store.Person(ctx, address)
	return x.Email, err
}

// composed is the planned mail as the outbox will have it.
func (h *house) composed(ctx context.Context, p *program, key mailKey) (*tertial.Message, error) {
	m := &tertial.Message{
		Kind: tertial.Reminder, To: key.to, State: tertial.MessageQueued, Day: key.day,
		Created: tertial.Instant{Time: h.rules.SendTime(key.day)},
	}
	var missed []tertial.Item
	err := h.rows(ctx, p, key.day, func(r *reminderRow) {
		if r.key != key {
			return
		}
		m.Name, m.Language = r.reader.Name, r.reader.Language
		if r.missed {
			missed = append(missed, r.item)
		} else {
			m.Items = append(m.Items, r.item)
		}
	})
	for _, x := range missed {
		if !slices.ContainsFunc(m.Items, func(y tertial.Item) bool { return y.Ref == x.Ref }) {
			m.Items = append(m.Items, x)
		}
	}
	slices.SortStableFunc(m.Items, func(a, b tertial.Item) int { return byUrgency(rowOf(&a), rowOf(&b)) })
	return m, err
}
