package calendar

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

var update = flag.Bool("update", false, "write the golden files anew")

func date(s string) tertial.Date {
	d, err := tertial.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func newCalendar(t testing.TB, o Options) *Calendar {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// quietSweden has the quiet periods of the default configuration.
func quietSweden(t testing.TB) *Calendar {
	t.Helper()
	return newCalendar(t, Options{Quiet: []Quiet{{Weeks: "27-31"}, {From: "12-23", To: "01-06"}}})
}

func TestHolidaysAreThoseOfTheGoldenTable(t *testing.T) {
	const file = "testdata/holidays.csv"
	c := newCalendar(t, Options{})
	var b strings.Builder
	b.WriteString("# Swedish public holidays, and the three eves that count as such, 2025-2040.\n# date;weekday;name\n")
	for d := date("2025-01-01"); d.Year() <= 2040; d = d.AddDays(1) {
		if name := c.Holiday(d); name != "" {
			fmt.Fprintf(&b, "%v;%v;%s\n", d, d.Weekday(), name)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the holidays differ from %s; look at them, then run with -update", file)
	}
}

// Easter Sundays as the almanac has them, and what hangs on them.
func TestMovableHolidaysFallWhereTheAlmanacSays(t *testing.T) {
	c := newCalendar(t, Options{})
	for _, easter := range []string{
		"2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01",
		"2030-04-21", "2031-04-13", "2032-03-28", "2033-04-17", "2034-04-09", "2035-03-25", "2036-04-13", "2037-04-05",
		"2038-04-25", "2039-04-10", "2040-04-01",
	} {
		sunday := date(easter)
		for offset, want := range map[int]string{-2: "Långfredagen", 0: "Påskdagen", 1: "Annandag påsk",
			39: "Kristi himmelsfärds dag", 49: "Pingstdagen"} {
			if got := c.Holiday(sunday.AddDays(offset)); got != want {
				// A holiday can share its day with one of a fixed date.
				if d := sunday.AddDays(offset); d.String()[5:] != "05-01" && d.String()[5:] != "06-06" {
					t.Errorf("%v: got %q, want %q", d, got, want)
				}
			}
		}
	}
	for day, want := range map[string]string{
		"2026-06-19": "Midsommarafton", "2026-06-20": "Midsommardagen", "2027-06-25": "Midsommarafton",
		"2026-10-31": "Alla helgons dag", "2027-11-06": "Alla helgons dag", "2026-12-24": "Julafton",
		"2026-12-31": "Nyårsafton", "2027-01-01": "Nyårsdagen", "2027-01-06": "Trettondedag jul", "2026-06-06": "Sveriges nationaldag",
		"2026-05-01": "Första Maj", "2026-06-22": "", "2026-04-03": "Långfredagen", "2026-04-02": "",
	} {
		if got := c.Holiday(date(day)); got != want {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
	}
}

func TestWorkdays(t *testing.T) {
	c := newCalendar(t, Options{
		Quiet: []Quiet{
			{From: "12-23", To: "01-06"},
			{From: "2026-03-02", To: "2026-03-06"},
			{Weeks: "29"},
			{Weeks: "53"},
			{From: "02-29", To: "02-29"},
		},
		Closed: []tertial.Date{date("2026-05-15"), date("2026-05-16")},
	})
	for _, tt := range []struct {
		name, day string
		want      bool
	}{
		{"a Wednesday", "2026-11-18", true},
		{"a Saturday", "2026-11-21", false},
		{"a Sunday", "2026-11-22", false},
		{"a public holiday on a weekday", "2026-01-01", false},
		{"the day before Good Friday", "2026-04-02", true},
		{"midsommarafton", "2026-06-19", false},
		{"the first day of a quiet period", "2026-12-23", false},
		{"the day before it", "2026-12-22", true},
		{"a quiet period over the new year", "2027-01-05", false},
		{"its last day", "2028-01-06", false},
		{"the day after it", "2028-01-07", true},
		{"a quiet period of one year", "2026-03-04", false},
		{"the same days a year later", "2027-03-04", true},
		{"a quiet week", "2026-07-15", false},
		{"the Friday before it", "2026-07-10", true},
		{"the Monday after it", "2026-07-20", true},
		{"week 53 of a year that has one", "2026-12-30", false},
		{"a closed day", "2026-05-15", false},
		{"the same day a year later", "2028-05-15", true},
		{"29 February", "2028-02-29", false},
		{"28 February of a year without a 29th", "2030-02-28", false},
		{"28 February of a leap year", "2028-02-28", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := c.IsWorkday(date(tt.day)); got != tt.want {
				t.Errorf("%s (%v): got %v, want %v", tt.day, date(tt.day).Weekday(), got, tt.want)
			}
		})
	}
	if c.IsWorkday(tertial.Date{}) {
		t.Error("no date is a workday")
	}
}

func TestWeeksGoOverTheNewYear(t *testing.T) {
	c := newCalendar(t, Options{Quiet: []Quiet{{Weeks: "52-1"}}})
	for day, want := range map[string]bool{
		"2025-12-19": true, "2025-12-22": false, "2025-12-29": false, "2026-01-02": false, "2026-01-05": true,
		// 2026 has a week 53.
		"2026-12-21": false, "2026-12-28": false, "2027-01-04": false, "2027-01-11": true,
	} {
		if got := c.IsWorkday(date(day)); got != want {
			t.Errorf("%s: got %v, want %v", day, got, want)
		}
	}
}

func TestSteps(t *testing.T) {
	c := newCalendar(t, Options{})
	for _, tt := range []struct {
		name      string
		got, want tertial.Date
	}{
		{"W of a workday is the day itself", c.Last(date("2026-11-18")), date("2026-11-18")},
		{"W of a Sunday is the Friday before", c.Last(date("2026-11-22")), date("2026-11-20")},
		{"F of a Saturday is the Monday after", c.First(date("2026-11-21")), date("2026-11-23")},
		{"F of Good Friday is the Tuesday after Easter", c.First(date("2026-04-03")), date("2026-04-07")},
		{"one workday after a Friday is Monday", c.Add(date("2026-11-20"), 1), date("2026-11-23")},
		{"one workday before a Monday is Friday", c.Add(date("2026-11-23"), -1), date("2026-11-20")},
		{"the day itself is not counted, even a Sunday", c.Add(date("2026-11-22"), 1), date("2026-11-23")},
		{"no workdays is the day itself", c.Add(date("2026-11-22"), 0), date("2026-11-22")},
		{"ten workdays before a report", c.Add(date("2024-10-31"), -10), date("2024-10-17")},
		{"the week of a Sunday begins on its Monday", c.WeekStart(date("2026-11-22")), date("2026-11-16")},
		{"the week of Easter Monday begins on Tuesday", c.WeekStart(date("2026-04-06")), date("2026-04-07")},
		{"the next beginning of a week, from a Tuesday", c.NextWeekStart(date("2026-11-17")), date("2026-11-23")},
		{"the next beginning of a week, from a Monday", c.NextWeekStart(date("2026-11-16")), date("2026-11-16")},
		{"from Easter Monday it is Tuesday", c.NextWeekStart(date("2026-04-06")), date("2026-04-07")},
		{"no date stays none", c.Add(c.First(c.Last(c.WeekStart(c.NextWeekStart(tertial.Date{})))), 3), tertial.Date{}},
		{"nothing lies before the first day", c.Last(date("0001-01-01")), tertial.Date{}},
		{"nothing lies after the last day", c.First(date("9999-12-31")), tertial.Date{}},
		{"nor a million workdays on", c.Add(date("9990-01-01"), 1_000_000), tertial.Date{}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	quiet := quietSweden(t)
	if got := quiet.WeekStart(date("2026-07-07")); !got.IsZero() {
		t.Errorf("a quiet week begins on %v, want no day", got)
	}
	if got, want := quiet.NextWeekStart(date("2026-06-30")), date("2026-08-03"); got != want {
		t.Errorf("after the summer: got %v, want %v", got, want)
	}
}

func TestWhatNobodyCouldMeanIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		says []string
	}{
		{"nothing given", Options{Quiet: []Quiet{{}}}, []string{"quiet[0]", "from and to"}},
		{"only a beginning", Options{Quiet: []Quiet{{From: "12-23"}}}, []string{"quiet[0]"}},
		{"both forms", Options{Quiet: []Quiet{{From: "12-23", To: "12-24", Weeks: "29"}}}, []string{"not both"}},
		{"a day that no year has", Options{Quiet: []Quiet{{From: "02-30", To: "03-01"}}}, []string{"from", "02-30"}},
		{"a week that no year has", Options{Quiet: []Quiet{{Weeks: "54"}}}, []string{"54", "1 to 53"}},
		{"week 0", Options{Quiet: []Quiet{{Weeks: "0-3"}}}, []string{"0-3"}},
		{"no weeks at all", Options{Quiet: []Quiet{{Weeks: "summer"}}}, []string{"summer"}},
		{"a negative week", Options{Quiet: []Quiet{{Weeks: "-5"}}}, []string{"-5"}},
		{"mixed ends", Options{Quiet: []Quiet{{From: "2026-01-01", To: "01-06"}}}, []string{"01-06"}},
		{"an end before the beginning", Options{Quiet: []Quiet{{From: "2026-02-01", To: "2026-01-01"}}}, []string{"before it begins"}},
		{"an empty closed day", Options{Closed: []tertial.Date{{}}}, []string{"closed[0]"}},
		{"all year", Options{Quiet: []Quiet{{From: "01-01", To: "12-31"}}}, []string{"without a workday"}},
		{"all weeks", Options{Quiet: []Quiet{{Weeks: "1-53"}}}, []string{"without a workday"}},
		{"all of one year", Options{Quiet: []Quiet{{From: "2027-01-01", To: "2027-12-31"}}}, []string{"2027", "without a workday"}},
		{"two faults at once", Options{Quiet: []Quiet{{Weeks: "99"}, {From: "x", To: "y"}}}, []string{"quiet[0]", "quiet[1]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.o)
			if !errors.Is(err, tertial.ErrInvalid) {
				t.Fatalf("got %v, want ErrInvalid", err)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not name %q", err, s)
				}
			}
		})
	}
}

func anyDate() *rapid.Generator[tertial.Date] {
	return rapid.Custom(func(t *rapid.T) tertial.Date {
		return date("2000-01-01").AddDays(rapid.IntRange(0, 366*100).Draw(t, "day"))
	})
}

func TestWhatHoldsOnEveryDay(t *testing.T) {
	c := quietSweden(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		last, first := c.Last(d), c.First(d)
		if last.After(d) || first.Before(d) || !c.IsWorkday(last) || !c.IsWorkday(first) {
			t.Fatalf("W(%v) = %v, F = %v", d, last, first)
		}
		if (last == d) != c.IsWorkday(d) || (first == d) != c.IsWorkday(d) {
			t.Fatalf("%v: W %v and F %v disagree with IsWorkday", d, last, first)
		}
		n := rapid.IntRange(1, 80).Draw(t, "n")
		if got := c.Add(c.Add(first, n), -n); got != first {
			t.Fatalf("%v and %d workdays there and back is %v", first, n, got)
		}
		if got := c.Add(d, 1); got != c.First(d.AddDays(1)) {
			t.Fatalf("the workday after %v: got %v", d, got)
		}
		if s := c.WeekStart(d); !s.IsZero() && (s.Monday() != d.Monday() || !c.IsWorkday(s) || c.Last(s.AddDays(-1)).Monday() == s.Monday()) {
			t.Fatalf("the week of %v begins on %v", d, s)
		}
		if s := c.NextWeekStart(d); s.Before(d) || c.WeekStart(s) != s {
			t.Fatalf("the next beginning of a week from %v is %v", d, s)
		}
		if c.IsWorkday(d) && c.Holiday(d) != "" {
			t.Fatalf("%v is a workday and %s", d, c.Holiday(d))
		}
	})
}

func TestAcceptedCalendarsHaveAWorkdayEachYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) string {
			return date("2000-01-01").AddDays(rapid.IntRange(0, 365).Draw(t, name)).String()[5:]
		}
		c, err := New(Options{Quiet: []Quiet{{From: day("from"), To: day("to")}, {From: day("from"), To: day("to")}}})
		if err != nil {
			if !errors.Is(err, tertial.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		y := rapid.IntRange(1900, 2500).Draw(t, "year")
		if d := c.First(tertial.DateOf(y, 1, 1)); d.Year() != y {
			t.Fatalf("the first workday of %d is %v", y, d)
		}
	})
}

func TestYearsNearAndFarFollowTheSameRules(t *testing.T) {
	c := quietSweden(t)
	for d := date("1999-12-01"); d.Year() < 2002; d = d.AddDays(1) {
		y := c.year(d.Year())
		if got, want := c.IsWorkday(d), y.works(d.Sub(y.first)); got != want {
			t.Fatalf("%v: got %v, want %v", d, got, want)
		}
	}
	for day, want := range map[string]bool{"1999-12-22": true, "1999-12-24": false, "2399-12-22": true, "2400-01-07": true, "2400-01-06": false} {
		if got := c.IsWorkday(date(day)); got != want {
			t.Errorf("%s: got %v, want %v", day, got, want)
		}
	}
}

func TestACalendarServesManyAtOnce(t *testing.T) {
	c := quietSweden(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for d := date("2020-01-01"); d.Year() < 2040; d = d.AddDays(3) {
				c.IsWorkday(d)
			}
		})
	}
	wg.Wait()
}

func BenchmarkIsWorkday(b *testing.B) {
	c := quietSweden(b)
	d := date("2026-01-01")
	for i := 0; b.Loop(); i++ {
		c.IsWorkday(d.AddDays(i % 365))
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		quietSweden(b)
	}
}
