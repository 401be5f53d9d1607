package gap

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func gapFinding(change func(*tertial.Finding)) tertial.Finding {
	f := tertial.Finding{Clause: "7.2", Conformity: tertial.Partial, Requirement: "Krav.", Observation: "Nuläge.", Proposal: "Ta fram en rutin.", Owner: "ISAM och HR", Priority: tertial.High, Timing: "Mars 2024"}
	if change != nil {
		change(&f)
	}
	return f
}

func TestAnActionIsDraftedFromEveryGapWithAProposal(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*tertial.Finding)
		want   bool
	}{
		{"partial", nil, true},
		{"nonconforming", func(f *tertial.Finding) { f.Conformity = tertial.Nonconforming }, true},
		{"conforming, whatever owner and priority it has", func(f *tertial.Finding) { f.Conformity = tertial.Conforming }, false},
		{"not applicable", func(f *tertial.Finding) { f.Conformity = tertial.NotApplicable }, false},
		{"unread", func(f *tertial.Finding) { f.Conformity = "" }, false},
		{"without a proposal", func(f *tertial.Finding) { f.Proposal = "" }, false},
		{"with a dash for a proposal", func(f *tertial.Finding) { f.Proposal = "–" }, false},
		{"without an owner", func(f *tertial.Finding) { f.Owner = "" }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := Draft(gapFinding(c.change), testOptions()); ok != c.want {
				t.Errorf("got %v, want %v", ok, c.want)
			}
		})
	}
}

func TestADraftHasWhatTheFindingSays(t *testing.T) {
	a, _ := Draft(gapFinding(nil), testOptions())
	if a.Ref != "2024-7.2" || !slices.Equal(a.Clauses, []string{"7.2"}) || a.Title != "Ta fram en rutin" || a.Description != "Ta fram en rutin." {
		t.Errorf("got %+v", a)
	}
	if a.Status != tertial.Open || a.Version != 0 || a.Priority != tertial.High || a.PlanYear != 2024 || a.Dated != asOf {
		t.Errorf("got %+v", a)
	}
	if !slices.Equal(a.Responsible, []string{"ISAM", "HR"}) || a.Timing.Due != tertial.DateOf(2024, 3, 31) || len(a.Review) != 0 {
		t.Errorf("got %+v", a)
	}
	if a.Contributors == nil || a.FollowUp == nil || a.Steps == nil || a.Review == nil || a.Timing.Events == nil {
		t.Error("a list is nil")
	}
}

func TestADraftAsksWhatAPersonMustAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*tertial.Finding)
		want   []tertial.Question
	}{
		{"nothing", nil, nil},
		{"who is responsible", func(f *tertial.Finding) { f.Owner = "" }, []tertial.Question{tertial.NoResponsible}},
		{"when", func(f *tertial.Finding) { f.Timing = "" }, []tertial.Question{tertial.TimingUnconfirmed}},
		{"whether a date that has passed holds", func(f *tertial.Finding) { f.Timing = "Mars 2021" }, []tertial.Question{tertial.DuePast}},
		{"whether it is ours", func(f *tertial.Finding) { f.Proposal = "Bedöms inte vara ett aktuellt krav för oss." }, []tertial.Question{tertial.Declined}},
		{"all of it", func(f *tertial.Finding) { f.Proposal, f.Owner, f.Timing = "Ej tillämpligt.", "", "" }, []tertial.Question{tertial.NoResponsible, tertial.TimingUnconfirmed, tertial.Declined}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := Draft(gapFinding(c.change), testOptions())
			if !slices.Equal(a.Review, c.want) {
				t.Errorf("got %v, want %v", a.Review, c.want)
			}
		})
	}
}

func TestATitleIsTheSentenceThatAnnouncesElseTheFirst(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"one sentence", "Ta fram en rutin.", "Ta fram en rutin"},
		{"the first of two", "Ta fram en rutin. Utbilda sedan alla.", "Ta fram en rutin"},
		{"the one that announces", "Listan är gammal. Förslag till handlingsplan är att göra om den. Klart.", "Förslag till handlingsplan är att göra om den"},
		{"a suggestion in English", "The list is old. We recommend that it is renewed.", "We recommend that it is renewed"},
		{"an abbreviation ends no sentence", "Öva t.ex. larmkedjan kl. 9 varje år. Sedan vila.", "Öva t.ex. larmkedjan kl. 9 varje år"},
		{"what stands before a list", "Följande behövs: - en metod - en mall", "Följande behövs"},
		{"the first item where nothing stands before", "- en metod - en mall", "en metod - en mall"},
		{"cut at a word", strings.Repeat("ordning ", 20), strings.Repeat("ordning ", 9) + "ordning…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := title(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestATitleIsNeverLongerThanEightyCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if got := title(Clean(rapid.String().Draw(t, "s"))); utf8.RuneCountInString(got) > maxTitle {
			t.Fatalf("%q is longer", got)
		}
	})
}

func TestListItemsAreSteps(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"dashes after a colon", "Gör så: - ta fram rutin - utbilda chefer.", "ta fram rutin|utbilda chefer"},
		{"dashes from the start", "- ta fram rutin - utbilda", "ta fram rutin|utbilda"},
		{"dots", "• ta fram rutin • utbilda • följ upp", "ta fram rutin|utbilda|följ upp"},
		{"numbers", "1. ta fram rutin 2. utbilda 3. följ upp", "ta fram rutin|utbilda|följ upp"},
		{"numbers with a bracket", "Gör: 1) rutin, 2) utbildning", "rutin|utbildning"},
		{"letters", "a) rutin b) utbildning", "rutin|utbildning"},
		{"dashes that set off words are no list", "Rutinen - den gamla - ses över", ""},
		{"one item is no list", "Gör så: - ta fram rutin", ""},
		{"numbers out of order are no list", "Rum 3. och 7. ses över", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range steps(c.in) {
				got = append(got, s.Title)
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAProposalMayDeclineTheRequirement(t *testing.T) {
	for _, yes := range []string{
		"Bedöms som inte aktuellt krav för förvaltningen", "Ej tillämpligt.", "Inte relevant för oss", "Kravet gäller inte förvaltningen.", "Not applicable to us.",
		"The requirement is not relevant for the agency.", "Considered not applicable to our unit.", "Verksamheten omfattas inte av kravet.", "Vi bedömer att kravet inte är tillämpligt för kommunen.", "Out of scope.", "This does not apply to the department.",
		"Ses inte som ett krav. Kontrollen är ej relevant för verksamheten.",
	} {
		if !declines(yes) {
			t.Errorf("%q does not decline", yes)
		}
	}
	for _, no := range []string{
		"Ta fram en rutin.", "Beskriv vilka kontroller som inte är tillämpliga.", "Document which controls are not applicable.", "Rutinen är inte aktuell längre och behöver skrivas om av den som äger frågan i huset",
		"Ange när kravet inte gäller.", "Förvaltningen behöver bedöma om kravet är relevant.", "Gör listan aktuell.",
	} {
		if declines(no) {
			t.Errorf("%q declines", no)
		}
	}
}

func TestRefsOfOneClauseGetLetters(t *testing.T) {
	for n, want := range map[int]string{0: "2024-7.2", 1: "2024-7.2b", 2: "2024-7.2c", 25: "2024-7.2z", 26: "2024-7.2aa", 27: "2024-7.2ab", 51: "2024-7.2az", 52: "2024-7.2ba"} {
		if got := ref(2024, "7.2", n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestTwinsHaveOwnerTimingAndNearlyAllWordsInCommon(t *testing.T) {
	f := func(clause, proposal, owner, timing string) tertial.Finding {
		return tertial.Finding{Clause: clause, Conformity: tertial.Partial, Proposal: proposal, Owner: owner, Timing: timing}
	}
	long := "Bättre samordning mellan beredskap och säkerhet inför riskdagen"
	for _, c := range []struct {
		name string
		a, b tertial.Finding
		want bool
	}{
		{"the same", f("8.2", long, "ISAM", "Mars"), f("8.3", long, "ISAM", "Mars"), true},
		{"one goes on", f("8.2", long+". Dessutom ska riskerna vägas ihop till en gemensam bild av läget.", "ISAM", "Mars"), f("8.3", long, "ISAM", "Mars"), true},
		{"a word differs", f("8.2", long, "ISAM", "Mars"), f("8.3", strings.Replace(long, "riskdagen", "riskveckan", 1), "ISAM", "Mars"), true},
		{"owner in other case, timing with a full stop", f("8.2", long, "isam", "Mars."), f("8.3", long, "ISAM", "mars"), true},
		{"another owner", f("8.2", long, "ISAM", "Mars"), f("8.3", long, "HR", "Mars"), false},
		{"another timing", f("8.2", long, "ISAM", "Mars"), f("8.3", long, "ISAM", "April"), false},
		{"another proposal", f("8.2", long, "ISAM", "Mars"), f("8.3", "Öva larmkedjan", "ISAM", "Mars"), false},
		{"a short beginning", f("8.2", "Ta fram rutin", "ISAM", "Mars"), f("8.3", "Ta fram rutin för något helt annat än det förra", "ISAM", "Mars"), false},
		{"the same clause", f("8.2", long, "ISAM", "Mars"), f("8.2", long, "ISAM", "Mars"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := twins([]tertial.Finding{c.a, c.b}); (len(got) == 1) != c.want {
				t.Errorf("got %v, want any: %v", got, c.want)
			}
		})
	}
}
