package mail

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// F2, F10: every phase has its time, and no more; a relay that is merely slow is waited for.
func TestEveryPhaseHasItsTime(t *testing.T) {
	minutes := func(n int) smtptest.Move { return smtptest.Move{}.After(time.Duration(n) * time.Minute) }
	seconds := func(n int) smtptest.Move { return smtptest.Move{}.After(time.Duration(n) * time.Second) }
	tests := []struct {
		name  string
		at    smtptest.Phase
		move  smtptest.Move
		want  tertial.Verdict
		phase tertial.Phase
		after time.Duration
	}{
		{"F2 a banner that is slow", smtptest.Banner, seconds(59), tertial.Accepted, tertial.PhaseDot, 59 * time.Second},
		{"F10 a banner that does not come", smtptest.Banner, smtptest.Hang(), tertial.RelayDown, tertial.PhaseDial, time.Minute},
		{"F10 no answer to EHLO", smtptest.Ehlo, smtptest.Hang(), tertial.RelayDown, tertial.PhaseDial, time.Minute},
		{"F2 a slow answer to the sender", smtptest.MailFrom, seconds(290), tertial.Accepted, tertial.PhaseDot, 290 * time.Second},
		{"F10 no answer to the sender", smtptest.MailFrom, smtptest.Hang(), tertial.Temporary, tertial.PhaseMail, 5 * time.Minute},
		{"F2 a slow answer to a recipient", smtptest.RcptTo, seconds(290), tertial.Accepted, tertial.PhaseDot, 290 * time.Second},
		{"F10 no answer to a recipient", smtptest.RcptTo, smtptest.Hang(), tertial.Temporary, tertial.PhaseRcpt, 5 * time.Minute},
		{"F10 no answer to DATA", smtptest.Data, smtptest.Hang(), tertial.Temporary, tertial.PhaseData, 2 * time.Minute},
		{"F2 an answer to the dot after five seconds", smtptest.Dot, seconds(5), tertial.Accepted, tertial.PhaseDot, 5 * time.Second},
		{"F2 an answer to the dot after nine minutes", smtptest.Dot, minutes(9), tertial.Accepted, tertial.PhaseDot, 9 * time.Minute},
		{"F2 an answer to the dot after eleven", smtptest.Dot, minutes(11), tertial.Ambiguous, tertial.PhaseDot, 10 * time.Minute},
		{"F10 nothing after the dot", smtptest.Dot, smtptest.Hang(), tertial.Ambiguous, tertial.PhaseDot, 10 * time.Minute},
		{"B105 a byte a second", smtptest.RcptTo, smtptest.Reply("250-2.1.5 yes\n250 2.1.5 yes").Dripping(time.Second), tertial.Accepted, tertial.PhaseDot, 30 * time.Second},
		{"B105 a byte a second without end", smtptest.RcptTo, smtptest.Reply(strings.Repeat("250-x\n", 1000) + "250 x").Dripping(time.Second), tertial.Temporary, tertial.PhaseRcpt, 5 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				synctest.Test(t, func(t *testing.T) {
					s := smtptest.ScriptInMemory(t, offered(at(tt.at, tt.move)))
					began := time.Now()
					c, err := to(t, "relay.example:25", func(o *SMTP) { o.DialContext = s.Dial }).Dial(t.Context())
					if f := (*Failure)(nil); errors.As(err, &f) {
						if f.Verdict != tt.want || f.Phase != tt.phase || !errors.Is(err, tertial.ErrUnavailable) || !strings.Contains(f.Reply, "no answer within") || time.Since(began) != tt.after {
							t.Errorf("got %+v after %v, want %s at %s after %v", f, time.Since(began), tt.want, tt.phase, tt.after)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
					if took := time.Since(began); r.Verdict != tt.want || r.Phase != tt.phase || c.Usable() != (tt.want == tertial.Accepted) || took != tt.after {
						t.Errorf("got %+v, usable %v, after %v; want %s at %s after %v", r, c.Usable(), took, tt.want, tt.phase, tt.after)
					}
					if tt.want != tertial.Accepted && !strings.Contains(r.Reply, "no answer within") {
						t.Errorf("got %q", r.Reply)
					}
					_ = c.Close()
				})
			})
		})
	}
}

// What the caller does before the mail itself is not the relay's delay.
func TestTheCallersTimeIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := smtptest.ScriptInMemory(t, smtptest.Friendly)
		c, err := to(t, "relay.example:25", func(o *SMTP) { o.DialContext = s.Dial }).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r := c.Send(t.Context(), sender, recipient, []byte(body), func(context.Context) error { time.Sleep(time.Hour); return nil })
			if r.Verdict != tertial.Accepted || !c.Usable() {
				t.Errorf("got %+v", r)
			}
			time.Sleep(24 * time.Hour) // nobody is waited for between two mails
		}
		_ = c.Close()
	})
}

func TestABodyThatNobodyReadsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		go func() { // answers up to DATA and then stops reading
			in := bufio.NewReader(there)
			for _, text := range []string{"220 hello", "250 ok", "250 ok", "250 ok", "354 go on"} {
				_, _ = there.Write([]byte(text + "\r\n"))
				if text != "354 go on" {
					_, _ = in.ReadString('\n')
				}
			}
		}()
		x := to(t, "relay.example:25", func(o *SMTP) {
			o.DialContext = func(context.Context, string, string) (net.Conn, error) { return here, nil }
		})
		c, err := x.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r := c.Send(t.Context(), sender, recipient, []byte(strings.Repeat("x\r\n", 100_000)), yes)
		if took := time.Since(began); r.Verdict != tertial.Temporary || r.Phase != tertial.PhaseData || !r.Undotted || took != 3*time.Minute {
			t.Errorf("got %+v after %v", r, took)
		}
	})
}

func TestClosingDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := smtptest.ScriptInMemory(t, at(smtptest.Quit, smtptest.Hang()))
		x := to(t, "relay.example:25", func(o *SMTP) { o.DialContext = s.Dial })
		c, err := x.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_ = c.Close()
		if took := time.Since(began); took != 5*time.Second || c.Usable() {
			t.Errorf("took %v, usable %v", took, c.Usable())
		}
		_ = c.Close()
	})
}
