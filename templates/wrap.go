package templates

import (
	"bytes"
	"strings"
	"text/template"
	"unicode/utf8"
)

// Columns is the widest a line of a plain text may be.
const Columns = 76

// funcs are what the plain templates can call.
func funcs() template.FuncMap {
	return template.FuncMap{"pad": pad, "underline": underline, "grid": grid}
}

const spaces = "                                                                            " // Columns of them

// pad fills s with spaces to n characters.
func pad(n int, s string) string {
	return s + spaces[:min(max(n-utf8.RuneCountInString(s), 0), Columns)]
}

// underline repeats the sign under s, as far as one line goes.
func underline(sign, s string) string {
	return strings.Repeat(sign, min(utf8.RuneCountInString(s), Columns))
}

// grid lays a table out in columns: the first to the left, the numbers to the right.
func grid(t *Table) string {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			if i < len(widths) {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	others := 0
	for _, w := range widths[min(1, len(widths)):] {
		others += 2 + w
	}
	if len(widths) > 0 {
		widths[0] = min(widths[0], max(Columns-others, 8))
	}
	var b strings.Builder
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		var line strings.Builder
		for i, cell := range row {
			switch {
			case i >= len(widths):
			case i == 0:
				line.WriteString(pad(widths[0], cut(cell, widths[0])))
			default:
				line.WriteString(strings.Repeat(" ", 2+max(widths[i]-utf8.RuneCountInString(cell), 0)) + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}

// wrap breaks the lines of a plain text at words so that none is wider than
// [Columns]. What is broken off stands under the words it follows: after the sign of
// a list, or in the column of the value. Blank lines in a row become one.
func wrap(s string) string {
	b := make([]byte, 0, len(s)+len(s)/16+1)
	blank := true // none at the beginning
	for rest, more := s, true; more; {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			if !blank {
				b = append(b, '\n')
			}
			blank = true
			continue
		}
		blank = false
		b = append(wrapLine(b, line), '\n')
	}
	return string(append(bytes.TrimRight(b, "\n"), '\n'))
}

func wrapLine(b []byte, line string) []byte {
	if len(line) <= Columns || utf8.RuneCountInString(line) <= Columns {
		return append(b, line...)
	}
	hang := hangingIndent(line)
	head, rest := splitAt(line, hang)
	col := hang
	b = append(b, head...)
	first := true
	for word := range strings.FieldsSeq(rest) {
		for n := utf8.RuneCountInString(word); ; n = utf8.RuneCountInString(word) {
			space := 1
			if first {
				space = 0
			}
			if col+space+n <= Columns {
				b = append(append(b, spaces[:space]...), word...)
				col += space + n
				first = false
				break
			}
			if !first {
				b = append(append(b, '\n'), spaces[:hang]...)
				col, first = hang, true
				continue
			}
			if strings.HasPrefix(word, "http") { // a broken address is of no use
				b = append(b, word...)
				col, first = Columns, false
				break
			}
			var part string
			part, word = splitAt(word, Columns-hang)
			b = append(b, part...)
			col, first = Columns, false
		}
	}
	return b
}

// hangingIndent returns the column in which a broken line goes on.
func hangingIndent(line string) int {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	body := line[indent:]
	if strings.HasPrefix(body, "- ") || strings.HasPrefix(body, "! ") {
		return min(indent+2, Columns/2)
	}
	if i := strings.Index(body, "  "); i > 0 {
		gap := len(body[i:]) - len(strings.TrimLeft(body[i:], " "))
		if col := indent + utf8.RuneCountInString(body[:i]) + gap; col <= Columns/2 {
			return col
		}
	}
	return min(indent, Columns/2)
}

// splitAt cuts s after n characters.
func splitAt(s string, n int) (string, string) {
	for i := range s {
		if n == 0 {
			return s[:i], s[i:]
		}
		n--
	}
	return s, ""
}
