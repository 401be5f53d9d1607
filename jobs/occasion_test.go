package jobs

import (
	"slices"
	"testing"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

func date(t *testing.T, s string) tertial.Date {
	t.Helper()
	d, err := tertial.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wheel(t *testing.T) *calendar.Wheel {
	t.Helper()
	cal, err := calendar.New(calendar.Options{Quiet: []calendar.Quiet{{Weeks: "27-31"}, {From: "12-23", To: "01-06"}}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := calendar.NewWheel(cal, calendar.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDigestsFollowTheReportEvents(t *testing.T) {
	var keys []string
	w := wheel(t)
	for _, o := range Digests(w, date(t, "2024-01-01"), date(t, "2024-12-31")) {
		keys = append(keys, o.Key)
		if !w.Calendar().IsWorkday(o.Date) || o.Date.Before(o.Event.Date) {
			t.Errorf("%s goes on %s, its event is on %s", o.Key, o.Date, o.Event.Date)
		}
	}
	if want := []string{"VB 2023", "T1 2024", "T2 2024"}; !slices.Equal(keys, want) {
		t.Errorf("digests of 2024: %v, want %v", keys, want)
	}
}

func TestASummaryGoesOnTheFirstWorkdayOfEachWeekThatHasOne(t *testing.T) {
	w := wheel(t)
	all := Summaries(w.Calendar(), date(t, "2024-03-25"), date(t, "2024-04-14"))
	var days []string
	for _, o := range all {
		days = append(days, o.Date.String()+" "+o.Key)
	}
	// 1 April 2024 is Easter Monday.
	want := []string{"2024-03-25 2024-W13", "2024-04-02 2024-W14", "2024-04-08 2024-W15"}
	if !slices.Equal(days, want) {
		t.Errorf("summaries: %v, want %v", days, want)
	}
	if in := Summaries(w.Calendar(), date(t, "2024-07-01"), date(t, "2024-08-04")); len(in) != 0 {
		t.Errorf("in the quiet weeks go %v, want none", in)
	}
}
