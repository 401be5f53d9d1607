package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// asked hands the action over from anna, and returns the answer.
func asked(t testing.TB, s *Store, at time.Time, to string) tertial.Answer {
	t.Helper()
	return mustGive(t, s, at, "anna", tertial.Answer{Kind: tertial.AnswerHandOver, Text: "Hör till dem", To: to})
}

func mustDecide(t testing.TB, s *Store, at time.Time, id int64, d tertial.Decision) tertial.Answer {
	t.Helper()
	a, err := s.DecideAnswer(t.Context(), stampAt(at), id, d, "")
	if err != nil {
		t.Fatalf("DecideAnswer: %v", err)
	}
	return a
}

func mayAnswer(t testing.TB, s *Store, ref, name, on string) bool {
	t.Helper()
	may, err := s.MayAnswer(t.Context(), ref, idOf(t, s, name), day(on))
	if err != nil {
		t.Fatalf("MayAnswer: %v", err)
	}
	return may
}

func TestAHandOverToSomebodyNewMakesThemResponsibleForThatActionOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		mustAdd(t, s, now, draft("8.1", "2024-06-30", "HR"))
		lookAll(t, s, now, telling(tertial.Assigned, day("2024-03-04"), now.AddDate(0, 3, 0)))
		a := asked(t, s, now, "Eva-Lena.Berg@stad.example")

		var m messageRow
		if err := s.r.GetContext(t.Context(), &m, `SELECT `+messageColumns+` FROM messages m WHERE kind = 'handover'`); err != nil {
			t.Fatal(err)
		}
		var facts tertial.Facts
		if err := json.Unmarshal([]byte(m.Facts), &facts); err != nil || facts.Answer == nil || facts.Answer.ID != a.ID || facts.Answer.Person != "anna" ||
			facts.Answer.Title != "Åtgärd för 7.2" || facts.Answer.Text != "Hör till dem" {
			t.Errorf("the mail tells %s, %v", m.Facts, err)
		}
		if m.Address != "Eva-Lena.Berg@stad.example" || m.State != tertial.MessageQueued || !m.NextTry.Equal(now) || m.Name != "" {
			t.Errorf("the mail: got %+v", m)
		}

		next := now.AddDate(0, 0, 1)
		got := mustDecide(t, s, next, a.ID, tertial.Agreed)
		if got.Decision != tertial.Agreed {
			t.Errorf("got %+v", got)
		}
		eva, err := s.Person(t.Context(), "eva-lena.berg@stad.example")
		if err != nil || eva.Name != "Eva Lena Berg" || len(eva.Holdings) != 1 || eva.Holdings[0].Role != "Eva Lena Berg" || eva.Holdings[0].From != day("2024-03-05") {
			t.Fatalf("who is new: got %+v, %v", eva, err)
		}
		equal(t, "responsible for the action", mustAction(t, s, "2024-7.2").Responsible, []string{"Eva Lena Berg"})
		equal(t, "responsible for another", mustAction(t, s, "2024-8.1").Responsible, []string{"HR"})
		equal(t, "quiets", quietsOf(t, s), []string{})
		if mayAnswer(t, s, "2024-7.2", "anna", "2024-03-05") || !mayAnswer(t, s, "2024-8.1", "anna", "2024-03-05") {
			t.Error("who handed over may answer about what is left to them, and nothing else")
		}
		if may, err := s.MayAnswer(t.Context(), "2024-7.2", eva.ID, day("2024-03-05")); err != nil || !may {
			t.Errorf("who took over may not answer: %v", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'decision' AND address_key = 'anna@stad.example'`); n != 1 {
			t.Errorf("who handed over is told %d times", n)
		}
		if r := row(t, s, "2024-7.2"); !r.LookAt.Equal(next) {
			t.Errorf("the look is at %v, want %v", r.LookAt, next)
		}
		verifyLog(t, s)

		// The look finds who took over.
		lookAll(t, s, next, telling(tertial.Assigned, day("2024-03-05"), next.AddDate(0, 3, 0)))
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'reminder' AND person_id = $1`, eva.ID); n != 1 {
			t.Errorf("who took over is told %d times", n)
		}
	})
}

func TestAHandOverTwiceToOnePersonUsesTheirOneRole(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		p := person("bo", "IT")
		p.Name = "Bo Ek"
		mustSave(t, s, now, person("anna", "HR"), p)
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		mustAdd(t, s, now, draft("8.1", "", "HR"))
		mustDecide(t, s, now, asked(t, s, now, "bo@stad.example").ID, tertial.Agreed)
		other := mustGive(t, s, now, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerHandOver, To: "bo@stad.example"})
		mustDecide(t, s, now.AddDate(0, 0, 1), other.ID, tertial.Agreed)
		equal(t, "the first", mustAction(t, s, "2024-7.2").Responsible, []string{"Bo Ek"})
		equal(t, "the second", mustAction(t, s, "2024-8.1").Responsible, []string{"Bo Ek"})
		bo, err := s.Person(t.Context(), "bo@stad.example")
		if err != nil || len(bo.Holdings) != 2 {
			t.Errorf("got %+v, %v; want IT and the own role", bo.Holdings, err)
		}
	})
}

// A person's own role must not make them what a function's name says.
func TestAnOwnRoleIsNobodyElses(t *testing.T) {
	for address, c := range map[string]struct{ person, role string }{
		"hr@stad.example":                           {"Hr", "Hr (person)"},
		"ciso@stad.example":                         {"Ciso", "Ciso (person)"},
		"information.security.officer@stad.example": {"Information Security Officer", "Information Security Officer (person)"},
		"kommun.styrelse@stad.example":              {"Kommun Styrelse", "Kommun Styrelse (person)"},
		"data.ansvarig@stad.example":                {"Data Ansvarig", "Data Ansvarig (person)"},
	} {
		t.Run(address, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				s.management = "kommunstyrelse"
				mustSave(t, s, now, person("anna", "HR"), person("dag", "Dataansvarig"))
				mustAdd(t, s, now, draft("7.2", "", "HR"))
				mustAdd(t, s, now, draft("8.1", "", "HR"))
				mustDecide(t, s, now, asked(t, s, now, address).ID, tertial.Agreed)
				equal(t, "responsible", mustAction(t, s, "2024-7.2").Responsible, []string{c.role})
				p, err := s.Person(t.Context(), address)
				if err != nil || p.Name != c.person {
					t.Fatalf("got %+v, %v", p, err)
				}
				if may, err := s.MayAnswer(t.Context(), "2024-8.1", p.ID, day("2024-03-04")); err != nil || may {
					t.Errorf("they may answer about another action: %v", err)
				}
				for _, r := range p.Roles(day("2024-03-04")) {
					if key := tertial.RoleKey(r); key == "hr" || key == tertial.Coordinator || key == "kommunstyrelse" || key == "dataansvarig" {
						t.Errorf("they hold %q", r)
					}
				}
			})
		})
	}
}

func TestADeclinedHandOverLeavesAllAsItWas(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := asked(t, s, now, "ny@stad.example")
		got := mustDecide(t, s, now.Add(time.Hour), a.ID, tertial.Refusal)
		if got.Decision != tertial.Refusal {
			t.Errorf("got %+v", got)
		}
		equal(t, "responsible", mustAction(t, s, "2024-7.2").Responsible, []string{"HR"})
		equal(t, "quiets", quietsOf(t, s), []string{})
		if _, err := s.Person(t.Context(), "ny@stad.example"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("somebody was made: %v", err)
		}
		if a := mustAction(t, s, "2024-7.2"); a.Version != 1 {
			t.Errorf("the action is at version %d", a.Version)
		}
	})
}

func TestWhatIsHandedOverAreTheRolesOfWhoDoes(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "IT"), person("ivar", "ISAM"))
		a := draft("7.2", "2024-06-30", "IT", "HR")
		a.Contributors = []string{"HR"}
		mustAdd(t, s, now, a)
		mustDecide(t, s, now, asked(t, s, now, "eva.ek@stad.example").ID, tertial.Agreed)
		got := mustAction(t, s, "2024-7.2")
		equal(t, "responsible", got.Responsible, []string{"IT", "Eva Ek"})
		equal(t, "contributors", got.Contributors, []string{"HR"})
		if _, err := give(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerHandOver, To: "eva.ek@stad.example"}); err != nil {
			t.Errorf("who is responsible beside may take over the rest: %v", err)
		}
	})
}

func TestWhoWasNotKnownDecidesByTheirAddress(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		stamp := stampAt(now)
		stamp.By = "message:88"
		declined, err := s.DecideAnswer(t.Context(), stamp, asked(t, s, now, "nej.tack@stad.example").ID, tertial.Refusal, "")
		if err != nil || declined.DecidedBy != "nej.tack@stad.example" {
			t.Errorf("declined: got by %q, %v", declined.DecidedBy, err)
		}
		accepted, err := s.DecideAnswer(t.Context(), stamp, asked(t, s, now, "ja.tack@stad.example").ID, tertial.Agreed, "")
		if err != nil || accepted.DecidedBy != "Ja Tack" {
			t.Errorf("accepted: got by %q, %v", accepted.DecidedBy, err)
		}
	})
}

func TestAHandOverToWhoHasTheRoleIsInvalid(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bo", "HR"))
		mustAdd(t, s, now, draft("7.2", "", "HR"))
		_, err := give(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerHandOver, To: "bo@stad.example"})
		if !errors.Is(err, tertial.ErrInvalid) || !strings.Contains(err.Error(), "already") {
			t.Errorf("got %v", err)
		}
	})
}

func TestADomainOfTheConfigurationIsOneOfTheHouse(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		s.domains = []string{"bolag.example"}
		answerHouse(t, s)
		if a := asked(t, s, now, "eva@Bolag.example"); !a.Waits() {
			t.Errorf("got %+v", a)
		}
	})
}

func TestAHandOverOfWhatIsNoLongerTheirsIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := asked(t, s, now, "bo@stad.example")
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { a.Responsible = []string{"ISAM"}; return nil })
		if _, err := s.DecideAnswer(t.Context(), stampAt(now), a.ID, tertial.Agreed, ""); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("got %v", err)
		}
		equal(t, "responsible", mustAction(t, s, "2024-7.2").Responsible, []string{"ISAM"})
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Cancelled, "nej") })
		if _, err := s.DecideAnswer(t.Context(), stampAt(now), a.ID, tertial.Agreed, ""); !errors.Is(err, tertial.ErrRefused) {
			t.Errorf("of a closed action: got %v", err)
		}
	})
}

func TestTwoDecideOnOneHandOver(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		a := asked(t, s, now, "ny.person@stad.example")
		errs := make(chan error, 10)
		for i := range 10 {
			d := tertial.Agreed
			if i%2 == 1 {
				d = tertial.Refusal
			}
			go func() {
				_, err := s.DecideAnswer(t.Context(), stampAt(now), a.ID, d, "")
				errs <- err
			}()
		}
		conflicts := 0
		for range 10 {
			if err := <-errs; errors.Is(err, tertial.ErrConflict) {
				conflicts++
			} else if err != nil {
				t.Errorf("got %v", err)
			}
		}
		if conflicts != 5 {
			t.Errorf("got %d conflicts, want 5: one of the two decisions holds", conflicts)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE kind = 'decision'`); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		verifyLog(t, s)
	})
}

func TestWhoMayAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		away := person("anna", "HR")
		away.AwayFrom, away.AwayTo, away.Deputy = day("2024-04-01"), day("2024-04-30"), "bo@stad.example"
		alsoAway := person("bo", "")
		alsoAway.AwayFrom, alsoAway.AwayTo, alsoAway.Deputy = day("2024-04-15"), day("2024-04-20"), "cilla@stad.example"
		leaves := person("dag", "")
		leaves.Holdings = []tertial.Holding{{Role: "IT", To: day("2024-04-10")}}
		alone := person("eva", "Jurist")
		alone.AwayFrom = day("2024-04-01")
		mustSave(t, s, now, away, alsoAway, person("cilla", ""), leaves, alone, person("ivar", "ISAM"))
		for clause, role := range map[string]string{"7.2": "HR", "8.1": "IT", "9.1": "Jurist", "5.1": "Ingen"} {
			a := draft(clause, "", role)
			a.Contributors, a.FollowUp = []string{"Kommunikatör"}, []string{"ISAM"}
			mustAdd(t, s, now, a)
		}
		mustEdit(t, s, now, "2024-8.1", func(a *tertial.Action) error { a.Contributors = []string{"HR"}; return nil })
		for _, c := range []struct {
			name, ref, who, on string
			want               bool
		}{
			{"who holds the role", "2024-7.2", "anna", "2024-03-31", true},
			{"also while away", "2024-7.2", "anna", "2024-04-01", true},
			{"a deputy of who is there", "2024-7.2", "bo", "2024-03-31", false},
			{"a deputy of who is away", "2024-7.2", "bo", "2024-04-01", true},
			{"a deputy's deputy", "2024-7.2", "cilla", "2024-04-01", false},
			{"a deputy's deputy while both are away", "2024-7.2", "cilla", "2024-04-16", true},
			{"the coordinator while somebody is there", "2024-7.2", "ivar", "2024-04-16", false},
			{"who holds it to the last day", "2024-8.1", "dag", "2024-04-10", true},
			{"who held it", "2024-8.1", "dag", "2024-04-11", false},
			{"the coordinator where nobody holds it any more", "2024-8.1", "ivar", "2024-04-11", true},
			{"the coordinator while somebody does", "2024-8.1", "ivar", "2024-04-10", false},
			{"a contributor", "2024-8.1", "anna", "2024-03-31", false},
			{"the coordinator where who holds it is away without a deputy", "2024-9.1", "ivar", "2024-04-01", true},
			{"the coordinator before that", "2024-9.1", "ivar", "2024-03-31", false},
			{"the coordinator where nobody ever held it", "2024-5.1", "ivar", "2024-03-31", true},
			{"anybody else", "2024-5.1", "anna", "2024-03-31", false},
		} {
			if got := mayAnswer(t, s, c.ref, c.who, c.on); got != c.want {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
		if may, err := s.MayAnswer(t.Context(), "2024-5.1", 0, day("2024-03-31")); may || err != nil {
			t.Errorf("nobody: got %v, %v", may, err)
		}
		if _, err := s.MayAnswer(t.Context(), "2024-6.6", 1, day("2024-03-31")); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("about nothing: got %v", err)
		}
	})
}

func TestWhoStandsInAnswersForWhomTheyDo(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		away := person("anna", "HR")
		away.AwayFrom, away.Deputy = day("2024-03-01"), "bo@stad.example"
		mustSave(t, s, now, away, person("bo", ""), person("ivar", "ISAM"))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		mustAdd(t, s, now, draft("8.1", "2024-06-30", "Ingen"))
		mustGive(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerLater, Date: day("2024-03-11")})
		mustGive(t, s, now, "ivar", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerLater, Date: day("2024-03-11")})
		equal(t, "quiets", quietsOf(t, s), []string{"2024-7.2 anna later 2024-03-04..2024-03-11", "2024-8.1 - later 2024-03-04..2024-03-11"})
		mustGive(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"})
		mustGive(t, s, now, "ivar", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerDone, Text: "klart"})
		for ref, who := range map[string]string{"2024-7.2": "anna", "2024-8.1": "ivar"} {
			if a := mustAction(t, s, ref); a.Status != tertial.ReportedDone {
				t.Errorf("%s is %s", ref, a.Status)
			}
			if n := count1(t, s, `SELECT COUNT(*) FROM answers WHERE person_id = $1`, idOf(t, s, who)); n != 1 {
				t.Errorf("%s is noted %d times", who, n)
			}
		}
	})
}

func TestADeputyHandsOverTheRoleOfWhoIsAway(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		away := person("anna", "HR")
		away.AwayFrom, away.Deputy = day("2024-03-01"), "bo@stad.example"
		mustSave(t, s, now, away, person("bo", ""), person("cilla", ""))
		mustAdd(t, s, now, draft("7.2", "2024-06-30", "HR"))
		a := mustGive(t, s, now, "bo", tertial.Answer{Kind: tertial.AnswerHandOver, To: "cilla@stad.example"})
		stamp := stampAt(now)
		stamp.By = fmt.Sprintf("person:%d", idOf(t, s, "cilla"))
		got, err := s.DecideAnswer(t.Context(), stamp, a.ID, tertial.Agreed, "")
		if err != nil || got.DecidedBy != "cilla" {
			t.Fatalf("got %+v, %v", got, err)
		}
		equal(t, "responsible", mustAction(t, s, "2024-7.2").Responsible, []string{"cilla (person)"})
	})
}
