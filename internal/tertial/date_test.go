package tertial

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestParseDateTakesOneFormOnly(t *testing.T) {
	for _, s := range []string{"", "2026-02-29", "2026-02-30", "0000-00-00", "0000-01-01", "31.12.2026", "12/31/2026",
		"2026-1-5", "10000-01-01", "2026-01-05 ", "2026-01-05T00:00", "idag"} {
		if d, err := ParseDate(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseDate(%q) = %v, %v; want ErrInvalid", s, d, err)
		}
	}
	for _, s := range []string{"0001-01-01", "1970-01-01", "2024-02-29", "9999-12-31"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
}

func TestDatesAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		days := rapid.IntRange(0, 2_990_000).Draw(rt, "days")
		std := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
		d := DateOf(std.Date())
		if got, want := d.String(), std.Format(time.DateOnly); got != want {
			rt.Fatalf("String = %s, want %s", got, want)
		}
		if d.Weekday() != std.Weekday() || d.YearDay() != std.YearDay() || d.Year() != std.Year() {
			rt.Errorf("%s: weekday %v, day %d; want %v, %d", d, d.Weekday(), d.YearDay(), std.Weekday(), std.YearDay())
		}
		year, week := d.Week()
		if y, w := std.ISOWeek(); year != y || week != w {
			rt.Errorf("%s: week %d-%d, want %d-%d", d, year, week, y, w)
		}
		if m := d.Monday(); m.Weekday() != time.Monday || m.After(d) || d.Sub(m) > 6 {
			rt.Errorf("%s: Monday is %s", d, m)
		}
		n := rapid.IntRange(-5000, 5000).Draw(rt, "n")
		if back := d.AddDays(n).AddDays(-n); back != d || d.AddDays(n).Sub(d) != n {
			rt.Errorf("%s and %d days there and back is %s", d, n, back)
		}
	})
}

func TestMonthsAreClamped(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-10-31", 4, "2027-02-28"}, {"2027-10-31", 4, "2028-02-29"}, {"2028-02-29", 12, "2029-02-28"},
		{"2028-02-29", 48, "2032-02-29"}, {"2100-01-31", 1, "2100-02-28"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-12-15", 1, "2027-01-15"}, {"2026-01-15", -1, "2025-12-15"},
	} {
		if got := day(c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s and %d months = %s, want %s", c.from, c.months, got, c.want)
		}
	}
	if got := day("2024-02-10").EndOfMonth(); got != day("2024-02-29") {
		t.Errorf("February 2024 ends %s", got)
	}
}

func TestNoDateIsEmptyEverywhere(t *testing.T) {
	var none Date
	b, err := json.Marshal(struct{ D Date }{})
	if err != nil || string(b) != `{"D":""}` {
		t.Errorf("in JSON no date is %s, %v", b, err)
	}
	if v, err := none.Value(); err != nil || v != "" {
		t.Errorf("in a column no date is %v, %v", v, err)
	}
	for _, src := range []any{nil, "", []byte{}} {
		d := day("2024-01-01")
		if err := d.Scan(src); err != nil || !d.IsZero() {
			t.Errorf("Scan(%v) = %v, %v; want no date", src, d, err)
		}
	}
	if none.AddDays(5) != none || none.AddMonths(5) != none || !none.Before(day("0001-01-01")) {
		t.Error("arithmetic made a date of no date")
	}
	var d Date
	if err := d.Scan(42); err == nil {
		t.Error("Scan took a number")
	}
	if err := json.Unmarshal([]byte(`"2024-02-30"`), &d); err == nil {
		t.Error("JSON took 30 February")
	}
}

func TestADayStaysTheSameDayInEveryZone(t *testing.T) {
	for _, name := range []string{"Europe/Stockholm", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for d := day("2026-01-01"); d.Before(day("2028-01-01")); d = d.AddDays(1) {
			if got := DateIn(d.At(0, zone), zone); got != d {
				t.Fatalf("%s: the start of %s falls on %s", name, d, got)
			}
		}
	}
}
