package gap

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// leading is a clause at a line's start, perhaps announced as one.
	leading = regexp.MustCompile(`^\s*(?:(?i:klausul|clause|avsnitt|section|krav|kontroll|control|punkt)\s+)?((?:[Aa]\.? ?)?\d{1,2}(?:\.\d{1,2}){1,3}\.?)(?:[:\s|]\s*|$)`)
	// chapter is a chapter's heading: "5 Ledarskap", "A.5 Organisatoriska åtgärder".
	chapter = regexp.MustCompile(`^\s*((?:A\.)?\d{1,2})\.?\s+\p{Lu}[^.:;]*$`)
)

// leadingClause reads the clause that begins a line, and what follows it.
func leadingClause(line string) (c clause, rest string, ok bool) {
	if line == "" || !strings.ContainsAny(line[:min(len(line), 40)], "0123456789") {
		return clause{}, "", false
	}
	m := leading.FindStringSubmatchIndex(line)
	if m == nil {
		return clause{}, "", false
	}
	c, ok = parseClause(line[m[2]:m[3]])
	return c, strings.TrimSpace(line[m[1]:]), ok
}

// mention is a number at a line's start that may be the clause of a row.
type mention struct {
	clause
	at     int // index of its line; of a doubtful one its number in the source
	rest   string
	weight float64 // evidence that a row begins here
	best   float64 // of the best chain that ends here
	prev   int     // mention before it in that chain, or -1
}

// block is one row of the text form.
type block struct {
	clause clause
	line   int
	lines  []sourceLine
}

// outline finds the rows of a document: of all numbers at a line's start the
// chain with the most evidence that ascends. Numbers that stand alone on a line
// but are in no row of their own are given back as doubtful.
func outline(lines []sourceLine) (rows []block, doubtful []mention) {
	all := mentions(lines)
	chosen := chain(all)
	taken := map[int]bool{}
	for _, k := range chosen {
		taken[k] = true
	}
	for k, m := range all {
		if !taken[k] && m.rest == "" && m.weight > 1 {
			m.at = lines[m.at].no
			doubtful = append(doubtful, m)
		}
	}
	for n, k := range chosen {
		m, end := all[k], len(lines)
		if n+1 < len(chosen) {
			end = all[chosen[n+1]].at
			end = beforeChapter(lines, m.at+1, end, all[chosen[n+1]].clause)
		}
		b := block{clause: m.clause, line: lines[m.at].no}
		if m.rest != "" {
			first := lines[m.at]
			indent := len(first.text) - len(m.rest)
			first.text = strings.Repeat(" ", utf8.RuneCountInString(first.text[:indent])) + m.rest
			b.lines = append(b.lines, first)
		}
		b.lines = append(b.lines, lines[m.at+1:end]...)
		if n > 0 && rows[len(rows)-1].clause.compare(b.clause) == 0 && !hasConformity(b.lines) {
			last := &rows[len(rows)-1] // a row that goes on on the next page
			for i := range b.lines {
				b.lines[i].before = max(b.lines[i].before, brLine)
			}
			last.lines = append(last.lines, b.lines...)
			continue
		}
		rows = append(rows, b)
	}
	return rows, doubtful
}

// beforeChapter takes the heading of the next clause's chapter off a row's end.
func beforeChapter(lines []sourceLine, from, end int, next clause) int {
	for e := end; e > from && end-e < 3; e-- {
		m := chapter.FindStringSubmatch(lines[e-1].text)
		if m == nil || utf8.RuneCountInString(lines[e-1].text) > 90 {
			continue
		}
		head := clause{annex: next.annex, parts: next.parts[:1]}
		if m[1] == head.String() || "A."+m[1] == head.String() {
			return e - 1
		}
	}
	return end
}

func mentions(lines []sourceLine) []mention {
	var all []mention
	for i, l := range lines {
		c, rest, ok := leadingClause(l.text)
		if !ok {
			continue
		}
		all = append(all, mention{clause: c, at: i, rest: rest, prev: -1})
	}
	for k := range all {
		end := len(lines)
		if k+1 < len(all) {
			end = all[k+1].at
		}
		all[k].weight = weigh(lines, &all[k], end)
	}
	return all
}

// weigh adds up what speaks for a row's beginning.
func weigh(lines []sourceLine, m *mention, end int) float64 {
	w := 0.0
	first, _ := utf8.DecodeRuneInString(m.rest)
	switch {
	case m.rest == "":
		w += 2
	case unicode.IsLower(first):
		w -= 2.5
	case unicode.IsUpper(first):
		w += 0.5
	default:
		w -= 1
	}
	if m.known(true) {
		w++
	} else {
		w--
	}
	if m.at == 0 || lines[m.at].before >= brPage {
		w += 1.5
	} else {
		words := strings.Fields(lines[m.at-1].text)
		last := strings.ToLower(words[len(words)-1])
		if linkWords[last] || strings.HasSuffix(last, ",") || last == "klausul" || last == "avsnitt" || last == "clause" || last == "section" {
			w -= 3
		}
	}
	row := lines[m.at:end]
	if m.rest != "" {
		row = slices.Clone(row)
		row[0].text = m.rest
	}
	if hasConformity(row) {
		w += 1.5
	}
	return w
}

// Costs of a chain that does not ascend: a clause again, and one further back.
const (
	costAgain = 2.0
	costBack  = 4.5
	lookBack  = 400 // mentions; bounds the work on hostile texts
)

// chain returns the mentions of the chain with the most evidence.
func chain(all []mention) []int {
	top := -1
	for i := range all {
		m := &all[i]
		m.best = m.weight
		for j := max(0, i-lookBack); j < i; j++ {
			gain := all[j].best + m.weight
			switch order := all[j].compare(m.clause); {
			case order == 0:
				gain -= costAgain
			case order > 0:
				gain -= costBack
			}
			if gain > m.best {
				m.best, m.prev = gain, j
			}
		}
		if top < 0 || m.best > all[top].best {
			top = i
		}
	}
	var out []int
	for i := top; i >= 0; i = all[i].prev {
		if all[i].weight > 0 {
			out = append(out, i)
		}
	}
	slices.Reverse(out)
	return out
}

// hasConformity reports whether a conformity phrase stands in the lines where one may.
func hasConformity(lines []sourceLine) bool {
	_, ok := findConformity(wordsOf(lines))
	return ok
}
