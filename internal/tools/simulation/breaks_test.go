package simulation

import (
	"strings"
	"testing"
)

// A simulation that cannot fail proves nothing: each rule, broken on purpose, is found out within a few seeds.
func TestABrokenRuleIsFoundOut(t *testing.T) {
	withoutDetector(t)
	c := newCradle(t)
	for _, b := range Breaks() {
		t.Run(string(b), func(t *testing.T) {
			t.Parallel()
			const few = 16
			for seed := uint64(2000); seed < 2000+few; seed++ {
				if b != SkipRecheck && seed&2 == 0 && b != ForgetNotice && b != RewriteLog {
					continue // it takes faults to show
				}
				if r := c.live(t, seed, b); len(r.Wrong) > 0 {
					t.Logf("seed %d: %s", seed, r.Wrong[0])
					return
				}
			}
			t.Errorf("in %d lives nobody noticed", few)
		})
	}
}

// What is told of a life can be lived again: a journal names the instants, the calls and the mails.
func TestAJournalTellsWhatHappened(t *testing.T) {
	r := newCradle(t).live(t, 3, "")
	text := strings.Join(r.Journal, "\n")
	for _, want := range []string{"process 1 begins", "Claim: <nil>", "taken: <m.", "for the 1. time"} {
		if !strings.Contains(text, want) {
			t.Errorf("the journal of seed 3 does not say %q", want)
		}
	}
}
