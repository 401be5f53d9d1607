package smtptest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// Phase is a place in a conversation: who speaks next is the server.
type Phase string

// The phases. Banner is before the client has said anything, Body when the first line of a mail has come, at which a
// friendly server says nothing, Dot after the whole of it.
const (
	Banner   Phase = "banner"
	Ehlo     Phase = "EHLO"
	Helo     Phase = "HELO"
	Auth     Phase = "AUTH"
	MailFrom Phase = "MAIL"
	RcptTo   Phase = "RCPT"
	Data     Phase = "DATA"
	Body     Phase = "body"
	Dot      Phase = "dot"
	Rset     Phase = "RSET"
	Noop     Phase = "NOOP"
	Quit     Phase = "QUIT"
	Other    Phase = "other"
)

// Turn is one turn of the server's to speak.
type Turn struct {
	Phase Phase
	Line  string // what the client said, without its end; "" at banner, body and dot
	Conn  int    // 1 is the first connection
	Mail  int    // how many MAIL commands the server has heard, on all connections
	TLS   bool   // the line is secured
}

// Move is what the server does in its turn. The zero Move is what a friendly server does.
type Move struct {
	reply string
	kind  kind
	wait  time.Duration // before it
	drip  time.Duration // between two bytes of it
}

// kind is how a reply is said, or what is done instead.
type kind int

const (
	sayText kind = iota
	sayRaw
	cutLine
	takeMail
	sayAndClose
	sayAndBreak
	sayAndSecure
	sayNothing
	sayForEver
)

// Reply says text, a line or several, with CRLF added.
func Reply(text string) Move { return Move{reply: text} }

// Raw writes the bytes as they are.
func Raw(bytes string) Move { return Move{reply: bytes, kind: sayRaw} }

// Drop cuts the line without a word.
func Drop() Move { return Move{kind: cutLine} }

// Take cuts the line without a word; at the dot the server has the mail none the less.
func Take() Move { return Move{kind: takeMail} }

// DropAfter says text and then closes the line.
func DropAfter(text string) Move { return Move{reply: text, kind: sayAndClose} }

// BreakAfter says text and then breaks the line: over TCP the client sees a reset.
func BreakAfter(text string) Move { return Move{reply: text, kind: sayAndBreak} }

// Hang hears everything and says nothing, until the client goes or the test ends.
func Hang() Move { return Move{kind: sayNothing} }

// Flood says the same bytes again and again until the client goes or the test ends.
func Flood(bytes string) Move { return Move{reply: bytes, kind: sayForEver} }

// Secure says the bytes as they are, "" for a plain 220, and speaks TLS from then on: the answer to STARTTLS.
func Secure(bytes string) Move {
	return Move{reply: cmp.Or(bytes, "220 2.0.0 go ahead\r\n"), kind: sayAndSecure}
}

// Dripping is the move with its bytes said one by one.
func (m Move) Dripping(gap time.Duration) Move {
	m.drip = gap
	return m
}

// After is the move made after a while.
func (m Move) After(wait time.Duration) Move {
	m.wait = wait
	return m
}

// Pipelining is move by a server that offers PIPELINING (RFC 2920): where move has nothing to say to EHLO, it
// is said. That the client may speak ahead changes nothing else: every line has its turn, in order.
func Pipelining(move func(Turn) Move) func(Turn) Move {
	return func(turn Turn) Move {
		m := move(turn)
		if turn.Phase == Ehlo && m == (Move{}) {
			return Reply("250-mail.example.org\n250-PIPELINING\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250 SIZE 35882577")
		}
		return m
	}
}

// Friendly is the script of a server that does as it should in each of its turns.
func Friendly(Turn) Move { return Move{} }

// Stub is a server that follows a script.
type Stub struct {
	listener net.Listener
	move     func(Turn) Move
	closed   chan struct{}
	cert     func() certificate

	mu     sync.Mutex
	open   map[net.Conn]bool // nil once closed
	talk   sync.WaitGroup
	conns  int
	begun  int
	mails  []Mail
	bodies []Mail
	lines  []string
}

// Script starts a server on loopback that asks move what to do in each of its turns. To be
// slow, move takes its time or returns [Move.After]; it is called from one goroutine a connection, and must
// have returned when the test ends.
func Script(t testing.TB, move func(Turn) Move) *Stub {
	t.Helper()
	return ScriptOn(t, listen(t), move)
}

// ScriptInMemory is [Script] for clients that come by [Stub.Dial] only, over net.Pipe: nothing leaves a bubble of
// testing/synctest.
func ScriptInMemory(t testing.TB, move func(Turn) Move) *Stub {
	t.Helper()
	return ScriptOn(t, newPipeListener(), move)
}

// ScriptOn is [Script] for whoever comes by the listener, which ends with the test.
func ScriptOn(t testing.TB, l net.Listener, move func(Turn) Move) *Stub {
	t.Helper()
	s := &Stub{listener: l, move: move, closed: make(chan struct{}), open: map[net.Conn]bool{}}
	s.cert = sync.OnceValue(func() certificate {
		c, err := newCertificate()
		if err != nil {
			t.Errorf("making the mail server's certificate: %v", err)
		}
		return c
	})
	s.talk.Go(s.serve)
	t.Cleanup(s.close)
	return s
}

// Dial connects to the server, whatever address is asked for.
func (s *Stub) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return dialTo(ctx, s.listener)
}

// Addr returns host and port to dial.
func (s *Stub) Addr() string { return s.listener.Addr().String() }

// CertPool returns the authority that vouches for the server where it answers by [Secure].
func (s *Stub) CertPool() *x509.CertPool { return s.cert().pool }

// Mails returns the mails whose final dot was answered with 2xx: those that a receiver has.
func (s *Stub) Mails() []Mail { return s.locked(func() []Mail { return slices.Clone(s.mails) }) }

// Bodies returns the mails that arrived up to their final dot, whatever was answered.
func (s *Stub) Bodies() []Mail { return s.locked(func() []Mail { return slices.Clone(s.bodies) }) }

func (s *Stub) locked(f func() []Mail) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// Lines returns every command heard, on all connections, in order.
func (s *Stub) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// Connections returns how many times somebody has connected.
func (s *Stub) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

func (s *Stub) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.open == nil {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.conns++
		s.open[conn] = true
		c := &dialogue{s: s, line: conn, conn: conn, in: bufio.NewReader(conn), n: s.conns}
		s.mu.Unlock()
		s.talk.Go(c.run)
	}
}

func (s *Stub) close() {
	close(s.closed)
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.open = nil
	s.mu.Unlock()
	s.talk.Wait()
}
