package gap

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

const (
	swedishHead = "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n"
	englishHead = "clause,requirement,conformity,observation,proposal,owner,priority,timing\n"
)

func TestATableMayHaveEveryHeaderAndSeparator(t *testing.T) {
	want := tertial.Finding{Clause: "A.5.9", Conformity: tertial.Partial, Requirement: "Krav", Observation: "Nu", Proposal: "Gör, nu", Owner: "ISAM", Priority: tertial.Medium, Timing: "Q2", Line: 2}
	for _, c := range []struct{ name, text string }{
		{"Swedish with ;", swedishHead + "A.5.9;Krav;Delvis;Nu;Gör, nu;ISAM;Medel;Q2\n"},
		{"English with ,", englishHead + "A.5.9,Krav,Partly,Nu,\"Gör, nu\",ISAM,Medium,Q2\n"},
		{"with tabs", strings.ReplaceAll(swedishHead, ";", "\t") + "A.5.9\tKrav\tdelvis\tNu\tGör, nu\tISAM\tMEDEL\tQ2\n"},
		{"in any order", "tid;prioritet;ansvarig;åtgärd;nuläge;uppfyllnad;krav;klausul\nQ2;Medel;ISAM;Gör, nu;Nu;Delvis;Krav;A.5.9\n"},
		{"both languages, in capitals, with spaces", "Clause; KRAV ;Conformity;Nuläge;Proposal;Ansvarig;Prioritet;Timing\nA.5.9;Krav;Delvis;Nu;Gör, nu;ISAM;Medel;Q2\n"},
		{"quoted cells over several lines", strings.ToUpper(swedishHead[:1]) + swedishHead[1:] + "A.5.9;Krav;Delvis;Nu;\"Gör,\n nu\";ISAM;Medel;Q2\n"},
		{"empty cells after the last column", swedishHead + "A.5.9;Krav;Delvis;Nu;Gör, nu;ISAM;Medel;Q2;;\n"},
		{"a clause as it is also written", swedishHead + "a5.9;Krav;Delvis;Nu;Gör, nu;ISAM;Medel;Q2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readString(t, c.text)
			if len(p.Findings) != 1 || p.Findings[0] != want {
				t.Errorf("got %+v, want %+v", p.Findings, want)
			}
			if len(p.Problems) != 0 || len(p.Actions) != 1 {
				t.Errorf("problems %v, %d actions", p.Problems, len(p.Actions))
			}
		})
	}
}

func TestATableThatIsNoneIsRefused(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"an unknown column", "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid;färg\n4.1;;;;;;;;\n", "färg"},
		{"an unknown column, listing the known", "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;datumet\n4.1;;;;;;;\n", "uppfyllnad"},
		{"a column twice", "klausul;klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n", "same"},
		{"a column in two languages", "klausul;clause;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n", "same"},
		{"a column that is missing", "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet\n4.1;;;;;;\n", "timing (tid)"},
		{"a header without rows", swedishHead, "no row"},
		{"a header with empty rows", swedishHead + ";;;;;;;\n\n", "no row"},
		{"a quote that is not closed", swedishHead + "4.1;\"Krav;Ja;;;;;\n", "quote"},
		{"a bare quote", swedishHead + "4.1;Kr\"av;Ja;;;;;\n", "line 2"},
		{"201 columns", strings.Repeat("klausul;", 200) + "krav;uppfyllnad;nuläge\n", "200"},
		{"201 cells in a row", swedishHead + "4.1" + strings.Repeat(";x", 200) + "\n", "200"},
		{"20,001 rows", swedishHead + strings.Repeat("4.1;Krav;Ja;;;;;\n", 20_001), "20000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read([]byte(c.text), testOptions())
			if !errors.Is(err, tertial.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want ErrInvalid that says %q", err, c.says)
			}
		})
	}
}

func TestACSVWithoutAHeaderIsRefusedByItsName(t *testing.T) {
	o := testOptions()
	o.Source = "C:\\temp\\Analys.CSV"
	_, err := Read([]byte("4.1;Krav;Ja;;;;;\n"), o)
	if !errors.Is(err, tertial.ErrInvalid) || !strings.Contains(err.Error(), "column") || strings.Contains(err.Error(), "temp") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsWrongWithARowIsListedWithItsLine(t *testing.T) {
	good := "4.1;Krav;Ja;Nu;;;;\n"
	for _, c := range []struct {
		name, row string
		severity  tertial.Severity
		says      string
		kept      bool
	}{
		{"too few cells", "4.2;Krav;Ja\n", tertial.SeverityError, "3 cells", false},
		{"too many cells", "4.2;Krav;Ja;;;;;;x\n", tertial.SeverityError, "9 cells", false},
		{"no clause", ";Krav;Ja;;;;;\n", tertial.SeverityError, "no clause", false},
		{"a word for a clause", "fyra;Krav;Ja;;;;;\n", tertial.SeverityError, "fyra", false},
		{"an unknown conformity", "4.2;Krav;Kanske;;;;;\n", tertial.SeverityError, "Kanske", true},
		{"an empty conformity with a proposal", "4.2;Krav;;;Gör;;;\n", tertial.SeverityError, "empty", true},
		{"an empty conformity", "4.2;Krav;;;;;;\n", tertial.SeverityDoubt, "not assessed", true},
		{"an unknown priority", "4.2;Krav;Delvis;;Gör;ISAM;Akut;Q2\n", tertial.SeverityError, "Akut", true},
		{"a gap without a proposal", "4.2;Krav;Delvis;Nu;;ISAM;Låg;Q2\n", tertial.SeverityDoubt, "without a proposal", true},
		{"a clause of no edition", "4.9;Krav;Ja;;;;;\n", tertial.SeverityDoubt, "4.9", true},
		{"the same row again", good, tertial.SeverityDoubt, "line 2", true},
		{"the header again", swedishHead, tertial.SeverityError, "header", false},
		{"a control character", "4.2;Kr\x07av;Ja;;;;;\n", tertial.SeverityError, "U+0007", false},
		{"a cell of 65 KiB", "4.2;" + strings.Repeat("a", maxCell+1) + ";Ja;;;;;\n", tertial.SeverityError, "64 KiB", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := readString(t, swedishHead+good+c.row)
			if len(p.Problems) != 1 {
				t.Fatalf("problems %+v, want one", p.Problems)
			}
			x := p.Problems[0]
			if x.Line != 3 || x.Severity != c.severity || !strings.Contains(x.Message, c.says) {
				t.Errorf("got %+v, want %s in line 3 that says %q", x, c.severity, c.says)
			}
			if got := len(p.Findings) == 2; got != c.kept {
				t.Errorf("%d findings; the row is kept: %v, want %v", len(p.Findings), got, c.kept)
			}
		})
	}
}

func TestManyRaggedRowsAreListedToFifty(t *testing.T) {
	p := readString(t, swedishHead+"4.1;Krav;Ja;;;;;\n"+strings.Repeat("4.2;Krav\n", 60))
	if len(p.Problems) != 51 || !p.HasErrors() || !strings.Contains(p.Problems[0].Message+p.Problems[50].Message, "10 more") {
		t.Errorf("got %d problems, the first %+v", len(p.Problems), p.Problems[0])
	}
}

func TestATableTakesClausesInAnyOrderAndNumber(t *testing.T) {
	p := readString(t, swedishHead+"9.1;K;Delvis;N;Mät;ISAM;Låg;Q1\nA.5.9;K;Nej;N;Räkna;HR;Hög;Q2\n4.1;K;Ja;N;;;;\n9.1;K;Delvis;N;Väg;ISAM;Låg;Q3\n")
	var clauses, refs []string
	for _, f := range p.Findings {
		clauses = append(clauses, f.Clause)
	}
	for _, a := range p.Actions {
		refs = append(refs, a.Ref)
	}
	if got := strings.Join(clauses, " "); got != "9.1 A.5.9 4.1 9.1" {
		t.Errorf("clauses %s", got)
	}
	if got := strings.Join(refs, " "); got != "2024-9.1 2024-A.5.9 2024-9.1b" {
		t.Errorf("refs %s", got)
	}
}

func TestTextFromOutsideIsCleaned(t *testing.T) {
	p := readString(t, swedishHead+"4.1;=HYPERLINK(1);Delvis;a\u202eb\u200bc;Ta  fram\trutin;Is\u00adam;Hög;@SUM\n")
	f := p.Findings[0]
	if f.Requirement != "=HYPERLINK(1)" || f.Observation != "abc" || f.Proposal != "Ta fram rutin" || f.Owner != "Isam" || f.Timing != "@SUM" {
		t.Errorf("got %+v", f)
	}
}

func TestThePreviewSaysWhatItTookForGranted(t *testing.T) {
	p, err := Read([]byte(swedishHead+"4.1;K;Ja;;;;;\n"), Options{Source: "../in/analys.csv", AsOf: tertial.DateOf(2027, 2, 3)})
	if err != nil {
		t.Fatal(err)
	}
	a := p.Assessment
	if a.PlanYear != 2027 || a.Dated != tertial.DateOf(2027, 2, 3) || a.Source != "analys.csv" || len(a.SHA256) != 64 {
		t.Errorf("got %+v", a)
	}
	if len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Message, "2027") || p.Problems[0].Severity != tertial.SeverityDoubt {
		t.Errorf("got %+v", p.Problems)
	}
}

func TestThePreviewHasNoNullInItsJSON(t *testing.T) {
	for _, text := range []string{swedishHead + "4.1;K;Ja;;;;;\n", swedishHead + "x;K;Ja;;;;;\n", swedishHead + "4.1;K;Nej;N;Gör;;;\n"} {
		out, err := json.Marshal(readString(t, text))
		if err != nil || strings.Contains(string(out), "null") {
			t.Errorf("got %s, %v", out, err)
		}
	}
}

func TestALargeTableIsReadWhole(t *testing.T) {
	p, err := Read(bigTable(10_000), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Findings) != 10_000 || len(p.Actions) != 10_000 {
		t.Errorf("%d findings, %d actions", len(p.Findings), len(p.Actions))
	}
	seen := map[string]bool{}
	for _, a := range p.Actions {
		if seen[a.Ref] {
			t.Fatalf("%s comes twice", a.Ref)
		}
		seen[a.Ref] = true
	}
}

func ExampleRead() {
	table := "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n" +
		"7.2;Kompetens finns;Nej;Saknas;Ta fram en kursplan;HR i samverkan med ISAM;Hög;Mars\n"
	p, err := Read([]byte(table), Options{Source: "analys.csv", PlanYear: 2027, AsOf: tertial.DateOf(2026, 11, 2)})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := p.Actions[0]
	fmt.Println(a.Ref, a.Title, a.Responsible, a.Contributors, a.Timing.Due)
	// Output: 2027-7.2 Ta fram en kursplan [HR] [ISAM] 2027-03-31
}
