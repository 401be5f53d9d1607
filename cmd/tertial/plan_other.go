package main

import (
	"cmp"
	"context"
	"slices"

	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/jobs"
)

// waiting yields the reminders that are in the outbox already: they go out too. One whose day is over before
// anybody takes it is void, and what it held joins the reader's next mail, late.
func (h *house) waiting(ctx context.Context, yield func(*reminderRow)) error {
	next := h.policy.FirstSend(h.now)
	for m, err := range h.store.Messages(ctx, store.MessageFilter{States: underWay(), Kind: tertial.Reminder}) {
		if err != nil {
			return err
		}
		over := m.Day.Before(h.today) || m.Day == h.today && !h.now.Before(h.rules.SendEnd(h.today))
		r := reminderRow{
			key: mailKey{later(m.Day, h.today), m.To}, reader: tertial.Reader{Name: m.Name, Email: m.To, Language: m.Language},
			missed: over && m.State == tertial.MessageQueued,
		}
		if r.missed {
			r.key.day = next
		}
		for _, x := range m.Items {
			r.item = x
			r.item.Late = x.Late || r.missed
			yield(&r)
		}
	}
	return nil
}

func later(a, b tertial.Date) tertial.Date {
	if a.After(b) {
		return a
	}
	return b
}

// planOther adds the digests and summaries of the days from … to: those in the outbox, and those to come.
func (h *house) planOther(ctx context.Context, plan *mailPlan, from, to tertial.Date) error {
	add := func(day tertial.Date, kind tertial.MessageKind, reader, key string) {
		if !day.Before(from) && !day.After(to) {
			plan.Other = append(plan.Other, plannedOther{Date: day, Kind: kind, To: reader, Event: key})
		}
	}
	for m, err := range h.store.Messages(ctx, store.MessageFilter{States: underWay()}) {
		if err != nil {
			return err
		}
		if m.Kind != tertial.Reminder {
			add(m.Day, m.Kind, m.To, m.Key)
		}
	}
	coming, err := h.occasions(ctx, to)
	if err != nil {
		return err
	}
	digest, coordinator := tertial.RoleKey(h.cfg.Digest.Role), h.rules.Coordinator
	reg, ids, err := h.store.Register(ctx, []string{digest, coordinator})
	if err != nil {
		return err
	}
	for _, o := range coming {
		role := ids[digest]
		if o.Kind == tertial.SummaryMail {
			role = ids[coordinator]
		}
		for _, r := range h.policy.Readers(reg, role, o.Date) {
			add(o.Date, o.Kind, r.Email, o.Key)
		}
	}
	slices.SortStableFunc(plan.Other, func(a, b plannedOther) int {
		return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.To, b.To))
	})
	return nil
}

// occasions are the digests and summaries that have yet to be queued, up to the day to. One whose day has come
// goes at once if it is the time of day for mail, else on the next day on which mail goes, as the jobs have it.
func (h *house) occasions(ctx context.Context, to tertial.Date) ([]jobs.Occasion, error) {
	first := h.policy.FirstSend(h.now)
	if h.policy.Open(h.now) {
		first = h.today
	}
	created, err := h.store.Created(ctx)
	if err != nil {
		return nil, err
	}
	missed := first.AddDays(-jobs.CatchUp)
	if made := h.rules.Today(created); made.After(missed) {
		missed = made
	}
	all := jobs.Digests(h.wheel, missed, to)
	all = append(all, jobs.Summaries(h.policy.Calendar(), first.Monday(), to)...)
	coming := all[:0]
	for _, o := range all {
		if !o.Date.After(first) {
			there, err := h.store.HasMessage(ctx, o.Kind, o.Key)
			if err != nil {
				return nil, err
			}
			if there {
				continue
			}
			o.Date = first
		}
		coming = append(coming, o)
	}
	return coming, nil
}
