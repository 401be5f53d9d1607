package main

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"tertial/internal/store"
	"tertial/internal/tertial"
)

// actionVerb is everything about actions.
type actionVerb struct {
	List    actionList    `cmd:"" help:"List the actions."`
	Show    actionShow    `cmd:"" help:"Show one action with everything about it."`
	Add     actionAdd     `cmd:"" help:"Add an action that no import drafted."`
	Edit    actionEdit    `cmd:"" help:"Change an action."`
	Confirm actionConfirm `cmd:"" help:"Answer for the timing of actions: as read, or with a date."`
	Status  actionStatus  `cmd:"" help:"Record a status answer."`
	Start   actionStart   `cmd:"" help:"Say that work has begun."`
	Done    actionDone    `cmd:"" help:"Close an action as done."`
	Reopen  actionReopen  `cmd:"" help:"Take a closed action up again."`
	Cancel  actionCancel  `cmd:"" help:"Close an action that will not be done."`
	Merge   actionMerge   `cmd:"" help:"Make two actions one."`
	Steps   actionSteps   `cmd:"" help:"The steps of an action's checklist."`
}

// actionList lists the actions, all of them unless something narrows it.
type actionList struct {
	Status   []tertial.Status `placeholder:"STATUS" help:"Only those that stand so: open, in_progress, reported_done, done, cancelled, not_applicable."`
	Role     string           `placeholder:"ROLE" help:"Only those in which this role takes part."`
	Clause   string           `placeholder:"CLAUSE" help:"Only those of this clause, or of those below it (7, A.5)."`
	Priority tertial.Priority `placeholder:"PRIORITY" help:"Only those of this priority."`
	PlanYear int              `placeholder:"YEAR" help:"Only those of this plan year."`
	Event    string           `placeholder:"KEY" help:"Only those tied to this event of the wheel."`
	Text     string           `placeholder:"TEXT" help:"Only those that hold this text."`
	Review   bool             `help:"Only those with an open question."`
	Late     bool             `help:"Only those past their due date."`
	Limit    int              `placeholder:"N" help:"At most so many."`
	asOf
}

func (actionList) forms() []format { return []format{asJSON, asCSV} }

// Run lists them.
func (v *actionList) Run(ctx context.Context, p *program) error {
	for _, s := range v.Status {
		if !knownStatus(s) {
			return usageError("--status %q is none: say open, in_progress, reported_done, done, cancelled or not_applicable", cut(string(s), 80))
		}
	}
	if err := checkLimit(v.Limit); err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		l := actionListing()
		if v.narrowed() {
			l.none = "no action matches"
		}
		return l.print(p, h.store.Actions(ctx, v.filter(h)))
	})
}

func knownStatus(s tertial.Status) bool {
	return s == tertial.Open || s == tertial.InProgress || s == tertial.ReportedDone || s.Closed()
}

// narrowed reports whether not every action is asked for.
func (v *actionList) narrowed() bool {
	return len(v.Status) > 0 || v.Role != "" || v.Clause != "" || v.Priority != "" || v.PlanYear != 0 || v.Event != "" ||
		v.Text != "" || v.Review || v.Late
}

func (v *actionList) filter(h *house) store.Filter {
	f := store.Filter{
		Status: v.Status, Owner: v.Role, Clause: v.Clause, Priority: v.Priority, Event: v.Event, PlanYear: v.PlanYear,
		Text: v.Text, Review: v.Review, Limit: v.Limit, AsOf: h.today,
	}
	if v.Late {
		f.Late = h.today
	}
	return f
}

func actionListing() *listing[tertial.Action] {
	return &listing[tertial.Action]{
		key:   "actions",
		table: []column{{"REF", 13}, {"STATUS", 13}, {"PRIO", 6}, {"DUE", 10}, {"RESPONSIBLE", 18}, {"TITLE", 0}},
		line: func(a tertial.Action) []string {
			return []string{a.Ref, standing(&a), string(a.Priority), dueShown(&a), strings.Join(a.Responsible, ", "), a.Title}
		},
		csv: []string{"ref", "clauses", "title", "status", "priority", "responsible", "contributors", "follow_up",
			"timing", "start", "due", "recurrence", "certainty", "events", "review", "steps", "steps_done", "description", "version"},
		cells: func(a tertial.Action) []string {
			t := &a.Timing
			return []string{a.Ref, strings.Join(a.Clauses, ";"), a.Title, string(a.Status), string(a.Priority),
				strings.Join(a.Responsible, ";"), strings.Join(a.Contributors, ";"), strings.Join(a.FollowUp, ";"),
				t.Text, t.Start.String(), t.Due.String(), string(t.Recurrence), string(t.Certainty), strings.Join(t.Events, ";"),
				strings.Join(words(a.Review), ";"), strconv.Itoa(len(a.Steps)), strconv.Itoa(a.StepsDone()), a.Description, strconv.Itoa(a.Version)}
		},
		none: "no actions: import a gap analysis, or add one with tertial action add",
	}
}

// words are the texts of a list of named values.
func words[T ~string](list []T) []string {
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = string(x)
	}
	return texts
}

// standing is the status, or that a question keeps the action from counting.
func standing(a *tertial.Action) string {
	if !a.Status.Closed() && a.Status != tertial.ReportedDone && !a.Active() {
		return "in review"
	}
	return strings.ReplaceAll(string(a.Status), "_", " ")
}

// dueShown is the due date; one that has yet to be confirmed has a question mark in its place.
func dueShown(a *tertial.Action) string {
	switch {
	case !a.Timing.Due.IsZero():
		return a.Timing.Due.String()
	case a.Timing.Certainty == tertial.Unconfirmed:
		return "?"
	}
	return "–"
}

func (p *program) printActions(actions []tertial.Action) {
	l := actionListing()
	t := newTable(p.out, l.table)
	for i := range actions {
		t.row(l.line(actions[i])...)
	}
}

// actionShow shows one action.
type actionShow struct {
	Ref string `arg:"" help:"The action, as 2024-7.2."`
	asOf
}

func (actionShow) forms() []format { return []format{asJSON} }

// Run shows it.
func (v *actionShow) Run(ctx context.Context, p *program) error {
	return p.house(ctx, v.asOf, func(h *house) error {
		a, err := h.action(ctx, v.Ref)
		if err != nil {
			return err
		}
		return p.showAction(a)
	})
}

// action finds one action, and asks who holds its roles on the as-of day.
func (h *house) action(ctx context.Context, ref string) (*tertial.Action, error) {
	a, err := h.store.Action(ctx, ref)
	if err != nil || a.Status.Closed() {
		return &a, err
	}
	keys := make([]string, len(a.Responsible))
	for i, role := range a.Responsible {
		keys[i] = tertial.RoleKey(role)
	}
	reg, ids, err := h.store.Register(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if len(reg.Holders(ids[key], h.today)) == 0 {
			a.Ask(tertial.RoleUnheld)
		}
	}
	return &a, nil
}

// showAction prints the action in the program's form.
func (p *program) showAction(a *tertial.Action) error {
	a.Normalise()
	if p.Output == asJSON {
		return p.json(a)
	}
	p.printf("%s  %s\n", a.Ref, a.Title)
	line := func(name, value string) {
		if value != "" {
			p.printf("  %-13s %s\n", name, value)
		}
	}
	t := &a.Timing
	line("clauses", strings.Join(a.Clauses, ", "))
	line("status", standing(a)+lastAnswer(a))
	line("reason", a.Reason)
	line("priority", string(a.Priority))
	line("responsible", strings.Join(a.Responsible, ", "))
	line("contributors", strings.Join(a.Contributors, ", "))
	line("follow up", strings.Join(a.FollowUp, ", "))
	line("timing", quoted(t.Text))
	line("start", t.Start.String())
	line("due", dueShown(a)+" ("+string(t.Certainty)+")")
	line("recurrence", string(t.Recurrence))
	line("events", strings.Join(t.Events, ", "))
	line("checkpoints", joined(t.Checkpoints, ", "))
	line("why", strings.TrimLeft(paragraph(t.Why, strings.Repeat(" ", 16), tableWidth), " "))
	line("version", strconv.Itoa(a.Version))
	for _, q := range a.Review {
		p.printf("  question      %s\n", toAnswer(q, a.Ref))
	}
	p.printSteps(a)
	if a.Description != "" {
		p.printf("\n%s\n", paragraph(a.Description, "  ", tableWidth-10))
	}
	return nil
}

func lastAnswer(a *tertial.Action) string {
	if a.Progress == "" {
		return ""
	}
	text := ", " + string(a.Progress)
	if a.Note != "" {
		text += ": " + a.Note
	}
	return text
}

// toAnswer says what a question asks, and how it is answered.
func toAnswer(q tertial.Question, ref string) string {
	switch q {
	case tertial.NoResponsible:
		return "nobody is responsible: tertial action edit " + ref + " --responsible ROLE"
	case tertial.TimingUnconfirmed:
		return "when is it due? tertial action confirm " + ref + " --due DATE, or --no-date"
	case tertial.DuePast:
		return "the due date has passed: tertial action confirm " + ref + ", or with --due DATE"
	case tertial.Declined:
		return "is the requirement ours? tertial action confirm " + ref + ", or cancel it with --not-applicable"
	case tertial.RoleUnheld:
		return "nobody holds the role: tertial person add, or edit --role (its mail goes to the coordinator)"
	}
	return string(q)
}

func (p *program) printSteps(a *tertial.Action) {
	if len(a.Steps) == 0 {
		return
	}
	p.printf("  steps         %d of %d done\n", a.StepsDone(), len(a.Steps))
	for i, s := range a.Steps {
		mark := " "
		if s.Done {
			mark = "x"
		}
		p.printf("  %3d [%s] %s\n", i+1, mark, s.Title)
	}
}

// changed prints an action after a change: in a line for people, in full as JSON.
func (p *program) changed(a *tertial.Action, what string) error {
	a.Normalise()
	if p.Output == asJSON {
		return p.json(a)
	}
	p.printf("%s %s: %s\n", a.Ref, what, a.Title)
	for _, q := range a.Review {
		p.printf("  %s\n", toAnswer(q, a.Ref))
	}
	return nil
}

// each runs an iterator over values that cannot fail.
func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}
