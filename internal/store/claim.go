package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// What a claim is where the request does not say.
const (
	claimLimit = 100
	claimLease = 30 * time.Second
)

// Claim takes messages whose time has come, for one worker to send. Each of their notices is checked once
// more, and what is no longer true is left out; a message with nothing left is void and not among
// the claims. A try is journalled for each. While mail is held there is nothing to claim.
//
// What may have been sent goes again as it was, with Resend set, at any hour, as long as anything in it is owed.
// On SQLite a claim lasts until another process takes the send lock; on PostgreSQL for the lease, by its own clock.
func (s *Store) Claim(ctx context.Context, q tertial.ClaimRequest) ([]tertial.Claim, error) {
	if q.Limit <= 0 {
		q.Limit = claimLimit
	}
	if q.Lease <= 0 {
		q.Lease = claimLease
	}
	for {
		ready, err := s.ready(ctx, s.r, q, "", 1)
		if err != nil || len(ready) == 0 {
			return nil, s.failed(ctx, "claiming mail", err)
		}
		claims, taken, err := s.claim(ctx, q)
		// Where all that was taken is void there may be more behind it.
		if err != nil || len(claims) > 0 || taken == 0 {
			return claims, err
		}
	}
}

// claim takes one portion, and tells how many messages it was before they were checked.
func (s *Store) claim(ctx context.Context, q tertial.ClaimRequest) (claims []tertial.Claim, taken int, err error) {
	stamp := tertial.Stamp{By: "deliver", Via: "deliver", At: q.Now}
	err = s.write(ctx, "claiming mail", stamp, func(t *txn) error {
		claims, taken = nil, 0
		if reason, err := s.held(ctx, t); err != nil || reason != "" {
			return err
		}
		rows, err := s.ready(ctx, t, q, s.d.skipLocked, q.Limit)
		if taken = len(rows); err != nil || taken == 0 {
			return err
		}
		alone, err := t.suspect(ctx, rows)
		if err != nil {
			return err
		}
		if alone {
			rows, taken = rows[:1], 1
		}
		c := &claiming{t: t, q: q, rows: rows}
		claims, err = c.run(ctx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return claims, taken, nil
}

// ready reads the messages whose time has come.
func (s *Store) ready(ctx context.Context, q querier, r tertial.ClaimRequest, lock string, limit int) ([]messageRow, error) {
	var rows []messageRow
	err := q.SelectContext(ctx, &rows, `SELECT `+messageColumns+` FROM messages m
		WHERE m.state IN ('queued', 'unknown') AND m.next_try <= $1
			AND (m.state = 'unknown' OR m.kind <> 'reminder' OR m.day = $2 AND $3)
		ORDER BY m.next_try, m.id LIMIT $4`+lock, instantOf(r.Now), r.Day, r.Open, limit)
	return rows, err
}

// claiming is one claim of some messages.
type claiming struct {
	t    *txn
	q    tertial.ClaimRequest
	rows []messageRow
}

func (c *claiming) run(ctx context.Context) ([]tertial.Claim, error) {
	ids := make([]int64, len(c.rows))
	for i := range c.rows {
		ids[i] = c.rows[i].ID
	}
	left, err := c.t.recheck(ctx, ids, c.q.Day)
	if err != nil {
		return nil, err
	}
	items, err := c.t.s.items(ctx, c.t, ids)
	if err != nil {
		return nil, err
	}
	var claims []tertial.Claim
	var empty []int64
	for i := range c.rows {
		r := &c.rows[i]
		m, err := r.noun()
		if err != nil {
			return nil, err
		}
		if r.Kind == tertial.Reminder && left[r.ID] == 0 {
			empty = append(empty, r.ID)
			continue
		}
		if some := items[r.ID]; some != nil {
			m.Items = some
		}
		m.State, m.Attempts = tertial.MessageSending, m.Attempts+1
		claims = append(claims, tertial.Claim{Message: m, Fence: r.Fence + 1, Resend: r.State == tertial.MessageUnknown})
	}
	if err := c.t.endEmpty(ctx, empty); err != nil {
		return nil, err
	}
	return claims, c.journal(ctx, claims)
}

// endEmpty makes messages void in which nothing is owed any more.
func (t *txn) endEmpty(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if err := t.note(fmt.Sprintf("message %d", id), "void", struct{}{}); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `UPDATE messages SET state = 'void', ended_at = $2, next_try = NULL, error = 'nothing in it is owed any more'
		WHERE id IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, t.s.d.list(ids), instantOf(t.stamp.At))
	return err
}

// journal writes the tries into the ledger before anything is dialled.
func (c *claiming) journal(ctx context.Context, claims []tertial.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	ids := make([]int64, len(claims))
	for i := range claims {
		ids[i] = claims[i].Message.ID
	}
	// NULL where there are no leases: a claim then lasts as long as its process.
	lease := sql.NullInt64{Int64: c.q.Lease.Milliseconds(), Valid: c.t.s.d.leases}
	_, err := c.t.exec(ctx, `UPDATE messages SET state = 'sending', fence = fence + 1, attempts = attempts + 1, worker = $2,
			lease_until = `+c.t.s.d.now+` + CAST($3 AS BIGINT)
		WHERE id IN (SELECT id FROM `+c.t.s.d.ids(1)+` x)`, c.t.s.d.list(ids), c.q.Worker, lease)
	if err != nil {
		return fmt.Errorf("taking messages: %w", err)
	}
	attempts, err := c.t.takeIDs(ctx, "attempts", len(claims))
	if err != nil {
		return fmt.Errorf("taking ids of tries: %w", err)
	}
	rows := insert("attempts", `id BIGINT, message_id BIGINT, fence BIGINT, worker TEXT, claimed_at BIGINT`, ``)
	for i := range claims {
		claims[i].Attempt = attempts[i]
		rows.add(attempts[i], claims[i].Message.ID, claims[i].Fence, c.q.Worker, instantOf(c.q.Now))
	}
	if _, err := rows.run(ctx, c.t); err != nil {
		return fmt.Errorf("journalling tries: %w", err)
	}
	return nil
}

// Renew extends the leases of claims that are still held. Only PostgreSQL has leases.
func (s *Store) Renew(ctx context.Context, claims []tertial.Claim, lease time.Duration) error {
	if !s.d.leases || len(claims) == 0 {
		return nil
	}
	return s.write(ctx, "renewing claims", tertial.Stamp{}, func(t *txn) error {
		ids := make([]int64, len(claims))
		for i, c := range claims {
			ids[i] = c.Attempt
		}
		_, err := t.exec(ctx, `UPDATE messages SET lease_until = `+s.d.now+` + CAST($2 AS BIGINT)
			FROM attempts a WHERE a.id IN (SELECT id FROM `+s.d.ids(1)+` x) AND messages.id = a.message_id
				AND messages.fence = a.fence AND messages.state = 'sending' AND messages.lease_until > `+s.d.now, s.d.list(ids), lease.Milliseconds())
		return err
	})
}

// MarkDot notes in the ledger that from now on the mails of claims may have been sent: it comes before the
// final dot. Where a claim is no longer its holder's, its fence has gone up or its lease is over, that is a conflict:
// none is marked, and no dot may be sent.
func (s *Store) MarkDot(ctx context.Context, now time.Time, claims []tertial.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	ids := make([]int64, len(claims))
	for i, c := range claims {
		ids[i] = c.Attempt
	}
	return s.write(ctx, "marking tries", tertial.Stamp{}, func(t *txn) error {
		// A try that was taken back has ended. Whoever takes it back locks it, and so does this.
		n, err := t.exec(ctx, `UPDATE attempts SET marked_at = $2
			WHERE id IN (SELECT id FROM `+s.d.ids(1)+` x) AND ended_at IS NULL AND EXISTS (SELECT 1 FROM messages m
				WHERE m.id = attempts.message_id AND m.fence = attempts.fence AND m.state = 'sending'
					AND (m.lease_until IS NULL OR m.lease_until > `+s.d.now+`))`, s.d.list(ids), instantOf(now))
		if err == nil && n < len(ids) {
			err = fmt.Errorf("%w: %d of %d claims have been taken by another worker", tertial.ErrConflict, len(ids)-n, len(ids))
		}
		return err
	})
}
