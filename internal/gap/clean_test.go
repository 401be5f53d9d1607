package gap

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCleanMakesATextFitToBeShownOnOneLine(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "Ta fram rutin", "Ta fram rutin"},
		{"nothing stays nothing", "", ""},
		{"spaces alone are nothing", " \t\n ", ""},
		{"runs of spaces are one", "a  b \t c", "a b c"},
		{"line ends are spaces", "a\r\nb\nc", "a b c"},
		{"no-break spaces are spaces", "a\u00a0b\u202fc", "a b c"},
		{"letters in two parts become one", "a\u030a", "å"},
		{"bidi marks go", "\u202eabc\u202c", "abc"},
		{"zero-width signs go", "a\u200bb\ufeffc", "abc"},
		{"soft hyphens go", "infor\u00admation", "information"},
		{"controls go", "a\x07b\x1b[31m", "ab[31m"},
		{"NUL goes", "a\x00b", "ab"},
		{"an invalid byte is shown as such", "a\xffb", "a\ufffdb"},
		{"a formula stays text", "=HYPERLINK(1)", "=HYPERLINK(1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCleaningTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Clean(rapid.String().Draw(t, "s"))
		if twice := Clean(once); twice != once {
			t.Fatalf("got %q, want %q", twice, once)
		}
		if strings.ContainsAny(once, "\r\n\t\x00\u202e\u200b") || !utf8.ValidString(once) {
			t.Fatalf("%q is not clean", once)
		}
	})
}

func TestCutEndsAtAWordAndSaysSo(t *testing.T) {
	for _, c := range []struct {
		name, in string
		n        int
		want     string
	}{
		{"short text stays", "ett två", 10, "ett två"},
		{"a long one ends at a word", "ett två tre fyra", 12, "ett två tre…"},
		{"signs before the mark go", "ett två, tre fyra", 10, "ett två…"},
		{"a word without end is cut", "abcdefghijklmnop", 5, "abcd…"},
		{"letters count, not bytes", "åäöåäöåäö", 9, "åäöåäöåäö"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cut(c.in, c.n); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestACutTextIsNeverLonger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := Clean(rapid.String().Draw(t, "s")), rapid.IntRange(2, 90).Draw(t, "n")
		if got := cut(s, n); utf8.RuneCountInString(got) > n {
			t.Fatalf("%q has %d characters, want at most %d", got, utf8.RuneCountInString(got), n)
		}
	})
}
