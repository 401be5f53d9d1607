package policy

import (
	"testing"

	"tertial/internal/tertial"
)

func TestADueDateGivesItsSeries(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31") // a Thursday, low: 30, 7, 0; overdue each 7 days; escalation after 42
	wantRows(t, w.plan("2024-12-20"), []told{
		{Day: "2024-09-02", To: "Anna", Kind: "assigned"},
		{Day: "2024-10-01", To: "Anna", Kind: "upcoming"},
		{Day: "2024-10-24", To: "Anna", Kind: "upcoming"},
		{Day: "2024-10-31", To: "Anna", Kind: "due"},
		{Day: "2024-11-01", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-08", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-15", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-22", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-29", To: "Anna", Kind: "overdue"},
		{Day: "2024-12-06", To: "Anna", Kind: "overdue"},
		{Day: "2024-12-12", To: "Cecilia", Kind: "escalation"},
		{Day: "2024-12-13", To: "Anna", Kind: "overdue"},
		{Day: "2024-12-20", To: "Anna", Kind: "overdue"},
	})
}

func TestAReportEventAsksForAStatusUntilOneComes(t *testing.T) {
	rounds := func(w *world) []told {
		rows := w.plan("2024-05-31")
		if len(rows) == 0 || rows[0].Kind != "assigned" {
			t.Fatalf("the first row is %v, want assigned", rows)
		}
		return rows[1:]
	}
	w := newWorld(t, "2024-02-05") // T1 2024-05-08 is a Wednesday
	wantRows(t, rounds(w), []told{
		{Day: "2024-04-17", To: "Anna", Kind: "checkpoint", Event: "T1"},
		{Day: "2024-04-30", To: "Anna", Kind: "checkpoint", Event: "T1"}, // 1 May is a holiday
		{Day: "2024-05-07", To: "Anna", Kind: "checkpoint", Event: "T1"},
	})
	w.d.Action.ProgressAt = tertial.Instant{Time: w.at("2024-04-18T09:00")}
	wantRows(t, rounds(w), []told{{Day: "2024-04-17", To: "Anna", Kind: "checkpoint", Event: "T1"}})
	w.d.Action.ProgressAt = tertial.Instant{Time: w.at("2024-03-18T09:00")} // before the round
	if got := len(rounds(w)); got != 3 {
		t.Errorf("a status before the round leaves %d questions, want 3", got)
	}
	w.d.Action.Timing.Start = date("2024-05-01") // begins after the tertial
	wantRows(t, rounds(w), nil)
}

func TestWhatIsDatedUpToTheActivationIsDropped(t *testing.T) {
	w := newWorld(t, "2024-10-24").due("2024-10-31")
	wantRows(t, w.plan("2024-11-01"), []told{
		{Day: "2024-10-24", To: "Anna", Kind: "assigned"}, // and not upcoming, dated the same day
		{Day: "2024-10-31", To: "Anna", Kind: "due"},
		{Day: "2024-11-01", To: "Anna", Kind: "overdue"},
	})
	w.d.Reopened = true
	wantRows(t, w.plan("2024-10-31"), []told{
		{Day: "2024-10-24", To: "Anna", Kind: "upcoming"},
		{Day: "2024-10-31", To: "Anna", Kind: "due"},
	})
}

func TestAfterSendTimeTheFirstMailGoesTheNextWorkday(t *testing.T) {
	for _, c := range []struct{ name, at, want string }{
		{"at the send time itself", "2024-11-15T07:30", "2024-11-15"},
		{"a minute after it on a Friday", "2024-11-15T07:31", "2024-11-18"},
		{"on a Saturday", "2024-11-16T05:00", "2024-11-18"},
		{"in the Christmas pause", "2024-12-23T05:00", "2025-01-07"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2024-11-01")
			w.d.Activated = w.at(c.at)
			if got := w.policy().FirstSend(w.d.Activated).String(); got != c.want {
				t.Errorf("FirstSend = %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhoReads(t *testing.T) {
	away := func(p *tertial.Person, deputy int64) {
		p.AwayFrom, p.AwayTo, p.DeputyID = date("2024-09-01"), date("2024-09-30"), deputy
	}
	for _, c := range []struct {
		name   string
		set    func(*world)
		want   string
		absent string // told in whose place
		unheld string
	}{
		{"the holder", func(*world) {}, "Anna", "", ""},
		{"the deputy of one who is away", func(w *world) { away(w.reg.People[anna], bo) }, "Bo", "Anna", ""},
		{"the deputy's deputy", func(w *world) { away(w.reg.People[anna], bo); away(w.reg.People[bo], cecilia) }, "Cecilia", "Anna", ""},
		{"ISAM where no deputy is there", func(w *world) { away(w.reg.People[anna], 0) }, "Maria", "Anna", ""},
		{"ISAM where deputies stand in a circle", func(w *world) { away(w.reg.People[anna], bo); away(w.reg.People[bo], anna) }, "Maria", "Anna", ""},
		{"ISAM for a role that nobody holds", func(w *world) { w.reg.Holdings[roleOwner] = nil }, "Maria", "", "HR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2024-09-02")
			c.set(w)
			rows := w.policy().Plan(&w.d, &w.reg, w.d.Activated, date("2024-09-03"))
			if len(rows) != 1 {
				t.Fatalf("got %d rows, want 1: %v", len(rows), rows)
			}
			row := rows[0]
			if row.To.Name != c.want || first(row.Item.For) != c.absent || first(row.Item.Unheld) != c.unheld {
				t.Errorf("told %q for %q, unheld %q; want %q, %q, %q", row.To.Name, row.Item.For, row.Item.Unheld, c.want, c.absent, c.unheld)
			}
		})
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func TestWithNobodyToTellItStaysOwedUntilSomebodyHoldsTheRole(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.reg.Holdings = map[int64][]tertial.Holding{}
	wantRows(t, w.plan("2024-10-31"), nil)
	rows, _ := w.run(days(w, "2024-09-02", "2024-10-24"))
	wantRows(t, rows, nil)
	w.hold(bo, roleOwner, "")
	rows, _ = w.run(days(w, "2024-10-25", "2024-10-31"))
	wantRows(t, rows, []told{
		{Day: "2024-10-25", To: "Bo", Kind: "upcoming", Late: true},
		{Day: "2024-10-31", To: "Bo", Kind: "due"},
	})
}

func TestTheCoordinatorsAddressStandsInForACoordinator(t *testing.T) {
	w := newWorld(t, "2024-09-02")
	w.reg.Holdings = map[int64][]tertial.Holding{}
	w.rules.CoordinatorEmail = "infosak@stad.example"
	rows := w.policy().Plan(&w.d, &w.reg, w.d.Activated, date("2024-09-03"))
	if len(rows) != 1 || rows[0].To.Email != "infosak@stad.example" || rows[0].To.ID != 0 {
		t.Errorf("got %+v, want one row to the address", rows)
	}
}

func TestPartsAreToldOfWhatIsTheirs(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.party(tertial.Contributor, roleHelp, "IT")
	w.party(tertial.FollowUp, roleFollow, "Controller")
	w.person(14, "David", roleHelp)
	w.person(15, "Eva", roleFollow)
	var helper, follower []told
	for _, r := range w.plan("2024-12-31") {
		switch r.To {
		case "David":
			helper = append(helper, r)
		case "Eva":
			follower = append(follower, r)
		}
	}
	wantRows(t, helper, []told{
		{Day: "2024-10-01", To: "David", Kind: "upcoming"}, {Day: "2024-10-24", To: "David", Kind: "upcoming"},
	})
	wantRows(t, follower, []told{{Day: "2024-12-12", To: "Eva", Kind: "escalation"}})
}

func TestAContributorGetsTheUpcomingThatSharesItsDayWithDue(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-27") // a Sunday: leads 1 and 0 fall on Friday
	w.d.Action.Priority = tertial.High
	w.party(tertial.Contributor, roleHelp, "IT")
	w.person(14, "David", roleHelp)
	var friday []told
	for _, r := range w.plan("2024-10-25") {
		if r.Day == "2024-10-25" {
			friday = append(friday, r)
		}
	}
	wantRows(t, friday, []told{
		{Day: "2024-10-25", To: "Anna", Kind: "due"}, {Day: "2024-10-25", To: "David", Kind: "upcoming"},
	})
}

func TestEscalationNeedsAFirmDateAndGoesOnce(t *testing.T) {
	escalations := func(w *world) (n int) {
		for _, r := range w.plan("2025-12-31") {
			if r.Kind == "escalation" {
				n++
			}
		}
		return n
	}
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	for c, want := range map[tertial.Certainty]int{tertial.Exact: 1, tertial.Confirmed: 1, tertial.Inferred: 0} {
		w.d.Action.Timing.Certainty = c
		if got := escalations(w); got != want {
			t.Errorf("a date that is %s escalates %d times, want %d", c, got, want)
		}
	}
	w.d.Action.Timing.Certainty, w.d.Escalated = tertial.Exact, date("2024-10-31")
	if got := escalations(w); got != 0 {
		t.Errorf("escalated again %d times, want 0", got)
	}
	w.d.Escalated, w.d.Action.Priority = tertial.Date{}, tertial.None
	if got := escalations(w); got != 0 {
		t.Errorf("priority none escalates %d times, want never", got)
	}
}

func TestAWeeklyReaderIsToldOnTheFirstWorkdayOfTheWeek(t *testing.T) {
	w := newWorld(t, "2024-09-03").due("2024-10-31") // activated on a Tuesday
	w.reg.People[anna].Frequency = tertial.Weekly
	wantRows(t, w.plan("2024-11-25"), []told{
		{Day: "2024-09-09", To: "Anna", Kind: "assigned"},
		{Day: "2024-09-30", To: "Anna", Kind: "upcoming"},
		{Day: "2024-10-21", To: "Anna", Kind: "upcoming"},
		{Day: "2024-10-28", To: "Anna", Kind: "due"},
		{Day: "2024-11-04", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-11", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-18", To: "Anna", Kind: "overdue"},
		{Day: "2024-11-25", To: "Anna", Kind: "overdue"},
	})
}

func TestAWeeklyNoticeStaysWhereItsWeekBeganBeforeTheActivation(t *testing.T) {
	w := newWorld(t, "2024-10-29").due("2024-10-31") // Tuesday, due on Thursday
	w.reg.People[anna].Frequency = tertial.Weekly
	wantRows(t, w.plan("2024-11-04"), []told{
		{Day: "2024-10-31", To: "Anna", Kind: "due"},
		{Day: "2024-11-04", To: "Anna", Kind: "overdue"}, // and assigned, less urgent
	})
}

func TestANewHolderIsAssignedAtTheNextSendTime(t *testing.T) {
	w := newWorld(t, "2024-09-02")
	w.reg.Holdings[roleOwner][0].To = date("2024-09-30")
	w.hold(bo, roleOwner, "2024-10-01")
	wantRows(t, w.plan("2024-10-05"), []told{
		{Day: "2024-09-02", To: "Anna", Kind: "assigned"}, {Day: "2024-10-01", To: "Bo", Kind: "assigned"},
	})
}

func TestAMovedDueDateBeginsANewSeries(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	rows, _ := w.run(days(w, "2024-09-02", "2024-10-09"))
	wantRows(t, rows, []told{
		{Day: "2024-09-02", To: "Anna", Kind: "assigned"}, {Day: "2024-10-01", To: "Anna", Kind: "upcoming"},
	})
	// Moved on the morning of 10 October to a date whose first lead is that very day.
	w.due("2024-11-09")
	w.d.DueSince, w.d.Looked = date("2024-10-10"), date("2024-10-09")
	rows, _ = w.run(days(w, "2024-10-10", "2024-11-08"))
	wantRows(t, rows, []told{
		{Day: "2024-11-01", To: "Anna", Kind: "upcoming"}, // 2 November is a Saturday
		{Day: "2024-11-08", To: "Anna", Kind: "due"},
	})
}

func TestAfterAnOutageOneLateRowTellsWhatIsStillTrue(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.run(days(w, "2024-09-02", "2024-09-30"))
	looks := days(w, "2024-10-28", "2024-11-01") // 1 and 24 October were missed
	rows, notices := w.run(looks)
	wantRows(t, rows, []told{
		{Day: "2024-10-28", To: "Anna", Kind: "upcoming", Late: true},
		{Day: "2024-10-31", To: "Anna", Kind: "due"},
		{Day: "2024-11-01", To: "Anna", Kind: "overdue"},
	})
	states := map[tertial.NoticeState]int{}
	for _, n := range notices {
		states[n.State]++
	}
	if states[tertial.Folded] != 1 || states[tertial.Placed] != 3 {
		t.Errorf("notices end as %v, want one folded and three placed", states)
	}
}

func TestWhoHasAnsweredIsToldNoMore(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.hold(bo, roleOwner, "")
	w.run(days(w, "2024-09-02", "2024-09-30"))
	w.d.Answered = []int64{anna}
	rows, _ := w.run(days(w, "2024-10-01", "2024-10-02"))
	wantRows(t, rows, []told{{Day: "2024-10-01", To: "Bo", Kind: "upcoming"}})
}

func TestReportedDoneAsksTheCoordinatorEveryTenthWorkday(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.d.Action.Status, w.d.ReportedAt, w.d.Looked = tertial.ReportedDone, w.at("2024-10-01T10:00"), date("2024-10-01")
	wantRows(t, w.plan("2024-11-12"), []told{
		{Day: "2024-10-15", To: "Maria", Kind: "reported_done"},
		{Day: "2024-10-29", To: "Maria", Kind: "reported_done"},
		{Day: "2024-11-12", To: "Maria", Kind: "reported_done"},
	})
}

func TestInReviewOrClosedNobodyIsToldAndNoLookFollows(t *testing.T) {
	for name, set := range map[string]func(*tertial.Action){
		"in review": func(a *tertial.Action) { a.Ask(tertial.TimingUnconfirmed) },
		"done":      func(a *tertial.Action) { a.Status = tertial.Done },
		"cancelled": func(a *tertial.Action) { a.Status = tertial.Cancelled },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2024-09-02").due("2024-10-31")
			set(&w.d.Action)
			w.d.Notices = []tertial.Notice{{ID: 5, Kind: tertial.Upcoming, State: tertial.Owed, Target: "2024-10-31", On: date("2024-10-01")}}
			r := w.policy().Look(&w.d, &w.reg, w.at("2024-10-02T08:00"))
			if len(r.Rows) != 0 || !r.Next.IsZero() {
				t.Errorf("got %d rows and a look at %v, want neither", len(r.Rows), r.Next)
			}
			if len(r.Notices) != 1 || r.Notices[0].State != tertial.Void {
				t.Errorf("what was owed became %+v, want void", r.Notices)
			}
		})
	}
}

func TestAMailThatNoServerTakesComesToTheCoordinatorOnce(t *testing.T) {
	w := newWorld(t, "2024-09-02").due("2024-10-31")
	w.run(days(w, "2024-09-02", "2024-10-01"))
	w.d.Notices = append(w.d.Notices, tertial.Notice{ID: 7, ActionID: 1, Slot: tertial.Slot{Person: anna, Role: roleOwner},
		Kind: tertial.Upcoming, Target: "2024-10-31", On: date("2024-10-01"), State: tertial.Failed, Days: 5})
	r := w.policy().Look(&w.d, &w.reg, w.at("2024-10-09T07:30"))
	if len(r.Rows) != 1 || r.Rows[0].To.Name != "Maria" || !r.Rows[0].Item.Undeliverable || first(r.Rows[0].Item.For) != "Anna" {
		t.Fatalf("got %+v, want one row to Maria for Anna, undeliverable", r.Rows)
	}
	if n := r.Notices[0]; n.ID != 7 || n.State != tertial.Failed || n.Days != -1 {
		t.Errorf("the failed notice became %+v, want it handed over", n)
	}
}
