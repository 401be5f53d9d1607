package timing

import (
	"strings"
	"testing"

	"tertial/internal/calendar"
)

func TestEveryWordingCanBeMet(t *testing.T) {
	for first, ps := range lexicon {
		for _, p := range ps {
			wording := joined(p.words)
			toks := tokenize(wording)
			var texts []string
			for _, tok := range toks {
				texts = append(texts, tok.text)
			}
			if strings.Join(texts, " ") != wording {
				t.Errorf("%q is cut into %q", wording, texts)
				continue
			}
			if got, ok := lookup(toks); !ok || got.role != p.role || got.n != p.n || got.m != p.m {
				t.Errorf("%q has two meanings", wording)
			}
			if first != p.words[0] {
				t.Errorf("%q stands under %q", wording, first)
			}
		}
	}
}

func TestTheLongestWordingWins(t *testing.T) {
	for _, tt := range []struct {
		phrase string
		role   role
		tokens int
	}{
		{"så snart som möjligt", urgent, 4},
		{"i samband med", filler, 3},
		{"i år", yearWord, 2},
		{"i mars", filler, 1},
		{"t.o.m. mars", preposed, 5},
		{"by the end of March", portion, 4},
		{"by the way", preposed, 1},
		{"årets slut", fixed, 2},
	} {
		p, ok := lookup(tokenize(tt.phrase))
		if !ok || p.role != tt.role || len(p.words) != tt.tokens {
			t.Errorf("%q: got role %d of %d tokens, want %d of %d", tt.phrase, p.role, len(p.words), tt.role, tt.tokens)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, tt := range []struct{ name, phrase, want string }{
		{"words, numbers and marks", "Q2, v.14", "q 2 , v . 14"},
		{"every dash is one", "7–9 — 10 − 11", "7 - 9 - 10 - 11"},
		{"spaces of any kind", "mars\u00a02025\u2009\n", "mars 2025"},
		{"soft hyphens and joiners are not there", "upp\u00adföl\u200bj\ufeff", "uppfölj"},
		{"letters in two parts", "fo\u0308re", "före"},
		{"case endings of abbreviations", "VP:n och VOR:s", "vp och vor"},
		{"but not of numbers", "1:a", "1 : a"},
		{"nor what merely follows a colon", "VP: nu", "vp : nu"},
		{"nothing", " \t", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var texts []string
			for _, tok := range tokenize(tt.phrase) {
				texts = append(texts, tok.text)
			}
			if got := strings.Join(texts, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBytesThatAreNoTextAreRead(t *testing.T) {
	for _, phrase := range []string{"\xff\xfe", "Q2\xff", strings.Repeat("å", 5000), strings.Repeat("1/", 3000), "\x00"} {
		got := Parse(phrase, goldenYear, goldenDay, goldenWheel(t))
		check(t, got, phrase, goldenDay)
	}
}

func TestNamesOfEventsAreWholeWords(t *testing.T) {
	v := vocabulary{}
	for _, e := range calendar.BuiltIn() {
		v.add(e)
	}
	for _, tt := range []struct {
		phrase, key string
		tokens      int
	}{
		{"verksamhetsplanens", "VP", 1},
		{"verksamhetsplan", "VP", 1},
		{"verksamhetsplanerare", "", 0},
		{"VPN", "", 0},
		{"vp", "VP", 1},
		{"Ledningens genomgångar", "LG", 2},
		{"ledningens möte", "", 0},
		{"Risk- och sårbarhetsanalysen", "RSA", 4},
		{"riskanalysen", "", 0},
		{"tertialrapport 1", "T1", 2},
		{"tertialrapport 4", "", 0},
		{"T1", "", 0}, // the tertial, not its report
		{"annual reports", "VB", 2},
	} {
		key, n := v.find(tokenize(tt.phrase))
		if key != tt.key || n != tt.tokens {
			t.Errorf("%q: got %q of %d tokens, want %q of %d", tt.phrase, key, n, tt.key, tt.tokens)
		}
	}
}
