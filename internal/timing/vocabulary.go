package timing

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tertial/internal/calendar"
)

// vocabulary is what the wheel's events are called, by the stem of the first word.
type vocabulary map[string][]eventName

// eventName is one name of an event, as the stems of its tokens.
type eventName struct {
	stems []string
	key   string
}

// add takes the event's key, name and aliases into the vocabulary. Keys that look
// like a tertial (T1) are left out: alone they mean the period, as in T1 2025.
func (v vocabulary) add(e calendar.Event) {
	names := append([]string{e.Name}, e.Aliases...)
	if !looksLikeTertial(e.Key) {
		names = append(names, e.Key)
	}
	for _, n := range names {
		toks := tokenize(n)
		if len(toks) == 0 {
			continue
		}
		name := eventName{key: e.Key}
		for _, t := range toks {
			name.stems = append(name.stems, stem(t.text))
		}
		first := name.stems[0]
		if !slices.ContainsFunc(v[first], func(x eventName) bool { return slices.Equal(x.stems, name.stems) }) {
			v[first] = append(v[first], name)
		}
	}
}

func looksLikeTertial(key string) bool {
	return len(key) == 2 && (key[0] == 'T' || key[0] == 't') && key[1] >= '1' && key[1] <= '3'
}

// find returns the event with the longest name that toks begin with, and its length in tokens.
func (v vocabulary) find(toks []token) (key string, length int) {
	for _, n := range v[stem(toks[0].text)] {
		if len(n.stems) <= length || len(n.stems) > len(toks) {
			continue
		}
		same := true
		for i, s := range n.stems {
			same = same && stem(toks[i].text) == s
		}
		if same {
			key, length = n.key, len(n.stems)
		}
	}
	return key, length
}

// The endings of nouns: definite, plural, genitive, alone and together.
var endings = [...]string{"arnas", "ernas", "ornas", "arna", "erna", "orna", "ens", "ets", "ers", "en", "et", "er", "ar", "or", "na", "n", "s", "e"}

// The shortest stem: what is shorter has no endings that one could tell from the word.
// And the longest word, in bytes, that is looked at: what is longer is none.
const (
	minStem = 4
	maxWord = 80
)

// stem takes the endings off a word, so that verksamhetsberättelse, -n, -r and -ns are one.
// It is the same for every inflection of a word, and no word of its own.
func stem(w string) string {
	if len(w) > maxWord {
		return w
	}
	for range 2 { // once for the ending, once for the s or e before it; more would be another word
		cut := w
		for _, e := range endings {
			if rest, ok := strings.CutSuffix(w, e); ok && utf8.RuneCountInString(rest) >= minStem {
				cut = rest
				break
			}
		}
		if cut == w {
			break
		}
		w = cut
	}
	return w
}
