package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func mustMake(t testing.TB, s *Store, k tertial.APIToken, secret string) tertial.APIToken {
	t.Helper()
	k, err := s.NewAPIToken(t.Context(), stampAt(now), k, tertial.HashSecret(secret))
	if err != nil {
		t.Fatalf("NewAPIToken: %v", err)
	}
	return k
}

func TestATokenIsGoodUntilItExpiresOrIsRevoked(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		week := tertial.Instant{Time: now.AddDate(0, 0, 7)}
		k := mustMake(t, s, tertial.APIToken{Name: " Diariet ", Scopes: []string{"read:actions", "read:plan"}, Expires: week}, "tt_1")
		endless := mustMake(t, s, tertial.APIToken{Name: "Evig", Scopes: []string{"read:plan"}}, "tt_2")
		got, err := s.TokenByHash(t.Context(), now.Add(time.Hour), tertial.HashSecret("tt_1"))
		if err != nil || got.ID != k.ID || got.Name != "Diariet" || len(got.Scopes) != 2 || !got.Used.Equal(now.Add(time.Hour)) {
			t.Errorf("got %+v, %v", got, err)
		}
		for name, c := range map[string]struct {
			at   time.Time
			hash string
		}{
			"when it has expired": {week.Time, tertial.HashSecret("tt_1")},
			"another secret":      {now, tertial.HashSecret("tt_3")},
			"the secret itself":   {now, "tt_1"},
		} {
			if _, err := s.TokenByHash(t.Context(), c.at, c.hash); !errors.Is(err, tertial.ErrNotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := s.TokenByHash(t.Context(), now.AddDate(50, 0, 0), tertial.HashSecret("tt_2")); err != nil {
			t.Errorf("one without an end: %v", err)
		}
		for range 2 {
			if err := s.RevokeAPIToken(t.Context(), stampAt(now), endless.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.TokenByHash(t.Context(), now, tertial.HashSecret("tt_2")); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("when it is revoked: got %v", err)
		}
		if err := s.RevokeAPIToken(t.Context(), stampAt(now), 999); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("one that never was: got %v", err)
		}
		all, err := s.APITokens(t.Context())
		if err != nil || len(all) != 2 || all[0].ID != endless.ID || all[0].Good(now) || !all[1].Good(now) || all[1].Good(week.Time) {
			t.Errorf("the list: got %+v, %v", all, err)
		}
		for _, e := range collect(t, s.Log(t.Context(), "")) {
			if strings.Contains(string(e.Detail), "tt_") || strings.Contains(string(e.Detail), tertial.HashSecret("tt_1")) {
				t.Errorf("the log tells the secret: %s", e.Detail)
			}
		}
	})
}

func TestATokenIsNotWrittenToAtEachUse(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustMake(t, s, tertial.APIToken{Name: "x", Scopes: []string{"read:plan"}}, "tt_1")
		for i, want := range []time.Duration{0, 0, 0, time.Minute} {
			at := now.Add(time.Duration(i) * 20 * time.Second)
			got, err := s.TokenByHash(t.Context(), at, tertial.HashSecret("tt_1"))
			if err != nil || !got.Used.Equal(now.Add(want)) {
				t.Errorf("use %d: got %v, %v; want %v", i, got.Used, err, now.Add(want))
			}
		}
	})
}

func TestATokenWithAFaultIsNotMade(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		good := tertial.APIToken{Name: "x", Scopes: []string{"read:plan"}}
		mustMake(t, s, good, "tt_1")
		nameless, useless, spaced, late := good, good, good, good
		nameless.Name, useless.Scopes, spaced.Scopes, late.Expires = " ", nil, []string{"read plan"}, tertial.Instant{Time: now}
		for name, k := range map[string]tertial.APIToken{"no name": nameless, "no scope": useless, "two words": spaced, "no time left": late} {
			if _, err := s.NewAPIToken(t.Context(), stampAt(now), k, "h"); !errors.Is(err, tertial.ErrInvalid) {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
		if _, err := s.NewAPIToken(t.Context(), stampAt(now), good, ""); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("no secret: got %v", err)
		}
		if _, err := s.NewAPIToken(t.Context(), stampAt(now), good, tertial.HashSecret("tt_1")); !errors.Is(err, tertial.ErrConflict) {
			t.Errorf("the same secret: got %v", err)
		}
	})
}

func TestANewCalendarEndsTheOldAddress(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""))
		anna := personID(t, s, "anna@stad.example")
		before, err := s.CalendarSerial(t.Context(), anna)
		if err != nil {
			t.Fatal(err)
		}
		made, err := s.NewCalendar(t.Context(), stampAt(now), anna)
		if err != nil || made != before+1 {
			t.Errorf("got %d, %v; want %d", made, err, before+1)
		}
		if after, err := s.CalendarSerial(t.Context(), anna); err != nil || after != made {
			t.Errorf("got %d, %v; want %d", after, err, made)
		}
		if _, err := s.CalendarSerial(t.Context(), 999); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("nobody's: got %v", err)
		}
		if _, err := s.NewCalendar(t.Context(), stampAt(now), 999); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("nobody's: got %v", err)
		}
	})
}
