package gap

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is what the whole document tells of how its cells are parted.
type style struct {
	ownLines   bool // a cell of several lines begins on a line of its own
	lineCells  bool // every cell is one line
	priorities bool // most rows have a priority
}

// The weights of the evidence. They are relative: what matters is which division
// of a row adds up to most.
const (
	innerBlank    = -4.0 // a blank line inside a cell
	innerCell     = -4.0 // a run of spaces inside a cell
	innerSpaces   = -0.4
	innerLineCell = -3.0 // a line end inside a cell, where every cell is one line
	innerUnforced = -1.3 // a line that had room for the next word
	innerCapital  = -0.9 // and the next line begins with a capital
	innerStart    = -0.8 // a capital in the middle of a sentence
	innerPage     = -0.2
	lineOfMany    = 0.0  // a line's start, where cells of several lines begin in the middle of one
	midLine       = -1.5 // a cell of several lines that begins in the middle of one
)

// starts is the evidence that a cell begins at a word, by what parts it from the one before.
func (s *style) starts(w word) float64 {
	switch w.before {
	case brBlank, brCell:
		return 4
	case brPage:
		return 1.2
	case brLine:
		if s.lineCells {
			return 4
		}
		if !s.ownLines {
			return lineOfMany
		}
		return 1
	case brSpaces:
		return 0.6
	}
	return -1.5
}

// inner is the evidence that words a..b are one cell, as far as the breaks
// inside it tell.
func (s *style) inner(ws []word) float64 {
	if len(ws) == 0 {
		return 0
	}
	e, widest := 0.0, 0
	type lineEnd struct {
		end, next int
		capital   bool
	}
	ends := make([]lineEnd, 0, 32)
	first := true
	note := func(end, next int, capital bool) {
		ends = append(ends, lineEnd{end, next, capital})
		if !first || ws[0].before >= brLine {
			widest = max(widest, end)
		}
		first = false
	}
	for i := range ws {
		w := &ws[i] // a word is wide, and this runs for every possible cell
		if w.head > 0 {
			note(w.head, 0, false)
		}
		if i == 0 {
			continue
		}
		switch w.before {
		case brBlank:
			if isMark(w.text) {
				e += innerSpaces
			} else {
				e += innerBlank
			}
		case brCell:
			e += innerCell
		case brSpaces:
			e += innerSpaces
		case brPage:
			e += innerPage
			first = false
		case brLine:
			if s.lineCells && !isMark(w.text) {
				e += innerLineCell
			}
			if !isMark(w.text) {
				prev := ws[i-1]
				note(prev.end(), w.firstWidth(), w.upper)
			}
		}
	}
	if len(ends) > 0 && ws[0].before < brLine && s.ownLines {
		e += midLine
	}
	widest = max(widest, ws[len(ws)-1].endIfLine(ws))
	for _, x := range ends {
		if x.next > 0 && widest >= 12 && float64(x.end+1+x.next) <= 0.86*float64(widest) {
			e += innerUnforced
			if x.capital {
				e += innerCapital
			}
		}
	}
	return e
}

// firstWidth is the width of a word's part on its first line.
func (w word) firstWidth() int {
	if w.head > 0 {
		return max(1, utf8.RuneCountInString(w.text)-w.width)
	}
	return w.width
}

// endIfLine is where a cell's last line ends, if the cell has that line from its beginning.
func (w word) endIfLine(ws []word) int {
	for i := len(ws) - 1; i >= 0; i-- {
		if ws[i].before >= brLine || ws[i].head > 0 {
			return w.end()
		}
	}
	return 0
}

// isNewStart reports a word that looks like a sentence's first though no sentence
// ends before it: a capital between words in lower case, which may be a name.
func isNewStart(ws []word, i int) bool {
	if !ws[i].upper || ws[i-1].upper || isAcronym(ws[i].text) {
		return false
	}
	prev := ws[i-1]
	if strings.HasSuffix(prev.text, ":") || linkWords[prev.low] || isMark(prev.text) {
		return false
	}
	return i+1 == len(ws) || !ws[i+1].upper
}

// prose is the evidence that words are a cell of sentences.
func (s *style) prose(ws []word) float64 {
	if len(ws) == 0 {
		return 0
	}
	e := s.inner(ws)
	for i := 1; i < len(ws); i++ {
		if ws[i].before == brSpace && !ws[i-1].stop && isNewStart(ws, i) {
			e += innerStart
		}
	}
	first, last := ws[0], ws[len(ws)-1]
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(first.text, "\"“”'’(«»"))
	switch {
	case unicode.IsLower(r):
		e -= 1.5
	default:
		e += 0.7
	}
	switch {
	case last.stop:
		e += 0.7
	case leadsOn(last) || strings.HasSuffix(last.text, ","):
		e -= 4
	default:
		e -= 0.3
	}
	return e
}

// leadsOn reports a word after which a sentence goes on: "… med", but not "… med var och en."
func leadsOn(w word) bool { return linkWords[w.low] && !w.stop }

// emptyCells is the evidence of a run of spaces: each empty cell is shown as two
// spaces, or as a tab.
func emptyCells(w word, skipped int) float64 {
	if w.before != brCell {
		return 0
	}
	shown := (w.spaces - 1) / 2
	if w.spaces >= tabSpaces {
		shown = w.spaces/tabSpaces - 1
	}
	if shown == skipped {
		return 1.5
	}
	return -0.5 * float64(min(3, max(shown-skipped, skipped-shown)))
}

var (
	timeWords = wordSet(`januari februari mars april maj juni juli augusti september oktober november december january february march may june july august october
		jan feb mar apr jun jul aug sep sept okt oct nov dec kvartal kvartalet kvartalsvis quarter quarterly tertial tertialet tertialrapport tertialrapporten tertialrapporter t1 t2 t3 q1 q2 q3 q4 h1 h2 kv
		v vecka veckan veckor week weeks halvår halvåret halvårsskiftet årsskiftet år året åren year years våren hösten sommaren vintern vår höst vårterminen höstterminen läsåret spring summer autumn winter fall
		löpande kontinuerligt kontinuerlig årlig årligen årligt månadsvis månad månader månaden month months monthly varje vid årsvis halvårsvis annually yearly annual ongoing continuous continuously regularly
		snarast omgående omedelbart skyndsamt asap immediately soonest pågår pågående klart klar genomfört start påbörjas startar tbd datum nästa nästkommande next senast latest deadline inför före innan efter under inom till från
		början mitten slutet början first second third fourth half första andra tredje fjärde by before after during within until end beginning middle mid early late start
		vb vp vor rsa lg lta verksamhetsplan verksamhetsplanen verksamhetsberättelse verksamhetsberättelsen årshjul årshjulet budget bokslut idag nu behov done now today
		dagar dag days day arbetsdagar date turn needed tills vidare once`)
	timeNumber = regexp.MustCompile(`^\(?(?:(?:19|20)\d\d(?:[-–/](?:\d\d|\d{4}))*|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|\d{1,2}(?:[-–]\d{1,2})?|[qQtThH][1-4](?:[-–][qQtThH]?[1-4])?|v\.?\d{1,2})\)?[.,;]?$`)
	timeShape  = regexp.MustCompile(`(?i)^(?:(?:19|20)\d\d|[qth][1-4]\b|v\.? ?\d)`)
)

// isTimeWord reports whether a word speaks of time.
func isTimeWord(w string) bool {
	low := strings.Trim(strings.ToLower(w), ".,;:()–-")
	if timeWords[low] || strings.ContainsAny(w, "0123456789") && timeNumber.MatchString(w) {
		return true
	}
	for part := range strings.FieldsFuncSeq(low, func(r rune) bool { return r == '-' || r == '–' || r == '/' }) {
		if len(part) > 2 && part != low && timeWords[part] {
			return true
		}
	}
	return false
}

// weakTime are words that speak of time only together with others.
var weakTime = wordSet(`vid till från under inom efter före innan by before after during within until first second third half första andra klart klar start varje behov may end early late done now
	nästa next budget genomfört fall once from turn needed day date start mid vår year years år året mars march`)

// hour says how far a word speaks of time.
type hour int

const (
	noTime   hour = iota
	linked        // it joins words, or is none
	someTime      // only together with others
	sureTime
)

func timeOf(w string) hour {
	low := strings.Trim(strings.ToLower(w), ".,;:()")
	if !isTimeWord(w) {
		if linkWords[low] || low == "" || isDash(low) {
			return linked
		}
		return noTime
	}
	number := strings.Trim(low, "0123456789–-/") == ""
	if !weakTime[low] && (!number || timeShape.MatchString(low) || strings.Contains(low, "/")) {
		return sureTime
	}
	return someTime
}

func (w word) isTime() bool { return w.time >= someTime }

// timeShare says how far words are about time: the share of those that are not
// mere links, and whether one of them is of time for certain.
func timeShare(ws []word) (share float64, certain bool) {
	n, of := 0, 0
	for _, w := range ws {
		of += b2i(w.time != linked)
		n += b2i(w.isTime())
		certain = certain || w.time == sureTime
	}
	if of == 0 {
		return 0, false
	}
	return float64(n) / float64(of), certain
}
