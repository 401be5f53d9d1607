package gap

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// verdict is where a row's conformity stands.
type verdict struct {
	from, to int // words
	value    tertial.Conformity
	strong   bool // it stands as a cell does, not as a word in a sentence might
	rival    string
}

// findConformity finds the first conformity phrase that stands at a line's end,
// after a full stop or before a capital; where two begin at one word, the longer.
// One in lower case in the middle of a sentence that a line happens to break
// counts only where there is no better.
func findConformity(ws []word) (verdict, bool) {
	var found []verdict
	for i := 0; i < len(ws); i++ {
		v, ok := phraseAt(ws, i)
		if !ok {
			continue
		}
		if stands, strong := v.standing(ws); stands {
			v.strong = strong && !v.inSentence(ws)
			found = append(found, v)
			if v.strong {
				break
			}
		}
		i = v.to - 1
	}
	if len(found) == 0 {
		return verdict{}, false
	}
	best := found[len(found)-1]
	if !best.strong {
		best = found[0]
	}
	for _, f := range found {
		if f.from != best.from && f.value != best.value && f.strong == best.strong {
			best.rival = text(ws[f.from:f.to])
		}
	}
	return best, true
}

// phraseAt reads the longest conformity phrase that begins at word i.
func phraseAt(ws []word, i int) (verdict, bool) {
	for n := min(longestPhrase, len(ws)-i); n > 0; n-- {
		if n > 1 && (crosses(ws[i+1:i+n]) || ws[i].stop) {
			continue
		}
		if c, ok := readConformity(plain(ws[i : i+n])); ok && !isDash(ws[i].text) {
			return verdict{from: i, to: i + n, value: c}, true
		}
	}
	return verdict{}, false
}

// plain joins words without cleaning them: for looking up.
func plain(ws []word) string {
	if len(ws) == 1 {
		return ws[0].text
	}
	parts := make([]string, len(ws))
	for i, w := range ws {
		parts[i] = w.text
	}
	return strings.Join(parts, " ")
}

// crosses reports whether words are parted from those before by more than a line end.
func crosses(ws []word) bool {
	for _, w := range ws {
		if w.before >= brCell {
			return true
		}
	}
	return false
}

// standing says whether the phrase stands where a conformity may, and whether it
// can hardly be a word of the sentence.
func (v verdict) standing(ws []word) (stands, strong bool) {
	after := v.from > 0 && (ws[v.from-1].stop || strings.HasSuffix(ws[v.from-1].text, ":"))
	starts := v.from == 0 || ws[v.from].before >= brLine
	ends, capital, broken := true, false, true
	if v.to < len(ws) {
		next := ws[v.to]
		ends = next.before >= brLine
		broken = next.before >= brCell
		r, _ := utf8.DecodeRuneInString(next.text)
		capital = unicode.IsUpper(r) || unicode.IsDigit(r)
	}
	upper := ws[v.from].upper
	stands = ends || after || capital || broken
	strong = stands && (after || upper || starts && (broken || ends && capital) || ws[v.from].before >= brCell)
	if after && upper && !ends && !capital && v.to < len(ws) && !broken {
		strong = v.value != tertial.Nonconforming || fold(ws[v.from].text) != "no" // "No later than …"
	}
	return stands, strong
}

// inSentence reports a phrase in lower case that belongs to the requirement's last
// sentence, which a line end happens to break before it: "… plans are | implemented | Partly".
func (v verdict) inSentence(ws []word) bool {
	if v.from == 0 || ws[v.from].upper || ws[v.from-1].stop || ws[v.from].before > brLine {
		return false
	}
	if ws[v.to-1].stop || leadsOn(ws[v.from-1]) {
		return true
	}
	if v.to == len(ws) || !ws[v.to].upper || strings.HasSuffix(ws[v.to].text, ",") {
		return false
	}
	next, ok := phraseAt(ws, v.to)
	return ok && (next.to == len(ws) || ws[next.to].before >= brLine || ws[next.to].upper)
}

func isDash(w string) bool { return strings.Trim(w, "-–—") == "" }
