package tertial

import (
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func signer() *Signer { return NewSigner([]byte("a secret of thirty-two bytes.....")) }

func linkDay(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestALinkSaysWhatItIsForAndNothingElseIsIt(t *testing.T) {
	s, l := signer(), AnswerLink{Message: 88, Person: 12, Action: 42, Expires: linkDay("2027-05-30")}
	token := s.Answer(l)
	if !strings.HasPrefix(token, "88-42-20270530-") || strings.Contains(token, "12-") {
		t.Errorf("got %q", token)
	}
	read, ok := ParseAnswer(token)
	if !ok || read.Message != 88 || read.Action != 42 || read.Expires != l.Expires || read.Person != 0 {
		t.Fatalf("read: got %+v, %t", read, ok)
	}
	if !s.IsAnswer(token, l) || s.Answer(l) != token {
		t.Error("the link is not itself")
	}
	others := []AnswerLink{l, l, l, l}
	others[0].Message, others[1].Person, others[2].Action, others[3].Expires = 89, 13, 0, linkDay("2027-05-31")
	for _, other := range others {
		if s.IsAnswer(token, other) {
			t.Errorf("it is %+v too", other)
		}
	}
	if NewSigner([]byte("another secret")).IsAnswer(token, l) {
		t.Error("another secret signs alike")
	}
}

func TestADamagedLinkIsNone(t *testing.T) {
	token := signer().Answer(AnswerLink{Message: 88, Person: 12, Action: 42, Expires: linkDay("2027-05-30")})
	mac := token[len("88-42-20270530-"):]
	for name, text := range map[string]string{
		"nothing":           "",
		"cut short":         token[:len(token)-1],
		"too long":          token + "a",
		"in parts":          "88-42-20270530",
		"no message":        "0-42-20270530-" + mac,
		"a negative action": "88--42-20270530-" + mac,
		"zeros before":      "088-42-20270530-" + mac,
		"a plus":            "+88-42-20270530-" + mac,
		"no such day":       "88-42-20270230-" + mac,
		"letters for a day": "88-42-2027053x-" + mac,
		"too large":         "99999999999999999999-42-20270530-" + mac,
	} {
		if l, ok := ParseAnswer(text); ok {
			t.Errorf("%s: got %+v", name, l)
		}
	}
	for _, changed := range []string{strings.ToUpper(token), "88-42-20270530-\x00" + mac[1:]} {
		if l, ok := ParseAnswer(changed); ok && signer().IsAnswer(changed, l) {
			t.Errorf("%q is good", changed)
		}
	}
}

func TestTokensOfOnePurposeAreNoneOfAnother(t *testing.T) {
	s := signer()
	tokens := map[string]string{"sign-in": s.SignInToken(7, 12), "calendar": s.CalendarToken(7, 12), "another calendar": s.CalendarToken(7, 13),
		"another sign-in": s.SignInToken(7, 13)}
	seen := map[string]string{}
	for name, token := range tokens {
		if other, there := seen[token]; there {
			t.Errorf("%s and %s are equal", name, other)
		}
		seen[token] = name
		if id, ok := ParseToken(token); !ok || id != 7 {
			t.Errorf("%s: got %d, %t", name, id, ok)
		}
	}
	for _, bad := range []string{"", "7", "7-", "x-" + tokens["calendar"][2:], "0" + tokens["calendar"], tokens["calendar"] + "a", "-7-" + tokens["calendar"][2:]} {
		if id, ok := ParseToken(bad); ok {
			t.Errorf("%q: got %d", bad, id)
		}
	}
}

func TestACodeIsEightDigits(t *testing.T) {
	s := signer()
	rapid.Check(t, func(t *rapid.T) {
		id, person := rapid.Int64Min(1).Draw(t, "id"), rapid.Int64Min(1).Draw(t, "person")
		code := s.SignInCode(id, person)
		if len(code) != 8 || strings.Trim(code, "0123456789") != "" || code != s.SignInCode(id, person) {
			t.Fatalf("got %q", code)
		}
		if token := s.SignInToken(id, person); !SameToken(token, s.SignInToken(id, person)) || SameToken(token, s.SignInToken(id, person+1)) {
			t.Fatalf("the token %q is not one person's", token)
		}
	})
}

func TestEveryLinkIsReadAsItWasWritten(t *testing.T) {
	s := signer()
	rapid.Check(t, func(t *rapid.T) {
		l := AnswerLink{Message: rapid.Int64Range(1, 1<<62).Draw(t, "message"), Person: rapid.Int64Min(0).Draw(t, "person"),
			Action: rapid.Int64Range(0, 1<<62).Draw(t, "action"), Expires: linkDay("2020-01-01").AddDays(rapid.IntRange(0, 40000).Draw(t, "days"))}
		token := s.Answer(l)
		read, ok := ParseAnswer(token)
		read.Person = l.Person
		if !ok || read != l || !s.IsAnswer(token, read) {
			t.Fatalf("%q: got %+v, %t", token, read, ok)
		}
	})
}

func TestASecretIsKeptByItsHash(t *testing.T) {
	got := HashSecret("abc")
	if got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("got %s", got)
	}
	if b, err := hex.DecodeString(HashSecret("")); err != nil || len(b) != 32 {
		t.Errorf("of nothing: got %d bytes, %v", len(b), err)
	}
}
