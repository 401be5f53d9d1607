package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// importVerb reads a gap analysis. Without --apply it changes nothing and needs no database.
type importVerb struct {
	File     string       `arg:"" help:"The gap analysis; - is standard input."`
	PlanYear *int         `placeholder:"YEAR" help:"Year that the plan is for (default: the year of --as-of)."`
	Dated    tertial.Date `placeholder:"DATE" help:"Day on which the analysis was written (default: --as-of)."`
	Unit     string       `placeholder:"NAME" help:"The organisational unit that was assessed."`
	Format   string       `enum:"auto,text,csv,xlsx,docx,pdf" default:"auto" help:"Format of the file: ${enum}."`
	Apply    bool         `help:"Store it, all or nothing."`
	asOf
}

func (importVerb) forms() []format { return []format{asJSON} }

// Run previews the import, and applies it if it is told to.
func (v *importVerb) Run(ctx context.Context, p *program) error {
	if err := checkLength("--unit", gap.Clean(v.Unit)); err != nil {
		return err
	}
	data, source, err := p.readInput(v.File)
	if err != nil {
		return err
	}
	if !v.Apply {
		s, err := p.settings(v.asOf)
		if err != nil {
			return err
		}
		preview, err := v.read(p, s, data, source)
		if err != nil {
			return err
		}
		return v.preview(p, preview)
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		preview, err := v.read(p, h.settings, data, source)
		if err != nil {
			return err
		}
		return v.apply(ctx, p, h, preview)
	})
}

// read makes the file's bytes a preview.
func (v *importVerb) read(p *program, s *settings, data []byte, source string) (*tertial.Preview, error) {
	year, err := s.planYear(v.PlanYear)
	if err != nil {
		return nil, err
	}
	dated := v.Dated
	if dated.IsZero() {
		dated = s.today
	}
	preview, err := gap.Read(data, gap.Options{
		Source: source, Format: v.Format, PlanYear: year, Dated: dated, AsOf: s.today,
		Unit: gap.Clean(v.Unit), Wheel: s.wheel,
	})
	if err != nil {
		return nil, refused(err)
	}
	p.tellYear(s, v.PlanYear)
	return preview, nil
}

// refused makes an input that breaks a rule as a whole a refusal: the command was right, the file is not.
func refused(err error) error {
	if errors.Is(err, tertial.ErrInvalid) {
		return &failure{code: exitRefused, err: err}
	}
	return err
}

// preview shows what an import would do.
func (v *importVerb) preview(p *program, preview *tertial.Preview) error {
	normalise(preview)
	if p.Output == asJSON {
		if err := p.json(preview); err != nil {
			return err
		}
	} else {
		p.printPreview(preview)
	}
	if preview.HasErrors() {
		return &failure{code: exitPartly, err: errors.New("some rows cannot be read"), hint: "correct them in the file, or --apply stores nothing"}
	}
	return nil
}

// apply stores the import in one transaction.
func (v *importVerb) apply(ctx context.Context, p *program, h *house, preview *tertial.Preview) error {
	if preview.HasErrors() {
		p.tellProblems(preview.Problems)
		return &failure{code: exitRefused, err: errors.New("some rows cannot be read, and nothing was stored"), hint: "correct them in the file"}
	}
	h.stamp.By = "import"
	applied, err := h.store.ApplyImport(ctx, h.stamp, preview)
	if err != nil {
		return err
	}
	for i := range preview.Actions {
		if i < len(applied.Refs) {
			preview.Actions[i].Ref = applied.Refs[i]
		}
	}
	normalise(preview)
	if p.Output == asJSON {
		return p.json(preview)
	}
	if !applied.Stored {
		p.printf("no change: this file is stored already\n")
		return nil
	}
	review := 0
	for i := range preview.Actions {
		if len(preview.Actions[i].Review) > 0 {
			review++
		}
	}
	p.printf("stored: %s and %s, plan year %d\n",
		plural(len(preview.Findings), "finding"), plural(len(preview.Actions), "action"), preview.Assessment.PlanYear)
	if review > 0 {
		p.printf("%s to be answered before %s: tertial action list --review\n", plural(review, "action"), itCounts(review))
	}
	p.tellProblems(preview.Problems)
	return nil
}

// itCounts agrees in number with so many actions.
func itCounts(n int) string {
	if n == 1 {
		return "it counts"
	}
	return "they count"
}

// normalise makes every list of the preview non-nil.
func normalise(preview *tertial.Preview) {
	if preview.Findings == nil {
		preview.Findings = []tertial.Finding{}
	}
	if preview.Actions == nil {
		preview.Actions = []tertial.Action{}
	}
	if preview.Problems == nil {
		preview.Problems = []tertial.Problem{}
	}
	if preview.Twins == nil {
		preview.Twins = [][2]string{}
	}
	for i := range preview.Actions {
		preview.Actions[i].Normalise()
	}
}

func (p *program) printPreview(preview *tertial.Preview) {
	a := &preview.Assessment
	p.printf("%s\n", a.Source)
	if a.Unit != "" {
		p.printf("  unit       %s\n", a.Unit)
	}
	if a.Standard != "" {
		p.printf("  standard   %s\n", a.Standard)
	}
	p.printf("  plan year  %d, written %s\n", a.PlanYear, a.Dated)
	p.printf("  findings   %s\n  actions    %s\n\n", conformities(preview.Findings), plural(len(preview.Actions), "draft"))
	p.printActions(preview.Actions)
	for _, t := range preview.Twins {
		p.printf("\n%s and %s look like one action: tertial action merge, once they are stored\n", t[0], t[1])
	}
	_ = p.flush() // an error comes up again at the end
	p.tellProblems(preview.Problems)
	if !preview.HasErrors() {
		p.tell("nothing was changed: --apply stores it")
	}
}

// conformities counts the findings: "26, 14 conforming, 9 partial, 3 nonconforming".
func conformities(findings []tertial.Finding) string {
	n := map[tertial.Conformity]int{}
	for i := range findings {
		n[findings[i].Conformity]++
	}
	text := fmt.Sprint(len(findings))
	for _, c := range []tertial.Conformity{tertial.Conforming, tertial.Partial, tertial.Nonconforming, tertial.NotApplicable} {
		if n[c] > 0 {
			text += fmt.Sprintf(", %d %s", n[c], strings.ReplaceAll(string(c), "_", " "))
		}
	}
	return text
}

// tellProblems lists what a person should look at, row by row.
func (p *program) tellProblems(problems []tertial.Problem) {
	for _, x := range problems {
		place := string(x.Severity)
		if x.Line > 0 {
			place += fmt.Sprintf(", line %d", x.Line)
		}
		if x.Clause != "" {
			place += ", " + x.Clause
		}
		p.tell("%s: %s", place, x.Message)
	}
}

// plural counts things in English: "1 action", "2 actions".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
