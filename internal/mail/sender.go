package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/oauth2"

	"tertial/internal/tertial"
)

// SMTP says how the relay is reached.
type SMTP struct {
	Host string
	Port int
	TLS  string // none, starttls or implicit
	// Username, with Password or TokenSource; "" sends without signing in. Where there is no
	// TokenSource, XOAUTH2 takes the password for the token.
	Username    string
	Password    string
	Auth        string // auto, none, plain, login, cram-md5, scram-sha-1, scram-sha-256 or xoauth2; "" is auto
	TokenSource oauth2.TokenSource
	// RootCAs are whom to believe; nil is whom the system believes.
	RootCAs *x509.CertPool
	// LocalName is what we call ourselves; "" is the address we call from.
	LocalName string
	Timeouts  Timeouts
	// DialContext replaces the network.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Timeouts bound the phases of the conversation; each zero is the default.
type Timeouts struct {
	Dial  time.Duration // until the line stands: 30 s
	Greet time.Duration // for the banner and for each answer up to the first mail: 1 min
	Mail  time.Duration // 5 min
	Rcpt  time.Duration // 5 min
	Data  time.Duration // until the relay wants the body: 2 min
	Block time.Duration // for each portion of a mail but its last: 3 min
	Dot   time.Duration // for the last portion with the final dot, and the answer to it: 10 min
	Quit  time.Duration // 5 s
}

func (t Timeouts) orDefaults() Timeouts {
	return Timeouts{
		Dial: cmp.Or(t.Dial, 30*time.Second), Greet: cmp.Or(t.Greet, time.Minute),
		Mail: cmp.Or(t.Mail, 5*time.Minute), Rcpt: cmp.Or(t.Rcpt, 5*time.Minute),
		Data: cmp.Or(t.Data, 2*time.Minute), Block: cmp.Or(t.Block, 3*time.Minute),
		Dot: cmp.Or(t.Dot, 10*time.Minute), Quit: cmp.Or(t.Quit, 5*time.Second),
	}
}

// The ways of TLS.
const (
	noTLS       = "none"
	startTLS    = "starttls"
	implicitTLS = "implicit"
)

// Sender opens connections to one relay. It is safe for concurrent use.
type Sender struct {
	o       SMTP
	address string
}

// NewSender checks how the relay is to be reached; it does not reach for it. A
// password that would travel in the clear to another machine is refused.
func NewSender(o SMTP) (*Sender, error) {
	invalid := func(format string, args ...any) (*Sender, error) {
		return nil, fmt.Errorf("%w: the mail relay: "+format, append([]any{tertial.ErrInvalid}, args...)...)
	}
	o.Timeouts = o.Timeouts.orDefaults()
	switch {
	case o.Host == "":
		return invalid("it has no host")
	case o.Port < 1 || o.Port > 65535:
		return invalid("%d is no port", o.Port)
	case o.TLS != noTLS && o.TLS != startTLS && o.TLS != implicitTLS:
		return invalid("TLS is none, starttls or implicit, not %.80q", o.TLS)
	case strings.ContainsAny(o.LocalName, "\r\n "):
		return invalid("%.80q is no name for us", o.LocalName)
	}
	mechanism, known := mechanisms()[strings.ToLower(o.Auth)]
	switch {
	case !known:
		return invalid("%.80q is no way to sign in", o.Auth)
	case mechanism != mechanismAuto && mechanism != mechanismNone && o.Username == "":
		return invalid("to sign in by %s takes a username", mechanism)
	case inTheClear(mechanism) && o.TLS == noTLS && !loopback(o.Host):
		return invalid("%s would send the password in the clear; use starttls or implicit", mechanism)
	}
	return &Sender{o: o, address: net.JoinHostPort(o.Host, strconv.Itoa(o.Port))}, nil
}

// loopback reports whether the host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Failure is why there is no connection. It is no fault of any message: the verdict is
// always [tertial.RelayDown].
type Failure struct {
	Verdict  tertial.Verdict
	Phase    tertial.Phase // dial, tls or auth
	Code     int           // of the reply, 0 where there was none
	Enhanced string
	Reply    string // the relay's words, or what happened, cleaned
	cause    error
}

// Error says at what step the relay failed, and how.
func (f *Failure) Error() string {
	if f.Code != 0 {
		return fmt.Sprintf("the mail relay failed at %s: %d %s", f.Phase, f.Code, f.Reply)
	}
	return fmt.Sprintf("the mail relay failed at %s: %s", f.Phase, f.Reply)
}

// Unwrap gives [tertial.ErrUnavailable] and the cause.
func (f *Failure) Unwrap() []error { return []error{tertial.ErrUnavailable, f.cause} }

func newFailure(phase tertial.Phase, err error) *Failure {
	f := &Failure{Verdict: tertial.RelayDown, Phase: phase, Reply: oneLine(err.Error(), maxReply), cause: err}
	if said := (*textproto.Error)(nil); errors.As(err, &said) {
		f.Code, f.Reply = said.Code, oneLine(said.Msg, maxReply)
		f.Enhanced = enhancedCode(said.Msg)
	}
	return f
}

// Dial opens a connection: TLS and signed in, as configured, or not at all. The
// error is a [*Failure].
func (s *Sender) Dial(ctx context.Context) (*Conn, error) {
	dial := s.o.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	dialling, cancel := context.WithTimeout(ctx, s.o.Timeouts.Dial)
	defer cancel()
	raw, err := dial(dialling, "tcp", s.address)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, newFailure(tertial.PhaseDial, err)
	}
	w := newWire(raw)
	release := context.AfterFunc(ctx, func() { w.cut(context.Cause(ctx)) })
	client, phase, err := s.greet(w)
	if !release() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		w.close() // go-mail leaves it open
		return nil, newFailure(phase, err)
	}
	piped, _ := client.Extension("PIPELINING")
	return &Conn{wire: w, client: client, limits: s.o.Timeouts, size: sizeLimit(client), piped: piped, usable: true}, nil
}

// greet takes a new connection through banner, EHLO, TLS and signing in. With an
// error it gives the phase that failed.
func (s *Sender) greet(w *wire) (client *smtp.Client, phase tertial.Phase, err error) {
	step := func(at tertial.Phase, f func() error) {
		if err == nil {
			phase, err = at, w.within(s.o.Timeouts.Greet, f)
		}
	}
	config := &tls.Config{ServerName: s.o.Host, RootCAs: s.o.RootCAs, MinVersion: tls.VersionTLS12}
	var conn net.Conn = w
	if s.o.TLS == implicitTLS {
		secure := tls.Client(w, config)
		conn = secure
		step(tertial.PhaseTLS, secure.Handshake)
	}
	step(tertial.PhaseDial, func() (err error) {
		client, err = smtp.NewClient(conn, s.o.Host)
		return err
	})
	step(tertial.PhaseDial, func() error { return client.Hello(s.localName(w)) })
	if s.o.TLS == startTLS {
		step(tertial.PhaseTLS, func() error {
			if offered, _ := client.Extension("STARTTLS"); !offered {
				return errors.New("the relay does not offer STARTTLS, and mail does not go in the clear")
			}
			return client.StartTLS(config)
		})
	}
	if auth := s.signIn(); auth != nil {
		step(tertial.PhaseAuth, func() error { return client.Auth(auth) })
	}
	return client, phase, err
}

// localName is what EHLO says: the name we were given, or the address we call from (RFC 5321, 4.1.3).
func (s *Sender) localName(w *wire) string {
	if s.o.LocalName != "" {
		return s.o.LocalName
	}
	host, _, err := net.SplitHostPort(w.LocalAddr().String())
	ip := net.ParseIP(host)
	switch {
	case err != nil || ip == nil:
		return "localhost"
	case ip.To4() == nil:
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}

// sizeLimit is the largest mail that the relay says it takes, 0 where it says nothing.
func sizeLimit(client *smtp.Client) int {
	_, value := client.Extension("SIZE")
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
