package gap

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Options say what a document does not: when and for which year it was written.
type Options struct {
	Source   string          // the file's name; its folder is not kept
	Format   string          // auto (also ""), text or csv
	PlanYear int             // 0: the year of AsOf, and the preview says so
	Dated    tertial.Date    // the day the analysis was written; zero: AsOf
	AsOf     tertial.Date    // the day from which a due date counts as past
	Unit     string          // the unit assessed; "": as the document's title says
	Wheel    *calendar.Wheel // what events mean; nil: the built-in wheel
}

// maxProblems is how many problems of one kind are listed one by one.
const maxProblems = 50

// Read reads a gap analysis and drafts its actions. The error is about the whole
// file (no row, another format, too large) and wraps [tertial.ErrInvalid] or
// [tertial.ErrRefused]; what is wrong with single rows is in the preview's problems.
func Read(data []byte, o Options) (*tertial.Preview, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	content, encoding, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", o.Source, err)
	}
	doc := &document{text: content}
	switch o.formOf(content) {
	case "csv":
		err = doc.readTable()
	default:
		err = doc.readText()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", o.Source, err)
	}
	if encoding != encUTF8 {
		doc.doubt(0, "", "the file was read as %s; check that å, ä and ö are right", encoding)
	}
	return doc.preview(data, o), nil
}

// complete fills in what was not said and refuses what is not read.
func (o *Options) complete() error {
	o.Source = path.Base(strings.ReplaceAll(Clean(o.Source), `\`, "/"))
	if o.Source == "." || o.Source == "/" {
		o.Source = "the file"
	}
	switch o.Format {
	case "", "auto", "text", "csv":
	case "xlsx", "docx", "pdf":
		return notReadYet("the format is " + strings.ToUpper(o.Format))
	default:
		return fmt.Errorf("%w: %s is no format; say auto, text or csv", tertial.ErrInvalid, echo(o.Format))
	}
	if o.Dated.IsZero() {
		o.Dated = o.AsOf
	}
	o.Unit = Clean(o.Unit)
	if o.Wheel != nil {
		return nil
	}
	cal, err := calendar.New(calendar.Options{})
	if err != nil {
		return fmt.Errorf("the built-in calendar: %w", err)
	}
	if o.Wheel, err = calendar.NewWheel(cal, calendar.BuiltIn()); err != nil {
		return fmt.Errorf("the built-in wheel: %w", err)
	}
	return nil
}

// formOf tells text from a table: by what was said, by the first line, by the name.
func (o *Options) formOf(content string) string {
	if o.Format == "text" || o.Format == "csv" {
		return o.Format
	}
	if _, _, ok := findHead(content); ok || strings.EqualFold(path.Ext(o.Source), ".csv") {
		return "csv"
	}
	return "text"
}

// document is a gap analysis as it is being read.
type document struct {
	text     string
	unit     string
	findings []tertial.Finding
	clauses  []clause // of the findings
	problems []tertial.Problem
	lex      lexicon // roles that the document has shown
}

func (d *document) doubt(line int, clause, format string, args ...any) {
	d.problem(line, clause, tertial.SeverityDoubt, format, args...)
}

func (d *document) fail(line int, clause, format string, args ...any) {
	d.problem(line, clause, tertial.SeverityError, format, args...)
}

func (d *document) problem(line int, clause string, s tertial.Severity, format string, args ...any) {
	d.problems = append(d.problems, tertial.Problem{Line: line, Clause: clause, Severity: s, Message: fmt.Sprintf(format, args...)})
}

func (d *document) add(f tertial.Finding, c clause) {
	d.findings, d.clauses = append(d.findings, f), append(d.clauses, c)
}

// preview puts together what was read with what it asks for.
func (d *document) preview(data []byte, o Options) *tertial.Preview {
	if o.PlanYear == 0 {
		o.PlanYear = o.AsOf.Year()
		d.doubt(0, "", "no plan year was given: %d, the year of the as-of date, is taken; give another with --plan-year", o.PlanYear)
	}
	texts := make([]clauseText, len(d.findings))
	bare, unknown := bareControls(d.clauses), 0
	for i, f := range d.findings {
		texts[i] = clauseText{clause: d.clauses[i], text: f.Requirement}
		if d.clauses[i].known(bare) {
			continue
		}
		if unknown++; unknown <= maxProblems {
			d.doubt(f.Line, f.Clause, "no edition of ISO/IEC 27001 has a clause %s; check the number", f.Clause)
		}
	}
	d.more(unknown, tertial.SeverityDoubt, "clauses that no edition has")
	slices.SortStableFunc(d.problems, func(a, b tertial.Problem) int { return cmp.Compare(a.Line, b.Line) })
	if o.Unit == "" {
		o.Unit = d.unit
	}
	sum := sha256.Sum256(data)
	p := &tertial.Preview{
		Assessment: tertial.Assessment{
			Unit: o.Unit, Standard: edition(d.text, texts), PlanYear: o.PlanYear, Dated: o.Dated,
			Source: o.Source, SHA256: hex.EncodeToString(sum[:]),
		},
		Findings: d.findings,
		Actions:  d.drafts(o),
		Problems: d.problems,
		Twins:    twins(d.findings),
	}
	if p.Findings == nil {
		p.Findings = []tertial.Finding{}
	}
	if p.Problems == nil {
		p.Problems = []tertial.Problem{}
	}
	return p
}
