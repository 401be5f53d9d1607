package store

import (
	"errors"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func session(key string, person int64, seen time.Time) tertial.Session {
	at := tertial.Instant{Time: seen}
	return tertial.Session{Key: key, Person: person, Agent: "Firefox, Linux", Created: at, Seen: at,
		Expires: tertial.Instant{Time: seen.Add(30 * time.Minute)}, Data: []byte("\x00\xffdata")}
}

func mustKeep(t testing.TB, s *Store, v tertial.Session) {
	t.Helper()
	if err := s.SaveSession(t.Context(), v); err != nil {
		t.Fatalf("SaveSession: %v", err)
	}
}

func TestASessionIsReadUntilItExpiresOrIsEnded(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""))
		anna := personID(t, s, "anna@stad.example")
		v := session("aa", 0, now) // before anybody has signed in
		mustKeep(t, s, v)
		v.Person, v.Seen, v.Expires, v.Created = anna, tertial.Instant{Time: now.Add(time.Minute)}, tertial.Instant{Time: now.Add(time.Hour)}, tertial.Instant{}
		v.Data = nil
		mustKeep(t, s, v)
		got, err := s.Session(t.Context(), now, "aa")
		if err != nil || got.Person != anna || len(got.Data) != 0 || !got.Created.Equal(now) || !got.Seen.Equal(v.Seen.Time) {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Session(t.Context(), now.Add(time.Hour), "aa"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("when it has expired: got %v", err)
		}
		for range 2 {
			if err := s.EndSession(t.Context(), "aa"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Session(t.Context(), now, "aa"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("when it was ended: got %v", err)
		}
	})
}

func TestAPersonsSessionsAreListedTheLastSeenFirst(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		mustSave(t, s, now, person("anna", ""), person("bertil", ""))
		anna, bertil := personID(t, s, "anna@stad.example"), personID(t, s, "bertil@stad.example")
		mustKeep(t, s, session("old", anna, now.Add(-time.Hour)))
		mustKeep(t, s, session("first", anna, now.Add(-2*time.Minute)))
		mustKeep(t, s, session("second", anna, now.Add(-time.Minute)))
		mustKeep(t, s, session("other", bertil, now))
		all, err := s.Sessions(t.Context(), now, anna)
		if err != nil || len(all) != 2 || all[0].Key != "second" || all[1].Key != "first" || string(all[0].Data) != "\x00\xffdata" {
			t.Errorf("got %+v, %v", all, err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM sessions`); n != 3 {
			t.Errorf("what has expired stays: %d sessions", n)
		}
	})
}
