package timing

import (
	"os"
	"strings"
	"testing"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// The plan year and the day written of the golden phrases.
const goldenYear = 2024

var goldenDay = tertial.DateOf(2023, 11, 15)

// goldenWheel is the wheel of the golden phrases: every date confirmed, no LTA, no quiet periods.
func goldenWheel(t testing.TB) *calendar.Wheel {
	t.Helper()
	var events []calendar.Event
	for _, e := range calendar.BuiltIn() {
		if e.Key != "LTA" {
			e.Assumed = false
			events = append(events, e)
		}
	}
	return newWheel(t, events)
}

func newWheel(t testing.TB, events []calendar.Event) *calendar.Wheel {
	t.Helper()
	c, err := calendar.New(calendar.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := calendar.NewWheel(c, events)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// row is a reading as the tables write it: start;due;recurrence;certainty;events.
func row(t tertial.Timing) string {
	return strings.Join([]string{t.Start.String(), t.Due.String(), string(t.Recurrence), string(t.Certainty), strings.Join(t.Events, " ")}, ";")
}

func readTable(t testing.TB, file string) (rows [][2]string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimRight(string(b), "\n"), "\n") {
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		phrase, want, ok := strings.Cut(line, ";")
		if !ok {
			t.Fatalf("%s: no reading in %q", file, line)
		}
		rows = append(rows, [2]string{phrase, want})
	}
	return rows
}

func TestGoldenPhrasesReadAsTheTableSays(t *testing.T) {
	r := NewReader(goldenWheel(t))
	for _, file := range []string{"testdata/timing.csv", "testdata/more.csv"} {
		for _, x := range readTable(t, file) {
			t.Run(x[0], func(t *testing.T) {
				got := r.Parse(x[0], goldenYear, goldenDay)
				if row(got) != x[1] {
					t.Errorf("Parse(%q)\n got %s\nwant %s\n why %s", x[0], row(got), x[1], got.Why)
				}
			})
		}
	}
}
