package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// to is how the server at the address is reached.
func to(t testing.TB, address string, change func(*SMTP)) *Sender {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	o := SMTP{Host: host, Port: n, TLS: "none"}
	if change != nil {
		change(&o)
	}
	s, err := NewSender(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dial(t testing.TB, s *Sender) *Conn {
	t.Helper()
	c, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func yes(context.Context) error { return nil }

const (
	sender    = "tertial@stad.example"
	recipient = "anna.ek@stad.example"
	body      = "Subject: x\r\n\r\nHej!\r\n"
)

func TestMailArrivesAsItWasWritten(t *testing.T) {
	s := smtptest.New(t)
	c := dial(t, to(t, s.Addr(), nil))
	var want []string
	for name, m := range samples(t) {
		out := render(t, testRenderer(t, nil), m)
		r := c.Send(t.Context(), out.EnvelopeFrom, out.EnvelopeTo, out.Raw, yes)
		if r.Verdict != tertial.Accepted || r.Phase != tertial.PhaseDot || r.Code != 250 || r.Undotted || !c.Usable() {
			t.Fatalf("%s: got %+v, usable %v", name, r, c.Usable())
		}
		want = append(want, string(out.Raw))
	}
	mails := s.Mails()
	if len(mails) != len(want) || s.Connections() != 1 {
		t.Fatalf("got %d mails over %d connections, want %d over 1", len(mails), s.Connections(), len(want))
	}
	for i, m := range mails {
		if string(m.Raw) != want[i] {
			t.Errorf("mail %d: got\n%s\nwant\n%s", i, m.Raw, want[i])
		}
		if m.From != sender || len(m.To) != 1 {
			t.Errorf("mail %d: from %s to %v", i, m.From, m.To)
		}
	}
}

func TestNoLineOfABodyEndsTheMail(t *testing.T) {
	for name, tt := range map[string]struct{ raw, want string }{
		"a dot alone":         {"a\r\n.\r\nb\r\n", "a\r\n.\r\nb\r\n"},
		"a dot at the start":  {".a\r\n..b\r\n", ".a\r\n..b\r\n"},
		"bare line feeds":     {"a\n.\nMAIL FROM:<x>\n", "a\r\n.\r\nMAIL FROM:<x>\r\n"},
		"bare returns":        {"a\r.\rb\r\n", "a\r\n.\r\nb\r\n"},
		"a mixture":           {"a\r\n.\rMAIL\n.\n", "a\r\n.\r\nMAIL\r\n.\r\n"},
		"no end of line":      {"a\r\nb", "a\r\nb\r\n"},
		"empty lines":         {"a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
		"more than a portion": {strings.Repeat(".123456789\r\n", 9000), strings.Repeat(".123456789\r\n", 9000)},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Script(t, func(smtptest.Turn) smtptest.Move { return smtptest.Move{} })
			c := dial(t, to(t, s.Addr(), nil))
			if r := c.Send(t.Context(), sender, recipient, []byte(tt.raw), yes); r.Verdict != tertial.Accepted {
				t.Fatalf("got %+v", r)
			}
			if got := s.Bodies(); len(got) != 1 || string(got[0].Raw) != tt.want {
				t.Errorf("got %d mails %v, want one: %.200q", len(got), got, tt.want)
			}
		})
	}
}

// at says move when it is the turn of phase, and is friendly otherwise.
func at(phase smtptest.Phase, move smtptest.Move) func(smtptest.Turn) smtptest.Move {
	return func(turn smtptest.Turn) smtptest.Move {
		if turn.Phase == phase {
			return move
		}
		return smtptest.Move{}
	}
}

func TestWhatATransactionComesTo(t *testing.T) {
	const long = 200 << 10
	tests := []struct {
		name   string
		at     smtptest.Phase
		move   smtptest.Move
		want   Result // Reply is not compared
		usable bool
	}{
		{"everything as it should be", smtptest.Quit, smtptest.Move{}, Result{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250, Enhanced: "2.0.0"}, true},
		{"a yes of several lines", smtptest.Dot, smtptest.Reply("250-2.0.0 ok\n250 queued"), Result{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250, Enhanced: "2.0.0"}, true},
		{"a bare yes", smtptest.Dot, smtptest.Reply("250"), Result{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250}, true},
		{"a yes and a lost line", smtptest.Dot, smtptest.DropAfter("250 ok"), Result{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250}, true},
		{"a yes and a goodbye", smtptest.Dot, smtptest.Reply("250 ok\n421 bye"), Result{Verdict: tertial.Accepted, Phase: tertial.PhaseDot, Code: 250}, false},
		{"an unknown user", smtptest.RcptTo, smtptest.Reply("550 5.1.1 no such user"), Result{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Undotted: true}, true},
		{"greylisting", smtptest.RcptTo, smtptest.Reply("451 4.7.1 later"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Code: 451, Enhanced: "4.7.1", Undotted: true}, true},
		{"policy at a recipient", smtptest.RcptTo, smtptest.Reply("550 5.7.1 no"), Result{Verdict: tertial.Refused, Phase: tertial.PhaseRcpt, Code: 550, Enhanced: "5.7.1", Undotted: true}, true},
		{"policy at the sender", smtptest.MailFrom, smtptest.Reply("550 5.7.1 no"), Result{Verdict: tertial.RelayDown, Phase: tertial.PhaseMail, Code: 550, Enhanced: "5.7.1", Undotted: true}, false},
		{"closing at the sender", smtptest.MailFrom, smtptest.Reply("421 4.3.2 down"), Result{Verdict: tertial.RelayDown, Phase: tertial.PhaseMail, Code: 421, Enhanced: "4.3.2", Undotted: true}, false},
		{"closing at a recipient", smtptest.RcptTo, smtptest.Reply("421 4.3.2 down"), Result{Verdict: tertial.RelayDown, Phase: tertial.PhaseRcpt, Code: 421, Enhanced: "4.3.2", Undotted: true}, false},
		{"closing after the dot", smtptest.Dot, smtptest.DropAfter("421 4.3.2 down"), Result{Verdict: tertial.RelayDown, Phase: tertial.PhaseDot, Code: 421, Enhanced: "4.3.2"}, false},
		{"a no after the dot", smtptest.Dot, smtptest.Reply("554 5.7.1 spam"), Result{Verdict: tertial.Refused, Phase: tertial.PhaseDot, Code: 554, Enhanced: "5.7.1"}, false},
		{"not now after the dot", smtptest.Dot, smtptest.Reply("451 4.3.0 disk"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseDot, Code: 451, Enhanced: "4.3.0"}, false},
		{"DATA refused", smtptest.Data, smtptest.Reply("451 4.3.0 disk"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Code: 451, Enhanced: "4.3.0", Undotted: true}, false},
		{"yes to DATA", smtptest.Data, smtptest.Reply("250 ok"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Code: 250, Undotted: true}, false},
		{"goodbye to DATA", smtptest.Data, smtptest.Reply("221 bye"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Code: 221, Undotted: true}, false},
		{"a line lost at the sender", smtptest.MailFrom, smtptest.Drop(), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Undotted: true}, false},
		{"a line lost at a recipient", smtptest.RcptTo, smtptest.Drop(), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a line lost at DATA", smtptest.Data, smtptest.Drop(), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true}, false},
		{"a line lost after the dot", smtptest.Dot, smtptest.Drop(), Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}, false},
		{"half an answer after the dot", smtptest.Dot, smtptest.DropAfter("25"), Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}, false},
		{"hello at a recipient", smtptest.RcptTo, smtptest.Reply("hello"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"an empty line at a recipient", smtptest.RcptTo, smtptest.Raw("\r\n"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a code too short", smtptest.RcptTo, smtptest.Reply("99 x"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a code too large", smtptest.RcptTo, smtptest.Reply("999 x"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a code too long", smtptest.RcptTo, smtptest.Reply("2500"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a bare no", smtptest.RcptTo, smtptest.Reply("550"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"hello after the dot", smtptest.Dot, smtptest.Reply("hello"), Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}, false},
		{"two answers to the sender", smtptest.MailFrom, smtptest.Reply("250 ok\n250 ok"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Undotted: true}, false},
		{"two answers to a recipient", smtptest.RcptTo, smtptest.Reply("250 ok\n550 no"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"two answers to DATA", smtptest.Data, smtptest.Reply("354 go on\n250 ok"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true}, false},
		{"two answers after the dot", smtptest.Dot, smtptest.Reply("250 ok\n550 no"), Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot, Code: 250}, false},
		{"a line without end", smtptest.RcptTo, smtptest.Reply("550 " + strings.Repeat("x", long)), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"lines without end", smtptest.RcptTo, smtptest.Reply(strings.Repeat("250-x\n", long/6) + "250 x"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}, false},
		{"a line without end after the dot", smtptest.Dot, smtptest.Reply("250 " + strings.Repeat("x", long)), Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := smtptest.Script(t, at(tt.at, tt.move))
			c := dial(t, to(t, s.Addr(), nil))
			got := c.Send(t.Context(), sender, recipient, []byte(body), yes)
			if got.Verdict != tertial.Accepted && got.Reply == "" {
				t.Error("nothing says what happened")
			}
			if len([]rune(got.Reply)) > 512 {
				t.Errorf("%d characters are kept", len(got.Reply))
			}
			got.Reply = ""
			if got != tt.want || c.Usable() != tt.usable {
				t.Errorf("got %+v, usable %v; want %+v, usable %v", got, c.Usable(), tt.want, tt.usable)
			}
			if dots := len(s.Bodies()); (dots == 1) == tt.want.Undotted || dots > 1 {
				t.Errorf("the server saw %d dots", dots)
			}
		})
	}
}

func TestARefusedRecipientDoesNotSpoilTheConnection(t *testing.T) {
	s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
		if turn.Phase == smtptest.RcptTo && strings.Contains(turn.Line, "nobody") {
			return smtptest.Reply("550 5.1.1 no such user")
		}
		return smtptest.Move{}
	})
	c := dial(t, to(t, s.Addr(), nil))
	for i, tt := range []struct {
		to   string
		want tertial.Verdict
	}{{recipient, tertial.Accepted}, {"nobody@stad.example", tertial.Refused}, {recipient, tertial.Accepted}} {
		if r := c.Send(t.Context(), sender, tt.to, []byte(body), yes); r.Verdict != tt.want {
			t.Errorf("mail %d: got %+v, want %s", i+1, r, tt.want)
		}
	}
	if s.Connections() != 1 || len(s.Bodies()) != 2 {
		t.Errorf("got %d mails over %d connections, want 2 over 1", len(s.Bodies()), s.Connections())
	}
	var resets int
	for _, line := range s.Lines() {
		if line == "RSET" {
			resets++
		}
	}
	if resets != 1 {
		t.Errorf("got %d RSET, want 1: only after the refusal", resets)
	}
}

func TestAResetThatFailsChangesNothingOfTheVerdict(t *testing.T) {
	s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
		switch turn.Phase {
		case smtptest.RcptTo:
			return smtptest.Reply("550 5.1.1 no such user")
		case smtptest.Rset:
			return smtptest.Drop()
		}
		return smtptest.Move{}
	})
	c := dial(t, to(t, s.Addr(), nil))
	if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Refused || c.Usable() {
		t.Errorf("got %+v, usable %v; want refused, not usable", r, c.Usable())
	}
}

func TestTheDotIsNotSentWithoutLeave(t *testing.T) {
	s := smtptest.New(t)
	c := dial(t, to(t, s.Addr(), nil))
	lost := errors.New("the claim is another's by now")
	r := c.Send(t.Context(), sender, recipient, []byte(body), func(context.Context) error { return lost })
	if r.Verdict != tertial.Temporary || !r.Undotted || r.Phase != tertial.PhaseData || !strings.Contains(r.Reply, lost.Error()) || c.Usable() {
		t.Errorf("got %+v, usable %v", r, c.Usable())
	}
	if err := c.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	c = dial(t, to(t, s.Addr(), nil))
	if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
		t.Errorf("the next: got %+v", r)
	}
	if got := s.Mails(); len(got) != 1 {
		t.Errorf("the server has %d mails, want only the second", len(got))
	}
}

func TestAStopBeforeTheDotEndsTheMailAndOneAfterItDoesNot(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
		if turn.Phase == smtptest.Dot {
			stop()
			<-ctx.Done()
		}
		return smtptest.Move{}
	})
	c := dial(t, to(t, s.Addr(), nil))
	if r := c.Send(ctx, sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
		t.Errorf("stopped after the dot: got %+v, want accepted", r)
	}
	if r := c.Send(ctx, sender, recipient, []byte(body), yes); r.Verdict != tertial.Temporary || !r.Undotted {
		t.Errorf("stopped before: got %+v, want temporary", r)
	}
	if len(s.Bodies()) != 1 || c.Usable() {
		t.Errorf("got %d mails, usable %v", len(s.Bodies()), c.Usable())
	}
}

func TestWhatCannotBeSentIsFoundBeforeAWordIsSaid(t *testing.T) {
	s := smtptest.Script(t, at(smtptest.Ehlo, smtptest.Reply("250-mail\n250 SIZE 1000")))
	c := dial(t, to(t, s.Addr(), nil))
	for name, tt := range map[string]struct{ from, to, raw string }{
		"too large for the relay":     {sender, recipient, strings.Repeat("x", 2000)},
		"a recipient with a line end": {sender, "a@b.se>\r\nDATA", body},
		"a sender with a parameter":   {"a@b.se> SIZE=1", recipient, body},
		"a recipient of UTF-8":        {sender, "åsa@b.se", body},
		"no recipient":                {sender, "", body},
	} {
		if r := c.Send(t.Context(), tt.from, tt.to, []byte(tt.raw), yes); r.Verdict != tertial.Broken || !r.Undotted || !c.Usable() {
			t.Errorf("%s: got %+v, usable %v", name, r, c.Usable())
		}
	}
	if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
		t.Errorf("a mail that fits: got %+v", r)
	}
	for _, line := range s.Lines() {
		if strings.HasPrefix(line, "MAIL") && line != fmt.Sprintf("MAIL FROM:<%s> SIZE=%d", sender, len(body)) {
			t.Errorf("said %q", line)
		}
	}
	c.drop()
	if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Temporary || !r.Undotted {
		t.Errorf("over a closed connection: got %+v", r)
	}
}

var _ oauth2.TokenSource = tokens("")

// tokens is a source of one token; "" has none.
type tokens string

func (s tokens) Token() (*oauth2.Token, error) {
	if s == "" {
		return nil, errors.New("no token to be had")
	}
	return &oauth2.Token{AccessToken: string(s)}, nil
}
