package store

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// ReclaimDead takes back the claims of workers that are gone: on SQLite every one, by who has just taken the send
// lock; on PostgreSQL those whose lease is over. A try not marked before the dot was not delivered, and its message is free, unless
// an earlier try left it in doubt; a marked one is unknown, and goes again a quarter of an hour after its mark. A message that
// workers do not survive is claimed alone, and fails when that has not helped: it must not stop the others.
func (s *Store) ReclaimDead(ctx context.Context, now time.Time) error {
	dead := `SELECT id, fence, worker, claimed_at, marked_at, doubt_at FROM messages
		WHERE ` + underWay + ` AND state = 'sending' AND (lease_until IS NULL OR lease_until <= ` + s.d.now + `)`
	var some []deadRow
	if err := s.r.SelectContext(ctx, &some, dead+` LIMIT 1`); err != nil || len(some) == 0 {
		return s.failed(ctx, "taking back claims", err)
	}
	return s.deliver(ctx, "taking back claims", now, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		// What is being marked or recorded at this moment is not dead.
		var rows []deadRow
		if err := t.SelectContext(ctx, &rows, dead+` ORDER BY id`+s.d.skipLocked); err != nil || len(rows) == 0 {
			return err
		}
		return t.takeBack(ctx, now, rows)
	})
}

// deadRow is a message whose worker is gone.
type deadRow struct {
	ID      int64   `db:"id"`
	Fence   int64   `db:"fence"`
	Worker  string  `db:"worker"`
	Claimed instant `db:"claimed_at"`
	Marked  instant `db:"marked_at"`
	Doubt   instant `db:"doubt_at"`
}

// takeBack ends the tries of dead workers, and frees their messages.
func (t *txn) takeBack(ctx context.Context, now time.Time, rows []deadRow) error {
	messages := update("messages", `id BIGINT, state TEXT, next_try BIGINT, error TEXT, doubt_at BIGINT`)
	tries := givenUp()
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		tries.add(r.ID, r.Fence, r.Worker, r.Claimed, r.Marked, instantOf(now), crashed)
		ids = append(ids, r.ID)
		doubt := r.Marked
		if doubt.IsZero() {
			doubt = r.Doubt
		}
		if doubt.IsZero() {
			messages.add(r.ID, tertial.MessageQueued, instantOf(now), "the sender stopped before it was sent", doubt)
			continue
		}
		again := doubt.Add(doubtWait)
		if r.Marked.IsZero() && again.Before(now) {
			again = now // it has had its turn, and does not go before all others
		}
		messages.add(r.ID, tertial.MessageUnknown, instantOf(again), "the sender stopped while it was being sent", doubt)
		t.noteText(messageSubject(r.ID), string(tertial.MessageUnknown), []byte(`{}`))
	}
	if _, err := tries.run(ctx, t); err != nil {
		return fmt.Errorf("ending tries: %w", err)
	}
	if _, err := messages.run(ctx, t); err != nil {
		return fmt.Errorf("freeing messages: %w", err)
	}
	return t.failDeadly(ctx, now, ids)
}

// givenUp begins a batch of tries that have ended without an outcome.
func givenUp() *batch {
	return insert("attempts", `message_id BIGINT, fence BIGINT, worker TEXT, claimed_at BIGINT, marked_at BIGINT, ended_at BIGINT, verdict TEXT`,
		`ON CONFLICT (message_id, fence) DO NOTHING`)
}

// crashed is the verdict in the ledger on a try whose worker did not come back.
const crashed = "crashed"

const (
	// suspicious is after how many crashes a message is claimed alone: any of those claimed with it may be to blame.
	suspicious = 2
	// deadly is how many workers a message may take with it: three of them when it was alone.
	deadly = suspicious + 3
)

// suspect reports whether any of the messages may be what workers do not survive.
func (t *txn) suspect(ctx context.Context, rows []messageRow) (bool, error) {
	var ids []int64
	for i := range rows {
		if rows[i].Attempts >= suspicious {
			ids = append(ids, rows[i].ID)
		}
	}
	if len(ids) == 0 {
		return false, nil
	}
	var n int
	err := t.GetContext(ctx, &n, `SELECT COUNT(*) FROM `+t.s.d.ids(1)+` x
		WHERE (SELECT COUNT(*) FROM attempts a WHERE a.message_id = x.id AND a.verdict = $2) >= $3`, t.s.d.list(ids), crashed, suspicious)
	if err != nil {
		return false, fmt.Errorf("counting crashes: %w", err)
	}
	return n > 0, nil
}

// failDeadly ends the messages that too many workers have not survived.
func (t *txn) failDeadly(ctx context.Context, now time.Time, ids []int64) error {
	var failed []int64
	err := t.SelectContext(ctx, &failed, `UPDATE messages SET state = 'failed', ended_at = $2, next_try = NULL,
			error = 'the sender stopped again and again while it had this message'
		WHERE id IN (SELECT id FROM `+t.s.d.ids(1)+` x)
			AND (SELECT COUNT(*) FROM attempts a WHERE a.message_id = messages.id AND a.verdict = $3) >= $4
		RETURNING id`, t.s.d.list(ids), instantOf(now), crashed, deadly)
	if err != nil {
		return fmt.Errorf("ending messages: %w", err)
	}
	for _, id := range failed {
		t.noteText(messageSubject(id), string(tertial.MessageFailed), []byte(`{"verdict":"`+crashed+`"}`))
	}
	r := newRecording(t, now)
	r.failed = failed
	return r.finish(ctx)
}
