package report

import (
	"bufio"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// ActionsCSV writes a list of actions as RFC 4180 has it, with a byte order mark so that spreadsheets take it for UTF-8. Swedish lists have
// semicolons between the cells, English ones commas, as spreadsheets of the language expect. Every cell is quoted, whatever is in it, and one
// that could be taken for a formula begins with an apostrophe. The first error of the list, or of w, ends it.
func ActionsCSV(w io.Writer, lang string, actions iter.Seq2[tertial.Action, error]) error {
	words := wordsOf(lang)
	out := csvWriter{w: bufio.NewWriterSize(w, 32<<10), comma: words.comma}
	out.mark()
	for _, h := range words.heads {
		out.cell(h)
	}
	out.end()
	for a, err := range actions {
		if err != nil {
			return err
		}
		for _, c := range words.cells(&a) {
			out.cell(plain(c))
		}
		out.end()
		if out.err != nil {
			return out.err
		}
	}
	out.keep(out.w.Flush())
	return out.err
}

// plain returns a cell as text that no spreadsheet takes for a formula.
func plain(c cell) string {
	switch c.kind {
	case isNumber:
		return strconv.Itoa(c.number)
	case isDay:
		return c.day.String()
	}
	return Defused(c.text)
}

// Defused returns a text as it can stand in a cell that a spreadsheet reads from CSV: behind an apostrophe if it begins, perhaps after white space,
// quotes or separators, with a sign that begins a formula.
func Defused(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("\t\r\n\x00", first) && s != "" {
		return "'" + s
	}
	rest := strings.TrimLeft(s, " \t\r\n\v\f\x00\u00a0\u2007\u202f\u200b\ufeff\"';,")
	r, _ := utf8.DecodeRuneInString(rest)
	if rest != "" && strings.ContainsRune("=+-@＝＋－＠−", r) {
		return "'" + s
	}
	return s
}

// csvWriter writes cells, each in quotes; it keeps the first error.
type csvWriter struct {
	w     *bufio.Writer
	comma rune
	begun bool // the row has a cell
	err   error
}

func (c *csvWriter) mark() { c.write("\ufeff") }

func (c *csvWriter) cell(s string) {
	if c.begun {
		c.write(string(c.comma))
	}
	c.begun = true
	c.write(`"`)
	c.write(strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `"`, `""`))
	c.write(`"`)
}

func (c *csvWriter) end() {
	c.write("\r\n")
	c.begun = false
}

func (c *csvWriter) write(s string) {
	if c.err == nil {
		_, c.err = c.w.WriteString(s)
	}
}

func (c *csvWriter) keep(err error) {
	if c.err == nil {
		c.err = err
	}
}
