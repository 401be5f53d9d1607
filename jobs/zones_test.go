package jobs

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// zones are the names of all zones that this Go knows.
func zones(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("asking where Go lives: %v", err)
	}
	path := filepath.Join(strings.TrimSpace(string(out)), "lib", "time", "zoneinfo.zip")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the list of zones is not here: %v", err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	if len(names) < 500 {
		t.Fatalf("only %d zones", len(names))
	}
	return names
}

// passes is the instant at which the wall clock of a zone first shows a time of a day, or is first past it, found by
// looking at the clock itself: of the day before to the day after each quarter of an hour, and then each second.
func passes(day tertial.Date, wall tertial.Clock, zone *time.Location, from time.Time) time.Time {
	reached := func(at time.Time) bool {
		local := at.In(zone)
		date := tertial.DateOf(local.Date())
		return date.After(day) || date == day && local.Hour()*60+local.Minute() >= int(wall)
	}
	at := from
	for !reached(at) {
		at = at.Add(15 * time.Minute)
	}
	low, high := at.Add(-15*time.Minute), at
	for high.Sub(low) > time.Second {
		if middle := low.Add(high.Sub(low) / 2).Truncate(time.Second); reached(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// P20, F36: on each civil day that a zone has, the send time comes once, at the first instant at which the clock on
// the wall shows it or, where it is skipped, is past it. The days are counted by the clock and not by the package.
func TestSendTimesInGapsAndOverlapsOfEveryZone(t *testing.T) {
	for _, name := range zones(t) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Errorf("F36 %s cannot be loaded: %v", name, err)
			continue
		}
		first, last := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 12, 0, 0, 0, time.UTC)
		changes := transitions(zone, first, last)
		if !raced {
			countDays(t, name, &tertial.Rules{Zone: zone, SendAt: 150, SendUntil: 1080}, first, last)
		}
		for _, wall := range []tertial.Clock{0, 90, 150, 450} {
			rules := tertial.Rules{Zone: zone, SendAt: wall, SendUntil: 1080}
			for _, change := range changes {
				around := rules.Today(change)
				for _, day := range []tertial.Date{around.AddDays(-1), around, around.AddDays(1)} {
					want := passes(day, wall, zone, change.Add(-96*time.Hour))
					if got := rules.SendTime(day); !got.Equal(want) {
						t.Errorf("P20 %s: %s of %s is %s, want %s", name, wall, day, got.In(zone), want.In(zone))
					}
				}
			}
		}
	}
}

// countDays walks through the noons of all days and wants a send time between each two.
func countDays(t *testing.T, name string, rules *tertial.Rules, first, last time.Time) {
	t.Helper()
	var before time.Time
	sends, days := 0, 0
	day := rules.Today(first)
	end := rules.Today(last)
	for ; day.Before(end); day = day.AddDays(1) {
		days++
		at := rules.SendTime(day)
		if !at.After(before) {
			t.Errorf("P20 %s: %s of %s is at %s, not after that of the day before", name, rules.SendAt, day, at)
		}
		if rules.Today(at) == day {
			sends++
		}
		before = at
	}
	// A zone that crosses the date line has no such day: its send time is the first instant after it.
	if skipped := skippedDays(rules.Zone, first, last); sends != days-skipped {
		t.Errorf("P20 %s: %d send times on %d days, %d of them skipped", name, sends, days, skipped)
	}
}

// skippedDays counts the dates that no clock in the zone shows.
func skippedDays(zone *time.Location, first, last time.Time) int {
	skipped := 0
	for _, change := range transitions(zone, first, last) {
		before := tertial.DateIn(change.Add(-time.Second), zone)
		skipped += max(tertial.DateIn(change, zone).Sub(before)-1, 0)
	}
	return skipped
}

// transitions are the instants at which the zone's clocks are changed.
func transitions(zone *time.Location, first, last time.Time) []time.Time {
	var all []time.Time
	for at := first; ; {
		_, at = at.In(zone).ZoneBounds()
		if at.IsZero() || at.After(last) {
			return all
		}
		all = append(all, at)
	}
}

// P24, F39: months are clamped, by an independent table of their lengths, to 2105.
func TestMonthsAreClampedInEveryYear(t *testing.T) {
	length := func(year int, month time.Month) int {
		switch month {
		case time.April, time.June, time.September, time.November:
			return 30
		case time.February:
			if year%4 == 0 && year%100 != 0 || year%400 == 0 {
				return 29
			}
			return 28
		}
		return 31
	}
	if length(2100, time.February) != 28 || length(2000, time.February) != 29 {
		t.Fatal("the table is wrong")
	}
	for year := 2024; year <= 2105; year++ {
		for month := time.January; month <= time.December; month++ {
			for _, day := range []int{1, 15, 28, 29, 30, 31} {
				if day > length(year, month) {
					continue
				}
				from := tertial.DateOf(year, month, day)
				for _, n := range []int{-13, -12, -1, 1, 2, 3, 4, 6, 11, 12, 24, 48} {
					index := year*12 + int(month) - 1 + n
					y, m := index/12, time.Month(index%12+1)
					if got, want := from.AddMonths(n), tertial.DateOf(y, m, min(day, length(y, m))); got != want {
						t.Errorf("P24 %s and %d months is %s, want %s", from, n, got, want)
					}
				}
			}
		}
	}
	for _, c := range []struct {
		name, from string
		months     int
		want       string
	}{
		{"F39 31 October and four months", "2026-10-31", 4, "2027-02-28"},
		{"F39 the same before a leap day", "2027-10-31", 4, "2028-02-29"},
		{"F39 29 February and a year", "2028-02-29", 12, "2029-02-28"},
		{"F39 29 February and four years", "2096-02-29", 48, "2100-02-28"},
		{"F39 the turn of the year", "2099-12-31", 2, "2100-02-28"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, err := tertial.ParseDate(c.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := from.AddMonths(c.months).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
