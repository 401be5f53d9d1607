package gap

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnOwnerCellNamesParties(t *testing.T) {
	for _, c := range []struct{ in, responsible, contributors, followUp string }{
		{"ISAM", "ISAM", "", ""},
		{"ISAM och PM3-införare", "ISAM|PM3-införare", "", ""},
		{"Avdelningschef för verksamhetsstöd och stadsmiljö", "Avdelningschef för verksamhetsstöd och stadsmiljö", "", ""},
		{"HR i samverkan med ISAM", "HR", "ISAM", ""},
		{"ISAM tillsammans med HR", "ISAM", "HR", ""},
		{"Objektägare - ISAM följer upp", "Objektägare", "", "ISAM"},
		{"Objektägare – ISAM följer upp.", "Objektägare", "", "ISAM"},
		{"Objektägare, ISAM följer upp", "Objektägare", "", "ISAM"},
		{"Objektägare (ISAM följer upp)", "Objektägare", "", "ISAM"},
		{"Objektägare, följs upp av ISAM", "Objektägare", "", "ISAM"},
		{"System owners - CISO follows up", "System owners", "", "CISO"},
		{"Head of IT in cooperation with HR", "Head of IT", "HR", ""},
		{"Head of IT and Security Officer", "Head of IT|Security Officer", "", ""},
		{"Head of Service and Operations", "Head of Service and Operations", "", ""},
		{"HR, IT och ISAM", "HR|IT|ISAM", "", ""},
		{"HR/IT", "HR/IT", "", ""},
		{"HR / IT", "HR|IT", "", ""},
		{"HR; IT", "HR|IT", "", ""},
		{"HR & IT", "HR|IT", "", ""},
		{"Enhetschef i samråd med HR och jurist", "Enhetschef", "HR|jurist", ""},
		{"Avdelningschef för drift och service och ISAM", "Avdelningschef för drift och service|ISAM", "", ""},
		{"Avdelningschef för drift och HR-chef", "Avdelningschef för drift|HR-chef", "", ""},
		{"HR- och IT-chef", "HR- och IT-chef", "", ""},
		{"ISAM och ISAM", "ISAM", "", ""},
		{"ISAM i samverkan med isam", "ISAM", "", ""},
		{"", "", "", ""},
		{"–", "", "", ""},
		{"?", "", "", ""},
		{"  ISAM  ", "ISAM", "", ""},
	} {
		t.Run(c.in, func(t *testing.T) {
			r, k, f := Parties(c.in)
			if got := strings.Join(r, "|"); got != c.responsible {
				t.Errorf("responsible: got %q, want %q", got, c.responsible)
			}
			if got := strings.Join(k, "|"); got != c.contributors {
				t.Errorf("contributors: got %q, want %q", got, c.contributors)
			}
			if got := strings.Join(f, "|"); got != c.followUp {
				t.Errorf("follow-up: got %q, want %q", got, c.followUp)
			}
		})
	}
}

func TestPartiesAreNeverEmptyNamesNorNamedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"ISAM", "HR", "IT-chef", "och", "i samverkan med", "-", "följer upp", "för", "drift", ",", "/", "å", "(", ")", "samt"}), 0, 8).Draw(t, "parts")
		r, c, f := Parties(strings.Join(parts, " "))
		for _, name := range slices.Concat(r, c, f) {
			if Clean(name) != name || name == "" {
				t.Fatalf("%q is no name", name)
			}
		}
		if all := slices.Concat(r, c); len(unique(all)) != len(all) {
			t.Fatalf("%v, %v names somebody twice", r, c)
		}
		if len(r) == 0 && len(c) > 0 {
			t.Fatalf("%v contribute to nobody's work", c)
		}
	})
}

func TestRolesAreToldFromSentences(t *testing.T) {
	l := &lexicon{learnt: map[string]int{}}
	l.learn("Kvalitetsloket")
	for _, c := range []struct {
		name  string
		least float64
	}{
		{"ISAM", roleKnown}, {"isam", roleKnown}, {"Kvalitetsloket", roleKnown}, {"Samtliga chefer", roleKnown}, {"Enhetschef", roleLike}, {"IT-samordnare", roleLike}, {"Avdelningschef för vård och omsorg", roleLike},
		{"Information Security Manager", roleLike}, {"Head of Administration", roleLike}, {"Ansvarig för drift", roleLike}, {"MSB", roleAcronym}, {"Anna Berg", roleCapital},
	} {
		if got := l.rate(c.name); got < c.least {
			t.Errorf("%s: got %v, want at least %v", c.name, got, c.least)
		}
	}
	for _, no := range []string{"", "rutin för drift", "Rutinen ska ses över av chef", "Ta fram rutin. ISAM", "en checklista"} {
		if got := l.rate(no); got > 0 {
			t.Errorf("%q reads as a role: %v", no, got)
		}
	}
}
