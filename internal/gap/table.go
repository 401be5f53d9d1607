package gap

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"tertial/internal/tertial"
)

// record is one row of a table: its cells as the header orders them.
type record struct {
	line  int
	cells []string
}

// tableReader reads rows under a header whose columns may come in any order.
type tableReader struct {
	csv    *csv.Reader
	names  []string // of the header, for messages
	order  []int    // the place in the record → the column
	ragged int
	rows   int
}

// headerOf matches a header's cells with the known columns. Every name must be
// known and none may come twice.
func headerOf(cells []string, known [][]string, required []int) (order []int, err error) {
	seen := map[int]string{}
	for _, cell := range cells {
		name := strings.ToLower(Clean(cell))
		at := slices.IndexFunc(known, func(names []string) bool { return slices.Contains(names, name) })
		switch {
		case at < 0:
			return nil, fmt.Errorf("%w: the column %s is unknown; the columns are %s", tertial.ErrInvalid, echo(cell), listColumns(known))
		case seen[at] != "":
			return nil, fmt.Errorf("%w: the columns %s and %s are the same", tertial.ErrInvalid, echo(seen[at]), echo(cell))
		}
		seen[at] = cell
		order = append(order, at)
	}
	var missing []string
	for _, at := range required {
		if seen[at] == "" {
			missing = append(missing, known[at][0]+" ("+known[at][1]+")")
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("%w: the header lacks %s; the columns are %s", tertial.ErrInvalid, strings.Join(missing, ", "), listColumns(known))
	}
	return order, nil
}

func listColumns(known [][]string) string {
	english, swedish := make([]string, len(known)), make([]string, len(known))
	for i, names := range known {
		english[i], swedish[i] = names[0], names[1]
	}
	return strings.Join(english, ", ") + " (or " + strings.Join(swedish, ", ") + ")"
}

// newTable reads the header of a table and stands before its first row.
func newTable(content string, comma rune, known [][]string, required []int) (*tableReader, error) {
	r := csv.NewReader(strings.NewReader(content))
	r.Comma, r.FieldsPerRecord = comma, -1
	head, err := r.Read()
	if err != nil {
		return nil, tableError(err)
	}
	if len(head) > maxColumns {
		return nil, fmt.Errorf("%w: the table has %d columns; at most %d are read", tertial.ErrInvalid, len(head), maxColumns)
	}
	for len(head) > 1 && strings.TrimSpace(head[len(head)-1]) == "" {
		head = head[:len(head)-1]
	}
	order, err := headerOf(head, known, required)
	if err != nil {
		return nil, err
	}
	return &tableReader{csv: r, names: slices.Clone(head), order: order}, nil
}

// next returns the next row that is not empty, with its cells by column; io.EOF
// is the end. What is wrong with the row alone comes as why.
func (t *tableReader) next(columns int) (rec record, why string, err error) {
	for {
		cells, err := t.csv.Read()
		if err == io.EOF {
			return record{}, "", io.EOF
		}
		if err != nil {
			return record{}, "", tableError(err)
		}
		if len(cells) > maxColumns {
			line, _ := t.csv.FieldPos(0)
			return record{}, "", fmt.Errorf("%w: line %d has %d columns; at most %d are read", tertial.ErrInvalid, line, len(cells), maxColumns)
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if t.rows++; t.rows > maxRows {
			return record{}, "", fmt.Errorf("%w: the table has more than %d rows", tertial.ErrInvalid, maxRows)
		}
		rec.line, _ = t.csv.FieldPos(0)
		rec.cells = make([]string, columns)
		for len(cells) > len(t.order) && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) != len(t.order) {
			t.ragged++
			return rec, fmt.Sprintf("the row has %s, the header %d; check separators and quotes", counted(len(cells), "cell"), len(t.order)), nil
		}
		for i, cell := range cells {
			if why == "" {
				why = badCell(cell, t.names[i])
			}
			rec.cells[t.order[i]] = cell
		}
		return rec, why, nil
	}
}

// counted is a number of things: 1 cell, 2 cells.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// badCell says why a cell cannot be kept, whatever it means.
func badCell(cell, column string) string {
	if len(cell) > maxCell {
		return fmt.Sprintf("the cell %s is larger than 64 KiB", echo(column))
	}
	for _, r := range cell {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return fmt.Sprintf("the cell %s holds the control character %U; take it out", echo(column), r)
		}
	}
	return ""
}

func tableError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the table is empty", tertial.ErrInvalid)
	case errors.As(err, &parse) && errors.Is(err, csv.ErrQuote):
		return fmt.Errorf("%w: line %d: a quoted cell is not closed, or a quote stands inside an open cell (opened in line %d)", tertial.ErrInvalid, parse.Line, parse.StartLine)
	case errors.As(err, &parse) && errors.Is(err, csv.ErrBareQuote):
		return fmt.Errorf("%w: line %d: a quote stands inside a cell that is not quoted; double it and quote the cell", tertial.ErrInvalid, parse.Line)
	}
	return fmt.Errorf("%w: %w", tertial.ErrInvalid, err)
}

// separators of a table, the likeliest first.
var separators = []rune{',', ';', '\t'}

// sniff returns the separator under which the first line names most columns.
func sniff(content string, known [][]string) (comma rune, named int) {
	line, _, _ := strings.Cut(strings.TrimLeft(content, "\n"), "\n")
	if len(line) > maxCell {
		return ',', 0
	}
	comma = ','
	most := 0
	for _, sep := range separators {
		cells, err := func() ([]string, error) {
			r := csv.NewReader(strings.NewReader(line))
			r.Comma, r.LazyQuotes = sep, true
			return r.Read()
		}()
		if err != nil {
			continue
		}
		n := 0
		for _, cell := range cells {
			name := strings.ToLower(Clean(cell))
			if slices.ContainsFunc(known, func(names []string) bool { return slices.Contains(names, name) }) {
				n++
			}
		}
		if n > named || n == named && len(cells) > most {
			comma, named, most = sep, n, len(cells)
		}
	}
	return comma, named
}

// findHead reports whether a text begins with the header of a table of findings.
func findHead(content string) (comma rune, named int, ok bool) {
	comma, named = sniff(content, columns[:])
	return comma, named, named >= 3
}

// readTable reads the eight columns.
func (d *document) readTable() error {
	comma, _, _ := findHead(d.text)
	all := []int{colClause, colRequirement, colConformity, colObservation, colProposal, colOwner, colPriority, colTiming}
	t, err := newTable(d.text, comma, columns[:], all)
	if err != nil {
		return err
	}
	seen := map[string]int{}
	dup := 0
	for {
		rec, why, err := t.next(len(columns))
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if why != "" {
			if t.ragged <= maxProblems {
				d.fail(rec.line, "", "%s", why)
			}
			continue
		}
		if d.repeatsHead(rec) {
			continue
		}
		key := strings.Join(rec.cells, "\x00")
		if first := seen[key]; first > 0 {
			if dup++; dup <= maxProblems {
				d.doubt(rec.line, Clean(rec.cells[colClause]), "the same row stands in line %d; it was read twice", first)
			}
		} else {
			seen[key] = rec.line
		}
		d.addRecord(rec)
	}
	d.more(t.ragged, tertial.SeverityError, "rows with another number of cells")
	d.more(dup, tertial.SeverityDoubt, "rows that stand twice")
	if t.rows == 0 {
		return fmt.Errorf("%w: the table has a header but no row", tertial.ErrInvalid)
	}
	return nil
}

// more says how many problems of a kind were not listed, beside the last that was.
func (d *document) more(n int, s tertial.Severity, what string) {
	if n > maxProblems {
		last := 0
		for _, p := range d.problems {
			last = max(last, p.Line)
		}
		d.problem(last, "", s, "and %d more %s", n-maxProblems, what)
	}
}

func (d *document) repeatsHead(rec record) bool {
	for c, cell := range rec.cells {
		if !slices.Contains(columns[c], strings.ToLower(Clean(cell))) {
			return false
		}
	}
	d.fail(rec.line, "", "the header stands here again; take the line out")
	return true
}

// addRecord reads one row of a table.
func (d *document) addRecord(rec record) {
	cells := make([]string, len(rec.cells))
	for i, c := range rec.cells {
		cells[i] = Clean(c)
	}
	number := cells[colClause]
	c, ok := parseClause(number)
	if !ok {
		d.fail(rec.line, cut(number, 80), "%s is no clause; write it as 4.1, A.5.9 or A.9.2.3", echo(number))
		return
	}
	f := tertial.Finding{
		Clause: c.String(), Requirement: cells[colRequirement], Observation: cells[colObservation],
		Proposal: cells[colProposal], Owner: cells[colOwner], Timing: cells[colTiming], Line: rec.line,
	}
	if f.Priority, ok = readPriority(cells[colPriority]); !ok {
		f.Priority = tertial.None
		d.fail(rec.line, f.Clause, "%s is no priority; write Hög, Medel, Låg or Ingen (High, Medium, Low, None)", echo(cells[colPriority]))
	}
	f.Conformity, ok = readConformity(cells[colConformity])
	switch {
	case ok:
	case cells[colConformity] != "":
		d.fail(rec.line, f.Clause, "%s is no conformity; write Ja, Delvis, Nej or Ej tillämpligt (Yes, Partly, No, Not applicable)", echo(cells[colConformity]))
	case f.Proposal+f.Owner+f.Timing != "":
		d.fail(rec.line, f.Clause, "the conformity is empty though the row has more; write Ja, Delvis, Nej or Ej tillämpligt")
	default:
		d.doubt(rec.line, f.Clause, "the conformity is empty: the row was read as not assessed")
	}
	if f.Conformity.IsGap() && !hasLetters(f.Proposal) {
		d.doubt(rec.line, f.Clause, "a gap without a proposal: no action is drafted; add one if it is to be closed")
	}
	d.add(f, c)
}
