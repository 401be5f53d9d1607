package gap

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"

	"tertial/internal/tertial"
)

// Lengths of RFC 5321 § 4.5.3.1.
const (
	maxLocal  = 64
	maxDomain = 255
)

// Address checks one bare mail address and returns it with its domain as ASCII
// in lower case. It is stricter than a mail parser: no names, comments, quotes,
// groups or address literals, a domain with a dot, and a local part in ASCII,
// since not every relay takes another.
func Address(s string) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("%w: %s is no mail address: %s", tertial.ErrInvalid, echo(s), why)
	}
	bare := strings.Trim(s, " ")
	at := strings.LastIndexByte(bare, '@')
	switch {
	case bare == "":
		return bad("it is empty")
	case strings.ContainsFunc(bare, func(r rune) bool { return isSpace(r) || isHidden(r) }):
		return bad("it holds a space or a control character; give one address, without a name")
	case at < 0:
		return bad("it has no @")
	case strings.ContainsAny(bare, `<>"(),:;[]\`):
		return bad("give one bare address, without a name, quotes or brackets")
	}
	local, domain := bare[:at], bare[at+1:]
	if why := badLocal(local); why != "" {
		return bad(why)
	}
	ascii, why := asciiDomain(domain)
	if why != "" {
		return bad(why)
	}
	return local + "@" + ascii, nil
}

func badLocal(local string) string {
	switch {
	case local == "":
		return "nothing stands before the @"
	case len(local) > maxLocal:
		return "more than 64 characters stand before the @"
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return "a dot stands first, last or twice before the @"
	}
	for i := range len(local) {
		if c := local[i]; !isAlnum(c) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", rune(c)) {
			return "only ASCII letters, digits and the usual signs may stand before the @"
		}
	}
	return ""
}

// asciiDomain returns the domain in A-labels and lower case, or what is wrong with it.
func asciiDomain(domain string) (ascii, why string) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", "its domain is not a valid name"
	}
	ascii = strings.ToLower(ascii)
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 {
		return "", "its domain has no dot"
	}
	if len(ascii) > maxDomain {
		return "", "its domain is longer than 255 characters"
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, notLDH) {
			return "", "its domain is not a valid name"
		}
	}
	if top := labels[len(labels)-1]; !strings.ContainsFunc(top, isLetter) {
		return "", "its domain ends in digits"
	}
	return ascii, ""
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' }

func notLDH(r rune) bool { return r > 0x7f || !isAlnum(byte(r)) && r != '-' }
