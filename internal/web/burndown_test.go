package web

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func TestTheCurveAgainstThePlan(t *testing.T) {
	points := []tertial.Point{
		{Week: onDay("2027-01-03"), Open: 10, Planned: 10}, {Week: onDay("2027-01-10"), Open: 9, Planned: 8}, {Week: onDay("2027-01-31"), Open: 8, Planned: 5, Unsure: 2},
		{Week: onDay("2027-02-07"), Open: -1, Planned: 0, Unsure: 2},
	}
	b := newBurndown(points, onDay("2027-01-27"), []tertial.Occurrence{{Key: "VB", Date: onDay("2027-01-15")}, {Key: "T1", Date: onDay("2027-05-08")}})
	if got, want := b.Actual, "44.0,28.0 184.8,49.8 607.2,71.6"; got != want {
		t.Errorf("the curve goes through %s, want %s", got, want)
	}
	if got := len(strings.Fields(b.Plan)); got != 4 {
		t.Errorf("the plan has %d points, want all four", got)
	}
	if got := len(strings.Fields(b.Unsure)); !b.AnyUnsure || got != 8 {
		t.Errorf("the area has %d points, want eight", got)
	}
	if len(b.Reports) != 1 || b.Reports[0].Text != "VB" {
		t.Errorf("got the reports %v, want what is on the chart", b.Reports)
	}
	if len(b.Rows) != 2 || b.Rows[0].Week != onDay("2027-01-31") || b.Rows[1].Open != -1 {
		t.Errorf("got the rows %+v, want the last week of each month", b.Rows)
	}
	if !b.Begun || b.Last.Open != 8 || b.Today == 0 {
		t.Errorf("got %+v", b)
	}
	if len(b.Months) != 1 || b.Months[0].Month != 2 {
		t.Errorf("got the months %v", b.Months)
	}
}

func TestACurveOfNothingIsNone(t *testing.T) {
	for name, points := range map[string][]tertial.Point{"no week": nil, "one week": {{Week: onDay("2027-01-03"), Open: 4}}} {
		if b := newBurndown(points, onDay("2027-01-27"), nil); b.Plan != "" || b.Actual != "" {
			t.Errorf("%s: got %+v", name, b)
		}
	}
}

func TestLevelsAreFewAndRound(t *testing.T) {
	for most, want := range map[int]int{1: 1, 4: 1, 6: 1, 7: 2, 12: 2, 13: 2, 14: 5, 41: 10, 99: 20, 100: 20, 350: 100, 99_999: 20_000} {
		if got := levelStep(most); got != want {
			t.Errorf("up to %d: got a step of %d, want %d", most, got, want)
		}
	}
}

func TestTheCurveStaysOnTheChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []tertial.Point
		week := onDay("2027-01-03")
		for range rapid.IntRange(2, 60).Draw(t, "weeks") {
			points = append(points, tertial.Point{Week: week, Open: rapid.IntRange(-1, 100_000).Draw(t, "open"), Planned: rapid.IntRange(0, 100_000).Draw(t, "planned"), Unsure: rapid.IntRange(0, 1000).Draw(t, "unsure")})
			week = week.AddDays(7)
		}
		b := newBurndown(points, onDay("2027-02-01"), nil)
		for _, line := range []string{b.Actual, b.Plan, b.Unsure} {
			for _, at := range strings.Fields(line) {
				xs, ys, _ := strings.Cut(at, ",")
				x, errX := strconv.ParseFloat(xs, 64)
				y, errY := strconv.ParseFloat(ys, 64)
				if errX != nil || errY != nil || x < float64(b.Left)-.1 || x > float64(b.Right)+.1 || y < float64(b.Top)-.1 || y > float64(b.Bottom)+.1 {
					t.Fatalf("a point at %s", at)
				}
			}
		}
		if n := len(b.Levels); n < 2 || n > 9 {
			t.Fatalf("there are %d levels", n)
		}
	})
}
