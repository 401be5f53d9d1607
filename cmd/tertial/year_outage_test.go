package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"tertial/internal/tertial"
)

// A daemon that was down for a day or for more than a year tells on its return everybody what is still true, in one
// mail, marked late; from the next day on everything is as if it had never been away.
func TestAnOutageIsCaughtUp(t *testing.T) {
	for _, tt := range []struct {
		days int
		down string // first day without it
	}{
		{1, "2027-03-24"}, {30, "2027-04-06"}, {120, "2027-03-08"}, {400, "2026-12-16"},
	} {
		t.Run(fmt.Sprintf("%d days", tt.days), func(t *testing.T) {
			t.Parallel()
			x := newLife(t, sampleYear(t), filepath.Join(t.TempDir(), "tertial.db"))
			x.settle()
			x.begin()
			down := date(t, tt.down)
			back := down.AddDays(tt.days)
			plan := x.plan(x.year.imported, x.year.first, back.AddDays(60))
			for _, day := range plan.days() {
				if day.Before(down) && day.After(x.year.first) {
					x.run(day, sendAt)
				}
			}
			before := len(x.server.Mails())

			// On its return it says beforehand what it will do, and does that.
			after := x.plan(back.String()+"T"+sendAt, back, back.AddDays(60))
			first := after.Mails[0].Date
			for _, day := range after.days() {
				x.run(day, sendAt)
			}
			x.caughtUp(plan, after, down, first)
			x.asPlannedFrom(after, before)
			x.logIsWhole()
		})
	}
}

// caughtUp compares what goes on the first day after an outage with what was missed, and the days after it with the plan from before.
func (x *life) caughtUp(plan, after *foretold, down, first tertial.Date) {
	x.t.Helper()
	missed := map[string]tertial.Kind{} // the most urgent, by person and action
	refs := map[string]string{}
	for _, m := range plan.Mails {
		for _, item := range m.Items {
			key := m.To + " " + item.Ref
			if kind, there := missed[key]; !m.Date.Before(down) && m.Date.Before(first) && (!there || item.Kind.Urgency() < kind.Urgency()) {
				missed[key], refs[key] = item.Kind, item.Ref
			}
		}
	}
	mails, told := map[string]int{}, map[string]bool{}
	late := 0
	for _, m := range after.Mails {
		if m.Date != first {
			continue
		}
		if mails[m.To]++; mails[m.To] > 1 {
			x.t.Errorf("%s gets %d mails on %s", m.To, mails[m.To], first)
		}
		for _, item := range m.Items {
			key := m.To + " " + item.Ref
			if told[key] {
				x.t.Errorf("%s is told twice on %s", key, first)
			}
			told[key], told[item.Ref] = true, true
			if item.Late {
				late++
			}
			if _, was := missed[key]; item.Late && !was {
				x.t.Errorf("%s %s on %s is late, and nothing was missed", key, item.Kind, first)
			}
		}
	}
	for key, kind := range missed {
		if stays := kind == tertial.Overdue || kind == tertial.Escalation || kind == tertial.Assigned; stays && !told[refs[key]] { // by whoever holds the role now
			x.t.Errorf("%s: %s was missed, and nobody is told on %s", key, kind, first)
		}
	}
	if late == 0 {
		x.t.Error("nothing is late")
	}
	got, want := rowsAfter(after, first), rowsAfter(plan, first)
	if !slices.Equal(got, want) {
		x.t.Errorf("after %s got %d rows, want %d\n%s", first, len(got), len(want), difference(got, want))
	}
}

// rowsAfter are the rows of a plan after a day.
func rowsAfter(plan *foretold, day tertial.Date) []string {
	var rows []string
	for _, m := range plan.Mails {
		if m.Date.After(day) {
			rows = append(rows, toldRows(m.Date, m.To, m.Items)...)
		}
	}
	slices.Sort(rows)
	return rows
}

// asPlannedFrom compares the mails that the server got after the first n with a plan.
func (x *life) asPlannedFrom(plan *foretold, n int) {
	x.t.Helper()
	listed := x.messages()
	var got []string
	for _, m := range x.received()[n:] {
		if message := listed[m.id]; message.Kind == tertial.Reminder {
			got = append(got, toldRows(m.day, m.to, message.Items)...)
		} else {
			got = append(got, fmt.Sprintf("%s %s %s %s", m.day, m.to, message.Kind, occasionOf(&message)))
		}
	}
	want := plan.lines()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		x.t.Errorf("got %d rows, want %d\n%s", len(got), len(want), difference(got, want))
	}
}
