package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// maxSteps is more than any plan has, and less than any page or mail can bear.
const maxSteps = 2000

// actionSteps works on the checklist of one action.
type actionSteps struct {
	Ref  string   `arg:"" help:"The action, as 2024-7.2."`
	What string   `arg:"" optional:"" enum:"list,add,done,undo,remove,import" default:"list" help:"${enum}."`
	Args []string `arg:"" optional:"" name:"argument" help:"TITLE to add; N, the number of a step, to tick (done), untick (undo) or remove; FILE to import, one step a line, - for standard input."`
	asOf
}

func (actionSteps) forms() []format { return []format{asJSON} }

// Run lists the steps, or changes them and lists them.
func (v *actionSteps) Run(ctx context.Context, p *program) error {
	if v.What == "list" {
		if len(v.Args) > 0 {
			return usageError("list takes no more: %q", cut(v.Args[0], 80))
		}
		return p.house(ctx, v.asOf, func(h *house) error {
			a, err := h.action(ctx, v.Ref)
			if err != nil {
				return err
			}
			return p.showSteps(a)
		})
	}
	edit, err := v.change(p)
	if err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		a, err := h.store.EditAction(ctx, h.stamp, v.Ref, 0, edit)
		if err != nil {
			return err
		}
		return p.showSteps(&a)
	})
}

// change is what is to be done to the steps.
func (v *actionSteps) change(p *program) (func(*tertial.Action) error, error) {
	arg := strings.Join(v.Args, " ")
	switch v.What {
	case "add":
		if gap.Clean(arg) == "" {
			return nil, usageError("add wants the TITLE of the step")
		}
		return func(a *tertial.Action) error { return addSteps(a, []string{arg}) }, nil
	case "import":
		if len(v.Args) != 1 {
			return nil, usageError("import wants one FILE, or - for standard input")
		}
		data, _, err := p.readInput(arg)
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(data) {
			return nil, &failure{code: exitRefused, err: errors.New("the file is not UTF-8"), hint: "save it as UTF-8 text"}
		}
		lines := strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' || r == '\r' })
		return func(a *tertial.Action) error { return addSteps(a, lines) }, nil
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 {
		return nil, usageError("%s wants N, the number of a step in the list", v.What)
	}
	return func(a *tertial.Action) error {
		if n > len(a.Steps) {
			return fmt.Errorf("%w: %s has %s, and none is number %d", tertial.ErrNotFound, a.Ref, plural(len(a.Steps), "step"), n)
		}
		if v.What == "remove" {
			a.Steps = slices.Delete(slices.Clone(a.Steps), n-1, n)
			return nil
		}
		a.Steps[n-1].Done = v.What == "done"
		return nil
	}, nil
}

// showSteps lists the steps by number.
func (p *program) showSteps(a *tertial.Action) error {
	a.Normalise()
	if p.Output == asJSON {
		return p.json(map[string][]tertial.Step{"steps": a.Steps})
	}
	if len(a.Steps) == 0 {
		p.tell("%s has no steps: tertial action steps %s add TITLE", a.Ref, a.Ref)
		return nil
	}
	p.printf("%s  %s\n", a.Ref, a.Title)
	p.printSteps(a)
	return nil
}

// addSteps adds titles; one that is there already is left out, so that a file can be imported again.
func addSteps(a *tertial.Action, titles []string) error {
	have := map[string]bool{}
	for _, s := range a.Steps {
		have[strings.ToLower(s.Title)] = true
	}
	for _, title := range cleaned(titles) {
		title = gap.Clean(strings.TrimLeft(title, "\ufeff-–•* "))
		key := strings.ToLower(title)
		if title == "" || have[key] {
			continue
		}
		if len([]rune(title)) > maxTitle {
			return fmt.Errorf("%w: a step has %d characters; %d are the most", tertial.ErrInvalid, len([]rune(title)), maxTitle)
		}
		have[key] = true
		a.Steps = append(a.Steps, tertial.Step{Title: title})
	}
	if len(a.Steps) > maxSteps {
		return fmt.Errorf("%w: %d steps; %d are the most", tertial.ErrInvalid, len(a.Steps), maxSteps)
	}
	return nil
}
