package store

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// fillPages makes n actions as a large organisation has them after some years: a fifth of them with one role, the others
// with one of three hundred, two fifths done, and dates and clauses all over.
func fillPages(b testing.TB, s *Store, n int) {
	b.Helper()
	const series = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
	// Digits of a number that has no pattern beside i's own.
	const mixed = `(i * 7919 + i / 13) % 1000`
	const status = `CASE WHEN (i * 31 + i / 7) % 100 < 40 THEN 'done' WHEN (i * 31 + i / 7) % 100 < 75 THEN 'open'
		WHEN (i * 31 + i / 7) % 100 < 94 THEN 'in_progress' WHEN (i * 31 + i / 7) % 100 < 96 THEN 'reported_done'
		WHEN (i * 31 + i / 7) % 100 < 98 THEN 'cancelled' ELSE 'not_applicable' END`
	const due = `CASE WHEN i % 20 = 0 THEN '' ELSE '' || (2022 + i % 5) || '-' || SUBSTR('0' || (` + mixed + ` % 12 + 1), -2) || '-' || SUBSTR('0' || (i % 28 + 1), -2) END`
	two := func(sql string) string { // PostgreSQL's SUBSTR does not count from the end
		if s.d.leases {
			return strings.NewReplacer(`SUBSTR('0' || (`, `LPAD(CAST((`, `), -2)`, `) AS TEXT), 2, '0')`).Replace(sql)
		}
		return sql
	}
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO roles (id, key, name) ` + series + `SELECT i, 'roll' || i, 'Roll ' || i FROM n`, []any{301}},
		{`INSERT INTO persons (id, name, email, email_key) ` + series + `SELECT i, 'Person ' || i, 'p' || i || '@stad.example', 'p' || i || '@stad.example' FROM n`, []any{301}},
		{`INSERT INTO holdings (person_id, role_id) ` + series + `SELECT i, i FROM n WHERE i < 299`, []any{301}},
		{`INSERT INTO assessments (id, unit, unit_key, standard, plan_year, dated, source, sha256, stored_at) ` + series +
			`SELECT i, 'Enhet ' || i, 'enhet ' || i, 'ISO/IEC 27001:2022', 2022 + i % 5, '2022-01-01', 'x', 'x' || i, 0 FROM n`, []any{100}},
		{two(`INSERT INTO actions (id, assessment_id, ref, sort_key, plan_year, chapter, clauses, title, description, search, status, priority, timing_text, start_date,
				due, recurrence, certainty, events, checkpoints, why, dated, review, progress, created_at, changed_at, activated_at) ` + series +
			`SELECT i, i % 100 + 1, '' || (2022 + i % 5) || '-' || i, '' || (2022 + i % 5) || '/0.0000' || (i % 7 + 4) || '/' || i, 2022 + i % 5, '' || (i % 7 + 4), '' || (i % 7 + 4) || '.' || (i % 5 + 1),
				SUBSTR('Ålägg Inför Besluta Öva Ta fram ', i % 25 + 1, 8) || ' en rutin som stänger ett gap ' || i,
				'Ta fram en rutin, besluta om den och gör den känd för alla som berörs av den. Följ upp den varje år i ledningens genomgång, och rapportera avvikelser till nämnden.',
				'' || (2022 + i % 5) || '-' || i || ' ålägg inför besluta öva ta fram en rutin som stänger ett gap ' || i || ' ta fram en rutin, besluta om den och gör den känd för alla som berörs av den. följ upp den varje år i ledningens genomgång, och rapportera avvikelser till nämnden. roll ' || (i % 300),
				` + status + `, CASE i % 4 WHEN 0 THEN 'high' WHEN 1 THEN 'medium' WHEN 2 THEN 'low' ELSE 'none' END, 'fras ' || (i % 50), '2022-01-15',
				` + due + `, '', CASE WHEN ` + mixed + ` < 30 THEN 'unconfirmed' WHEN ` + mixed + ` < 130 THEN 'inferred' ELSE 'confirmed' END,
				CASE i % 10 WHEN 0 THEN 'T1' ELSE '' END, '', '', '2022-01-15', CASE WHEN ` + mixed + ` < 20 THEN 'timing_unconfirmed' ELSE '' END,
				CASE i % 30 WHEN 0 THEN 'blocked' ELSE '' END, CAST(1640000000000 AS BIGINT) + (i % 100) * CAST(1000000000 AS BIGINT), CAST(1640000000000 AS BIGINT) + i * CAST(1000000 AS BIGINT), 1 FROM n`), []any{n}},
		{`INSERT INTO looks (action_id, look_at) ` + series + `SELECT i, 4000000000000 FROM n`, []any{n}},
		{`INSERT INTO action_parties (action_id, ord, part, role_id, written) ` + series + `SELECT i, 0, 'responsible', CASE WHEN i % 5 = 0 THEN 1 ELSE i % 300 + 2 END, 'Roll' FROM n`, []any{n}},
		{`INSERT INTO action_clauses (action_id, clause) ` + series + `SELECT i, '' || (i % 7 + 4) || '.' || (i % 5 + 1) FROM n`, []any{n}},
		{`INSERT INTO action_events (action_id, event) ` + series + `SELECT i, 'T1' FROM n WHERE i % 10 = 0`, []any{n}},
		{`INSERT INTO findings (assessment_id, ord, clause, conformity, requirement, observation, proposal, owner, priority, timing, line) ` + series +
			`SELECT i % 100 + 1, i, '' || (i % 7 + 4) || '.' || (i % 5 + 1), CASE i % 3 WHEN 0 THEN 'partial' WHEN 1 THEN 'nonconforming' ELSE 'conforming' END, '', '', '', '', 'low', '', i FROM n`, []any{n}},
		{`INSERT INTO log (seq, made_at, actor, via, subject, verb, detail, hash) ` + series +
			`SELECT i, CAST(1640000000000 AS BIGINT) + i * CAST(1000000 AS BIGINT), 'cli', 'x', 'action ' || i, CASE i % 5 WHEN 0 THEN 'closed' ELSE 'changed' END, '{}', '' FROM n`, []any{n}},
	} {
		if _, err := s.w.Exec(q.sql, q.args...); err != nil {
			b.Fatalf("%.60s: %v", q.sql, err)
		}
	}
	if s.d.leases {
		if _, err := s.w.Exec(`VACUUM ANALYZE`); err != nil { // which a server does by itself, and nobody in a file
			b.Fatal(err)
		}
	}
}

// BenchmarkPages is what the pages of a hundred thousand actions are made from.
func BenchmarkPages(b *testing.B) {
	n := 100_000
	if testing.Short() {
		n = 2_000
	}
	on := day("2024-05-15")
	queries := map[string]tertial.ActionQuery{
		"all":                 {},
		"all, backwards":      {Descending: true},
		"page 100":            {Offset: 5000},
		"the last page":       {Offset: n - 20},
		"open by due":         {Open: true, Sort: tertial.ByDue},
		"by due, backwards":   {Sort: tertial.ByDue, Descending: true},
		"late":                {Late: true, Sort: tertial.ByDue},
		"by status":           {Sort: tertial.ByStatus},
		"by status, 2nd lane": {Sort: tertial.ByStatus, Descending: true, Offset: 4000},
		"by priority":         {Sort: tertial.ByPriority, Open: true},
		"by title":            {Sort: tertial.ByTitle},
		"by change":           {Sort: tertial.ByChanged, Descending: true},
		"reported":            {Statuses: []tertial.Status{tertial.ReportedDone}},
		"reported by due":     {Statuses: []tertial.Status{tertial.ReportedDone}, Sort: tertial.ByDue},
		"one year, high":      {PlanYear: 2024, Priority: tertial.High, Open: true, Sort: tertial.ByDue},
		"a person":            {Person: 20, Open: true, Sort: tertial.ByDue},
		"the coordinator":     {Person: 1, Open: true, Sort: tertial.ByDue},
		"a role":              {Owner: "Roll 20"},
		"the common role":     {Owner: "Roll 1", Sort: tertial.ByDue},
		"a clause":            {Clause: "7.2"},
		"a chapter":           {Clause: "7", Open: true},
		"an event":            {Event: "T1", Open: true},
		"in review":           {Review: true},
		"undated":             {Undated: true},
		"a common word":       {Text: "rutin"},
		"a reference":         {Text: "2024-77777"},
		"no such word":        {Text: "xyzzy", Sort: tertial.ByDue},
		"a month":             {DueFrom: day("2024-03-01"), DueTo: day("2024-03-31"), Sort: tertial.ByDue},
	}
	eachBench(b, func(b *testing.B, open func() *Store) {
		s := open()
		fillPages(b, s, n)
		ctx := b.Context()
		for _, name := range sortedKeys(queries) {
			q := queries[name]
			q.AsOf = on
			benchPage(b, name, func() error { _, err := s.QueryActions(ctx, q); return err })
		}
		benchPage(b, "Overview", func() error { _, err := s.Overview(ctx, on); return err })
		benchPage(b, "Burndown", func() error { _, err := s.Burndown(ctx, day("2024-01-01"), day("2024-12-31"), on); return err })
		benchPage(b, "ClauseMap", func() error { _, err := s.ClauseMap(ctx, 2024, on); return err })
		benchPage(b, "DateQueue", func() error { _, err := s.DateQueue(ctx); return err })
		benchPage(b, "Checks", func() error { _, err := s.Checks(ctx, on); return err })
		benchPage(b, "RoleHolders", func() error { _, err := s.RoleHolders(ctx, on); return err })
		benchPage(b, "LogPage", func() error { _, err := s.LogPage(ctx, "", 0, 50); return err })
		benchPage(b, "EachAction", func() error {
			for _, err := range s.EachAction(ctx, tertial.ActionQuery{Sort: tertial.ByDue}) {
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// benchPage runs one read, and reports the time that nineteen of twenty stay below.
func benchPage(b *testing.B, name string, read func() error) {
	b.Run(name, func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			start := time.Now()
			if err := read(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare[string])
	return keys
}
