package mail

import (
	"fmt"
	"strconv"
	"strings"

	"tertial/internal/tertial"
	"tertial/templates"
)

// speech is a language on a day: it says dates, and how far off they are.
type speech struct {
	*templates.Texts
	day tertial.Date
}

// date says 2027-03-31 (ons v. 13), or nothing of no date.
func (s speech) date(d tertial.Date) string {
	if d.IsZero() {
		return ""
	}
	_, week := d.Week()
	return s.T("date", templates.Args{"Date": d.String(), "Weekday": s.T("weekday."+strconv.Itoa(int(d.Weekday())), nil), "Week": week})
}

// days says how far off d is from the day of the mail: om 7 dagar, i dag, 12 dagar sen.
func (s speech) days(d tertial.Date) string {
	switch n := d.Sub(s.day); {
	case n > 0:
		return s.T("days.left", templates.Args{"N": n})
	case n < 0:
		return s.T("days.past", templates.Args{"N": -n})
	}
	return s.T("days.today", nil)
}

func (s speech) dateAndDays(d tertial.Date) string {
	return s.T("date.and.days", templates.Args{"Date": s.date(d), "Days": s.days(d)})
}

// list says a, b och c.
func (s speech) list(words []string) string {
	if len(words) > 10 {
		words = append(append([]string{}, words[:9]...), fmt.Sprintf("+%d", len(words)-9))
	}
	clean := make([]string, len(words))
	for i, w := range words {
		clean[i] = oneLine(w, maxName)
	}
	n := len(clean) - 1
	if n < 1 {
		return strings.Join(clean, "")
	}
	return s.T("list.and", templates.Args{"Head": strings.Join(clean[:n], ", "), "Last": clean[n]})
}

// week returns the ISO week of the mail's day.
func (s speech) week() int {
	_, week := s.day.Week()
	return week
}

// counts says 1 försenad, 2 kommande: the ids in order, those that count nothing left out.
func (s speech) counts(ids []string, n map[string]int) string {
	var parts []string
	for _, id := range ids {
		if n[id] > 0 {
			parts = append(parts, s.T("count."+id, templates.Args{"N": n[id]}))
		}
	}
	return strings.Join(parts, ", ")
}
