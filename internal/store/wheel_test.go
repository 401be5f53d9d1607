package store

import (
	"errors"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestAMovedEventMovesWhatDependsOnIt(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		tied, free, shut := draft("7.2", "2024-10-31", "HR"), draft("8.1", "2024-06-30", "HR"), draft("9.1", "2024-10-31", "HR")
		tied.Timing.Events, shut.Timing.Events = []string{"VP"}, []string{"VP"}
		mustImport(t, s, now, preview("aa", tied, free, shut))
		mustEdit(t, s, now, "2024-9.1", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		retimed := 0
		retime := func(to string) func(*tertial.Action) error {
			return func(a *tertial.Action) error { retimed++; a.Timing.Due = day(to); return nil }
		}
		changed, err := s.Reconcile(t.Context(), stampAt(now), "f1", []tertial.WheelDate{{Key: "VP", Year: 2024, Date: day("2024-10-31")}}, retime("2024-10-31"))
		if err != nil || !changed || retimed != 1 {
			t.Fatalf("the first rules: got %v, %v, %d read anew", changed, err, retimed)
		}
		changed, err = s.Reconcile(t.Context(), stampAt(now), "f1", nil, retime("2030-01-01"))
		if err != nil || changed || retimed != 1 {
			t.Errorf("the same rules: got %v, %v", changed, err)
		}

		later := now.AddDate(0, 0, 2)
		given := []tertial.WheelDate{{Key: "VP", Year: 2024, Date: day("2024-11-11"), Given: true}}
		if err := s.SetWheelDates(t.Context(), stampAt(later), given, retime("2024-11-11")); err != nil {
			t.Fatal(err)
		}
		r := row(t, s, "2024-7.2")
		if r.Due != day("2024-11-11") || r.DueSince != day("2024-03-06") || r.Version != 2 || !r.LookAt.Equal(later) {
			t.Errorf("the tied action: got due %v since %v, version %d, look %v", r.Due, r.DueSince, r.Version, r.LookAt)
		}
		if r := row(t, s, "2024-8.1"); r.Version != 1 || !r.LookAt.Equal(later) {
			t.Errorf("the free one: got version %d, look %v; want it looked at for its checkpoints", r.Version, r.LookAt)
		}
		if r := row(t, s, "2024-9.1"); r.Version != 2 || !r.LookAt.IsZero() {
			t.Errorf("the closed one: got version %d, look %v", r.Version, r.LookAt)
		}
		dates, err := s.WheelDates(t.Context())
		if err != nil || len(dates) != 1 || dates[0].Since != day("2024-03-06") || !dates[0].Given {
			t.Errorf("the wheel: got %+v, %v", dates, err)
		}

		// What a person has set stays when the rules change; setting it again does nothing.
		n := retimed
		if err := s.SetWheelDates(t.Context(), stampAt(later.Add(time.Hour)), given, retime("2031-01-01")); err != nil || retimed != n {
			t.Errorf("the same date again: got %v, %d read anew", err, retimed-n)
		}
		if changed, err := s.Reconcile(t.Context(), stampAt(later), "f2", []tertial.WheelDate{{Key: "VP", Year: 2024, Date: day("2024-10-01")},
			{Key: "T1", Year: 2024, Date: day("2024-05-08")}}, retime("2024-11-11")); err != nil || !changed {
			t.Errorf("other rules: got %v, %v", changed, err)
		}
		if dates, _ := s.WheelDates(t.Context()); len(dates) != 2 || dates[1].Date != day("2024-11-11") {
			t.Errorf("the wheel under other rules: got %+v", dates)
		}
	})
}

func TestAFailedRetimingChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		a := draft("7.2", "2024-10-31", "HR")
		a.Timing.Events = []string{"VP"}
		mustAdd(t, s, now, a)
		boom := errors.New("boom")
		fail := func(*tertial.Action) error { return boom }
		if err := s.SetWheelDates(t.Context(), stampAt(now), []tertial.WheelDate{{Key: "VP", Year: 2024, Date: day("2024-11-11"), Given: true}}, fail); !errors.Is(err, boom) {
			t.Errorf("got %v, want boom", err)
		}
		if _, err := s.Reconcile(t.Context(), stampAt(now), "f", nil, fail); !errors.Is(err, boom) {
			t.Errorf("got %v, want boom", err)
		}
		if v, err := s.Meta(t.Context(), metaFingerprint); v != "" || err != nil {
			t.Errorf("fingerprint: got %q, %v", v, err)
		}
		if dates, err := s.WheelDates(t.Context()); len(dates) != 0 || err != nil {
			t.Errorf("dates: got %v, %v", dates, err)
		}
	})
}
