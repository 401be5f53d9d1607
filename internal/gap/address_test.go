package gap

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func TestAnAddressIsBareAndItsDomainASCII(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a plain one stays", "anna.berg@stad.example", "anna.berg@stad.example"},
		{"the domain is lower-cased, the rest is not", "Anna@STAD.Example", "Anna@stad.example"},
		{"a domain with å becomes an A-label", "a@exämple.org", "a@xn--exmple-cua.org"},
		{"spaces round it go", " a@b.se ", "a@b.se"},
		{"signs that are allowed stay", "a+b_c-d'e@b.se", "a+b_c-d'e@b.se"},
		{"the longest local part is 64", strings.Repeat("a", 64) + "@b.se", strings.Repeat("a", 64) + "@b.se"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Address(c.in)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestWhatIsNoAddressIsRefusedWithItsReason(t *testing.T) {
	for _, c := range []struct{ name, in, why string }{
		{"nothing", "", "empty"},
		{"no @", "a", "no @"},
		{"no domain", "a@", "domain"},
		{"no local part", "@b.se", "before the @"},
		{"two @", "a@b@c.se", "before the @"},
		{"two dots in the domain", "a@b..c", "domain"},
		{"two dots in the local part", "a..b@c.se", "dot"},
		{"a dot at the end of the local part", "a.@c.se", "dot"},
		{"a dot at the end of the domain", "a@c.se.", "domain"},
		{"a space inside", "a b@c.de", "space"},
		{"a line end", "a@b.c\n", "control"},
		{"a header smuggled in", "a@b.c>\r\nDATA", "control"},
		{"two addresses", "a@b.se,c@d.se", "bare"},
		{"two addresses with ;", "a@b.se;c@d.se", "bare"},
		{"no dot in the domain", "a@b", "no dot"},
		{"an address literal", "a@[127.0.0.1]", "bare"},
		{"a number for a domain", "a@127.0.0.1", "digits"},
		{"a quoted local part", `"a b"@c.de`, "space"},
		{"quotes without a space", `"ab"@c.de`, "bare"},
		{"a group", "group:a@b.c;", "bare"},
		{"a comment", "a@b.c(x)", "bare"},
		{"an encoded word", "=?utf-8?q?a@b.c?=", "domain"},
		{"a hyphen first in the domain", "a@-b.de", "domain"},
		{"a local part of 65", strings.Repeat("a", 65) + "@b.se", "64"},
		{"a domain of 300", "a@" + strings.Repeat("abcdefghi.", 30) + "se", "domain"},
		{"a parameter smuggled in", `"x> NOTIFY=NEVER"@d`, "space"},
		{"a local part with ü", "ü@example.org", "ASCII"},
		{"a name before it", "Anna <a@b.se>", "space"},
		{"an underscore in the domain", "a@b_c.se", "domain"},
		{"a bidi mark", "a@b.se\u202e", "control"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Address(c.in)
			if !errors.Is(err, tertial.ErrInvalid) {
				t.Fatalf("got %q, %v, want ErrInvalid", got, err)
			}
			if !strings.Contains(err.Error(), c.why) {
				t.Errorf("got %q, want it to say %q", err, c.why)
			}
		})
	}
}

func TestAnAddressIsNeverDangerous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z."<>@\r\n åA-Z-]{0,12}@[a-z.\[\] ö-]{0,12}`)).Draw(t, "s")
		got, err := Address(s)
		if err != nil {
			if utf8.RuneCountInString(err.Error()) > 300 {
				t.Fatalf("the error is %d long", len(err.Error()))
			}
			return
		}
		if strings.ContainsAny(got, " <>\"\r\n,;:()[]\\") || strings.Count(got, "@") != 1 {
			t.Fatalf("%q passed as %q", s, got)
		}
		if again, err := Address(got); err != nil || again != got {
			t.Fatalf("%q is read again as %q, %v", got, again, err)
		}
	})
}
