package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func TestPeopleAreStoredByAddressAndTheSameFileAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		anna, bertil := person("anna", "HR"), person("bertil", "ISAM")
		anna.Manager, bertil.Manager, bertil.Deputy = "BERTIL@stad.example", "anna@stad.example", "anna@stad.example"
		bertil.Holdings = append(bertil.Holdings, tertial.Holding{Role: "IT", From: day("2024-05-01")}, tertial.Holding{Role: "CISO"})
		list := []tertial.Person{anna, bertil}
		added, changed, err := s.SavePeople(t.Context(), stampAt(now), list)
		if err != nil || added != 2 || changed != 0 {
			t.Fatalf("first: got %d added, %d changed, %v", added, changed, err)
		}
		entries := count1(t, s, `SELECT COUNT(*) FROM log`)
		added, changed, err = s.SavePeople(t.Context(), stampAt(now), list)
		if err != nil || added != 0 || changed != 0 || count1(t, s, `SELECT COUNT(*) FROM log`) != entries {
			t.Errorf("again: got %d added, %d changed, %v; want nothing", added, changed, err)
		}
		got, err := s.Person(t.Context(), "Bertil@STAD.example")
		if err != nil || got.Manager != "anna@stad.example" || got.DeputyID != got.ManagerID || len(got.Holdings) != 2 {
			t.Errorf("bertil: got %+v, %v", got, err)
		}
		list[0].Name = "Anna A"
		list[0].Holdings = nil
		if added, changed, err = s.SavePeople(t.Context(), stampAt(now), list); err != nil || added != 0 || changed != 1 {
			t.Errorf("one changed: got %d added, %d changed, %v", added, changed, err)
		}
		if byID, err := s.PersonByID(t.Context(), got.ManagerID); err != nil || byID.Name != "Anna A" || len(byID.Holdings) != 0 {
			t.Errorf("anna: got %+v, %v", byID, err)
		}
	})
}

func TestAListOfPeopleWithAFaultStoresNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		anna := person("anna", "HR")
		ghost, self, nameless, twice, backwards := anna, anna, anna, anna, anna
		ghost.Manager = "ghost@stad.example"
		self.Deputy = anna.Email
		nameless.Name = " "
		twice.Email = "ANNA@stad.example"
		backwards.Holdings = []tertial.Holding{{Role: "HR", From: day("2024-05-01"), To: day("2024-04-01")}}
		for name, list := range map[string][]tertial.Person{
			"an unknown manager":       {ghost},
			"their own deputy":         {self},
			"no name":                  {nameless},
			"twice in the list":        {anna, twice},
			"a role held backwards":    {backwards},
			"a good one and a bad one": {person("bertil", ""), ghost},
		} {
			_, _, err := s.SavePeople(t.Context(), stampAt(now), list)
			if !errors.Is(err, tertial.ErrInvalid) {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
			if name == "an unknown manager" && !strings.Contains(err.Error(), "ghost@") {
				t.Errorf("%s: %v does not name it", name, err)
			}
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM persons`); n != 0 {
			t.Errorf("got %d people, want none", n)
		}
	})
}

func TestEditingAPerson(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"), person("bertil", ""))
		p, err := s.EditPerson(t.Context(), stampAt(now), "anna@stad.example", func(p *tertial.Person) error {
			p.Email, p.AwayFrom, p.Deputy = "Anna.A@stad.example", day("2024-07-01"), "bertil@stad.example"
			p.Holdings[0].To = day("2024-08-31")
			return nil
		})
		if err != nil || p.Email != "Anna.A@stad.example" || p.Holdings[0].To != day("2024-08-31") || p.DeputyID == 0 {
			t.Errorf("got %+v, %v", p, err)
		}
		if _, err := s.Person(t.Context(), "anna@stad.example"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("the old address: got %v", err)
		}
		_, err = s.EditPerson(t.Context(), stampAt(now), p.Email, func(p *tertial.Person) error { p.Email = "bertil@stad.example"; return nil })
		if !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("somebody else's address: got %v, want a conflict", err)
		}
		for _, e := range collect(t, s.Log(t.Context(), "")) {
			if strings.Contains(string(e.Detail), "@") || strings.Contains(strings.ToLower(string(e.Detail)), "anna") {
				t.Errorf("the log names somebody: %s", e.Detail)
			}
		}
	})
}

func TestAChangeOfAPersonHasTheActionsItConcernsLookedAt(t *testing.T) {
	boss, anna, bertil := person("boss", ""), person("anna", "HR"), person("bertil", "IT")
	anna.Manager, bertil.Deputy = boss.Email, anna.Email
	isam := person("isam", "ISAM")
	away := func(p *tertial.Person) error { p.AwayFrom = day("2024-05-01"); return nil }
	for name, c := range map[string]struct {
		who  string
		edit func(*tertial.Person) error
		want []string
	}{
		"a holder is away":                                    {"bertil", away, []string{"IT"}},
		"a holder who stands in for another":                  {"anna", away, []string{"HR", "IT"}},
		"a manager of a holder, and of who she is deputy for": {"boss", away, []string{"HR", "IT"}},
		"a role that nobody held":                             {"boss", func(p *tertial.Person) error { p.Holdings = []tertial.Holding{{Role: "Tom"}}; return nil }, []string{"HR", "IT", "Tom"}},
		"a role that is given up":                             {"anna", func(p *tertial.Person) error { p.Holdings = nil; return nil }, []string{"HR", "IT"}},
		"the coordinator":                                     {"isam", away, []string{"HR", "IT", "Tom"}},
		"who becomes coordinator":                             {"boss", func(p *tertial.Person) error { p.Holdings = []tertial.Holding{{Role: "CISO"}}; return nil }, []string{"HR", "IT", "Tom"}},
		"nothing changed":                                     {"anna", func(*tertial.Person) error { return nil }, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				mustSave(t, s, now, boss, anna, bertil, isam)
				for i, role := range []string{"HR", "IT", "Tom", "IT"} {
					a := draft([]string{"4.1", "4.2", "4.3", "4.4"}[i], "2024-06-30", role)
					mustAdd(t, s, now, a)
				}
				mustEdit(t, s, now, "2024-4.4", func(a *tertial.Action) error { return a.Close(tertial.Done, "klart") })
				far := now.AddDate(1, 0, 0)
				if _, err := s.w.Exec(`UPDATE looks SET look_at = $1 WHERE look_at IS NOT NULL`, instantOf(far)); err != nil {
					t.Fatal(err)
				}
				later := now.Add(time.Hour)
				if _, err := s.EditPerson(t.Context(), stampAt(later), c.who+"@stad.example", c.edit); err != nil {
					t.Fatal(err)
				}
				got := []string{}
				for _, a := range collect(t, s.Actions(t.Context(), Filter{})) {
					if r := row(t, s, a.Ref); r.LookAt.Equal(later) {
						got = append(got, a.Responsible...)
						if r.Looked != day("2024-03-03") {
							t.Errorf("%s: looked %v", a.Ref, r.Looked)
						}
					}
				}
				equal(t, "looked at", got, c.want)
			})
		})
	}
}
