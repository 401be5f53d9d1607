package smtptest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// tries sends one mail to each of the recipients by its own connection and returns what met each.
func tries(f *Fate, recipients []string) []string {
	var got []string
	for i, r := range recipients {
		turn := Turn{Conn: i + 1}
		for _, phase := range []Phase{Banner, Ehlo, MailFrom, RcptTo, Data, Body, Dot} {
			turn.Phase, turn.Line = phase, ""
			if phase == RcptTo {
				turn.Line = "RCPT TO:<" + r + ">"
			}
			if m := f.Move(turn); m != (Move{}) {
				got = append(got, fmt.Sprintf("%s at %s: %+v", r, phase, m))
				break
			}
		}
	}
	return got
}

func someRecipients(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("reader%d@b.se", i))
	}
	return all
}

func TestFateIsTheSameForASeed(t *testing.T) {
	all := someRecipients(200)
	one, again, other := tries(NewFate(7, 0.5), all), tries(NewFate(7, 0.5), all), tries(NewFate(8, 0.5), all)
	if !slices.Equal(one, again) {
		t.Error("the same seed gives another run")
	}
	if slices.Equal(one, other) {
		t.Error("another seed gives the same run")
	}
	if len(one) < 60 || len(one) > 140 {
		t.Errorf("%d of 200 met something, want about half", len(one))
	}
	late := []Fault{{"greylisted", RcptTo, Reply("451 later")}, {"lost", Dot, Drop()}}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	there, back := tries(NewFate(7, 0.5, late...), all), tries(NewFate(7, 0.5, late...), backwards)
	slices.Reverse(back)
	if !slices.Equal(there, back) {
		t.Error("what meets a recipient depends on who came before")
	}
}

func TestFateMeetsEveryFaultAndNoneWhereThereIsNone(t *testing.T) {
	f := NewFate(1, 0.8)
	tries(f, someRecipients(2000))
	met := f.Met()
	for _, x := range Faults() {
		if met[x.Name] < 20 {
			t.Errorf("%s was met %d times of 2000", x.Name, met[x.Name])
		}
	}
	if extra := len(met) - len(Faults()); extra != 0 {
		t.Errorf("%d were met that do not exist: %v", extra, slices.Collect(maps.Keys(met)))
	}
	calm := NewFate(1, 0)
	if got := tries(calm, someRecipients(500)); len(got) != 0 || len(calm.Met()) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestFateGoesOnFromTryToTry(t *testing.T) {
	f := NewFate(3, 0.5, Fault{"greylisted", RcptTo, Reply("451 later")})
	again := slices.Repeat([]string{"a@b.se"}, 100)
	if got := len(tries(f, again)); got < 30 || got > 70 {
		t.Errorf("%d of 100 tries met something, want about half", got)
	}
}

func TestFateInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFate(5, 1, Fault{"a slow yes", Dot, Reply("250 ok").After(9 * time.Minute)})
		s := ScriptInMemory(t, f.Move)
		x := talk(t, s)
		x.say("", "220")
		x.say("MAIL FROM:<a@b.se>|RCPT TO:<b@b.se>|DATA", "250 250 354")
		began := time.Now()
		x.say("hej|.", "250")
		if took := time.Since(began); took != 9*time.Minute || f.Met()["a slow yes"] != 1 {
			t.Errorf("took %v, met %v", took, f.Met())
		}
	})
}
