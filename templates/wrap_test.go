package templates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	word := strings.Repeat("x", 20)
	tests := []struct{ name, in, want string }{
		{"a line that fits stays", "a  b   c", "a  b   c\n"},
		{"blank lines become one", "a\n\n \n\nb\n\n", "a\n\nb\n"},
		{"none stands first", "\n\na", "a\n"},
		{"a long line breaks at a word", strings.Repeat(word+" ", 4), word + " " + word + " " + word + "\n" + word + "\n"},
		{"the indent is kept", "  " + strings.Repeat(word+" ", 4), "  " + word + " " + word + " " + word + "\n  " + word + "\n"},
		{"a list hangs", "- " + strings.Repeat(word+" ", 4), "- " + word + " " + word + " " + word + "\n  " + word + "\n"},
		{"a value hangs under itself", "  Krav      " + strings.Repeat(word+" ", 4), "  Krav      " + word + " " + word + " " + word + "\n            " + word + "\n"},
		{"a word too long is broken", strings.Repeat("y", 80), strings.Repeat("y", 76) + "\nyyyy\n"},
		{"an address is not", "see https://" + strings.Repeat("z", 80) + " there", "see\nhttps://" + strings.Repeat("z", 80) + "\nthere\n"},
		{"letters count, not bytes", strings.Repeat("å", 76), strings.Repeat("å", 76) + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wrap(tt.in); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWrapLosesNothingAndStaysWithinTheColumns(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[ a-zåäö-]{0,90}`)).Draw(rt, "words")
		in := strings.Join(words, rapid.SampledFrom([]string{" ", "\n", "  "}).Draw(rt, "between"))
		got := wrap(in)
		if strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(in), "") {
			rt.Errorf("got %q of %q", got, in)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if utf8.RuneCountInString(line) > Columns {
				rt.Errorf("a line of %d columns: %q", utf8.RuneCountInString(line), line)
			}
		}
	})
}

func TestGrid(t *testing.T) {
	table := &Table{Head: []string{"", "Klara", "Försenade"}, Rows: [][]string{{"Hög", "8", "2"}, {strings.Repeat("å", 90), "10", "0"}}}
	got := grid(table)
	want := strings.Repeat(" ", 58) + "  Klara  Försenade\n" +
		"Hög" + strings.Repeat(" ", 55) + "      8          2\n" +
		strings.Repeat("å", 57) + "…     10          0\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := grid(&Table{}); got != "\n" {
		t.Errorf("no table: got %q", got)
	}
}

func TestLint(t *testing.T) {
	for page, want := range map[string]string{
		`<!DOCTYPE html><html lang="sv"><body><br><p class='a>b' data-x=y>1 &lt; 2</p><!-- <script> --></body></html>`: "",
		`<html lang="sv"><style>p > a {}</style></html>`:                                                               "",
		`<a href="https://x">y</a>`:     "",
		`<a href="mailto:a@b.se">y</a>`: "",
		`<a href=" JavaScript:x">y</a>`: "leads nowhere",
		`<SCRIPT>`:                      "<script>",
		`<p`:                            "never closed",
		`<p a="`:                        "never closed",
		`<p a=`:                         "never closed",
		`<`:                             "never closed",
		`<!-- x`:                        "never closed",
		`</p>`:                          "closes nothing",
		`<p><b></p></b>`:                "closes nothing",
		`<style>p`:                      "never closed",
		`<p background="x"></p>`:        "fetches",
		"<p>\n\n<svg>":                  "line 3",
	} {
		err := lint(page)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", page, err, want)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add(`<html lang="sv"><p a=b c='d'>x</p><br/></html>`)
	f.Fuzz(func(_ *testing.T, page string) { _ = lint(page) })
}
