package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestTheDigestsFiguresAddUp(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mk := func(clause, due string, p tertial.Priority, c tertial.Certainty) tertial.Action {
			a := draft(clause, due, "HR")
			a.Priority, a.Timing.Certainty = p, c
			return a
		}
		mustImport(t, s, now, preview("aa",
			mk("7.2", "2024-02-01", tertial.High, tertial.Exact),       // late
			mk("7.3", "2024-03-04", tertial.High, tertial.Exact),       // due today: on track
			mk("10.2", "2024-02-01", tertial.Low, tertial.Unconfirmed), // no date that counts
			mk("A.5.9", "", tertial.None, tertial.Exact),               // undated
			mk("A.18.1.1", "2024-02-01", tertial.None, tertial.Exact),  // done
			mk("9.1", "2024-02-01", tertial.None, tertial.Exact),       // reported
			mk("9.2", "2024-02-01", tertial.None, tertial.Exact)))      // cancelled
		mustEdit(t, s, now, "2024-A.18.1.1", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		mustEdit(t, s, now, "2024-9.1", func(a *tertial.Action) error { a.Status = tertial.ReportedDone; return nil })
		mustEdit(t, s, now, "2024-9.2", func(a *tertial.Action) error { return a.Close(tertial.Cancelled, "nej") })
		d, err := s.Figures(t.Context(), day("2024-03-04"))
		if err != nil || d.Total != (tertial.Count{Done: 1, OnTrack: 2, Late: 1, Undated: 2, Total: 6}) {
			t.Errorf("total: got %+v, %v", d.Total, err)
		}
		var labels []string
		sum := tertial.Count{}
		for _, r := range d.ByClause {
			labels = append(labels, r.Label)
			sum.Total += r.Total
			sum.Late += r.Late
		}
		equal(t, "chapters in order", labels, []string{"7", "9", "10", "A.5", "A.18"})
		if sum.Total != 6 || sum.Late != 1 {
			t.Errorf("chapters add up to %+v", sum)
		}
		if len(d.ByPriority) != 3 || d.ByPriority[0].Label != "high" || d.ByPriority[0].Total != 2 {
			t.Errorf("priorities: got %+v", d.ByPriority)
		}
	})
}

func TestTheSummaryListsWhatTheCoordinatorIsToSee(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		long, since, question, waiting := draft("7.2", "2024-01-01", "HR"), draft("7.3", "2024-02-28", "HR"), draft("7.4", ""), draft("7.5", "", "HR")
		vp := draft("8.1", "2024-10-31", "HR")
		vp.Timing.Text, vp.Timing.Events = "VP", []string{"VP"}
		vp2 := vp
		vp2.Clauses = []string{"8.2"}
		unheld := draft("9.1", "2024-10-31", "Tom")
		unheld.Timing.Certainty = tertial.Exact
		mustImport(t, s, now, preview("aa", long, since, question, waiting, vp, vp2, unheld))
		mustEdit(t, s, now, "2024-7.5", func(a *tertial.Action) error { a.Status = tertial.ReportedDone; return nil })
		sum, err := s.Summary(t.Context(), day("2024-02-26"), day("2024-03-04"))
		if err != nil {
			t.Fatal(err)
		}
		list := func(some []tertial.SummaryAction) (refs []string) {
			for _, a := range some {
				refs = append(refs, a.Ref)
			}
			return refs
		}
		equal(t, "questions", list(sum.Questions), []string{"2024-7.4", "2024-9.1"})
		equal(t, "became late", list(sum.Late), []string{"2024-7.3"})
		equal(t, "waiting", list(sum.Waiting), []string{"2024-7.5"})
		if len(sum.Dates) != 2 || !slices.Equal(sum.Dates[1].Refs, []string{"2024-8.1", "2024-8.2"}) || sum.Dates[1].Text != "VP" {
			t.Errorf("dates: got %+v", sum.Dates)
		}
		if sum.Year != 2024 || sum.Week != 10 {
			t.Errorf("week: got %d v. %d", sum.Year, sum.Week)
		}
	})
}

func TestRunsOfJobs(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		for i, err := range []error{nil, errors.New("boom")} {
			at := now.AddDate(0, 0, i)
			if err := s.RecordRun(t.Context(), "remind", at, at.Add(time.Second), "2 sedda", err); err != nil {
				t.Fatal(err)
			}
		}
		runs, err := s.LastRuns(t.Context())
		if err != nil || len(runs) != 1 || runs[0].Error != "boom" || !runs[0].Started.Equal(now.AddDate(0, 0, 1)) {
			t.Errorf("got %+v, %v", runs, err)
		}
		m := tertial.Message{Kind: tertial.TestMail, To: "a@stad.example", Key: "1", Day: day("2024-03-04")}
		if _, err := s.Enqueue(t.Context(), stampAt(now), []tertial.Message{m}); err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s, now, outcome(mustClaim(t, s, now)[0], tertial.Accepted, now))
		if n, err := s.Tidy(t.Context(), now.AddDate(1, 0, 0)); err != nil || n != 2 {
			t.Errorf("tidied: got %d, %v; want the old run and the mail's facts", n, err)
		}
		if runs, err := s.LastRuns(t.Context()); len(runs) != 1 || err != nil {
			t.Errorf("the last run after tidying: got %v, %v", runs, err)
		}
	})
}
