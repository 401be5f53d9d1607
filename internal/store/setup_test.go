package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"tertial/internal/tertial"
)

func mustOpenSetUp(t testing.TB, s *Store, secret string) {
	t.Helper()
	if works, err := s.SetSetUp(t.Context(), tertial.HashSecret(secret)); err != nil || !works {
		t.Fatalf("SetSetUp: got %t, %v", works, err)
	}
}

func setUpOpen(t testing.TB, s *Store) bool {
	t.Helper()
	open, err := s.SetUpOpen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func TestTheSetUpMakesOneCoordinatorAndCloses(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		if setUpOpen(t, s) {
			t.Error("open without a link")
		}
		mustOpenSetUp(t, s, "first")
		mustOpenSetUp(t, s, "first") // a second start
		if works, err := s.SetSetUp(t.Context(), tertial.HashSecret("other")); err != nil || works {
			t.Errorf("another secret: got %t, %v", works, err)
		}
		if !setUpOpen(t, s) {
			t.Error("not open")
		}
		if _, err := s.SetUp(t.Context(), stampAt(now), "guess", "Anna Ek", "anna@stad.example"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("a wrong secret: got %v", err)
		}
		if _, err := s.SetUp(t.Context(), stampAt(now), "first", " ", "anna@stad.example"); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("no name: got %v", err)
		}
		if _, err := s.SetUp(t.Context(), stampAt(now), "first", "Anna", "anna"); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("no address: got %v", err)
		}
		var made atomic.Int32
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				_, err := s.SetUp(t.Context(), stampAt(now), "first", "Anna Ek", "anna@stad.example")
				switch {
				case err == nil:
					made.Add(1)
				case !errors.Is(err, tertial.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 || setUpOpen(t, s) || count1(t, s, `SELECT COUNT(*) FROM persons`) != 1 {
			t.Errorf("set up %d times, open: %t", made.Load(), setUpOpen(t, s))
		}
		v, err := s.Viewer(t.Context(), personID(t, s, "anna@stad.example"), day("2024-03-04"))
		if err != nil || !v.Coordinator || v.Person.Name != "Anna Ek" || v.Person.Holdings[0].Role != "ISAM" {
			t.Errorf("the viewer: got %+v, %v", v, err)
		}
		if works, err := s.SetSetUp(t.Context(), tertial.HashSecret("first")); err != nil || works {
			t.Errorf("after all: got %t, %v", works, err)
		}
		if _, bad, err := s.VerifyLog(t.Context()); err != nil || bad != 0 {
			t.Errorf("the log: %d, %v", bad, err)
		}
	})
}

func TestTheSetUpGivesAPersonWhoIsThereTheRole(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", "HR"))
		mustImport(t, s, now, preview("aa", draft("7.2", "2024-06-30", "Informationssäkerhetssamordnare")))
		mustOpenSetUp(t, s, "x")
		p, err := s.SetUp(t.Context(), stampAt(now), "x", "Anna Ek", "Anna@stad.example")
		if err != nil || p.Name != "Anna Ek" || len(p.Holdings) != 2 {
			t.Fatalf("got %+v, %v", p, err)
		}
		v, err := s.Viewer(t.Context(), p.ID, day("2024-03-04"))
		if err != nil || !v.Coordinator {
			t.Errorf("the viewer: got %+v, %v", v, err)
		}
	})
}

func TestWhoeverIsLetInFirstClosesTheSetUp(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""))
		mustOpenSetUp(t, s, "x")
		asked := mustAsk(t, s, now, "anna@stad.example")
		if !setUpOpen(t, s) {
			t.Error("closed by a request")
		}
		if ok, err := s.SpendSignIn(t.Context(), stampAt(now), asked.ID); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if setUpOpen(t, s) {
			t.Error("still open")
		}
	})
}

func TestWhatAPersonMaySeeGoesByTheirRolesOnTheDay(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		s.management, s.auditor = "ledning", "internrevisor"
		anna, bertil, cesar := person("anna", "CISO"), person("bertil", "Ledning"), person("cesar", "Intern revisor")
		anna.Holdings[0].To = day("2024-03-31")
		cesar.Holdings = append(cesar.Holdings, tertial.Holding{Role: "HR"})
		mustSave(t, s, now, anna, bertil, cesar)
		for _, c := range []struct {
			who, on                          string
			coordinator, management, auditor bool
		}{
			{"anna", "2024-03-31", true, false, false},
			{"anna", "2024-04-01", false, false, false},
			{"bertil", "2024-03-31", false, true, false},
			{"cesar", "2024-03-31", false, false, true},
		} {
			v, err := s.Viewer(t.Context(), personID(t, s, c.who+"@stad.example"), day(c.on))
			if err != nil || v.Coordinator != c.coordinator || v.Management != c.management || v.Auditor != c.auditor {
				t.Errorf("%s on %s: got %+v, %v", c.who, c.on, v, err)
			}
		}
		if _, err := s.Viewer(t.Context(), 999, day("2024-03-31")); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("nobody: got %v", err)
		}
	})
}

func TestAnInstanceWithoutManagementShowsItToNobody(t *testing.T) {
	s := openSQLite(t)
	mustSave(t, s, now, person("anna", "HR"))
	v, err := s.Viewer(t.Context(), 1, day("2024-03-31"))
	if err != nil || v.Management || v.Auditor || v.Watches() {
		t.Errorf("got %+v, %v", v, err)
	}
}
