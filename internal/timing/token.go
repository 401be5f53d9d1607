package timing

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token consists of.
type tokenKind int

const (
	word   tokenKind = iota // letters
	number                  // ASCII digits
	mark                    // any other single character
)

// token is the smallest piece of a phrase.
type token struct {
	kind  tokenKind
	text  string // in lower case; every dash is "-"
	glued bool   // nothing stands between it and the token before
}

// composed joins the letters of Swedish that come in two parts (Unicode form D).
var composed = strings.NewReplacer("a\u030a", "å", "A\u030a", "Å", "a\u0308", "ä", "A\u0308", "Ä",
	"o\u0308", "ö", "O\u0308", "Ö", "e\u0301", "é", "E\u0301", "É")

// maxPhrase is how much of a phrase is read, in bytes: a cell that is longer is no phrase.
const maxPhrase = 4000

// tokenize cuts a phrase into tokens. Bytes that are no UTF-8 are marks.
func tokenize(phrase string) []token {
	if len(phrase) > maxPhrase {
		phrase = strings.ToValidUTF8(phrase[:maxPhrase], "")
	}
	s := strings.Map(visible, composed.Replace(phrase))
	var toks []token
	glued := false
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.IsSpace(r) {
			glued, s = false, s[size:]
			continue
		}
		t := token{kind: mark, glued: glued}
		n := size
		switch {
		case isDigit(r):
			t.kind, n = number, span(s, isDigit)
		case unicode.IsLetter(r):
			t.kind, n = word, span(s, unicode.IsLetter)
		}
		t.text = lower(s[:n])
		if unicode.Is(unicode.Pd, r) || r == '\u2212' {
			t.text = "-"
		}
		toks, s, glued = append(toks, t), s[n:], true
	}
	return dropCaseEndings(toks)
}

func span(s string, in func(rune) bool) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return !in(r) }); i >= 0 {
		return i
	}
	return len(s)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// visible drops what comes along unseen when text is copied from a page: soft hyphens,
// joiners, marks of order.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// lower is upper case made lower, so that a letter whose lower case has an
// upper case of another kind reads the same however it is written.
func lower(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// dropCaseEndings takes away what stands after the colon of an abbreviation: VP:n, VOR:s.
func dropCaseEndings(toks []token) []token {
	out := toks[:0]
	for i := 0; i < len(toks); i++ {
		out = append(out, toks[i])
		if toks[i].kind == word && i+2 < len(toks) && toks[i+1].text == ":" && toks[i+1].glued &&
			toks[i+2].kind == word && toks[i+2].glued && len(toks[i+2].text) <= 3 {
			i += 2
		}
	}
	return out
}
