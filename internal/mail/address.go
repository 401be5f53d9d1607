package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"

	"tertial/internal/tertial"
)

// bareAddress returns the address in the form that goes over the line: one
// mailbox without a name, its domain in ASCII. A local part that is not
// ASCII would need SMTPUTF8 at every relay on the way and is refused.
func bareAddress(s string) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("%w: %.80q is no mail address: %s", tertial.ErrInvalid, s, why)
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 {
		return bad("it needs a name, an @ and a domain")
	}
	local, domain := s[:at], s[at+1:]
	if dots := "." + local + ".@." + domain + "."; strings.Contains(dots, "..") {
		return bad("it has a dot too many")
	}
	if len(local) > 64 || strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[],;:\"@`, r) }) {
		return bad("what stands before the @ cannot be sent to")
	}
	if isHostName(domain) {
		return s, nil
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(ascii) > 255 || strings.ContainsFunc(ascii, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[],;:\"`, r) }) {
		return bad("its domain does not exist")
	}
	return local + "@" + ascii, nil
}

// isHostName reports that the domain is a plain name that goes over the line as it is: small letters, digits and single
// hyphens within its labels. Most domains are.
func isHostName(domain string) bool {
	before := byte('.')
	for i := range len(domain) {
		c := domain[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && before != '.' && before != '-':
		case c == '.' && before != '.' && before != '-':
		default:
			return false
		}
		before = c
	}
	return before != '.' && before != '-' && len(domain) <= 255
}

// namedAddress reads an address with or without a name before it.
func namedAddress(s string) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %.80q is no mail address: %w", tertial.ErrInvalid, s, err)
	}
	if a.Address, err = bareAddress(a.Address); err != nil {
		return nil, err
	}
	a.Name = displayName(a.Name)
	return a, nil
}
