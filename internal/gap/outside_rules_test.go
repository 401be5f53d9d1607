package gap

import (
	"slices"
	"testing"

	"tertial/internal/tertial"
)

// The rules that the documents of others asked for, each by itself.

func TestAFractionIsAPageNumberOnlyWhereItCounts(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  []string // what is left of them
	}{
		{"pages count up to the same number", []string{"1/3", "2/3", "3/3"}, nil},
		{"the first page need not be numbered", []string{"2/4", "3/4"}, nil},
		{"a day comes after its month's number", []string{"30/11", "15/6"}, []string{"30/11", "15/6"}},
		{"a fraction alone may be a day", []string{"1/6"}, []string{"1/6"}},
		{"days of one month do not begin with the first", []string{"5/12", "6/12"}, []string{"5/12", "6/12"}},
		{"a day among page numbers stays", []string{"1/9", "30/9", "2/9"}, []string{"30/9"}},
		{"the one page of one is no day", []string{"1/1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "4.1\nKrav. Ja\n"
			for i, l := range c.lines {
				text += "\nText i cell " + string(rune('a'+i)) + ".\n\n" + l + "\n"
			}
			lines := readLines(text)
			dropFurniture(lines)
			var got []string
			for _, l := range lines {
				if fraction.MatchString(l.text) && !l.drop {
					got = append(got, l.text)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q is left of %q, want %q", got, c.lines, c.want)
			}
		})
	}
}

func TestAUnitsNameBesideAPageNumberIsNoOwner(t *testing.T) {
	row := func(clause string) string { return clause + "\n\nKravet är känt.\n\nNej\n\nFinns inte.\n\n" }
	for _, c := range []struct{ name, text, want string }{
		{"three times at a page's end", row("4.1") + "Trafikkontoret\nSida 1\n\n" + row("4.2") + "Trafikkontoret\nSida 2\n\n" + row("4.3") + "Trafikkontoret\nSida 3\n", ""},
		{"once in the title and once at a page's end", "Gapanalys\nTrafikkontoret\n\n" + row("4.1") + row("4.2") + "Trafikkontoret\nSida 1\n\n" + row("4.3"), ""},
		{"an owner at the end of two pages stays", row("4.1") + "Inför en rutin.\n\nRektor\n\nSida 1\n\n" + row("4.2") + "Inför en lista.\n\nRektor\n\nSida 2\n\n" + row("4.3"), "Rektor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, f := range readString(t, c.text).Findings {
				if want := c.want; i < 2 && f.Owner != want || f.Requirement != "Kravet är känt." || f.Observation != "Finns inte." {
					t.Errorf("%s: owner %q, requirement %q, observation %q; want owner %q", f.Clause, f.Owner, f.Requirement, f.Observation, want)
				}
			}
		})
	}
}

func TestTwoCellsThatEndTheirPagesStay(t *testing.T) {
	row := func(clause, text string) string { return clause + "\n\nKravet är känt.\n\nNej\n\n" + text + "\n\n" }
	for _, end := range []string{"Mars 2025", "30/6", "v. 14", "Löpande", "Rektor"} {
		text := row("4.1", "Rutin saknas.") + "Inför en rutin.\n\nKanslichef\n\nLåg\n\n" + end + "\n\nSida 1\n\n" +
			row("4.2", "Lista saknas.") + "Inför en lista.\n\nKanslichef\n\nHög\n\n" + end + "\n\nSida 2\n\n" + row("4.3", "Mål saknas.")
		for _, f := range readString(t, text).Findings[:2] {
			if f.Timing != end {
				t.Errorf("%s: timing %q, want %q", f.Clause, f.Timing, end)
			}
		}
	}
}

func TestAConformityInTheRequirementsLastSentenceIsNotTheCell(t *testing.T) {
	for _, c := range []struct {
		text, requirement string
		want              tertial.Conformity
	}{
		{"8.1\nArbetet styrs så att kraven\nuppfylls.\nDelvis\nStyrningen är svag.", "Arbetet styrs så att kraven uppfylls.", tertial.Partial},
		{"8.3\nRisk treatment plans are\nimplemented\nPartly\nPlans are not tracked.", "Risk treatment plans are implemented", tertial.Partial},
		{"7.2\nNeeds are known and\nmet.\nNo\nNot known.", "Needs are known and met.", tertial.Nonconforming},
		{"8.1\nArbetet styrs\nja\nJa, det gör det.", "Arbetet styrs", tertial.Conforming},
		{"8.1\nArbetet styrs.\ndelvis\nStyrningen är svag.", "Arbetet styrs.", tertial.Partial},
	} {
		got := readString(t, c.text+"\n").Findings[0]
		if got.Conformity != c.want || got.Requirement != c.requirement {
			t.Errorf("%q is %s of %q, want %s of %q", c.text, got.Conformity, got.Requirement, c.want, c.requirement)
		}
	}
}

func TestALineEndDoesNotBeheadAnOwner(t *testing.T) {
	for _, c := range []struct{ tail, proposal, owner string }{
		{"Update the policy and publish it. Security\nOfficer Medium May", "Update the policy and publish it.", "Security Officer"},
		{"Report to the board every year. Director\nGeneral's office Low May", "Report to the board every year.", "Director General's office"},
		{"Öva planen varje höst. Teknisk\nchef Hög Maj", "Öva planen varje höst.", "Teknisk chef"},
		{"Skriv ned frågorna i handboken. Enhetschef kart och mät Medel Maj", "Skriv ned frågorna i handboken.", "Enhetschef kart och mät"},
		{"Ta fram en rutin. Inköpschef (stöd: Jurist) Hög Maj", "Ta fram en rutin.", "Inköpschef (stöd: Jurist)"},
		{"Ta fram en rutin för utskick\nHR Hög Maj", "Ta fram en rutin för utskick", "HR"},
		{"Bygg in skåpen • byt lås • sätt upp larm\nNätchef Hög Maj", "Bygg in skåpen • byt lås • sätt upp larm", "Nätchef"},
	} {
		got := readString(t, "7.2\nKravet är känt. Nej\n\nDet saknas en ordning för detta.\n\n"+c.tail+"\n").Findings[0]
		if got.Proposal != c.proposal || got.Owner != c.owner {
			t.Errorf("%q: proposal %q, owner %q; want %q, %q", c.tail, got.Proposal, got.Owner, c.proposal, c.owner)
		}
	}
}

func TestSupportInBracketsContributes(t *testing.T) {
	responsible, contributors, _ := Parties("Inköpschef (stöd: Jurist och HR)")
	if !slices.Equal(responsible, []string{"Inköpschef"}) || !slices.Equal(contributors, []string{"Jurist", "HR"}) {
		t.Errorf("responsible %q, contributors %q", responsible, contributors)
	}
}

func TestAPriorityMayFollowASentenceThatEndsInALink(t *testing.T) {
	got := readString(t, "6.7\nArbetet är reglerat. nej\nAvtal ska tecknas med var och en.\nhög\n").Findings[0]
	if got.Priority != tertial.High || got.Observation+got.Proposal != "Avtal ska tecknas med var och en." {
		t.Errorf("priority %q of %q and %q", got.Priority, got.Observation, got.Proposal)
	}
}

func TestANounThatIsAnActIsAStateBeforeAVerbOfWhatIs(t *testing.T) {
	for _, c := range []struct {
		text     string
		proposal bool
	}{
		{"Plan finns.", false}, {"Rutin saknas för jour.", false}, {"Utbildning ges vid introduktion.", false}, {"Förslag från skolorna samlas inte in.", false},
		{"Återläsning provades senast i fjol.", false}, {"Rutin tas fram.", true}, {"Förslag till rutin skrivs.", true}, {"Utöka planen till kranarna.", true},
	} {
		ws := wordsOf([]sourceLine{{no: 1, text: c.text}})
		if got := suggests(ws); got > 0 != c.proposal {
			t.Errorf("suggests(%q) = %.1f; want a proposal: %v", c.text, got, c.proposal)
		}
	}
}
