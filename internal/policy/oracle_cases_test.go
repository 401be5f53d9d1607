package policy

import (
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// oracleCase is a small organisation and every row of its mails from a day to a day, worked out by hand from the text.
type oracleCase struct {
	name      string
	activated string // an instant on the wall; the action starts that day
	due       string
	priority  tertial.Priority
	set       func(*world) // what is other than newWorld's
	from, to  string
	want      []string // "day reader kind event", sorted
}

func (c *oracleCase) world(t *testing.T) *world {
	w := newWorld(t, c.activated[:10])
	w.d.Activated = w.at(c.activated)
	w.d.Action.Priority = c.priority
	if c.due != "" {
		w.due(c.due)
	}
	if c.set != nil {
		c.set(w)
	}
	return w
}

func weekly(w *world) { w.reg.People[anna].Frequency = tertial.Weekly }

func away(w *world, id int64, from, to string, deputy int64) {
	p := w.reg.People[id]
	p.AwayFrom, p.AwayTo, p.DeputyID = date(from), date(to), deputy
}

// helper gives the action a contributor, David.
func helper(w *world) {
	w.party(tertial.Contributor, roleHelp, "IT")
	w.person(14, "David", roleHelp)
}

func TestByHandByTheOracleAndByThePlanTheSameMailsGo(t *testing.T) {
	for _, c := range slices.Concat(casesOfDates(), casesOfActivation(), casesOfWeeks(), casesOfReaders()) {
		t.Run(c.name, func(t *testing.T) {
			w := c.world(t)
			until := date(c.to)
			o := oracle{rules: w.rules, closed: quietByDefault, reports: reportsByDefault(), reg: &w.reg, known: map[tertial.Date]bool{}}
			var plan []oracleRow
			for _, x := range w.policy().Plan(&w.d, &w.reg, w.d.Activated, until) {
				plan = append(plan, asRow(x.Date, x.To, x.Item))
			}
			for by, rows := range map[string][]oracleRow{"the oracle": o.rows(&w.d, until), "the plan": plan} {
				var got []string
				for _, r := range rows {
					if r.Late || r.Due != c.due || r.Ref != w.d.Action.Ref {
						t.Errorf("%s has the row %+v, want it not late and with the action's due date and ref", by, r)
					}
					if r.Day >= c.from {
						name, _, _ := strings.Cut(r.To, "@")
						got = append(got, strings.TrimSpace(r.Day+" "+name+" "+r.Kind+" "+r.Event))
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, c.want) {
					t.Errorf("by %s\n got %q\nwant %q", by, got, c.want)
				}
			}
		})
	}
}

// R2–R5 on daily readers.
func casesOfDates() []oracleCase {
	return []oracleCase{{
		name:      "the day before a due date after Easter is Maundy Thursday, and overdue comes before the checkpoint of its day",
		activated: "2024-01-10T00:00", due: "2024-04-02", priority: tertial.High, to: "2024-04-17",
		want: []string{
			"2024-01-10 Anna assigned", "2024-02-02 Anna upcoming", "2024-03-01 Anna upcoming", // 3 March is a Sunday
			"2024-03-19 Anna upcoming", "2024-03-26 Anna upcoming", "2024-03-28 Anna upcoming", // 29 March to 1 April: Easter
			"2024-04-02 Anna due", "2024-04-03 Anna overdue", "2024-04-10 Anna overdue",
			"2024-04-16 Cecilia escalation", "2024-04-17 Anna overdue",
		},
	}, {
		name:      "due on midsommarafton, said the day before; what falls in the quiet weeks comes as one after them",
		activated: "2024-05-20T00:00", due: "2024-06-21", priority: tertial.Medium, to: "2024-08-12",
		want: []string{
			"2024-05-20 Anna assigned", "2024-05-22 Anna upcoming", "2024-06-07 Anna upcoming", "2024-06-14 Anna upcoming",
			"2024-06-20 Anna due", "2024-06-24 Anna overdue",
			"2024-08-05 Anna overdue", "2024-08-05 Cecilia escalation", "2024-08-12 Anna overdue",
		},
	}, {
		name:      "a report in January is asked about before Christmas, and without a due date",
		activated: "2024-12-02T00:00", priority: tertial.High, to: "2025-01-31",
		want: []string{
			"2024-12-02 Anna assigned", "2024-12-20 Anna checkpoint VB", "2025-01-08 Anna checkpoint VB", "2025-01-14 Anna checkpoint VB",
		},
	}, {
		name:      "a start after a tertial's end leaves its report out, one on its last day does not",
		activated: "2024-04-30T00:00", priority: tertial.Low, to: "2024-08-31",
		want: []string{
			"2024-04-30 Anna assigned", "2024-05-07 Anna checkpoint T1", "2024-08-16 Anna checkpoint T2", "2024-08-30 Anna checkpoint T2",
		},
	}, {
		name:      "a start more than a year ahead: the first report after it is asked about all the same",
		activated: "2024-03-27T00:00", priority: tertial.Low, from: "2024-03-28", to: "2025-05-31",
		set: func(w *world) {
			w.d.Action.Timing.Start = date("2025-01-09")
			w.rules.CheckpointLeads = []int{3}
		},
		want: []string{"2025-05-05 Anna checkpoint T1"},
	}, {
		name:      "a day that has a due and a checkpoint has one row",
		activated: "2024-08-19T00:00", due: "2024-08-30", priority: tertial.None, to: "2024-08-30",
		want: []string{"2024-08-19 Anna assigned", "2024-08-30 Anna due"},
	}, {
		name:      "a date read by rule escalates never",
		activated: "2024-09-02T00:00", due: "2024-09-30", priority: tertial.High, from: "2024-10-14", to: "2024-10-15",
		set:  func(w *world) { w.d.Action.Timing.Certainty = tertial.Inferred },
		want: []string{"2024-10-15 Anna overdue"},
	}}
}

// R1: what goes first.
func casesOfActivation() []oracleCase {
	return []oracleCase{{
		name:      "on the day of assigned nothing else goes, to a contributor neither",
		activated: "2024-10-01T06:00", due: "2024-10-31", priority: tertial.Low, to: "2024-10-31", set: helper,
		want: []string{
			"2024-10-01 Anna assigned", "2024-10-24 Anna upcoming", "2024-10-24 David upcoming", "2024-10-31 Anna due",
		},
	}, {
		name:      "activated at the send time itself",
		activated: "2024-11-15T07:30", priority: tertial.Low, to: "2024-11-30", want: []string{"2024-11-15 Anna assigned"},
	}, {
		name:      "activated after the send time of a Friday",
		activated: "2024-11-15T07:31", priority: tertial.Low, to: "2024-11-30", want: []string{"2024-11-18 Anna assigned"},
	}, {
		name:      "activated on a Saturday, due that weekend: it is overdue on the day of assigned, and dropped",
		activated: "2024-11-16T12:00", due: "2024-11-17", priority: tertial.Low, to: "2024-11-25",
		want: []string{"2024-11-18 Anna assigned", "2024-11-25 Anna overdue"},
	}, {
		name:      "due in the past: the series of overdue goes on where it stands",
		activated: "2024-09-10T10:00", due: "2024-08-30", priority: tertial.Low, to: "2024-09-23",
		want: []string{"2024-09-11 Anna assigned", "2024-09-16 Anna overdue", "2024-09-23 Anna overdue"},
	}, {
		name:      "an escalation dated before the activation is dropped",
		activated: "2024-09-02T00:00", due: "2024-06-03", priority: tertial.Low, to: "2024-09-10",
		want: []string{"2024-09-02 Anna assigned", "2024-09-03 Anna overdue", "2024-09-10 Anna overdue"},
	}, {
		name:      "reopening assigns nothing, and drops what was dated before it",
		activated: "2024-10-02T06:00", due: "2024-10-31", priority: tertial.Low, to: "2024-10-24",
		set:  func(w *world) { w.d.Reopened = true },
		want: []string{"2024-10-24 Anna upcoming"},
	}, {
		name:      "reopened on a Saturday: who comes on the Sunday is assigned it, whose one holding follows another is not",
		activated: "2024-10-05T12:00", priority: tertial.Low, to: "2024-10-31",
		set: func(w *world) {
			w.d.Reopened = true
			w.reg.Holdings[roleOwner][0].To = date("2024-10-05")
			w.hold(anna, roleOwner, "2024-10-06")
			w.hold(bo, roleOwner, "2024-10-06")
		},
		want: []string{"2024-10-07 Bo assigned"},
	}}
}

// R7: weekly readers.
func casesOfWeeks() []oracleCase {
	return []oracleCase{{
		name:      "a week that begins after Easter Monday, a lead on Good Friday",
		activated: "2024-02-05T00:00", due: "2024-04-05", priority: tertial.Low, to: "2024-04-15", set: weekly,
		want: []string{
			"2024-02-05 Anna assigned", "2024-03-04 Anna upcoming", "2024-03-25 Anna upcoming", "2024-04-02 Anna due",
			"2024-04-08 Anna overdue", "2024-04-15 Anna overdue",
		},
	}, {
		name:      "activated on the morning of a Monday: the rest of that week stays on its days",
		activated: "2024-10-28T06:00", due: "2024-10-31", priority: tertial.Low, to: "2024-11-04", set: weekly,
		want: []string{"2024-10-28 Anna assigned", "2024-10-31 Anna due", "2024-11-04 Anna overdue"},
	}, {
		name:      "activated on the Saturday before: the Monday is after it, and due is more urgent than assigned",
		activated: "2024-10-26T06:00", due: "2024-10-31", priority: tertial.Low, to: "2024-11-04", set: weekly,
		want: []string{"2024-10-28 Anna due", "2024-11-04 Anna overdue"},
	}, {
		name:      "assigned waits for Monday while what is due that week does not",
		activated: "2024-10-29T06:00", due: "2024-10-31", priority: tertial.High, to: "2024-11-04", set: weekly,
		want: []string{"2024-10-30 Anna upcoming", "2024-10-31 Anna due", "2024-11-04 Anna overdue"},
	}, {
		name:      "a weekly contributor's last leads are one upcoming",
		activated: "2024-09-02T00:00", due: "2024-11-01", priority: tertial.High, from: "2024-10-28", to: "2024-11-01",
		set:  func(w *world) { helper(w); w.reg.People[14].Frequency = tertial.Weekly },
		want: []string{"2024-10-28 David upcoming", "2024-10-31 Anna upcoming", "2024-11-01 Anna due"},
	}, {
		name:      "an escalation waits for a weekly manager's Monday and goes to who follows up at once",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, from: "2024-12-12", to: "2024-12-16",
		set: func(w *world) {
			w.reg.People[cecilia].Frequency = tertial.Weekly
			w.party(tertial.FollowUp, roleFollow, "Controller")
			w.person(15, "Eva", roleFollow)
		},
		want: []string{"2024-12-12 Eva escalation", "2024-12-13 Anna overdue", "2024-12-16 Cecilia escalation"},
	}, {
		name:      "a weekly reader who is responsible and follows up waits for Monday with their own escalation, the manager does not",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, from: "2024-12-10", to: "2024-12-23",
		set: func(w *world) {
			weekly(w)
			w.party(tertial.FollowUp, roleFollow, "Controller")
			w.hold(anna, roleFollow, "")
		},
		want: []string{"2024-12-12 Cecilia escalation", "2024-12-16 Anna escalation"}, // 23 December is quiet
	}, {
		name:      "who comes to a role in the quiet weeks is not asked what its weekly holder was asked before them",
		activated: "2024-05-20T00:00", priority: tertial.Low, from: "2024-06-01", to: "2024-08-12",
		set: func(w *world) {
			weekly(w)
			w.rules.CheckpointLeads = []int{45} // 23 July, so Friday 28 June
			w.party(tertial.Responsible, roleHelp, "IT")
			w.hold(anna, roleHelp, "")
			w.hold(bo, roleHelp, "2024-07-18")
		},
		want: []string{"2024-06-24 Anna checkpoint T2", "2024-08-05 Bo assigned"},
	}, {
		name:      "a week without workdays is passed over",
		activated: "2024-12-10T00:00", due: "2024-12-20", priority: tertial.Low, from: "2024-12-17", to: "2025-01-13", set: weekly,
		want: []string{"2025-01-07 Anna overdue", "2025-01-13 Anna overdue"}, // due moved to 16 December
	}}
}

// R6: who reads, and the other half of R1.
func casesOfReaders() []oracleCase {
	return []oracleCase{{
		name:      "a deputy reads while the holder is away, and is assigned nothing",
		activated: "2024-09-02T00:00", due: "2024-09-18", priority: tertial.None, to: "2024-09-26",
		set: func(w *world) { away(w, anna, "2024-09-16", "2024-09-20", bo) },
		want: []string{
			"2024-09-02 Anna assigned", "2024-09-18 Bo due", "2024-09-19 Bo overdue", "2024-09-26 Anna overdue",
		},
	}, {
		name:      "a vacant role is the coordinator's until somebody comes to hold it, on a Saturday",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, to: "2024-10-31",
		set: func(w *world) { w.reg.Holdings[roleOwner] = nil; w.hold(bo, roleOwner, "2024-10-05") },
		want: []string{
			"2024-09-02 Maria assigned", "2024-10-01 Maria upcoming", "2024-10-07 Bo assigned", "2024-10-24 Bo upcoming", "2024-10-31 Bo due",
		},
	}, {
		name:      "a role that falls vacant assigns nobody",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, to: "2024-10-24",
		set: func(w *world) { w.reg.Holdings[roleOwner][0].To = date("2024-10-11") },
		want: []string{
			"2024-09-02 Anna assigned", "2024-10-01 Anna upcoming", "2024-10-24 Maria upcoming",
		},
	}, {
		name:      "a vacant role escalates to the coordinator, over what else is hers that day",
		activated: "2024-09-02T00:00", due: "2024-10-01", priority: tertial.High, from: "2024-10-02", to: "2024-10-16",
		set:  func(w *world) { w.reg.Holdings[roleOwner] = nil },
		want: []string{"2024-10-02 Maria overdue", "2024-10-09 Maria overdue", "2024-10-15 Maria escalation", "2024-10-16 Maria overdue"},
	}, {
		name:      "a manager who is away is stood in for; who has none goes to the coordinator",
		activated: "2024-09-02T00:00", due: "2024-10-01", priority: tertial.High, from: "2024-10-15", to: "2024-10-15",
		set:  func(w *world) { away(w, cecilia, "2024-10-01", "2024-10-31", bo); w.hold(bo, roleOwner, "") },
		want: []string{"2024-10-15 Bo escalation", "2024-10-15 Maria escalation"},
	}, {
		name:      "who is responsible and follows up is told of the escalation too, and the manager",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, from: "2024-12-12", to: "2024-12-13",
		set: func(w *world) {
			w.party(tertial.FollowUp, roleFollow, "Controller")
			w.hold(anna, roleFollow, "")
		},
		want: []string{"2024-12-12 Anna escalation", "2024-12-12 Cecilia escalation", "2024-12-13 Anna overdue"},
	}, {
		name:      "nobody is their own manager",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, from: "2024-12-12", to: "2024-12-12",
		set:  func(w *world) { w.reg.People[anna].ManagerID = anna },
		want: []string{"2024-12-12 Maria escalation"},
	}, {
		name:      "of two coordinators the first who is there stands in",
		activated: "2024-09-02T00:00", priority: tertial.Low, to: "2024-09-30",
		set: func(w *world) {
			w.reg.Holdings[roleOwner] = nil
			w.hold(bo, roleISAM, "")
			away(w, maria, "2024-09-01", "2024-09-15", 0)
		},
		want: []string{"2024-09-02 Bo assigned"},
	}, {
		name:      "who is responsible by one role and helps by another has one row, the more urgent",
		activated: "2024-09-02T00:00", due: "2024-10-27", priority: tertial.High, from: "2024-10-25", to: "2024-10-28",
		set: func(w *world) { helper(w); w.hold(anna, roleHelp, "") }, // due on a Sunday: leads 1 and 0 are Friday's
		want: []string{
			"2024-10-25 Anna due", "2024-10-25 David upcoming", "2024-10-28 Anna overdue",
		},
	}, {
		name:      "the coordinator reads for two vacant roles in one row",
		activated: "2024-09-02T00:00", due: "2024-10-31", priority: tertial.Low, to: "2024-10-31",
		set: func(w *world) { w.reg.Holdings[roleOwner] = nil; w.party(tertial.Contributor, roleEmpty, "IT") },
		want: []string{
			"2024-09-02 Maria assigned", "2024-10-01 Maria upcoming", "2024-10-24 Maria upcoming", "2024-10-31 Maria due",
		},
	}}
}

// R5: "after the first, only if no status came since it". A weekly reader has the first on the Monday before its day.
func TestAStatusAfterTheFirstQuestionEndsTheRoundFromWhenItWent(t *testing.T) {
	for _, c := range []struct {
		name   string
		weekly bool
		at     string // T1 2024: first asked on Wednesday 17 April
		more   int
	}{
		{"before the question of that very day", false, "2024-04-17T07:00", 2},
		{"at its send time", false, "2024-04-17T07:30", 0},
		{"the day before it", false, "2024-04-16T12:00", 2},
		{"the day before it, when a weekly reader has been asked on Monday", true, "2024-04-16T12:00", 0},
		{"on the Monday before a weekly reader is asked", true, "2024-04-15T07:00", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2024-02-05")
			if c.weekly {
				weekly(w)
			}
			w.d.Action.ProgressAt = tertial.Instant{Time: w.at(c.at)}
			more := 0
			for _, r := range w.plan("2024-05-31") {
				if r.Kind == "checkpoint" && r.Day > "2024-04-17" {
					more++
				}
			}
			if more != c.more {
				t.Errorf("a status at %s leaves %d more questions, want %d", c.at, more, c.more)
			}
		})
	}
}

func TestAnOwedQuestionIsVoidWhereNobodyIsAskedAnyMore(t *testing.T) {
	w := newWorld(t, "2024-02-05")
	w.rules.CheckpointLeads = nil
	w.d.Looked = date("2024-04-17")
	w.d.Informed = []tertial.Slot{{Person: anna, Role: roleOwner}}
	w.d.Notices = []tertial.Notice{{ID: 5, Slot: w.d.Informed[0], Kind: tertial.Checkpoint, Target: "T1 2024", On: date("2024-04-17"), State: tertial.Owed}}
	r := w.policy().Look(&w.d, &w.reg, w.at("2024-04-18T08:00"))
	if len(r.Rows) != 0 || len(r.Notices) != 1 || r.Notices[0].State != tertial.Void {
		t.Errorf("got rows %v and notices %+v, want the question void", r.Rows, r.Notices)
	}
}

func TestADueDateThatMovesAndMovesBackVoidsWhatWasOwed(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.d.Looked, w.d.DueSince = date("2024-11-05"), date("2024-11-06")
	w.d.Informed = []tertial.Slot{{Person: anna, Role: roleOwner}}
	w.d.Notices = []tertial.Notice{{ID: 5, Slot: w.d.Informed[0], Kind: tertial.Overdue, Target: "2024-10-31", On: date("2024-11-01"), State: tertial.Owed}}
	r := w.policy().Look(&w.d, &w.reg, w.at("2024-11-06T08:00"))
	if len(r.Rows) != 0 || len(r.Notices) != 1 || r.Notices[0].State != tertial.Void {
		t.Errorf("got rows %v and notices %+v, want the notice of the old series void", r.Rows, r.Notices)
	}
}
