package gap

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"encoding/json"

	"tertial/internal/tertial"
)

const (
	sampleText   = "../../templates/sample/gapanalys.txt"
	samplePeople = "../../templates/sample/people.csv"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden are the parts of a preview that a document's reading is held to.
type golden struct {
	Unit     string            `json:"unit"`
	Standard string            `json:"standard"`
	Findings []tertial.Finding `json:"findings"`
	Actions  []string          `json:"actions"`
	Problems []tertial.Problem `json:"problems"`
	Twins    [][2]string       `json:"twins"`
}

func TestDocumentsReadAsTheirGoldenFilesSay(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < 6 {
		t.Fatalf("only %d documents", len(files))
	}
	for _, file := range append(files, sampleText) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := readString(t, string(data))
			g := golden{Unit: p.Assessment.Unit, Standard: p.Assessment.Standard, Findings: p.Findings, Problems: p.Problems, Twins: p.Twins, Actions: []string{}}
			for _, a := range p.Actions {
				g.Actions = append(g.Actions, fmt.Sprintf("%s %s | %s | %s | %s | %d steps | %v", a.Ref, a.Title, strings.Join(a.Responsible, ", "), strings.Join(a.Contributors, ", "), strings.Join(a.FollowUp, ", "), len(a.Steps), a.Review))
			}
			got, _ := json.MarshalIndent(g, "", "  ")
			name := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(file), ".txt")+".json")
			if *update {
				if err := os.WriteFile(name, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(want)) != string(got) {
				t.Errorf("the reading differs from %s; look at it, and run with -update if it is right. Got:\n%s", name, got)
			}
		})
	}
}

func sampleAnalysis(t *testing.T) *tertial.Preview {
	t.Helper()
	data, err := os.ReadFile(sampleText)
	if err != nil {
		t.Fatal(err)
	}
	return readString(t, string(data))
}

func TestTheSampleShowsWhatTheProgramCanDo(t *testing.T) {
	p := sampleAnalysis(t)
	if len(p.Findings) != 26 || len(p.Actions) != 12 || len(p.Problems) != 0 || len(p.Twins) != 1 {
		t.Errorf("%d findings, %d actions, %d problems, %d twins", len(p.Findings), len(p.Actions), len(p.Problems), len(p.Twins))
	}
	declined := 0
	for _, a := range p.Actions {
		declined += b2i(slices.Contains(a.Review, tertial.Declined))
	}
	if declined != 1 {
		t.Errorf("%d actions are declined, want one", declined)
	}
}

func TestTheConformityIsTheFirstPhraseThatStandsAsOne(t *testing.T) {
	for _, c := range []struct {
		name, row string
		want      tertial.Conformity
		required  string
	}{
		{"at a line's end after a full stop", "Krav finns. Ja\nBra.", tertial.Conforming, "Krav finns."},
		{"in lower case after a full stop", "Krav finns (LIS). ja\nBra.", tertial.Conforming, "Krav finns (LIS)."},
		{"before a capital without a full stop", "planerade intervall Ja Finns i hjulet", tertial.Conforming, "planerade intervall"},
		{"alone on a line", "Krav finns\nDelvis\nBra.", tertial.Partial, "Krav finns"},
		{"the longer of two that begin there", "Krav finns. Delvis uppfyllt\nBra.", tertial.Partial, "Krav finns."},
		{"the longer over a line end", "Krav finns. Ej\nuppfyllt\nBra.", tertial.Nonconforming, "Krav finns."},
		{"not applicable", "Krav finns. Ej tillämpligt\nBra.", tertial.NotApplicable, "Krav finns."},
		{"not one that a line breaks in a sentence", "helt eller delvis\nuppfyllda krav. Nej\nInget.", tertial.Nonconforming, "helt eller delvis uppfyllda krav."},
		{"not one inside a sentence", "om kraven inte uppfylls. Delvis\nBra.", tertial.Partial, "om kraven inte uppfylls."},
		{"in English", "The rule is kept. PARTLY\nGood.", tertial.Partial, "The rule is kept."},
		{"in the middle of a line, with more in lower case", "Krav finns. Delvis finns rutin.", tertial.Partial, "Krav finns."},
		{"met, after a full stop", "The rule is kept. Not met\nNothing.", tertial.Nonconforming, "The rule is kept."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := readString(t, "4.1\n"+c.row+"\n").Findings[0]
			if f.Conformity != c.want || f.Requirement != c.required {
				t.Errorf("got %q after %q, want %q after %q", f.Conformity, f.Requirement, c.want, c.required)
			}
		})
	}
}

func TestLinesAreJoinedAsTheyWereWritten(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"with a space", "en lång\nrad", "en lång rad"},
		{"without one after a hyphen", "PM3-\ninförare", "PM3-införare"},
		{"without one after a slash", "utövning/\ngivare", "utövning/givare"},
		{"with one after a dash that stands alone", "ägare -\nsedan", "ägare - sedan"},
		{"with one after the hyphen of a pair", "informations-\noch cybersäkerhet", "informations- och cybersäkerhet"},
		{"after quotes", "\"steg för steg\"-\nguide", "\"steg för steg\"-guide"},
		{"a soft hyphen goes", "informa\u00ad\ntion", "information"},
		{"spaces are squashed", "en  lång   rad", "en lång rad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lines []sourceLine
			for i, l := range strings.Split(c.lines, "\n") {
				lines = append(lines, sourceLine{no: i + 1, text: l, before: brLine})
			}
			if got := text(wordsOf(lines)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func clausesOf(p *tertial.Preview) string {
	var out []string
	for _, f := range p.Findings {
		out = append(out, f.Clause)
	}
	return strings.Join(out, " ")
}

func TestRowsBeginAtTheLikeliestAscendingClauses(t *testing.T) {
	row := "\n\nKrav finns. Ja\n\nBra läge.\n\n"
	for _, c := range []struct{ name, text, want string }{
		{"alone on a line", "4.1" + row + "4.2" + row, "4.1 4.2"},
		{"with a row on the same line", "4.1 Krav finns. Ja Bra.\n4.2 Krav finns. Nej Dåligt.\n", "4.1 4.2"},
		{"announced as clauses", "Klausul 4.1" + row + "Klausul 4.2" + row, "4.1 4.2"},
		{"a reference at a line's start is none", "8.2\n\nKrav finns. Ja\n\nLäs mer i\n6.1.3 om detta.\n\n8.3" + row, "8.2 8.3"},
		{"a reference further on is none", "4.1\n\nKrav enligt\n9.2 finns. Ja\n\nBra.\n\n4.2" + row + "9.2" + row, "4.1 4.2 9.2"},
		{"numbers in prose are none", "4.1\n\nKrav finns. Ja\n\nKostar\n1.5 miljoner.\n\n4.2" + row, "4.1 4.2"},
		{"the annex follows the body", "10.2" + row + "A.5.1" + row + "A.5.10" + row, "10.2 A.5.1 A.5.10"},
		{"the annex may come first", "A.5.1" + row + "A.5.2" + row + "4.1" + row + "4.2" + row, "A.5.1 A.5.2 4.1 4.2"},
		{"a clause again with a conformity is another row", "4.1" + row + "4.1" + row, "4.1 4.1"},
		{"a clause again without one goes on", "4.1\n\nKrav finns. Delvis\n\nHalva läget är\n\n4.1\n\nkänt.\n\n4.2" + row, "4.1 4.2"},
		{"a chapter's heading is none", "A.5 Organisatoriska åtgärder\n\nA.5.1" + row + "A.6 Personal\n\nA.6.1" + row, "A.5.1 A.6.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readString(t, c.text)
			if got := clausesOf(p); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			for _, f := range p.Findings {
				if strings.Contains(f.Observation+f.Timing+f.Owner, "åtgärder") || strings.Contains(f.Observation+f.Timing+f.Owner, "Personal") {
					t.Errorf("a heading became text: %+v", f)
				}
			}
		})
	}
}

func TestAClauseThatIsReadAsTextIsADoubt(t *testing.T) {
	p := readString(t, "4.1\n\nKrav finns. Ja\n\nBra.\n\n8.2\n\nKrav finns. Ja\n\nBra.\n\n6.1\n\n8.3\n\nKrav finns. Nej\n\nDåligt.\n")
	if got := clausesOf(p); !strings.Contains(got, "8.2") || !strings.Contains(got, "8.3") {
		t.Errorf("clauses %s", got)
	}
	if !slices.ContainsFunc(p.Problems, func(x tertial.Problem) bool { return x.Clause == "6.1" }) {
		t.Errorf("nothing is said of 6.1: %+v", p.Problems)
	}
}

func TestWhatIsUncertainInATextIsListed(t *testing.T) {
	for _, c := range []struct {
		name, row string
		severity  tertial.Severity
		says      string
	}{
		{"no conformity", "Krav finns och mer.\n", tertial.SeverityError, "no conformity"},
		{"a gap without a proposal", "Krav finns. Nej\n\nDet saknas.\n", tertial.SeverityDoubt, "without a proposal"},
		{"no requirement", "Nej\n\nDet saknas.\n\nTa fram en rutin.\n\nISAM\n\nHög\n\nMars\n", tertial.SeverityDoubt, "no requirement"},
		{"an owner that is no role", "Krav finns. Nej\n\nDet saknas.\n\nTa fram en rutin.\n\nHela huset gemensamt\n\nHög\n\nMars\n", tertial.SeverityDoubt, "owner"},
		{"cells parted by their words alone", "Krav finns. Nej Det saknas helt. Ta fram en rutin. ISAM Hög Mars\n", tertial.SeverityDoubt, "nothing parts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readString(t, "4.1\n\n"+c.row)
			if !slices.ContainsFunc(p.Problems, func(x tertial.Problem) bool {
				return x.Line == 1 && x.Clause == "4.1" && x.Severity == c.severity && strings.Contains(x.Message, c.says)
			}) {
				t.Errorf("got %+v, want %s that says %q", p.Problems, c.severity, c.says)
			}
		})
	}
}

func TestTheUnitIsThatOfTheOptionsElseOfATitle(t *testing.T) {
	for _, c := range []struct{ name, title, option, want string }{
		{"of the options", "Gapanalys – Skolan", "Vården", "Vården"},
		{"of a title with a dash", "Gapanalys – Skolförvaltningen", "", "Skolförvaltningen"},
		{"of a title with for", "Gap analysis for Harbour Office", "", "Harbour Office"},
		{"of a label", "Förvaltning: Miljökontoret", "", "Miljökontoret"},
		{"none of a title without one", "Gapanalys ISO/IEC 27001", "", ""},
		{"none of a title about the standard", "Gapanalys av ledningssystemet för informationssäkerhet", "", ""},
		{"none without a title", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions()
			o.Unit = c.option
			p, err := Read([]byte(c.title+"\n\n4.1\n\nKrav finns. Ja\n"), o)
			if err != nil || p.Assessment.Unit != c.want {
				t.Errorf("got %v, %v, want %q", p.Assessment.Unit, err, c.want)
			}
		})
	}
}

func TestFurnitureOfAPageIsNoText(t *testing.T) {
	page := func(n int, rest string) string {
		return fmt.Sprintf("Gapanalys Tekniska nämnden\n\nDnr 2024-%d\n\nKlausul Krav Uppfyllt Nuläge Förslag Ansvarig Prio Tid\n\n%s\n\nSida %d av 3\n\f", 17, rest, n)
	}
	p := readString(t, page(1, "4.1\n\nKrav finns. Delvis\n\nHalva läget är")+page(2, "känt.\n\nTa fram resten av\n\n")+page(3, "listan.\n\nISAM\n\nHög\n\nMars"))
	want := tertial.Finding{Clause: "4.1", Conformity: tertial.Partial, Requirement: "Krav finns.", Observation: "Halva läget är känt.", Proposal: "Ta fram resten av listan.", Owner: "ISAM", Priority: tertial.High, Timing: "Mars", Line: 7}
	if len(p.Findings) != 1 || p.Findings[0] != want {
		t.Errorf("got %+v, want %+v", p.Findings, want)
	}
}
