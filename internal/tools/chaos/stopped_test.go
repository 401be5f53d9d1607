//go:build linux

package chaos

import (
	"slices"
	"syscall"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
	"tertial/internal/tools/smtptest"
)

// A replica that is stopped for longer than its lease does no harm when it comes back: what it had not marked it does not
// send, and an answer that it brings late still counts. Each of these tests waits for a real lease to end.
func TestStoppedForLongerThanTheLease(t *testing.T) {
	if testing.Short() {
		t.Skip("leases are waited for; not with -short")
	}
	t.Parallel()
	for _, tt := range []struct {
		name      string
		failpoint string // where the replica stops itself; "" is between RCPT and the body
		minutes   int    // how late the other replica comes, by its clock
		allowed   int    // copies too many of what the stopped one had marked
	}{
		{"F15 P28 stopped after the claim: it sends nothing of it", "claim:1", 20, 0},
		{"F15 P28 stopped when the line stands: it sends nothing over it", "dial:1", 20, 0},
		{"F15 P28 stopped between RCPT and the body: it keeps the body back", "", 20, 0},
		{"F15 P28 stopped after the mark: one copy more", "mark:1", 20, 1},
		{"F15 P28 stopped after the answer: one copy more, and both answers count", "answer:1", 20, 1},
		{"F15 P28 stopped after the answer and back before the mail goes again: its answer counts", "answer:1", 5, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			here, there := newPost(t), newPost(t)
			o := newOffice(t, pgtest.URL(t), 4, here.Addr(), "TERTIAL_MAIL_CONNECTIONS=1")
			failpoint, gate := tt.failpoint, newGate(t)
			if failpoint == "" {
				failpoint = "mark:1" // to see when it has asked
				here.once(smtptest.Data, 1, func() smtptest.Move { gate.hold(); return smtptest.Move{} })
			}
			stopped := o.serve(sendAt, "FAILPOINT="+failpoint+":stop")
			if tt.failpoint == "" {
				eventually(t, "the relay was told a recipient", gate.isReached)
				stopped.signal(syscall.SIGSTOP)
			}
			eventually(t, "it has stopped", stopped.isStopped)
			eventually(t, "its leases are over", func() bool {
				return len(o.texts(`SELECT address FROM messages WHERE state = 'sending' AND lease_until > EXTRACT(EPOCH FROM clock_timestamp()) * 1000`)) == 0
			})
			allowed := map[string]int{}
			for _, to := range o.texts(`SELECT address FROM messages WHERE state = 'sending' AND marked_at IS NOT NULL`) {
				allowed[to] = tt.allowed
			}

			other := o.serve(later(tt.minutes), mailTo(t, there.Addr())...)
			eventually(t, "the other replica has taken over", func() bool {
				n := o.states()
				return n[tertial.MessageSent]+n[tertial.MessageUnknown] == o.people && (n[tertial.MessageUnknown] == 0 || tt.minutes < 15)
			})
			gate.let()
			stopped.signal(syscall.SIGCONT)
			if tt.failpoint == "" {
				stopped.says("failpoint mark")
				eventually(t, "it has asked for its mark", stopped.isStopped)
				stopped.signal(syscall.SIGCONT)
			}
			eventually(t, "every answer counts", func() bool {
				sent := o.sent()
				for to := range copies(t, here, there) {
					if !slices.Contains(sent, to) {
						return false
					}
				}
				return true
			})
			stopped.stops()
			other.stops()
			o.comesBack(40, mailTo(t, there.Addr())...) // what it had marked and not sent
			o.settled(allowed, here, there)
			if n := len(here.Mails()); tt.allowed == 0 && tt.minutes > 15 && n > 0 {
				t.Errorf("it sent %d mails whose leases it had lost", n)
			}
		})
	}
}
