package tertial

import (
	"testing"
	"time"
)

func TestWhoSeesWhat(t *testing.T) {
	for name, c := range map[string]struct {
		v              Viewer
		reads, watches bool
	}{
		"an owner":        {Viewer{}, false, false},
		"management":      {Viewer{Management: true}, false, true},
		"an auditor":      {Viewer{Auditor: true}, true, true},
		"the coordinator": {Viewer{Coordinator: true}, true, true},
	} {
		if c.v.Reads() != c.reads || c.v.Watches() != c.watches {
			t.Errorf("%s: reads %t, watches %t; want %t, %t", name, c.v.Reads(), c.v.Watches(), c.reads, c.watches)
		}
	}
}

func TestARequestIsGoodOnceForItsTime(t *testing.T) {
	at := time.Date(2024, 3, 4, 6, 0, 0, 0, time.UTC)
	good := SignIn{ID: 1, Person: 2, Asked: Instant{at}, Expires: Instant{at.Add(10 * time.Minute)}}
	spent, guessed, none := good, good, good
	spent.Spent, guessed.Tries, none.ID = Instant{at}, SignInTries, 0
	for name, c := range map[string]struct {
		s    SignIn
		at   time.Time
		want bool
	}{
		"at once":                 {good, at, true},
		"in its last moment":      {good, at.Add(10*time.Minute - 1), true},
		"after ten minutes":       {good, at.Add(10 * time.Minute), false},
		"when it was used":        {spent, at, false},
		"after too many guesses":  {guessed, at, false},
		"of an address of nobody": {none, at, false},
	} {
		if got := c.s.Good(c.at); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestATokenWithoutAnEndIsGoodUntilItIsRevoked(t *testing.T) {
	at := time.Date(2024, 3, 4, 6, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		k    APIToken
		want bool
	}{
		"without an end": {APIToken{}, true},
		"before its end": {APIToken{Expires: Instant{at.Add(1)}}, true},
		"at its end":     {APIToken{Expires: Instant{at}}, false},
		"revoked":        {APIToken{Revoked: Instant{at}}, false},
	} {
		if got := c.k.Good(at); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
