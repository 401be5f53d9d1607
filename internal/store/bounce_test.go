package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// sentTo stores people and actions, and sends the day's mail. It returns the claims.
func sentTo(t testing.TB, s *Store, actions ...tertial.Action) []tertial.Claim {
	t.Helper()
	toldOf(t, s, actions...)
	claims := mustClaim(t, s, now)
	for _, c := range claims {
		mustRecord(t, s, now, outcome(c, tertial.Accepted, now))
	}
	return claims
}

func suspectOf(t testing.TB, s *Store, email string) string {
	t.Helper()
	p, err := s.Person(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return p.Suspect
}

// logOf returns what the log says of a subject, verb and detail.
func logOf(t testing.TB, s *Store, subject string) []string {
	t.Helper()
	said := []string{}
	for _, e := range collect(t, s.Log(t.Context(), "")) {
		if e.Subject == subject {
			said = append(said, e.Verb+" "+string(e.Detail))
		}
	}
	return said
}

var later = now.Add(3 * time.Hour)

// P15, P17: mail that comes back is told to the coordinator as a refusal is, and an address that does not exist is shown.
func TestAMailThatComesBack(t *testing.T) {
	unknown := tertial.Bounce{Action: "failed", Status: "5.1.1", Reply: "550 <anna@stad.example>: no such user"}
	t.Run("P17 a hard bounce fails the message and its notices", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			claims := sentTo(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
			id := claims[0].Message.ID
			if err := s.Bounce(t.Context(), stampAt(later), id, unknown); err != nil {
				t.Fatal(err)
			}
			m, err := s.Message(t.Context(), id)
			if err != nil || m.State != tertial.MessageFailed || m.Error != "bounced: 5.1.1 550 <anna@stad.example>: no such user" || !m.Sent.Equal(now) {
				t.Errorf("the message: got %+v, %v", m, err)
			}
			equal(t, "notices", noticeStates(t, s), []string{"failed", "told"})
			if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(later) {
				t.Errorf("its action: look at %v, want now", r.LookAt)
			}
			d, _, err := s.Dossier(t.Context(), "", "2024-7.2")
			if err != nil || len(d.Notices) != 1 || d.Notices[0].State != tertial.Failed {
				t.Errorf("the dossier: got %+v, %v; want the failed notice, to be handed over", d.Notices, err)
			}
			sum, err := s.Summary(t.Context(), day("2024-03-01"), day("2024-03-04"))
			if err != nil || len(sum.Problems) != 1 || sum.Problems[0].ID != id {
				t.Errorf("the summary's problems: got %+v, %v", sum.Problems, err)
			}
			if got := suspectOf(t, s, "anna@stad.example"); got != m.Error {
				t.Errorf("the address: got %q, want it suspect", got)
			}
			if got := suspectOf(t, s, "bertil@stad.example"); got != "" {
				t.Errorf("another's address: got %q", got)
			}
			said := logOf(t, s, messageSubject(id))
			equal(t, "the log", said[len(said)-1:], []string{`failed {"status":"5.1.1","verdict":"bounced"}`})
			if said := logOf(t, s, "person 1"); !strings.HasPrefix(said[len(said)-1], "suspect ") || strings.Contains(strings.Join(said, " "), "@") {
				t.Errorf("the log about the person: got %q; want it said, without an address", said)
			}

			// The same again changes nothing.
			before := picture(t, s)
			if err := s.Bounce(t.Context(), stampAt(later.Add(time.Hour)), id, unknown); err != nil {
				t.Fatal(err)
			}
			if after := picture(t, s); after != before {
				t.Errorf("the same report again: got\n%s\nwant\n%s", after, before)
			}
			// A person has it tried again: what it told is owed.
			if err := s.Retry(t.Context(), stampAt(later), id); err != nil {
				t.Fatal(err)
			}
			equal(t, "notices after a retry", noticeStates(t, s), []string{"owed", "told"})
		})
	})
	t.Run("P17 what is not about an address marks none", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			id := sentTo(t, s, draft("7.2", "2024-06-30", "HR"))[0].Message.ID
			if err := s.Bounce(t.Context(), stampAt(later), id, tertial.Bounce{Action: "failed", Status: "5.2.2"}); err != nil {
				t.Fatal(err)
			}
			if got := state(t, s, id); got != tertial.MessageFailed {
				t.Errorf("got %s, want failed", got)
			}
			if got := suspectOf(t, s, "anna@stad.example"); got != "" {
				t.Errorf("the address: got %q", got)
			}
		})
	})
	t.Run("P17 a report about what may have been sent ends the doubt", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
			claim := mustClaim(t, s, now)[0]
			mustRecord(t, s, now, outcome(claim, tertial.Ambiguous, now))
			if err := s.Bounce(t.Context(), stampAt(later), claim.Message.ID, unknown); err != nil {
				t.Fatal(err)
			}
			if got := state(t, s, claim.Message.ID); got != tertial.MessageFailed {
				t.Errorf("got %s, want failed", got)
			}
			equal(t, "notices", noticeStates(t, s), []string{"failed"})
			if claims := mustClaim(t, s, now.Add(24*time.Hour)); len(claims) != 0 {
				t.Errorf("it goes again: %+v", claims)
			}
		})
	})
	t.Run("B110 a delay is only kept, once", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			id := sentTo(t, s, draft("7.2", "2024-06-30", "HR"))[0].Message.ID
			for range 2 {
				if err := s.Bounce(t.Context(), stampAt(later), id, tertial.Bounce{Action: "delayed", Status: "4.4.1"}); err != nil {
					t.Fatal(err)
				}
			}
			if got := state(t, s, id); got != tertial.MessageSent {
				t.Errorf("got %s, want sent", got)
			}
			said := logOf(t, s, messageSubject(id))
			equal(t, "the log", said[1:], []string{`bounce {"action":"delayed","status":"4.4.1"}`})
		})
	})
	t.Run("B110 a report about what was not sent is only kept", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			id := enqueueTest(t, s, "a")
			if err := s.Bounce(t.Context(), stampAt(later), id, unknown); err != nil {
				t.Fatal(err)
			}
			if got := state(t, s, id); got != tertial.MessageQueued {
				t.Errorf("got %s, want queued", got)
			}
			if err := s.Bounce(t.Context(), stampAt(later), id+1, unknown); !errors.Is(err, tertial.ErrNotFound) {
				t.Errorf("no such message: got %v", err)
			}
		})
	})
}

// F7: one wrong address of many.
func TestAWrongAddressIsSuspect(t *testing.T) {
	refusal := func(c tertial.Claim, code int, enhanced string, phase tertial.Phase) tertial.Outcome {
		o := outcome(c, tertial.Refused, now)
		o.Code, o.Enhanced, o.Phase, o.Reply = code, enhanced, phase, "<"+c.Message.To+"> nej"
		return o
	}
	t.Run("F7 5.1.1 at RCPT marks the person and nobody else", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
			claims := mustClaim(t, s, now)
			mustRecord(t, s, now, refusal(claims[0], 550, "5.1.1", tertial.PhaseRcpt), outcome(claims[1], tertial.Accepted, now))
			if got := suspectOf(t, s, "anna@stad.example"); got != "550 5.1.1 <anna@stad.example> nej" {
				t.Errorf("anna: got %q", got)
			}
			if got := suspectOf(t, s, "bertil@stad.example"); got != "" {
				t.Errorf("bertil: got %q", got)
			}
			said := logOf(t, s, "person 1")
			equal(t, "the log", said[1:], []string{`suspect {"message":` + messageSubject(claims[0].Message.ID)[len("message "):] + `,"status":"5.1.1"}`})

			// A list of people says nothing of it, and another address settles it.
			mustSave(t, s, now, person("anna", "HR"))
			if got := suspectOf(t, s, "anna@stad.example"); got == "" {
				t.Error("a list of people has cleared it")
			}
			if _, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error { p.Name = "Anna A"; return nil }); err != nil {
				t.Fatal(err)
			}
			if got := suspectOf(t, s, "anna@stad.example"); got == "" {
				t.Error("another name has cleared it")
			}
			p, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error { p.Email = "anna.a@stad.example"; return nil })
			if err != nil || p.Suspect != "" {
				t.Errorf("after a new address: got %q, %v", p.Suspect, err)
			}
			if said := strings.Join(logOf(t, s, "person 1"), "\n"); strings.Contains(said, "@") {
				t.Errorf("an address in the log: %s", said)
			}
		})
	})
	for name, o := range map[string]struct {
		enhanced string
		phase    tertial.Phase
	}{
		"P16 a matter of policy marks nobody":           {"5.7.1", tertial.PhaseRcpt},
		"F7 our own address marks nobody":               {"5.1.8", tertial.PhaseRcpt},
		"F7 a refusal of the content marks nobody":      {"5.1.1", tertial.PhaseDot},
		"F7 a refusal without its reason marks nobody":  {"", tertial.PhaseRcpt},
		"F7 a full mailbox at the recipient is no such": {"5.2.2", tertial.PhaseRcpt},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSQLite(t)
			toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
			mustRecord(t, s, now, refusal(mustClaim(t, s, now)[0], 550, o.enhanced, o.phase))
			if got := suspectOf(t, s, "anna@stad.example"); got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("F7 an address that has changed meanwhile is not the one", func(t *testing.T) {
		s := openSQLite(t)
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
		claim := mustClaim(t, s, now)[0]
		if _, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error { p.Email = "ny@stad.example"; return nil }); err != nil {
			t.Fatal(err)
		}
		mustRecord(t, s, now, refusal(claim, 550, "5.1.1", tertial.PhaseRcpt))
		if got := suspectOf(t, s, "ny@stad.example"); got != "" {
			t.Errorf("got %q", got)
		}
	})
}
