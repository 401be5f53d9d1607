package store

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func mustAsk(t testing.TB, s *Store, at time.Time, email string) tertial.SignIn {
	t.Helper()
	asked, err := s.AskSignIn(t.Context(), stampAt(at), email, "Firefox, Linux")
	if err != nil {
		t.Fatalf("AskSignIn: %v", err)
	}
	return asked
}

func personID(t testing.TB, s *Store, email string) int64 {
	t.Helper()
	p, err := s.Person(t.Context(), email)
	if err != nil {
		t.Fatalf("Person: %v", err)
	}
	return p.ID
}

func TestARequestToBeLetInIsMailedAtOnceAndHoldsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		anna := personID(t, s, "anna@stad.example")
		sunday := time.Date(2024, 3, 3, 2, 0, 0, 0, time.UTC)
		asked := mustAsk(t, s, sunday, " Anna@STAD.example")
		if asked.ID == 0 || asked.Person != anna || asked.Expires.Sub(sunday) != 10*time.Minute || !asked.Good(sunday) {
			t.Fatalf("got %+v", asked)
		}
		read, err := s.SignIn(t.Context(), asked.ID)
		if err != nil || read.Person != anna || read.Agent != "Firefox, Linux" || !read.Expires.Equal(asked.Expires.Time) {
			t.Errorf("read again: got %+v, %v", read, err)
		}
		claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: sunday, Day: day("2024-03-03"), Worker: "w"})
		if err != nil || len(claims) != 1 {
			t.Fatalf("at night, on a Sunday: got %d claims, %v", len(claims), err)
		}
		m := claims[0].Message
		if m.Kind != tertial.SignInMail || m.To != "anna@stad.example" || m.Name != "anna" || m.Day != day("2024-03-03") {
			t.Errorf("the mail: got %+v", m)
		}
		var text string
		if err := s.r.Get(&text, `SELECT facts FROM messages`); err != nil {
			t.Fatal(err)
		}
		var facts tertial.Facts
		if err := json.Unmarshal([]byte(text), &facts); err != nil || facts.SignIn == nil || facts.SignIn.ID != asked.ID || facts.SignIn.Person != anna {
			t.Errorf("the facts: got %s, %v", text, err)
		}
		signer := tertial.NewSigner([]byte("a secret of thirty-two bytes....."))
		for _, secret := range []string{signer.SignInCode(asked.ID, anna), signer.SignInToken(asked.ID, anna)} {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in the facts", secret)
			}
		}
	})
}

func TestWhoIsUnknownIsToldNothingAndNothingIsStored(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		if asked := mustAsk(t, s, now, "nobody@stad.example"); asked.ID != 0 {
			t.Errorf("got %+v", asked)
		}
		for _, table := range []string{"sign_ins", "messages", "log"} {
			if n := count1(t, s, `SELECT COUNT(*) FROM `+table); n != 0 {
				t.Errorf("%s: got %d rows", table, n)
			}
		}
		if _, err := s.SignIn(t.Context(), 7); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("a request that never was: got %v", err)
		}
	})
}

func TestAnAddressMayAskFiveTimesAnHour(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""), person("bertil", ""))
		var wg sync.WaitGroup
		var granted atomic.Int32
		for range 12 {
			wg.Go(func() {
				asked, err := s.AskSignIn(t.Context(), stampAt(now), "anna@stad.example", "x")
				if err != nil {
					t.Error(err)
				}
				if asked.ID != 0 {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		if granted.Load() != tertial.SignInsAnHour {
			t.Errorf("granted: got %d, want %d", granted.Load(), tertial.SignInsAnHour)
		}
		if mustAsk(t, s, now, "bertil@stad.example").ID == 0 {
			t.Error("another address was refused")
		}
		if mustAsk(t, s, now.Add(59*time.Minute), "anna@stad.example").ID != 0 {
			t.Error("a sixth within the hour")
		}
		if mustAsk(t, s, now.Add(61*time.Minute), "anna@stad.example").ID == 0 {
			t.Error("refused after an hour")
		}
		mustAsk(t, s, now.Add(25*time.Hour), "anna@stad.example")
		if n := count1(t, s, `SELECT COUNT(*) FROM sign_ins WHERE email_key LIKE 'anna%'`); n != 2 {
			t.Errorf("requests kept a day later: got %d, want 2", n)
		}
	})
}

func TestARequestIsSpentOnceInTimeAndNotAfterTooManyGuesses(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""))
		open := func(at time.Time) int {
			t.Helper()
			all, err := s.OpenSignIns(t.Context(), at, "ANNA@stad.example")
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		spend := func(at time.Time, id int64) bool {
			t.Helper()
			ok, err := s.SpendSignIn(t.Context(), stampAt(at), id)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		late, guessed, good := mustAsk(t, s, now, "anna@stad.example"), mustAsk(t, s, now, "anna@stad.example"), mustAsk(t, s, now, "anna@stad.example")
		if got := open(now); got != 3 {
			t.Errorf("open: got %d, want 3", got)
		}
		for range tertial.SignInTries {
			if err := s.MissSignIn(t.Context(), now, guessed.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got := open(now); got != 2 || spend(now, guessed.ID) {
			t.Errorf("after the guesses: %d are open, want 2, and it is spent", got)
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if ok, err := s.SpendSignIn(t.Context(), stampAt(now), good.ID); err != nil {
					t.Error(err)
				} else if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("let in: got %d, want one", won.Load())
		}
		end := now.Add(tertial.SignInMinutes * time.Minute)
		if open(end) != 0 || spend(end, late.ID) || spend(now, 999) {
			t.Error("what is too old, or never was, is good")
		}
		read, err := s.SignIn(t.Context(), good.ID)
		if err != nil || read.Good(now) || read.Spent.IsZero() {
			t.Errorf("what was spent: got %+v, %v", read, err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM log WHERE verb = 'signed in' AND subject = $1`, personSubject(good.Person)); n != 1 {
			t.Errorf("the log: got %d entries, want 1", n)
		}
	})
}

func TestAnAccountIsOnePersons(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bertil", ""))
		anna, bertil := personID(t, s, "anna@stad.example"), personID(t, s, "bertil@stad.example")
		const issuer = "https://login.stad.example"
		if _, err := s.LinkedPerson(t.Context(), issuer, "1"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("before: got %v", err)
		}
		for range 2 {
			if err := s.LinkPerson(t.Context(), stampAt(now), anna, issuer, "1"); err != nil {
				t.Fatal(err)
			}
		}
		p, err := s.LinkedPerson(t.Context(), issuer, "1")
		if err != nil || p.ID != anna || len(p.Holdings) != 1 {
			t.Errorf("got %+v, %v", p, err)
		}
		if _, err := s.LinkedPerson(t.Context(), "https://other.example", "1"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("the same subject of another provider: got %v", err)
		}
		if err := s.LinkPerson(t.Context(), stampAt(now), bertil, issuer, "1"); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("somebody else's: got %v", err)
		}
		if err := s.LinkPerson(t.Context(), stampAt(now), 999, issuer, "2"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("nobody's: got %v", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM log WHERE verb = 'account linked'`); n != 1 {
			t.Errorf("the log: got %d entries, want 1", n)
		}
	})
}
