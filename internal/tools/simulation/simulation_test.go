package simulation

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	_ "modernc.org/sqlite" // the driver of those who check

	"tertial/templates"
)

var (
	seeds = flag.Int("seeds", 0, "how many lives to live; 0 is 200, or 20 with -short, or 5 with the race detector")
	oneOf = flag.Int64("seed", -1, "the one life to live, and to tell")
	tell  = flag.Bool("tell", false, "tell every life to its end")
	first = flag.Uint64("from", 1, "the first seed")
)

// cradle is what lives share.
type cradle struct {
	empty string
	set   *templates.Set
}

func newCradle(t *testing.T) cradle {
	t.Helper()
	empty, err := MakeEmpty(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return cradle{empty, set}
}

// live lives one life in a bubble of its own.
func (c cradle) live(t *testing.T, seed uint64, broken Break) *Report {
	t.Helper()
	dir := t.TempDir()
	var report *Report
	synctest.Test(t, func(t *testing.T) {
		var err error
		report, err = Live(context.Background(), seed, Options{Dir: dir, Empty: c.empty, Templates: c.set, Break: broken})
		if err != nil {
			t.Fatalf("%v\nagain: go test ./internal/tools/simulation -run TestSeed -seed %d", err, seed)
		}
	})
	return report
}

// promises are what lives are held against, as their ids stand before what does not hold.
func promises() map[string]string {
	return map[string]string{
		"P1": "what is sent is at the relay", "P4": "what is owed is told, or ends with a reason", "P5": "a copy has its crash or broken line",
		"P6": "copies are the same to the last byte", "P7": "what was accepted is sent", "P8": "what is in doubt is marked, and waits a quarter of an hour",
		"P10": "a mail goes to whom it is for", "P11": "nothing is told of what was closed before", "P41": "the log is whole", "P49": "plan and mails are the same",
		"R7": "one mail a person a day", "R8": "reminders go on their day, in the hours", "told once": "a notice is told once",
	}
}

// events are words of a journal, each of something that must happen in enough lives.
func events() map[string]int {
	n := map[string]int{}
	for _, what := range []string{" dies", "before Claim", "before MarkDot", "before Record", "before Look", "before Release", "at the dot of", "at DATA", "at RCPT", "at MAIL",
		"the answer to Claim is lost", "the answer to MarkDot is lost", "the answer to Record is lost", "the answer to Look is lost", "dial: refused", "a black hole",
		"no answer to the dot", "cut at RCPT", "the clock is stepped by 1h", "the clock is stepped by -1h", "is stopped", "is to stop", "unavailable", "no answer within 10m0s",
		"421 4.3.2", "5.7.1", "5.1.1", "greylisted", "hold: held", "hold: released", "retry: message", "close: ", "reopen: ", "away: ", "hand over: ", "done: "} {
		n[what] = 0
	}
	return n
}

func TestSeeds(t *testing.T) {
	n := *seeds
	switch {
	case *oneOf >= 0:
		t.Skip("one seed is asked for")
	case n == 0 && raced:
		n = 5
	case n == 0 && testing.Short():
		n = 20
	case n == 0:
		n = 200
	}
	c := newCradle(t)
	var mu sync.Mutex
	var all Report
	happened := events()
	t.Run("lives", func(t *testing.T) {
		for seed := *first; seed < *first+uint64(n); seed++ {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				r := c.live(t, seed, "")
				judge(t, r)
				mu.Lock()
				defer mu.Unlock()
				for _, line := range r.Journal {
					for what := range happened {
						if strings.Contains(line, what) {
							happened[what]++
						}
					}
				}
				all.Days, all.Mails, all.Copies = all.Days+r.Days, all.Mails+r.Mails, all.Copies+r.Copies
				all.Processes, all.Owed, all.Wrong = all.Processes+r.Processes, all.Owed+r.Owed, append(all.Wrong, r.Wrong...)
			})
		}
	})
	t.Run("everything that can go wrong has", func(t *testing.T) {
		for what, times := range happened {
			if times == 0 && n >= 100 {
				t.Errorf("in %d lives never: %s", n, what)
			}
		}
		t.Log(happened)
	})
	t.Logf("%d lives: %d days, %d notices owed, %d mails taken, %d of them copies, %d processes", n, all.Days, all.Owed, all.Mails, all.Copies, all.Processes)
	for id, what := range promises() {
		t.Run(id+" "+what, func(t *testing.T) {
			for _, wrong := range all.Wrong {
				if strings.HasPrefix(wrong, id+" ") || strings.HasPrefix(wrong, id+":") {
					t.Error(wrong)
				}
			}
		})
	}
}

func judge(t *testing.T, r *Report) {
	t.Helper()
	if *tell {
		t.Log("\n" + strings.Join(r.Journal, "\n"))
	}
	if len(r.Wrong) > 0 {
		t.Errorf("seed %d, with %s:\n\t%s\nagain: go test ./internal/tools/simulation -run TestSeed -seed %d -tell", r.Seed, r.Nature,
			strings.Join(r.Wrong[:min(len(r.Wrong), 20)], "\n\t"), r.Seed)
	}
}

func TestSeed(t *testing.T) {
	if *oneOf < 0 {
		t.Skip("no seed is asked for")
	}
	judge(t, newCradle(t).live(t, uint64(*oneOf), ""))
}

func TestTheSameSeedIsTheSameLife(t *testing.T) {
	withoutDetector(t)
	c := newCradle(t)
	for seed := uint64(1000); seed < 1006; seed++ {
		one, two := c.live(t, seed, ""), c.live(t, seed, "")
		if !slices.Equal(one.Journal, two.Journal) {
			for i := range min(len(one.Journal), len(two.Journal)) {
				if one.Journal[i] != two.Journal[i] {
					t.Errorf("seed %d: of %d and %d lines the first that differs is %d\n\t%s\n\t%s", seed, len(one.Journal), len(two.Journal), i, one.Journal[i], two.Journal[i])
					break
				}
			}
		}
	}
}

// withoutDetector leaves to a run without the race detector what would take it minutes; .ci/run has one.
func withoutDetector(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("not with the race detector: it would take minutes")
	}
}
