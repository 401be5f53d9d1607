package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

const (
	user     = "tertial"
	password = "löyndarmål 7"
)

// trusting reaches the server by the way of TLS, as a user.
func trusting(s *smtptest.Server, way, auth string) func(*SMTP) {
	return func(o *SMTP) {
		o.TLS, o.Auth, o.Username, o.Password, o.RootCAs = way, auth, user, password, s.CertPool()
	}
}

func TestSigningIn(t *testing.T) {
	tests := []struct {
		name    string
		offered []string
		auth    string
		token   tokens
		ok      bool
	}{
		{"PLAIN", []string{"PLAIN"}, "plain", "", true},
		{"LOGIN", []string{"LOGIN"}, "login", "", true},
		{"CRAM-MD5", []string{"CRAM-MD5"}, "cram-md5", "", true},
		{"SCRAM-SHA-1", []string{"SCRAM-SHA-1"}, "scram-sha-1", "", true},
		{"SCRAM-SHA-256", []string{"SCRAM-SHA-256"}, "scram-sha-256", "", true},
		{"XOAUTH2 with a token from a source", []string{"XOAUTH2"}, "xoauth2", password, true},
		{"XOAUTH2 with the password for a token", []string{"XOAUTH2"}, "xoauth2", "", true},
		{"the best of what is offered", []string{"CRAM-MD5", "LOGIN", "PLAIN"}, "auto", "", true},
		{"LOGIN where nothing else is offered", []string{"LOGIN"}, "", "", true},
		{"a source of tokens chooses XOAUTH2", []string{"PLAIN", "XOAUTH2"}, "auto", password, true},
		{"a way that is not offered", []string{"PLAIN"}, "scram-sha-256", "", false},
		{"nothing is offered that we can use", []string{"XOAUTH2"}, "auto", "", false},
	}
	for _, tt := range tests {
		for _, way := range []string{"starttls", "implicit"} {
			t.Run(tt.name+" by "+way, func(t *testing.T) {
				secure := smtptest.StartTLS
				if way == "implicit" {
					secure = smtptest.ImplicitTLS
				}
				s := smtptest.New(t, secure, smtptest.Account(user, password, tt.offered...))
				c, err := to(t, s.Addr(), func(o *SMTP) {
					trusting(s, way, tt.auth)(o)
					if tt.token != "" {
						o.TokenSource, o.Password = tt.token, "wrong"
					}
				}).Dial(t.Context())
				if !tt.ok {
					checkFailure(t, err, tertial.PhaseAuth, 0)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
					t.Fatalf("got %+v", r)
				}
				if got := s.Mails()[0]; got.User != user || !got.TLS {
					t.Errorf("signed in as %q, TLS %v", got.User, got.TLS)
				}
			})
		}
	}
}

// checkFailure looks at why there is no connection.
func checkFailure(t *testing.T, err error, phase tertial.Phase, code int) *Failure {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || f.Verdict != tertial.RelayDown || f.Phase != phase || f.Code != code || f.Reply == "" || !errors.Is(err, tertial.ErrUnavailable) {
		t.Fatalf("got %#v, want the relay down at %s with code %d", err, phase, code)
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("the error tells the password: %v", err)
	}
	return f
}

func TestWhyThereIsNoConnection(t *testing.T) {
	t.Run("F8 P16 B101 a wrong password", func(t *testing.T) {
		s := smtptest.New(t, smtptest.StartTLS, smtptest.Account(user, "another", "PLAIN"))
		_, err := to(t, s.Addr(), trusting(s, "starttls", "auto")).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseAuth, 535)
	})
	t.Run("no token to be had", func(t *testing.T) {
		s := smtptest.New(t, smtptest.StartTLS, smtptest.Account(user, password, "XOAUTH2"))
		_, err := to(t, s.Addr(), func(o *SMTP) {
			trusting(s, "starttls", "xoauth2")(o)
			o.TokenSource = tokens("")
		}).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseAuth, 0)
	})
	t.Run("F12 STARTTLS is not offered", func(t *testing.T) {
		s := smtptest.Script(t, func(smtptest.Turn) smtptest.Move { return smtptest.Move{} })
		_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS, o.Username, o.Password = "starttls", user, password }).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseTLS, 0)
		for _, line := range s.Lines() {
			if strings.HasPrefix(line, "AUTH") || strings.HasPrefix(line, "MAIL") {
				t.Errorf("said in the clear: %q", line)
			}
		}
	})
	t.Run("STARTTLS is refused", func(t *testing.T) {
		s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
			switch {
			case turn.Phase == smtptest.Ehlo:
				return smtptest.Reply("250-mail\n250 STARTTLS")
			case turn.Line == "STARTTLS":
				return smtptest.Reply("454 4.7.0 not now")
			}
			return smtptest.Move{}
		})
		_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS = "starttls" }).Dial(t.Context())
		if f := checkFailure(t, err, tertial.PhaseTLS, 454); f.Enhanced != "4.7.0" || f.Reply != "4.7.0 not now" {
			t.Errorf("got %+v", f)
		}
	})
	for _, way := range []string{"starttls", "implicit"} {
		t.Run("F12 a certificate that nobody vouches for, by "+way, func(t *testing.T) {
			secure := smtptest.StartTLS
			if way == "implicit" {
				secure = smtptest.ImplicitTLS
			}
			s := smtptest.New(t, secure, smtptest.Account(user, password, "PLAIN"))
			_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS, o.Username, o.Password = way, user, password }).Dial(t.Context())
			checkFailure(t, err, tertial.PhaseTLS, 0)
			if len(s.Mails()) != 0 {
				t.Error("mail went")
			}
		})
	}
	for name, tt := range map[string]struct {
		at   smtptest.Phase
		move smtptest.Move
		code int
	}{
		"F4 B96 a banner that closes":        {smtptest.Banner, smtptest.Reply("421 4.3.2 busy"), 421},
		"F8 a banner that refuses":           {smtptest.Banner, smtptest.Reply("554 5.7.1 not from there"), 554},
		"B104 a banner of garbage":           {smtptest.Banner, smtptest.Reply("HTTP/1.1 400 Bad Request"), 0},
		"F11 a banner without end":           {smtptest.Banner, smtptest.Reply(strings.Repeat("220-x\n", 50_000) + "220 x"), 0},
		"F4 B96 EHLO that closes":            {smtptest.Ehlo, smtptest.DropAfter("421 4.3.2 busy"), 421},
		"a line lost before a word":          {smtptest.Banner, smtptest.Drop(), 0},
		"a line lost at EHLO":                {smtptest.Ehlo, smtptest.Drop(), 0},
		"F11 B108 an EHLO of hostile length": {smtptest.Ehlo, smtptest.Reply(strings.Repeat("250-X\n", 50_000) + "250 X"), 0},
		"an answer that hides its end":       {smtptest.Ehlo, smtptest.DropAfter("250-x"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Script(t, at(tt.at, tt.move))
			_, err := to(t, s.Addr(), nil).Dial(t.Context())
			checkFailure(t, err, tertial.PhaseDial, tt.code)
		})
	}
	for _, phase := range []smtptest.Phase{smtptest.Banner, smtptest.Ehlo} {
		t.Run("the caller goes at "+string(phase), func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			why := errors.New("we are going down")
			s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
				if turn.Phase == phase {
					stop(why)
					return smtptest.Hang()
				}
				return smtptest.Move{}
			})
			_, err := to(t, s.Addr(), nil).Dial(ctx)
			if checkFailure(t, err, tertial.PhaseDial, 0); !errors.Is(err, why) {
				t.Errorf("got %v, want %v", err, why)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		s := smtptest.Script(t, func(smtptest.Turn) smtptest.Move { return smtptest.Drop() })
		_, err := to(t, strings.Replace(s.Addr(), "127.0.0.1", "127.0.0.2", 1), nil).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseDial, 0)
	})
	t.Run("F13 no such host", func(t *testing.T) {
		_, err := to(t, "relay.invalid:25", nil).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseDial, 0)
	})
}

func TestB107ARelayThatKnowsOnlyHELOIsGoodEnoughWithoutTLS(t *testing.T) {
	s := smtptest.Script(t, at(smtptest.Ehlo, smtptest.Reply("502 5.5.1 what?")))
	c := dial(t, to(t, s.Addr(), nil))
	if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
		t.Errorf("got %+v", r)
	}
	if got := s.Lines()[:2]; got[0] != "EHLO [127.0.0.1]" || got[1] != "HELO [127.0.0.1]" {
		t.Errorf("said %q", got)
	}
	_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS = "starttls" }).Dial(t.Context())
	checkFailure(t, err, tertial.PhaseTLS, 0)
}

func TestASenderIsChecked(t *testing.T) {
	good := SMTP{Host: "relay.stad.example", Port: 587, TLS: "starttls", Username: user, Password: password}
	for name, tt := range map[string]struct {
		change func(*SMTP)
		ok     bool
	}{
		"as it should be":                      {func(*SMTP) {}, true},
		"without signing in":                   {func(o *SMTP) { o.Username = "" }, true},
		"CRAM-MD5 without TLS":                 {func(o *SMTP) { o.TLS, o.Auth = "none", "cram-md5" }, true},
		"PLAIN without TLS on this machine":    {func(o *SMTP) { o.TLS, o.Auth, o.Host = "none", "plain", "localhost" }, true},
		"PLAIN without TLS to ::1":             {func(o *SMTP) { o.TLS, o.Auth, o.Host = "none", "plain", "::1" }, true},
		"PLAIN without TLS to another machine": {func(o *SMTP) { o.TLS, o.Auth = "none", "plain" }, false},
		"LOGIN without TLS to another machine": {func(o *SMTP) { o.TLS, o.Auth = "none", "LOGIN" }, false},
		"a token without TLS":                  {func(o *SMTP) { o.TLS, o.Auth = "none", "xoauth2" }, false},
		"no host":                              {func(o *SMTP) { o.Host = "" }, false},
		"no port":                              {func(o *SMTP) { o.Port = 0 }, false},
		"a port that is none":                  {func(o *SMTP) { o.Port = 70000 }, false},
		"a way of TLS that is none":            {func(o *SMTP) { o.TLS = "opportunistic" }, false},
		"no way of TLS":                        {func(o *SMTP) { o.TLS = "" }, false},
		"a way to sign in that is none":        {func(o *SMTP) { o.Auth = "ntlm" }, false},
		"signing in as nobody":                 {func(o *SMTP) { o.Auth, o.Username = "plain", "" }, false},
		"a name of two lines":                  {func(o *SMTP) { o.LocalName = "a\r\nMAIL" }, false},
	} {
		o := good
		tt.change(&o)
		if _, err := NewSender(o); (err == nil) != tt.ok || err != nil && !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%s: got %v, want ok %v", name, err, tt.ok)
		}
	}
}

func TestAPasswordDoesNotGoInTheClear(t *testing.T) {
	s := smtptest.Script(t, at(smtptest.Ehlo, smtptest.Reply("250-mail\n250 AUTH PLAIN LOGIN")))
	remote := to(t, s.Addr(), func(o *SMTP) { o.Username, o.Password = user, password })
	remote.o.Host = "relay.stad.example" // the stub's address is kept
	_, err := remote.Dial(t.Context())
	checkFailure(t, err, tertial.PhaseAuth, 0)
	for _, line := range s.Lines() {
		if strings.HasPrefix(line, "AUTH") {
			t.Errorf("said %q", line)
		}
	}
}

func TestSCRAMIsPreferredAndKeepsThePassword(t *testing.T) {
	for name, tt := range map[string]struct {
		offered []string
		user    string
		want    string
	}{
		"the stronger of two":             {[]string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}, user, "SCRAM-SHA-256"},
		"the weaker before PLAIN":         {[]string{"PLAIN", "LOGIN", "SCRAM-SHA-1"}, user, "SCRAM-SHA-1"},
		"a user whose name needs escapes": {[]string{"SCRAM-SHA-256"}, "a=b,c", "SCRAM-SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.New(t, smtptest.Account(tt.user, password, tt.offered...))
			x := &tap{}
			signedIn := func(secret string) (*Conn, error) {
				return to(t, s.Addr(), func(o *SMTP) { o.Username, o.Password, o.DialContext = tt.user, secret, x.dial }).Dial(t.Context())
			}
			c, err := signedIn(password)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted || s.Mails()[0].User != tt.user {
				t.Errorf("got %+v", r)
			}
			said := x.said()
			if !strings.Contains(said, "AUTH "+tt.want+"\r\n") {
				t.Errorf("said %q, want AUTH %s", said, tt.want)
			}
			for token := range strings.FieldsSeq(said) {
				if raw, err := base64.StdEncoding.DecodeString(token); strings.Contains(token, password) || err == nil && strings.Contains(string(raw), password) {
					t.Errorf("the password is in %q", token)
				}
			}
			_, err = signedIn("another")
			checkFailure(t, err, tertial.PhaseAuth, 535)
		})
	}
	t.Run("a relay that does not know the password itself", func(t *testing.T) {
		s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
			said, _ := base64.StdEncoding.DecodeString(turn.Line)
			_, nonce, first := strings.Cut(string(said), ",r=")
			switch {
			case turn.Phase == smtptest.Ehlo:
				return smtptest.Reply("250-mail\n250 AUTH SCRAM-SHA-256")
			case turn.Phase == smtptest.Auth:
				return smtptest.Reply("334 ")
			case strings.HasPrefix(string(said), "c="):
				return challenge("v=" + base64.StdEncoding.EncodeToString([]byte("a signature of nothing at all...")))
			case first:
				return challenge("r=" + nonce + "more,s=" + base64.StdEncoding.EncodeToString([]byte("salt")) + ",i=4096")
			}
			return smtptest.Move{}
		})
		_, err := to(t, s.Addr(), func(o *SMTP) { o.Username, o.Password = user, password }).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseAuth, 0)
	})
}

func challenge(s string) smtptest.Move {
	return smtptest.Reply("334 " + base64.StdEncoding.EncodeToString([]byte(s)))
}

// Mail does not go where it could be read or the relay be another.
func TestF12TheLineThatIsNotSecure(t *testing.T) {
	t.Run("STARTTLS is stripped from what the relay offers", func(t *testing.T) {
		inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
			s := smtptest.Script(t, offered(smtptest.Friendly))
			_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS, o.Username, o.Password = "starttls", user, password }).Dial(t.Context())
			checkFailure(t, err, tertial.PhaseTLS, 0)
			if got := s.Lines(); len(got) != 1 {
				t.Errorf("said %q in the clear", got)
			}
		})
	})
	t.Run("an EHLO that is refused offers no STARTTLS", func(t *testing.T) { // B107
		s := smtptest.Script(t, at(smtptest.Ehlo, smtptest.Reply("502 5.5.1 what?")))
		_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS = "starttls" }).Dial(t.Context())
		checkFailure(t, err, tertial.PhaseTLS, 0)
	})
	for _, way := range []string{"starttls", "implicit"} {
		secure := map[string]smtptest.Option{"starttls": smtptest.StartTLS, "implicit": smtptest.ImplicitTLS}[way]
		t.Run("a certificate of nobody's, by "+way, func(t *testing.T) {
			s := smtptest.New(t, secure, smtptest.Account(user, password, "PLAIN"))
			x := &tap{}
			_, err := to(t, s.Addr(), func(o *SMTP) { o.TLS, o.Username, o.Password, o.DialContext = way, user, password, x.dial }).Dial(t.Context())
			checkFailure(t, err, tertial.PhaseTLS, 0)
			checkNothingTold(t, x)
		})
		t.Run("a certificate of another's, by "+way, func(t *testing.T) {
			s := smtptest.New(t, secure)
			relay := to(t, s.Addr(), trusting(s, way, "none"))
			relay.o.Host = "relay.stad.example"
			_, err := relay.Dial(t.Context())
			if f := checkFailure(t, err, tertial.PhaseTLS, 0); !strings.Contains(f.Reply, "not relay.stad.example") {
				t.Errorf("got %v", f)
			}
		})
		t.Run("TLS 1.0, by "+way, func(t *testing.T) {
			s := smtptest.New(t, secure, smtptest.OldTLS, smtptest.Account(user, password, "PLAIN"))
			x := &tap{}
			_, err := to(t, s.Addr(), func(o *SMTP) {
				trusting(s, way, "auto")(o)
				o.DialContext = x.dial
			}).Dial(t.Context())
			checkFailure(t, err, tertial.PhaseTLS, 0)
			checkNothingTold(t, x)
		})
	}
}

func checkNothingTold(t *testing.T, x *tap) {
	t.Helper()
	for _, word := range []string{"AUTH", "MAIL", base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))} {
		if strings.Contains(x.said(), word) {
			t.Errorf("said %s", word)
		}
	}
}

// B108: what the relay offers is all that is used of it.
func TestB108WhatTheRelayOffers(t *testing.T) {
	for name, tt := range map[string]struct {
		offers string
		mail   string // how MAIL ends
	}{
		"nothing":                  {"250 mail", ">"},
		"a size":                   {"250-mail\n250 SIZE 1000", "> SIZE=20"},
		"a size without a number":  {"250-mail\n250 SIZE", ">"},
		"a size that is none":      {"250-mail\n250 SIZE -5", ">"},
		"any size":                 {"250-mail\n250 SIZE 0", ">"},
		"eight bits, not needed":   {"250-mail\n250-8BITMIME\n250-SMTPUTF8\n250 DSN", ">"},
		"many things nobody knows": {"250-mail\n" + strings.Repeat("250-X-THING 1\n", 3000) + "250 SIZE 1000", "> SIZE=20"},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Script(t, at(smtptest.Ehlo, smtptest.Reply(tt.offers)))
			c := dial(t, to(t, s.Addr(), nil))
			if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
				t.Fatalf("got %+v", r)
			}
			if got, want := s.Lines()[1], "MAIL FROM:<"+sender+tt.mail; got != want {
				t.Errorf("said %q, want %q", got, want)
			}
		})
	}
	t.Run("AUTH only over TLS", func(t *testing.T) {
		s := smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
			switch {
			case turn.Phase == smtptest.Ehlo && turn.TLS:
				return smtptest.Reply("250-mail\n250 AUTH PLAIN")
			case turn.Phase == smtptest.Ehlo:
				return smtptest.Reply("250-mail\n250 STARTTLS")
			case turn.Line == "STARTTLS":
				return smtptest.Secure("")
			case turn.Phase == smtptest.Auth && !turn.TLS:
				return smtptest.Reply("538 5.7.11 encrypt first")
			}
			return smtptest.Move{}
		})
		c := dial(t, to(t, s.Addr(), func(o *SMTP) { o.TLS, o.RootCAs, o.Username, o.Password = "starttls", s.CertPool(), user, password }))
		if r := c.Send(t.Context(), sender, recipient, []byte(body), yes); r.Verdict != tertial.Accepted {
			t.Errorf("got %+v", r)
		}
	})
}
