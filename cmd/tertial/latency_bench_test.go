package main

import (
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tertial/internal/store"
	"tertial/internal/tools/smtptest"
)

// BenchmarkDueToAccepted is how long after its instant a notice has been taken by the relay, when the daemon had nothing else to
// do: the daemon is started a moment before the send time of an action's first mail, with a clock of its own.
func BenchmarkDueToAccepted(b *testing.B) {
	for _, db := range []string{"sqlite", "postgres"} {
		b.Run(db, func(b *testing.B) {
			var late []time.Duration
			for b.Loop() {
				server := smtptest.New(b)
				d := newBenchDesk(b, db, server.Addr(), 1, 1, false)
				due := time.Date(2026, 11, 17, 6, 30, 0, 0, time.UTC) // 07:30 in Stockholm
				begun := time.Now()
				start := due.Add(-3 * time.Second) // the daemon has begun, and is idle
				_, stop := d.serves(b, func() time.Time { return start.Add(time.Since(begun)) })
				for len(server.Mails()) == 0 {
					time.Sleep(time.Millisecond)
				}
				late = append(late, server.Mails()[0].At.Sub(begun)-due.Sub(start))
				stop()
			}
			slices.Sort(late)
			ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ms(late[len(late)/2]), "p50-ms")
			b.ReportMetric(ms(late[min(len(late)-1, len(late)*99/100)]), "p99-ms")
		})
	}
}

// BenchmarkBurst is ten thousand notices due at one instant: how long after it the last is accepted, and how many times what the
// relay alone takes for so many.
func BenchmarkBurst(b *testing.B) {
	const recipients = 10_000
	for _, db := range []string{"sqlite", "postgres"} {
		b.Run(db, func(b *testing.B) {
			var took, raw time.Duration
			for b.Loop() {
				b.StopTimer()
				address, stopSink := startSink(b)
				raw += sourceTime(b, address, recipients)
				d := newBenchDesk(b, db, address, recipients, 200, false)
				due := time.Date(2026, 11, 17, 6, 30, 0, 0, time.UTC)
				begun := time.Now()
				start := due.Add(-time.Second)
				b.StartTimer()
				h, stop := d.serves(b, func() time.Time { return start.Add(time.Since(begun)) })
				for waiting := true; waiting; { // a message, or the look at the first action
					time.Sleep(20 * time.Millisecond)
					waiting = start.Add(time.Since(begun)).Before(due.Add(4 * time.Second)) // until it is committed nobody sees it
					for _, err := range h.store.Messages(b.Context(), store.MessageFilter{States: underWay(), Limit: 1}) {
						if waiting = true; err != nil {
							b.Fatal(err)
						}
					}
				}
				b.StopTimer()
				stop()
				var list struct{ Messages []struct{ Sent time.Time } }
				d.reads(&list, "mail list")
				last := due
				for _, m := range list.Messages {
					if m.Sent.After(last) {
						last = m.Sent
					}
				}
				if len(list.Messages) != recipients {
					b.Fatalf("%d messages", len(list.Messages))
				}
				took += last.Sub(due)
				stopSink()
				b.StartTimer()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took.Seconds()/float64(b.N), "s")
			b.ReportMetric(took.Seconds()/raw.Seconds(), "of-raw")
		})
	}
}

// serves runs the daemon by the clock until stop is called, which waits for its end.
func (d *desk) serves(tb testing.TB, clock func() time.Time) (h *house, stop func()) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	p := &program{in: strings.NewReader(""), out: newFlusher(io.Discard), err: io.Discard, clock: time.Now,
		env: append(slices.Clone(d.env), "TERTIAL_LISTEN=127.0.0.1:"+strconv.Itoa(port))}
	s, err := p.settings(asOf{})
	if err != nil {
		tb.Fatal(err)
	}
	s.now = clock()
	s.today = s.rules.Today(s.now)
	ctx, cancel := context.WithCancel(tb.Context())
	h, err = p.open(ctx, s)
	if err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx, p, clock) }()
	return h, func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
		h.store.Close()
	}
}
