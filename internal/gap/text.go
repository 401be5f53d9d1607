package gap

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// maxLines bounds the text form: some six hundred pages.
const maxLines = 40_000

// maxRowWords bounds one row of the text form; a longer one is no row.
const maxRowWords = 2000

// row is a block with its words, on its way to a finding.
type row struct {
	block
	words   []word
	verdict verdict
	read    bool // it has a conformity
}

// readText reads the text form.
func (d *document) readText() error {
	if n := strings.Count(d.text, "\n"); n > maxLines {
		return fmt.Errorf("%w: the text has %d lines; at most %d are read", tertial.ErrInvalid, n, maxLines)
	}
	lines := readLines(d.text)
	d.unit = titleUnit(lines)
	dropFurniture(lines)
	blocks, doubtful := outline(sourceLines(lines))
	if len(blocks) == 0 {
		return fmt.Errorf("%w: no clause stands at the start of a line, such as 4.1 or A.5.9, so there is no row to read", tertial.ErrInvalid)
	}
	if len(blocks) > maxRows {
		return fmt.Errorf("%w: the document has %d rows; at most %d are read", tertial.ErrInvalid, len(blocks), maxRows)
	}
	var c census
	for _, b := range blocks {
		c.note(rowOf(b))
	}
	d.lex.learnt = map[string]int{}
	s := &splitter{style: c.style(), lex: &d.lex, rated: map[string]float64{}}
	for _, b := range blocks {
		s.study(rowOf(b))
	}
	clear(s.rated)
	for i, b := range blocks {
		d.addRow(s, rowOf(b), i+1 < len(blocks) && b.clause.above(blocks[i+1].clause))
	}
	for _, m := range doubtful {
		d.doubt(m.at, m.clause.String(), "%s stands alone at the start of a line but out of order, and was read as text; if it is a clause, put the rows in order", m.clause)
	}
	return nil
}

// rowOf parts a block into words. It is done anew in each pass: the words of a
// large document would take many times its size.
func rowOf(b block) row {
	r := row{block: b, words: wordsOf(b.lines)}
	if len(r.words) <= maxRowWords {
		r.verdict, r.read = findConformity(r.words)
	}
	return r
}

// census counts in how many rows what tells of the document's style is seen.
type census struct{ read, alone, short, priorities, several, ownLine int }

func (c *census) note(r row) {
	if !r.read {
		return
	}
	c.read++
	rest := r.words[r.verdict.to:]
	has := func(what func(word) bool) int { return b2i(slices.ContainsFunc(rest, what)) }
	starts := r.verdict.from == 0 || r.words[r.verdict.from].before >= brLine
	c.alone += b2i(starts && (len(rest) == 0 || rest[0].before >= brLine))
	c.short += b2i(len(r.lines) <= 7)
	c.priorities += has(func(w word) bool { _, ok := readPriority(w.text); return ok && w.upper })
	if has(func(w word) bool { return w.before == brLine }) > 0 {
		c.several++
		c.ownLine += b2i(rest[0].before >= brLine)
	}
}

func (c *census) style() style {
	return style{
		ownLines:   c.ownLine*10 > c.several*6,
		lineCells:  c.read > 0 && c.alone*10 >= c.read*8 && c.short*10 >= c.read*9,
		priorities: c.priorities*2 > c.read,
	}
}

// study learns the roles of a row's owner cell, if it surely is one.
func (s *splitter) study(r row) {
	if !r.read {
		return
	}
	rest := r.words[r.verdict.to:]
	d, _ := s.divide(rest, r.verdict.value.IsGap())
	if d.owner == d.priority {
		return
	}
	cell := rest[d.owner:d.priority]
	alone := d.owner == 0 || cell[0].before >= brCell || s.lineCells && cell[0].before >= brLine || rest[d.owner-1].stop
	ends := d.priority < d.timing || d.priority == len(rest) || rest[d.priority].before >= brLine
	if !alone || !ends || hasProse(cell) {
		return
	}
	responsible, contributors, followUp := partiesBy(text(cell), s.lex)
	for _, name := range slices.Concat(responsible, contributors, followUp) {
		if len(strings.Fields(name)) <= 6 && startsUpper(name) {
			s.lex.learn(name)
		}
	}
}

// addRow divides a row into a finding, and says what was doubtful.
func (d *document) addRow(s *splitter, r row, heading bool) {
	f := tertial.Finding{Clause: r.clause.String(), Line: r.line, Priority: tertial.None}
	defer func() { d.add(f, r.clause) }()
	switch {
	case len(r.words) > maxRowWords:
		f.Requirement = cut(text(r.words[:200]), 500)
		d.fail(r.line, f.Clause, "the row has more than %d words; check that every clause stands at the start of its line", maxRowWords)
		return
	case !r.read && heading:
		f.Requirement = text(r.words)
		d.doubt(r.line, f.Clause, "no conformity was found; read as the heading of the clauses that follow")
		return
	case !r.read:
		f.Requirement = text(r.words)
		d.fail(r.line, f.Clause, "no conformity (Ja, Delvis, Nej, Ej tillämpligt; Yes, Partly, No, Not applicable) stands at a line's end or after a full stop, so the row cannot be divided; add the word or use CSV")
		return
	}
	v, gap := r.verdict, r.verdict.value.IsGap()
	rest := r.words[v.to:]
	best, second := s.divide(rest, gap)
	f.Conformity = v.value
	f.Requirement = text(r.words[:v.from])
	cells := best.cells(rest)
	f.Observation, f.Proposal, f.Owner, f.Timing = cells[colObservation], cells[colProposal], cells[colOwner], cells[colTiming]
	f.Priority = best.value
	d.doubtRow(s, f, r, best, second)
}

// closeCall is how near another reading must be to be mentioned.
const closeCall = 0.8

func (d *document) doubtRow(s *splitter, f tertial.Finding, r row, best, second division) {
	rest := r.words[r.verdict.to:]
	if r.verdict.rival != "" {
		d.doubt(r.line, f.Clause, "the conformity was read as %s, but %s could be it too; check it", echo(text(r.words[r.verdict.from:r.verdict.to])), echo(r.verdict.rival))
	}
	if f.Requirement == "" {
		d.doubt(r.line, f.Clause, "no requirement stands before the conformity; check the row")
	}
	if f.Conformity.IsGap() && !hasLetters(f.Proposal) {
		d.doubt(r.line, f.Clause, "a gap without a proposal: no action is drafted; add one if it is to be closed")
	}
	if f.Owner != "" && !d.vouched(f.Owner) {
		d.doubt(r.line, f.Clause, "%s was read as the owner, but is no role that is known or looks like one; check it", echo(f.Owner))
	}
	if q := best.proposal; f.Conformity.IsGap() && q > 0 && q < best.owner && rest[q].before == brSpace {
		d.doubt(r.line, f.Clause, "nothing parts the proposal from the observation but its words; it was taken to begin with %s; check it", echo(cut(f.Proposal, 40)))
	}
	if best.total-second.total >= closeCall || !hasLetters(f.Observation+f.Proposal) {
		return
	}
	one, other := best.cells(rest), second.cells(rest)
	for _, field := range []int{colOwner, colTiming, colProposal} {
		if one[field] != other[field] {
			d.doubt(r.line, f.Clause, "the row can be divided in two ways: its %s is %s, or %s; check it", columns[field][0], echoCell(one[field]), echoCell(other[field]))
			return
		}
	}
}

// vouched reports whether every name in an owner's cell looks like a role by
// itself, or is an owner in another row too.
func (d *document) vouched(owner string) bool {
	responsible, contributors, followUp := partiesBy(owner, &d.lex)
	for _, name := range slices.Concat(responsible, contributors, followUp) {
		if d.lex.learnt[tertial.RoleKey(name)] < 2 && (&lexicon{}).rate(name) < roleCapital {
			return false
		}
	}
	return len(responsible) > 0
}

func echoCell(s string) string {
	if s == "" {
		return "empty"
	}
	return echo(cut(s, 40))
}

func hasLetters(s string) bool { return strings.ContainsFunc(s, isWordRune) }

var (
	unitLabel = regexp.MustCompile(`(?i)^\s*(?:enhet|förvaltning|organisation|verksamhet|nämnd|bolag|myndighet|avser|unit|department|organi[sz]ation|entity|scope)\s*:\s*(.+)$`)
	unitTitle = regexp.MustCompile(`(?i)^\s*gap[- ]?anal(?:ys|ysis)\b[^–—:]*?(?:\s+(?:för|of|for)\s+|\s*[–—:]\s*|\s+-\s+)(.+)$`)
	noUnit    = regexp.MustCompile(`(?i)27001|\blis\b|\bisms\b|informations?\s?s[äe]|information security|ledningssystem|management system|\b(?:19|20)\d\d\b|\bsida\b|\bpage\b|standard`)
)

// titleUnit guesses the unit from the lines before the first clause, if one clearly names it.
func titleUnit(lines []rawLine) string {
	seen := 0
	for _, l := range lines {
		if l.text == "" || l.text == joinedLine {
			continue
		}
		if _, _, ok := leadingClause(l.text); ok || seen > titleLines {
			return ""
		}
		seen++
		for _, form := range []*regexp.Regexp{unitLabel, unitTitle} {
			if m := form.FindStringSubmatch(l.text); m != nil {
				unit := strings.Trim(Clean(m[1]), " .,;–-")
				if unit != "" && utf8.RuneCountInString(unit) <= 100 && !noUnit.MatchString(unit) {
					return unit
				}
			}
		}
	}
	return ""
}
