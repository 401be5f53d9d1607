package smtptest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
)

// talker is a client that says lines as they are and hears answers of one line.
type talker struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func talk(t *testing.T, s *Stub) *talker {
	t.Helper()
	conn, err := s.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &talker{t, conn, bufio.NewReader(conn)}
}

// say says the lines, in one write, and hears as many answers as wanted, by their codes.
func (x *talker) say(lines string, want string) {
	x.t.Helper()
	if lines != "" {
		if _, err := io.WriteString(x.conn, strings.ReplaceAll(lines, "|", "\r\n")+"\r\n"); err != nil {
			x.t.Fatalf("saying %q: %v", lines, err)
		}
	}
	var got []string
	for range strings.Fields(want) {
		line, err := x.in.ReadString('\n')
		if err != nil || len(line) < 4 {
			got = append(got, fmt.Sprint(line, err))
			break
		}
		got = append(got, line[:3])
	}
	if strings.Join(got, " ") != want {
		x.t.Errorf("to %q: got %q, want %s", lines, got, want)
	}
}

func TestAServerKnowsWhatMayFollowWhat(t *testing.T) {
	s := Script(t, at(RcptTo, Move{}))
	x := talk(t, s)
	x.say("", "220")
	x.say("RCPT TO:<b@b.se>", "503")
	x.say("DATA", "554")
	x.say("MAIL FROM:<a@b.se>", "250")
	x.say("MAIL FROM:<again@b.se>", "503")
	x.say("DATA", "554")
	x.say("RCPT TO:<b@b.se>", "250")
	x.say("RSET", "250")
	x.say("DATA", "554")
	x.say("MAIL FROM:<a@b.se>|RCPT TO:<b@b.se>|DATA", "250 250 354")
	x.say("Message-ID: <1@b.se>||hej|.", "250")
	x.say("DATA", "554")
	x.say("QUIT", "221")
	if m := s.Mails(); len(m) != 1 || m[0].From != "a@b.se" || !slices.Equal(m[0].To, []string{"b@b.se"}) {
		t.Errorf("got %+v", m)
	}
}

func TestARefusedRecipientIsNone(t *testing.T) {
	s := Script(t, Pipelining(func(turn Turn) Move {
		if strings.Contains(turn.Line, "nobody") {
			return Reply("550 5.1.1 nobody")
		}
		return Move{}
	}))
	x := talk(t, s)
	x.say("", "220")
	x.say("EHLO me", "250 250 250 250 250")
	x.say("MAIL FROM:<a@b.se>|RCPT TO:<nobody@b.se>|DATA", "250 550 554")
	x.say("RCPT TO:<b@b.se>|DATA", "250 354")
	x.say("hej|.", "250")
	if m := s.Mails(); len(m) != 1 || !slices.Equal(m[0].To, []string{"b@b.se"}) {
		t.Errorf("got %+v, want one mail to one", m)
	}
}

func TestMovesThatEndTheLine(t *testing.T) {
	const mail = "MAIL FROM:<a@b.se>|RCPT TO:<b@b.se>|DATA"
	for _, tt := range []struct {
		name         string
		at           Phase
		move         Move
		code         string // of the answer to the mail, "" for none
		bodies, took int
	}{
		{"before the mail is whole", Body, Drop(), "", 0, 0},
		{"with the mail", Dot, Take(), "", 1, 1},
		{"without it", Dot, Drop(), "", 1, 0},
		{"after a yes", Dot, DropAfter("250 ok"), "250", 1, 1},
		{"hard after a yes", Dot, BreakAfter("250 ok"), "250", 1, 1},
		{"after a no", Dot, DropAfter("421 down"), "421", 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Script(t, at(tt.at, tt.move))
			x := talk(t, s)
			x.say("", "220")
			x.say(mail, "250 250 354")
			x.say("hej|.", tt.code)
			if line, err := x.in.ReadString('\n'); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the line still stands: %q, %v", line, err)
			}
			if len(s.Bodies()) != tt.bodies || len(s.Mails()) != tt.took {
				t.Errorf("got %d bodies, %d mails; want %d, %d", len(s.Bodies()), len(s.Mails()), tt.bodies, tt.took)
			}
		})
	}
}

func TestMovesThatTakeTime(t *testing.T) {
	for name, tt := range map[string]struct {
		move Move
		want time.Duration
	}{
		"a friendly answer after a while": {Move{}.After(time.Hour), time.Hour},
		"an answer after a while":         {Reply("250 ok").After(time.Minute), time.Minute},
		"an answer drop by drop":          {Reply("250 ok").Dripping(time.Second), 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := ScriptInMemory(t, at(Noop, tt.move))
				x := talk(t, s)
				x.say("", "220")
				began := time.Now()
				x.say("NOOP", "250")
				if took := time.Since(began); took != tt.want {
					t.Errorf("took %v, want %v", took, tt.want)
				}
			})
		})
	}
	t.Run("no answer at all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := ScriptInMemory(t, at(Noop, Hang()))
			x := talk(t, s)
			x.say("", "220")
			x.say("NOOP", "")
			x.say("and more", "")
			_ = x.conn.SetReadDeadline(time.Now().Add(time.Hour))
			if line, err := x.in.ReadString('\n'); err == nil {
				t.Errorf("got %q", line)
			}
		})
	})
	t.Run("an end that comes first", func(t *testing.T) {
		s := Script(t, at(Noop, Move{}.After(time.Hour)))
		talk(t, s).say("NOOP", "220")
	})
}

func TestAFloodEndsWithTheClient(t *testing.T) {
	s := Script(t, at(Banner, Flood("220-x\r\n")))
	x := talk(t, s)
	for range 1000 {
		x.say("", "220")
	}
	x.conn.Close()
}

func TestTLSByScript(t *testing.T) {
	s := ScriptInMemory(t, func(turn Turn) Move {
		switch {
		case turn.Line == "STARTTLS":
			return Secure("")
		case turn.Phase == Noop && turn.TLS:
			return Reply("250 secure")
		case turn.Phase == Noop:
			return Reply("530 in the clear")
		}
		return Move{}
	})
	x := talk(t, s)
	x.say("", "220")
	x.say("NOOP", "530")
	x.say("STARTTLS", "220")
	secure := tls.Client(x.conn, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost"})
	x = &talker{t, secure, bufio.NewReader(secure)}
	x.say("NOOP", "250")
	x.say("QUIT", "221")
}

func TestAServerOfOldTLSIsRefusedByNewClients(t *testing.T) {
	s := New(t, ImplicitTLS, OldTLS)
	if c, err := smtp.DialTLS(s.Addr(), &tls.Config{RootCAs: s.CertPool()}); err == nil {
		defer c.Close()
		if err := c.Hello("localhost"); err == nil || !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("got %v, want a refused version", err)
		}
	} else if !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v, want a refused version", err)
	}
}

func TestReceiptsTellCopiesFromOtherMails(t *testing.T) {
	s := Script(t, Friendly)
	x := talk(t, s)
	x.say("", "220")
	for _, mail := range []string{"Message-ID: <1@b.se>||hej|.", "Message-ID: <1@b.se>||hej|.", "Message-ID: <2@b.se>||hej|.", "no header at all|."} {
		x.say("MAIL FROM:<a@b.se>|RCPT TO:<b@b.se>|DATA", "250 250 354")
		x.say(mail, "250")
	}
	r := s.Receipts()
	if len(r) != 4 {
		t.Fatalf("got %d", len(r))
	}
	if r[0].MessageID != "<1@b.se>" || r[0].To != "b@b.se" || r[0].At.IsZero() || r[0].Sum != r[1].Sum || r[2].Sum == r[0].Sum || r[2].MessageID != "<2@b.se>" || r[3].MessageID != "" {
		t.Errorf("got %+v", r)
	}
}

func TestScriptOnAnyListener(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/mail")
	if err != nil {
		t.Skipf("no Unix sockets here: %v", err)
	}
	x := talk(t, ScriptOn(t, l, Friendly))
	x.say("", "220")
	x.say("QUIT", "221")
}
