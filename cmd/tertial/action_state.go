package main

import (
	"context"
	"errors"

	"tertial/internal/gap"
	"tertial/internal/store"
	"tertial/internal/tertial"
)

// actionConfirm answers for the timing of actions.
type actionConfirm struct {
	Refs   []string     `arg:"" optional:"" name:"ref" help:"The actions."`
	Event  string       `placeholder:"KEY" help:"All open actions tied to this event of the wheel."`
	Due    tertial.Date `xor:"when" placeholder:"DATE" help:"They are due on this day."`
	NoDate bool         `xor:"when" help:"They have no due date, and need none."`
	asOf
}

func (actionConfirm) forms() []format { return []format{asJSON} }

// Run confirms them one by one; those that cannot be confirmed are listed.
func (v *actionConfirm) Run(ctx context.Context, p *program) error {
	if (len(v.Refs) == 0) == (v.Event == "") {
		return usageError("name the actions, or their event with --event KEY")
	}
	if err := checkDue(v.Due); err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		refs, err := v.refs(ctx, h)
		if err != nil {
			return err
		}
		p.tellPast(v.Due, h.today)
		return v.confirm(ctx, p, h, refs)
	})
}

// refs are the actions meant: those named, or those tied to the event.
func (v *actionConfirm) refs(ctx context.Context, h *house) ([]string, error) {
	if v.Event == "" {
		return v.Refs, nil
	}
	if _, ok := h.wheel.Event(v.Event); !ok {
		return nil, errNoEvent(v.Event)
	}
	var refs []string
	f := store.Filter{Event: v.Event, Status: []tertial.Status{tertial.Open, tertial.InProgress, tertial.ReportedDone}}
	for a, err := range h.store.Actions(ctx, f) {
		if err != nil {
			return nil, err
		}
		refs = append(refs, a.Ref)
	}
	return refs, nil
}

func (v *actionConfirm) confirm(ctx context.Context, p *program, h *house, refs []string) error {
	confirmed := []tertial.Action{}
	var first error
	for _, ref := range refs {
		a, err := h.store.EditAction(ctx, h.stamp, ref, 0, func(a *tertial.Action) error { return a.Confirm(v.Due, v.NoDate) })
		if err != nil {
			if len(refs) == 1 {
				return err
			}
			if errors.Is(err, tertial.ErrUnavailable) || ctx.Err() != nil {
				return err
			}
			p.tell("%s: %s", ref, unlabelled(err))
			if first == nil {
				first = err
			}
			continue
		}
		a.Normalise()
		confirmed = append(confirmed, a)
	}
	if err := p.showConfirmed(confirmed); err != nil {
		return err
	}
	switch {
	case first == nil:
		return nil
	case len(confirmed) == 0:
		return silent(exitCode(first))
	}
	return silent(exitPartly)
}

func (p *program) showConfirmed(confirmed []tertial.Action) error {
	if p.Output == asJSON {
		return actionListing().print(p, each(confirmed))
	}
	for i := range confirmed {
		a := &confirmed[i]
		p.printf("%s confirmed, due %s: %s\n", a.Ref, dueShown(a), a.Title)
		for _, q := range a.Review {
			p.printf("  %s\n", toAnswer(q, a.Ref))
		}
	}
	if len(confirmed) == 0 {
		p.tell("nothing was confirmed")
	}
	return nil
}

// actionStatus records a status answer.
type actionStatus struct {
	Ref      string `arg:"" help:"The action, as 2024-7.2."`
	Progress string `arg:"" enum:"on-track,deviates,blocked" help:"How it goes: ${enum}."`
	Note     string `placeholder:"TEXT" help:"More about it."`
	asOf
}

func (actionStatus) forms() []format { return []format{asJSON} }

// Run records it.
func (v *actionStatus) Run(ctx context.Context, p *program) error {
	return p.editAction(ctx, v.asOf, v.Ref, 0, v.Progress, func(h *house, a *tertial.Action) error {
		return a.Report(tertial.Progress(v.Progress), gap.Clean(v.Note), tertial.Instant{Time: h.now})
	})
}

// actionStart says that work has begun.
type actionStart struct {
	Ref string `arg:"" help:"The action, as 2024-7.2."`
	asOf
}

func (actionStart) forms() []format { return []format{asJSON} }

// Run starts it.
func (v *actionStart) Run(ctx context.Context, p *program) error {
	return p.editAction(ctx, v.asOf, v.Ref, 0, "started", func(_ *house, a *tertial.Action) error { return a.Start() })
}

// actionDone closes an action as done.
type actionDone struct {
	Ref  string `arg:"" help:"The action, as 2024-7.2."`
	Note string `required:"" placeholder:"TEXT" help:"What was done, or where the evidence is."`
	asOf
}

func (actionDone) forms() []format { return []format{asJSON} }

// Run closes it.
func (v *actionDone) Run(ctx context.Context, p *program) error {
	return p.editAction(ctx, v.asOf, v.Ref, 0, "done", func(_ *house, a *tertial.Action) error {
		return a.Close(tertial.Done, gap.Clean(v.Note))
	})
}

// actionReopen takes a closed action up again.
type actionReopen struct {
	Ref string `arg:"" help:"The action, as 2024-7.2."`
	asOf
}

func (actionReopen) forms() []format { return []format{asJSON} }

// Run reopens it.
func (v *actionReopen) Run(ctx context.Context, p *program) error {
	return p.editAction(ctx, v.asOf, v.Ref, 0, "reopened", func(_ *house, a *tertial.Action) error { return a.Reopen() })
}

// actionCancel closes an action that will not be done.
type actionCancel struct {
	Ref           string `arg:"" help:"The action, as 2024-7.2."`
	Reason        string `required:"" placeholder:"TEXT" help:"Why."`
	NotApplicable bool   `help:"The requirement is not for us."`
	asOf
}

func (actionCancel) forms() []format { return []format{asJSON} }

// Run closes it.
func (v *actionCancel) Run(ctx context.Context, p *program) error {
	as, what := tertial.Cancelled, "cancelled"
	if v.NotApplicable {
		as, what = tertial.Inapplicable, "not applicable"
	}
	return p.editAction(ctx, v.asOf, v.Ref, 0, what, func(_ *house, a *tertial.Action) error {
		return a.Close(as, gap.Clean(v.Reason))
	})
}
