//go:build linux

package chaos

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// At whatever point the daemon is killed, what is owed is told all the same; twice only what was between the mark before
// its dot and the record of the answer, once a kill at most, and then the same bytes under the same Message-ID.
// Proves F14, P1, P2, P4, P5, P6.
func TestKilledAtAnyPoint(t *testing.T) {
	t.Parallel()
	for _, point := range []struct {
		name, failpoint string
		phase           smtptest.Phase // of the relay, at which the test kills; or the process kills itself
		taken           bool           // the relay keeps the mail at whose phase the daemon is killed
		doubtful        bool           // a mail may come twice
	}{
		{name: "after a claim", failpoint: "claim:1"},
		{name: "after the line stands", failpoint: "dial:1"},
		{name: "on the second line", failpoint: "dial:2", doubtful: true},
		{name: "after RCPT", phase: smtptest.RcptTo},
		{name: "before the body", phase: smtptest.Data},
		{name: "after the mark", failpoint: "mark:1"},
		{name: "after a later mark", failpoint: "mark:2", doubtful: true},
		{name: "after the dot, before the answer", phase: smtptest.Dot, taken: true, doubtful: true},
		{name: "after the dot, and the relay gives up", phase: smtptest.Dot},
		{name: "after the answer", failpoint: "answer:1", doubtful: true},
		{name: "after a later answer", failpoint: "answer:7", doubtful: true},
		{name: "after the record", failpoint: "record:1", doubtful: true},
	} {
		lines := "2"
		if !point.doubtful {
			lines = "1" // the others would have mails at their dots
		}
		t.Run("F14 P5 killed "+point.name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, database string) {
				relay := newPost(t)
				o := newOffice(t, database, 20, relay.Addr(), "TERTIAL_MAIL_CONNECTIONS="+lines)
				v := newVictim(o, relay)
				var env []string
				if point.failpoint != "" {
					env = append(env, "FAILPOINT="+point.failpoint+":kill")
				}
				d := o.serve(sendAt, env...)
				if point.phase != "" {
					relay.once(point.phase, 1, func() smtptest.Move {
						d.kill()
						if point.taken {
							return smtptest.Move{}
						}
						return smtptest.Drop()
					})
				}
				d.ends()
				v.note()
				if !point.doubtful && len(v.allowed) > 0 {
					t.Errorf("the relay has mails for %v of which nothing is known", v.allowed)
				}
				v.comesBack(20)
				o.settled(v.allowed, relay)
			})
		})
	}
}

// Kills come at any moment, again and again.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		random := chance(t)
		relay := newPost(t)
		o := newOffice(t, database, 150, relay.Addr(), "TERTIAL_MAIL_CONNECTIONS=3")
		v := newVictim(o, relay)
		minutes, kills := 0, rounds(18)
		for range kills {
			nap := time.Duration(random.IntN(4)) * time.Millisecond
			relay.does(func(smtptest.Turn) smtptest.Move { time.Sleep(nap); return smtptest.Move{} })
			d := o.serve(later(minutes))
			if random.IntN(4) > 0 { // most kills come while mail goes
				already := len(relay.Mails())
				eventually(t, "mail goes", func() bool { return len(relay.Mails()) > already || len(o.sent()) == o.people })
			}
			time.Sleep(time.Duration(random.Int64N(int64(120 * time.Millisecond))))
			d.kill()
			v.note()
			minutes += 20
		}
		relay.does(nil)
		v.comesBack(minutes)
		v.blames(kills)
		t.Logf("%d mails may have come twice, %d have failed", len(v.allowed), len(v.blamed))
		o.settled(v.allowed, relay)
	})
}

// blames looks at the mails that have failed because of the kills: five workers must have died with each, the last three
// while they had no other that had cost workers before, so that they cannot be many.
func (o *office) blames(kills int) {
	o.t.Helper()
	o.blamed = map[string]bool{}
	for _, to := range o.texts(`SELECT address FROM messages m WHERE state = 'failed' AND
			(SELECT COUNT(*) FROM attempts a WHERE a.message_id = m.id AND a.verdict = 'crashed') >= 5`) {
		o.blamed[to] = true
	}
	if most := max(kills-2, 0) / 3; len(o.blamed) > most {
		o.t.Errorf("P12: %d mails are blamed for %d kills, at most %d can be", len(o.blamed), kills, most)
	}
}

// victim is an office whose daemons are killed.
type victim struct {
	*office
	relay   *post
	seen    map[string]int // copies that the relay had when the daemon was last killed
	allowed map[string]int // copies more than one that an address may get in the end
}

func newVictim(o *office, relay *post) *victim {
	return &victim{office: o, relay: relay, seen: map[string]int{}, allowed: map[string]int{}}
}

// note looks, after a kill, which mails the relay has without the program knowing: each may come once more. It has
// one more copy of each at most than when the daemon was killed before, and none without its mark.
func (v *victim) note() {
	v.t.Helper()
	sent := v.sent()
	marked := v.texts(`SELECT address FROM messages WHERE state IN ('unknown', 'failed') OR state = 'sending' AND (marked_at IS NOT NULL OR doubt_at IS NOT NULL)`)
	for to, all := range copies(v.t, v.relay) {
		known := slices.Contains(sent, to)
		switch {
		case len(all) > v.seen[to]+1:
			v.t.Errorf("P5: %s got %d copies between two kills", to, len(all)-v.seen[to])
		case !known && !slices.Contains(marked, to):
			v.t.Errorf("the relay has the mail to %s, and it is not marked", to)
		}
		if v.seen[to] = len(all); !known {
			v.allowed[to] = len(all)
		}
	}
	v.leasesEnd()
}

// comesBack has a daemon work until everything has come to its end. What is in doubt goes a quarter of an hour after its mark.
func (o *office) comesBack(minutes int, env ...string) {
	o.t.Helper()
	d := o.serve(later(minutes), env...)
	d.says("msg=serving")
	eventually(o.t, "everything has come to its end", func() bool {
		return len(o.in(tertial.MessageSent, tertial.MessageFailed, tertial.MessageExpired, tertial.MessageVoid, tertial.MessageCaptured)) >= o.people
	})
	d.stops()
}

// What a person was told is stored is stored, and what was stored is in the log, whenever the process is killed.
// Proves P1 and P2 on the command line.
func TestKilledWhileSomebodyChangesThings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		random := chance(t)
		o := newOffice(t, database, 1, "127.0.0.1:1")
		add := func(title string) *exec.Cmd {
			return o.command("action", "add", "--title", title, "--clause", "7.2", "--plan-year", "2027",
				"--responsible", "Roll 00001", "--due", "2027-06-30", "--as-of", takenIn)
		}
		begun := time.Now()
		runs(t, add("Den första"))
		whole := time.Since(begun)
		confirmed, tried := []string{}, []string{}
		for n := range rounds(40) {
			title := fmt.Sprintf("Sak %d", n)
			d := background(t, add(title))
			time.Sleep(time.Duration(random.Int64N(int64(whole + whole/2))))
			d.kill()
			tried = append(tried, title)
			if d.cmd.ProcessState.Success() {
				confirmed = append(confirmed, title)
			}
		}
		var list struct{ Actions []struct{ Ref, Title string } }
		o.reads(&list, "action", "list")
		var log struct {
			Entries []struct{ Subject, Verb string }
		}
		o.reads(&log, "log")
		var stored []string
		for _, a := range list.Actions {
			logged := 0
			for _, e := range log.Entries {
				if e.Subject == "action "+a.Ref && e.Verb == "created" {
					logged++
				}
			}
			if strings.HasPrefix(a.Title, "Sak ") {
				if stored = append(stored, a.Title); logged != 1 {
					t.Errorf("P2: the log says %d times that %s was added", logged, a.Ref)
				}
			}
			if !slices.Contains(tried, a.Title) && strings.HasPrefix(a.Title, "Sak ") {
				t.Errorf("P1: nobody added %q", a.Title)
			}
		}
		for _, title := range confirmed {
			if !slices.Contains(stored, title) {
				t.Errorf("P1: %q was confirmed and is not there", title)
			}
		}
		t.Logf("%d tried, %d confirmed, %d stored", len(tried), len(confirmed), len(stored))
		o.logged()
	})
}
