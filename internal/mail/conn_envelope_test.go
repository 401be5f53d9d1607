package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

func TestThreeCommandsInOneWriteWhereTheRelayOffersIt(t *testing.T) {
	const mail, rcpt, data = "MAIL FROM:<" + sender + "> SIZE=20\r\n", "RCPT TO:<" + recipient + ">\r\n", "DATA\r\n"
	inBothModes(t, func(t *testing.T, piped bool, offered func(script) script) {
		s := smtptest.Script(t, offered(smtptest.Friendly))
		x := &tap{}
		c := dial(t, to(t, s.Addr(), x.use))
		x.forget()
		before := -1
		r := c.Send(t.Context(), sender, recipient, []byte(body), func(context.Context) error {
			before = len(x.writes())
			return nil
		})
		if r.Verdict != tertial.Accepted {
			t.Fatalf("got %+v", r)
		}
		want := []string{mail, rcpt, data, body + ".\r\n"}
		if piped {
			want = []string{mail + rcpt + data, body + ".\r\n"}
		}
		if got := x.writes(); !slices.Equal(got, want) || before != len(want)-1 {
			t.Errorf("got %q, the caller asked after %d; want %q, after all but the last", got, before, want)
		}
	})
}

// Whether commands may go ahead is what the relay says to the EHLO that counts: the one after STARTTLS.
func TestPipeliningIsWhatIsOfferedOverTLS(t *testing.T) {
	for name, offered := range map[string]struct{ before, after, want bool }{
		"only in the clear": {true, false, false},
		"only over TLS":     {false, true, true},
		"both times":        {true, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
				switch {
				case turn.Phase == smtptest.Ehlo && (offered.before && !turn.TLS || offered.after && turn.TLS):
					return smtptest.Reply("250-mail\n250-PIPELINING\n250 STARTTLS")
				case turn.Phase == smtptest.Ehlo:
					return smtptest.Reply("250-mail\n250 STARTTLS")
				case turn.Line == "STARTTLS": // and what a man in the middle slips in is not heard
					return smtptest.Secure("220 go ahead\r\n250-mail\r\n250 PIPELINING\r\n")
				}
				return smtptest.Move{}
			})
			c := dial(t, to(t, s.Addr(), func(o *SMTP) { o.TLS, o.RootCAs = "starttls", s.CertPool() }))
			if c.piped != offered.want {
				t.Errorf("pipelining: got %v, want %v", c.piped, offered.want)
			}
			if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted || len(s.Mails()) != 1 {
				t.Errorf("got %+v, %d mails", r, len(s.Mails()))
			}
		})
	}
}

// What the relay says to the rest of the commands does not change what it said to the first that it refused.
func TestARefusalAmongPipelinedCommands(t *testing.T) {
	refused := Result{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Reply: "5.1.1 nobody", Undotted: true}
	later := Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Code: 451, Enhanced: "4.3.0", Reply: "4.3.0 later", Undotted: true}
	doubt := Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true, Reply: "the relay's answers do not fit what it was asked, the last with code 250"}
	tests := []struct {
		name   string
		moves  map[smtptest.Phase]smtptest.Move
		want   Result
		usable bool
	}{
		{"DATA is refused as well", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Reply("503 5.5.1 no")}, refused, true},
		{"DATA is refused in another way", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Reply("554 no")}, refused, true},
		{"DATA is wanted all the same", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Reply("354 go on")}, refused, false},
		{"DATA closes the line", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.DropAfter("421 enough")}, refused, false},
		{"the line is lost at DATA", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Drop()}, refused, false},
		{"garbage to DATA", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Reply("hello")}, refused, false},
		{"yes to DATA fits nothing", map[smtptest.Phase]smtptest.Move{smtptest.Data: smtptest.Reply("250 ok")}, doubt, false},
		{"the sender is refused, then all", map[smtptest.Phase]smtptest.Move{
			smtptest.MailFrom: smtptest.Reply("451 4.3.0 later"), smtptest.RcptTo: smtptest.Reply("503 no"), smtptest.Data: smtptest.Reply("503 no")}, later, true},
		{"the sender is refused, and DATA is wanted", map[smtptest.Phase]smtptest.Move{
			smtptest.MailFrom: smtptest.Reply("451 4.3.0 later"), smtptest.Data: smtptest.Reply("354 go on")}, later, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := smtptest.Script(t, smtptest.Pipelining(func(turn smtptest.Turn) smtptest.Move {
				if m, given := tt.moves[turn.Phase]; given {
					return m
				}
				if turn.Phase == smtptest.RcptTo {
					return smtptest.Reply("550 5.1.1 nobody")
				}
				return smtptest.Move{}
			}))
			c := dial(t, to(t, s.Addr(), nil))
			asked := false
			got := c.Send(t.Context(), sender, recipient, []byte(body), func(context.Context) error { asked = true; return nil })
			if got != tt.want || c.Usable() != tt.usable {
				t.Errorf("got %+v, usable %v; want %+v, usable %v", got, c.Usable(), tt.want, tt.usable)
			}
			if asked || len(s.Bodies()) != 0 {
				t.Errorf("the caller was asked: %v; %d mails arrived", asked, len(s.Bodies()))
			}
		})
	}
}

// Answers in excess shift all that follow. What is made of them then is never a yes, nor a no for good.
func TestAnswersInExcessDecideNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		at    smtptest.Phase
		extra string
	}{
		"no after yes to the sender":    {smtptest.MailFrom, "250 ok\n550 5.1.1 nobody"},
		"no after yes to the recipient": {smtptest.RcptTo, "250 ok\n550 5.1.1 nobody"},
		"yes before no to a recipient":  {smtptest.RcptTo, "250 ok\n250 ok\n550 5.1.1 nobody"},
		"yes after no to the recipient": {smtptest.RcptTo, "550 5.1.1 nobody\n250 ok"},
		"no after yes to EHLO":          {smtptest.Ehlo, "250-mail\n250 PIPELINING\n550 5.1.1 nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				s := smtptest.Script(t, offered(at(tt.at, smtptest.Reply(tt.extra))))
				c := dial(t, to(t, s.Addr(), nil))
				r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
				if r.Verdict != tertial.Temporary || !r.Undotted || c.Usable() || len(s.Bodies()) != 0 {
					t.Errorf("got %+v, usable %v, %d mails; want temporary and nothing sent", r, c.Usable(), len(s.Bodies()))
				}
			})
		})
	}
}

// P10 proves: whatever the relay answers, no transaction has two recipients, and no mail reaches another's.
func TestP10OneRecipientATransaction(t *testing.T) {
	answers := []string{"", "", "", "250 ok", "251 ok", "450 4.2.1 busy", "451 4.7.1 later", "452 4.5.3 many", "503 5.5.1 what", "550 5.1.1 nobody", "552 5.2.2 full", "554 5.5.1 no", "354 go on"}
	for _, piped := range []bool{false, true} {
		t.Run(fmt.Sprintf("pipelined %v", piped), func(t *testing.T) {
			var mu sync.Mutex
			var answer func() string
			move := func(turn smtptest.Turn) smtptest.Move {
				mu.Lock()
				defer mu.Unlock()
				switch turn.Phase {
				case smtptest.MailFrom, smtptest.RcptTo, smtptest.Data, smtptest.Dot:
					return smtptest.Reply(answer())
				}
				return smtptest.Move{}
			}
			if piped {
				move = smtptest.Pipelining(move)
			}
			s := smtptest.ScriptInMemory(t, move)
			relay := to(t, s.Addr(), func(o *SMTP) { o.DialContext = s.Dial })
			count := 0
			rapid.Check(t, func(rt *rapid.T) {
				mu.Lock()
				drawn := rapid.SliceOfN(rapid.SampledFrom(answers), 24, 24).Draw(rt, "answers")
				next := 0
				answer = func() string { next++; return drawn[next%len(drawn)] }
				mu.Unlock()
				c, err := relay.Dial(t.Context())
				if err != nil {
					rt.Fatal(err)
				}
				defer c.Close()
				for until := count + 6; c.Usable() && count < until; {
					count++
					address := fmt.Sprintf("reader%d@stad.example", count)
					raw := fmt.Sprintf("Subject: %d\r\n\r\nto %s\r\n", count, address)
					had := len(s.Mails())
					r := c.Send(t.Context(), sender, address, []byte(raw), yes)
					took := s.Mails()[had:]
					if (r.Verdict == tertial.Accepted) != (len(took) == 1) && r.Verdict != tertial.Ambiguous {
						rt.Errorf("got %+v, the relay took %d", r, len(took))
					}
					if len(took) == 1 && (len(took[0].To) != 1 || took[0].To[0] != address || string(took[0].Raw) != raw) {
						rt.Errorf("sent to %s, the relay has %v: %q", address, took[0].To, took[0].Raw)
					}
				}
			})
			recipients := 0
			for _, line := range s.Lines() {
				switch verb, _, _ := strings.Cut(line, " "); verb {
				case "MAIL", "RSET", "EHLO":
					recipients = 0
				case "RCPT":
					if recipients++; recipients > 1 {
						t.Fatalf("two recipients in one transaction, the second by %q", line)
					}
				}
			}
		})
	}
}

// Both ways come to the same result, whatever a relay answers that does not speak out of its turn.
func TestPipeliningChangesNoResult(t *testing.T) {
	codes := []string{"250 2.0.0 ok", "421 4.3.2 down", "450 4.2.1 busy", "451 4.7.1 later", "452 4.2.2 full", "530 5.7.0 sign in", "550 5.1.1 nobody", "550 5.7.1 policy", "552 5.2.2 full", "554 5.6.0 bad"}
	var mu sync.Mutex
	said := map[smtptest.Phase]string{}
	move := func(turn smtptest.Turn) smtptest.Move {
		mu.Lock()
		defer mu.Unlock()
		if said[turn.Phase] == "" || strings.HasPrefix(said[turn.Phase], "2") {
			return smtptest.Move{} // the stub refuses what does not follow
		}
		return smtptest.Reply(said[turn.Phase])
	}
	stepwise, piped := smtptest.ScriptInMemory(t, move), smtptest.ScriptInMemory(t, smtptest.Pipelining(move))
	try := func(s *smtptest.Stub) (Result, bool, error) {
		c, err := to(t, s.Addr(), func(o *SMTP) { o.DialContext = s.Dial }).Dial(t.Context())
		if err != nil {
			return Result{}, false, err
		}
		defer c.Close()
		r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
		return r, c.Usable(), nil
	}
	rapid.Check(t, func(rt *rapid.T) {
		mu.Lock()
		for _, phase := range []smtptest.Phase{smtptest.MailFrom, smtptest.RcptTo, smtptest.Data, smtptest.Dot} {
			said[phase] = rapid.SampledFrom(codes).Draw(rt, string(phase))
		}
		mu.Unlock()
		one, oneUsable, err1 := try(stepwise)
		other, otherUsable, err2 := try(piped)
		if err := errors.Join(err1, err2); err != nil {
			rt.Fatal(err)
		}
		if one != other {
			rt.Errorf("in lock-step %+v, pipelined %+v", one, other)
		}
		if oneUsable && !otherUsable && said[smtptest.Data][0] != '4' {
			rt.Errorf("a connection is lost that lock-step keeps: %+v", one)
		}
	})
}

func TestAnAddressIsPlainOnlyWhereItNeedsNoOtherForm(t *testing.T) {
	for _, plain := range []string{"a@b.se", "tertial+b12.k7q4@mail.stad.example", "A.B_c-d=e@x1.y-z.se", "a@localhost"} {
		if !plainAddress(plain) {
			t.Errorf("%s is not seen to be plain", plain)
		}
	}
	part := rapid.StringOfN(rapid.SampledFrom([]rune("aZ0.-_+=@ x<>åÅ\r\n\"")), 0, 70, -1)
	rapid.Check(t, func(rt *rapid.T) {
		s := part.Draw(rt, "local") + "@" + part.Draw(rt, "domain")
		if ascii, err := bareAddress(s); plainAddress(s) && (err != nil || ascii != s) {
			rt.Errorf("%q is called plain, and is %q, %v", s, ascii, err)
		}
	})
	for _, s := range []string{"", "a", "@", "a@", "@b.se", "a@b..se", "a@-b.se", "a@b-.se", "a@b.se.", "a@.se", "a@xn--rebro-iua.se", "a@B.se", "a.@b.se", ".a@b.se", "a@" + strings.Repeat("b", 64) + ".se"} {
		if plainAddress(s) {
			t.Errorf("%q is called plain", s)
		}
	}
}
