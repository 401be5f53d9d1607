package store

import (
	"errors"
	"testing"

	"tertial/internal/tertial"
)

func TestAnImportIsStoredOnceAndWhole(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		waiting := draft("9.2", "2024-05-31")
		done := mustImport(t, s, now, preview("aa", draft("10.2", "2024-06-30", "ISAM"), draft("7.2", "2024-02-29", "HR", "ISAM"), waiting))
		if !done.Stored || done.AssessmentID == 0 {
			t.Fatalf("the first import: got %+v, want it stored", done)
		}
		equal(t, "references in the document's order", done.Refs, []string{"2024-10.2", "2024-7.2", "2024-9.2"})
		equal(t, "the list goes by clause", refs(t, s, Filter{}), []string{"2024-7.2", "2024-9.2", "2024-10.2"})

		again := mustImport(t, s, now.AddDate(0, 0, 1), preview("aa", draft("4.1", "", "ISAM")))
		if again.Stored || again.AssessmentID != done.AssessmentID || len(again.Refs) != 3 {
			t.Errorf("the same file again: got %+v, want nothing stored and what it was", again)
		}

		other := preview("bb", draft("4.1", "", "ISAM"))
		other.Assessment.Unit = " KOMMUNEN aa"
		if _, err := s.ApplyImport(t.Context(), stampAt(now), other); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("another file for the same unit and year: got %v, want a conflict", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM actions`); n != 3 {
			t.Errorf("actions after a refused import: got %d, want 3", n)
		}
		fs, err := s.Findings(t.Context(), done.AssessmentID)
		if err != nil || len(fs) != 3 || fs[0].Clause != "10.2" {
			t.Errorf("findings: got %v, %v; want the document's three", fs, err)
		}
		all, err := s.Assessments(t.Context())
		if err != nil || len(all) != 1 || all[0].SHA256 != "aa" {
			t.Errorf("assessments: got %v, %v", all, err)
		}
	})
}

func TestWhatIsStoredActiveIsLookedAtAtOnceAndTheRestIsNot(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-02-29", "HR"), draft("9.2", "2024-05-31")))
		if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(now) || !r.ActivatedAt.Equal(now) || !r.Looked.IsZero() {
			t.Errorf("an active action: got look %v, activated %v, looked %v", r.LookAt, r.ActivatedAt, r.Looked)
		}
		if r := row(t, s, "2024-9.2"); !r.LookAt.IsZero() || !r.ActivatedAt.IsZero() {
			t.Errorf("an action in review: got look %v, activated %v", r.LookAt, r.ActivatedAt)
		}
	})
}

func TestReferencesThatAreTakenGetALetter(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustImport(t, s, now, preview("aa", draft("7.2", "", "HR"), draft("7.2", "", "HR")))
		done := mustImport(t, s, now, preview("bb", draft("7.2", "", "HR"), draft("8.1", "", "HR"), draft("7.2", "", "HR")))
		equal(t, "references of another unit", done.Refs, []string{"2024-7.2c", "2024-8.1", "2024-7.2d"})
		equal(t, "in order", refs(t, s, Filter{Clause: "7.2"}), []string{"2024-7.2", "2024-7.2b", "2024-7.2c", "2024-7.2d"})
	})
}

func TestLettersGoOnBehindZ(t *testing.T) {
	for n, want := range map[int]string{2: "b", 26: "z", 27: "aa", 28: "ab", 53: "ba"} {
		if got := letters(n); got != want {
			t.Errorf("letters(%d): got %q, want %q", n, got, want)
		}
	}
}

func TestAPreviewWithErrorsIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		p := preview("aa", draft("7.2", "", "HR"))
		p.Problems = []tertial.Problem{{Severity: tertial.SeverityError, Message: "?"}}
		if _, err := s.ApplyImport(t.Context(), stampAt(now), p); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
		p.Problems[0].Severity = tertial.SeverityDoubt
		p.Actions[0].Title = " "
		if _, err := s.ApplyImport(t.Context(), stampAt(now), p); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("an action without a title: got %v, want invalid", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM assessments`) + count1(t, s, `SELECT COUNT(*) FROM log`) + count1(t, s, `SELECT COUNT(*) FROM roles`); n != 0 {
			t.Errorf("a failed import left %d rows", n)
		}
	})
}
