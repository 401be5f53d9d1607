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
