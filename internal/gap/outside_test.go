package gap

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// The shares, in thousandths, of the fields of testdata/outside that must be read
// right: as they stand there, and laid out anew. The documents, and what a
// person reads in them, were written before the reader was tried on them.
const (
	outsideFloor      = 1000
	outsideShapeFloor = 995
)

// tally counts fields read right.
type tally struct{ right, all int }

func (t *tally) add(o tally) { t.right += o.right; t.all += o.all }

func (t tally) permille() int { return t.right * 1000 / max(t.all, 1) }

func TestDocumentsOfOthersAreReadAsAPersonReadsThem(t *testing.T) {
	var total tally
	for _, source := range outsideSources(t) {
		t.Run(filepath.Base(source), func(t *testing.T) {
			got := readOutside(t, source)
			want := wantedOutside(t, source)
			fields, sure := compareFindings(t, got, want)
			total.add(fields)
			t.Logf("%d of %d fields right", fields.right, fields.all)
			if sure.right != sure.all {
				t.Errorf("%d of %d clauses, lines and conformities right; want every one", sure.right, sure.all)
			}
		})
	}
	if got := total.permille(); got < outsideFloor {
		t.Errorf("%d of %d fields right (%d ‰), want at least %d ‰", total.right, total.all, got, outsideFloor)
	}
	t.Logf("%d of %d fields right", total.right, total.all)
}

// TestTheRowsOfOthersAreReadInEveryShape lays the same rows out in the shapes of
// the generated documents.
func TestTheRowsOfOthersAreReadInEveryShape(t *testing.T) {
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			var total tally
			for _, source := range outsideSources(t) {
				if filepath.Ext(source) == ".csv" {
					continue // in any order
				}
				l := &swedish
				if strings.HasPrefix(filepath.Base(source), "english") {
					l = &english
				}
				want := wantedOutside(t, source)
				r := rand.New(rand.NewPCG(uint64(len(want)), 11))
				p := readString(t, s.vary(r).write(r, l, want))
				right, all, wrong := score(p.Findings, want)
				total.add(tally{right, all})
				for _, w := range wrong {
					t.Log(w)
				}
			}
			if got := total.permille(); got < outsideShapeFloor {
				t.Errorf("%d of %d fields right (%d ‰), want at least %d ‰", total.right, total.all, got, outsideShapeFloor)
			}
			t.Logf("%d of %d fields right", total.right, total.all)
		})
	}
}

func outsideSources(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.txt", "*.csv"} {
		files, err := filepath.Glob(filepath.Join("testdata", "outside", pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < 14 {
		t.Fatalf("%d documents in testdata/outside, want at least 14", len(all))
	}
	return all
}

func readOutside(t *testing.T, source string) []tertial.Finding {
	t.Helper()
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(data, Options{Source: source, PlanYear: 2025, AsOf: tertial.DateOf(2024, 11, 20)})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range p.Problems {
		if problem.Severity == tertial.SeverityError {
			t.Errorf("line %d, %s: %s; want no error", problem.Line, problem.Clause, problem.Message)
		}
	}
	return p.Findings
}

func wantedOutside(t *testing.T, source string) []tertial.Finding {
	t.Helper()
	data, err := os.ReadFile(strings.TrimSuffix(source, filepath.Ext(source)) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Findings []tertial.Finding }
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want.Findings
}

// compareFindings counts the fields that agree; sure are those that leave no room
// for judgement: which clause stands on which line, and how far it is met.
func compareFindings(t *testing.T, got, want []tertial.Finding) (fields, sure tally) {
	t.Helper()
	for _, w := range want {
		i := slices.IndexFunc(got, func(f tertial.Finding) bool { return f.Clause == w.Clause && f.Line == w.Line })
		if i < 0 {
			t.Logf("%s on line %d is no finding", w.Clause, w.Line)
			fields.all += len(fieldsOf(w))
			sure.all++
			continue
		}
		given := fieldsOf(got[i])
		for k, f := range fieldsOf(w) {
			one := tally{all: 1}
			if given[k].text == f.text {
				one.right = 1
			} else {
				t.Logf("%s: the %s is %q, want %q", w.Clause, f.name, given[k].text, f.text)
			}
			fields.add(one)
			if f.name == "clause" || f.name == "conformity" {
				sure.add(one)
			}
		}
	}
	if extra := len(got) - len(want); extra > 0 {
		t.Errorf("%d findings, want %d", len(got), len(want))
		sure.all += extra
	}
	return fields, sure
}

type field struct{ name, text string }

func fieldsOf(f tertial.Finding) []field {
	return []field{
		{"clause", f.Clause}, {"conformity", string(f.Conformity)}, {"requirement", f.Requirement},
		{"observation", f.Observation}, {"proposal", f.Proposal}, {"owner", f.Owner},
		{"priority", string(cmp.Or(f.Priority, tertial.None))}, {"timing", f.Timing},
	}
}
