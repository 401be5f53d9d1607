package store

import (
	"strings"
	"testing"
)

// What runs each minute must go by an index, whatever the number of actions and mails.
func TestWhatRunsEachMinuteGoesByAnIndex(t *testing.T) {
	s := openSQLite(t)
	for index, query := range map[string]string{
		"looks_due":                   `SELECT action_id FROM looks WHERE look_at <= 5 ORDER BY look_at, action_id LIMIT 5`,
		"sqlite_autoindex_messages_1": `SELECT m.id FROM json_each('["a"]') x CROSS JOIN messages m WHERE m.kind = 'reminder' AND m.address_key = x.value AND m.key = 'y'`,
		"notices_waiting":             `SELECT 1 FROM json_each('[1]') x JOIN notices n ON n.action_id = x.value AND n.waiting`,
		"messages_ready":              `SELECT 1 FROM messages m WHERE m.state IN ('queued', 'unknown') AND m.next_try <= 5 ORDER BY m.next_try, m.id LIMIT 5`,
		"messages_ready ":             `SELECT MIN(next_try) FROM messages WHERE state IN ('queued', 'unknown') AND next_try > 5`,
		"messages_open  ":             `SELECT id FROM messages WHERE ` + underWay + ` AND state = 'sending' AND (lease_until IS NULL OR lease_until <= 5) LIMIT 1`,
		"messages_open ":              strings.Replace(pastClaims+"$1", "$1", "'a'", 1),
		"messages_open":               strings.NewReplacer("$1", "'a'", "$2", "'b'", "$3", "5").Replace(pastMessages),
	} {
		var plan []struct {
			ID     int    `db:"id"`
			Parent int    `db:"parent"`
			Unused int    `db:"notused"`
			Detail string `db:"detail"`
		}
		if err := s.r.SelectContext(t.Context(), &plan, `EXPLAIN QUERY PLAN `+query); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, step := range plan {
			found = found || strings.Contains(step.Detail, "INDEX "+strings.TrimSpace(index))
			if strings.HasPrefix(step.Detail, "SCAN") && !strings.Contains(step.Detail, "SCAN x") {
				t.Errorf("%s: the plan has %q", index, step.Detail)
			}
		}
		if !found {
			t.Errorf("%s is not used: %+v", index, plan)
		}
	}
}
