//go:build failpoints

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"tertial/internal/tertial"
	"tertial/jobs"
)

// A program built with the tag failpoints ends, or stops, at the point that the variable FAILPOINT names:
//
//	FAILPOINT=mark:3:kill    after the third mark before a dot has been committed, SIGKILL
//	FAILPOINT=answer:1:stop  after the first answer of the relay, before it is recorded, SIGSTOP
//
// The points are claim (after it is committed), dial (after the line stands), mark, answer, and record (after it is
// committed). The relay's side of a conversation breaks in from there.
type failpoint struct {
	at     string
	left   atomic.Int64
	signal syscall.Signal
}

// theFailpoint reads the variable. What it cannot read is a mistake of a test.
func theFailpoint() *failpoint {
	parts := strings.Split(os.Getenv("FAILPOINT"), ":")
	if len(parts) != 3 {
		return &failpoint{}
	}
	f := &failpoint{at: parts[0], signal: syscall.SIGKILL}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("FAILPOINT: %v", err))
	}
	f.left.Store(n)
	if parts[2] == "stop" {
		f.signal = syscall.SIGSTOP
	}
	return f
}

// pass ends or stops the process where this is the point.
func (f *failpoint) pass(at string) {
	if at != f.at || f.left.Add(-1) != 0 {
		return
	}
	fmt.Fprintln(os.Stderr, "failpoint", at)
	if err := syscall.Kill(os.Getpid(), f.signal); err != nil {
		panic(err)
	}
	if f.signal == syscall.SIGKILL {
		select {} // the end comes
	}
}

type brokenStore struct {
	jobs.DeliverStore
	f *failpoint
}

func failingStore(s jobs.DeliverStore) jobs.DeliverStore { return brokenStore{s, theFailpoint()} }

func (s brokenStore) Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	c, err := s.DeliverStore.Claim(ctx, r)
	if len(c) > 0 {
		s.f.pass("claim")
	}
	return c, err
}

func (s brokenStore) MarkDot(ctx context.Context, now time.Time, c []tertial.Claim) ([]int64, error) {
	lost, err := s.DeliverStore.MarkDot(ctx, now, c)
	s.f.pass("mark")
	return lost, err
}

func (s brokenStore) Record(ctx context.Context, now time.Time, o []tertial.Outcome) error {
	err := s.DeliverStore.Record(ctx, now, o)
	s.f.pass("record")
	return err
}

type brokenRelay struct {
	jobs.Relay
	f *failpoint
}

func failingRelay(r jobs.Relay) jobs.Relay { return brokenRelay{r, theFailpoint()} }

func (r brokenRelay) Dial(ctx context.Context) (jobs.Line, tertial.Outcome) {
	l, o := r.Relay.Dial(ctx)
	if l == nil {
		return nil, o
	}
	r.f.pass("dial")
	return brokenLine{l, r.f}, o
}

type brokenLine struct {
	jobs.Line
	f *failpoint
}

func (l brokenLine) Send(ctx context.Context, x jobs.Letter, beforeDot func(context.Context) error) tertial.Outcome {
	o := l.Line.Send(ctx, x, beforeDot)
	if o.Verdict == tertial.Accepted {
		l.f.pass("answer")
	}
	return o
}
