package store

import (
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// planOf is how SQLite goes about a query.
func planOf(t testing.TB, s *Store, query string, args ...any) string {
	t.Helper()
	var steps []struct {
		ID     int    `db:"id"`
		Parent int    `db:"parent"`
		Unused int    `db:"notused"`
		Detail string `db:"detail"`
	}
	if err := s.r.SelectContext(t.Context(), &steps, `EXPLAIN QUERY PLAN `+query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var plan strings.Builder
	for _, step := range steps {
		plan.WriteString(step.Detail + "\n")
	}
	return plan.String()
}

// Every order is walked in an index that has what most filters ask of an action, whatever the filters, and nothing is sorted but
// what is equal in the order.
func TestAnOrderIsWalkedInItsIndex(t *testing.T) {
	s := openSQLite(t)
	for name, c := range map[string]struct {
		q     tertial.ActionQuery
		index string
	}{
		"by clause":            {tertial.ActionQuery{Open: true}, "actions_by_clause"},
		"by clause, backwards": {tertial.ActionQuery{Descending: true, PlanYear: 2024}, "actions_by_clause"},
		"by due":               {tertial.ActionQuery{Sort: tertial.ByDue, Statuses: []tertial.Status{tertial.Open}, Priority: tertial.High}, "actions_by_due"},
		"by due, backwards":    {tertial.ActionQuery{Sort: tertial.ByDue, Descending: true, Late: true}, "actions_by_due"},
		"by status":            {tertial.ActionQuery{Sort: tertial.ByStatus, Priority: tertial.Low}, "actions_by_status"},
		"by priority":          {tertial.ActionQuery{Sort: tertial.ByPriority, Open: true, Descending: true}, "actions_by_priority"},
		"by title":             {tertial.ActionQuery{Sort: tertial.ByTitle, Undated: true}, "actions_by_title"},
		"by change":            {tertial.ActionQuery{Sort: tertial.ByChanged, Descending: true, Open: true}, "actions_by_change"},
		"one status by clause": {tertial.ActionQuery{Statuses: []tertial.Status{tertial.Done}, DueTo: day("2024-03-04")}, "actions_by_status"},
	} {
		c.q.AsOf = day("2024-03-04")
		f, err := s.finder(t.Context(), c.q, fewActions)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f.lanes() {
			query := f.selection(`SELECT a.id FROM actions a`, l, true)
			query.add(` ORDER BY ` + l.order + ` LIMIT 50`)
			plan := planOf(t, s, query.text(), query.args...)
			if !strings.Contains(plan, "INDEX "+c.index) || strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
				t.Errorf("%s: the plan is\n%s", name, plan)
			}
		}
	}
}

func TestWhatIsAskedOftenGoesByAnIndex(t *testing.T) {
	s := openSQLite(t)
	for name, c := range map[string]struct {
		query string
		index []string
	}{
		"the overview": {strings.NewReplacer("$1", "'2024-03-04'", "$2", "5").Replace(overviewCounts),
			[]string{"actions_by_status", "actions_deviating", "actions_asking", "actions_dates", "messages_undelivered", "responses_waiting"}},
		"the burndown's log":  {`SELECT verb, made_at, COUNT(*) AS n FROM log WHERE ` + turns + ` GROUP BY verb, made_at`, []string{"log_turns"}},
		"the date queue":      {`SELECT ref FROM actions WHERE ` + askedDates, []string{"actions_dates"}},
		"a page of the log":   {`SELECT seq FROM log WHERE subject = 'x' AND seq < 5 ORDER BY seq DESC LIMIT 5`, []string{"log_subject"}},
		"the mail to one":     {`SELECT m.id FROM messages m WHERE m.kind IN ('reminder', 'test') AND m.address_key = 'x' ORDER BY m.id DESC`, []string{"sqlite_autoindex_messages_1"}},
		"a session":           {`SELECT key FROM sessions WHERE key = 'x' AND expires_at > 5`, []string{"sqlite_autoindex_sessions_1"}},
		"what has expired":    {`SELECT key FROM sessions WHERE expires_at <= 5 ORDER BY expires_at LIMIT 5`, []string{"sessions_expires"}},
		"a person's sessions": {`SELECT key FROM sessions WHERE person_id = 1 AND expires_at > 5`, []string{"sessions_person"}},
		"who has asked":       {`SELECT COUNT(*) FROM sign_ins WHERE email_key = 'x' AND asked_at > 5`, []string{"sign_ins_asked"}},
		"a token":             {`SELECT id FROM api_tokens WHERE hash = 'x' AND revoked_at IS NULL`, []string{"sqlite_autoindex_api_tokens_1"}},
		"an import's actions": {`SELECT id FROM actions WHERE assessment_id = 1`, []string{"actions_assessment"}},
		"an action's findings": {`SELECT f.id FROM actions a JOIN action_clauses c ON c.action_id = a.id
			JOIN findings f ON f.assessment_id = a.assessment_id AND f.clause = c.clause WHERE a.ref = 'x'`, []string{"findings_clause"}},
	} {
		plan := planOf(t, s, c.query)
		for _, index := range c.index {
			if !strings.Contains(plan, "INDEX "+index) {
				t.Errorf("%s does not use %s: the plan is\n%s", name, index, plan)
			}
		}
	}
}
