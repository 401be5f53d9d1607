package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func undo(t testing.TB, s *Store, at time.Time, a tertial.Answer) error {
	t.Helper()
	got, err := s.UndoAnswer(t.Context(), stampAt(at), a.ID, a.PersonID)
	if err == nil && got.Undone.IsZero() {
		t.Errorf("taken back: got %+v", got)
	}
	return err
}

func TestWhatIsTakenBackStandsAsBefore(t *testing.T) {
	for name, a := range map[string]tertial.Answer{
		"done":      {Kind: tertial.AnswerDone, Text: "klart"},
		"on track":  {Kind: tertial.AnswerOnTrack, Text: "går bra"},
		"blocked":   {Kind: tertial.AnswerBlocked, Text: "av något"},
		"new date":  {Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-09-30")},
		"hand-over": {Kind: tertial.AnswerHandOver, To: "bo@stad.example"},
		"later":     {Kind: tertial.AnswerLater, Date: day("2024-03-11")},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				answerHouse(t, s)
				began := now.Add(1234567 * time.Microsecond) // no whole second
				mustGive(t, s, began, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack, Text: "sedan förut"})
				before, was := row(t, s, "2024-7.2"), mustAction(t, s, "2024-7.2")

				given := now.AddDate(0, 0, 1)
				stored := mustGive(t, s, given, "anna", a, tertial.Upload{Name: "a.txt", Content: []byte("underlag")})
				back := given.Add(10 * time.Minute)
				if err := undo(t, s, back, stored); err != nil {
					t.Fatal(err)
				}
				after, is := row(t, s, "2024-7.2"), mustAction(t, s, "2024-7.2")
				if d := differences(&was, &is); len(d) > 0 {
					t.Errorf("the action differs: %v", d)
				}
				if after.ActivatedAt != before.ActivatedAt || after.Reopened != before.Reopened || after.ReportedAt != before.ReportedAt || after.DueSince != before.DueSince {
					t.Errorf("what looks go by differs: got %+v, was %+v", after, before)
				}
				if !after.LookAt.Equal(back) {
					t.Errorf("the look is at %v, want %v", after.LookAt, back)
				}
				equal(t, "quiets", quietsOf(t, s), []string{"2024-7.2 anna on-track 2024-03-04..2024-06-27"})
				for query, want := range map[string]int{
					`SELECT COUNT(*) FROM answers`:                                                    0,
					`SELECT COUNT(*) FROM evidence_content`:                                           0,
					`SELECT COUNT(*) FROM evidence WHERE removed_at IS NOT NULL`:                      1,
					`SELECT COUNT(*) FROM messages WHERE kind = 'handover' AND state = 'queued'`:      0,
					`SELECT COUNT(*) FROM responses WHERE undone_at IS NULL`:                          1,
					`SELECT COUNT(*) FROM log WHERE verb = 'answer taken back'`:                       1,
					`SELECT COUNT(*) FROM log WHERE detail LIKE '%@stad.example%'`:                    0,
					`SELECT COUNT(*) FROM log WHERE verb = 'evidence added' AND detail LIKE '%.txt%'`: 0,
				} {
					if n := count1(t, s, query); n != want {
						t.Errorf("%s: got %d, want %d", query, n, want)
					}
				}
				if waiting, err := s.WaitingAnswers(t.Context()); err != nil || len(waiting) != 0 {
					t.Errorf("waiting: %+v, %v", waiting, err)
				}
				if err := undo(t, s, back.Add(time.Hour), stored); err != nil {
					t.Errorf("the second time, however late: %v", err)
				}
				if a.Kind.Decided() {
					if _, err := s.DecideAnswer(t.Context(), stampAt(back), stored.ID, tertial.Agreed, ""); !errors.Is(err, tertial.ErrConflict) {
						t.Errorf("to decide on it now: got %v", err)
					}
				}
				verifyLog(t, s)
			})
		})
	}
}

func TestAnAnswerIsTakenBackInTimeByWhoGaveIt(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		if err := undo(t, s, now.Add(10*time.Minute+time.Millisecond), a); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("too late: got %v", err)
		}
		if _, err := s.UndoAnswer(t.Context(), stampAt(now), a.ID, idOf(t, s, "bo")); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("by another: got %v", err)
		}
		if _, err := s.UndoAnswer(t.Context(), stampAt(now), 99, a.PersonID); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("an answer that is not there: got %v", err)
		}
		if a, _ := s.Answer(t.Context(), a.ID); !a.Undone.IsZero() {
			t.Errorf("it was taken back nevertheless")
		}
	})
}

func TestWhatWasBuiltOnIsNotTakenBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"})
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "bekräftat") })
		err := undo(t, s, now, a)
		if !errors.Is(err, tertial.ErrConflict) || !strings.Contains(err.Error(), "version 2") || !strings.Contains(err.Error(), "at 3") {
			t.Errorf("after it was confirmed: got %v, want a conflict that names both versions", err)
		}
		if mustAction(t, s, "2024-7.2").Status != tertial.Done {
			t.Error("the action is open again")
		}

		mustAdd(t, s, now, draft("8.1", "2024-06-30", "HR"))
		first := mustGive(t, s, now, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerLater, Date: day("2024-03-11")})
		second := mustGive(t, s, now, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerOnTrack})
		if err := undo(t, s, now, first); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("after another answer: got %v", err)
		}
		if err := errors.Join(undo(t, s, now, second), undo(t, s, now, first)); err != nil {
			t.Errorf("one after the other: %v", err)
		}
		equal(t, "quiets", quietsOf(t, s), []string{})

		decided := mustGive(t, s, now, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-09-30")})
		mustDecide(t, s, now, decided.ID, tertial.Refusal)
		if err := undo(t, s, now, decided); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("after the decision: got %v", err)
		}
	})
}

// What others say about the same action stays theirs.
func TestOneOfTwoTakesTheirAnswerBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "IT"), person("cilla", "IT"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR", "IT"))
		first := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		anna := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "min del"})
		bo := mustGive(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-03-11")})
		if err := undo(t, s, now, anna); err != nil {
			t.Errorf("another's quiet is in nobody's way: %v", err)
		}
		equal(t, "quiets", quietsOf(t, s), []string{"2024-7.2 anna on-track 2024-03-04..2024-06-27", "2024-7.2 bo later 2024-03-04..2024-03-11"})
		if err := undo(t, s, now, bo); err != nil {
			t.Errorf("what left the action as it was: %v", err)
		}
		if err := undo(t, s, now, first); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("an answer before one that was taken back: got %v; the action has moved on", err)
		}

		mustGive(t, s, now.Add(time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "min del"})
		bo = mustGive(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerDone, Text: "min del"})
		cilla := mustGive(t, s, now, "cilla", tertial.Answer{Kind: tertial.AnswerDone, Text: "min del"})
		if err := undo(t, s, now, bo); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("after all were done: got %v", err)
		}
		if err := undo(t, s, now, cilla); err != nil {
			t.Fatal(err)
		}
		if a := mustAction(t, s, "2024-7.2"); a.Status != tertial.InProgress {
			t.Errorf("the action is %s", a.Status)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM answers`); n != 2 {
			t.Errorf("parts done: got %d, want those of two", n)
		}
		if r := row(t, s, "2024-7.2"); !r.ReportedAt.IsZero() || r.Reopened {
			t.Errorf("got reported at %v, reopened %v", r.ReportedAt, r.Reopened)
		}
		verifyLog(t, s)
	})
}
