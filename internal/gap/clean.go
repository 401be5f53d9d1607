package gap

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes a text from outside fit to be kept and shown on one line: Unicode
// form C, no control, bidi or zero-width characters, every run of white space
// one space, none at the ends. Cleaning twice changes nothing.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s { // an invalid byte comes as U+FFFD
		switch {
		case isSpace(r):
			space = true
		case isHidden(r):
		default:
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// isClean answers for the common case: printable ASCII with single spaces.
func isClean(s string) bool {
	prev := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && prev == ' ' {
			return false
		}
		prev = c
	}
	return s == "" || prev != ' '
}

func isSpace(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}

// isHidden reports characters that are not seen but change what is: controls,
// bidi marks, zero-width signs, soft hyphens, tags.
func isHidden(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// echo shows a piece of input in a message: cleaned, quoted, at most 80 characters.
func echo(s string) string { return "“" + cut(Clean(s), 80) + "”" }

// cut shortens s to at most n characters, at a word where there is one, and marks it.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	head := string([]rune(s)[:n])
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
		head = head[:i]
	} else {
		head = string([]rune(s)[:n-1])
	}
	return strings.TrimRight(head, " ,;:–-") + "…"
}
