package store

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// A line to PostgreSQL on which nothing is said is asked this often whether it still stands, and given up after so many
	// questions without an answer.
	lineIdle, lineEvery, lineCount = 15 * time.Second, 5 * time.Second, 3
	// lineUnheard is how long what was sent may go without a sign that it arrived.
	lineUnheard = 20 * time.Second
	// linePatience is how much longer than its longest statement the server may take to begin its answer.
	linePatience = 3 * time.Second
	// tcpUserTimeout is TCP_USER_TIMEOUT, for which package syscall has no name.
	tcpUserTimeout = 18
)

// lineDialer opens lines to PostgreSQL that do not wait for ever: for a server that is gone without a word, nor for one that
// takes everything and says nothing. The driver itself waits as long as the line stands, whatever its caller's context says.
type lineDialer struct {
	// silence is how long an answer may be waited for, 0 for ever.
	silence time.Duration
}

// Dial implements [github.com/lib/pq.Dialer].
func (d lineDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout implements [github.com/lib/pq.Dialer].
func (d lineDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext implements [github.com/lib/pq.DialerContext].
func (d lineDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: lineIdle, Interval: lineEvery, Count: lineCount},
		Control:         impatient,
	}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil || d.silence <= 0 {
		return conn, err
	}
	l := &line{Conn: conn, silence: d.silence}
	l.timer = time.AfterFunc(d.silence, func() { _ = conn.Close() })
	l.timer.Stop()
	return l, nil
}

// impatient has the system give a line up when nothing that is sent arrives. Where there is no such thing,
// keep-alive has to do.
func impatient(network, _ string, raw syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	return raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(lineUnheard.Milliseconds()))
	})
}

// line is a connection that is closed when nothing comes for too long while its user reads.
type line struct {
	net.Conn
	silence time.Duration
	timer   *time.Timer
	theirs  atomic.Bool // the user has set a deadline
}

func (l *line) Read(b []byte) (int, error) {
	if l.theirs.Load() {
		return l.Conn.Read(b)
	}
	l.timer.Reset(l.silence)
	n, err := l.Conn.Read(b)
	if !l.timer.Stop() && err != nil {
		err = silentError{}
	}
	return n, err
}

// SetDeadline keeps whether there is one.
func (l *line) SetDeadline(t time.Time) error {
	l.theirs.Store(!t.IsZero())
	return l.Conn.SetDeadline(t)
}

// silentError is what a line ends with on which no answer came: a [net.Error], and a time-out.
type silentError struct{}

func (silentError) Error() string   { return "the server has said nothing for too long" }
func (silentError) Timeout() bool   { return true }
func (silentError) Temporary() bool { return false }

// silence is how long to wait for an answer to a statement of a session by the URL.
func silence(dsn string) time.Duration {
	u, err := url.Parse(dsn)
	if err != nil {
		return 0
	}
	ms, err := strconv.Atoi(u.Query().Get("statement_timeout"))
	if err != nil || ms <= 0 {
		return 0 // it may take as long as it likes
	}
	return time.Duration(ms)*time.Millisecond + linePatience
}
