package policy

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// says has a person answer on a day; until may be "".
func (w *world) says(person int64, kind tertial.AnswerKind, since, until string) *world {
	q := tertial.Quiet{Person: person, Kind: kind, Since: date(since)}
	if until != "" {
		q.Until = date(until)
	}
	w.d.Quiet = append(w.d.Quiet, q)
	return w
}

// A high action, due on Friday 31 May 2024, of Anna's, whose manager is Cecilia. Without an answer there go:
// 2024-03-28 upcoming (60 days, before Easter), 2024-04-17 and 2024-04-30 checkpoint T1 (21, 7: the 30 days' upcoming wins on 30 April), 2024-05-07
// checkpoint (1), 2024-05-17 (14), 2024-05-24 (7), 2024-05-30 (1), 2024-05-31 due, then overdue each week from 2024-06-03, escalation on 2024-06-14.
func quietWorld(t testing.TB) *world {
	w := newWorld(t, "2024-03-04").due("2024-05-31")
	w.d.Action.Priority = tertial.High
	return w
}

func row(day, to, kind string) told { return told{Day: day, To: to, Kind: kind} }

func TestWhatGoesAfterAnAnswer(t *testing.T) {
	t1 := func(day string) told { return told{Day: day, To: "Anna", Kind: "checkpoint", Event: "T1"} }
	tests := []struct {
		name     string
		set      func(*world)
		from, to string
		want     []told
	}{
		{"nothing was answered", func(*world) {}, "2024-04-25", "2024-06-10", []told{
			row("2024-04-30", "Anna", "upcoming"), t1("2024-05-07"), row("2024-05-17", "Anna", "upcoming"), row("2024-05-24", "Anna", "upcoming"),
			row("2024-05-30", "Anna", "upcoming"), row("2024-05-31", "Anna", "due"), row("2024-06-03", "Anna", "overdue"), row("2024-06-10", "Anna", "overdue")}},
		{"on track: what is upcoming is dropped, reports are asked about, due comes", func(w *world) { w.says(anna, tertial.AnswerOnTrack, "2024-04-25", "2024-05-28") },
			"2024-04-25", "2024-06-03", []told{t1("2024-04-30"), t1("2024-05-07"),
				row("2024-05-30", "Anna", "upcoming"), row("2024-05-31", "Anna", "due"), row("2024-06-03", "Anna", "overdue")}},
		{"on track for longer than the action has: due comes all the same", func(w *world) { w.says(anna, tertial.AnswerOnTrack, "2024-05-20", "2024-08-01") },
			"2024-05-20", "2024-06-10", []told{row("2024-05-31", "Anna", "due"), row("2024-06-03", "Anna", "overdue"), row("2024-06-10", "Anna", "overdue")}},
		{"on track for a due date that was moved since says nothing", func(w *world) {
			w.says(anna, tertial.AnswerOnTrack, "2024-04-25", "2024-05-28").d.DueSince = date("2024-05-10")
		}, "2024-05-13", "2024-05-31", []told{
			row("2024-05-17", "Anna", "upcoming"), row("2024-05-24", "Anna", "upcoming"), row("2024-05-30", "Anna", "upcoming"), row("2024-05-31", "Anna", "due")}},
		{"later: one reminder on the day, and all that waited is in it", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-05-15", "2024-05-28") },
			"2024-05-15", "2024-05-31", []told{row("2024-05-28", "Anna", "upcoming"), row("2024-05-30", "Anna", "upcoming"), row("2024-05-31", "Anna", "due")}},
		{"later, and nothing would have gone: the reminder goes", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-05-08", "2024-05-15") },
			"2024-05-08", "2024-05-17", []told{row("2024-05-15", "Anna", "upcoming"), row("2024-05-17", "Anna", "upcoming")}},
		{"later, on a Saturday: the Monday", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-05-08", "2024-05-11") },
			"2024-05-08", "2024-05-14", []told{row("2024-05-13", "Anna", "upcoming")}},
		{"later, on the last day: due", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-05-20", "2024-05-31") },
			"2024-05-20", "2024-06-03", []told{row("2024-05-31", "Anna", "due"), row("2024-06-03", "Anna", "overdue")}},
		{"later, of a due date on a Sunday, on that day: on the Friday before", func(w *world) {
			w.due("2024-06-02").says(anna, tertial.AnswerLater, "2024-05-27", "2024-06-02")
		}, "2024-05-27", "2024-06-03", []told{row("2024-05-31", "Anna", "due"), row("2024-06-03", "Anna", "overdue")}},
		{"later, without a due date", func(w *world) {
			w.d.Action.Timing.Due = tertial.Date{}
			w.says(anna, tertial.AnswerLater, "2024-05-13", "2024-05-27")
		}, "2024-05-13", "2024-06-30", []told{row("2024-05-27", "Anna", "upcoming")}},
		{"a report that was made meanwhile is not asked about any more", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-04-29", "2024-05-13") },
			"2024-04-29", "2024-05-16", []told{row("2024-05-13", "Anna", "upcoming")}},
		{"a new date is asked for: nothing but the escalation, until somebody decides", func(w *world) { w.says(anna, tertial.AnswerNewDate, "2024-05-15", "") },
			"2024-05-15", "2024-08-30", []told{row("2024-06-14", "Cecilia", "escalation")}},
		{"it was decided on: what is most urgent of what waited, not late, and on it goes", func(w *world) { w.says(anna, tertial.AnswerNewDate, "2024-05-15", "2024-06-05") },
			"2024-05-15", "2024-06-10", []told{row("2024-06-05", "Anna", "overdue"), row("2024-06-10", "Anna", "overdue")}},
		{"the date was moved without a decision: the quiet is over", func(w *world) {
			w.says(anna, tertial.AnswerNewDate, "2024-05-15", "").d.DueSince = date("2024-05-20")
		}, "2024-05-21", "2024-05-30", []told{row("2024-05-24", "Anna", "upcoming"), row("2024-05-30", "Anna", "upcoming")}},
		{"a hand-over is not answered: after ten workdays reminders go on", func(w *world) { w.says(anna, tertial.AnswerHandOver, "2024-05-15", "") },
			"2024-05-15", "2024-05-31", []told{row("2024-05-29", "Anna", "upcoming"), row("2024-05-30", "Anna", "upcoming"), row("2024-05-31", "Anna", "due")}},
		{"blocked is no quiet", func(w *world) { w.says(anna, tertial.AnswerBlocked, "2024-05-15", "2024-06-30") },
			"2024-05-15", "2024-05-24", []told{row("2024-05-17", "Anna", "upcoming"), row("2024-05-24", "Anna", "upcoming")}},
		{"on track or later before the activation is of another life", func(w *world) { w.says(anna, tertial.AnswerLater, "2024-03-01", "2024-04-10") },
			"2024-03-04", "2024-04-16", []told{row("2024-03-04", "Anna", "assigned"), row("2024-03-28", "Anna", "upcoming")}},
		{"what one has answered keeps another's away from nobody", func(w *world) {
			w.hold(bo, roleOwner, "")
			w.says(anna, tertial.AnswerNewDate, "2024-05-15", "")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-17", "Bo", "upcoming"), row("2024-05-24", "Bo", "upcoming"), row("2024-05-30", "Bo", "upcoming"), row("2024-05-31", "Bo", "due")}},
		{"whoever comes to hold the role is told of what waited", func(w *world) {
			w.reg.Holdings[roleOwner][0].To = date("2024-05-19")
			w.hold(bo, roleOwner, "2024-05-20")
			w.says(anna, tertial.AnswerNewDate, "2024-05-15", "")
		}, "2024-05-15", "2024-05-24", []told{row("2024-05-20", "Bo", "upcoming"), row("2024-05-24", "Bo", "upcoming")}},
		{"a deputy's answer keeps the deputy's mail away", func(w *world) {
			away(w, anna, "2024-05-01", "2024-06-30", bo)
			w.says(bo, tertial.AnswerOnTrack, "2024-05-15", "2024-05-28")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-30", "Bo", "upcoming"), row("2024-05-31", "Bo", "due")}},
		{"an answer of who is away now holds for the deputy", func(w *world) {
			away(w, anna, "2024-05-16", "2024-06-30", bo)
			w.says(anna, tertial.AnswerOnTrack, "2024-05-15", "2024-05-28")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-30", "Bo", "upcoming"), row("2024-05-31", "Bo", "due")}},
		{"an answer for a role that nobody holds", func(w *world) {
			w.reg.Holdings[roleOwner] = nil
			w.says(0, tertial.AnswerLater, "2024-05-15", "2024-05-28")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-28", "Maria", "upcoming"), row("2024-05-30", "Maria", "upcoming"), row("2024-05-31", "Maria", "due")}},
		{"the coordinator's answer for a role that nobody holds", func(w *world) {
			w.reg.Holdings[roleOwner] = nil
			w.says(maria, tertial.AnswerNewDate, "2024-05-15", "")
		}, "2024-05-15", "2024-06-13", nil},
		{"a weekly reader's reminder goes on the day that was asked for", func(w *world) {
			weekly(w)
			w.says(anna, tertial.AnswerLater, "2024-05-15", "2024-05-23")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-23", "Anna", "upcoming"), row("2024-05-27", "Anna", "due")}},
		{"an assignment goes whatever was answered", func(w *world) {
			w.reg.Holdings[roleOwner] = nil
			w.hold(bo, roleOwner, "2024-05-15")
			w.says(bo, tertial.AnswerNewDate, "2024-05-14", "")
		}, "2024-05-15", "2024-06-13", []told{row("2024-05-15", "Bo", "assigned")}},
		{"a reported action is confirmed whatever was answered", func(w *world) {
			w.d.Action.Status, w.d.ReportedAt = tertial.ReportedDone, w.at("2024-05-15T09:00")
			w.says(anna, tertial.AnswerOnTrack, "2024-05-14", "2024-05-28").says(maria, tertial.AnswerNewDate, "2024-05-14", "")
		}, "2024-05-15", "2024-05-31", []told{row("2024-05-29", "Maria", "reported_done")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := quietWorld(t)
			tt.set(w)
			got := slices.DeleteFunc(w.plan(tt.to), func(r told) bool { return r.Day < tt.from })
			wantRows(t, got, tt.want)
		})
	}
}

// copied is a world that goes its own way from here.
func (w *world) copied() *world {
	c := *w
	c.d.Notices, c.d.Quiet = slices.Clone(w.d.Notices), slices.Clone(w.d.Quiet)
	return &c
}

// live looks at the send time of every day from a day to a day, as remind does, and keeps on from where it was.
func (w *world) live(from, to string) []told {
	rows, _ := w.run(days(w, from, to))
	return rows
}

// How the store has it: the rows of the table come and go between two looks.
func TestAnAnswersWholeLife(t *testing.T) {
	w := quietWorld(t)
	wantRows(t, w.live("2024-03-04", "2024-05-17"), []told{row("2024-03-04", "Anna", "assigned"), row("2024-03-28", "Anna", "upcoming"),
		{Day: "2024-04-17", To: "Anna", Kind: "checkpoint", Event: "T1"}, row("2024-04-30", "Anna", "upcoming"),
		{Day: "2024-05-07", To: "Anna", Kind: "checkpoint", Event: "T1"}, row("2024-05-17", "Anna", "upcoming")})

	w.says(anna, tertial.AnswerNewDate, "2024-05-20", "")
	wantRows(t, w.live("2024-05-20", "2024-06-13"), nil)
	var waiting []string
	for _, n := range w.d.Notices {
		if n.State == tertial.Owed {
			waiting = append(waiting, string(n.Kind)+" "+n.On.String())
		}
	}
	if want := []string{"overdue 2024-06-03", "overdue 2024-06-10"}; !slices.Equal(waiting, want) {
		t.Errorf("waiting: got %v, want %v", waiting, want)
	}

	t.Run("declined, and the quiet ends with that: the most urgent goes, and is not late", func(t *testing.T) {
		w := w.copied()
		w.d.Quiet = []tertial.Quiet{{Person: anna, Kind: tertial.AnswerNewDate, Since: date("2024-05-20"), Until: date("2024-06-14")}}
		wantRows(t, w.live("2024-06-14", "2024-06-17"), []told{row("2024-06-14", "Anna", "overdue"), row("2024-06-14", "Cecilia", "escalation"), row("2024-06-17", "Anna", "overdue")})
	})
	t.Run("declined, and the quiet is gone: it goes likewise", func(t *testing.T) {
		w := w.copied()
		w.d.Quiet = nil
		wantRows(t, w.live("2024-06-14", "2024-06-17"), []told{row("2024-06-14", "Anna", "overdue"),
			row("2024-06-14", "Cecilia", "escalation"), row("2024-06-17", "Anna", "overdue")})
	})
	t.Run("declined, and then a day is missed: what would have gone is late", func(t *testing.T) {
		w := w.copied()
		w.d.Quiet = nil
		first := w.policy().Look(&w.d, &w.reg, w.rules.SendTime(date("2024-06-14")))
		advance(&w.d, first)
		for _, n := range first.Notices { // no server took Anna's mail
			if n.Kind == tertial.Overdue && n.State == tertial.Placed {
				n.ID, n.State, n.Days = 901, tertial.Owed, 1
				w.d.Notices = append(w.d.Notices, n)
			}
		}
		if got := w.policy().Look(&w.d, &w.reg, w.rules.SendTime(date("2024-06-17"))); len(got.Rows) != 1 || got.Rows[0].Item.Late {
			t.Errorf("the day's own overdue: got %+v, want one row that is not late", got.Rows)
		}
		w.rules.EveryDays = 60
		if got := w.policy().Look(&w.d, &w.reg, w.rules.SendTime(date("2024-06-17"))); len(got.Rows) != 1 || !got.Rows[0].Item.Late {
			t.Errorf("the overdue of the day before: got %+v, want one late row", got.Rows)
		}
	})
	t.Run("handed to another meanwhile: it goes to them, and is not late", func(t *testing.T) {
		w := w.copied()
		w.d.Quiet = nil
		w.reg.Holdings = map[int64][]tertial.Holding{roleOwner: {{PersonID: bo, RoleID: roleOwner}}, roleISAM: w.reg.Holdings[roleISAM]}
		rows := w.live("2024-06-14", "2024-06-14")
		if i := slices.IndexFunc(rows, func(r told) bool { return r.To == "Bo" && r.Kind == "overdue" }); i < 0 || rows[i].Late {
			t.Errorf("got %v, want Bo told of overdue, not late", rows)
		}
	})
	t.Run("agreed: what waited is void, and the new series begins", func(t *testing.T) {
		w := w.copied()
		w.d.Quiet = nil
		w.d.Action.Timing.Due, w.d.Action.Timing.Certainty, w.d.DueSince = date("2024-08-23"), tertial.Confirmed, date("2024-06-13")
		rows, notices := w.run(days(w, "2024-06-14", "2024-06-24"))
		wantRows(t, rows, []told{row("2024-06-24", "Anna", "upcoming")})
		for _, n := range notices {
			if n.Target == "2024-05-31" && n.State != tertial.Void {
				t.Errorf("of the old series: %+v", n)
			}
		}
	})
}

func TestANoticeOwedFromBeforeAnAnswerWaitsWithTheOthers(t *testing.T) {
	w := quietWorld(t)
	w.live("2024-03-04", "2024-05-16")
	// The mail of the 17th was not taken; its notice is owed again.
	due := date("2024-05-31").String()
	w.d.Looked = date("2024-05-17")
	w.d.Notices = append(w.d.Notices, tertial.Notice{ID: 900, ActionID: 1, Slot: tertial.Slot{Person: anna, Role: roleOwner}, Kind: tertial.Upcoming,
		Target: due, On: date("2024-05-17"), State: tertial.Owed, Days: 1})
	t.Run("after later it goes on the day, in the reminder", func(t *testing.T) {
		w := w.copied()
		w.says(anna, tertial.AnswerLater, "2024-05-18", "2024-05-22")
		rows, notices := w.run(days(w, "2024-05-20", "2024-05-23"))
		wantRows(t, rows, []told{row("2024-05-22", "Anna", "upcoming")})
		if i := slices.IndexFunc(notices, func(n tertial.Notice) bool { return n.On == date("2024-05-17") && n.State == tertial.Folded }); i < 0 {
			t.Errorf("got %+v, want the notice of the 17th folded into the reminder", notices)
		}
	})
	t.Run("after on track it is void", func(t *testing.T) {
		w := w.copied()
		w.says(anna, tertial.AnswerOnTrack, "2024-05-18", "2024-05-28")
		rows, notices := w.run(days(w, "2024-05-20", "2024-05-23"))
		wantRows(t, rows, nil)
		if i := slices.IndexFunc(notices, func(n tertial.Notice) bool {
			return n.On == date("2024-05-17") && n.State == tertial.Void && n.Why == onTrack
		}); i < 0 {
			t.Errorf("got %+v, want the notice of the 17th void", notices)
		}
	})
}

// drawAnswers has the people of a world answer at random.
func drawAnswers(t *rapid.T, w *world) {
	drawQuiets(t, &w.d, []int64{anna, bo, maria, 14, 0})
}

func TestAPlanIsWhatADayByDayRunSendsAlsoAfterAnswers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt, t)
		drawAnswers(rt, w)
		plan := w.plan("2025-06-30")
		looks := days(w, w.rules.Today(w.d.Activated).String(), "2025-06-30")
		looks = slices.DeleteFunc(looks, func(x time.Time) bool { return x.Before(w.d.Activated) })
		if rows, _ := w.run(looks); !slices.Equal(rows, plan) {
			rt.Fatalf("%s\na year's run:\n%v\nits plan:\n%v", quietsOf(&w.d), rows, plan)
		}
	})
}

func TestNoNoticeIsLostWhenThePassRunsOnAnySubsetOfDaysAlsoAfterAnswers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt, t)
		w.reg.Holdings[roleOwner] = w.reg.Holdings[roleOwner][:1] // who reads a late notice is another test
		w.reg.Holdings[roleOwner][0].To = tertial.Date{}
		for _, p := range w.reg.People {
			p.Frequency, p.AwayFrom, p.AwayTo = tertial.Daily, tertial.Date{}, tertial.Date{}
		}
		drawAnswers(rt, w)
		every := *w
		last := "2025-06-27"
		_, want := every.run(days(&every, w.d.Action.Timing.Start.String(), last))
		var looks []time.Time
		all := days(w, w.d.Action.Timing.Start.String(), last)
		for _, at := range all[:len(all)-1] {
			if rapid.IntRange(0, 9).Draw(rt, "up") < 3 {
				looks = append(looks, at)
			}
		}
		_, got := w.run(append(looks, all[len(all)-1]))
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
				rt.Errorf("lost: %+v\n%s", n, quietsOf(&w.d))
			}
		}
	})
}

// Overdue is the one thing that must come: whatever was answered, while an action is active and its reader is there, an overdue
// notice reaches the reader within the quiet's own time.
func TestOverdueComesAsSoonAsAQuietIsOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := quietWorld(t)
		drawQuiets(rt, &w.d, []int64{anna})
		silent := tertial.Date{} // the last day without mail, by the answers
		for _, given := range w.d.Quiet {
			q := w.policy().newLook(&w.d, &w.reg, date("2024-06-03")).quiet(given)
			if q.end == never() {
				return
			}
			if q.holds(tertial.Overdue) && q.covers(later(silent, date("2024-06-03"))) {
				silent = q.end
			}
		}
		rows := w.plan("2026-06-30")
		day := later(silent, date("2024-06-03"))
		if len(w.d.Quiet) < 2 && !slices.Contains(rows, row(day.String(), "Anna", "overdue")) {
			rt.Errorf("%s\nno overdue on %v in %v", quietsOf(&w.d), day, rows)
		}
	})
}
