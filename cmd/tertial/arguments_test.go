package main

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func stockholm(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestInstants(t *testing.T) {
	loc := stockholm(t)
	for _, tt := range []struct{ name, text, want string }{
		{"a date is the start of its day", "2027-03-31", "2027-03-30T22:00:00Z"},
		{"a wall clock is in the configured zone", "2027-01-31T07:30", "2027-01-31T06:30:00Z"},
		{"seconds may be given", "2027-01-31T07:30:15", "2027-01-31T06:30:15Z"},
		{"an offset counts as written", "2027-01-31T07:30:00+05:00", "2027-01-31T02:30:00Z"},
		{"UTC counts as written", "2027-07-31T07:30:00Z", "2027-07-31T07:30:00Z"},
		{"a gap gives the first instant after it", "2027-03-28T02:30", "2027-03-28T01:00:00Z"},
		{"an overlap gives the first", "2027-10-31T02:30", "2027-10-31T00:30:00Z"},
		{"a leap day exists in its year", "2028-02-29", "2028-02-28T23:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i, err := parseInstant(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := i.in(loc).UTC().Format(time.RFC3339); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsNoInstant(t *testing.T) {
	for _, text := range []string{
		"", "tomorrow", "now", "2027", "2027-3-1", "2027-02-29", "2027-03-31T25:00", "2027-03-31T07:60", "2027-03-31 07:30",
		"31.03.2027", "03/31/2027", "20270331", "2027-03-31T07", "2027-W13", "0000-01-01", "1066-10-14", "9999-12-31", "2027-03-31T07:30+0200",
		" 2027-03-31", "2027-03-31\n", "２０２７-03-31",
	} {
		if i, err := parseInstant(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, i)
		}
	}
}

func TestAnInstantIsNoPanicAndItsErrorIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if _, err := parseInstant(text); err != nil && len([]rune(err.Error())) > 900 {
			t.Fatalf("an error of %d characters", len(err.Error()))
		}
	})
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		n          int
		want       string
	}{
		{"what fits stays", "åäö", 3, "åäö"},
		{"what does not is marked", "åäö!", 3, "åä…"},
		{"one character is the mark", "åäö", 1, "…"},
		{"nothing is nothing", "", 3, ""},
	} {
		if got := cut(tt.text, tt.n); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestYears(t *testing.T) {
	for _, tt := range []struct {
		year int
		ok   bool
	}{{1999, false}, {2000, true}, {2100, true}, {2101, false}, {-1, false}, {0, false}} {
		if err := checkYear("--plan-year", tt.year); (err == nil) != tt.ok {
			t.Errorf("%d: got %v", tt.year, err)
		}
	}
}

func TestAParagraphIsWrappedAndIndented(t *testing.T) {
	got := paragraph("Ta fram en förteckning över  intressenter\noch gå igenom den.", "  ", 24)
	want := "  Ta fram en förteckning\n  över intressenter och\n  gå igenom den."
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if a, b := strings.Fields(paragraph(text, "    ", 40)), strings.Fields(text); strings.Join(a, " ") != strings.Join(b, " ") {
			t.Fatalf("got the words %q, want %q", a, b)
		}
	})
}
