package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// P8, P6: a mail in doubt goes again as the same bytes, and the relay's log shows that it is the same mail.
func TestF1TheLineLostAfterTheDot(t *testing.T) {
	inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
		for name, move := range map[string]smtptest.Move{"with the mail": smtptest.Take(), "without it": smtptest.Drop()} {
			t.Run(name, func(t *testing.T) {
				s := smtptest.Script(t, offered(func(turn smtptest.Turn) smtptest.Move {
					if turn.Phase == smtptest.Dot && turn.Conn == 1 {
						return move
					}
					return smtptest.Move{}
				}))
				relay := to(t, s.Addr(), nil)
				out := render(t, testRenderer(t, nil), samples(t)["assigned"])
				for i, want := range []tertial.Verdict{tertial.Ambiguous, tertial.Accepted} {
					c := dial(t, relay)
					r := c.Send(t.Context(), out.EnvelopeFrom, out.EnvelopeTo, out.Raw, yes)
					if r.Verdict != want || r.Undotted || r.Stale || c.Usable() != (want == tertial.Accepted) {
						t.Errorf("try %d: got %+v, usable %v; want %s", i+1, r, c.Usable(), want)
					}
				}
				got := s.Receipts()
				if want := map[string]int{"with the mail": 2, "without it": 1}[name]; len(got) != want {
					t.Fatalf("the relay has %d copies, want %d", len(got), want)
				}
				for _, x := range got {
					if x.MessageID != out.MessageID || x.Sum != got[0].Sum || x.To != out.EnvelopeTo {
						t.Errorf("got %+v, want a copy of %s", x, out.MessageID)
					}
				}
			})
		}
	})
}

// P7: what is accepted stays so, and what comes after it is nobody's fault.
func TestF3AYesAndThenTrouble(t *testing.T) {
	send := func(t *testing.T, s *smtptest.Stub, c *Conn) Result {
		t.Helper()
		if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted || r.Stale {
			t.Fatalf("the first: got %+v", r)
		}
		return c.Send(t.Context(), sender, recipient, []byte(body), yes)
	}
	for name, tt := range map[string]struct {
		at   smtptest.Phase
		move smtptest.Move
		want Result // of the next mail; Reply is not compared
	}{
		"the line breaks":          {smtptest.Dot, smtptest.BreakAfter("250 2.0.0 ok"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Undotted: true, Stale: true}},
		"the line closes":          {smtptest.Dot, smtptest.DropAfter("250 2.0.0 ok"), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Undotted: true, Stale: true}},
		"the relay has had enough": {smtptest.MailFrom, smtptest.DropAfter("421 4.4.2 idle too long"), Result{Verdict: tertial.RelayDown, Phase: tertial.PhaseMail, Code: 421, Enhanced: "4.4.2", Undotted: true, Stale: true}},
		"the next goes no further": {smtptest.RcptTo, smtptest.Drop(), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseRcpt, Undotted: true}},
	} {
		t.Run(name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				s := smtptest.Script(t, offered(func(turn smtptest.Turn) smtptest.Move {
					if turn.Phase == tt.at && (turn.Mail == 2) == (tt.at != smtptest.Dot) {
						return tt.move
					}
					return smtptest.Move{}
				}))
				c := dial(t, to(t, s.Addr(), nil))
				got := send(t, s, c)
				if got.Reply = ""; got != tt.want || c.Usable() || len(s.Mails()) != 1 {
					t.Errorf("got %+v, usable %v, %d mails; want %+v", got, c.Usable(), len(s.Mails()), tt.want)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
	for name, move := range map[string]smtptest.Move{"421 to QUIT": smtptest.Reply("421 4.3.2 down"), "a line lost at QUIT": smtptest.Drop(), "garbage to QUIT": smtptest.Reply("?")} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Script(t, at(smtptest.Quit, move))
			c := dial(t, to(t, s.Addr(), nil))
			if r := send(t, s, c); r.Verdict != tertial.Accepted {
				t.Errorf("got %+v", r)
			}
			if err := c.Close(); err != nil || c.Usable() || len(s.Mails()) != 2 {
				t.Errorf("got %v, usable %v, %d mails", err, c.Usable(), len(s.Mails()))
			}
		})
	}
	t.Run("421 to RSET after a refusal", func(t *testing.T) {
		inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
			s := smtptest.Script(t, offered(func(turn smtptest.Turn) smtptest.Move {
				switch turn.Phase {
				case smtptest.RcptTo:
					return smtptest.Reply("550 5.1.1 nobody")
				case smtptest.Rset:
					return smtptest.DropAfter("421 4.7.0 too many errors")
				}
				return smtptest.Move{}
			}))
			c := dial(t, to(t, s.Addr(), nil))
			if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Refused || r.Code != 550 || c.Usable() {
				t.Errorf("got %+v, usable %v", r, c.Usable())
			}
		})
	})
}

func TestF7OneWrongAddressOfMany(t *testing.T) {
	inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
		s := smtptest.Script(t, offered(func(turn smtptest.Turn) smtptest.Move {
			if turn.Phase == smtptest.RcptTo && strings.Contains(turn.Line, "reader7@") {
				return smtptest.Reply("550 5.1.1 no such user")
			}
			return smtptest.Move{}
		}))
		c := dial(t, to(t, s.Addr(), nil))
		for i := range 20 {
			want := tertial.Accepted
			if i == 7 {
				want = tertial.Refused
			}
			if r := c.Send(t.Context(), sender, fmt.Sprintf("reader%d@stad.example", i), []byte(body), yes); r.Verdict != want || !c.Usable() {
				t.Errorf("mail %d: got %+v, usable %v; want %s", i, r, c.Usable(), want)
			}
		}
		if len(s.Mails()) != 19 || s.Connections() != 1 {
			t.Errorf("got %d mails over %d connections, want 19 over 1", len(s.Mails()), s.Connections())
		}
	})
}

// A mail that is cut anywhere is none. Where it was cut before its last portion, we know that it is.
func TestF9AMailCutInTheMiddleIsNone(t *testing.T) {
	for _, tt := range []struct {
		name string
		raw  string
		want Result
	}{
		{"a small one, whose dot may have gone", body, Result{Verdict: tertial.Ambiguous, Phase: tertial.PhaseDot}},
		{"a large one, whose dot has not", strings.Repeat(body, 10_000), Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				s := smtptest.ScriptInMemory(t, offered(at(smtptest.Body, smtptest.Drop()))) // no buffers between: what is not read is not sent
				c := dial(t, to(t, s.Addr(), func(o *SMTP) { o.DialContext = s.Dial }))
				got := c.Send(t.Context(), sender, recipient, []byte(tt.raw), yes)
				if got.Reply = ""; got != tt.want || c.Usable() || len(s.Bodies()) != 0 {
					t.Errorf("got %+v, usable %v, %d mails; want %+v", got, c.Usable(), len(s.Bodies()), tt.want)
				}
			})
		})
	}
	t.Run("the relay's last words count", func(t *testing.T) {
		for raw, want := range map[string]Result{
			strings.Repeat(body, 10_000): {Verdict: tertial.Temporary, Phase: tertial.PhaseData, Code: 552, Enhanced: "5.3.4", Reply: "5.3.4 too big", Undotted: true},
			body:                         {Verdict: tertial.Temporary, Phase: tertial.PhaseDot, Code: 552, Enhanced: "5.3.4", Reply: "5.3.4 too big"},
		} {
			here, there := net.Pipe()
			go func() { // closes its ear before its mouth
				defer there.Close()
				room := make([]byte, 4096)
				for _, text := range []string{"220 hello", "250-hello\r\n250 PIPELINING", "250 ok\r\n250 ok\r\n354 go on"} {
					_, _ = io.WriteString(there, text+"\r\n")
					_, _ = there.Read(room)
				}
			}()
			deaf := &deafAfter{Conn: here, words: "552 5.3.4 too big\r\n"}
			c := dial(t, to(t, "relay.example:25", func(o *SMTP) {
				o.DialContext = func(context.Context, string, string) (net.Conn, error) { return deaf, nil }
			}))
			if got := c.Send(t.Context(), sender, recipient, []byte(raw), func(context.Context) error { deaf.now = true; return nil }); got != want {
				t.Errorf("%d bytes: got %+v, want %+v", len(raw), got, want)
			}
		}
	})
}

// deafAfter takes nothing any more from now on, but has something to say.
type deafAfter struct {
	net.Conn
	now   bool
	words string
}

func (d *deafAfter) Write(p []byte) (int, error) {
	if d.now {
		return 0, errors.New("broken pipe")
	}
	return d.Conn.Write(p)
}

func (d *deafAfter) Read(p []byte) (int, error) {
	if d.now {
		n := copy(p, d.words)
		d.words = d.words[n:]
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	}
	return d.Conn.Read(p)
}

// What a relay may say in one turn is bounded, and nothing of it is kept but a little cleaned text.
func TestF11HostileReplies(t *testing.T) {
	phases := []smtptest.Phase{smtptest.Banner, smtptest.Ehlo, smtptest.MailFrom, smtptest.RcptTo, smtptest.Data, smtptest.Dot}
	for name, move := range map[string]smtptest.Move{
		"a line without end":               smtptest.Flood("550 " + strings.Repeat("x", 1<<16)),
		"lines without end":                smtptest.Flood("250-x\r\n"),
		"go on, without end":               smtptest.Flood("354-x\r\n"),
		"NUL without end":                  smtptest.Flood("\x00"),
		"ESC, 8 bits and HTML without end": smtptest.Flood("250-\x1b[2J\xff\xfe<script>\r\n"),
		"line ends without end":            smtptest.Flood("\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				for _, phase := range phases {
					s := smtptest.Script(t, offered(at(phase, move)))
					x := &tap{}
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					c, err := to(t, s.Addr(), x.use).Dial(t.Context())
					if phase == smtptest.Banner || phase == smtptest.Ehlo {
						checkFailure(t, err, tertial.PhaseDial, 0)
					} else if err != nil {
						t.Fatal(err)
					} else {
						want := tertial.Temporary
						if phase == smtptest.Dot {
							want = tertial.Ambiguous
						}
						r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
						if r.Verdict != want || r.Undotted != (phase != smtptest.Dot) || c.Usable() || len(r.Reply) > 4*maxReply || r.Reply != oneLine(r.Reply, maxReply) {
							t.Errorf("at %s: got %+v, usable %v; want %s", phase, r, c.Usable(), want)
						}
					}
					runtime.ReadMemStats(&after)
					if grown := after.TotalAlloc - before.TotalAlloc; x.most > 64<<10 || grown > 10<<20 {
						t.Errorf("at %s: %d bytes were read, %d allocated", phase, x.most, grown)
					}
					if c != nil {
						_ = c.Close()
					}
				}
			})
		})
	}
	for words, want := range map[string]string{ // B109
		"250 2.0.0 \x1b[31mok\x1b[0m <b>as</b> \xff\x00 42":           "2.0.0 [31mok [0m <b>as</b> \uFFFD 42",
		"250 2.0.0 k\xc3\xb6lagd \u202eas\u200b 42":                   "2.0.0 kölagd as 42",
		"250-2.0.0 ok\n250 " + strings.Repeat("ord ", 500):            "2.0.0 ok ord ord",
		"250 2.0.0 " + strings.Repeat("\u0301", 3000) + " queue 1234": "2.0.0",
	} {
		t.Run(fmt.Sprintf("B109 %.20q", words), func(t *testing.T) {
			s := smtptest.Script(t, at(smtptest.Dot, smtptest.Reply(words)))
			c := dial(t, to(t, s.Addr(), nil))
			r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
			if r.Verdict != tertial.Accepted || !strings.HasPrefix(r.Reply, want) || len([]rune(r.Reply)) > 512 {
				t.Errorf("got %+v, want accepted with %q", r, want)
			}
		})
	}
}

// F13: a relay that cannot be found, or is elsewhere by now, is asked for anew at each dial.
func TestF13TheRelaysAddress(t *testing.T) {
	t.Run("F13 a name that does not resolve is a matter of time", func(t *testing.T) {
		s := smtptest.Script(t, smtptest.Friendly)
		var asked []string
		relay := to(t, "relay.stad.example:25", func(o *SMTP) {
			o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if asked = append(asked, address); len(asked) < 3 {
					return nil, &net.DNSError{Err: "server misbehaving", Name: "relay.stad.example", IsTemporary: true}
				}
				return s.Dial(ctx, network, address)
			}
		})
		for range 2 {
			_, err := relay.Dial(t.Context())
			f := checkFailure(t, err, tertial.PhaseDial, 0)
			if cause := (*net.DNSError)(nil); !errors.As(f, &cause) || !strings.Contains(f.Reply, "server misbehaving") {
				t.Errorf("got %v", f)
			}
		}
		c := dial(t, relay)
		if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
			t.Errorf("got %+v", r)
		}
		if want := slices.Repeat([]string{"relay.stad.example:25"}, 3); !slices.Equal(asked, want) {
			t.Errorf("dialled %q, want the name each time", asked)
		}
	})
	t.Run("F13 the address changes, and one of several is dead", func(t *testing.T) {
		s := smtptest.Script(t, smtptest.Friendly)
		_, port, _ := net.SplitHostPort(s.Addr())
		zone := &names{}
		resolver := &net.Resolver{PreferGo: true, Dial: zone.dial}
		relay := to(t, "relay.stad.example:"+port, func(o *SMTP) { o.DialContext = (&net.Dialer{Resolver: resolver}).DialContext })
		for _, tt := range []struct {
			name string
			a    [][4]byte
			ok   bool
		}{
			{"nowhere", nil, false},
			{"where it was", [][4]byte{{127, 0, 0, 1}}, true},
			{"where nobody is", [][4]byte{{127, 0, 0, 9}}, false},
			{"at two, one of them dead", [][4]byte{{127, 0, 0, 9}, {127, 0, 0, 1}}, true},
		} {
			zone.a = tt.a
			c, err := relay.Dial(t.Context())
			if !tt.ok {
				checkFailure(t, err, tertial.PhaseDial, 0)
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
				t.Errorf("%s: got %+v", tt.name, r)
			}
			_ = c.Close()
		}
	})
}

// names is a DNS server that knows one name's addresses. It is asked one question at a time.
type names struct{ a [][4]byte }

func (n *names) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	go n.serve(there, n.a)
	return here, nil
}

// serve answers questions as over TCP, each with its length before it.
func (n *names) serve(conn net.Conn, addresses [][4]byte) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		asked := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(conn, asked); err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(asked); err != nil || len(m.Questions) != 1 {
			return
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			for _, a := range addresses {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: a}})
			}
		}
		if len(addresses) == 0 {
			m.RCode = dnsmessage.RCodeNameError
		}
		answer, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...)); err != nil {
			return
		}
	}
}
