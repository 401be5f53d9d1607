package timing

import (
	"cmp"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// role is the part that a lexeme plays in a phrase.
type role int

// The roles. What lexeme.n means stands behind each.
const (
	unknown    role = iota // says nothing of time
	filler                 // says nothing, but separates nothing either
	numeral                // the number
	ordinal                // the number: första, 2:a, 3rd
	monthName              // 1–12
	july                   // jul: July, or in Swedish Christmas
	letter                 // a unit: Q, T, H, v, kv before a number
	unitName               // a unit
	seasonName             // a kind
	yearWord               // years after the date written; wholeYear is the plan year
	relative               // a unit, as nästa or denna with lexeme.m units away
	fixed                  // a kind: årsskiftet, årets slut
	recurring              // index into recurrences
	urgent                 // days
	within                 // inom
	genitive               // års: the year before belongs to the event after
	preposed               // a preposition
	next                   // nästa
	portion                // a part: början, mitten, slutet
	checking               // uppföljning, avstämning: of what follows, nothing
	fromTo                 // a range when it stands between two terms
	listing                // och, comma
	report                 // tertialrapport
	reportNoun             // rapport, after T2 or before it
	event                  // lexeme.key
)

// unit is a stretch of the calendar.
type unit int

const (
	dayUnit unit = iota
	workdayUnit
	weekUnit
	monthUnit
	quarterUnit
	tertialUnit
	halfUnit
	yearUnit
)

// preposition is what stands before a term and changes what it means.
type preposition int

const (
	noPrep  preposition = iota
	by                  // senast: due at its end
	until               // till: the same, but only straight before a term
	before              // före, inför
	after               // efter
	from                // från, start: starts at its beginning
	between             // mellan: the term after och is its end
)

// part is a part of a period.
type part int

const (
	whole part = iota
	beginning
	middle
	ending
	close // utgången av: its last day
)

// wholeYear marks "under året": the plan year.
const wholeYear = -1

// lexeme is one or more tokens with a meaning.
type lexeme struct {
	role   role
	n, m   int
	text   string // as read, for marks and numbers
	digits int    // of a number
	key    string // of an event
	glued  bool
}

// recurrence is what a recurring lexeme says; one without a noun cannot be kept.
type recurrence struct {
	kind tertial.Recurrence
	why  string // of a kind that is only an approximation, or none at all
}

// endless reports whether the recurrence has no interval, and so no due date.
func (r recurrence) endless() bool { return r.kind == tertial.Continuous || r.kind == tertial.AsNeeded }

// Indices into recurrences.
const (
	yearly = iota
	perTertial
	quarterly
	monthly
	continuous
	asNeeded
	tooOften
	tooSeldom
)

var recurrences = [...]recurrence{
	yearly:     {kind: tertial.Yearly},
	perTertial: {kind: tertial.PerTertial},
	quarterly:  {kind: tertial.Quarterly},
	monthly:    {kind: tertial.Monthly},
	continuous: {kind: tertial.Continuous},
	asNeeded:   {kind: tertial.AsNeeded},
	tooOften:   {kind: tertial.Continuous, why: "oftare än varje månad läses som löpande"},
	tooSeldom:  {kind: tertial.Once, why: "intervallet går inte att följa; ange årligen, varje tertial, kvartalsvis eller månadsvis, eller ett datum"},
}

// entry is a line of the lexicon: words of one meaning, separated by |.
type entry struct {
	role  role
	n     int
	words string
}

// phrase is one wording, token by token.
type phrase struct {
	words []string
	role  role
	n, m  int
}

// lexicon finds wordings by their first word, the longest first.
var lexicon = compile(entries, relatives)

func compile(entries []entry, relatives []relativeEntry) map[string][]phrase {
	lex := map[string][]phrase{}
	add := func(words string, r role, n, m int) {
		for w := range strings.SplitSeq(words, "|") {
			p := phrase{strings.Fields(w), r, n, m}
			lex[p.words[0]] = append(lex[p.words[0]], p)
		}
	}
	for _, e := range entries {
		add(e.words, e.role, e.n, 0)
	}
	for _, e := range relatives {
		add(e.words, relative, int(e.unit), e.away)
	}
	for _, ps := range lex {
		slices.SortStableFunc(ps, func(a, b phrase) int { return cmp.Compare(len(b.words), len(a.words)) })
	}
	return lex
}

// lookup returns the longest wording that toks begin with.
func lookup(toks []token) (phrase, bool) {
	for _, p := range lexicon[toks[0].text] {
		if len(p.words) > len(toks) {
			continue
		}
		same := true
		for i, w := range p.words {
			same = same && toks[i].text == w
		}
		if same {
			return p, true
		}
	}
	return phrase{}, false
}
