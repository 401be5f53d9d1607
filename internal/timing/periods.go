package timing

// The years that a phrase can mean; others are no years.
const (
	firstYear = 2000
	finalYear = 2100
)

func isYear(lx lexeme) bool {
	return lx.role == numeral && lx.digits == 4 && lx.n >= firstYear && lx.n <= finalYear
}

// isShortYear takes 24 for 2024 where nothing else can be meant. Years that are long past
// or far off are written in full.
func isShortYear(lx lexeme) bool {
	return lx.role == numeral && lx.digits == 2 && lx.n >= 20 && lx.n <= 60
}

func isMonth(lx lexeme) bool { return lx.role == monthName || lx.role == july }

// isDash and isSlash want the sign straight after what stands before it.
func isDash(lx lexeme) bool  { return lx.role == fromTo }
func isSlash(lx lexeme) bool { return lx.role == listing && lx.text == "/" }

// trailingYear reads the year that a term is followed by, if any, and gives it to t.
func (p *parser) trailingYear(t *term) {
	if p.shortYear(t) {
		return
	}
	j := 0
	for j < 3 && p.joinsYear(p.at(j), t.kind) {
		j++
	}
	lx := p.at(j)
	switch {
	case lx.role == numeral && lx.digits == 4:
		if p.isoAt(j) || t.kind == wheelEvent && p.rangeAt(j) {
			return
		}
		p.i += j + 1
		t.year, t.origin = lx.n, written
		if !isYear(lx) {
			*t = term{kind: unreadable, why: "året " + label(lx.n) + " ligger utanför " + label(firstYear) + "–" + label(finalYear)}
		}
	case lx.role == yearWord && t.kind != wheelEvent:
		p.i += j + 1
		*t = p.wordYear(*t, lx.n)
	case lx.role == yearWord && j == 0 && lx.n != wholeYear:
		p.i++
		*t = p.wordYear(*t, lx.n)
	}
}

// joinsYear reports whether a lexeme may stand between a term and its year: Q1 (2025),
// mars i år, VB för 2024. An event takes its year only from close by, since a
// period beside it is the period of the action: i VP, 2024.
func (p *parser) joinsYear(lx lexeme, k kind) bool {
	switch lx.text {
	case "(", "för", "for", "of", "år", "year":
		return lx.text != "(" || lx.role == filler
	case ",", "i", "in", "under", "during", ".", "av":
		return k != wheelEvent
	case "-", "/": // mars-2025, Q1 – 2025, v. 12/2025; 1 mars – 2025 says nothing
		return k != wheelEvent && k != day && k != year
	}
	return false
}

// shortYear reads '25, and after a term whose own numbers are small -25, /25 or 25.
func (p *parser) shortYear(t *term) bool {
	small := t.kind == quarter || t.kind == tertialPeriod || t.kind == half || t.kind == spring || t.kind == autumn
	lx, y := p.at(0), p.at(1)
	switch {
	case (lx.text == "'" || lx.text == "’") && isShortYear(y) && y.glued:
		p.i += 2
	case (small || t.kind == month) && (isDash(lx) || isSlash(lx)) && isShortYear(y) && y.glued && p.freeAfter(2):
		p.i += 2
	case small && isShortYear(lx) && p.freeAfter(1):
		p.i, y = p.i+1, lx
	default:
		return false
	}
	t.year, t.origin = firstYear+y.n, written
	return true
}

// freeAfter reports whether a number that ends before place k is no part of a longer
// expression: 25 april, 25/4, 25 personer are no years.
func (p *parser) freeAfter(k int) bool {
	lx := p.at(k)
	return p.end(k) || !isMonth(lx) && !isSlash(lx) && lx.role != unknown && lx.role != unitName
}

// isoAt reports whether a date such as 2025-03 or 2025-03-15 begins k places ahead.
func (p *parser) isoAt(k int) bool {
	m := p.at(k + 2)
	return p.at(k).role == numeral && p.at(k).digits == 4 && isDash(p.at(k+1)) && p.at(k+1).glued &&
		m.role == numeral && m.glued && m.digits == 2 && m.n >= 1 && m.n <= 12 && !isMonth(p.at(k+3))
}

// rangeAt reports whether years such as 2024–2026 begin k places ahead.
func (p *parser) rangeAt(k int) bool {
	return (isDash(p.at(k+1)) || isSlash(p.at(k+1))) && isYear(p.at(k+2))
}

// unitKind is the period of a unit and how many of it a year has at most.
func unitKind(u unit) (k kind, limit int, ok bool) {
	switch u {
	case weekUnit:
		return week, 53, true
	case quarterUnit:
		return quarter, 4, true
	case tertialUnit:
		return tertialPeriod, 3, true
	case halfUnit:
		return half, 2, true
	}
	return 0, 0, false
}

// unitNumber reads a unit and its number: Q2, kvartal tre, v. 7–9, T1.
func (p *parser) unitNumber() bool {
	u := p.at(0)
	if unit(u.n) == yearUnit && u.role == unitName {
		return p.plainYear()
	}
	k, limit, ok := unitKind(unit(u.n))
	if !ok {
		return false
	}
	p.i++
	for p.at(0).role == filler && (p.at(0).text == "." || p.at(0).text == "nr" || p.at(0).text == "nummer") {
		p.i++
	}
	n := p.at(0)
	if n.role != numeral || u.role == letter && n.digits == 0 || n.digits > 2 {
		return false
	}
	p.i++
	if n.n < 1 || n.n > limit {
		// T4 and H3 may be anything; there is no doubt what Q5 and vecka 60 were to be.
		if u.role == letter && (k == tertialPeriod || k == half) {
			return false
		}
		p.emit(term{kind: unreadable, why: "det finns ingen sådan period som nummer " + label(n.n)})
		return true
	}
	if k == tertialPeriod && p.reportAhead() {
		p.tertialsToReports()
		p.emitReport(n.n)
		return true
	}
	t := term{kind: k, n: n.n}
	p.trailingYear(&t)
	p.emit(t)
	p.moreNumbers(k, limit)
	return true
}

// plainYear reads the year of "end of year"; elsewhere the word says nothing.
func (p *parser) plainYear() bool {
	p.i++
	if p.mods.part == whole {
		return false
	}
	if isYear(p.at(0)) {
		return true // år 2025: the number is the year
	}
	p.emit(term{kind: year})
	return true
}

// reportAhead takes the rest of T2-rapporten, T2 report.
func (p *parser) reportAhead() bool {
	j := 0
	if isDash(p.at(0)) {
		j++
	}
	if p.at(j).role != reportNoun && p.at(j).role != report {
		return false
	}
	p.i += j + 1
	return true
}

// tertialsToReports makes reports of the tertials that a report has just been
// listed with: T1- och T2-rapporten.
func (p *parser) tertialsToReports() {
	if p.mods.link == loose {
		return
	}
	for i := len(p.terms) - 1; i >= 0 && p.terms[i].kind == tertialPeriod; i-- {
		t := &p.terms[i]
		t.kind, t.key, t.n = wheelEvent, p.reportKey(t.n), 0
		if t.link == loose {
			return
		}
	}
}

// moreNumbers reads the rest of v. 7–9 or kvartal 1 och 2.
func (p *parser) moreNumbers(k kind, limit int) {
	for {
		start := p.i
		l, ok := p.connector()
		if p.at(0).text == "," && p.at(2).role == listing { // 1, 2 och 3
			p.i++
			l, ok = listed, true
		}
		n := p.at(0)
		if !ok || n.role != numeral || n.digits == 0 || n.digits > 2 || n.n < 1 || n.n > limit ||
			isMonth(p.at(1)) || isSlash(p.at(1)) || p.at(1).role == unitName {
			p.i = start
			return
		}
		p.i++
		t := term{kind: k, n: n.n}
		p.trailingYear(&t)
		p.also(t, l)
	}
}

// ordinals reads första kvartalet, första och andra halvåret, tredje tertialrapporten.
func (p *parser) ordinals() bool {
	var ns []int
	links := []link{p.mods.link}
	for p.at(0).role == ordinal {
		ns = append(ns, p.at(0).n)
		p.i++
		l, ok := p.connector()
		if !ok {
			break
		}
		links = append(links, l)
	}
	u := p.at(0)
	if len(ns) == 0 || len(links) > len(ns) {
		return false
	}
	if u.role == report && ns[0] >= 1 && ns[0] <= 3 {
		p.i++
		p.emitReport(ns[0])
		return true
	}
	k, limit, ok := unitKind(unit(u.n))
	if u.role != unitName || !ok || k == week {
		return false
	}
	p.i++
	if k == half && isMonth(p.at(1)) { // första halvan av mars
		return false
	}
	if k == tertialPeriod && len(ns) == 1 && ns[0] > 0 && p.reportAhead() {
		p.emitReport(ns[0])
		return true
	}
	for i, n := range ns {
		if n == lastOne {
			n = limit
		}
		if n < 1 || n > limit {
			p.emit(term{kind: unreadable, why: "det finns ingen sådan period som nummer " + label(n)})
			return true
		}
		t := term{kind: k, n: n}
		if i == len(ns)-1 {
			p.trailingYear(&t)
		}
		if i == 0 {
			p.emit(t)
		} else {
			p.also(t, links[i])
		}
	}
	return true
}

// season reads våren 2025, HT25, läsåret 2024/25.
func (p *parser) season() bool {
	lx := p.at(0)
	p.i++
	ours := lx.text == "vår" || lx.text == "i vår" // our, our own, as well as spring
	if ours && (p.at(0).role == event || p.at(0).role == report || p.at(0).role == unknown && !p.end(0)) {
		return false
	}
	if lx.text == "fall" && !isYear(p.at(0)) { // i så fall
		return false
	}
	t := term{kind: kind(lx.n)}
	if t.kind == schoolYear || t.kind == winter {
		p.twoYears(&t)
	} else {
		p.trailingYear(&t)
	}
	if p.mods.prep == until { // till hösten means in the autumn
		p.mods.prep = noPrep
		if t.kind == summer {
			p.mods.prep = before
		}
	}
	p.emit(t)
	return true
}

// turn reads årsskiftet 2024/2025, halvårsskiftet, månadsskiftet mars/april, årets slut.
func (p *parser) turn() bool {
	t := term{kind: kind(p.at(0).n)}
	p.i++
	switch t.kind {
	case turnOfYear:
		p.twoYears(&t)
	case turnOfMonth:
		for p.at(0).role == filler {
			p.i++
		}
		if !isMonth(p.at(0)) {
			return false
		}
		t.n = p.at(0).n
		p.i++
		if (isDash(p.at(0)) || isSlash(p.at(0))) && isMonth(p.at(1)) {
			p.i += 2
		}
		p.trailingYear(&t)
	default:
		p.trailingYear(&t)
	}
	p.emit(t)
	return true
}

// twoYears reads the years of a term that lies in two: 2024/2025, 24/25, or the first alone.
func (p *parser) twoYears(t *term) {
	j := 0
	for j < 2 && (p.at(j).role == filler || p.at(j).role == unitName && unit(p.at(j).n) == yearUnit) {
		j++
	}
	a, b := p.at(j), p.at(j+2)
	joined := isDash(p.at(j+1)) || isSlash(p.at(j+1)) || p.at(j+1).role == listing
	if !joined || b.role != numeral || (b.digits != 2 && b.digits != 4) || a.role != numeral || (a.digits != 2 && a.digits != 4) {
		p.trailingYear(t)
		return
	}
	p.i += j + 3
	t.year, t.secondYear, t.origin = fullYear(a), fullYear(b), written
	if t.secondYear != t.year+1 || t.year < firstYear || t.secondYear > finalYear {
		*t = term{kind: unreadable, why: "åren " + label(t.year) + " och " + label(t.secondYear) + " följer inte på varandra"}
	}
}

func fullYear(lx lexeme) int {
	if lx.digits == 2 {
		return firstYear + lx.n
	}
	return lx.n
}
