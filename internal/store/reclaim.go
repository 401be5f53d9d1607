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
	const dead = `SELECT a.id, a.message_id, COALESCE(a.marked_at, (SELECT MAX(d.marked_at) ` + inDoubt + `)) AS marked_at FROM messages m JOIN attempts a ON a.message_id = m.id AND a.fence = m.fence
		WHERE m.` + underWay + ` AND m.state = 'sending' AND (m.lease_until IS NULL OR m.lease_until <= `
	var rows []struct {
		ID        int64   `db:"id"`
		MessageID int64   `db:"message_id"`
		MarkedAt  instant `db:"marked_at"`
	}
	query := dead + s.d.now + `)`
	if err := s.r.SelectContext(ctx, &rows, query); err != nil || len(rows) == 0 {
		return s.failed(ctx, "taking back claims", err)
	}
	stamp := tertial.Stamp{By: "deliver", Via: "deliver", At: now}
	return s.write(ctx, "taking back claims", stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		rows = nil
		// Locking the tries settles who was first, this or a mark before the dot.
		if err := t.SelectContext(ctx, &rows, query+s.d.forUpdate); err != nil {
			return err
		}
		messages := update("messages", `id BIGINT, state TEXT, next_try BIGINT, error TEXT`)
		attempts := update("attempts", `id BIGINT, ended_at BIGINT, verdict TEXT`)
		ids := make([]int64, 0, len(rows))
		for _, r := range rows {
			attempts.add(r.ID, instantOf(now), crashed)
			ids = append(ids, r.MessageID)
			if r.MarkedAt.IsZero() {
				messages.add(r.MessageID, tertial.MessageQueued, instantOf(now), "the sender stopped before it was sent")
				continue
			}
			messages.add(r.MessageID, tertial.MessageUnknown, instantOf(r.MarkedAt.Add(doubtWait)), "the sender stopped while it was being sent")
			if err := t.note(fmt.Sprintf("message %d", r.MessageID), string(tertial.MessageUnknown), struct{}{}); err != nil {
				return err
			}
		}
		if _, err := attempts.run(ctx, t); err != nil {
			return err
		}
		if _, err := messages.run(ctx, t); err != nil {
			return err
		}
		return t.failDeadly(ctx, now, ids)
	})
}

// inDoubt finds the tries of the message m after which nobody knows whether the server has the mail.
const inDoubt = `FROM attempts d WHERE d.message_id = m.id AND d.marked_at IS NOT NULL AND d.verdict IN ('` + crashed + `', '` + string(tertial.Ambiguous) + `')`

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
		if err := t.note(fmt.Sprintf("message %d", id), string(tertial.MessageFailed), map[string]string{"verdict": crashed}); err != nil {
			return err
		}
	}
	r := &recording{t: t, now: now, failed: failed}
	return r.finish(ctx)
}
