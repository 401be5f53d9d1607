package main

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// maxTitle is what a subject line and a table can bear.
const maxTitle = 200

// actionAdd adds an action by hand.
type actionAdd struct {
	Title       string           `required:"" help:"What is to be done."`
	Clause      []string         `required:"" sep:"none" help:"Clause whose gap it closes (repeatable)."`
	Responsible []string         `sep:"none" placeholder:"ROLE" help:"Role that does it (repeatable)."`
	Contributor []string         `sep:"none" placeholder:"ROLE" help:"Role that helps (repeatable)."`
	FollowUp    []string         `sep:"none" placeholder:"ROLE" help:"Role that follows up (repeatable)."`
	Priority    tertial.Priority `default:"none" help:"high, medium, low or none."`
	Due         tertial.Date     `xor:"when" placeholder:"DATE" help:"When it is due."`
	Timing      string           `xor:"when" placeholder:"PHRASE" help:"When it is due, in words."`
	PlanYear    *int             `placeholder:"YEAR" help:"Year of the plan it belongs to (default: the year of --as-of)."`
	Description string           `placeholder:"TEXT" help:"More about it."`
	Step        []string         `sep:"none" placeholder:"TITLE" help:"One step of it (repeatable)."`
	asOf
}

func (actionAdd) forms() []format { return []format{asJSON} }

// Run adds it.
func (v *actionAdd) Run(ctx context.Context, p *program) error {
	if err := checkDue(v.Due); err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		year, err := h.planYear(v.PlanYear)
		if err != nil {
			return err
		}
		p.tellYear(h.settings, v.PlanYear)
		draft, err := v.draft(h, year)
		if err != nil {
			return err
		}
		a, err := h.store.AddAction(ctx, h.stamp, draft)
		if err != nil {
			return err
		}
		p.tellPast(v.Due, h.today)
		return p.changed(&a, "added")
	})
}

// draft makes the action of the flags.
func (v *actionAdd) draft(h *house, year int) (tertial.Action, error) {
	a := tertial.Action{
		Status: tertial.Open, Priority: v.Priority, PlanYear: year, Dated: h.today,
		Description: gap.Clean(v.Description), Created: tertial.Instant{Time: h.now},
	}
	for _, title := range cleaned(v.Step) {
		a.Steps = append(a.Steps, tertial.Step{Title: title})
	}
	var err error
	if a.Clauses, err = clauses("--clause", v.Clause); err != nil {
		return a, err
	}
	if err := setTitle(&a, v.Title); err != nil {
		return a, err
	}
	if err := setParties(&a, v.Responsible, v.Contributor, v.FollowUp); err != nil {
		return a, err
	}
	a.Timing = timing.Parse(gap.Clean(v.Timing), year, h.today, h.wheel)
	if !v.Due.IsZero() {
		if err := a.Confirm(v.Due, false); err != nil {
			return a, err
		}
	}
	a.AskOfTiming(h.today)
	a.AskOfParties()
	a.Normalise()
	return a, nil
}

// setTitle gives the action a title that a mail's subject can bear.
func setTitle(a *tertial.Action, title string) error {
	title = gap.Clean(title)
	switch n := utf8.RuneCountInString(title); {
	case n == 0:
		return usageError("--title is empty")
	case n > maxTitle:
		return usageError("--title has %d characters; %d are the most: the rest belongs in --description", n, maxTitle)
	}
	a.Title = title
	return nil
}

// setParties gives the action the roles of the flags that are given; a flag with "" alone names none.
func setParties(a *tertial.Action, responsible, contributors, followUp []string) error {
	for _, part := range []struct {
		flag  string
		given []string
		set   *[]string
	}{
		{"--responsible", responsible, &a.Responsible}, {"--contributor", contributors, &a.Contributors}, {"--follow-up", followUp, &a.FollowUp},
	} {
		if part.given == nil {
			continue
		}
		list, err := roles(part.flag, part.given)
		if err != nil {
			return err
		}
		*part.set = list
	}
	return nil
}

// actionEdit changes what is given and leaves the rest.
type actionEdit struct {
	Ref         string            `arg:"" help:"The action, as 2024-7.2."`
	Title       *string           `help:"What is to be done."`
	Responsible []string          `sep:"none" placeholder:"ROLE" help:"Roles that do it, in place of those before (repeatable; \"\" for none)."`
	Contributor []string          `sep:"none" placeholder:"ROLE" help:"Roles that help, likewise."`
	FollowUp    []string          `sep:"none" placeholder:"ROLE" help:"Roles that follow up, likewise."`
	Priority    *tertial.Priority `help:"high, medium, low or none."`
	Start       *tertial.Date     `placeholder:"DATE" help:"When it starts."`
	Due         *tertial.Date     `placeholder:"DATE" help:"When it is due."`
	Description *string           `placeholder:"TEXT" help:"More about it."`
	IfVersion   int               `name:"version" placeholder:"N" help:"Refuse if the action is no longer at this version."`
	asOf
}

func (actionEdit) forms() []format { return []format{asJSON} }

// Run changes it.
func (v *actionEdit) Run(ctx context.Context, p *program) error {
	if v.unchanged() {
		return usageError("say what to change")
	}
	if v.Due == nil {
		return p.editAction(ctx, v.asOf, v.Ref, v.IfVersion, "changed", v.edit)
	}
	if err := checkDue(*v.Due); err != nil {
		return err
	}
	return p.editAction(ctx, v.asOf, v.Ref, v.IfVersion, "changed", func(h *house, a *tertial.Action) error {
		p.tellPast(*v.Due, h.today)
		return v.edit(h, a)
	})
}

func (v *actionEdit) unchanged() bool {
	return v.Title == nil && v.Responsible == nil && v.Contributor == nil && v.FollowUp == nil &&
		v.Priority == nil && v.Start == nil && v.Due == nil && v.Description == nil
}

func (v *actionEdit) edit(_ *house, a *tertial.Action) error {
	if v.Title != nil {
		if err := setTitle(a, *v.Title); err != nil {
			return err
		}
	}
	if err := setParties(a, v.Responsible, v.Contributor, v.FollowUp); err != nil {
		return err
	}
	if v.Responsible != nil {
		a.AskOfParties()
	}
	if v.Priority != nil {
		a.Priority = *v.Priority
	}
	if v.Description != nil {
		a.Description = gap.Clean(*v.Description)
	}
	return v.editDates(a)
}

// editDates sets start and due; a due date that is given is confirmed.
func (v *actionEdit) editDates(a *tertial.Action) error {
	if v.Start != nil {
		a.Timing.Start = *v.Start
	}
	if v.Due != nil {
		if v.Start != nil && v.Start.After(*v.Due) {
			return usageError("--start %s lies after --due %s", *v.Start, *v.Due)
		}
		return a.Confirm(*v.Due, false)
	}
	if due := a.Timing.Due; !due.IsZero() && a.Timing.Start.After(due) {
		return usageError("--start %s lies after the due date %s", a.Timing.Start, due)
	}
	return nil
}

// editAction loads, changes and stores one action, and shows what it has become.
func (p *program) editAction(ctx context.Context, at asOf, ref string, version int, what string, edit func(*house, *tertial.Action) error) error {
	return p.house(ctx, at, func(h *house) error {
		a, err := h.store.EditAction(ctx, h.stamp, ref, version, func(a *tertial.Action) error { return edit(h, a) })
		if err != nil {
			return err
		}
		return p.changed(&a, what)
	})
}

// actionMerge makes two actions one.
type actionMerge struct {
	Ref   string `arg:"" help:"The action that stays."`
	Other string `arg:"" help:"The action that goes up in it."`
	asOf
}

func (actionMerge) forms() []format { return []format{asJSON} }

// Run merges them.
func (v *actionMerge) Run(ctx context.Context, p *program) error {
	if strings.EqualFold(v.Ref, v.Other) {
		return usageError("%s cannot be merged with itself", v.Ref)
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		a, err := h.store.MergeActions(ctx, h.stamp, v.Ref, v.Other)
		if err != nil {
			return err
		}
		return p.changed(&a, fmt.Sprintf("has taken up %s", v.Other))
	})
}
