package tertial

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseClock(t *testing.T) {
	for _, s := range []string{"", "7:30", "24:00", "07:60", "0730", "07:30:00", "07:30 "} {
		if c, err := ParseClock(s); err == nil {
			t.Errorf("ParseClock(%q) = %v, want an error", s, c)
		}
	}
	if c, err := ParseClock("07:30"); err != nil || c != 450 || c.String() != "07:30" {
		t.Errorf("07:30 is %d, %v", c, err)
	}
}

func TestWallTimeInGapsAndOverlaps(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, wall, want string }{
		{"an ordinary morning", "2027-03-29T07:30:00", "2027-03-29T07:30:00+02:00"},
		{"in the gap: the first instant after it", "2027-03-28T02:30:00", "2027-03-28T03:00:00+02:00"},
		{"where the gap begins", "2027-03-28T02:00:00", "2027-03-28T03:00:00+02:00"},
		{"just before the gap", "2027-03-28T01:59:59", "2027-03-28T01:59:59+01:00"},
		{"in the overlap: the first of the two", "2027-10-31T02:30:00", "2027-10-31T02:30:00+02:00"},
		{"where the overlap begins", "2027-10-31T02:00:00", "2027-10-31T02:00:00+02:00"},
		{"after the overlap", "2027-10-31T03:00:00", "2027-10-31T03:00:00+01:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wall, err := time.Parse("2006-01-02T15:04:05", c.wall)
			if err != nil {
				t.Fatal(err)
			}
			if got := WallTime(wall, zone).Format(time.RFC3339); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Whatever the zone does, a wall time happens at one instant a day, in the order of the days.
func TestWallTimeNeverLosesOrDoublesADay(t *testing.T) {
	for _, name := range []string{"Europe/Stockholm", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza", "Atlantic/Azores"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Clock{0, 30, 90, 120, 150, 450} {
			var last time.Time
			for d := day("2026-01-01"); d.Before(day("2038-01-01")); d = d.AddDays(1) {
				at := d.At(c, zone)
				if !at.After(last) || DateIn(at, zone) != d {
					t.Fatalf("%s: %s of %s is %s, after %s", name, c, d, at, last)
				}
				last = at
			}
		}
	}
}

func TestAnInstantThatNeverWasIsEmptyInJSON(t *testing.T) {
	b, err := json.Marshal(Instant{})
	if err != nil || string(b) != `""` {
		t.Errorf("never is %s, %v", b, err)
	}
	at := Instant{time.Date(2027, 3, 31, 5, 30, 0, 0, time.UTC)}
	if b, err = json.Marshal(at); err != nil || string(b) != `"2027-03-31T05:30:00Z"` {
		t.Errorf("an instant is %s, %v", b, err)
	}
	var back Instant
	if err := json.Unmarshal(b, &back); err != nil || !back.Equal(at.Time) {
		t.Errorf("read back as %v, %v", back, err)
	}
}
