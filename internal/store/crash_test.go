package store

import (
	"testing"
	"time"

	"tertial/internal/tertial"
)

// die lets the worker that has the claims be found dead.
func die(t *testing.T, s *Store, at time.Time) {
	t.Helper()
	if _, err := s.w.Exec(`UPDATE messages SET lease_until = 1 WHERE lease_until IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
	if err := s.ReclaimDead(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

func TestAMailInDoubtStaysSoWhenTheNextWorkerDies(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
		first := mustClaim(t, s, now)
		mustMark(t, s, now, first...)
		later := now.Add(doubtWait)
		die(t, s, later)
		again := mustClaim(t, s, later) // a quarter of an hour after the mark, not after the death was noticed
		if len(again) != 1 || !again[0].Resend {
			t.Fatalf("got %+v, want the mail again as it was", again)
		}
		die(t, s, later) // before it came to its own mark
		if got := state(t, s, first[0].Message.ID); got != tertial.MessageUnknown {
			t.Errorf("got %s, want unknown: the server may have it from the first time", got)
		}
		tomorrow := later.AddDate(0, 0, 1)
		if n, err := s.CloseDay(t.Context(), tomorrow, day("2024-03-05"), true); n != 0 || err != nil {
			t.Errorf("the day after: %d ended, %v", n, err)
		}
		equal(t, "notices", noticeStates(t, s), []string{"placed"})
	})
}

func TestTheEndOfADayTakesBackWhatADeadWorkerHad(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		claims := mustClaim(t, s, now)
		mustMark(t, s, now, claims[0])
		tomorrow := now.AddDate(0, 0, 1)
		if n, err := s.CloseDay(t.Context(), tomorrow, day("2024-03-05"), true); n != 1 || err != nil {
			t.Errorf("%d ended, %v; want the one without a mark", n, err)
		}
		if marked, free := state(t, s, claims[0].Message.ID), state(t, s, claims[1].Message.ID); marked != tertial.MessageSending || free != tertial.MessageVoid {
			t.Errorf("got the marked one %s and the other %s", marked, free)
		}
		// It was only slow: what is void is not sent.
		if lost, err := s.MarkDot(t.Context(), tomorrow, claims[1:]); err != nil || len(lost) != 1 {
			t.Errorf("its mark: lost %v, %v; want it lost", lost, err)
		}
		if r := row(t, s, "2024-7.3"); r.LookAt.After(tomorrow) {
			t.Errorf("look at %v, want it now: remind tells of it late", r.LookAt)
		}
	})
}
