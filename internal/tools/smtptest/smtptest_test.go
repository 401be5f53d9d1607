package smtptest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	netsmtp "net/smtp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const letter = "Subject: prov\r\n\r\nåtgärd\r\n.dotted\r\n"

func TestServerKeepsWhatItTook(t *testing.T) {
	s := New(t)
	c := dial(t, s.Addr())
	if err := c.SendMail("isam@example.org", []string{"hr@example.org", "it@example.org"}, strings.NewReader(letter)); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 1 {
		t.Fatalf("got %d mails, want 1", len(mails))
	}
	m := mails[0]
	if got, want := fmt.Sprint(m.From, m.To, m.TLS, m.User), "isam@example.org[hr@example.org it@example.org] false"; got != want {
		t.Errorf("envelope: got %q, want %q", got, want)
	}
	if string(m.Raw) != letter {
		t.Errorf("bytes: got %q, want %q", m.Raw, letter)
	}
	if m.At.IsZero() || s.Connections() != 1 {
		t.Errorf("got time %v, %d connections; want a time, 1", m.At, s.Connections())
	}
	if s.Reset(); len(s.Mails())+s.Connections() != 0 {
		t.Error("after Reset something is left")
	}
}

func TestServerIsSafeForManyAtOnce(t *testing.T) {
	s := New(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := dial(t, s.Addr())
			for range 5 {
				if err := c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(s.Mails()); got != 40 || s.Connections() != 8 {
		t.Errorf("got %d mails on %d connections, want 40 on 8", got, s.Connections())
	}
}

func TestTLS(t *testing.T) {
	t.Run("STARTTLS is offered and marked", func(t *testing.T) {
		s := New(t, StartTLS)
		c, err := smtp.DialStartTLS(s.Addr(), &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost"})
		sendOver(t, s, c, err)
	})
	t.Run("implicit TLS speaks first", func(t *testing.T) {
		s := New(t, ImplicitTLS)
		c, err := smtp.DialTLS(s.Addr(), &tls.Config{RootCAs: s.CertPool()})
		sendOver(t, s, c, err)
	})
	t.Run("who does not know the certificate is kept out", func(t *testing.T) {
		s := New(t, StartTLS)
		var unknown *tls.CertificateVerificationError
		c, err := smtp.DialStartTLS(s.Addr(), &tls.Config{ServerName: "localhost"})
		if err == nil {
			defer c.Close()
			err = c.Hello("localhost") // the handshake comes with the first command
		}
		if !errors.As(err, &unknown) {
			t.Errorf("got %v, want a refused certificate", err)
		}
	})
	t.Run("without the option there is none", func(t *testing.T) {
		if ok, _ := dial(t, New(t).Addr()).Extension("STARTTLS"); ok {
			t.Error("STARTTLS is offered")
		}
	})
}

func sendOver(t *testing.T, s *Server, c *smtp.Client, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter)); err != nil {
		t.Fatal(err)
	}
	if m := s.Mails(); len(m) != 1 || !m[0].TLS {
		t.Errorf("got %+v, want one mail over TLS", m)
	}
}

func TestAuthentication(t *testing.T) {
	for _, mech := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2"} {
		t.Run(mech, func(t *testing.T) {
			s := New(t, Account("tertial", "hemligt", mech))
			if err := authenticate(t, s, mech, "fel"); err == nil || !strings.HasPrefix(err.Error(), "535") {
				t.Errorf("with a wrong password: got %v, want 535", err)
			}
			if err := authenticate(t, s, mech, "hemligt"); err != nil {
				t.Fatal(err)
			}
			if m := s.Mails(); len(m) != 1 || m[0].User != "tertial" {
				t.Errorf("got %+v, want one mail of tertial's", m)
			}
		})
	}
	t.Run("a mechanism that the account lacks is refused", func(t *testing.T) {
		if err := authenticate(t, New(t, Account("tertial", "hemligt", "PLAIN")), "LOGIN", "hemligt"); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("who does not sign in may not send", func(t *testing.T) {
		err := dial(t, New(t, Account("tertial", "hemligt", "PLAIN")).Addr()).Mail("a@example.org", nil)
		if code(err) != 530 {
			t.Errorf("got %v, want 530", err)
		}
	})
}

// authenticate signs in and sends one mail, by the standard library's client.
func authenticate(t *testing.T, s *Server, mech, password string) error {
	t.Helper()
	c, err := netsmtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(saslAuth{client(mech, password)}); err != nil {
		return err
	}
	if err := errors.Join(c.Mail("a@example.org"), c.Rcpt("b@example.org")); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, letter)
	return errors.Join(err, w.Close())
}

func client(mech, password string) interface {
	Start() (string, []byte, error)
	Next([]byte) ([]byte, error)
} {
	switch mech {
	case "PLAIN":
		return sasl.NewPlainClient("", "tertial", password)
	case "LOGIN":
		return sasl.NewLoginClient("tertial", password)
	case "CRAM-MD5":
		return &standard{netsmtp.CRAMMD5Auth("tertial", password)}
	case "SCRAM-SHA-1":
		return &scramClient{name: mech, hash: sha1.New, password: password}
	case "SCRAM-SHA-256":
		return &scramClient{name: mech, hash: sha256.New, password: password}
	}
	return xoauth2Client(password)
}

type saslAuth struct {
	c interface {
		Start() (string, []byte, error)
		Next([]byte) ([]byte, error)
	}
}

func (a saslAuth) Start(*netsmtp.ServerInfo) (string, []byte, error) { return a.c.Start() }
func (a saslAuth) Next(challenge []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	return a.c.Next(challenge)
}

type standard struct{ netsmtp.Auth }

func (s *standard) Start() (string, []byte, error)        { return s.Auth.Start(&netsmtp.ServerInfo{}) }
func (s *standard) Next(challenge []byte) ([]byte, error) { return s.Auth.Next(challenge, true) }

type xoauth2Client string

func (x xoauth2Client) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=tertial\x01auth=Bearer " + string(x) + "\x01\x01"), nil
}
func (x xoauth2Client) Next([]byte) ([]byte, error) { return nil, nil }

// scramClient is the client's side of RFC 5802, step by step.
type scramClient struct {
	name, password string
	hash           func() hash.Hash
	verified       string
}

func (c *scramClient) Start() (string, []byte, error) { return c.name, nil, nil }

func (c *scramClient) Next(challenge []byte) ([]byte, error) {
	const bare = "n=tertial,r=nonce"
	sign := func(key []byte, text string) []byte {
		mac := hmac.New(c.hash, key)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	switch said := string(challenge); {
	case said == "":
		return []byte("n,," + bare), nil
	case strings.HasPrefix(said, "v="):
		if said != c.verified {
			return nil, errors.New("the server does not know the password")
		}
		return []byte{}, nil
	default:
		nonce, rest, _ := strings.Cut(said, ",s=")
		salt64, _, _ := strings.Cut(rest, ",")
		salt, err := base64.StdEncoding.DecodeString(salt64)
		if err != nil {
			return nil, err
		}
		salted, err := pbkdf2.Key(c.hash, c.password, salt, 4096, c.hash().Size())
		if err != nil {
			return nil, err
		}
		without := "c=biws," + nonce
		all := bare + "," + said + "," + without
		key := sign(salted, "Client Key")
		stored := c.hash()
		stored.Write(key)
		for i, b := range sign(stored.Sum(nil), all) {
			key[i] ^= b
		}
		c.verified = "v=" + base64.StdEncoding.EncodeToString(sign(sign(salted, "Server Key"), all))
		return []byte(without + ",p=" + base64.StdEncoding.EncodeToString(key)), nil
	}
}

func TestJudgeAnswersForOneRecipientOnly(t *testing.T) {
	s := New(t, Judge(func(at Phase, what string) error {
		if at == RcptTo && what == "gone@example.org" {
			return Refusal(550, [3]int{5, 1, 1}, "no such user")
		}
		return nil
	}))
	c := dial(t, s.Addr())
	if err := c.SendMail("a@example.org", []string{"gone@example.org"}, strings.NewReader(letter)); code(err) != 550 {
		t.Errorf("got %v, want 550", err)
	}
	if err := errors.Join(c.Reset(), c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(letter))); err != nil {
		t.Error(err)
	}
}

func TestServerInMemoryLivesUnderFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t, InMemory, StartTLS)
		time.Sleep(24 * time.Hour)
		conn, err := s.Dial(t.Context(), "tcp", "mail.example.org:25")
		if err != nil {
			t.Fatal(err)
		}
		c, err := smtp.NewClientStartTLS(conn, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost"})
		sendOver(t, s, c, err)
		if got, want := s.Mails()[0].At.UTC().Format(time.DateOnly), "2000-01-02"; got != want {
			t.Errorf("taken on %s, want %s", got, want)
		}
	})
}

func TestServerInMemoryRefusesOnceClosed(t *testing.T) {
	l := newPipeListener()
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if _, err := l.dial(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func dial(t *testing.T, addr string) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func code(err error) int {
	var e *smtp.SMTPError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}
