package gap

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// rawLine is a line of the source on its way through the steps of a page.
type rawLine struct {
	text    string // no controls but tabs, no space at the end; "" is blank
	newPage bool   // a form feed stands before it
	drop    bool   // furniture: no cell's text
}

// readLines parts a text into lines without hidden characters, in Unicode form C.
func readLines(text string) []rawLine {
	var out []rawLine
	for line := range strings.SplitSeq(text, "\n") {
		r := rawLine{newPage: strings.ContainsRune(line, '\f')}
		r.text = norm.NFC.String(strings.Map(visible, line))
		r.text = strings.TrimRight(r.text, " \t")
		out = append(out, r)
	}
	return singleSpaced(out)
}

// visible keeps tabs and soft hyphens beside what can be seen; every other space is one.
func visible(r rune) rune {
	switch {
	case r == '\t' || r >= ' ' && r < 0x7f || r == 0xad:
		return r
	case isSpace(r):
		return ' '
	case isHidden(r):
		return -1
	}
	return r
}

// singleSpaced takes out the blank lines of a text that has one after every
// line: there they part nothing.
func singleSpaced(lines []rawLine) []rawLine {
	pairs, apart := 0, 0
	last := -1
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		if last >= 0 {
			pairs++
			if i > last+1 {
				apart++
			}
		}
		last = i
	}
	if pairs < 20 || apart*100 < pairs*95 {
		return lines
	}
	out := make([]rawLine, len(lines))
	copy(out, lines)
	run := 0
	for i := range out {
		if out[i].text != "" {
			run = 0
			continue
		}
		if run++; run == 1 {
			out[i].drop, out[i].text = true, joinedLine
		}
	}
	return out
}

// joinedLine marks a blank line that parts nothing.
const joinedLine = "\x00"

var (
	pageNumber = regexp.MustCompile(`(?i)^[-–\s]*(?:(?:sida|sidan|sid\.?|page|s\.|p\.)\s*\d{1,4}(?:\s*(?:av|of|/)\s*\d{1,4}|\s*\(\s*\d{1,4}\s*\))?|\d{1,4}\s*(?:(?:av|of|/)\s*\d{1,4}|\(\s*\d{1,4}\s*\)))[-–\s]*$`)
	bareNumber = regexp.MustCompile(`^[-–\s]*\d{1,3}[-–\s]*$`)
	titleLine  = regexp.MustCompile(`(?i)^\s*gap[- ]?anal(?:ys|ysis)\b`)
	pageInLine = regexp.MustCompile(`(?i)(?:\b(?:sida|sid\.?|page)\s*\d{1,4}(?:\s*(?:av|of|/)\s*\d{1,4}|\s*\(\d{1,4}\))?|\b\d{1,3}\s?\(\d{1,3}\))\s*$`)
)

// mask is what a page's header has in common with the next page's: its words, a #
// for each number. A line without a word is a date or the like, and has all of it.
func mask(s string) string {
	if !hasLetters(s) {
		return s
	}
	var b strings.Builder
	last := ' '
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			r = '#'
		case r == ' ' || r == '\t':
			r = ' '
		default:
			r = unicode.ToLower(r)
		}
		if r == last && (r == '#' || r == ' ') {
			continue
		}
		last = r
		b.WriteRune(r)
	}
	return b.String()
}

// dropFurniture marks page headers, footers, page numbers and column heads.
func dropFurniture(lines []rawLine) {
	full := contentLines(lines)
	dropHeads(lines, full)
	counts := map[string]int{}
	for _, i := range full {
		counts[mask(lines[i].text)]++
	}
	dropPageNumbers(lines, full, counts)
	dropPreamble(lines, full)
	dropInterrupting(lines, full, counts)
	for range 4 {
		if !dropNeighbours(lines, full, counts) {
			return
		}
	}
}

func contentLines(lines []rawLine) []int {
	var full []int
	for i, l := range lines {
		if l.text != "" && l.text != joinedLine {
			full = append(full, i)
		}
	}
	return full
}

// headColumn tells which column a head's word names, or -1.
func headColumn(w string) int {
	for c, names := range columns {
		for _, n := range names {
			if n == w {
				return c
			}
		}
	}
	switch w {
	case "bedömning", "kravuppfyllnad", "uppfylls", "uppfyllnadsgrad", "status":
		return colConformity
	case "nuvarande", "nulägesanalys", "iakttagelser", "beskrivning", "finding", "findings", "current":
		return colObservation
	case "åtgärdsförslag", "handlingsplan", "actions", "recommendations", "proposed", "förslag/åtgärd":
		return colProposal
	case "ansvariga", "åtgärdsägare", "role", "roll", "utförare", "vem", "who":
		return colOwner
	case "tidsplan", "tidsram", "slutdatum", "time", "target", "datum", "date":
		return colTiming
	case "kap", "kapitel", "ref", "referens", "nr", "no", "klausuler":
		return colClause
	}
	return -1
}

// dropHeads marks runs of lines that hold nothing but the names of columns, four at
// least: first lines that stand together, then lines with blank ones between.
func dropHeads(lines []rawLine, full []int) {
	for _, together := range []bool{true, false} {
		for a := 0; a < len(full); {
			b, named := a, map[int]bool{}
			for b < len(full) && b-a < longestHead && !lines[full[b]].drop && isHead(lines[full[b]].text, named) {
				b++
				if together && b < len(full) && full[b] != full[b-1]+1 {
					break
				}
			}
			if len(named) >= 4 {
				for _, i := range full[a:b] {
					lines[i].drop = true
				}
			}
			a = max(a+1, b)
		}
	}
}

// longestHead is how many lines the heads of the columns may take.
const longestHead = 16

// isHead reports whether every word of the line may stand in a column's head,
// and notes the columns that it names.
func isHead(line string, named map[int]bool) bool {
	words := strings.Fields(strings.ToLower(line))
	for _, w := range words {
		w = strings.Trim(w, "().,:;|*?")
		if w != "" && !headWords[w] && headColumn(w) < 0 && !strings.Contains(w, "/") {
			return false
		}
	}
	for _, w := range words {
		if c := headColumn(strings.Trim(w, "().,:;|*?")); c >= 0 {
			named[c] = true
		}
	}
	return len(words) > 0
}

func dropPageNumbers(lines []rawLine, full []int, counts map[string]int) {
	counted := countedPages(lines, full)
	for _, i := range full {
		text := lines[i].text
		switch {
		case pageNumber.MatchString(text):
			lines[i].drop = !fraction.MatchString(text) || counted[i]
		case bareNumber.MatchString(text) && isolated(lines, i):
			lines[i].drop = true
		case counts[mask(text)] >= 2 && utf8.RuneCountInString(text) <= 120 && pageInLine.MatchString(text):
			lines[i].drop = true
		}
	}
}

// fraction is a page number such as 3/12, which may be a day and its month as well.
var fraction = regexp.MustCompile(`^[-–\s]*(\d{1,4})\s*/\s*(\d{1,4})[-–\s]*$`)

// countedPages returns the fractions that count pages: up to the same number, by one,
// from the first page or the second. 30/11 is a day in November.
func countedPages(lines []rawLine, full []int) map[int]bool {
	runs := map[int][]int{} // by the number of pages, the lines that count so far
	last := map[int]int{}
	for _, i := range full {
		m := fraction.FindStringSubmatch(lines[i].text)
		if m == nil {
			continue
		}
		page, _ := strconv.Atoi(m[1]) // four digits at most
		pages, _ := strconv.Atoi(m[2])
		begins := len(runs[pages]) == 0 && (page == 1 || page == 2)
		if page <= pages && (begins || len(runs[pages]) > 0 && page == last[pages]+1) {
			runs[pages], last[pages] = append(runs[pages], i), page
		}
	}
	counted := map[int]bool{}
	for pages, run := range runs {
		for _, i := range run {
			counted[i] = len(run) > 1 || pages == 1
		}
	}
	return counted
}

// isolated reports whether a line has no text directly above or below it.
func isolated(lines []rawLine, i int) bool {
	bare := func(step int) bool {
		j := i + step
		for j >= 0 && j < len(lines) && lines[j].text == joinedLine {
			j += step
		}
		return j < 0 || j >= len(lines) || lines[j].text == "" || lines[j].drop
	}
	return bare(-1) && bare(1) || lines[i].newPage || i+1 < len(lines) && lines[i+1].newPage
}

// dropPreamble marks what stands before the first clause, wherever it comes again.
func dropPreamble(lines []rawLine, full []int) {
	first := len(full)
	for k, i := range full {
		if c, rest, ok := leadingClause(lines[i].text); ok && (rest == "" || c.known(true) && startsUpper(rest)) {
			first = k
			break
		}
	}
	if first == len(full) {
		return
	}
	seen := map[string]bool{}
	for _, i := range full[:first] {
		lines[i].drop = true
		if t := lines[i].text; utf8.RuneCountInString(t) >= 6 && strings.ContainsFunc(t, unicode.IsLetter) && !isCell(t) {
			seen[mask(t)] = true
		}
	}
	// A title block is not prose: its lines are known wherever they come again. A line
	// of an introduction may well come again in a row, and counts only where it stands alone.
	title := first <= titleLines
	for _, i := range full[first:] {
		if seen[mask(lines[i].text)] && (title || isolated(lines, i)) {
			lines[i].drop = true
		}
	}
}

// titleLines is how many lines a document's title block may have.
const titleLines = 8

// isCell reports a line that may be a clause or another whole cell of a row: never
// furniture by repetition alone.
func isCell(line string) bool { return isRowCell(line) || namesRole(line) }

// isRowCell reports a line that is a clause, a conformity or a priority.
func isRowCell(line string) bool {
	if _, _, ok := leadingClause(line); ok {
		return true
	}
	if _, ok := readConformity(line); ok {
		return true
	}
	_, ok := readPriority(line)
	return ok
}

// namesRole reports a line that may be an owner's cell, or the name of the unit.
func namesRole(line string) bool {
	return len(strings.Fields(line)) <= 2 && (&lexicon{}).rate(strings.TrimSpace(line)) >= roleAcronym
}

// speaksOfTime reports a line that may be a timing's cell.
func speaksOfTime(line string) bool {
	share, certain := timeShare(wordsOf([]sourceLine{{text: line}}))
	return certain && share >= 0.5
}

// dropInterrupting marks a line that comes three times or more, alone between
// blank lines, if it once stands in the middle of a sentence.
func dropInterrupting(lines []rawLine, full []int, counts map[string]int) {
	cuts := map[string]bool{}
	for k := 1; k+1 < len(full); k++ {
		i := full[k]
		m := mask(lines[i].text)
		if lines[i].drop || counts[m] < 3 || !isolated(lines, i) || isCell(lines[i].text) {
			continue
		}
		above, below := lines[full[k-1]].text, strings.TrimSpace(lines[full[k+1]].text)
		r, _ := utf8.DecodeRuneInString(below)
		words := strings.Fields(above)
		if !endsSentence(words[len(words)-1]) && unicode.IsLower(r) && !lines[full[k-1]].drop {
			cuts[m] = true
		}
	}
	for _, i := range full {
		if cuts[mask(lines[i].text)] && isolated(lines, i) {
			lines[i].drop = true
		}
	}
}

// dropNeighbours marks lines that stand at every one of their places next to
// furniture: two at least, or one where the line has been furniture elsewhere,
// ends in a page number or is a gap analysis's title. It reports whether there were any.
func dropNeighbours(lines []rawLine, full []int, counts map[string]int) bool {
	at, beside := map[string][]int{}, map[string]int{} // at: places in full
	for k, i := range full {
		if lines[i].drop {
			continue
		}
		m := mask(lines[i].text)
		at[m] = append(at[m], k)
		if lines[i].newPage || k > 0 && lines[full[k-1]].drop || k+1 < len(full) && (lines[full[k+1]].drop || lines[full[k+1]].newPage) {
			beside[m]++
		}
	}
	var found []int
	for m, n := range beside {
		places, text := at[m], lines[full[at[m][0]]].text
		known := counts[m] > len(places)
		if n != len(places) || n < 2 && !known && !pageInLine.MatchString(text) && !titleLine.MatchString(text) || isRowCell(text) {
			continue
		}
		few := n <= 2 && !known && (namesRole(text) || speaksOfTime(text)) // two cells that end a page
		if (few || endsSentence(text)) && !inFurniture(lines, full, places) && !framed(lines, full, places) {
			continue
		}
		for _, k := range places {
			found = append(found, full[k])
		}
	}
	for _, i := range found {
		lines[i].drop = true
	}
	return len(found) > 0
}

// inFurniture reports whether each of the lines stands in a paragraph that holds
// furniture and nothing else beside it.
func inFurniture(lines []rawLine, full, places []int) bool {
	for _, k := range places {
		i, others := full[k], 0
		for _, step := range []int{-1, 1} {
			for j := i + step; j >= 0 && j < len(lines) && lines[j].text != ""; j += step {
				if !lines[j].drop {
					return false
				}
				others++
			}
		}
		if others == 0 {
			return false
		}
	}
	return true
}

// framed reports whether all the places have the same line above them, and the
// same below.
func framed(lines []rawLine, full, places []int) bool {
	around := func(k int) [2]string {
		if k == 0 || k+1 == len(full) {
			return [2]string{}
		}
		above, below := lines[full[k-1]].text, lines[full[k+1]].text
		if isRowCell(above) || isRowCell(below) {
			return [2]string{}
		}
		return [2]string{mask(above), mask(below)}
	}
	first := around(places[0])
	return first != [2]string{} && !slices.ContainsFunc(places, func(k int) bool { return around(k) != first })
}

// sourceLines returns what is left, with what parts each line from the one before.
func sourceLines(lines []rawLine) []sourceLine {
	var out []sourceLine
	blank, page := false, false
	for i, l := range lines {
		page = page || l.newPage || l.drop && l.text != joinedLine
		switch {
		case l.drop:
			continue
		case l.text == "":
			blank = true
			continue
		}
		s := sourceLine{no: i + 1, text: l.text, before: brLine}
		switch {
		case page:
			s.before = brPage
		case blank:
			s.before = brBlank
		}
		out = append(out, s)
		blank, page = false, false
	}
	return out
}
