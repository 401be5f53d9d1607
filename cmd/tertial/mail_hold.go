package main

import (
	"context"
	"errors"

	"tertial/internal/gap"
	"tertial/internal/store"
	"tertial/internal/tertial"
)

// mailRetry queues a message again.
type mailRetry struct {
	ID int64 `arg:"" help:"The message's number in the list."`
	asOf
}

// Run has it tried again; the notices of a reminder join the reader's next mail.
func (v *mailRetry) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		if err := h.store.Retry(ctx, h.stamp, v.ID); err != nil {
			return err
		}
		p.printf("message %d is tried again\n", v.ID)
		return nil
	})
}

// underWay are the states of a message that has not ended.
func underWay() []tertial.MessageState {
	return []tertial.MessageState{tertial.MessageQueued, tertial.MessageSending, tertial.MessageUnknown}
}

// mailHold keeps all mail back.
type mailHold struct {
	Reason string `placeholder:"TEXT" default:"held by hand" help:"Why (default: ${default})."`
	asOf
}

// Run holds. Where mail is held already its first reason stays.
func (v *mailHold) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		err := h.store.Hold(ctx, h.stamp, gap.Clean(v.Reason))
		if errors.Is(err, tertial.ErrRefused) {
			return &failure{code: exitRefused, err: err, hint: "tertial mail release lets it go"}
		}
		if err != nil {
			return err
		}
		p.printf("held: nothing is sent until tertial mail release\n")
		return nil
	})
}

// mailRelease lets mail go again.
type mailRelease struct{ asOf }

// Run releases, after saying what will go.
func (v *mailRelease) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		reason, held, err := h.store.Held(ctx)
		if err != nil {
			return err
		}
		if !held {
			p.printf("nothing is held\n")
			return nil
		}
		n := 0
		for _, err := range h.store.Messages(ctx, store.MessageFilter{States: underWay()}) {
			if err != nil {
				return err
			}
			n++
		}
		if onTerminal(p.err) && n > 0 {
			if err := p.confirmed(plural(n, "message") + " in the queue; let them go?"); err != nil {
				return err
			}
		}
		if err := h.store.Resume(ctx, h.stamp); err != nil {
			return err
		}
		p.printf("released: it was held because of: %s; %s in the queue\n", reason, plural(n, "message"))
		return nil
	})
}
