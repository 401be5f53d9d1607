package calendar

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func newWheel(t testing.TB, events []Event) *Wheel {
	t.Helper()
	w, err := NewWheel(newCalendar(t, Options{}), events)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func occur(t testing.TB, w *Wheel, key string, year int) tertial.Occurrence {
	t.Helper()
	o, ok := w.Occurrence(key, year)
	if !ok {
		t.Fatalf("no %s for %d", key, year)
	}
	return o
}

func TestBuiltInEventsOfAYear(t *testing.T) {
	w := newWheel(t, BuiltIn())
	for _, tt := range []struct {
		key, date, from, to, digest string
	}{
		{"T1", "2024-05-08", "2024-01-01", "2024-04-30", "2024-05-16"}, // Ascension Day between
		{"T2", "2024-09-06", "2024-05-01", "2024-08-31", "2024-09-13"},
		{"VB", "2025-01-15", "2024-09-01", "2024-12-31", "2025-01-22"},
		{"VP", "2024-10-31", "", "", ""},
		{"VOR", "2024-11-15", "", "", ""},
		{"RSA", "2024-10-31", "", "", ""},
		{"LG", "2024-03-08", "", "", ""},
		{"LTA", "2024-06-15", "", "", ""},
	} {
		o := occur(t, w, tt.key, 2024)
		if o.Date.String() != tt.date || o.From.String() != tt.from || o.To.String() != tt.to || o.Digest.String() != tt.digest {
			t.Errorf("%s: got %v for %v to %v, digest %v; want %+v", tt.key, o.Date, o.From, o.To, o.Digest, tt)
		}
		if !o.Assumed || !o.Since.IsZero() || o.Report != (tt.from != "") || o.Year != 2024 || o.Name == "" {
			t.Errorf("%s: %+v", tt.key, o)
		}
	}
}

func TestDateRules(t *testing.T) {
	for _, tt := range []struct{ name, rule, y2026, y2028 string }{
		{"a day", "05-08", "2026-05-08", "2028-05-08"},
		{"29 February is the 28th of a common year", "02-29", "2026-02-28", "2028-02-29"},
		{"the last workday of a month that ends on a Sunday", "last-workday 05", "2026-05-29", "2028-05-31"},
		{"the last workday of a month that ends on a holiday", "last-workday 12", "2026-12-30", "2028-12-29"},
		{"workdays after a day", "04-30+5wd", "2026-05-08", "2028-05-08"},
		{"workdays before a day", "04-30-5wd", "2026-04-23", "2028-04-24"},
		{"an ISO week", "w10", "2026-03-02", "2028-03-06"},
		{"week 1 begins in the year before", "w1", "2025-12-29", "2028-01-03"},
		{"week 53 of a year that has none is the 52nd", "w53", "2026-12-28", "2028-12-25"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWheel(t, []Event{{Key: "X", Name: "X", Date: tt.rule}})
			if got := occur(t, w, "X", 2026).Date.String(); got != tt.y2026 {
				t.Errorf("2026: got %s, want %s", got, tt.y2026)
			}
			if got := occur(t, w, "X", 2028).Date.String(); got != tt.y2028 {
				t.Errorf("2028: got %s, want %s", got, tt.y2028)
			}
		})
	}
}

func TestDigestRules(t *testing.T) {
	report := &Period{"01-01", "04-30"}
	for _, tt := range []struct {
		name, digest string
		report       *Period
		want         string
	}{
		{"a report without a rule has five workdays", "", report, "2026-05-18"},
		{"workdays", "+2wd", report, "2026-05-12"},
		{"days", "+10d", report, "2026-05-18"},
		{"the day itself", "+0d", report, "2026-05-08"},
		{"an event that is no report has none", "", nil, ""},
		{"unless it says so", "+1wd", nil, "2026-05-11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWheel(t, []Event{{Key: "X", Name: "X", Date: "05-08", Digest: tt.digest, Report: tt.report}})
			if got := occur(t, w, "X", 2026).Digest.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWheelsThatBreakARuleAreRefused(t *testing.T) {
	ok := Event{Key: "X", Name: "X", Date: "05-08"}
	for _, tt := range []struct {
		name   string
		change func(*Event)
		says   string
	}{
		{"no key", func(e *Event) { e.Key = "" }, "key"},
		{"a key of two words", func(e *Event) { e.Key = "T 1" }, "one word"},
		{"a key that is a number", func(e *Event) { e.Key = "2024" }, "letter"},
		{"a key that breaks a line", func(e *Event) { e.Key = "X\nBcc" }, "one word"},
		{"no name", func(e *Event) { e.Name = " " }, "name"},
		{"no date", func(e *Event) { e.Date = "" }, "needs a date"},
		{"a day that no year has", func(e *Event) { e.Date = "02-30" }, "02-30"},
		{"a date with its year", func(e *Event) { e.Date = "2026-05-08" }, "2026-05-08"},
		{"a day without zeros", func(e *Event) { e.Date = "5-8" }, "5-8"},
		{"a rule nobody knows", func(e *Event) { e.Date = "first-workday 05" }, "first-workday"},
		{"a month that does not exist", func(e *Event) { e.Date = "last-workday 13" }, "last-workday 13"},
		{"a week that does not exist", func(e *Event) { e.Date = "w54" }, "w54"},
		{"a step without a unit", func(e *Event) { e.Date = "04-30+5" }, "04-30+5"},
		{"a step in days", func(e *Event) { e.Date = "04-30+5d" }, "04-30+5d"},
		{"a step of years", func(e *Event) { e.Date = "04-30+5000wd" }, "04-30+5000wd"},
		{"an offset of years", func(e *Event) { e.YearOffset = 7 }, "year_offset 7"},
		{"an empty single date", func(e *Event) { e.Dates = map[int]tertial.Date{2026: {}} }, "2026"},
		{"a single date years away", func(e *Event) { e.Dates = map[int]tertial.Date{2026: date("2062-05-08")} }, "2062"},
		{"a period nobody can read", func(e *Event) { e.Report = &Period{"1 jan", "04-30"} }, "report.from"},
		{"a period without an end", func(e *Event) { e.Report = &Period{From: "01-01"} }, "report.to"},
		{"a period that ends before it begins", func(e *Event) { e.Report = &Period{"09-01", "01-31"} }, "before it begins"},
		{"a digest before the date", func(e *Event) { e.Digest = "-5wd" }, "-5wd"},
		{"a digest without a sign", func(e *Event) { e.Digest = "5wd" }, "5wd"},
		{"a digest in weeks", func(e *Event) { e.Digest = "+2w" }, "+2w"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := ok
			tt.change(&e)
			_, err := NewWheel(newCalendar(t, Options{}), []Event{e})
			if !errors.Is(err, tertial.ErrInvalid) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "wheel[0]") {
				t.Errorf("got %v, want ErrInvalid about wheel[0] and %q", err, tt.says)
			}
		})
	}
	_, err := NewWheel(newCalendar(t, Options{}), []Event{ok, {Key: "x", Name: "again", Date: "06-01"}, {Key: "Y"}})
	if err == nil || !strings.Contains(err.Error(), "wheel[1]") || !strings.Contains(err.Error(), "another event") || !strings.Contains(err.Error(), "wheel[2]") {
		t.Errorf("a key twice, and a fault beside it: got %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestAnEntryIsLaidOverTheEventOfItsKey(t *testing.T) {
	base := BuiltIn()
	got := Overlay(base, []Entry{
		{Key: "VB", Name: "Årsbokslut", Aliases: []string{"bokslut", "ÅB"}, Dates: map[int]tertial.Date{2026: date("2027-01-18")}},
		{Key: "vp"},
		{Key: "LG", Date: "w12", Assumed: ptr(true), YearOffset: ptr(1), Digest: ptr("+3wd"), Report: &Period{"01-01", "12-31"}},
		{Key: "BUD", Name: "Budget", Date: "06-01"},
		{Key: "VB", Dates: map[int]tertial.Date{2027: date("2028-01-17")}},
	})
	if !reflect.DeepEqual(base, BuiltIn()) {
		t.Error("the base was changed")
	}
	w := newWheel(t, got)

	vb, _ := w.Event("VB")
	if vb.Name != "Årsbokslut" || vb.Date != "01-15" || vb.YearOffset != 1 || vb.Report == nil || vb.Assumed {
		t.Errorf("VB: what the entry does not give must stay, and it is no longer assumed: %+v", vb)
	}
	for _, a := range []string{"Verksamhetsberättelse", "verksamhetsberättelsen", "bokslut", "ÅB"} {
		if n := len(slices.DeleteFunc(slices.Clone(vb.Aliases), func(x string) bool { return x != a })); n != 1 {
			t.Errorf("VB has the alias %s %d times, want once", a, n)
		}
	}
	for year, want := range map[int]string{2025: "2026-01-15", 2026: "2027-01-18", 2027: "2028-01-17", 2028: "2029-01-15"} {
		if d := occur(t, w, "VB", year).Date.String(); d != want {
			t.Errorf("VB %d: got %s, want %s", year, d, want)
		}
	}
	if vp, _ := w.Event("VP"); vp.Assumed || vp.Key != "VP" || vp.Name != "Verksamhetsplan" {
		t.Errorf("an entry of a key alone settles the event: %+v", vp)
	}
	if lg, _ := w.Event("LG"); !lg.Assumed || lg.Date != "w12" || lg.YearOffset != 1 || lg.Digest != "+3wd" || lg.Report == nil {
		t.Errorf("LG: %+v", lg)
	}
	if bud := occur(t, w, "BUD", 2026); bud.Assumed || bud.Report || bud.Name != "Budget" {
		t.Errorf("a new key is a new event: %+v", bud)
	}
	if t1, _ := w.Event("T1"); !t1.Assumed {
		t.Error("T1 has no entry and is assumed no longer")
	}
	if len(w.Events()) != len(BuiltIn())+1 {
		t.Errorf("%d events", len(w.Events()))
	}
}

func TestDatesOfTheDatabaseWinAndTellSinceWhen(t *testing.T) {
	e := Event{Key: "T1", Name: "T1", Date: "05-08", Assumed: true, Report: &Period{"01-01", "04-30"},
		Dates: map[int]tertial.Date{2027: date("2027-05-12")}}
	w := newWheel(t, []Event{e}).With([]tertial.WheelDate{
		{Key: "T1", Year: 2026, Date: date("2026-05-20"), Since: date("2026-03-01"), Given: true},
		{Key: "t1", Year: 2027, Date: date("2027-05-12"), Since: date("2026-04-01")},
		{Key: "T1", Year: 2028, Date: date("2028-05-01"), Since: date("2026-04-02")},
		{Key: "T1", Year: 2029, Given: true},
		{Key: "GONE", Year: 2026, Date: date("2026-01-01"), Given: true},
	})
	for _, tt := range []struct {
		name, date, since string
		year              int
		assumed           bool
	}{
		{"a given date wins and is not assumed", "2026-05-20", "2026-03-01", 2026, false},
		{"a date of the configuration keeps since when it counts", "2027-05-12", "2026-04-01", 2027, true},
		{"what the configuration said before says nothing", "2028-05-08", "", 2028, true},
		{"a row without a date says nothing", "2029-05-08", "", 2029, true},
	} {
		o := occur(t, w, "T1", tt.year)
		if o.Date.String() != tt.date || o.Since.String() != tt.since || o.Assumed != tt.assumed {
			t.Errorf("%s: got %+v", tt.name, o)
		}
	}
	if o := occur(t, w.With(nil), "T1", 2026); o.Date != date("2026-05-08") || !o.Assumed {
		t.Errorf("dates of the database are replaced, not added to: %+v", o)
	}
	if got := w.In(2026); len(got) != 1 || got[0].Date != date("2026-05-20") {
		t.Errorf("a moved event moves what is listed: %v", got)
	}
	if got, want := occur(t, w, "T1", 2026).Digest, date("2026-05-27"); got != want {
		t.Errorf("its digest moves along: got %v, want %v", got, want)
	}
}

func names(os []tertial.Occurrence) string {
	var s []string
	for _, o := range os {
		s = append(s, o.Target())
	}
	return strings.Join(s, ", ")
}

func TestTheWheelOfAYear(t *testing.T) {
	w := newWheel(t, BuiltIn())
	if got, want := names(w.In(2024)), "VB 2023, LG 2024, T1 2024, LTA 2024, T2 2024, VP 2024, RSA 2024, VOR 2024"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := names(w.Reports(date("2024-01-15"), date("2025-01-15"))), "VB 2023, T1 2024, T2 2024, VB 2024"; got != want {
		t.Errorf("reports, both ends included: got %s, want %s", got, want)
	}
	if got := w.Reports(date("2024-06-01"), date("2024-05-01")); len(got) != 0 {
		t.Errorf("reports of no days: %v", got)
	}
	if got := w.Reports(tertial.Date{}, date("2024-05-01")); len(got) != 0 {
		t.Errorf("reports since no date: %v", got)
	}
	if got, want := names(w.Reporting(2024)), "T1 2024, T2 2024, VB 2024"; got != want {
		t.Errorf("reports of a year: got %s, want %s", got, want)
	}
	w.In(2024)[0].Key = "changed"
	if w.In(2024)[0].Key != "VB" {
		t.Error("what In returns is the wheel's own")
	}
	e, _ := w.Event("T1")
	e.Report.From, e.Aliases[0] = "02-02", "changed"
	if o := occur(t, w, "T1", 2024); o.From != date("2024-01-01") {
		t.Error("what Event returns is the wheel's own")
	}
}

func TestNextIsStrictlyAfter(t *testing.T) {
	w := newWheel(t, append(BuiltIn(), Event{Key: "CERT", Name: "Certifiering", Dates: map[int]tertial.Date{2027: date("2027-04-01")}}))
	for _, tt := range []struct{ name, key, after, want string }{
		{"the day before", "VOR", "2024-11-14", "VOR 2024"},
		{"the day itself", "VOR", "2024-11-15", "VOR 2025"},
		{"an event of the year after its report", "VB", "2024-01-14", "VB 2023"},
		{"an event with single dates only", "CERT", "2024-01-14", "CERT 2027"},
		{"in any case", "vor", "2024-11-14", "VOR 2024"},
		{"none is left", "CERT", "2027-04-01", ""},
		{"an unknown event", "XYZ", "2024-01-01", ""},
	} {
		o, ok := w.Next(tt.key, date(tt.after))
		if got := o.Target(); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, ok, tt.want)
		}
	}
	if _, ok := w.Next("VB", tertial.Date{}); ok {
		t.Error("something comes after no date")
	}
	if _, ok := w.Occurrence("CERT", 2026); ok {
		t.Error("an event with single dates only occurs in another year")
	}
	if _, ok := w.Occurrence("XYZ", 2026); ok {
		t.Error("an unknown event occurs")
	}
	if _, ok := w.Event("XYZ"); ok {
		t.Error("an unknown event is known")
	}
}

func TestWhatIsListedAgreesWithWhatOccurs(t *testing.T) {
	w := newWheel(t, append(BuiltIn(), Event{Key: "W1", Name: "w", Date: "w1", YearOffset: -1}, Event{Key: "W53", Name: "w", Date: "12-31+20wd", YearOffset: 2}))
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(w.Events()).Draw(t, "event")
		year := rapid.IntRange(1990, 2110).Draw(t, "year")
		o, ok := w.Occurrence(e.Key, year)
		if !ok || !slices.Contains(w.In(o.Date.Year()), o) {
			t.Fatalf("%s %d is not listed in its year", e.Key, year)
		}
		next, ok := w.Next(e.Key, o.Date.AddDays(-1))
		if !ok || next != o {
			t.Fatalf("after the day before %v comes %v", o, next)
		}
		all := w.In(year)
		if !slices.IsSortedFunc(all, byDate) {
			t.Fatalf("%d is not by date", year)
		}
	})
}

func TestAWheelServesManyAtOnce(t *testing.T) {
	w := newWheel(t, BuiltIn())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for y := 2020; y < 2060; y++ {
				w.In(y)
				w.Reports(tertial.DateOf(y, 1, 1), tertial.DateOf(y, 12, 31))
			}
		})
	}
	wg.Wait()
}

func TestTheEdgesOfTimeHaveNoEvents(t *testing.T) {
	w := newWheel(t, BuiltIn())
	for _, y := range []int{-5, 0, 1, 9998, 9999, 10_000, 1 << 40} {
		w.In(y)
		w.Reporting(y)
		w.Occurrence("VB", y)
	}
	w.Next("VB", date("9999-06-01"))
}

func BenchmarkReports(b *testing.B) {
	w := newWheel(b, BuiltIn())
	from, to := date("2026-01-01"), date("2026-12-31")
	for b.Loop() {
		w.Reports(from, to)
	}
}
