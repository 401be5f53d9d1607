package main

import (
	"context"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// timingVerb reads one phrase; it needs no database.
type timingVerb struct {
	Phrase   []string `arg:"" help:"The phrase (write -- before one that begins with a dash)."`
	PlanYear *int     `placeholder:"YEAR" help:"Year that the plan is for (default: the year of --as-of)."`
	asOf
}

func (timingVerb) forms() []format { return []format{asJSON} }

// Run prints the reading.
func (v *timingVerb) Run(_ context.Context, p *program) error {
	s, err := p.settings(v.asOf)
	if err != nil {
		return err
	}
	year, err := s.planYear(v.PlanYear)
	if err != nil {
		return err
	}
	p.tellYear(s, v.PlanYear)
	t := timing.Parse(gap.Clean(strings.Join(v.Phrase, " ")), year, s.today, s.wheel)
	t.Normalise()
	if p.Output == asJSON {
		return p.json(t)
	}
	p.printTiming(&t)
	return nil
}

// planYear is the year given, or that of the as-of date; tellYear then says so.
func (s *settings) planYear(given *int) (int, error) {
	if given == nil {
		return s.today.Year(), nil
	}
	return *given, checkYear("--plan-year", *given)
}

// tellYear says which plan year was taken where none was given.
func (p *program) tellYear(s *settings, given *int) {
	if given == nil {
		p.tell("plan year: %d, the year of %s (--plan-year says otherwise)", s.today.Year(), s.today)
	}
}

// printTiming shows a reading so that a person can check it.
func (p *program) printTiming(t *tertial.Timing) {
	line := func(name, value string) {
		if value != "" {
			p.printf("  %-12s %s\n", name, value)
		}
	}
	p.printf("%s\n", quoted(t.Text))
	line("start", t.Start.String())
	line("due", t.Due.String())
	line("recurrence", string(t.Recurrence))
	line("certainty", string(t.Certainty))
	line("events", strings.Join(t.Events, ", "))
	line("checkpoints", joined(t.Checkpoints, ", "))
	line("why", strings.TrimLeft(paragraph(t.Why, strings.Repeat(" ", 15), tableWidth), " "))
}

// quoted shows a phrase as the document has it, or that there is none.
func quoted(phrase string) string {
	if phrase == "" {
		return "(no phrase)"
	}
	return "“" + phrase + "”"
}

// joined writes a list of things that have a form as text.
func joined[T interface{ String() string }](list []T, sep string) string {
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = x.String()
	}
	return strings.Join(texts, sep)
}
