package gap

import (
	"strings"

	"tertial/internal/tertial"
)

// Two proposals are nearly the same from this share of common words on.
const nearlySame = 0.8

// comparedTwins bounds how many different proposals of one owner and timing are
// compared with each further one.
const comparedTwins = 50

// twins lists pairs of gaps with the same owner and timing and nearly the same
// proposal: one action may close both. Each is paired with the first like it.
func twins(findings []tertial.Finding) [][2]string {
	type like struct {
		clause string
		words  []string
	}
	out := [][2]string{}
	groups := map[string][]like{}
	for _, f := range findings {
		if !f.Conformity.IsGap() || !hasLetters(f.Proposal) {
			continue
		}
		key := tertial.RoleKey(f.Owner) + "\x00" + strings.ToLower(strings.Trim(f.Timing, " ."))
		words := strings.FieldsFunc(strings.ToLower(f.Proposal), func(r rune) bool { return !isWordRune(r) })
		found := false
		for _, g := range groups[key] {
			if found = alike(g.words, words); found {
				if g.clause != f.Clause {
					out = append(out, [2]string{g.clause, f.Clause})
				}
				break
			}
		}
		if !found && len(groups[key]) < comparedTwins {
			groups[key] = append(groups[key], like{f.Clause, words})
		}
	}
	return out
}

// shortestPrefix is how many words a proposal must have for its being the
// beginning of another to say anything.
const shortestPrefix = 5

// alike reports whether one text begins with the other, or most of their words are the same.
func alike(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return false
	}
	if len(a) >= shortestPrefix && strings.Join(a, " ") == strings.Join(b[:len(a)], " ") {
		return true
	}
	count := map[string]int{}
	for _, w := range a {
		count[w]++
	}
	common := 0
	for _, w := range b {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	return float64(2*common) >= nearlySame*float64(len(a)+len(b))
}
