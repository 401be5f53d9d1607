package policy

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// days are the looks of a daemon that ticks at the send time of every day.
func days(w *world, from, to string) []time.Time {
	var all []time.Time
	for d := date(from); !d.After(date(to)); d = d.AddDays(1) {
		all = append(all, w.rules.SendTime(d))
	}
	return all
}

// draw makes a world at random: priority, dates, parties, weekly readers, absences, changes of holder.
func draw(t *rapid.T, tb testing.TB) *world {
	day := func(label string, from, to int) tertial.Date {
		return date("2024-01-01").AddDays(rapid.IntRange(from, to).Draw(t, label))
	}
	w := newWorld(tb, day("activated", 0, 200).String())
	w.d.Activated = w.d.Activated.Add(time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) * time.Minute)
	a := &w.d.Action
	a.Priority = rapid.SampledFrom(tertial.Priorities()).Draw(t, "priority")
	a.Timing.Certainty = rapid.SampledFrom([]tertial.Certainty{tertial.Exact, tertial.Inferred}).Draw(t, "certainty")
	if rapid.Bool().Draw(t, "has due") {
		a.Timing.Due = day("due", -30, 500)
	}
	w.d.Reopened = rapid.Bool().Draw(t, "reopened")
	w.party(tertial.Contributor, roleHelp, "IT")
	w.party(tertial.FollowUp, roleFollow, "Controller")
	w.person(14, "David", roleHelp, roleFollow)
	if rapid.Bool().Draw(t, "two responsible") {
		w.party(tertial.Responsible, roleEmpty, "Ledningen")
	}
	for _, id := range []int64{anna, bo, cecilia, maria, 14} {
		p := w.reg.People[id]
		if rapid.Bool().Draw(t, "weekly") {
			p.Frequency = tertial.Weekly
		}
		if rapid.Bool().Draw(t, "away") {
			p.AwayFrom = day("away", 0, 300)
			p.AwayTo = p.AwayFrom.AddDays(rapid.IntRange(0, 60).Draw(t, "away for"))
			p.DeputyID = rapid.SampledFrom([]int64{0, anna, bo, cecilia}).Draw(t, "deputy")
		}
	}
	if rapid.Bool().Draw(t, "changes holder") {
		at := day("change", 0, 350)
		w.reg.Holdings[roleOwner][0].To = at
		w.hold(bo, roleOwner, at.AddDays(rapid.IntRange(1, 40).Draw(t, "gap")).String())
	}
	if rapid.Bool().Draw(t, "no coordinator") {
		w.reg.Holdings[roleISAM] = nil
	}
	return w
}

func TestAPlanIsWhatADayByDayRunSends(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt, t)
		plan := w.plan("2025-06-30")
		var looks []time.Time
		for at := w.d.Activated; at.Before(w.at("2025-06-30T23:00")); {
			looks = append(looks, at)
			// Ticks at any hour: a look outside the window, or the second of a day, tells nothing more.
			d := w.rules.Today(at)
			if next := w.rules.SendTime(d); next.After(at) {
				looks = append(looks, next)
			}
			looks = append(looks, w.rules.SendTime(d).Add(time.Duration(rapid.IntRange(1, 700).Draw(rt, "later"))*time.Minute))
			at = d.AddDays(1).At(0, w.rules.Zone)
		}
		slices.SortFunc(looks, time.Time.Compare)
		looks = slices.DeleteFunc(looks, func(x time.Time) bool { return x.Before(w.d.Activated) })
		if now := looks[0]; w.policy().Open(now) && w.policy().FirstSend(now).After(w.rules.Today(now)) {
			looks = looks[1:] // the plan begins at the next send time
		}
		rows, _ := w.run(looks)
		if !slices.Equal(rows, plan) {
			rt.Fatalf("a year's run:\n%v\nits plan:\n%v", rows, plan)
		}
	})
}

func TestNobodyIsToldOnADayOffNorTwiceOfOneActionOnADay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt, t)
		w.rules.CoordinatorEmail = "infosak@stad.example"
		w.reg.People[anna].Frequency = tertial.Daily // what waits for her Monday when she leaves is late for the next
		seen := map[string]bool{}
		for _, row := range w.plan("2025-12-31") {
			if !w.wheel.Calendar().IsWorkday(date(row.Day)) {
				rt.Errorf("%v goes on a day off", row)
			}
			if key := row.Day + row.To; seen[key] {
				rt.Errorf("%s has two rows of one action on %s", row.To, row.Day)
			} else {
				seen[key] = true
			}
			if row.Late {
				rt.Errorf("%v is late though no day was missed and somebody was there", row)
			}
		}
	})
}

// ident is what a notice is: it may be told only once, and must not be lost.
func ident(n tertial.Notice) string {
	return fmt.Sprint(n.Slot.Person, cmp.Or(n.Slot.Person, -n.Slot.Role), n.Kind, n.Target, n.On)
}

func TestNoNoticeIsLostWhenThePassRunsOnAnySubsetOfDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt, t)
		w.reg.Holdings[roleOwner] = w.reg.Holdings[roleOwner][:1] // who reads a late notice is another test
		w.reg.Holdings[roleOwner][0].To = tertial.Date{}
		for _, p := range w.reg.People {
			p.Frequency = tertial.Daily
		}
		every := *w
		every.d.Notices = nil
		last := "2025-06-27"
		_, want := every.run(days(&every, w.d.Action.Timing.Start.String(), last))

		var looks []time.Time
		all := days(w, w.d.Action.Timing.Start.String(), last)
		for _, at := range all[:len(all)-1] {
			if rapid.IntRange(0, 9).Draw(rt, "up") < 3 {
				looks = append(looks, at)
			}
		}
		looks = append(looks, all[len(all)-1])
		_, got := w.run(looks)
		have, placed := map[string]bool{}, map[string]int{}
		for _, n := range got {
			have[ident(n)] = true
			if n.State == tertial.Placed {
				if placed[ident(n)]++; placed[ident(n)] > 1 {
					rt.Errorf("told twice: %+v", n)
				}
			}
		}
		for _, n := range want {
			if !have[ident(n)] {
				rt.Errorf("lost: %+v", n)
			}
		}
	})
}
