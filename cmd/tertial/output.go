package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// format is the form of the data on standard output.
type format string

// The forms. A table is for people, 100 columns wide at most; JSON is stable.
const (
	asTable format = "table"
	asJSON  format = "json"
	asCSV   format = "csv"
)

// checkForm refuses a form that the verb does not have. Every verb has a table.
func (p *program) checkForm(v verb) error {
	if p.Output == asTable {
		return nil
	}
	var has []format
	if f, ok := v.(formatted); ok {
		has = f.forms()
	}
	if slices.Contains(has, p.Output) {
		return nil
	}
	if len(has) == 0 {
		return usageError("this verb prints text only: leave -o %s out", p.Output)
	}
	return usageError("there is no %s form of this: say -o %s", p.Output, has[0])
}

// newFlusher buffers standard output; what people wait for is flushed by hand.
func newFlusher(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 32<<10) }

// flush shows what has been printed so far.
func (p *program) flush() error {
	if w, ok := p.out.(*bufio.Writer); ok {
		return w.Flush()
	}
	return nil
}

// printf prints data, or text for people in its place.
func (p *program) printf(text string, args ...any) { fmt.Fprintf(p.out, text, args...) }

// tell talks to the person at the terminal, aside from the data.
func (p *program) tell(text string, args ...any) { fmt.Fprintf(p.err, text+"\n", args...) }

// json prints v as the whole of the data.
func (p *program) json(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// A listing is how one kind of thing is listed in each form.
type listing[T any] struct {
	key   string // of the JSON list
	table []column
	line  func(T) []string // the cells of the table
	csv   []string         // the names of the CSV columns
	cells func(T) []string // the cells of the CSV
	none  string           // what a person is told when there is nothing
}

// print lists all, in the program's form, without keeping them in memory.
func (l *listing[T]) print(p *program, all iter.Seq2[T, error]) error {
	switch p.Output {
	case asJSON:
		return l.json(p, all)
	case asCSV:
		return l.asCSV(p, all)
	}
	t := newTable(p.out, l.table)
	for x, err := range all {
		if err != nil {
			return err
		}
		t.row(l.line(x)...)
	}
	if t.rows == 0 {
		p.tell("%s", l.none)
	}
	return nil
}

func (l *listing[T]) json(p *program, all iter.Seq2[T, error]) error {
	w := jsonList{w: p.out}
	w.open(l.key)
	for x, err := range all {
		if err == nil {
			err = w.add(x)
		}
		if err != nil {
			return err
		}
	}
	w.close()
	return w.end()
}

func (l *listing[T]) asCSV(p *program, all iter.Seq2[T, error]) error {
	w := csv.NewWriter(p.out)
	if err := w.Write(l.csv); err != nil {
		return err
	}
	for x, err := range all {
		if err == nil {
			err = w.Write(guarded(l.cells(x)))
		}
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// jsonList writes `{"key": [` and the elements one by one, in the layout of an indented
// encoder: a list is never held in memory, and never null.
type jsonList struct {
	w     io.Writer
	lists int
	n     int
}

func (j *jsonList) open(key string) {
	start := "{"
	if j.lists > 0 {
		start = ","
	}
	fmt.Fprintf(j.w, "%s\n  %q: [", start, key)
	j.lists++
	j.n = 0
}

func (j *jsonList) add(v any) error {
	b, err := marshal(v)
	if err != nil {
		return err
	}
	sep := ","
	if j.n == 0 {
		sep = ""
	}
	j.n++
	_, err = fmt.Fprintf(j.w, "%s\n    %s", sep, b)
	return err
}

func (j *jsonList) close() {
	if j.n > 0 {
		fmt.Fprint(j.w, "\n  ")
	}
	fmt.Fprint(j.w, "]")
}

func (j *jsonList) end() error {
	_, err := fmt.Fprint(j.w, "\n}\n")
	return err
}

// marshal is the element of a list: indented to its depth, with < and & as they are.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// A column of a table; width 0 is the rest of the line.
type column struct {
	head  string
	width int
}

// tableWidth is what every terminal and most mails show without wrapping.
const tableWidth = 100

// table prints rows in columns of fixed width, so that nothing has to be known in advance.
type table struct {
	w    io.Writer
	cols []column
	rows int
}

// newTable gives the column of width 0 what the others leave.
func newTable(w io.Writer, cols []column) *table {
	left := tableWidth
	for _, c := range cols {
		left -= c.width + 2
	}
	cols = slices.Clone(cols)
	for i := range cols {
		if cols[i].width == 0 {
			cols[i].width = left + 2
		}
	}
	return &table{w: w, cols: cols}
}

// row prints one row, after the head if it is the first.
func (t *table) row(cells ...string) {
	if t.rows == 0 {
		heads := make([]string, len(t.cols))
		for i, c := range t.cols {
			heads[i] = c.head
		}
		t.line(heads)
	}
	t.rows++
	t.line(cells)
}

func (t *table) line(cells []string) {
	var b strings.Builder
	for i, cell := range cells {
		cell = cut(oneLine(cell), t.cols[i].width)
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", t.cols[i].width-utf8.RuneCountInString(cell)+2))
	}
	fmt.Fprintln(t.w, strings.TrimRight(b.String(), " "))
}

// oneLine keeps a cell on its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// guarded returns cells that no spreadsheet takes for a formula: they begin with an
// apostrophe, as does what began with one; without its first apostrophe the cell is as it was.
func guarded(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r\x00'", firstSign(c)) {
			c = "'" + c
		}
		out[i] = c
	}
	return out
}

// firstSign is the first sign that a spreadsheet sees: it passes over spaces and quotes.
func firstSign(s string) rune {
	for _, r := range s {
		if r != ' ' && r != '"' && r != ';' {
			return r
		}
	}
	return ' '
}

// paragraph wraps text to width and indents every line.
func paragraph(text, indent string, width int) string {
	var b strings.Builder
	col := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case col == 0:
			b.WriteString(indent)
			col = len(indent)
		case col+1+n > width:
			b.WriteString("\n" + indent)
			col = len(indent)
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += n
	}
	return b.String()
}
