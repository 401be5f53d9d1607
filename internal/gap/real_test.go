package gap

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func realText(t *testing.T) string {
	data, err := os.ReadFile(realAnalysis)
	if err != nil {
		t.Skip("the real analysis is not here: ", err)
	}
	return string(data)
}

const (
	yes    = tertial.Conforming
	partly = tertial.Partial
	no     = tertial.Nonconforming
)

// realCells has the words of each cell counted: what the analysis says is not for this place.
var realCells = []struct {
	clause                             string
	conformity                         tertial.Conformity
	requirement, observation, proposal int
	owner                              string
	priority                           tertial.Priority
	timing                             int
}{
	{"4.1", yes, 28, 14, 0, "", tertial.None, 0},
	{"4.2", partly, 22, 23, 77, "ISAM", tertial.Low, 1},
	{"4.3", yes, 15, 17, 0, "", tertial.None, 0},
	{"4.4", yes, 11, 3, 0, "", tertial.None, 0},
	{"5.1", yes, 13, 30, 0, "", tertial.None, 0},
	{"5.2", yes, 5, 22, 0, "", tertial.None, 0},
	{"5.3", partly, 20, 44, 22, "ISAM och PM3-införare", tertial.Medium, 6},
	{"6.1.1", partly, 31, 79, 63, "Avdelningschef för verksamhetsstöd och stadsmiljö", tertial.High, 5},
	{"6.1.2", yes, 10, 19, 0, "ISAM", tertial.None, 0},
	{"6.1.3", partly, 10, 27, 17, "HR i samverkan med ISAM", tertial.High, 6},
	{"6.2", yes, 15, 7, 0, "", tertial.None, 0},
	{"7.1", yes, 16, 29, 0, "", tertial.None, 0},
	{"7.2", no, 19, 2, 27, "Avdelningschef för verksamhetsstöd och stadsmiljö", tertial.Low, 8},
	{"7.3", partly, 39, 5, 22, "ISAM tillsammans med HR", tertial.Low, 8},
	{"7.4", yes, 14, 18, 0, "", tertial.None, 0},
	{"7.5.1", yes, 34, 17, 0, "", tertial.None, 0},
	{"7.5.2", yes, 21, 24, 0, "", tertial.None, 0},
	{"7.5.3", partly, 18, 9, 33, "ISAM", tertial.Medium, 8},
	{"8.1", partly, 51, 34, 9, "Objektägare - ISAM följer upp", tertial.Low, 3},
	{"8.2", partly, 13, 29, 17, "Säkerhetssamordnare", tertial.Medium, 1},
	{"8.3", partly, 17, 14, 9, "Säkerhetssamordnare", tertial.Medium, 1},
	{"9.1", yes, 10, 7, 0, "", tertial.None, 0},
	{"9.2", no, 18, 30, 12, "", tertial.None, 0},
	{"9.3", yes, 11, 3, 0, "", tertial.None, 0},
	{"10.1", partly, 14, 31, 9, "ISAM och HR", tertial.None, 3},
	{"10.2", yes, 11, 3, 0, "", tertial.None, 0},
}

func TestTheRealAnalysisIsReadCellByCell(t *testing.T) {
	p := readString(t, realText(t))
	if len(p.Findings) != len(realCells) {
		t.Fatalf("%d findings, want %d", len(p.Findings), len(realCells))
	}
	words := func(s string) int { return len(strings.Fields(s)) }
	for i, w := range realCells {
		f := p.Findings[i]
		if f.Clause != w.clause || f.Conformity != w.conformity || f.Owner != w.owner || f.Priority != w.priority {
			t.Errorf("%s: got %s %s %q %s", w.clause, f.Clause, f.Conformity, f.Owner, f.Priority)
		}
		if words(f.Requirement) != w.requirement || words(f.Observation) != w.observation || words(f.Proposal) != w.proposal || words(f.Timing) != w.timing {
			t.Errorf("%s: got %d, %d, %d, %d words, want %d, %d, %d, %d", w.clause, words(f.Requirement), words(f.Observation), words(f.Proposal), words(f.Timing), w.requirement, w.observation, w.proposal, w.timing)
		}
	}
	if len(p.Problems) != 0 {
		t.Errorf("problems %+v", p.Problems)
	}
}

func TestTheRealAnalysisAsksForTwelveActions(t *testing.T) {
	p := readString(t, realText(t))
	type parties struct{ responsible, contributors, followUp string }
	want := map[string]parties{
		"2024-4.2": {"ISAM", "", ""}, "2024-5.3": {"ISAM|PM3-införare", "", ""}, "2024-6.1.1": {"Avdelningschef för verksamhetsstöd och stadsmiljö", "", ""}, "2024-6.1.3": {"HR", "ISAM", ""},
		"2024-7.2": {"Avdelningschef för verksamhetsstöd och stadsmiljö", "", ""}, "2024-7.3": {"ISAM", "HR", ""}, "2024-7.5.3": {"ISAM", "", ""}, "2024-8.1": {"Objektägare", "", "ISAM"},
		"2024-8.2": {"Säkerhetssamordnare", "", ""}, "2024-8.3": {"Säkerhetssamordnare", "", ""}, "2024-9.2": {}, "2024-10.1": {"ISAM|HR", "", ""},
	}
	if len(p.Actions) != len(want) {
		t.Errorf("%d actions, want %d", len(p.Actions), len(want))
	}
	for _, a := range p.Actions {
		if got := (parties{strings.Join(a.Responsible, "|"), strings.Join(a.Contributors, "|"), strings.Join(a.FollowUp, "|")}); got != want[a.Ref] {
			t.Errorf("%s: got %+v, want %+v", a.Ref, got, want[a.Ref])
		}
		if declined := slices.Contains(a.Review, tertial.Declined); declined != (a.Ref == "2024-9.2") {
			t.Errorf("%s: review %v", a.Ref, a.Review)
		}
	}
	if !slices.Equal(p.Twins, [][2]string{{"8.2", "8.3"}}) {
		t.Errorf("twins %v", p.Twins)
	}
	if p.Assessment.Standard != edition2013 {
		t.Errorf("standard %s", p.Assessment.Standard)
	}
}

func TestTheRealAnalysisSurvivesOtherLayouts(t *testing.T) {
	original := realText(t)
	want := readString(t, original).Findings
	var stripped, tight []string
	for line := range strings.SplitSeq(original, "\n") {
		stripped = append(stripped, strings.TrimRight(line, " "))
		if strings.TrimSpace(line) != "" {
			tight = append(tight, strings.TrimRight(line, " "))
		}
	}
	var oneLine []string
	for _, line := range tight {
		line = strings.TrimSpace(line)
		if c, rest, ok := leadingClause(line); ok && rest == "" && c.known(true) || len(oneLine) == 0 {
			oneLine = append(oneLine, line)
			continue
		}
		last := &oneLine[len(oneLine)-1]
		if !strings.HasSuffix(*last, "-") && !strings.HasSuffix(*last, "/") || strings.HasSuffix(*last, " -") {
			*last += " "
		}
		*last += line
	}
	for _, c := range []struct {
		name, text string
		least      float64
	}{
		{"with trailing spaces lost", strings.Join(stripped, "\n"), 1},
		{"with blank lines lost", strings.Join(tight, "\n"), 1},
		{"with a row a line", strings.Join(oneLine, "\n"), 0.94},
		{"with Windows line ends", strings.ReplaceAll(original, "\n", "\r\n"), 1},
		{"with a blank line after every line", strings.Join(tight, "\n\n"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readString(t, c.text).Findings
			if len(got) != len(want) {
				t.Errorf("%d findings, want %d", len(got), len(want))
			}
			right, of, wrong := score(got, want)
			if share := float64(right) / float64(of); share < c.least {
				t.Errorf("only %.1f %% of the fields are the same: %s", 100*share, strings.Join(wrong, "\n"))
			}
		})
	}
}
