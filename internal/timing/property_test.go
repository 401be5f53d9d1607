package timing

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// check holds what is true of every reading, whatever the phrase.
func check(t interface {
	Helper()
	Errorf(string, ...any)
}, got tertial.Timing, phrase string, dated tertial.Date) {
	t.Helper()
	if got.Text != phrase {
		t.Errorf("the phrase became %q", got.Text)
	}
	if got.Certainty != tertial.Exact && got.Certainty != tertial.Inferred && got.Certainty != tertial.Unconfirmed {
		t.Errorf("certainty %q", got.Certainty)
	}
	if got.Why == "" || !utf8.ValidString(got.Why) || strings.Contains(got.Why, "  ") || !strings.HasSuffix(got.Why, ".") {
		t.Errorf("reason %q", got.Why)
	}
	if got.Events == nil || got.Checkpoints == nil {
		t.Errorf("a list is nil")
	}
	for _, d := range []tertial.Date{got.Start, got.Due} {
		if outside(d) && d != dated {
			t.Errorf("%v lies outside the years that a phrase can mean", d)
		}
	}
	if !got.Due.IsZero() && !got.Start.IsZero() && got.Due.Before(got.Start) && got.Start != dated {
		t.Errorf("due %v before start %v", got.Due, got.Start)
	}
	if got.Due.IsZero() && got.Certainty != tertial.Unconfirmed && got.Recurrence != tertial.Continuous && got.Recurrence != tertial.AsNeeded {
		t.Errorf("%s without a due date", got.Certainty)
	}
	if got.Certainty == tertial.Exact && (len(got.Events) > 0 || got.Recurrence != tertial.Once) {
		t.Errorf("exact with events %v and recurrence %q", got.Events, got.Recurrence)
	}
}

// pieces are what phrases are made of, and what disturbs them.
var pieces = []string{"Q2", "v.", "14", "2025", "-", "–", "/", "mars", "juni", "senast", "före", "inför", "efter", "från", "till", "och", ",", ".",
	"nästa", "VP", "VB", "LTA", "tertialrapport", "1", "T1", "andra", "kvartalet", "halvåret", "slutet av", "början av", "våren", "läsåret", "24/25",
	"årsskiftet", "löpande", "årligen", "kvartalsvis", "varje tertial", "halvårsvis", "snarast", "inom", "3", "månader", "30/6", "2025-03-15",
	"uppföljning", "i", "under", "året", "nästa år", "års", "mellan", "sommaren", "beslut", "(", ")", "by", "the end of", "May", "'25", "31", "00", "99999999999",
	"februari", "30", "vecka", "60", "H1", "first", "half", "of", ":a", "2 veckor", "månadsskiftet", "jul", "2100", "2099", "\u00a0", "\x00", "\xff"}

func phrases() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 9).Draw(t, "pieces")
		return strings.Join(parts, rapid.SampledFrom([]string{" ", " ", ""}).Draw(t, "between"))
	})
}

func days1990() *rapid.Generator[tertial.Date] {
	return rapid.Custom(func(t *rapid.T) tertial.Date {
		return tertial.DateOf(rapid.IntRange(1990, 2110).Draw(t, "year"), 1, 1+rapid.IntRange(0, 365).Draw(t, "day"))
	})
}

func TestWhatIsTrueOfEveryReading(t *testing.T) {
	r := NewReader(goldenWheel(t))
	rapid.Check(t, func(t *rapid.T) {
		phrase := rapid.OneOf(phrases(), rapid.String()).Draw(t, "phrase")
		dated := days1990().Draw(t, "dated")
		year := rapid.SampledFrom([]int{0, -1, 1999, 2000, 2024, 2025, 2100, 2101}).Draw(t, "plan year")
		check(t, r.Parse(phrase, year, dated), phrase, dated)
	})
}

func TestCaseAndSpaceSayNothing(t *testing.T) {
	r := NewReader(goldenWheel(t))
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 7).Draw(t, "pieces")
		phrase := strings.Join(parts, " ")
		space := rapid.SampledFrom([]string{"  ", "\u00a0", "\n", "\t "}).Draw(t, "space")
		want := row(r.Parse(phrase, goldenYear, goldenDay))
		for _, other := range []string{strings.ToUpper(phrase), strings.ToLower(phrase), strings.ReplaceAll(phrase, " ", space), space + phrase + space} {
			if !utf8.ValidString(phrase) {
				continue
			}
			if got := row(r.Parse(other, goldenYear, goldenDay)); got != want {
				t.Errorf("%q reads %s, %q reads %s", phrase, want, other, got)
			}
		}
	})
}

func TestLettersInTwoPartsReadAsOne(t *testing.T) {
	r := NewReader(goldenWheel(t))
	decompose := strings.NewReplacer("å", "a\u030a", "ä", "a\u0308", "ö", "o\u0308")
	for _, x := range readTable(t, "testdata/timing.csv") {
		if got := row(r.Parse(decompose.Replace(x[0]), goldenYear, goldenDay)); got != x[1] {
			t.Errorf("%q: got %s, want %s", x[0], got, x[1])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, x := range append(readTable(f, "testdata/timing.csv"), readTable(f, "testdata/more.csv")...) {
		f.Add(x[0], goldenYear, 2023, 319)
	}
	f.Add(strings.Repeat("Q1–", 5000), 2024, 2024, 1)
	f.Add("inom 99999999 år", 0, 1, 1)
	r := NewReader(goldenWheel(f))
	f.Fuzz(func(t *testing.T, phrase string, planYear, year, day int) {
		dated := tertial.DateOf(max(min(year, 2200), 1900), 1, 1+max(min(day, 365), 0))
		check(t, r.Parse(phrase, planYear, dated), phrase, dated)
	})
}

func BenchmarkParse(b *testing.B) {
	r := NewReader(goldenWheel(b))
	for b.Loop() {
		r.Parse("Föreslås finnas med i nästkommande verksamhetsplan, inför VOR och RSA", goldenYear, goldenDay)
	}
}
