package calendar

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/se"

	"tertial/internal/tertial"
)

// holiday is a named day on which nobody works.
type holiday struct {
	date tertial.Date
	name string
}

// swedish lists the public holidays, and the eves on which nobody works either:
// the library's list, and the two that always fall on a Sunday.
func swedish() []*cal.Holiday {
	return append([]*cal.Holiday{se.Paskdagen, se.Pingstdagen}, se.Holidays...)
}

// holidays returns the holidays of a year.
func holidays(year int) []holiday {
	var hs []holiday
	for _, h := range swedish() {
		t, _ := h.Calc(year)
		if t.IsZero() && year > firstYear { // not observed in that year; in the first, it is New Year's Day
			continue
		}
		// The library gives midnight in the machine's zone. Where a clock change skips
		// midnight that is an hour off, possibly on the day before; hours later it is not.
		hs = append(hs, holiday{tertial.DateOf(t.Add(6 * time.Hour).Date()), h.Name})
	}
	return hs
}
