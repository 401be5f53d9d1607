package store

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// eachBench runs a benchmark on both databases.
func eachBench(b *testing.B, bench func(b *testing.B, open func() *Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, func() *Store { return openSQLite(b) }) })
	b.Run("postgres", func(b *testing.B) { bench(b, func() *Store { return openTest(b, pgtest.URL(b)) }) })
}

// fill makes n actions whose looks lie far ahead, the first due of them each with a role and a
// reader of its own and a look that is due, by statements on whole sets.
func fill(b testing.TB, s *Store, n, due int) {
	b.Helper()
	const series = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO roles (id, key, name) ` + series + `SELECT i, 'roll ' || i, 'Roll ' || i FROM n`, []any{max(due, 1)}},
		{`INSERT INTO persons (id, name, email, email_key) ` + series + `SELECT i, 'Person ' || i, 'p' || i || '@stad.example', 'p' || i || '@stad.example' FROM n`, []any{max(due, 1)}},
		{`INSERT INTO holdings (person_id, role_id) ` + series + `SELECT i, i FROM n`, []any{max(due, 1)}},
		{`INSERT INTO actions (id, ref, sort_key, plan_year, chapter, clauses, title, description, search, status, priority, timing_text, start_date,
				due, recurrence, certainty, events, checkpoints, why, dated, created_at, changed_at, activated_at) ` + series +
			`SELECT i, '2024-' || i, '2024/' || i, 2024, '7', '7.2', 'En åtgärd som stänger ett gap ' || i,
				'Ta fram en rutin, besluta om den och gör den känd för alla som berörs av den.', '', 'open', 'medium', 'våren', '2024-01-15', '2024-06-30', '',
				'exact', '', '', '', '2024-01-15', 0, 0, 1 FROM n`, []any{n}},
		{`INSERT INTO looks (action_id, look_at) ` + series + `SELECT i, CASE WHEN i <= CAST($2 AS BIGINT) THEN 1 ELSE 4000000000000 END FROM n`, []any{n, due}},
		{`INSERT INTO action_parties (action_id, ord, part, role_id, written) ` + series + `SELECT i, 0, 'responsible', (i - 1) % CAST($2 AS BIGINT) + 1, 'Roll' FROM n`, []any{n, max(due, 1)}},
	} {
		if _, err := s.w.Exec(q.sql, q.args...); err != nil {
			b.Fatalf("%.60s: %v", q.sql, err)
		}
	}
	if !s.d.leases {
		return
	}
	if _, err := s.w.Exec(`ANALYZE`); err != nil { // which a server does by itself, and nobody in a file
		b.Fatal(err)
	}
}

// BenchmarkLookIdle is a look with nothing due: it must not depend on how many actions there are.
func BenchmarkLookIdle(b *testing.B) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if testing.Short() {
		sizes = []int{1_000, 10_000}
	}
	eachBench(b, func(b *testing.B, open func() *Store) {
		least := 0.0
		for _, n := range sizes {
			s := open()
			fill(b, s, n, 0)
			b.Run(fmt.Sprint(n), func(b *testing.B) {
				for b.Loop() {
					if n, err := s.Look(b.Context(), tertial.LookRequest{Now: now}, nil); n != 0 || err != nil {
						b.Fatal(n, err)
					}
				}
				per := float64(b.Elapsed()) / float64(b.N)
				if least == 0 {
					least = per
				}
				b.ReportMetric(per/least, "of-smallest")
			})
		}
	})
}

const benchDue = 1000

func benchSize() int {
	if testing.Short() {
		return 2_000
	}
	return 100_000
}

// again makes the database as it was before the look, without the remains that a server sweeps up by itself.
func again(b *testing.B, s *Store) {
	b.Helper()
	for _, q := range []string{`DELETE FROM message_items`, `DELETE FROM messages`, `DELETE FROM notices`, `DELETE FROM informed`,
		fmt.Sprintf(`UPDATE looks SET look_at = 1, looked = '' WHERE action_id <= %d`, benchDue)} {
		if _, err := s.w.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	if !s.d.leases {
		return
	}
	if _, err := s.w.Exec(`VACUUM message_items, messages, notices, informed, looks`); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLookDue1000 is a look at a thousand actions with a thousand readers, committed.
func BenchmarkLookDue1000(b *testing.B) {
	eachBench(b, func(b *testing.B, open func() *Store) {
		s := open()
		fill(b, s, benchSize(), benchDue)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			again(b, s)
			b.StartTimer()
			q := tertial.LookRequest{Now: now, Day: day("2024-03-04"), Limit: benchDue}
			if n, err := s.Look(b.Context(), q, telling(tertial.Upcoming, q.Day, far)); n != benchDue || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}

// BenchmarkBareSQL1000 is the least SQL that keeps the promise of such a look: one statement reads what is due and who is
// to be told, one a table writes the same rows that the look writes, and all is one transaction. Nothing is decided, no
// register of people is made and no item is put together: what [BenchmarkLookDue1000] takes beyond it is what those cost.
func BenchmarkBareSQL1000(b *testing.B) {
	eachBench(b, func(b *testing.B, open func() *Store) {
		s := open()
		fill(b, s, benchSize(), benchDue)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			again(b, s)
			b.StartTimer()
			if err := s.write(b.Context(), "", tertial.Stamp{}, func(t *txn) error { return bareLook(b.Context(), t) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func bareLook(ctx context.Context, t *txn) error {
	const today, item = "2024-03-04", `{"action":"2024-1000","kind":"upcoming","due":"2024-06-30","event":"","late":false,"notice":1000,` +
		`"title":"En åtgärd som stänger ett gap 1000","clauses":["7.2"],"priority":"medium","status":"open","part":"responsible",` +
		`"description":"Ta fram en rutin, besluta om den och gör den känd för alla som berörs av den.","action_id":1000}`
	messages := insert("messages", `id BIGINT, kind TEXT, person_id BIGINT, address TEXT, address_key TEXT, key TEXT, day TEXT,
		name TEXT, language TEXT, state TEXT, created_at BIGINT`, ``)
	notices := insert("notices", `id BIGINT, action_id BIGINT, on_date TEXT, kind TEXT, target TEXT, slot_person BIGINT, slot_role BIGINT,
		state TEXT, message_id BIGINT`, `ON CONFLICT DO NOTHING`)
	items := insert("message_items", `message_id BIGINT, notice_id BIGINT, item TEXT`, ``)
	informed := insert("informed", `action_id BIGINT, slot_person BIGINT, slot_role BIGINT`, ``)
	looks := insert("looks", `action_id BIGINT, look_at BIGINT, looked TEXT`, `ON CONFLICT (action_id) DO UPDATE SET look_at = excluded.look_at, looked = excluded.looked`)
	err := scan(ctx, t, func(rows *sqlx.Rows) error {
		var id, role, person int64
		var ref, title, due, description, name, email string
		if err := rows.Scan(&id, &ref, &title, &due, &description, &role, &person, &name, &email); err != nil {
			return err
		}
		messages.add(id, "reminder", person, email, email, today, today, name, "sv", "composing", now.UnixMilli())
		notices.add(id, id, today, "upcoming", due, person, role, "placed", id)
		items.add(id, id, item)
		informed.add(id, person, role)
		looks.add(id, far.UnixMilli(), today)
		return nil
	}, `SELECT a.id, a.ref, a.title, a.due, a.description, p.role_id, h.person_id, x.name, x.email
		FROM looks l JOIN actions a ON a.id = l.action_id JOIN action_parties p ON p.action_id = a.id
			JOIN holdings h ON h.role_id = p.role_id JOIN persons x ON x.id = h.person_id
		WHERE l.look_at <= $1 ORDER BY l.look_at, l.action_id LIMIT $2`, now.UnixMilli(), benchDue)
	for _, b := range []*batch{messages, notices, items, informed, looks} {
		if err == nil {
			_, err = b.run(ctx, t)
		}
	}
	return err
}

// BenchmarkImport10k stores an assessment of ten thousand rows, log included.
func BenchmarkImport10k(b *testing.B) {
	n := 10_000
	if testing.Short() {
		n = 1_000
	}
	p := preview("aa")
	for i := range n {
		a := draft(fmt.Sprintf("A.%d.%d", i/100+1, i%100+1), "2024-06-30", fmt.Sprintf("Roll %d", i%50))
		a.Description = strings.Repeat("Ta fram en rutin. ", 20)
		a.Ref = baseRef(&a)
		p.Actions = append(p.Actions, a)
		p.Findings = append(p.Findings, tertial.Finding{Clause: a.Clauses[0], Proposal: a.Description, Requirement: a.Description})
	}
	eachBench(b, func(b *testing.B, open func() *Store) {
		b.ReportAllocs()
		peak := uint64(0)
		for b.Loop() {
			b.StopTimer()
			s := open()
			runtime.GC()
			b.StartTimer()
			if _, err := s.ApplyImport(context.Background(), stampAt(now), p); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapSys)
			b.StartTimer()
		}
		b.ReportMetric(float64(peak)/(1<<20), "heap-MiB")
		if rss := residentPeak(); rss > 0 {
			b.ReportMetric(float64(rss)/1024, "peak-rss-MiB")
		}
	})
}

// residentPeak is the most memory the process has had, in KiB, 0 where that cannot be told.
func residentPeak() (kib int) {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	_, _ = fmt.Sscan(rest, &kib)
	return kib
}
