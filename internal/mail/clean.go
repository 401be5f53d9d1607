package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How much of what people wrote goes into a mail, in characters.
const (
	maxTitle       = 150
	maxLineTitle   = 100
	maxName        = 80
	maxWord        = 60 // a reference, an event's key or name
	maxParagraph   = 600
	maxParagraphs  = 6
	maxSubject     = 150
	maxSubjectStem = 130
)

// oneLine brings what came from outside to one line of harmless text: control
// characters and line ends become spaces, what cannot be seen (direction marks, zero
// widths) disappears, and what is longer than limit characters is cut and marked so.
func oneLine(s string, limit int) string {
	if len(s) > limit*16 { // bounds the work on a text without end
		s = s[:limit*16]
	}
	if !isOneLine(s) {
		s = squash(s)
	}
	return cutTo(s, limit)
}

// squash does what oneLine says, but for the length.
func squash(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Variation_Selector) || r == '\u2800' || r == '\u3164':
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// isOneLine reports that squash would leave s as it is. It knows the letters and signs that names and titles are
// mostly made of; of a text that holds others it says no.
func isOneLine(s string) bool {
	space := true // none may stand first
	for _, r := range s {
		switch {
		case r == ' ':
			if space {
				return false
			}
		case r > ' ' && r < 0x7f, r > 0xa0 && r <= 0x17f && r != 0xad, r >= 0x2010 && r <= 0x2026: // Latin; dashes and quotes
		default:
			return false
		}
		space = r == ' '
	}
	return !space || s == ""
}

// cutTo cuts s to at most n characters, at a word where one is near.
func cutTo(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	short := string([]rune(s)[:n-1])
	if i := strings.LastIndexByte(short, ' '); i > len(short)*2/3 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:-–") + "…"
}

// paragraphs divides a text at its line ends.
func paragraphs(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		if part = oneLine(part, maxParagraph); part == "" {
			continue
		}
		if len(out) == maxParagraphs {
			return append(out, "…")
		}
		out = append(out, part)
	}
	return out
}

// headerText is oneLine for a header: nothing in it can be taken for an encoded word.
func headerText(s string, limit int) string {
	return strings.ReplaceAll(oneLine(s, limit), "=?", "= ?")
}

// displayName is headerText for the name before an address. A backslash would end up in
// an encoded word, where an address does not allow it.
func displayName(s string) string {
	return strings.ReplaceAll(headerText(s, maxName), `\`, "/")
}
