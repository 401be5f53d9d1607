package mail

// plainAddress reports whether s is, at first sight, an address that can stand in an envelope as it is: letters of ASCII,
// a domain in lower case without A-labels. What it does not know at sight is for [bareAddress] to say.
func plainAddress(s string) bool {
	at := 0
	for at < len(s) && s[at] != '@' {
		at++
	}
	if at == len(s) || at > 64 || len(s)-at-1 > 255 {
		return false
	}
	return dotted(s[:at], func(b byte) bool {
		return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || digit(b) || b == '-' || b == '_' || b == '+' || b == '='
	}) && labels(s[at+1:])
}

// dotted reports whether s is words of such letters with single dots between them.
func dotted(s string, letter func(byte) bool) bool {
	word := false
	for i := range len(s) {
		switch {
		case letter(s[i]):
			word = true
		case s[i] == '.' && word:
			word = false
		default:
			return false
		}
	}
	return word
}

// labels reports whether s is labels of a domain: up to 63 of a-z, 0-9 and single hyphens inside.
func labels(s string) bool {
	start, before := 0, byte('.')
	for i := range len(s) {
		b := s[i]
		switch {
		case 'a' <= b && b <= 'z' || digit(b):
		case (b == '-' || b == '.') && before != '-' && before != '.':
		default:
			return false
		}
		if b == '.' {
			start = i + 1
		}
		if i-start >= 63 {
			return false
		}
		before = b
	}
	return before != '.' && before != '-'
}
