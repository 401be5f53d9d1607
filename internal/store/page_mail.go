package store

import (
	"context"

	"tertial/internal/tertial"
)

// MessagePage lists messages, the newest first, with a number below before (0: from the newest), in any of the states and to an
// address where they are given.
func (s *Store) MessagePage(ctx context.Context, states []tertial.MessageState, to string, before int64, limit int) ([]tertial.Message, error) {
	if before <= 0 {
		before = 1 << 62
	}
	if limit <= 0 {
		limit = pageLimit
	}
	query := frag(`SELECT `+messageColumns+` FROM messages m WHERE m.id < ?`, before)
	if len(states) > 0 {
		query.add(` AND m.state IN (SELECT text FROM `)
		query.join(s.textsOf(statesOf(states)))
		query.add(` x)`)
	}
	if key := emailKey(to); key != "" {
		query.add(` AND m.kind IN ('reminder', 'digest', 'summary', 'test', 'signin', 'handover', 'decision') AND m.address_key = ?`, key)
	}
	query.add(` ORDER BY m.id DESC LIMIT ?`, limit)
	messages, err := s.readMessages(ctx, s.r, query.text(), query.args...)
	return messages, s.failed(ctx, "listing mail", err)
}

// statesOf are states as they are stored.
func statesOf(states []tertial.MessageState) []string {
	stored := make([]string, 0, len(states)+1)
	for _, st := range states {
		stored = append(stored, string(st))
		if st == tertial.MessageQueued {
			stored = append(stored, string(composing))
		}
	}
	return stored
}

// Attempts lists what was tried with a message, in its order. The try that is under way is not among them.
func (s *Store) Attempts(ctx context.Context, message int64) ([]tertial.Attempt, error) {
	var rows []struct {
		Fence    int64           `db:"fence"`
		Claimed  instant         `db:"claimed_at"`
		Ended    instant         `db:"ended_at"`
		Verdict  tertial.Verdict `db:"verdict"`
		Phase    tertial.Phase   `db:"phase"`
		Code     int             `db:"code"`
		Enhanced string          `db:"enhanced"`
		Reply    string          `db:"reply"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT fence, claimed_at, ended_at, verdict, phase, code, enhanced, reply
		FROM attempts WHERE message_id = $1 ORDER BY fence`, message)
	if err != nil {
		return nil, s.failed(ctx, "reading what was tried", err)
	}
	all := make([]tertial.Attempt, len(rows))
	for i, r := range rows {
		all[i] = tertial.Attempt{Fence: r.Fence, Claimed: r.Claimed.noun(), Ended: r.Ended.noun(), Verdict: r.Verdict, Phase: r.Phase,
			Code: r.Code, Enhanced: r.Enhanced, Reply: r.Reply}
	}
	return all, nil
}
