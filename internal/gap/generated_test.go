package gap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

var asOf = tertial.DateOf(2023, 11, 15)

// testOptions are what the tests read with; the wheel is built once.
var testOptions = sync.OnceValue(func() Options {
	o := Options{Source: "analysis.txt", PlanYear: 2024, AsOf: asOf}
	if err := o.complete(); err != nil {
		panic(err)
	}
	return o
})

func readString(t testing.TB, text string) *tertial.Preview {
	t.Helper()
	p, err := Read([]byte(text), testOptions())
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return p
}

// score counts the fields that were read right, and describes the others.
func score(got, want []tertial.Finding) (right, of int, wrong []string) {
	byClause := map[string]tertial.Finding{}
	for _, f := range got {
		byClause[f.Clause] = f
	}
	for _, w := range want {
		g, ok := byClause[w.Clause]
		if !ok {
			wrong = append(wrong, w.Clause+" is lost")
		}
		for _, field := range []struct{ name, got, want string }{
			{"conformity", string(g.Conformity), string(w.Conformity)}, {"requirement", g.Requirement, w.Requirement}, {"observation", g.Observation, w.Observation},
			{"proposal", g.Proposal, w.Proposal}, {"owner", g.Owner, w.Owner}, {"priority", string(g.Priority), string(w.Priority)}, {"timing", g.Timing, w.Timing},
		} {
			of++
			if field.got == field.want {
				right++
			} else {
				wrong = append(wrong, fmt.Sprintf("%s %s: got %q, want %q", w.Clause, field.name, field.got, field.want))
			}
		}
	}
	return right, of, wrong
}

func TestGeneratedDocumentsAreReadBack(t *testing.T) {
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			right, of := 0, 0
			var wrong []string
			for seed := range uint64(15) {
				text, want := randomDocument(rand.New(rand.NewPCG(seed, 7)), s)
				p := readString(t, text)
				if len(p.Findings) != len(want) {
					t.Errorf("seed %d: %d findings, want %d", seed, len(p.Findings), len(want))
				}
				r, o, w := score(p.Findings, want)
				right, of, wrong = right+r, of+o, append(wrong, w...)
			}
			if share := float64(right) / float64(of); share < s.least {
				t.Errorf("%.1f %% of the cells are right, want %.0f %%; the first that are not:", 100*share, 100*s.least)
				for _, w := range wrong[:min(10, len(wrong))] {
					t.Log(w)
				}
			}
		})
	}
}

func TestNoClauseOfAGeneratedDocumentIsEverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		s := rapid.SampledFrom(shapes()).Draw(t, "shape")
		text, want := randomDocument(r, s)
		p, err := Read([]byte(text), testOptions())
		if err != nil {
			t.Fatalf("Read: %v\n%s", err, text)
		}
		var clauses, wanted []string
		for _, f := range p.Findings {
			clauses = append(clauses, f.Clause)
		}
		for _, f := range want {
			wanted = append(wanted, f.Clause)
		}
		if !slices.Equal(clauses, wanted) {
			t.Fatalf("clauses %v, want %v\n%s", clauses, wanted, text)
		}
		right, of, wrong := score(p.Findings, want)
		if float64(right) < 0.8*float64(of) {
			t.Fatalf("%d of %d cells are right: %s\n%s", right, of, strings.Join(wrong, "\n"), text)
		}
	})
}
