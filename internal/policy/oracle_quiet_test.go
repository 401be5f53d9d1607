package policy

import (
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// Answers keep reminders away for a time. The oracle's reading, of people who read their own mail:
//
//   - on-track: what is upcoming in that time does not go, at all. It ends with the day on which due would go, at the latest.
//   - later, new-date, hand-over: upcoming, due, overdue and checkpoint that would go in that time go on the first workday after
//     it, where they are still true: upcoming and due up to the due date, a checkpoint up to its report. A later ends as on-track does,
//     and on its last day a reminder goes, whatever else does. A hand-over that nobody answers ends after ten workdays.
//   - escalation and assigned go as ever.
//   - a later or on-track from before the activation is over, and so is what was said about another due date: an on-track that is not
//     after its change, a new-date before it.

// time is the quiet's as from and end, the end not included; endless where nobody knows it yet.
func (o *oracle) time(d *tertial.Dossier, q tertial.Quiet) (from, end tertial.Date, endless bool) {
	due := d.Action.Timing.Due
	switch q.Kind {
	case "on-track", "later":
		if q.Since.Before(tertial.DateIn(d.Activated, o.rules.Zone)) || q.Kind == "on-track" && !d.DueSince.IsZero() && !q.Since.After(d.DueSince) {
			return q.Since, q.Since, false
		}
	case "new-date":
		if d.DueSince.After(q.Since) {
			return q.Since, q.Since, false
		}
		endless = q.Until.IsZero()
	case "hand-over":
		if q.Until.IsZero() {
			end := q.Since
			for range 10 {
				end = o.onOrAfter(end.AddDays(1))
			}
			return q.Since, end, false
		}
	}
	if endless {
		return q.Since, end, true
	}
	end = o.onOrAfter(q.Until)
	if (q.Kind == "on-track" || q.Kind == "later") && !due.IsZero() && o.onOrBefore(due).Before(end) {
		end = o.onOrBefore(due)
	}
	return q.Since, end, false
}

// heard reports whether a reader gets something on a day.
func (o *oracle) heard(d *tertial.Dossier, n dated, reader *tertial.Person, day tertial.Date) bool {
	goes := o.goes(n, reader)
	for _, q := range d.Quiet {
		from, end, endless := o.time(d, q)
		if q.Person != reader.ID || goes.Before(from) || !endless && !goes.Before(end) {
			continue
		}
		switch {
		case n.kind == "escalation" || n.kind == "assigned":
		case q.Kind == "on-track" && n.kind != "upcoming":
		case endless, q.Kind == "on-track" && n.on.Before(end):
			return false
		default:
			due := d.Action.Timing.Due
			if (n.kind == "upcoming" || n.kind == "due") && !due.IsZero() && end.After(due) || n.kind == "checkpoint" && end.After(o.reported(n)) {
				return false
			}
			goes = end
		}
	}
	return goes == day
}

// reported is the date of a checkpoint's report: the first of the event after it.
func (o *oracle) reported(n dated) tertial.Date {
	for _, e := range o.reports {
		if e.Key == n.event && !e.Date.Before(n.on) {
			return e.Date
		}
	}
	return tertial.Date{}
}

// remind adds the reminders that were asked for.
func (o *oracle) remind(d *tertial.Dossier, day tertial.Date, add func(*tertial.Person, dated)) {
	for _, q := range d.Quiet {
		from, end, _ := o.time(d, q)
		first := o.firstSend(d.Activated)
		if d.Reopened && o.reopenedKeeps {
			first = first.AddDays(-1)
		}
		if q.Kind != "later" || !from.Before(end) || end != day || !end.After(first) {
			continue
		}
		kind, due := tertial.Kind("upcoming"), d.Action.Timing.Due
		if !due.IsZero() && end == o.onOrBefore(due) {
			kind = "due"
		}
		for _, p := range d.Parties {
			for _, reader := range o.recipients(p, day) {
				if reader.ID == q.Person && (p.Part == tertial.Responsible || p.Part == tertial.Contributor && kind == "upcoming") {
					add(reader, dated{kind: kind, on: end, floor: end}) // the day that was asked for
				}
			}
		}
	}
}

// drawQuiets has some people answer about an action, each once.
func drawQuiets(t *rapid.T, d *tertial.Dossier, ids []int64) {
	for _, id := range ids {
		if rapid.IntRange(0, 2).Draw(t, "answers") == 0 {
			continue
		}
		q := tertial.Quiet{Person: id, Since: drawDay(t, "answered", "2024-01-01", 500)}
		q.Kind = rapid.SampledFrom([]tertial.AnswerKind{tertial.AnswerOnTrack, tertial.AnswerLater, tertial.AnswerNewDate, tertial.AnswerHandOver}).Draw(t, "kind")
		due := d.Action.Timing.Due
		switch q.Kind {
		case tertial.AnswerOnTrack:
			if q.Until = q.Since.AddDays(30); !due.IsZero() {
				q.Until = due.AddDays(-3)
			}
		case tertial.AnswerLater:
			q.Until = q.Since.AddDays(rapid.IntRange(1, 30).Draw(t, "days"))
			if !due.IsZero() && q.Until.After(due) {
				q.Until = due
			}
		default:
			if rapid.Bool().Draw(t, "decided") {
				q.Until = q.Since.AddDays(rapid.IntRange(0, 60).Draw(t, "after days"))
			}
		}
		if !due.IsZero() && q.Kind != tertial.AnswerNewDate && !q.Since.Before(due) {
			continue
		}
		d.Quiet = append(d.Quiet, q)
	}
}

func TestAnswersKeepRemindersAwayAsTheTextSays(t *testing.T) {
	wheel := defaultWheel(t)
	for _, c := range []struct {
		name string
		has  traits
	}{
		{"from daily readers", traits{}},
		{"from weekly readers", traits{weekly: true}},
		{"where the action was reopened", traits{reopened: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				g := drawOrganisation(rt, t, wheel, c.has)
				for i := range g.actions {
					drawQuiets(rt, &g.actions[i], []int64{1, 2, 3, 4, 5, 6})
				}
				if diff := differences(g.planned(), g.want()); diff != "" {
					for i := range g.actions {
						diff += quietsOf(&g.actions[i])
					}
					rt.Fatalf("%v%s", g, diff)
				}
			})
		})
	}
}

func quietsOf(d *tertial.Dossier) string {
	s := d.Action.Ref + " quiets:"
	for _, q := range d.Quiet {
		s += " " + string(q.Kind) + " " + q.Since.String() + "–" + q.Until.String()
	}
	return s + "\n"
}
