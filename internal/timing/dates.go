package timing

import (
	"time"

	"tertial/internal/tertial"
)

// numeric reads what begins with a number, in digits or words: a date, a year, or
// an ordinal and its unit.
func (p *parser) numeric() bool {
	lx := p.at(0)
	start := p.i
	for _, read := range []func() bool{p.isoDate, p.compactDate, p.slashDate, p.pointedDate, p.monthYear, p.dayMonth, p.brokenDate, p.years} {
		if lx.digits > 0 && read() {
			return true
		}
		p.i = start
	}
	return p.ordinals()
}

// isoDate reads 2025-03-15, and 2025-03 as the month.
func (p *parser) isoDate() bool {
	if !p.isoAt(0) {
		return false
	}
	y, m, d := p.at(0), p.at(2), p.at(4)
	t := term{kind: month, n: m.n, year: y.n, origin: written}
	if isDash(p.at(3)) && p.at(3).glued && d.role == numeral && d.glued && d.digits == 2 {
		t.kind, t.day = day, d.n
		p.i += 5
	} else {
		p.i += 3
	}
	p.emit(checkYear(t))
	return true
}

// checkYear makes a term outside the years that a phrase can mean unreadable.
func checkYear(t term) term {
	if t.origin == written && (t.year < firstYear || t.year > finalYear) {
		return term{kind: unreadable, why: "året " + label(t.year) + " ligger utanför " + label(firstYear) + "–" + label(finalYear)}
	}
	return t
}

// compactDate reads 20250315 and 250315.
func (p *parser) compactDate() bool {
	n := p.at(0)
	if n.role != numeral || n.digits != 8 && n.digits != 6 {
		return false
	}
	y := n.n / 10000
	if n.digits == 6 {
		y += firstYear
	}
	t := term{kind: day, n: n.n / 100 % 100, day: n.n % 100, year: y, origin: written}
	if _, ok := t.date(y); !ok || checkYear(t).kind != day {
		return false
	}
	p.i++
	p.emit(t)
	return true
}

// date returns the day of a year that t means, false where there is none.
func (t *term) date(y int) (tertial.Date, bool) {
	if t.n < 1 || t.n > 12 || t.day < 1 || t.day > 31 {
		return tertial.Date{}, false
	}
	d := tertial.DateOf(y, time.Month(t.n), t.day)
	_, m, _ := d.Civil()
	return d, !d.IsZero() && m == time.Month(t.n)
}

func isDay(lx lexeme) bool {
	return (lx.role == numeral || lx.role == ordinal) && lx.digits > 0 && lx.digits <= 2 && lx.n >= 1 && lx.n <= 31
}

// slashDate reads 30/6, 30/6 2025, 30/6-25.
func (p *parser) slashDate() bool {
	d, m := p.at(0), p.at(2)
	if !isDay(d) || !isSlash(p.at(1)) || !p.at(1).glued || m.role != numeral || !m.glued || m.digits > 2 || m.n < 1 || m.n > 12 {
		return false
	}
	p.i += 3
	t := term{kind: day, n: m.n, day: d.n}
	sign, y := p.at(0), p.at(1)
	switch {
	case (isSlash(sign) || isDash(sign)) && sign.glued && y.glued && (isYear(y) || isShortYear(y)) && !isMonth(p.at(2)) && !isSlash(p.at(2)):
		t.year, t.origin = fullYear(y), written
		p.i += 2
	default:
		p.trailingYear(&t)
	}
	p.emit(t)
	return true
}

// pointedDate reads 31.12.2025, 31-12-2025 and, as it is written in Sweden, 25-12-31. Without
// a year it could be a clause.
func (p *parser) pointedDate() bool {
	d, m, y := p.at(0), p.at(2), p.at(4)
	sign := p.at(1).text
	if d.role != numeral || d.digits > 2 || (sign != "." && sign != "-") || p.at(3).text != sign || m.role != numeral || y.role != numeral ||
		!p.at(1).glued || !p.at(3).glued || !m.glued || !y.glued || m.digits > 2 || y.digits != 4 && y.digits != 2 {
		return false
	}
	p.i += 5
	if sign == "-" && y.digits == 2 {
		d, y = y, d
	}
	p.emit(checkYear(term{kind: day, n: m.n, day: d.n, year: fullYear(y), origin: written}))
	return true
}

// brokenDate reads what has the form of a date and was read as none: 2027-1-5 for what it says,
// 12/31/2027 and 2027-13-01 as days that do not exist. Without it their year alone would count.
func (p *parser) brokenDate() bool {
	first, sign, m, last := p.at(0), p.at(1), p.at(2), p.at(4)
	for k := range 4 {
		if !p.at(k + 1).glued {
			return false
		}
	}
	if !isDash(sign) && !isSlash(sign) && sign.text != "." || p.at(3).text != sign.text || m.role != numeral || last.role != numeral ||
		m.digits > 2 || first.digits > 4 || last.digits > 4 || (first.digits <= 2) == (last.digits <= 2) {
		return false
	}
	d, y := last, first
	if y.digits <= 2 {
		d, y = y, d
	}
	p.i += 5
	p.emit(checkYear(term{kind: day, n: m.n, day: d.n, year: y.n, origin: written}))
	return true
}

// monthYear reads 3/2025 and 03-2025.
func (p *parser) monthYear() bool {
	m, sign, y := p.at(0), p.at(1), p.at(2)
	if m.role != numeral || m.digits > 2 || m.n < 1 || m.n > 12 || !isSlash(sign) && !isDash(sign) || !sign.glued || !y.glued ||
		!isYear(y) || p.isoAt(2) {
		return false
	}
	p.i += 3
	p.emit(term{kind: month, n: m.n, year: y.n, origin: written})
	return true
}

// dayMonth reads 30 juni, den 15:e april 2025, 1–15 mars, the 3rd of May.
func (p *parser) dayMonth() bool {
	first := p.at(0)
	if first.role == numeral && first.digits <= 2 && isMonth(p.at(1)) { // 32 mars is no day, and not all of March
		p.i++
	} else if isDay(first) {
		p.i++
	} else {
		return false
	}
	start := p.i
	last, tie := lexeme{}, loose
	if l, ok := p.connector(); ok && isDay(p.at(0)) {
		last, tie = p.at(0), l
		p.i++
	} else {
		p.i = start
	}
	for p.at(0).text == "of" || p.at(0).text == "." || p.at(0).text == "i" {
		p.i++
	}
	if !isMonth(p.at(0)) {
		return false
	}
	m := p.at(0).n
	p.i++
	if p.at(0).text == "." {
		p.i++
	}
	t := term{kind: day, n: m, day: first.n}
	if tie == loose {
		p.trailingYear(&t)
		p.emit(t)
		return true
	}
	end := term{kind: day, n: m, day: last.n}
	p.trailingYear(&end)
	p.emit(t)
	p.also(end, tie)
	return true
}

// years reads 2025, 2024–2026, 2024/25, and 2025 before a unit: 2025-Q1.
func (p *parser) years() bool {
	y := p.at(0)
	if !isYear(y) || y.glued && p.at(-1).text == ":" { // ISO/IEC 27001:2022
		return false
	}
	t := term{kind: year, year: y.n, origin: written}
	sign, b := p.at(1), p.at(2)
	tied := (isDash(sign) || isSlash(sign)) && sign.glued && b.glued
	p.i++
	switch {
	case p.at(0).role == genitive && p.at(0).n == wholeYear:
		p.i++
		t.genitive = true
	case tied && isSlash(sign) && isYear(b) && b.n == y.n+1, // 2024/2025
		tied && b.role == numeral && b.digits == 2 && b.n == (y.n+1)%100 && !isMonth(p.at(2)):
		p.i += 2
		p.emit(t)
		p.also(term{kind: year, year: y.n + 1, origin: written}, ranged)
		return true
	case tied && isSlash(sign) && b.role == numeral && !isYear(b): // a reference: dnr 2024/118
		return false
	case tied && (b.role == letter || b.role == unitName):
		p.i++
		p.emit(t)
		p.mods.gap = 0
		return true
	}
	p.emit(t)
	return true
}

// month reads mars 2025, March 15, mars -25.
func (p *parser) month() bool {
	lx := p.at(0)
	if lx.text == "may" && verbAfterMay(p.at(1).text) {
		return false
	}
	p.i++
	if lx.role == july && p.mods.prep != noPrep && p.mods.prepGap == 0 && p.mods.part == whole && !isYear(p.at(0)) {
		p.emit(term{kind: christmas}) // före jul
		return true
	}
	if p.at(0).text == "." {
		p.i++
	}
	if d := p.at(0); isDay(d) && p.wholeDay() {
		p.i++
		t := term{kind: day, n: lx.n, day: d.n}
		p.trailingYear(&t)
		p.emit(t)
		p.moreDays(lx.n)
		return true
	}
	t := term{kind: month, n: lx.n}
	p.trailingYear(&t)
	p.emit(t)
	return true
}

// wholeDay reports whether the number that stands next is the day of the month before it,
// and not the beginning of something else: mars 1 april, mars 3/4, mars 2 personer.
func (p *parser) wholeDay() bool {
	lx := p.at(1)
	return !isMonth(lx) && !isSlash(lx) && lx.role != unitName && (lx.role != unknown || p.end(1))
}

// moreDays reads the rest of March 1–15.
func (p *parser) moreDays(m int) {
	start := p.i
	l, ok := p.connector()
	if !ok || !isDay(p.at(0)) || isMonth(p.at(1)) || isSlash(p.at(1)) {
		p.i = start
		return
	}
	t := term{kind: day, n: m, day: p.at(0).n}
	p.i++
	p.trailingYear(&t)
	p.also(t, l)
}

// verbAfterMay tells the verb from the month.
func verbAfterMay(w string) bool {
	switch w {
	case "be", "have", "need", "not", "also", "require", "include", "take", "vary", "change", "become":
		return true
	}
	return false
}
