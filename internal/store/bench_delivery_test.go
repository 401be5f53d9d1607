package store

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// benchMails is how many messages a round of [BenchmarkDelivery] brings from the outbox to sent.
func benchMails() int {
	if testing.Short() {
		return 1_000
	}
	return 20_000
}

// fillOutbox puts n reminders of one row each into the outbox, each to a reader of its own about an action of their own.
func fillOutbox(b testing.TB, s *Store, n int) {
	b.Helper()
	fill(b, s, n, n)
	q := tertial.LookRequest{Now: now, Day: day("2024-03-04"), Limit: 1000}
	for {
		some, err := s.Look(b.Context(), q, telling(tertial.Upcoming, q.Day, far))
		if err != nil {
			b.Fatal(err)
		}
		if some == 0 {
			break
		}
	}
	if released, err := s.Release(b.Context(), now, q.Day); err != nil || released != n {
		b.Fatalf("released %d of %d, %v", released, n, err)
	}
	if !s.d.leases {
		return
	}
	for _, sql := range []string{`VACUUM ANALYZE`, `CHECKPOINT`} { // what a server does by itself
		if _, err := s.w.Exec(sql); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDelivery is all that the database has to do with a mail, from queued to sent: claims of 500, marks and records
// of 512, each a transaction of its own, one after the other. What stands between them, rendering and the relay, is nothing.
func BenchmarkDelivery(b *testing.B) {
	const portion, group = 500, 512
	eachBench(b, func(b *testing.B, open func() *Store) {
		var claimed, marked, recorded, busy time.Duration
		mails := 0
		for b.Loop() {
			b.StopTimer()
			s := open()
			fillOutbox(b, s, benchMails())
			b.StartTimer()
			var claims []tertial.Claim
			idle := cpuTime(b)
			begun := time.Now()
			for {
				some, err := s.Claim(b.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Limit: portion, Worker: "w1", Lease: time.Hour})
				if err != nil {
					b.Fatal(err)
				}
				if len(some) == 0 {
					break
				}
				claims = append(claims, some...)
			}
			claimed += time.Since(begun)
			for some := range slices.Chunk(claims, group) {
				begun = time.Now()
				if _, err := s.MarkDot(b.Context(), now, some); err != nil {
					b.Fatal(err)
				}
				marked += time.Since(begun)
				outcomes := make([]tertial.Outcome, len(some))
				for i, c := range some {
					outcomes[i] = benchOutcome(c)
				}
				begun = time.Now()
				if err := s.Record(b.Context(), now, outcomes); err != nil {
					b.Fatal(err)
				}
				recorded += time.Since(begun)
			}
			mails += len(claims)
			b.StopTimer()
			busy += cpuTime(b) - idle
			if n := count1(b, s, `SELECT COUNT(*) FROM notices WHERE state = 'told'`); n != benchMails() {
				b.Fatalf("told: %d of %d", n, benchMails())
			}
			b.StartTimer()
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(busy)/float64(mails), "own-cpu-ns/message") // all there is to SQLite
		for name, d := range map[string]time.Duration{"claim": claimed, "mark": marked, "record": recorded, "message": claimed + marked + recorded} {
			b.ReportMetric(float64(d)/float64(mails), "ns/"+name)
		}
	})
}

func benchOutcome(c tertial.Claim) tertial.Outcome {
	o := outcome(c, tertial.Accepted, now)
	o.Claim.Message.Subject = "[" + c.Message.Items[0].Ref + "] En åtgärd som stänger ett gap"
	o.Claim.Message.MessageID = fmt.Sprintf("<m.%026d@stad.example>", c.Message.ID)
	o.Enhanced, o.Reply = "2.0.0", "Ok: queued as 4B1C22E01F"
	return o
}

// cpuTime is what this process has had of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
