package smtptest

import (
	"bufio"
	"bytes"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Phase is a place in a conversation: who speaks next is the server.
type Phase string

// The phases. Banner is before the client has said anything, Dot after the whole body.
const (
	Banner   Phase = "banner"
	Ehlo     Phase = "EHLO"
	Helo     Phase = "HELO"
	Auth     Phase = "AUTH"
	MailFrom Phase = "MAIL"
	RcptTo   Phase = "RCPT"
	Data     Phase = "DATA"
	Dot      Phase = "dot"
	Rset     Phase = "RSET"
	Noop     Phase = "NOOP"
	Quit     Phase = "QUIT"
	Other    Phase = "other"
)

// Turn is one turn of the server's to speak.
type Turn struct {
	Phase Phase
	Line  string // what the client said, without its end; "" at banner and dot
	Conn  int    // 1 is the first connection
	Mail  int    // how many MAIL commands the server has heard, on all connections
}

// Move is what the server does in its turn. The zero Move is what a friendly server does.
type Move struct {
	reply  string
	raw    bool
	before bool
	after  bool
}

// Reply says text, a line or several, with CRLF added.
func Reply(text string) Move { return Move{reply: text} }

// Raw writes the bytes as they are.
func Raw(bytes string) Move { return Move{reply: bytes, raw: true} }

// Drop cuts the line without a word.
func Drop() Move { return Move{before: true} }

// DropAfter says text and then cuts the line.
func DropAfter(text string) Move { return Move{reply: text, after: true} }

// Stub is a server that follows a script.
type Stub struct {
	listener net.Listener
	move     func(Turn) Move

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
// slow, move takes its time; it is called from one goroutine a connection, and must
// have returned when the test ends.
func Script(t testing.TB, move func(Turn) Move) *Stub {
	t.Helper()
	s := &Stub{listener: listen(t), move: move, open: map[net.Conn]bool{}}
	s.talk.Go(s.serve)
	t.Cleanup(s.close)
	return s
}

// Addr returns host and port to dial.
func (s *Stub) Addr() string { return s.listener.Addr().String() }

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
		c := &dialogue{s: s, conn: conn, in: bufio.NewReader(conn), n: s.conns}
		s.mu.Unlock()
		s.talk.Go(c.run)
	}
}

func (s *Stub) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.open = nil
	s.mu.Unlock()
	s.talk.Wait()
}

// dialogue is one connection of a stub.
type dialogue struct {
	s    *Stub
	conn net.Conn
	in   *bufio.Reader
	n    int
	mail Mail
}

func (d *dialogue) run() {
	defer func() {
		d.conn.Close()
		d.s.mu.Lock()
		delete(d.s.open, d.conn)
		d.s.mu.Unlock()
	}()
	if _, on := d.turn(Banner, ""); !on {
		return
	}
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		phase := phaseOf(line)
		d.note(phase, line)
		said, on := d.turn(phase, line)
		if on && phase == Data && strings.HasPrefix(said, "354") {
			on = d.body()
		}
		if !on || phase == Quit {
			return
		}
	}
}

// note keeps what the client has said.
func (d *dialogue) note(phase Phase, line string) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.s.lines = append(d.s.lines, line)
	switch phase {
	case MailFrom:
		d.s.begun++
		d.mail = Mail{From: address(line)}
	case RcptTo:
		d.mail.To = append(slices.Clone(d.mail.To), address(line))
	}
}

// body reads up to the dot and answers it.
func (d *dialogue) body() (on bool) {
	var raw bytes.Buffer
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	mail := d.mail
	mail.Raw, mail.At = raw.Bytes(), time.Now()
	d.s.mu.Lock()
	d.s.bodies = append(d.s.bodies, mail)
	d.s.mu.Unlock()
	said, on := d.turn(Dot, "")
	if strings.HasPrefix(said, "2") {
		d.s.mu.Lock()
		d.s.mails = append(d.s.mails, mail)
		d.s.mu.Unlock()
	}
	return on
}

// turn does what the script says, and reports what was said and whether the line stands.
func (d *dialogue) turn(phase Phase, line string) (said string, on bool) {
	d.s.mu.Lock()
	begun := d.s.begun
	d.s.mu.Unlock()
	move := d.s.move(Turn{Phase: phase, Line: line, Conn: d.n, Mail: begun})
	if move.before {
		d.reset()
		return "", false
	}
	text := move.reply
	if move == (Move{}) {
		text = friendly(phase)
	}
	if !move.raw {
		text = strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	}
	_, err := d.conn.Write([]byte(text))
	return text, err == nil && !move.after
}

// reset makes the close a hard one: the client sees a reset, not an end.
func (d *dialogue) reset() {
	if c, ok := d.conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
}

func friendly(p Phase) string {
	switch p {
	case Banner:
		return "220 mail.example.org ESMTP"
	case Ehlo:
		return "250-mail.example.org\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250 SIZE 35882577"
	case Auth:
		return "235 2.7.0 welcome"
	case Data:
		return "354 go on"
	case Quit:
		return "221 2.0.0 bye"
	case Other:
		return "502 5.5.1 not known here"
	default:
		return "250 2.0.0 ok"
	}
}

func phaseOf(line string) Phase {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	switch p := Phase(verb); p {
	case Ehlo, Helo, Auth, MailFrom, RcptTo, Data, Rset, Noop, Quit:
		return p
	}
	return Other
}

// address returns what stands between the angle brackets.
func address(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	a, _, _ := strings.Cut(rest, ">")
	return a
}
