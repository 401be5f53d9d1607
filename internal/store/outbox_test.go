package store

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// toldOf stores people and actions of one role, and puts the day's mail together.
func toldOf(t testing.TB, s *Store, actions ...tertial.Action) {
	t.Helper()
	mustSave(t, s, now, person("anna", "HR"), person("bertil", "IT"))
	mustImport(t, s, now, preview("aa", actions...))
	lookAll(t, s, now, telling(tertial.Upcoming, day("2024-03-04"), far))
}

func noticeStates(t testing.TB, s *Store) []string {
	t.Helper()
	var states []string
	if err := s.r.SelectContext(t.Context(), &states, `SELECT state FROM notices ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	return states
}

func state(t testing.TB, s *Store, id int64) tertial.MessageState {
	t.Helper()
	m, err := s.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.State
}

func TestAMailsLife(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-05-31", "HR"))
		q := tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Worker: "w1"}
		if claims, err := s.Claim(t.Context(), q); err != nil || len(claims) != 0 {
			t.Errorf("outside the hours of sending: got %d, %v", len(claims), err)
		}
		claim := mustClaim(t, s, now)[0]
		if m := claim.Message; m.State != tertial.MessageSending || m.Attempts != 1 || claim.Fence != 1 || claim.Resend ||
			len(m.Items) != 2 || m.Items[0].Ref != "2024-7.3" {
			t.Fatalf("the claim: got %+v", claim)
		}
		if again := mustClaim(t, s, now); len(again) != 0 {
			t.Errorf("claimed twice: %+v", again)
		}
		// 4xx: tried again later.
		o := outcome(claim, tertial.Temporary, now)
		o.Code, o.Reply, o.NextTry = 451, "try later", now.Add(time.Minute)
		mustRecord(t, s, now, o)
		if len(mustClaim(t, s, now)) != 0 {
			t.Error("claimed before its time")
		}
		at := now.Add(time.Minute)
		claim = mustClaim(t, s, at)[0]
		if claim.Message.Attempts != 2 || claim.Fence != 2 || claim.Message.Error != "451 try later" || claim.Message.MessageID == "" {
			t.Errorf("the second try: got %+v", claim)
		}
		// The relay is down: no try is burnt.
		mustRecord(t, s, at, outcome(claim, tertial.RelayDown, at))
		claim = mustClaim(t, s, at)[0]
		if claim.Message.Attempts != 2 {
			t.Errorf("tries after the relay was down: got %d, want 2", claim.Message.Attempts)
		}
		// The line broke after the dot.
		mustMark(t, s, at, claim)
		mustRecord(t, s, at, outcome(claim, tertial.Ambiguous, at))
		if got := state(t, s, claim.Message.ID); got != tertial.MessageUnknown {
			t.Errorf("after the line broke: got %s", got)
		}
		at = at.Add(15 * time.Minute)
		q.Now, q.Day = at, day("2024-03-05") // at any hour, on another day
		claims, err := s.Claim(t.Context(), q)
		if err != nil || len(claims) != 1 || !claims[0].Resend || len(claims[0].Message.Items) != 2 {
			t.Fatalf("after a quarter of an hour: got %+v, %v", claims, err)
		}
		// A temporary refusal of what may have been sent leaves it in doubt.
		mustRecord(t, s, at, outcome(claims[0], tertial.Temporary, at))
		if got := state(t, s, claim.Message.ID); got != tertial.MessageUnknown {
			t.Errorf("refused for now: got %s, want unknown", got)
		}
		at = at.Add(time.Hour)
		q.Now = at
		claims, err = s.Claim(t.Context(), q)
		if err != nil || len(claims) != 1 {
			t.Fatalf("the last try: got %+v, %v", claims, err)
		}
		mustRecord(t, s, at, outcome(claims[0], tertial.Accepted, at))
		m, err := s.Message(t.Context(), claim.Message.ID)
		if err != nil || m.State != tertial.MessageSent || !m.Sent.Equal(at) || m.Subject != "Ärende" || m.Error != "" {
			t.Errorf("sent: got %+v, %v", m, err)
		}
		equal(t, "notices", noticeStates(t, s), []string{"told", "told"})
		if n := count1(t, s, `SELECT COUNT(*) FROM attempts WHERE ended_at IS NOT NULL`); n != 5 {
			t.Errorf("tries in the ledger: got %d, want 5", n)
		}
		var verbs []string
		for _, e := range collect(t, s.Log(t.Context(), "2024-7.2")) {
			verbs = append(verbs, e.Verb)
		}
		equal(t, "the action's log tells of the mail", verbs, []string{"created", "unknown", "unknown", "sent"})
	})
}

func TestOneBadMailDoesNotStopTheOthers(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		claims := mustClaim(t, s, now)
		refused := outcome(claims[0], tertial.Refused, now)
		refused.Code, refused.Enhanced, refused.Reply = 550, "5.1.1", "no such user"
		mustRecord(t, s, now, refused, outcome(claims[1], tertial.Kept, now))
		equal(t, "notices", noticeStates(t, s), []string{"failed", "told"})
		if got := state(t, s, claims[1].Message.ID); got != tertial.MessageCaptured {
			t.Errorf("the other: got %s", got)
		}
		r := row(t, s, "2024-7.2")
		if !r.LookAt.Equal(now) {
			t.Errorf("the failed one's action: look at %v, want now", r.LookAt)
		}
		d, _, err := s.Dossier(t.Context(), "", "2024-7.2")
		if err != nil || len(d.Notices) != 1 || d.Notices[0].State != tertial.Failed {
			t.Errorf("the dossier: got %+v, %v; want the failed notice, to be handed over", d.Notices, err)
		}
		sum, err := s.Summary(t.Context(), day("2024-03-01"), day("2024-03-04"))
		if err != nil || len(sum.Problems) != 1 || sum.Problems[0].Why != "550 5.1.1 no such user" || sum.Problems[0].Name != "anna" {
			t.Errorf("the summary's problems: got %+v, %v", sum.Problems, err)
		}
		// A person has it tried again: its notice joins the next mail.
		if err := s.Retry(t.Context(), stampAt(now), claims[0].Message.ID); err != nil {
			t.Fatal(err)
		}
		equal(t, "notices after a retry", noticeStates(t, s), []string{"owed", "told"})
		if err := s.Retry(t.Context(), stampAt(now), claims[1].Message.ID); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("a captured one again: got %v", err)
		}
		if err := s.Retry(t.Context(), stampAt(now), 999); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("no such message: got %v", err)
		}
	})
}

func TestWhatIsNoLongerTrueIsLeftOut(t *testing.T) {
	edit := func(ref string, f func(*tertial.Action) error) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) { mustEdit(t, s, now, ref, f) }
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *Store)
		state  string
	}{
		"closed":        {edit("2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") }), "void"},
		"re-dated":      {edit("2024-7.2", func(a *tertial.Action) error { a.Timing.Due = day("2024-08-31"); return nil }), "void"},
		"a question":    {edit("2024-7.2", func(a *tertial.Action) error { a.Ask(tertial.Declined); return nil }), "void"},
		"reported done": {edit("2024-7.2", func(a *tertial.Action) error { a.Status = tertial.ReportedDone; return nil }), "void"},
		"another party": {edit("2024-7.2", func(a *tertial.Action) error { a.Responsible = []string{"IT"}; return nil }), "owed"},
		"another holder": {func(t *testing.T, s *Store) {
			_, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error {
				p.Holdings[0].To = day("2024-03-03")
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			mustEdit(t, s, now, "2024-7.3", func(a *tertial.Action) error { return a.Close(tertial.Cancelled, "nej") })
		}, "owed"},
		"answered": {func(t *testing.T, s *Store) {
			p, err := s.Person(t.Context(), "anna@stad.example")
			if err == nil {
				_, err = s.ReportDone(t.Context(), stampAt(now), "2024-7.2", p.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "void"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				toldOf(t, s, draft("7.2", "2024-06-30", "HR", "Tom"), draft("7.3", "2024-06-30", "HR"))
				c.change(t, s)
				var got []string
				for _, claim := range mustClaim(t, s, now) {
					for _, item := range claim.Message.Items {
						got = append(got, item.Ref)
					}
				}
				want := []string{"2024-7.3"}
				if name == "another holder" {
					want = nil
				}
				equal(t, "mailed", got, want)
				if states := noticeStates(t, s); states[0] != c.state {
					t.Errorf("the notice: got %s, want %s", states[0], c.state)
				}
				if c.state == "owed" {
					if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(now) {
						t.Errorf("its action: look at %v, want now", r.LookAt)
					}
				}
			})
		})
	}
}

func TestAMailWithNothingLeftIsVoid(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		if claims := mustClaim(t, s, now); len(claims) != 0 {
			t.Errorf("got %+v", claims)
		}
		all := collect(t, s.Messages(t.Context(), MessageFilter{States: []tertial.MessageState{tertial.MessageVoid}}))
		if len(all) != 1 || !strings.Contains(all[0].Error, "owed") {
			t.Errorf("got %+v, want it void", all)
		}
	})
}

func TestVoidMailDoesNotHideWhatStandsBehindIt(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Limit: 1})
		if err != nil || len(claims) != 1 || claims[0].Message.To != "bertil@stad.example" {
			t.Errorf("got %+v, %v; want the one behind", claims, err)
		}
	})
}

func TestWhatMayHaveBeenSentGoesAgainAsItWasWhileAnythingIsOwed(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "HR"))
		claim := mustClaim(t, s, now)[0]
		mustRecord(t, s, now, outcome(claim, tertial.Ambiguous, now))
		shut := func(ref string) {
			mustEdit(t, s, now, ref, func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		}
		shut("2024-7.2")
		at := now.Add(15 * time.Minute)
		claims := mustClaim(t, s, at)
		if len(claims) != 1 || len(claims[0].Message.Items) != 2 {
			t.Fatalf("one of two closed: got %+v, want both rows", claims)
		}
		mustRecord(t, s, at, outcome(claims[0], tertial.Ambiguous, at))
		shut("2024-7.3")
		if claims := mustClaim(t, s, at.Add(time.Hour)); len(claims) != 0 {
			t.Errorf("all closed: got %+v", claims)
		}
		if got := state(t, s, claim.Message.ID); got != tertial.MessageVoid {
			t.Errorf("got %s, want void", got)
		}
	})
}

func TestOtherMailIsPutIntoTheOutboxOnce(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		m := tertial.Message{Kind: tertial.SummaryMail, To: "isam@stad.example", Name: "Isam", Key: "2024-10", Day: day("2024-03-04"), Language: "sv",
			Summary: &tertial.Summary{Year: 2024, Week: 10, Questions: []tertial.SummaryAction{{Ref: "2024-7.2"}}}}
		for range 2 {
			if _, err := s.Enqueue(t.Context(), stampAt(now), []tertial.Message{m}); err != nil {
				t.Fatal(err)
			}
		}
		claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Worker: "w"})
		if err != nil || len(claims) != 1 || claims[0].Message.Summary == nil || claims[0].Message.Summary.Questions[0].Ref != "2024-7.2" {
			t.Errorf("got %+v, %v; want one with its facts", claims, err)
		}
		if _, err := s.Enqueue(t.Context(), stampAt(now), []tertial.Message{{Kind: tertial.Reminder, To: "a@b", Key: "x"}}); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("a reminder: got %v, want invalid", err)
		}
		failed := outcome(claims[0], tertial.Broken, now)
		mustRecord(t, s, now, failed)
		if err := s.Retry(t.Context(), stampAt(now), claims[0].Message.ID); err != nil {
			t.Fatal(err)
		}
		if again := mustClaim(t, s, now); len(again) != 1 {
			t.Errorf("after a retry: got %d claims", len(again))
		}
		for _, f := range []MessageFilter{{Kind: tertial.SummaryMail}, {To: "ISAM@stad.example"}, {Day: day("2024-03-04"), Limit: 5}} {
			if all := collect(t, s.Messages(t.Context(), f)); len(all) != 1 {
				t.Errorf("%+v: got %d", f, len(all))
			}
		}
	})
}

func TestHeldMailStays(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
		if err := s.Hold(t.Context(), stampAt(now), ""); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("without a reason: got %v", err)
		}
		if err := s.Hold(t.Context(), stampAt(now), "vi flyttar"); err != nil {
			t.Fatal(err)
		}
		if reason, held, err := s.Held(t.Context()); reason != "vi flyttar" || !held || err != nil {
			t.Errorf("held: got %q, %v, %v", reason, held, err)
		}
		if err := s.Hold(t.Context(), stampAt(now), "en till"); !errors.Is(err, tertial.ErrRefused) || !strings.Contains(err.Error(), "vi flyttar") {
			t.Errorf("held again: got %v, want a refusal that says why it is held", err)
		}
		if claims := mustClaim(t, s, now); len(claims) != 0 {
			t.Errorf("claimed while held: %d", len(claims))
		}
		if err := s.Resume(t.Context(), stampAt(now)); err != nil {
			t.Fatal(err)
		}
		if claims := mustClaim(t, s, now); len(claims) != 1 {
			t.Errorf("claimed after: got %d, want 1", len(claims))
		}
	})
}

func TestADeadWorkersClaimsAreTakenBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		claims := mustClaim(t, s, now)
		mustMark(t, s, now, claims[0])
		if s.d.leases { // still leased
			if err := s.ReclaimDead(t.Context(), now); err != nil || state(t, s, claims[1].Message.ID) != tertial.MessageSending {
				t.Errorf("under their lease: %v; want them left alone", err)
			}
			if err := s.Renew(t.Context(), claims, time.Hour); err != nil {
				t.Errorf("Renew: %v", err)
			}
			if _, err := s.w.Exec(`UPDATE messages SET lease_until = 1`); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ReclaimDead(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if marked, free := state(t, s, claims[0].Message.ID), state(t, s, claims[1].Message.ID); marked != tertial.MessageUnknown || free != tertial.MessageQueued {
			t.Errorf("taken back: got the marked one %s and the other %s", marked, free)
		}
		// The dead one comes back to life: it may no longer end DATA, but what was accepted counts.
		lost, err := s.MarkDot(t.Context(), now, claims)
		if err != nil || len(lost) != 2 {
			t.Errorf("MarkDot of lost claims: got %v, %v; want both", lost, err)
		}
		again := mustClaim(t, s, now)
		if len(again) != 1 || again[0].Message.ID != claims[1].Message.ID || again[0].Fence != 2 {
			t.Fatalf("the free one: got %+v", again)
		}
		mustRecord(t, s, now, outcome(claims[1], tertial.Refused, now))
		if got := state(t, s, claims[1].Message.ID); got != tertial.MessageSending {
			t.Errorf("a late refusal: got %s, want it to change nothing", got)
		}
		mustRecord(t, s, now, outcome(claims[0], tertial.Accepted, now), outcome(claims[1], tertial.Accepted, now))
		for _, c := range claims {
			if got := state(t, s, c.Message.ID); got != tertial.MessageSent {
				t.Errorf("a late acceptance: got %s, want sent", got)
			}
		}
	})
}

func TestAMailThatNoWorkerSurvivesFails(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		var id int64
		for i := range deadly {
			claims := mustClaim(t, s, now)
			// Nobody knows which of the two it is, until one is taken alone.
			if want := map[bool]int{true: 2, false: 1}[i < suspicious]; len(claims) != want {
				t.Fatalf("try %d: got %d claims, want %d", i+1, len(claims), want)
			}
			id = claims[0].Message.ID
			if _, err := s.w.Exec(`UPDATE messages SET lease_until = 1 WHERE lease_until IS NOT NULL`); err != nil {
				t.Fatal(err)
			}
			if err := s.ReclaimDead(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if got := state(t, s, id); got != tertial.MessageFailed {
			t.Errorf("after %d: got %s, want failed", deadly, got)
		}
		equal(t, "notices", noticeStates(t, s), []string{"failed", "placed"})
		if claims := mustClaim(t, s, now); len(claims) != 1 || claims[0].Message.ID == id {
			t.Errorf("the other one: got %+v, want it to go on", claims)
		}
		if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(now) {
			t.Errorf("look at: got %v, want now, for the coordinator to be told", r.LookAt)
		}
	})
}

func TestOnSQLiteOneProcessSends(t *testing.T) {
	s := openSQLite(t)
	release, err := s.SendLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendLock(t.Context()); !errors.Is(err, tertial.ErrRefused) {
		t.Errorf("a second: got %v, want a refusal", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = s.SendLock(t.Context())
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestADayThatEndsGivesItsNoticesBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"), draft("7.4", "2024-06-30", "HR"))
		mustEdit(t, s, now, "2024-7.4", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
		claims := mustClaim(t, s, now)
		// Anna's is being sent, bertil's was refused for now.
		mustRecord(t, s, now, outcome(claims[1], tertial.Temporary, now))
		today := day("2024-03-04")
		if n, err := s.CloseDay(t.Context(), now, today, true); err != nil || n != 0 {
			t.Errorf("while it is open: got %d, %v", n, err)
		}
		if got := state(t, s, claims[1].Message.ID); got != tertial.MessageQueued {
			t.Errorf("while it is open: got %s", got)
		}
		evening := now.Add(12 * time.Hour)
		if n, err := s.CloseDay(t.Context(), evening, today, false); err != nil || n != 1 {
			t.Errorf("in the evening: got %d, %v", n, err)
		}
		if got := state(t, s, claims[0].Message.ID); got != tertial.MessageSending {
			t.Errorf("what is being sent: got %s, want it left alone", got)
		}
		if got := state(t, s, claims[1].Message.ID); got != tertial.MessageVoid {
			t.Errorf("what nobody took: got %s, want void", got)
		}
		equal(t, "notices", noticeStates(t, s), []string{"placed", "owed", "void"})
		d, _, err := s.Dossier(t.Context(), "", "2024-7.3")
		if err != nil || d.Notices[0].Days != 1 {
			t.Errorf("days: got %+v, %v; want 1", d.Notices, err)
		}
		if r := row(t, s, "2024-7.3"); !r.LookAt.Equal(evening) {
			t.Errorf("its action: look at %v, want now", r.LookAt)
		}
		mustRecord(t, s, evening, outcome(claims[0], tertial.Accepted, evening))

		// Four more such days, and it fails.
		for i := range 4 {
			at := now.AddDate(0, 0, i+1)
			today = today.AddDays(1)
			lookAll(t, s, at, telling(tertial.Upcoming, today, far))
			mustRecord(t, s, at, outcome(mustClaim(t, s, at)[0], tertial.Temporary, at))
			if n, err := s.CloseDay(t.Context(), at, today, false); err != nil || n != 1 {
				t.Errorf("day %d: got %d, %v", i+2, n, err)
			}
			if got := noticeStates(t, s)[1]; i < 3 && got != "owed" || i == 3 && got != "failed" {
				t.Errorf("after day %d: got %s", i+2, got)
			}
		}
		equal(t, "notices", noticeStates(t, s), []string{"told", "failed", "void"})
	})
}

func TestAMailThatWasNeverReleasedCostsNoDay(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		q := tertial.LookRequest{Now: now, Day: day("2024-03-04")}
		if _, err := s.Look(t.Context(), q, telling(tertial.Upcoming, q.Day, far)); err != nil {
			t.Fatal(err)
		}
		next := now.AddDate(0, 0, 1)
		if _, err := s.CloseDay(t.Context(), next, day("2024-03-05"), true); err != nil {
			t.Fatal(err)
		}
		d, _, err := s.Dossier(t.Context(), "", "2024-7.2")
		if err != nil || len(d.Notices) != 1 || d.Notices[0].State != tertial.Owed || d.Notices[0].Days != 0 {
			t.Errorf("got %+v, %v; want it owed, with no day counted", d.Notices, err)
		}
	})
}

func TestOfTwoThatHoldAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var held, refused atomic.Int64
		parallel(t, 8, func(ctx context.Context) error {
			err := s.Hold(ctx, stampAt(now), "vi flyttar")
			switch {
			case err == nil:
				held.Add(1)
			case errors.Is(err, tertial.ErrRefused):
				refused.Add(1)
			default:
				return err
			}
			return nil
		})
		if held.Load() != 1 || refused.Load() != 7 {
			t.Errorf("got %d that held and %d refused; want one", held.Load(), refused.Load())
		}
		equal(t, "the log", logOf(t, s, "mail"), []string{`held {"reason":"vi flyttar"}`})
	})
}
