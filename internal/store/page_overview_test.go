package store

import (
	"slices"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func closeAs(t testing.TB, s *Store, at time.Time, ref string, as tertial.Status) {
	t.Helper()
	mustEdit(t, s, at, ref, func(a *tertial.Action) error { return a.Close(as, "så är det") })
}

func TestTheOverviewCountsAsTheDigestDoes(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		empty, err := s.Overview(t.Context(), day("2024-03-04"))
		if err != nil || empty.Count != (tertial.Count{}) || empty.Years == nil || len(empty.Years) != 0 {
			t.Fatalf("nothing: got %+v, %v", empty, err)
		}
		mustSave(t, s, now, person("anna", "HR"))
		unread, ownerless, old := draft("4.4", "", "HR"), draft("5.1", "2024-06-30"), draft("5.2", "2024-06-30", "IT")
		unread.Timing.Certainty = tertial.Unconfirmed
		unread.AskOfTiming(day("2024-03-04"))
		old.PlanYear, old.Timing.Certainty = 2022, tertial.Exact
		late := draft("4.1", "2024-03-03", "HR")
		late.Timing.Certainty = tertial.Confirmed
		mustImport(t, s, now, preview("aa", late, draft("4.2", "2024-03-04", "HR"), draft("4.3", "2024-06-30", "HR"),
			unread, ownerless, draft("6.1", "2024-06-30", "HR"), draft("6.2", "2024-06-30", "HR"), draft("7.1", "2024-01-31", "HR"), draft("7.2", "", "HR")))
		mustAdd(t, s, now, old)
		closeAs(t, s, now, "2024-4.3", tertial.Done)
		closeAs(t, s, now, "2024-6.1", tertial.Cancelled)
		closeAs(t, s, now, "2024-6.2", tertial.Inapplicable)
		mustEdit(t, s, now, "2024-4.2", func(a *tertial.Action) error { return a.Report(tertial.Blocked, "väntar", tertial.Instant{Time: now}) })
		if _, err := s.ReportDone(t.Context(), stampAt(now), "2024-7.1", personID(t, s, "anna@stad.example")); err != nil {
			t.Fatal(err)
		}
		got, err := s.Overview(t.Context(), day("2024-03-04"))
		if err != nil {
			t.Fatal(err)
		}
		figures, err := s.Figures(t.Context(), day("2024-03-04"))
		if err != nil || got.Count != figures.Total {
			t.Errorf("the count: got %+v, the digest's is %+v, %v", got.Count, figures.Total, err)
		}
		if got.Count.Late != 1 || got.Reported != 1 || got.Deviating != 1 || got.Review != 2 || got.Unheld != 1 || got.DateQueue != 5 || got.Decisions != 0 {
			t.Errorf("got %+v", got)
		}
		if !slices.Equal(got.Years, []int{2024, 2022}) {
			t.Errorf("years: got %v", got.Years)
		}
		for name, c := range map[string]struct {
			q    tertial.ActionQuery
			want int
		}{
			"late":    {tertial.ActionQuery{Late: true}, got.Count.Late},
			"undated": {tertial.ActionQuery{Undated: true}, got.Count.Undated},
			"review":  {tertial.ActionQuery{Review: true}, got.Review + got.Unheld},
		} {
			c.q.AsOf = day("2024-03-04")
			if page, err := s.QueryActions(t.Context(), c.q); err != nil || page.Total != c.want {
				t.Errorf("the list behind the figure %s: got %d, %v; want %d", name, page.Total, err, c.want)
			}
		}
	})
}

func TestTheOverviewCountsAnswersThatWaitForADecision(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustImport(t, s, now, preview("aa", draft("4.1", "2024-06-30", "HR"), draft("4.2", "2024-06-30", "HR")))
		for i, r := range []struct {
			action    int
			kind      string
			decision  string
			withdrawn any
		}{{1, "new-date", "", nil}, {1, "new-date", "", 5}, {1, "hand-over", "declined", nil}, {1, "blocked", "", nil}, {2, "new-date", "", nil}} {
			if _, err := s.w.Exec(`INSERT INTO responses (key, action_id, person_id, kind, said, on_date, to_address, given_at, due, made_version, undo, decision, undone_at)
				VALUES ($1, $2, 1, $3, '', '', '', 0, '', 1, '', $4, $5)`, string(rune('a'+i)), r.action, r.kind, r.decision, r.withdrawn); err != nil {
				t.Fatal(err)
			}
		}
		closeAs(t, s, now, "2024-4.2", tertial.Done)
		got, err := s.Overview(t.Context(), day("2024-03-04"))
		waiting, failed := s.WaitingAnswers(t.Context())
		if err != nil || failed != nil || got.Decisions != 1 || len(waiting) != 1 {
			t.Errorf("got %d, %v; the list has %d, %v", got.Decisions, err, len(waiting), failed)
		}
	})
}

func TestTheOverviewCountsMailThatDidNotArriveForFourWeeks(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ended := func(days int) int64 { return now.AddDate(0, 0, -days).UnixMilli() }
		for i, m := range []struct {
			state    string
			attempts int
			days     int
		}{
			{"failed", 1, 1}, {"expired", 0, 27}, {"void", 2, 3}, // counted
			{"failed", 1, 29}, {"sent", 1, 1}, {"void", 0, 1},
		} {
			if _, err := s.w.Exec(`INSERT INTO messages (kind, address, address_key, key, day, name, language, state, attempts, created_at, ended_at)
				VALUES ('test', 'a@b.se', 'a@b.se', $1, '', '', 'sv', $2, $3, 0, $4)`, string(rune('a'+i)), m.state, m.attempts, ended(m.days)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.w.Exec(`INSERT INTO messages (kind, address, address_key, key, day, name, language, state, created_at)
			VALUES ('test', 'a@b.se', 'a@b.se', 'x', '', '', 'sv', 'unknown', 0)`); err != nil {
			t.Fatal(err)
		}
		got, err := s.Overview(t.Context(), day("2024-03-04"))
		if err != nil || got.Problems != 4 {
			t.Errorf("got %d, %v; want 4", got.Problems, err)
		}
	})
}

func TestTheBurndownFollowsWhatWasClosedAndTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		week := func(n int) time.Time { return now.AddDate(0, 0, 7*n) }
		exact, unread, undated := draft("4.2", "2024-03-15", "HR"), draft("4.3", "2024-03-15", "HR"), draft("4.4", "", "HR")
		exact.Timing.Certainty, unread.Timing.Certainty, undated.Timing.Certainty = tertial.Exact, tertial.Unconfirmed, tertial.Confirmed
		mustImport(t, s, now.AddDate(0, 0, -20), preview("aa", draft("4.1", "2024-03-24", "HR"), exact, unread, undated))
		mustAdd(t, s, week(1), draft("5.1", "2024-03-20", "HR"))
		closeAs(t, s, week(0), "2024-4.1", tertial.Done)
		closeAs(t, s, week(1), "2024-4.2", tertial.Done)
		mustEdit(t, s, week(2), "2024-4.1", func(a *tertial.Action) error { return a.Reopen() })
		got, err := s.Burndown(t.Context(), day("2024-03-06"), day("2024-04-01"), day("2024-03-19"))
		if err != nil {
			t.Fatal(err)
		}
		want := []tertial.Point{
			{Week: day("2024-03-10"), Open: 3, Planned: 2, Unsure: 2}, // 4.2 and 4.4 are sure
			{Week: day("2024-03-17"), Open: 3, Planned: 1, Unsure: 3}, // 4.2 was to be done, 5.1 came
			{Week: day("2024-03-24"), Open: 4, Planned: 1, Unsure: 1},
			{Week: day("2024-03-31"), Open: -1, Planned: 1, Unsure: 1},
			{Week: day("2024-04-07"), Open: -1, Planned: 1, Unsure: 1},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		page, err := s.QueryActions(t.Context(), tertial.ActionQuery{Open: true})
		if err != nil || page.Total != got[2].Open {
			t.Errorf("open now: got %d, %v; the burndown has %d", page.Total, err, got[2].Open)
		}
	})
}

func TestABurndownNeedsItsDays(t *testing.T) {
	s := openSQLite(t)
	for _, c := range [][2]string{{"2024-03-06", "2024-03-05"}, {"1990-01-01", "2024-03-05"}} {
		if got, err := s.Burndown(t.Context(), day(c[0]), day(c[1]), day("2024-03-04")); err == nil {
			t.Errorf("%v: got %d points", c, len(got))
		}
	}
}
