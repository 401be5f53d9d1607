package store

import (
	"fmt"
	"slices"
	"testing"

	"tertial/internal/tertial"
)

func TestADossierHoldsWhenPeopleAreNotToBeReminded(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		mustAdd(t, s, now, draft("7.3", "2024-06-30", "IT"))
		before, _, err := s.Dossier(t.Context(), tertial.Coordinator, "2024-7.2")
		if err != nil || len(before.Quiet) != 0 {
			t.Errorf("before an answer: got %+v, %v", before.Quiet, err)
		}
		mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack})
		mustGive(t, s, now, "bo", tertial.Answer{Ref: "2024-7.3", Kind: tertial.AnswerNewDate, Text: "hinner inte", Date: day("2024-09-30")})
		want := map[string]tertial.Quiet{
			"2024-7.2": {Person: idOf(t, s, "anna"), Since: day("2024-03-04"), Until: day("2024-06-27"), Kind: tertial.AnswerOnTrack},
			"2024-7.3": {Person: idOf(t, s, "bo"), Since: day("2024-03-04"), Kind: tertial.AnswerNewDate},
		}
		err = s.Dossiers(t.Context(), tertial.Coordinator, 1, func(ds []tertial.Dossier, _ *tertial.Register) error {
			for i := range ds {
				if got := ds[i].Quiet; !slices.Equal(got, []tertial.Quiet{want[ds[i].Action.Ref]}) {
					t.Errorf("%s: got %+v, want %+v", ds[i].Action.Ref, got, want[ds[i].Action.Ref])
				}
				delete(want, ds[i].Action.Ref)
			}
			return nil
		})
		if err != nil || len(want) != 0 {
			t.Errorf("not seen: %v, %v", want, err)
		}
	})
}

func TestTheSummaryTellsWhatWaitsForADecisionAndWhatWasAnswered(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		for _, clause := range []string{"7.3", "7.4", "7.5", "7.6"} {
			mustAdd(t, s, now, draft(clause, "2024-06-30", "HR"))
		}
		old, lately := now.AddDate(0, 0, -14), now.AddDate(0, 0, -2)
		newDate := tertial.Answer{Kind: tertial.AnswerNewDate, Text: "hinner inte", Date: day("2024-09-30")}
		mustGive(t, s, old, "anna", newDate)
		waiting, decided, taken := newDate, newDate, newDate
		waiting.Ref, decided.Ref, taken.Ref = "2024-7.3", "2024-7.4", "2024-7.5"
		mustGive(t, s, lately, "anna", waiting)
		d := mustGive(t, s, lately, "anna", decided)
		if _, err := s.DecideAnswer(t.Context(), stampAt(lately), d.ID, tertial.Refusal, "nej"); err != nil {
			t.Fatal(err)
		}
		u := mustGive(t, s, lately, "anna", taken)
		if _, err := s.UndoAnswer(t.Context(), stampAt(lately), u.ID, u.PersonID); err != nil {
			t.Fatal(err)
		}
		mustGive(t, s, old, "anna", tertial.Answer{Ref: "2024-7.6", Kind: tertial.AnswerBlocked, Text: "väntar"})
		mustGive(t, s, lately, "anna", tertial.Answer{Ref: "2024-7.6", Kind: tertial.AnswerOnTrack})

		sum, err := s.Summary(t.Context(), day("2024-02-26"), day("2024-03-04"))
		if err != nil {
			t.Fatal(err)
		}
		said := func(some []tertial.SummaryAnswer) (all []string) {
			for _, x := range some {
				all = append(all, fmt.Sprintf("%s %s %s %v %v", x.Ref, x.Kind, x.Person, x.On, x.Date))
			}
			return all
		}
		equal(t, "decisions", said(sum.Decisions), []string{"2024-7.2 new-date anna 2024-02-19 2024-09-30", "2024-7.3 new-date anna 2024-03-02 2024-09-30"})
		equal(t, "answers", said(sum.Answers), []string{"2024-7.4 new-date anna 2024-03-02 2024-09-30", "2024-7.6 on-track anna 2024-03-02 "})
		if sum.DecisionCount != 2 || sum.AnswerCount != 2 {
			t.Errorf("counts: got %d, %d", sum.DecisionCount, sum.AnswerCount)
		}
	})
}

func TestASummaryNamesAHundredAnswersAndCountsTheOthers(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		for i := range summaryAnswers + 7 {
			mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerBlocked, Text: fmt.Sprint("hinder ", i)})
		}
		sum, err := s.Summary(t.Context(), day("2024-02-26"), day("2024-03-04"))
		if err != nil || len(sum.Answers) != summaryAnswers || sum.AnswerCount != summaryAnswers+7 || sum.Decisions == nil || len(sum.Decisions) != 0 {
			t.Errorf("got %d of %d answers, decisions %v, %v", len(sum.Answers), sum.AnswerCount, sum.Decisions, err)
		}
	})
}

func TestMailThatGoesAtOnceKeepsItsFactsAndItsReader(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		anna := idOf(t, s, "anna")
		at := tertial.Instant{Time: now}
		sent := []tertial.Message{
			{Kind: tertial.SignInMail, To: "anna@stad.example", Person: anna, Key: "17", Day: day("2024-03-04"),
				SignIn: &tertial.SignInFacts{ID: 17, Person: anna, Agent: "Firefox, Linux", Asked: at, Expires: at}},
			{Kind: tertial.HandOverMail, To: "ny@stad.example", Key: "9", Day: day("2024-03-04"),
				Answer: &tertial.Answer{ID: 9, ActionID: 42, Ref: "2024-7.2", Kind: tertial.AnswerHandOver, At: at}},
		}
		if n, err := s.Enqueue(t.Context(), stampAt(now), sent); n != 2 || err != nil {
			t.Fatalf("Enqueue: got %d, %v", n, err)
		}
		// Not Open: reminders of the day may not go.
		claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Worker: "w"})
		if err != nil || len(claims) != 2 {
			t.Fatalf("outside the hours: got %d claims, %v", len(claims), err)
		}
		for _, c := range claims {
			m, err := s.Message(t.Context(), c.Message.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range []tertial.Message{m, c.Message} {
				switch got.Kind {
				case tertial.SignInMail:
					if got.Person != anna || got.SignIn == nil || got.SignIn.ID != 17 || got.SignIn.Agent != "Firefox, Linux" || !got.SignIn.Asked.Equal(now) {
						t.Errorf("sign-in: got %d, %+v", got.Person, got.SignIn)
					}
				case tertial.HandOverMail:
					if got.Person != 0 || got.Answer == nil || got.Answer.ActionID != 42 || got.Answer.Ref != "2024-7.2" {
						t.Errorf("hand-over: got %d, %+v", got.Person, got.Answer)
					}
				}
			}
		}
	})
}

func TestAReminderKnowsItsReader(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), now.AddDate(0, 0, 7)))
		claims := mustClaim(t, s, now)
		if len(claims) != 1 || claims[0].Message.Person != idOf(t, s, "anna") {
			t.Fatalf("got %+v, want one mail to anna", claims)
		}
		if m, err := s.Message(t.Context(), claims[0].Message.ID); err != nil || m.Person != claims[0].Message.Person {
			t.Errorf("listed: got person %d, %v", m.Person, err)
		}
	})
}
