package store

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"tertial/internal/tools/pgtest"
)

// proxy stands between the store and a PostgreSQL, and does to what goes through it what networks do.
type proxy struct {
	listener net.Listener
	dial     func() (net.Conn, error)
	all      sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	hole     chan struct{} // while it is there nothing goes through; closed when it ends
	delay    time.Duration // of each answer
	deafTo   []byte        // an order after which the line is cut instead of answered
	deafened int           // how often it was
}

func newProxy(t *testing.T, c *pgtest.Cluster) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, dial: c.Dial, conns: make(map[net.Conn]struct{})}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.fill()
		p.cut()
		p.all.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.all.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	p.wait()
	server, err := p.dial()
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = struct{}{}, struct{}{}
	p.mu.Unlock()
	deaf := false
	var both sync.WaitGroup
	pump := func(to, from net.Conn, seen func([]byte) bool) {
		defer both.Done()
		defer to.Close()
		defer from.Close()
		b := make([]byte, 32<<10)
		for {
			n, err := from.Read(b)
			if err != nil || !seen(b[:n]) {
				return
			}
			p.wait()
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	both.Add(2)
	go pump(server, client, func(b []byte) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		deaf = deaf || p.deafTo != nil && bytes.Contains(b, p.deafTo)
		return true
	})
	go pump(client, server, func([]byte) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if deaf { // the server has done it, and nobody hears
			p.deafened++
			return false
		}
		return true
	})
	both.Wait()
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
}

// wait holds back what is on its way.
func (p *proxy) wait() {
	p.mu.Lock()
	hole, delay := p.hole, p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	if hole != nil {
		<-hole
	}
}

// cut closes every line that is open.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// dig makes a black hole of it: lines are taken, and nothing comes of them.
func (p *proxy) dig() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hole = make(chan struct{})
}

// fill ends the hole.
func (p *proxy) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hole != nil {
		close(p.hole)
		p.hole = nil
	}
}

// slow makes each answer and each question come later.
func (p *proxy) slow(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = by
}

// deafen cuts the line of whoever gives the order, when the server has carried it out; nil ends it. It returns how often it has.
func (p *proxy) deafen(order []byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deafTo = order
	return p.deafened
}
