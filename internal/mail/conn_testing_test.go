package mail

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"tertial/internal/tools/smtptest"
)

// script is what a server does in its turns.
type script = func(smtptest.Turn) smtptest.Move

// inBothModes runs a test against relays that take commands ahead of their answers and against such as do not;
// offered makes a script one of such a relay.
func inBothModes(t *testing.T, test func(t *testing.T, piped bool, offered func(script) script)) {
	t.Helper()
	t.Run("in lock-step", func(t *testing.T) { test(t, false, func(s script) script { return s }) })
	t.Run("pipelined", func(t *testing.T) { test(t, true, smtptest.Pipelining) })
}

// tap is a line on which what goes over it is looked at. Its zero value dials by the network.
type tap struct {
	from func(context.Context, string, string) (net.Conn, error)

	mu    sync.Mutex
	wrote []string // each write by itself
	read  int      // bytes since the last write
	most  int      // the most that read has been
}

func (x *tap) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := x.from
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &tapped{conn, x}, nil
}

// use reaches the relay by the tap.
func (x *tap) use(o *SMTP) { o.DialContext = x.dial }

// forget makes as if nothing had been said.
func (x *tap) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrote = nil
}

func (x *tap) writes() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.wrote)
}

// said is everything that was written.
func (x *tap) said() string { return strings.Join(x.writes(), "") }

type tapped struct {
	net.Conn
	x *tap
}

func (c *tapped) Write(p []byte) (int, error) {
	c.x.mu.Lock()
	c.x.wrote, c.x.read = append(c.x.wrote, string(p)), 0
	c.x.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.x.mu.Lock()
	c.x.read += n
	c.x.most = max(c.x.most, c.x.read)
	c.x.mu.Unlock()
	return n, err
}
