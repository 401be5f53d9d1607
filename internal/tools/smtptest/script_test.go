package smtptest

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-smtp"
)

func TestScriptIsFriendlyWhereItSaysNothing(t *testing.T) {
	s := Script(t, func(Turn) Move { return Move{} })
	c := dial(t, s.Addr())
	if err := c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Noop(), c.Quit()); err != nil {
		t.Error(err)
	}
	m := s.Mails()
	if len(m) != 1 || m[0].From != "a@example.org" || !slices.Equal(m[0].To, []string{"b@example.org"}) || string(m[0].Raw) != letter {
		t.Errorf("got %+v, want the one mail as sent", m)
	}
	want := []string{"EHLO localhost", "MAIL FROM:<a@example.org> BODY=8BITMIME", "RCPT TO:<b@example.org>", "DATA", "NOOP", "QUIT"}
	if got := s.Lines(); !slices.Equal(got, want) {
		t.Errorf("lines: got %q, want %q", got, want)
	}
}

func TestScriptRepliesInEachPhase(t *testing.T) {
	for _, phase := range []Phase{MailFrom, RcptTo, Data, Dot} {
		t.Run("451 at "+string(phase), func(t *testing.T) {
			s := Script(t, func(turn Turn) Move {
				if turn.Phase == phase {
					return Reply("451 4.7.1 later")
				}
				return Move{}
			})
			err := dial(t, s.Addr()).SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter))
			if code(err) != 451 {
				t.Errorf("got %v, want 451", err)
			}
			if len(s.Mails()) != 0 {
				t.Error("a refused mail is counted as taken")
			}
			if arrived := len(s.Bodies()) == 1; arrived != (phase == Dot) {
				t.Errorf("body arrived: got %v, want %v", arrived, phase == Dot)
			}
		})
	}
}

func TestScriptDropsTheLine(t *testing.T) {
	send := func(t *testing.T, s *Stub) error {
		return dial(t, s.Addr()).SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter))
	}
	t.Run("before the answer to the dot: the sender cannot know", func(t *testing.T) {
		s := Script(t, at(Dot, Drop()))
		if err := send(t, s); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want a lost line", err)
		}
		if len(s.Bodies()) != 1 || len(s.Mails()) != 0 {
			t.Errorf("got %d bodies, %d mails; want 1, 0", len(s.Bodies()), len(s.Mails()))
		}
	})
	t.Run("after the answer to the dot: the mail is taken", func(t *testing.T) {
		s := Script(t, at(Dot, DropAfter("250 2.0.0 queued as 42")))
		if err := send(t, s); err != nil {
			t.Errorf("got %v, want none", err)
		}
		if len(s.Mails()) != 1 {
			t.Errorf("got %d mails, want 1", len(s.Mails()))
		}
	})
	t.Run("at the banner", func(t *testing.T) {
		s := Script(t, at(Banner, Drop()))
		if c, err := smtp.Dial(s.Addr()); err == nil {
			if err := c.Hello("localhost"); err == nil {
				t.Error("got no error")
			}
			c.Close()
		}
	})
}

func TestScriptMayAnswerOneConnectionAndNotTheOther(t *testing.T) {
	s := Script(t, func(turn Turn) Move {
		if turn.Phase == Banner && turn.Conn == 1 {
			return DropAfter("421 4.3.2 not now")
		}
		if turn.Phase == RcptTo && turn.Mail == 2 {
			return Reply("550-5.1.1 no\n550 5.1.1 such user")
		}
		return Move{}
	})
	if err := dial(t, s.Addr()).Hello("localhost"); code(err) != 421 {
		t.Errorf("first connection: got %v, want 421", err)
	}
	c := dial(t, s.Addr())
	if err := c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter)); err != nil {
		t.Errorf("first mail: got %v, want none", err)
	}
	if err := c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter)); code(err) != 550 {
		t.Errorf("second mail: got %v, want 550", err)
	}
	if s.Connections() != 2 {
		t.Errorf("got %d connections, want 2", s.Connections())
	}
}

func TestScriptWritesRawBytes(t *testing.T) {
	s := Script(t, at(Banner, Raw("99 x\n250")))
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 8)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "99 x\n250" {
		t.Errorf("got %q, %v; want the bytes as given", got, err)
	}
}

func TestScriptEndsThoughAClientStaysConnected(t *testing.T) {
	t.Run("a test whose client does not say goodbye", func(t *testing.T) {
		s := Script(t, func(Turn) Move { return Move{} })
		conn, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	})
}

func TestWhatTheServerDoesNotKnowIsRefused(t *testing.T) {
	s := Script(t, func(Turn) Move { return Move{} })
	if err := dial(t, s.Addr()).Verify("a@example.org"); code(err) != 502 {
		t.Errorf("got %v, want 502", err)
	}
}

func at(p Phase, m Move) func(Turn) Move {
	return func(turn Turn) Move {
		if turn.Phase == p {
			return m
		}
		return Move{}
	}
}
