package gap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// breakKind is how a word is parted from the one before it in the source, the
// weaker first.
type breakKind int

const (
	brSpace  breakKind = iota // one space
	brSpaces                  // two spaces, which may be nothing
	brLine                    // a line end
	brPage                    // a page's end: lines between were taken away
	brCell                    // three spaces or more, or a tab
	brBlank                   // a blank line
	brKinds
)

// word is one word of a row, and how it stood in the source.
type word struct {
	text   string
	low    string // the text as it is looked up: in lower case, without signs at its ends
	stop   bool   // a sentence may end after it
	upper  bool   // it begins with a capital
	time   hour   // how far it speaks of time
	before breakKind
	spaces int // before it on its line; tabs count 100 each
	line   int // in the source, from 1
	col    int // where it begins on its line, in characters
	width  int // of the part on its last line
	head   int // end column of the first part, where a line end joined two ("PM3-" "införare")
}

// end is the column after the word.
func (w word) end() int { return w.col + w.width }

// learn fills in what follows from the text.
func (w *word) learn() {
	w.low, w.stop, w.upper = fold(w.text), endsSentence(w.text), startsUpper(w.text)
	w.time = timeOf(w.text)
}

// sourceLine is one line that is not blank, and what stood before it.
type sourceLine struct {
	no     int
	text   string // controls out, tabs and runs of spaces kept, no space at the end
	before breakKind
}

const tabSpaces = 100

// wordsOf parts lines into words; a word that a line end broke after - or / is
// one. It stops after more words than a row can have.
func wordsOf(lines []sourceLine) []word {
	var out []word
	for _, l := range lines {
		first, spaces, col, start := true, 0, 0, -1
		flush := func(end, endCol int) {
			if start < 0 {
				return
			}
			w := word{text: l.text[start:end], before: l.before, spaces: spaces, line: l.no, width: endCol - col, col: col}
			if !first {
				w.before = kindOf(spaces)
			}
			w.learn()
			out = join(out, w, first)
			first, spaces, start = false, 0, -1
		}
		at := 0
		for i, r := range l.text {
			if len(out) > maxRowWords {
				return out
			}
			switch {
			case r == ' ' || r == '\t':
				flush(i, at)
				spaces++
				if r == '\t' {
					spaces += tabSpaces - 1
				}
			case start < 0:
				start, col = i, at
			}
			at++
		}
		flush(len(l.text), at)
	}
	return out
}

func kindOf(spaces int) breakKind {
	switch {
	case spaces >= 3:
		return brCell
	case spaces == 2:
		return brSpaces
	}
	return brSpace
}

// join appends w, to the word before it where a line was broken inside.
func join(out []word, w word, first bool) []word {
	if !first || len(out) == 0 || w.before != brLine && w.before != brPage {
		return append(out, w)
	}
	prev := &out[len(out)-1]
	if len(prev.text) > longestWord || !broken(prev.text) || hanging(prev.text, w.text) {
		return append(out, w)
	}
	if prev.head == 0 {
		prev.head = prev.end()
	}
	prev.text = strings.TrimSuffix(prev.text, softHyphen) + w.text
	prev.col, prev.width = w.col, w.width
	prev.learn()
	return out
}

// longestWord is how many bytes a word may have and still go on in the next line.
const longestWord = 200

const softHyphen = "\u00ad"

// broken reports whether a word at a line's end goes on in the next line: it ends
// in a sign that belongs to it. A dash that stands alone does not.
func broken(w string) bool {
	if strings.HasSuffix(w, softHyphen) {
		return true
	}
	if !strings.HasSuffix(w, "-") && !strings.HasSuffix(w, "/") {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(w[:len(w)-1])
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '"' || r == '”' || r == ')'
}

// hanging reports the hyphen of "informations- och cybersäkerhet", which parts nothing.
func hanging(w, next string) bool {
	if !strings.HasSuffix(w, "-") {
		return false
	}
	switch strings.ToLower(next) {
	case "och", "eller", "samt", "respektive", "resp.", "till", "and", "or", "to":
		return true
	}
	return false
}

// text joins words as they are kept: one space between, nothing else.
func text(ws []word) string {
	var b strings.Builder
	for i, w := range ws {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return Clean(b.String())
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = wordSet(`v. vv. kl. t.ex. tex. t.o.m. fr.o.m. f.o.m. m.m. bl.a. d.v.s. dvs. osv. o.s.v. s.k. resp. ev. ca. c:a. kap. nr. st. inkl. exkl. enl. ang. jfr. jan. feb. mar. apr. jun. jul. aug. sep. sept.
	okt. nov. dec. tf. vik. bitr. avd. sid. s. e.g. i.e. etc. no. approx. incl. vs. cf. p. pp. dr. mr. ms. a. b.`)

// endsSentence reports whether a sentence may end after the word.
func endsSentence(w string) bool {
	bare := strings.TrimRight(w, `"”’')»]`)
	if bare == "" {
		return false
	}
	switch bare[len(bare)-1] {
	case '!', '?':
		return true
	case '.':
		low := strings.ToLower(strings.TrimLeft(bare, `"“”'’(«»[`))
		if abbreviations[low] {
			return low == "m.m." || low == "etc." || low == "osv." || low == "o.s.v." // these often close one, too
		}
		return !isNumbering(low)
	}
	return false
}

// isNumbering reports "1." and "12." of a list.
func isNumbering(w string) bool {
	digits := strings.TrimRight(w, ".)")
	if digits == "" || len(digits) > 2 || digits == w {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// isMark reports a list item's mark.
func isMark(w string) bool {
	switch w {
	case "-", "–", "—", "•", "*", "▪", "◦", "·", "‣", "●", "○", "■", "o", "\uf0b7", "\uf0a7":
		return true
	}
	return isNumbering(w)
}
