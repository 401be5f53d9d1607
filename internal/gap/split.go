package gap

import (
	"cmp"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// tail is one way to read the end of a row: the places, among the words after
// the conformity, where owner, priority and timing begin.
type tail struct {
	owner, priority, timing int // owner..priority, priority..timing, timing..end
	value                   tertial.Priority
	score                   float64
}

// division is one way to read all that follows the conformity.
type division struct {
	tail
	proposal int // observation before, proposal from here to owner
	total    float64
}

// same reports whether two readings give the same cells.
func (d division) same(e division) bool {
	return d.proposal == e.proposal && d.owner == e.owner && d.priority == e.priority && d.timing == e.timing && d.value == e.value
}

// cells returns the texts of a reading by column; the first three are empty.
func (d division) cells(ws []word) [len(columns)]string {
	return [len(columns)]string{
		colObservation: text(ws[:d.proposal]),
		colProposal:    text(ws[d.proposal:d.owner]),
		colOwner:       text(ws[d.owner:d.priority]),
		colPriority:    text(ws[d.priority:d.timing]),
		colTiming:      text(ws[d.timing:]),
	}
}

// splitter divides the rows of one document.
type splitter struct {
	style
	lex   *lexicon
	rated map[string]float64 // cells as parties; what is learnt makes it void
	// hints are what the sentences of the row at hand suggest, by their first word.
	hints map[int]hint
}

// Bounds of a tail, in words; longer cells are told by their breaks alone.
const (
	longestOwner  = 16
	longestTiming = 32
	triedTails    = 12
	triedSplits   = 64
)

// hopeless is the evidence below which a timing without a priority is not looked at further.
const hopeless = -5.0

// divide returns the best reading of the words after a conformity and the best
// one that differs from it in a cell, for telling how sure the first is.
func (s *splitter) divide(ws []word, gap bool) (best, second division) {
	best.total, second.total = -1e9, -1e9
	s.hints = map[int]hint{}
	tails := s.tails(ws, gap)
	for _, t := range tails[:min(len(tails), triedTails)] {
		for _, q := range s.cuts(ws[:t.owner]) {
			d := division{tail: t, proposal: q}
			d.total = t.score + s.body(ws, d, gap)
			switch {
			case d.total > best.total:
				best, second = d, best
			case d.total > second.total && !d.same(best):
				second = d
			}
		}
	}
	return best, second
}

// cuts lists where a proposal may begin: at the start, at the end (there is
// none), and at every break that could part two cells.
func (s *splitter) cuts(ws []word) []int {
	out := []int{len(ws)}
	if len(ws) == 0 {
		return out
	}
	out = append(out, 0)
	for _, least := range []breakKind{brCell, brSpaces, brSpace} {
		for i := 1; i < len(ws) && len(out) < triedSplits; i++ {
			k := ws[i].before
			fresh := k >= least && (least == brCell || k < brCell && (least == brSpaces || k < brSpaces))
			if fresh && (k >= brCell || startsCell(ws[i].text)) {
				out = append(out, i)
			}
		}
	}
	return out
}

// startsCell reports whether a cell may begin with the word without a break that shows it.
func startsCell(w string) bool {
	return startsUpper(w) || isMark(w) || w[0] >= '0' && w[0] <= '9'
}

// body weighs observation and proposal, and the empty cells between all.
func (s *splitter) body(ws []word, d division, gap bool) float64 {
	q, o := d.proposal, d.owner
	e := s.prose(ws[:q]) + s.prose(ws[q:o])
	switch {
	case q == o && gap:
		e -= 1.5
	case q < o && !gap && (q == 0 || ws[q].before < brCell):
		e -= 4
	case q < o && !gap:
		e -= 2.5
	}
	if q == 0 && o > 0 && gap {
		e -= 0.8 - 0.5*s.suggests(ws, 0, o)
		if o == d.priority && d.timing == len(ws) {
			e-- // what nobody is to do, and never, is what was observed
		}
	}
	if q > 0 && q < o {
		e += s.starts(ws[q])
		if ws[q].before < brCell && !ws[q-1].stop && !startsUpper(ws[q].text) && !isMark(ws[q].text) {
			e -= 2 // a number in the middle of a sentence
		}
		if ws[q].before < brLine && !ws[q-1].stop {
			e -= 0.6 // a capital in the middle of a sentence may be a name
			if isAcronym(ws[q].text) {
				e -= 2
			}
		}
		e += s.suggests(ws, q, o) + 0.5*(s.leaning(ws, q, o)-s.leaning(ws, 0, q))
		if declinesFirst(ws[q:o]) {
			e++
		}
	}
	return e + s.empties(ws, d)
}

// empties weighs the runs of spaces between cells against the cells between them.
func (s *splitter) empties(ws []word, d division) float64 {
	e := 0.0
	last := colConformity
	for _, c := range []struct{ col, from, to int }{
		{colObservation, 0, d.proposal}, {colProposal, d.proposal, d.owner}, {colOwner, d.owner, d.priority},
		{colPriority, d.priority, d.timing}, {colTiming, d.timing, len(ws)},
	} {
		if c.from < c.to {
			e += emptyCells(ws[c.from], c.col-last-1)
			last = c.col
		}
	}
	return e
}

// tails lists readings of a row's end, the best first.
func (s *splitter) tails(ws []word, gap bool) []tail {
	out := []tail{}
	n := len(ws)
	for i := max(0, n-longestTiming-2); i < n; i++ {
		k, value := s.priorityAt(ws, i)
		if k == 0 {
			continue
		}
		base := s.priority(ws, i, i+k) + s.timingAfter(ws[i+k:], gap)
		out = s.owners(out, ws, tail{priority: i, timing: i + k, value: value, score: base}, gap)
	}
	base := -0.3
	if s.priorities {
		base = -2
	}
	for t := n; t >= max(0, n-longestTiming); t-- {
		if t < n && ws[t].before < brLine && !startsCell(ws[t].text) && !ws[t].isTime() {
			continue
		}
		if alone := s.timingAlone(ws, t, gap); alone > hopeless {
			out = s.owners(out, ws, tail{priority: t, timing: t, value: tertial.None, score: base + alone}, gap)
		}
	}
	slices.SortStableFunc(out, func(a, b tail) int { return cmp.Compare(b.score, a.score) })
	return out
}

// priorityAt returns how many words a priority at i has; 0 is none.
func (s *splitter) priorityAt(ws []word, i int) (int, tertial.Priority) {
	for n := min(2, len(ws)-i); n > 0; n-- {
		if n > 1 && ws[i+1].before >= brCell || isDash(ws[i].text) {
			continue
		}
		if p, ok := readPriority(plain(ws[i : i+n])); ok {
			return n, p
		}
	}
	return 0, ""
}

// priority weighs a priority's place: ws[i:j].
func (s *splitter) priority(ws []word, i, j int) float64 {
	w, e := ws[i], 0.5
	if w.upper {
		e += 1.5
	} else {
		e -= 0.7
	}
	e += max(0, s.starts(w)) / 2
	if i > 0 && w.before < brCell && leadsOn(ws[i-1]) {
		e -= 4
	}
	if j < len(ws) && ws[j].before < brLine && !startsCell(ws[j].text) && !ws[j].isTime() {
		e -= 5 // "Hög risk finns …"
	}
	if j == len(ws) || ws[j].before >= brLine {
		e++
	}
	return e
}

// timingAfter weighs what follows a priority.
func (s *splitter) timingAfter(ws []word, gap bool) float64 {
	if len(ws) == 0 {
		if gap {
			return -0.3
		}
		return 0
	}
	share, certain := timeShare(ws)
	e := s.inner(ws) + max(0, s.starts(ws[0]))/4
	switch {
	case certain:
		e += 1.5 + share
	case share > 0:
		e += 0.5 + share
	case ws[0].upper || ws[0].before >= brLine:
	default:
		e -= 3
	}
	e -= 0.25 * float64(max(0, len(ws)-14))
	for _, w := range ws[:len(ws)-1] {
		if w.stop {
			e -= 0.7
		}
	}
	return e
}

// timingAlone weighs a timing that no priority precedes: ws[t:].
func (s *splitter) timingAlone(ws []word, t int, gap bool) float64 {
	if t == len(ws) {
		if gap {
			return -0.5
		}
		return 0
	}
	share, certain := timeShare(ws[t:])
	start := ws[t]
	e := s.inner(ws[t:]) + 0.5*s.starts(start) + 2.5*share - 1.5
	if !certain {
		e -= 2
	}
	if t == 0 {
		e -= 4 // nothing but a time
	}
	if !startsCell(ws[t].text) {
		e -= 1.5
		if !ws[t].isTime() {
			e -= 1.5
		}
	}
	if t > 0 && ws[t].before < brCell && !ws[t-1].stop && ws[t-1].isTime() {
		e -= 3 // "varje månad"
	}
	if start.before < brCell && t > 0 && leadsOn(ws[t-1]) {
		e -= 4
	}
	for _, w := range ws[t : len(ws)-1] {
		if w.stop {
			e--
		}
	}
	return e - 0.2*float64(max(0, len(ws)-t-8))
}

// owners adds to out the readings of t with every owner that may end where its
// priority begins, and with none.
func (s *splitter) owners(out []tail, ws []word, t tail, gap bool) []tail {
	end := t.priority
	none := t
	none.owner = end
	if gap {
		none.score--
	}
	if end > 0 && end < len(ws) && ws[end-1].stop && ws[end].before < brBlank {
		none.score++
	}
	if end == t.timing && end < len(ws) && end > 0 && ws[end].before < brLine && !ws[end-1].stop {
		none.score -= 4 // a time in the middle of a sentence
	}
	out = append(out, none)
	for o := end - 1; o >= max(0, end-longestOwner); o-- {
		if x := s.owner(ws, o, end); x > -6 {
			with := t
			with.owner, with.score = o, t.score+x
			out = append(out, with)
		}
		if o > 0 && ws[o].before == brBlank && end-o > 6 {
			break
		}
	}
	return out
}

// owner weighs ws[o:end] as an owner's cell.
func (s *splitter) owner(ws []word, o, end int) float64 {
	cell, first := ws[o:end], ws[o]
	parted := o == 0 || first.before >= brCell || first.before >= brLine && s.lineCells
	after := o > 0 && ws[o-1].stop
	if !parted && first.before < brLine && !first.upper || (linkWords[first.low] || joining[first.low]) && !isAcronym(first.text) {
		return unthinkable
	}
	if last := cell[len(cell)-1]; isDash(last.text) || roleInner[last.low] {
		return unthinkable
	}
	if !balanced(cell) {
		return unthinkable
	}
	rate := s.rateParties(cell)
	if rate < 0 && rate > unthinkable && standsAsOwner(cell, parted, after) {
		rate = -0.5 // unknown, but it stands where an owner stands
	}
	e := rate + s.inner(cell) - 0.3*float64(max(0, len(cell)-8))
	if share, certain := timeShare(cell); certain && share >= 0.5 {
		e -= 4 // "Snarast"
	}
	if cell[len(cell)-1].stop && !after && !parted {
		e -= 6 // the end of a sentence that names a role
	}
	if o == 0 {
		if rate < roleAcronym {
			e -= 3 // more likely all that was observed
		}
		return e - 0.5
	}
	e += s.starts(first)
	if parted {
		return e
	}
	switch {
	case after:
		e += 2
	case first.before >= brLine && first.upper:
	case first.upper:
		e++
	default:
		e -= 2
	}
	before := ws[o-1].text
	if linkWords[strings.ToLower(before)] && !isAcronym(before) || strings.HasSuffix(before, ",") || before == "&" || isDash(before) {
		e -= 5
	}
	if startsUpper(before) && !after && !isAcronym(before) && o > 1 && !ws[o-2].stop && first.before == brSpace {
		e--
	}
	if s.beheaded(ws, o, end) {
		e -= 4
	}
	return e
}

// beheaded reports a cell that lacks its name's first words, which nothing but a
// line end parts from it: "… publish it. Security | Officer".
func (s *splitter) beheaded(ws []word, o, end int) bool {
	if ws[o].before >= brCell || ws[o-1].stop || ws[o].upper && knownRoles[strings.ToLower(plain(ws[o:end]))] {
		return false
	}
	k := o - 1
	for k > 0 && o-k < longestOwner/2 && !ws[k-1].stop && ws[k].before < brCell {
		k--
	}
	if k == 0 || !ws[k-1].stop || !ws[k].upper || s.rateParties(ws[k:end]) < roleLike {
		return false
	}
	// A cell that begins there may be a short proposal, unless it names roles, too,
	// or is the one word that a word like "Coordinator" asks for.
	return ws[k].before < brCell || s.rateParties(ws[k:o]) >= roleAcronym || o-k == 1 && roleHeads[ws[o].low]
}

// balanced reports whether every bracket that a cell opens is closed in it.
func balanced(cell []word) bool {
	open := 0
	for _, w := range cell {
		open += strings.Count(w.text, "(") - strings.Count(w.text, ")")
		if open < 0 {
			return false
		}
	}
	return open == 0
}

// unthinkable is less than any evidence can make up for.
const unthinkable = -8.0

// standsAsOwner reports whether a cell that names no role one knows could be an
// owner for where it stands and how short it is.
func standsAsOwner(cell []word, parted, after bool) bool {
	if !startsCell(cell[0].text) || len(cell) > 2 && cell[len(cell)-1].stop {
		return false
	}
	return parted && len(cell) <= 6 || after && len(cell) <= 3
}

// rateParties rates a cell as parties: by the least likely of its names.
func (s *splitter) rateParties(cell []word) float64 {
	for i := range cell {
		w := &cell[i]
		if isProse(w.text) && !(i > 0 && w.low == "from" && cell[i-1].low == "support") || i < len(cell)-1 && w.stop || isMark(w.text) && !isDash(w.text) && w.low != "o" {
			return unthinkable
		}
	}
	key := plain(cell)
	if rate, ok := s.rated[key]; ok {
		return rate
	}
	r, c, f := partiesBy(Clean(key), s.lex)
	worst := roleKnown
	for _, name := range slices.Concat(r, c, f) {
		worst = min(worst, s.lex.rate(name))
	}
	if len(r) == 0 {
		worst = roleUnlikely
	}
	s.rated[key] = worst
	return worst
}

func hasProse(ws []word) bool {
	return slices.ContainsFunc(ws, func(w word) bool { return isProse(w.text) })
}
