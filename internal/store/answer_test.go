package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// answerHouse is some people and one action for HR, whose holder is anna; ivar is the coordinator.
func answerHouse(t *testing.T, s *Store) {
	t.Helper()
	mustSave(t, s, now, person("anna", "HR"), person("ivar", "ISAM"), person("bo", "IT"))
	mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
}

func idOf(t testing.TB, s *Store, name string) int64 {
	t.Helper()
	p, err := s.Person(t.Context(), name+"@stad.example")
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return p.ID
}

// give is GiveAnswer by somebody, under a key of its own.
func give(t testing.TB, s *Store, at time.Time, name string, a tertial.Answer, files ...tertial.Upload) (tertial.Answer, error) {
	t.Helper()
	if a.Ref == "" {
		a.Ref = "2024-7.2"
	}
	a.PersonID = idOf(t, s, name)
	key := hashOf(fmt.Appendf(nil, "%s %s %s %s %s %v", name, a.Ref, a.Kind, a.Text, a.To, at))
	return s.GiveAnswer(t.Context(), stampAt(at), key, a, files)
}

func mustGive(t testing.TB, s *Store, at time.Time, name string, a tertial.Answer, files ...tertial.Upload) tertial.Answer {
	t.Helper()
	stored, err := give(t, s, at, name, a, files...)
	if err != nil {
		t.Fatalf("GiveAnswer: %v", err)
	}
	return stored
}

func mustAction(t testing.TB, s *Store, ref string) tertial.Action {
	t.Helper()
	a, err := s.Action(t.Context(), ref)
	if err != nil {
		t.Fatalf("Action: %v", err)
	}
	return a
}

// quietsOf lists who is not reminded of what, as words.
func quietsOf(t testing.TB, s *Store) []string {
	t.Helper()
	all := []string{}
	err := s.r.SelectContext(t.Context(), &all, `SELECT a.ref || ' ' || COALESCE(p.name, '-') || ' ' || q.kind || ' ' || q.since_date || '..' || q.until_date
		FROM quiets q JOIN actions a ON a.id = q.action_id LEFT JOIN persons p ON p.id = q.person_id ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func verifyLog(t testing.TB, s *Store) {
	t.Helper()
	if n, bad, err := s.VerifyLog(t.Context()); err != nil || bad != 0 || n == 0 {
		t.Errorf("the log: %d entries, first bad %d, %v", n, bad, err)
	}
}

func logVerbs(t testing.TB, s *Store, ref string) []string {
	t.Helper()
	verbs := []string{}
	for _, e := range collect(t, s.Log(t.Context(), ref)) {
		verbs = append(verbs, e.Verb)
	}
	return verbs
}

func TestEachKindOfAnswerDoesWhatItSays(t *testing.T) {
	later := now.AddDate(0, 0, 1)
	for name, c := range map[string]struct {
		answer   tertial.Answer
		status   tertial.Status
		progress tertial.Progress
		note     string
		version  int
		quiet    []string
		verbs    []string
		mails    int
	}{
		"done": {answer: tertial.Answer{Kind: tertial.AnswerDone, Text: "Kursen hölls 1 mars"}, status: tertial.ReportedDone, note: "Kursen hölls 1 mars",
			version: 2, quiet: []string{}, verbs: []string{"created", "answered", "reported done"}},
		"on track is quiet until three days before the due date": {answer: tertial.Answer{Kind: tertial.AnswerOnTrack, Text: "Halvvägs"}, status: tertial.InProgress,
			progress: tertial.OnTrack, note: "Halvvägs", version: 2, quiet: []string{"2024-7.2 anna on-track 2024-03-05..2024-06-27"}, verbs: []string{"created", "answered", "status given"}},
		"blocked is asked about as before": {answer: tertial.Answer{Kind: tertial.AnswerBlocked, Text: "Väntar på upphandling"}, status: tertial.InProgress,
			progress: tertial.Blocked, note: "Väntar på upphandling", version: 2, quiet: []string{}, verbs: []string{"created", "answered", "status given"}},
		"a new date waits": {answer: tertial.Answer{Kind: tertial.AnswerNewDate, Text: "Lokalen är upptagen", Date: day("2024-09-30")}, status: tertial.Open,
			version: 1, quiet: []string{"2024-7.2 anna new-date 2024-03-05.."}, verbs: []string{"created", "answered"}},
		"a hand-over waits and asks": {answer: tertial.Answer{Kind: tertial.AnswerHandOver, Text: "Hör till IT", To: "bo@stad.example"}, status: tertial.Open,
			version: 1, quiet: []string{"2024-7.2 anna hand-over 2024-03-05.."}, verbs: []string{"created", "answered"}, mails: 1},
		"later is quiet until that day": {answer: tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-03-19")}, status: tertial.Open,
			version: 1, quiet: []string{"2024-7.2 anna later 2024-03-05..2024-03-19"}, verbs: []string{"created", "answered"}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				answerHouse(t, s)
				lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), now.AddDate(0, 3, 0)))
				mails := count1(t, s, `SELECT COUNT(*) FROM messages`)
				stored := mustGive(t, s, later, "anna", c.answer)

				if stored.ID == 0 || stored.Ref != "2024-7.2" || stored.Person != "anna" || stored.Title != "Åtgärd för 7.2" || stored.Kind != c.answer.Kind ||
					stored.Text != c.answer.Text || stored.Date != c.answer.Date || stored.To != c.answer.To || !stored.At.Equal(later) || stored.Waits() != c.answer.Kind.Decided() {
					t.Errorf("the answer: got %+v", stored)
				}
				a := mustAction(t, s, "2024-7.2")
				if a.Status != c.status || a.Progress != c.progress || a.Note != c.note || a.Version != c.version {
					t.Errorf("the action: got %s %s %q version %d", a.Status, a.Progress, a.Note, a.Version)
				}
				if c.progress != "" && !a.ProgressAt.Equal(later) {
					t.Errorf("the status was given at %v, want %v", a.ProgressAt, later)
				}
				equal(t, "quiets", quietsOf(t, s), c.quiet)
				if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(later) {
					t.Errorf("the look is at %v, want %v", r.LookAt, later)
				}
				verbs := slices.DeleteFunc(logVerbs(t, s, "2024-7.2"), func(v string) bool { return v == "queued" })
				equal(t, "the log", verbs, c.verbs)
				verifyLog(t, s)
				if n := count1(t, s, `SELECT COUNT(*) FROM messages`) - mails; n != c.mails {
					t.Errorf("new mails: got %d, want %d", n, c.mails)
				}
				if one, err := s.Answer(t.Context(), stored.ID); err != nil || one.Text != c.answer.Text {
					t.Errorf("read again: %+v, %v", one, err)
				}
			})
		})
	}
}

func TestOnTrackWithoutADueDateIsQuietForAMonth(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		equal(t, "quiets", quietsOf(t, s), []string{"2024-7.2 anna on-track 2024-03-04..2024-04-03"})
	})
}

func TestOnTrackCloseToTheDueDateKeepsNothingAway(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-03-07", "HR"))
		mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		equal(t, "quiets", quietsOf(t, s), []string{})
	})
}

func TestAnAnswerThatBreaksARuleChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		before := count1(t, s, `SELECT COUNT(*) FROM log`)
		for name, c := range map[string]struct {
			by   string
			a    tertial.Answer
			want error
			word string
		}{
			"no kind":                                {"anna", tertial.Answer{}, tertial.ErrInvalid, "kind:"},
			"done without a word":                    {"anna", tertial.Answer{Kind: tertial.AnswerDone, Text: " "}, tertial.ErrInvalid, "text:"},
			"blocked without a word":                 {"anna", tertial.Answer{Kind: tertial.AnswerBlocked}, tertial.ErrInvalid, "text:"},
			"a control character":                    {"anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "a\x00b"}, tertial.ErrInvalid, "text:"},
			"no UTF-8":                               {"anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "\xff"}, tertial.ErrInvalid, "text:"},
			"too long":                               {"anna", tertial.Answer{Kind: tertial.AnswerDone, Text: strings.Repeat("å", 2001)}, tertial.ErrInvalid, "text:"},
			"a date gone by":                         {"anna", tertial.Answer{Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-03-03")}, tertial.ErrInvalid, "date:"},
			"the date it has":                        {"anna", tertial.Answer{Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-06-30")}, tertial.ErrInvalid, "date:"},
			"later than due":                         {"anna", tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-07-01")}, tertial.ErrInvalid, "date:"},
			"later today":                            {"anna", tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-03-04")}, tertial.ErrInvalid, "date:"},
			"to nobody":                              {"anna", tertial.Answer{Kind: tertial.AnswerHandOver}, tertial.ErrInvalid, "to:"},
			"to no address":                          {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "Bo <bo@stad.example>"}, tertial.ErrInvalid, "to:"},
			"to a pattern":                           {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@%.example"}, tertial.ErrInvalid, "to:"},
			"to two":                                 {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "a@stad.example,b@stad.example"}, tertial.ErrInvalid, "to:"},
			"to another header":                      {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@stad.example\r\nBcc: x@stad.example"}, tertial.ErrInvalid, "to:"},
			"to another house":                       {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@evil.example"}, tertial.ErrInvalid, "organisation"},
			"to a domain behind":                     {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@x.stad.example"}, tertial.ErrInvalid, "organisation"},
			"to a longer domain":                     {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@evilstad.example"}, tertial.ErrInvalid, "organisation"},
			"to oneself":                             {"anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "ANNA@stad.example"}, tertial.ErrInvalid, "own address"},
			"by a stranger":                          {"bo", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"}, tertial.ErrRefused, ""},
			"by the coordinator of what others hold": {"ivar", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"}, tertial.ErrRefused, ""},
			"about nothing":                          {"anna", tertial.Answer{Ref: "2024-9.9", Kind: tertial.AnswerDone, Text: "klart"}, tertial.ErrNotFound, ""},
		} {
			if _, err := give(t, s, now, c.by, c.a); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.word) {
				t.Errorf("%s: got %v, want %v with %q", name, err, c.want, c.word)
			}
		}
		for _, key := range []string{"", "a\x00", "\xff", strings.Repeat("k", 201)} {
			if _, err := s.GiveAnswer(t.Context(), stampAt(now), key, tertial.Answer{Ref: "2024-7.2"}, nil); !errors.Is(err, tertial.ErrInvalid) {
				t.Errorf("the key %.10q: got %v", key, err)
			}
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM responses`) + count1(t, s, `SELECT COUNT(*) FROM log`) - before; n != 0 {
			t.Errorf("%d answers and entries were stored", n)
		}
		if a := mustAction(t, s, "2024-7.2"); a.Version != 1 {
			t.Errorf("the action is at version %d", a.Version)
		}
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Cancelled, "behövs inte") })
		if _, err := give(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack}); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("about a closed action: got %v", err)
		}
	})
}

func TestAReminderIsPutOffTwiceBeforeADueDateAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		put := func(days int, date string) error {
			_, err := give(t, s, now.AddDate(0, 0, days), "anna", tertial.Answer{Kind: tertial.AnswerLater, Date: day(date)})
			return err
		}
		if err := errors.Join(put(0, "2024-03-11"), put(7, "2024-03-18")); err != nil {
			t.Fatal(err)
		}
		if err := put(14, "2024-03-25"); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("the third time: got %v", err)
		}
		equal(t, "quiets", quietsOf(t, s), []string{"2024-7.2 anna later 2024-03-11..2024-03-18"})
		mustEdit(t, s, now.AddDate(0, 0, 15), "2024-7.2", func(a *tertial.Action) error { return a.Confirm(day("2024-10-31"), false) })
		if err := put(16, "2024-03-27"); err != nil {
			t.Errorf("before another due date: got %v", err)
		}
	})
}

func TestTheSameFormTwentyTimesAtOnceIsOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := tertial.Answer{Ref: "2024-7.2", PersonID: idOf(t, s, "anna"), Kind: tertial.AnswerHandOver, To: "bo@stad.example"}
		ids, errs := make([]int64, 20), make([]error, 20)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				got, err := s.GiveAnswer(t.Context(), stampAt(now), "form 1", a, []tertial.Upload{{Name: "a.txt", Content: []byte("hej")}})
				ids[i], errs[i] = got.ID, err
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if slices.Sort(ids); ids[0] != ids[19] || ids[0] == 0 {
			t.Errorf("got answers %v, want one", ids)
		}
		for _, table := range []string{"responses", "evidence", "evidence_content", "messages", "quiets"} {
			if n := count1(t, s, `SELECT COUNT(*) FROM `+table); n != 1 {
				t.Errorf("%s: got %d rows, want 1", table, n)
			}
		}
		verifyLog(t, s)
	})
}

func TestAFormServesOneAnswerOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		mustAdd(t, s, now, draft("8.1", "", "HR"))
		anna := idOf(t, s, "anna")
		say := func(ref string, person int64, text string) (tertial.Answer, error) {
			return s.GiveAnswer(t.Context(), stampAt(now), "form", tertial.Answer{Ref: ref, PersonID: person, Kind: tertial.AnswerDone, Text: text}, nil)
		}
		first, err := say("2024-7.2", anna, "klart")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := say("2024-7.2", anna, "något annat"); err != nil || again.ID != first.ID || again.Text != "klart" {
			t.Errorf("the form again: got %+v, %v", again, err)
		}
		if _, err := say("2024-8.1", anna, "klart"); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("for another action: got %v", err)
		}
		if _, err := say("2024-7.2", idOf(t, s, "bo"), "klart"); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("by another person: got %v", err)
		}
		if _, err := s.UndoAnswer(t.Context(), stampAt(now), first.ID, anna); err != nil {
			t.Fatal(err)
		}
		if again, err := say("2024-7.2", anna, "klart"); err != nil || again.ID != first.ID || again.Undone.IsZero() {
			t.Errorf("the form of an answer that was taken back: got %+v, %v", again, err)
		}
	})
}

func TestTwoPeopleAreDoneWhenBothHaveSaidSo(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "IT"), person("cilla", "IT"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR", "IT"))
		done := func(name string) tertial.Status {
			t.Helper()
			mustGive(t, s, now, name, tertial.Answer{Kind: tertial.AnswerDone, Text: name + " är klar"})
			return mustAction(t, s, "2024-7.2").Status
		}
		if got := done("anna"); got != tertial.InProgress {
			t.Errorf("after the first: %s", got)
		}
		if got := done("bo"); got != tertial.InProgress {
			t.Errorf("after the second: %s", got)
		}
		if got := done("cilla"); got != tertial.ReportedDone {
			t.Errorf("after the last: %s", got)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM answers`); n != 3 {
			t.Errorf("parts done: got %d, want 3", n)
		}
		answers, err := s.ActionAnswers(t.Context(), "2024-7.2")
		if err != nil || len(answers) != 3 || answers[0].Person != "cilla" || answers[2].Person != "anna" {
			t.Errorf("the newest first: got %+v, %v", answers, err)
		}
		if _, err := give(t, s, now.Add(time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "igen"}); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("done once more: got %v", err)
		}
		if _, err := give(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack}); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("on track after all were done: got %v", err)
		}
	})
}

func TestAllStepsDoneNeedNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "IT"))
		a := draft("7.2", "2024-06-30", "HR", "IT")
		a.Steps = []tertial.Step{{Title: "Ett", Done: true}}
		mustAdd(t, s, now, a)
		mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"})
		if got := mustAction(t, s, "2024-7.2").Status; got != tertial.ReportedDone {
			t.Errorf("got %s", got)
		}
	})
}

// A decision of the coordinator ends the wait, either way, and is told.
func TestANewDateIsDecidedOn(t *testing.T) {
	for _, d := range []tertial.Decision{tertial.Agreed, tertial.Refusal} {
		t.Run(string(d), func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				answerHouse(t, s)
				asked := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerNewDate, Text: "Lokalen", Date: day("2024-09-30")})
				waiting, err := s.WaitingAnswers(t.Context())
				if err != nil || len(waiting) != 1 || waiting[0].ID != asked.ID {
					t.Fatalf("waiting: %+v, %v", waiting, err)
				}
				later := now.Add(time.Hour)
				stamp := stampAt(later)
				stamp.By = fmt.Sprintf("person:%d", idOf(t, s, "ivar"))
				got, err := s.DecideAnswer(t.Context(), stamp, asked.ID, d, "för att")
				if err != nil || got.Decision != d || got.DecidedBy != "ivar" || !got.DecidedAt.Equal(later) || got.DecidedWhy != "för att" || got.Waits() {
					t.Fatalf("the decision: got %+v, %v", got, err)
				}
				a, want := mustAction(t, s, "2024-7.2"), day("2024-06-30")
				if d == tertial.Agreed {
					want = day("2024-09-30")
				}
				if a.Timing.Due != want || (a.Timing.Certainty == tertial.Confirmed) != (d == tertial.Agreed) {
					t.Errorf("the action is due %v, %s", a.Timing.Due, a.Timing.Certainty)
				}
				equal(t, "quiets", quietsOf(t, s), []string{})
				if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(later) {
					t.Errorf("the look is at %v, want %v", r.LookAt, later)
				}
				if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'decision' AND address = 'anna@stad.example' AND state = 'queued' AND person_id IS NOT NULL`); n != 1 {
					t.Errorf("mails that tell of it: got %d, want 1", n)
				}
				if again, err := s.DecideAnswer(t.Context(), stampAt(later.Add(time.Hour)), asked.ID, d, ""); err != nil || again.DecidedWhy != "för att" {
					t.Errorf("the same decision again: got %+v, %v", again, err)
				}
				other := tertial.Agreed
				if d == tertial.Agreed {
					other = tertial.Refusal
				}
				if _, err := s.DecideAnswer(t.Context(), stamp, asked.ID, other, ""); !errors.Is(err, tertial.ErrConflict) {
					t.Errorf("another decision: got %v", err)
				}
				if waiting, _ := s.WaitingAnswers(t.Context()); len(waiting) != 0 {
					t.Errorf("still waiting: %+v", waiting)
				}
				verifyLog(t, s)
			})
		})
	}
}

func TestADecisionThatCannotBeIsNone(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		blocked := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerBlocked, Text: "av något"})
		asked := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-09-30")})
		for name, c := range map[string]struct {
			id   int64
			d    tertial.Decision
			why  string
			want error
		}{
			"no such answer":     {99, tertial.Agreed, "", tertial.ErrNotFound},
			"no such decision":   {asked.ID, "perhaps", "", tertial.ErrInvalid},
			"no decision":        {asked.ID, tertial.Undecided, "", tertial.ErrInvalid},
			"a reason too long":  {asked.ID, tertial.Refusal, strings.Repeat("x", 2001), tertial.ErrInvalid},
			"nothing to decide":  {blocked.ID, tertial.Agreed, "", tertial.ErrRefused},
			"a reason of no use": {asked.ID, tertial.Refusal, "a\x00", tertial.ErrInvalid},
		} {
			if _, err := s.DecideAnswer(t.Context(), stampAt(now), c.id, c.d, c.why); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart ändå") })
		if _, err := s.DecideAnswer(t.Context(), stampAt(now), asked.ID, tertial.Agreed, ""); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("a date for a closed action: got %v", err)
		}
		if waiting, err := s.WaitingAnswers(t.Context()); err != nil || len(waiting) != 0 {
			t.Errorf("what is asked about a closed action waits: %+v, %v", waiting, err)
		}
		if _, err := s.DecideAnswer(t.Context(), stampAt(now), asked.ID, tertial.Refusal, ""); err != nil {
			t.Errorf("to decline it: %v", err)
		}
		if r := row(t, s, "2024-7.2"); !r.LookAt.IsZero() {
			t.Errorf("a closed action is looked at: %v", r.LookAt)
		}
	})
}

func TestWhoSaysSomethingElseNoLongerAsks(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		first := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@stad.example"})
		mustGive(t, s, now.Add(time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerBlocked, Text: "av något"})
		mustGive(t, s, now.Add(2*time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-03-11")})
		equal(t, "what stands in the way, or a later day, leave what waits", quietsOf(t, s), []string{"2024-7.2 anna hand-over 2024-03-04.."})
		second := mustGive(t, s, now.Add(3*time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerNewDate, Text: "x", Date: day("2024-09-30")})
		equal(t, "another question takes its place", quietsOf(t, s), []string{"2024-7.2 anna new-date 2024-03-04.."})
		if a, _ := s.Answer(t.Context(), first.ID); a.Undone.IsZero() || a.Waits() {
			t.Errorf("the first: got %+v", a)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'handover' AND state = 'void'`); n != 1 {
			t.Errorf("the mail that asks goes nevertheless")
		}
		if _, err := s.DecideAnswer(t.Context(), stampAt(now), first.ID, tertial.Agreed, ""); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("taking over what is no longer handed over: got %v", err)
		}
		if _, err := s.UndoAnswer(t.Context(), stampAt(now.Add(4*time.Minute)), second.ID, idOf(t, s, "anna")); err != nil {
			t.Fatal(err)
		}
		equal(t, "taken back, the first waits again", quietsOf(t, s), []string{"2024-7.2 anna hand-over 2024-03-04.."})
		if a, _ := s.Answer(t.Context(), first.ID); !a.Waits() {
			t.Errorf("the first: got %+v", a)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'handover' AND state = 'queued'`); n != 1 {
			t.Errorf("the mail that asks does not go")
		}
		mustGive(t, s, now.Add(5*time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		equal(t, "on track", quietsOf(t, s), []string{"2024-7.2 anna on-track 2024-03-04..2024-06-27"})
		mustGive(t, s, now.Add(6*time.Minute), "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"})
		equal(t, "done", quietsOf(t, s), []string{})
	})
}
