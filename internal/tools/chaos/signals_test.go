//go:build linux

package chaos

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// Asked to stop, the daemon begins nothing more. What the relay has not been given the body of goes back as it was, without
// an attempt counted, while the relay still thinks; what it has is waited for and recorded. Proves F16 and P46.
func TestAskedToStop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		phase smtptest.Phase
		sent  int // mails that are sent in the end
	}{
		{"F16 P46 while the relay has not greeted", smtptest.Banner, 0},
		{"F16 P46 while the relay thinks about EHLO", smtptest.Ehlo, 0},
		{"F16 P46 while the relay thinks about MAIL", smtptest.MailFrom, 0},
		{"F16 P46 while the relay thinks about RCPT", smtptest.RcptTo, 0},
		{"F16 P46 while the relay does not want the body yet", smtptest.Data, 0},
		{"F16 P46 after the dot: the answer is waited for", smtptest.Dot, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, database string) {
				relay, gate := newPost(t), newGate(t)
				o := newOffice(t, database, 5, relay.Addr(), "TERTIAL_MAIL_CONNECTIONS=1")
				relay.once(tt.phase, 1, func() smtptest.Move { gate.hold(); return smtptest.Move{} })
				d := o.serve(sendAt)
				eventually(t, "the relay has come to "+string(tt.phase), gate.isReached)
				d.signal(syscall.SIGTERM)
				if tt.sent > 0 {
					d.says("msg=stopping")
					if d.isOver() {
						t.Error("it did not wait for the answer to its dot")
					}
					gate.let()
				}
				if code := d.ends(); code != 0 { // before the dot: though the relay has still said nothing
					t.Errorf("got exit %d, want 0:\n%s", code, d.said())
				}
				gate.let()
				sent := 0
				for _, m := range o.list() {
					switch m.State {
					case tertial.MessageSent:
						sent++
					case tertial.MessageQueued:
						if m.Attempts != 0 {
							t.Errorf("message %d has %d attempts, want none: nothing was tried", m.ID, m.Attempts)
						}
					default:
						t.Errorf("message %d is %s", m.ID, m.State)
					}
				}
				if sent != tt.sent {
					t.Errorf("%d mails are sent, want %d", sent, tt.sent)
				}
				relay.does(nil)
				o.comesBack(1)
				o.settled(nil, relay)
			})
		})
	}
}

// A second signal ends the daemon at once; the mail at its dot is then in doubt, and goes again.
func TestAskedToStopTwice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Run("F16 P8 a second signal does not wait for the relay", func(t *testing.T) {
			relay, gate := newPost(t), newGate(t)
			o := newOffice(t, database, 3, relay.Addr(), "TERTIAL_MAIL_CONNECTIONS=1")
			relay.once(smtptest.Dot, 1, func() smtptest.Move { gate.hold(); return smtptest.Drop() })
			d := o.serve(sendAt)
			eventually(t, "the relay has a mail", gate.isReached)
			d.signal(syscall.SIGTERM)
			d.says("msg=stopping")
			eventually(t, "it has ended", func() bool { d.signal(syscall.SIGTERM); return d.isOver() })
			if code := d.ends(); code != -1 {
				t.Errorf("got exit %d, want the end by a signal", code)
			}
			gate.let()
			relay.does(nil)
			o.leasesEnd()
			d = o.serve(later(1))
			eventually(t, "the others are sent, and the one in doubt waits", func() bool {
				n := o.states()
				return n[tertial.MessageSent] == 2 && n[tertial.MessageUnknown] == 1
			})
			d.stops()
			o.comesBack(20)
			o.settled(nil, relay)
		})
	})
}

// On SQLite one process sends. A second one is refused, and everything else works beside the daemon.
func TestTwoOnOneFile(t *testing.T) {
	t.Parallel()
	t.Run("F24 a second sender is refused, every other verb works", func(t *testing.T) {
		relay, gate := newPost(t), newGate(t)
		o := newOffice(t, t.TempDir()+"/tertial.db", 5, relay.Addr())
		relay.does(func(turn smtptest.Turn) smtptest.Move {
			if turn.Phase == smtptest.RcptTo {
				gate.hold()
			}
			return smtptest.Move{}
		})
		d := o.serve(sendAt)
		eventually(t, "it is sending", gate.isReached)
		// Every verb has the daemon's day: on a later one a look or a release ends what this one had not sent.
		for _, line := range []string{"serve", "run deliver", "run remind deliver"} {
			if said := o.fails(5, append(strings.Fields(line), "--as-of", sendAt)...); !strings.Contains(said, "another process sends") {
				t.Errorf("%s: got %s", line, said)
			}
		}
		ref := "2027-" + clause(5)
		for _, line := range []string{
			"action list", "action show " + ref, "action start " + ref, "action status " + ref + " on-track", "action confirm " + ref,
			"action add --title Ny --clause 7.2 --due 2027-05-05 --plan-year 2027", "action steps " + ref + " add Ett", "action steps " + ref + " done 1",
			"action edit " + ref + " --priority low", "person list", "person away " + address(5) + " --from 2027-01-01 --to 2027-01-05",
			"person edit " + address(5) + " --name Pelle", "wheel show", "wheel set T1 2027-05-11", "plan", "mail list", "mail show 1", "mail queue",
			"mail preview " + address(5), "mail hold", "mail release", "log", "log verify", "config show", "migrate status", "migrate up", "run remind",
			"run digest summary tidy", "timing --plan-year 2027 T1", "version",
		} {
			args := strings.Fields(line)
			if slices.Contains([]string{"action", "person", "wheel", "plan", "run"}, args[0]) && !slices.Contains(args, "list") && line != "wheel show" ||
				slices.Contains([]string{"mail hold", "mail release", "mail preview"}, strings.Join(args[:min(2, len(args))], " ")) {
				args = append(args, "--as-of", sendAt)
			}
			o.verb(args...)
		}
		gate.let()
		eventually(t, "the rest is sent", func() bool { return o.states()[tertial.MessageSent] >= 4 })
		d.stops()
		o.verb("run", "deliver", "--as-of", later(1)) // the line is free
		o.logged()
	})
}
