package timing

import (
	"strconv"

	"tertial/internal/tertial"
)

// parser turns lexemes into terms. It knows the wheel's names only through them,
// and of the calendar only the day the phrase was written.
type parser struct {
	lx    []lexeme
	i     int
	dated tertial.Date
	// reportKey returns the event that closes tertial n.
	reportKey func(n int) string
	terms     []term
	mods      modifiers
}

// modifiers are what has been read since the last term and bears on the next.
type modifiers struct {
	prep     preposition
	prepGap  int // unknown words since the preposition
	next     bool
	part     part
	checking bool
	link     link
	gap      int // unknown words since the last term
	lead     int // two weeks before …
	leadUnit unit
}

// parse reads all terms of a phrase.
func (p *parser) parse() []term {
	for p.i < len(p.lx) {
		start := p.i
		if !p.term() {
			p.i = start
			p.modifier()
		}
	}
	return p.terms
}

// at returns the lexeme k places ahead, an unknown one beyond the ends.
func (p *parser) at(k int) lexeme {
	if i := p.i + k; i >= 0 && i < len(p.lx) {
		return p.lx[i]
	}
	return lexeme{}
}

func (p *parser) end(k int) bool { return p.i+k >= len(p.lx) }

// term reads one term, or two that are written as one (v. 7–9), and reports
// whether there was one. Where there was none, p.i may stand anywhere.
func (p *parser) term() bool {
	lx := p.at(0)
	switch lx.role {
	case event:
		return p.event()
	case report, reportNoun:
		return p.report()
	case recurring:
		p.i++
		p.emit(term{kind: recurs, n: lx.n})
		return true
	case urgent:
		p.i++
		p.emit(term{kind: urgency, n: lx.n})
		return true
	case within, next:
		return p.amount()
	case numeral, ordinal:
		return p.numeric()
	case monthName, july:
		return p.month()
	case letter, unitName:
		return p.unitNumber()
	case seasonName:
		return p.season()
	case fixed:
		return p.turn()
	case yearWord:
		p.i++
		p.emit(p.wordYear(term{kind: year}, lx.n))
		return true
	case genitive:
		p.i++
		if lx.n != wholeYear {
			p.emit(p.wordYear(term{kind: year, genitive: true}, lx.n))
		}
		return lx.n != wholeYear
	case relative:
		p.i++
		p.emit(p.away(unit(lx.n), lx.m))
		return true
	}
	return false
}

// wordYear gives t the year that a word tells: this one, the next, or the plan year.
func (p *parser) wordYear(t term, n int) term {
	if n != wholeYear && !p.dated.IsZero() {
		t.year, t.origin = p.dated.Year()+n, fromDated
	}
	return t
}

// modifier takes one lexeme that is no term and remembers what it means for the next.
func (p *parser) modifier() {
	lx, m := p.at(0), &p.mods
	p.i++
	switch lx.role {
	case preposed:
		m.prep, m.prepGap = preposition(lx.n), 0
		if m.prep == until && m.gap == 0 {
			m.link = ranged
		}
	case next:
		m.next = true
	case portion:
		m.part = part(lx.n)
	case checking:
		m.checking = true
		m.gap++
	case listing:
		if m.gap == 0 && m.link == loose {
			m.link = listed
		}
	case fromTo:
		if m.gap == 0 && m.part == whole {
			m.link = ranged
		}
	case filler, within:
	case numeral:
		p.lead(lx)
	default:
		m.gap++
		m.prepGap++
		m.part, m.link = whole, loose
	}
}

// lead reads "två veckor före", of which the number has just been passed. An article,
// or a number of something else, says nothing.
func (p *parser) lead(n lexeme) {
	m := &p.mods
	if p.at(0).role == unitName && p.at(1).role == preposed && preposition(p.at(1).n) == before && n.n > 0 {
		m.lead, m.leadUnit = n.n, unit(p.at(0).n)
		p.i++
		return
	}
	if n.digits > 0 {
		m.gap++
		m.prepGap++
		m.part, m.link = whole, loose
	}
}

// emit adds a term with the modifiers that were read before it.
func (p *parser) emit(t term) {
	m := p.mods
	p.mods = modifiers{}
	t.prep, t.next, t.checking = m.prep, m.next, m.checking
	if t.part == whole {
		t.part = m.part
	}
	// A word between leaves the preposition with a deadline (senast ska det vara klart i mars)
	// and an event (inför arbetet med VP), but not with another time: före beslut, mars.
	if m.prepGap > 0 && t.prep != by && (t.prep != before || t.kind != wheelEvent) {
		t.prep = noPrep
	}
	if len(p.terms) > 0 {
		t.link = m.link
		prev := &p.terms[len(p.terms)-1]
		switch {
		case t.kind == wheelEvent && prev.genitive && m.gap == 0:
			if t.origin == notGiven {
				t.year, t.origin = prev.year, prev.origin
			}
			t.prep, t.next, t.link = later(t.prep, prev.prep), false, prev.link
			p.terms = p.terms[:len(p.terms)-1]
		case t.link == listed && prev.prep == between:
			t.link, t.prep = ranged, noPrep
		case t.link == listed && t.prep == noPrep:
			t.prep, t.next, t.checking = prev.prep, t.next || prev.next, t.checking || prev.checking
		case t.link == ranged:
			t.prep = noPrep
			t.checking = t.checking || prev.checking
		}
	}
	if m.lead > 0 && t.prep == before {
		t.lead, t.unit = m.lead, m.leadUnit
	}
	p.terms = append(p.terms, t)
}

// later is the preposition nearer to the term, if there is one.
func later(near, far preposition) preposition {
	if near != noPrep {
		return near
	}
	return far
}

// also emits a term that continues the last one.
func (p *parser) also(t term, l link) {
	p.mods = modifiers{link: l}
	p.emit(t)
}

// connector reads what ties two numbers of one kind, and reports how.
func (p *parser) connector() (l link, ok bool) {
	lx := p.at(0)
	switch {
	case lx.role == fromTo, lx.role == preposed && preposition(lx.n) == until:
		l = ranged
	case lx.role == listing && lx.text != ",":
		l = listed
	default:
		return loose, false
	}
	p.i++
	return l, true
}

// event reads the name of an event, and the year of its report.
func (p *parser) event() bool {
	key := p.at(0).key
	numbered := p.at(0).digits > 0
	p.i++
	t := term{kind: wheelEvent, key: key}
	p.trailingYear(&t)
	p.emit(t)
	if numbered { // tertialrapport 1 och 2
		p.moreReports()
	}
	return true
}

// report reads tertialrapport 2, rapporten för T2, or just the tertial report.
func (p *parser) report() bool {
	any := p.at(0).role == report
	p.i++
	start := p.i
	for p.at(0).role == filler || p.at(0).role == fromTo && p.at(0).glued {
		p.i++
	}
	n, ok := p.tertialNumber(any)
	if ok {
		p.emitReport(n)
		p.moreReports()
		return true
	}
	p.i = start
	if any && !p.mods.checking {
		p.emit(term{kind: nextReport})
	}
	return any
}

// tertialNumber reads 2, T2, tertial 2 or andra tertialet; a bare number only where
// the word before it says that it is a tertial's.
func (p *parser) tertialNumber(bare bool) (n int, ok bool) {
	lx := p.at(0)
	switch {
	case bare && isOrdinal(lx, 3) && lx.role == numeral && lx.digits <= 1:
		p.i++
		return lx.n, true
	case (lx.role == letter || lx.role == unitName) && unit(lx.n) == tertialUnit && isOrdinal(p.at(1), 3):
		p.i += 2
		return p.at(-1).n, true
	case lx.role == ordinal && isOrdinal(lx, 3) && p.at(1).role == unitName && unit(p.at(1).n) == tertialUnit:
		p.i += 2
		return lx.n, true
	}
	return 0, false
}

func isOrdinal(lx lexeme, limit int) bool {
	return (lx.role == numeral || lx.role == ordinal) && lx.n >= 1 && lx.n <= limit && lx.digits <= 2
}

func (p *parser) emitReport(n int) {
	t := term{kind: wheelEvent, key: p.reportKey(n)}
	p.trailingYear(&t)
	p.emit(t)
}

// moreReports reads the rest of tertialrapport 1 och 2.
func (p *parser) moreReports() {
	for {
		start := p.i
		l, ok := p.connector()
		if !ok {
			return
		}
		n, ok := p.tertialNumber(true)
		if !ok || p.at(0).role == monthName || p.at(0).role == unitName {
			p.i = start
			return
		}
		t := term{kind: wheelEvent, key: p.reportKey(n)}
		p.trailingYear(&t)
		prep := p.terms[len(p.terms)-1].prep
		p.also(t, l)
		p.terms[len(p.terms)-1].prep = prep
	}
}

// amount reads inom tre månader, the next 12 months.
func (p *parser) amount() bool {
	p.i++
	for p.at(0).role == filler {
		p.i++
	}
	n := p.at(0)
	if n.role != numeral || n.n < 1 || n.digits == 4 && n.n >= firstYear {
		return false
	}
	p.i++
	start := p.i
	if _, ok := p.connector(); ok && p.at(0).role == numeral && p.at(0).n >= n.n { // inom 1–2 månader
		n = p.at(0)
		p.i++
	} else {
		p.i = start
	}
	if p.at(0).role != unitName {
		return false
	}
	t := term{kind: amount, n: n.n, unit: unit(p.at(0).n)}
	p.i++
	if (p.at(0).role == preposed) && (preposition(p.at(0).n) == after || preposition(p.at(0).n) == from) {
		p.i++
		if !countsFromNow(p.at(0).text) {
			t = term{kind: unreadable, why: "tiden räknas från något som frasen inte daterar"}
		}
	}
	p.emit(t)
	return true
}

func countsFromNow(w string) bool {
	switch w {
	case "nu", "idag", "i", "dagens", "now", "today":
		return true
	}
	return false
}

// away gives the unit so many units from the one that holds the date written.
func (p *parser) away(u unit, n int) term {
	if p.dated.IsZero() {
		return term{kind: unreadable, why: "inget datum att räkna från"}
	}
	y, m, _ := p.dated.Civil()
	t := term{year: y, origin: fromDated}
	i, per := int(m)-1, 12
	switch u {
	case weekUnit:
		t.kind = week
		t.year, t.n = p.dated.AddDays(7 * n).Week()
		return t
	case monthUnit:
		t.kind = month
	case quarterUnit:
		t.kind, i, per = quarter, i/3, 4
	case tertialUnit:
		t.kind, i, per = tertialPeriod, i/4, 3
	default:
		t.kind, i, per = half, i/6, 2
	}
	t.year += (i + n) / per
	t.n = (i+n)%per + 1
	return t
}

// label prints a number in a reason.
func label(n int) string { return strconv.Itoa(n) }
