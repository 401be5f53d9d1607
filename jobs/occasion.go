package jobs

import (
	"fmt"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Occasion is a day on which a digest or a summary goes.
type Occasion struct {
	Date  tertial.Date // the workday on which it goes
	Kind  tertial.MessageKind
	Key   string             // its identity: "T1 2024", "2024-W19"
	Event tertial.Occurrence // of a digest
}

// Digests returns the digests that go from from to to, in order of their days.
func Digests(wheel *calendar.Wheel, from, to tertial.Date) []Occasion {
	var all []Occasion
	// A digest goes after its event, or before; either way within half a year.
	for _, e := range wheel.Reports(from.AddDays(-halfYear), to.AddDays(halfYear)) {
		if e.Digest.IsZero() {
			continue
		}
		if day := wheel.Calendar().First(e.Digest); !day.Before(from) && !day.After(to) {
			all = append(all, Occasion{Date: day, Kind: tertial.DigestMail, Key: e.Target(), Event: e})
		}
	}
	return all
}

const halfYear = 183

// Summaries returns the summaries that go from from to to: one a week, on its first workday.
func Summaries(cal *calendar.Calendar, from, to tertial.Date) []Occasion {
	var all []Occasion
	for monday := from.Monday(); !monday.After(to); monday = monday.AddDays(7) {
		if day := cal.WeekStart(monday); !day.IsZero() && !day.Before(from) && !day.After(to) {
			all = append(all, Occasion{Date: day, Kind: tertial.SummaryMail, Key: weekKey(monday)})
		}
	}
	return all
}

func weekKey(d tertial.Date) string {
	year, week := d.Week()
	return fmt.Sprintf("%d-W%02d", year, week)
}
