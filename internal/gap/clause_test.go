package gap

import "testing"

func TestClausesAreReadInEveryWayTheyAreWritten(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"4.1", "4.1"}, {"7.5.3", "7.5.3"}, {"A.5.9", "A.5.9"}, {"A.9.2.3", "A.9.2.3"}, {"a.5.9", "A.5.9"}, {"A5.9", "A.5.9"}, {"A 5.9", "A.5.9"}, {"4.1.", "4.1"}, {"A.8.34", "A.8.34"}, {"10.2", "10.2"},
		{"4", ""}, {"A.5", ""}, {"4.0", ""}, {"B.5.1", ""}, {"4.1.2.3.4", ""}, {"2024", ""}, {"4,1", ""}, {"", ""}, {"4.1 a", ""}, {"100.1", ""},
	} {
		if got, ok := Clause(c.in); got != c.want || ok != (c.want != "") {
			t.Errorf("%q: got %q, %v; want %q", c.in, got, ok, c.want)
		}
	}
}

func TestClausesOfBothEditionsAreKnown(t *testing.T) {
	for _, known := range []string{"4.1", "6.1.3", "6.3", "7.5.3", "9.2.2", "9.3.3", "10.2", "A.5.1", "A.5.37", "A.8.34", "A.5.1.1", "A.9.2.6", "A.18.2.3", "A.9.2"} {
		if c, _ := parseClause(known); !c.known(false) {
			t.Errorf("%s is not known", known)
		}
	}
	for _, unknown := range []string{"4.5", "7.9", "6.1.4", "10.3", "11.4", "A.5.38", "A.8.35", "A.6.9", "A.9.2.7", "A.19.1.1", "12.1"} {
		if c, _ := parseClause(unknown); c.known(false) {
			t.Errorf("%s is known", unknown)
		}
	}
}

func TestControlsAreKnownWithoutTheirLetterWhereTheDocumentWritesThemSo(t *testing.T) {
	list := func(all ...string) (out []clause) {
		for _, s := range all {
			c, _ := parseClause(s)
			out = append(out, c)
		}
		return out
	}
	if !bareControls(list("5.1", "5.2", "5.15", "5.37", "8.34")) {
		t.Error("a document of controls without letters is not seen as one")
	}
	if bareControls(list("4.1", "4.2", "5.1", "6.1.1", "7.9", "8.1")) || bareControls(list("A.5.1", "A.5.9")) {
		t.Error("a document of the body's clauses is seen as one of controls")
	}
	c, _ := parseClause("5.15")
	if c.known(false) || !c.known(true) {
		t.Error("5.15 is a control only")
	}
}

func TestClausesAscendAsTheStandardDoes(t *testing.T) {
	list := []string{"4.1", "4.2", "6.1", "6.1.1", "6.1.2", "6.2", "9.3", "10.1", "A.5.1", "A.5.1.1", "A.5.9", "A.5.10", "A.8.1"}
	for i := 1; i < len(list); i++ {
		a, _ := parseClause(list[i-1])
		b, _ := parseClause(list[i])
		if a.compare(b) >= 0 {
			t.Errorf("%s does not come before %s", a, b)
		}
	}
}

func TestTheEditionIsThatOfTheWordsElseOfTheClauses(t *testing.T) {
	rows := func(list ...string) []clauseText {
		var out []clauseText
		for i := 0; i < len(list); i += 2 {
			c, _ := parseClause(list[i])
			out = append(out, clauseText{c, list[i+1]})
		}
		return out
	}
	for _, c := range []struct {
		name, text string
		rows       []clauseText
		want       string
	}{
		{"the text names 2022", "enligt ISO/IEC 27001:2022", rows("A.9.2.3", ""), edition2022},
		{"the text names 2013", "SS-ISO/IEC 27001:2013", nil, edition2013},
		{"the European text of 2017 is that of 2013", "SS-EN ISO/IEC 27001:2017", nil, edition2013},
		{"the European text of 2023 is that of 2022", "27001:2023", nil, edition2022},
		{"controls of three parts are of 2013", "", rows("A.9.2.3", ""), edition2013},
		{"controls of two parts are of 2022", "", rows("A.5.7", "", "A.8.34", ""), edition2022},
		{"6.3 is of 2022", "", rows("4.1", "", "6.3", ""), edition2022},
		{"deviations in 10.1 are of 2013", "", rows("10.1", "Organisationen tar hand om avvikelser."), edition2013},
		{"improvement in 10.1 is of 2022", "", rows("10.1", "The organisation continually improves."), edition2022},
		{"deviations in 10.2 are of 2022", "", rows("10.2", "Avvikelser rättas."), edition2022},
		{"nothing tells", "", rows("4.1", ""), editionUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := edition(c.text, c.rows); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
