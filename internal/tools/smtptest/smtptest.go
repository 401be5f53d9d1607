// Package smtptest gives tests a mail server to talk to.
//
// [New] is a server that behaves: it takes mail, with TLS and authentication if asked
// to, and keeps what it took. [Script] is one that misbehaves: the test decides the
// answer to each line, and whether the line is cut before or after it.
//
// [Fate] is a script that misbehaves by chance.
//
// Both listen on loopback, or, under [InMemory] and [ScriptInMemory], on nothing but
// memory, which is what testing/synctest needs. Both end with the test.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is one message that a server took.
type Mail struct {
	From string    // of the envelope
	To   []string  // of the envelope
	Raw  []byte    // header and body, with CRLF and without the dots of transport
	At   time.Time // when the last byte was read
	TLS  bool      // whether it came over TLS
	User string    // who had signed in, or ""
}

// Server is a mail server that keeps what it takes. Its methods may be called at any time
// from any goroutine.
type Server struct {
	listener net.Listener
	cert     certificate
	start    bool // STARTTLS is offered
	implicit bool
	old      bool
	smtp     *smtp.Server

	accounts map[string]string // password, or token, by user
	mechs    []string
	judge    func(Phase, string) error

	mu    sync.Mutex
	mails []Mail
	conns int
}

// Option is something a server does beyond taking plain mail from anybody.
type Option func(*Server)

// StartTLS offers STARTTLS with a certificate of the server's own making.
func StartTLS(s *Server) { s.start = true }

// ImplicitTLS speaks TLS from the first byte.
func ImplicitTLS(s *Server) { s.implicit = true }

// OldTLS knows no TLS newer than 1.0, however it comes to be spoken.
func OldTLS(s *Server) { s.old = true }

// InMemory takes connections by [Server.Dial] only, over net.Pipe.
func InMemory(s *Server) { s.listener = newPipeListener() }

// Account takes mail only after user has signed in with password, by one of the
// mechanisms: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, or XOAUTH2 (where the password is the token).
func Account(user, password string, mechanisms ...string) Option {
	return func(s *Server) {
		s.accounts[user] = password
		s.mechs = append(s.mechs, mechanisms...)
	}
}

// Judge asks f about each sender ([MailFrom]), recipient ([RcptTo]) and body ([Dot]), with
// the address or the bytes; what f returns, made by [Refusal], is the answer; nil takes it.
// f is called from several goroutines.
func Judge(f func(at Phase, what string) error) Option {
	return func(s *Server) { s.judge = f }
}

// Refusal is an answer to refuse with, as 550, "5.1.1", "no such user".
func Refusal(code int, enhanced [3]int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

// New starts a server that ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	cert, err := newCertificate()
	if err != nil {
		t.Fatalf("making the mail server's certificate: %v", err)
	}
	s := &Server{cert: cert, accounts: map[string]string{}, judge: func(Phase, string) error { return nil }}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.Domain = "mail.example.org"
	s.smtp.AllowInsecureAuth = true // the tests of a client that must not use it
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	for _, option := range options {
		option(s)
	}
	if s.start {
		s.smtp.TLSConfig = s.tls()
	}
	if s.listener == nil {
		s.listener = listen(t)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.smtp.Serve(&countingListener{s.wrapped(), s}) // ends by Close
	}()
	t.Cleanup(func() {
		_ = s.smtp.Close()
		<-served
	})
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening for mail on loopback: %v", err)
	}
	return l
}

func (s *Server) tls() *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{s.cert.pair}}
	if s.old {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	}
	return c
}

func (s *Server) wrapped() net.Listener {
	if s.implicit {
		return tls.NewListener(s.listener, s.tls())
	}
	return s.listener
}

// Addr returns host and port to dial.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// CertPool returns the authority that vouches for the server, as localhost and 127.0.0.1.
func (s *Server) CertPool() *x509.CertPool { return s.cert.pool }

// Dial connects to the server, whatever address is asked for. It is needed
// with [InMemory] and does no harm without.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return dialTo(ctx, s.listener)
}

func dialTo(ctx context.Context, l net.Listener) (net.Conn, error) {
	if p, ok := l.(*pipeListener); ok {
		return p.dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, l.Addr().Network(), l.Addr().String())
}

// Mails returns what was taken up to now, the oldest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Connections returns how many times somebody has connected.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// Reset forgets the mails and connections up to now.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.conns = nil, 0
}

type countingListener struct {
	net.Listener
	s *Server
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.s.mu.Lock()
		l.s.conns++
		l.s.mu.Unlock()
	}
	return c, err
}
