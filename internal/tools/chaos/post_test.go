//go:build linux

package chaos

import (
	"net"
	"strings"
	"sync"
	"testing"

	"tertial/internal/tools/smtptest"
)

// post is a mail server that a test can have do things in its turn. Without being told it is friendly.
type post struct {
	*smtptest.Stub
	mu   sync.Mutex
	move func(smtptest.Turn) smtptest.Move
}

func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{}
	p.Stub = smtptest.Script(t, func(turn smtptest.Turn) smtptest.Move {
		p.mu.Lock()
		move := p.move
		p.mu.Unlock()
		if move == nil {
			return smtptest.Move{}
		}
		return move(turn)
	})
	return p
}

// does has the server do as move says; nil makes it friendly again.
func (p *post) does(move func(smtptest.Turn) smtptest.Move) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.move = move
}

// once has the server do something the nth time that it comes to a phase, and nothing unfriendly else.
func (p *post) once(phase smtptest.Phase, nth int, act func() smtptest.Move) {
	var mu sync.Mutex
	p.does(func(turn smtptest.Turn) smtptest.Move {
		if turn.Phase != phase {
			return smtptest.Move{}
		}
		mu.Lock()
		nth--
		now := nth == 0
		mu.Unlock()
		if now {
			return act()
		}
		return smtptest.Move{}
	})
}

// gate is a place where the server waits until it is let through.
type gate struct {
	reached, open chan struct{}
	reach, pass   sync.Once
}

func newGate(t *testing.T) *gate {
	g := &gate{reached: make(chan struct{}), open: make(chan struct{})}
	t.Cleanup(g.let)
	return g
}

// hold waits at the gate.
func (g *gate) hold() {
	g.reach.Do(func() { close(g.reached) })
	<-g.open
}

// let opens the gate for good.
func (g *gate) let() { g.pass.Do(func() { close(g.open) }) }

// isReached reports whether somebody has come to the gate.
func (g *gate) isReached() bool {
	select {
	case <-g.reached:
		return true
	default:
		return false
	}
}

// copies are the mails that servers have taken, by address, each with its copies in the order in which they came.
func copies(t *testing.T, posts ...*post) map[string][]smtptest.Mail {
	t.Helper()
	got := map[string][]smtptest.Mail{}
	for _, p := range posts {
		for _, m := range p.Mails() {
			if len(m.To) != 1 {
				t.Fatalf("P10: a mail has the recipients %v", m.To)
			}
			got[m.To[0]] = append(got[m.To[0]], m)
		}
	}
	return got
}

// header is the value of a header field of a mail.
func header(m smtptest.Mail, name string) string {
	for line := range strings.Lines(string(m.Raw)) {
		if line == "\r\n" {
			break
		}
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// split is host and port of an address.
func split(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
