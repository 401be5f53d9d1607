package gap

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// clause is a clause's number: of the standard's body (4.1, 7.5.3) or of Annex A
// (A.5.9, A.9.2.3).
type clause struct {
	annex bool
	parts []int
}

var clauseForm = regexp.MustCompile(`^(?:([Aa])\.? ?)?(\d{1,2}(?:\.\d{1,2}){1,3})\.?$`)

// parseClause reads one clause number and nothing else.
func parseClause(s string) (clause, bool) {
	m := clauseForm.FindStringSubmatch(s)
	if m == nil {
		return clause{}, false
	}
	c := clause{annex: m[1] != ""}
	for _, p := range strings.Split(m[2], ".") {
		n, _ := strconv.Atoi(p)
		if n == 0 {
			return clause{}, false
		}
		c.parts = append(c.parts, n)
	}
	return c, true
}

// Clause returns one clause number as the standard writes it (7.5.3, A.9.2.3), whether or not an edition has such a
// clause, and false where s is anything else.
func Clause(s string) (string, bool) {
	c, ok := parseClause(s)
	return c.String(), ok
}

// String writes the clause as the standard does: 7.5.3, A.9.2.3.
func (c clause) String() string {
	var b strings.Builder
	if c.annex {
		b.WriteString("A.")
	}
	for i, p := range c.parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Itoa(p))
	}
	return b.String()
}

// compare orders clauses as the standard does, Annex A last.
func (c clause) compare(d clause) int {
	if c.annex != d.annex {
		return cmp.Compare(b2i(c.annex), b2i(d.annex))
	}
	return slices.Compare(c.parts, d.parts)
}

// above reports whether d is a part of c: 6.1 is above 6.1.2.
func (c clause) above(d clause) bool {
	return c.annex == d.annex && len(c.parts) < len(d.parts) && slices.Equal(c.parts, d.parts[:len(c.parts)])
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The clauses of both editions, ranges as first-last.
var (
	bodyClauses = spans("4.1-4.4 5.1-5.3 6.1 6.1.1-6.1.3 6.2 7.1-7.5 7.5.1-7.5.3 8.1-8.3 9.1-9.3 10.1-10.2")
	bodyOf2022  = spans("6.3 9.2.1-9.2.2 9.3.1-9.3.3")
	annexOf2022 = spans("5.1-5.37 6.1-6.8 7.1-7.14 8.1-8.34")
	annexOf2013 = spans("5.1 5.1.1-5.1.2 6.1 6.1.1-6.1.5 6.2 6.2.1-6.2.2 7.1 7.1.1-7.1.2 7.2 7.2.1-7.2.3 7.3 7.3.1 " +
		"8.1 8.1.1-8.1.4 8.2 8.2.1-8.2.3 8.3 8.3.1-8.3.3 9.1 9.1.1-9.1.2 9.2 9.2.1-9.2.6 9.3 9.3.1 9.4 9.4.1-9.4.5 " +
		"10.1 10.1.1-10.1.2 11.1 11.1.1-11.1.6 11.2 11.2.1-11.2.9 12.1 12.1.1-12.1.4 12.2 12.2.1 12.3 12.3.1 " +
		"12.4 12.4.1-12.4.4 12.5 12.5.1 12.6 12.6.1-12.6.2 12.7 12.7.1 13.1 13.1.1-13.1.3 13.2 13.2.1-13.2.4 " +
		"14.1 14.1.1-14.1.3 14.2 14.2.1-14.2.9 14.3 14.3.1 15.1 15.1.1-15.1.3 15.2 15.2.1-15.2.2 16.1 16.1.1-16.1.7 " +
		"17.1 17.1.1-17.1.3 17.2 17.2.1 18.1 18.1.1-18.1.5 18.2 18.2.1-18.2.3")
)

// span is a run of clauses that differ in their last number.
type span struct {
	first clause
	last  int
}

func spans(list string) []span {
	var out []span
	for item := range strings.FieldsSeq(list) {
		from, to, ranged := strings.Cut(item, "-")
		lo, _ := parseClause(from)
		hi := lo
		if ranged {
			hi, _ = parseClause(to)
		}
		out = append(out, span{lo, hi.parts[len(hi.parts)-1]})
	}
	return out
}

// within reports whether the clause's numbers, with or without the annex's
// letter, are among those of a list.
func (c clause) within(list []span) bool {
	n := len(c.parts) - 1
	return slices.ContainsFunc(list, func(s span) bool {
		f := s.first.parts
		return len(f) == n+1 && slices.Equal(c.parts[:n], f[:n]) && f[n] <= c.parts[n] && c.parts[n] <= s.last
	})
}

// known reports whether an edition of the standard has the clause. A control of
// Annex A is known without its letter too, if the document writes them so.
func (c clause) known(bare bool) bool {
	switch {
	case c.annex:
		return c.within(annexOf2022) || c.within(annexOf2013)
	case c.within(bodyClauses), c.within(bodyOf2022):
		return true
	}
	return bare && c.within(annexOf2022)
}

// bareControls reports whether a document writes the controls of Annex A without
// their letter: a third of its clauses, at least, are none of the body's.
func bareControls(all []clause) bool {
	n := 0
	for _, c := range all {
		if !c.annex && !c.within(bodyClauses) && !c.within(bodyOf2022) && c.within(annexOf2022) {
			n++
		}
	}
	return n*3 >= len(all) && n > 0
}

// Editions of the standard, as an assessment names them.
const (
	editionUnknown = "ISO/IEC 27001"
	edition2013    = "ISO/IEC 27001:2013"
	edition2022    = "ISO/IEC 27001:2022"
)

var editionNamed = regexp.MustCompile(`27001\s*[:\-–]?\s*(2013|2017|2022|2023)\b`)

// edition tells which edition a document follows: the one its own words name
// most, else the one that its clauses and their contents tell.
func edition(text string, findings []clauseText) string {
	named := map[string]int{}
	for _, m := range editionNamed.FindAllStringSubmatch(text, -1) {
		named[m[1]]++
	}
	// SS-EN ISO/IEC 27001:2017 and :2023 are the same texts as 2013 and 2022.
	old, current := named["2013"]+named["2017"], named["2022"]+named["2023"]
	if old == current {
		for _, f := range findings {
			o, n := f.tells()
			old, current = old+o, current+n
		}
	}
	switch {
	case old > current:
		return edition2013
	case current > old:
		return edition2022
	}
	return editionUnknown
}

// clauseText is a clause and what the document says that it requires.
type clauseText struct {
	clause
	text string
}

// tells returns how far the clause speaks for either edition.
func (f clauseText) tells() (old, current int) {
	number, text := f.clause.String(), strings.ToLower(f.text)
	deviates := strings.Contains(text, "avvikelse") || strings.Contains(text, "nonconform") || strings.Contains(text, "korrigerande")
	improves := strings.Contains(text, "förbättra") || strings.Contains(text, "improve") || strings.Contains(text, "förbättring")
	switch {
	case f.annex && len(f.parts) >= 3:
		return 2, 0
	case f.annex && !f.within(annexOf2013) && f.within(annexOf2022):
		return 0, 2
	case f.annex && f.within(annexOf2022):
		return 0, 1
	case !f.annex && f.within(bodyOf2022):
		return 0, 2
	// The editions have these two the other way round.
	case number == "10.1" && deviates, number == "10.2" && improves && !deviates:
		return 1, 0
	case number == "10.1" && improves, number == "10.2" && deviates:
		return 0, 1
	}
	return 0, 0
}
