package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// What a claim is where the request does not say.
const (
	claimLimit = 100
	claimLease = 30 * time.Second
)

// Claim takes messages whose time has come, for one worker to send. Each of their notices is checked once
// more, and what is no longer true is left out; a message with nothing left is void and not among
// the claims. That the try has begun is kept, for each, before anything is dialled. While mail is held there is nothing to claim.
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
	err = s.deliver(ctx, "claiming mail", q.Now, func(t *txn) error {
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
func (s *Store) ready(ctx context.Context, q querier, r tertial.ClaimRequest, lock string, limit int) (found []messageRow, err error) {
	err = scan(ctx, q, func(rows *sqlx.Rows) error {
		var m messageRow
		err := m.scan(rows)
		found = append(found, m)
		return err
	}, `SELECT `+messageColumns+` FROM messages m
		WHERE m.state IN ('queued', 'unknown') AND m.next_try <= $1
			AND (m.state = 'unknown' OR m.kind <> 'reminder' OR m.day = $2 AND $3)
		ORDER BY m.next_try, m.id LIMIT $4`+lock, instantOf(r.Now), r.Day, r.Open, limit)
	return found, err
}

// NextTry returns the earliest instant after now at which a message may be tried, the zero time where none waits for one.
func (s *Store) NextTry(ctx context.Context, now time.Time) (time.Time, error) {
	var next instant
	err := s.r.GetContext(ctx, &next, `SELECT MIN(next_try) FROM messages WHERE state IN ('queued', 'unknown') AND next_try > $1`, instantOf(now))
	return next.Time, s.failed(ctx, "asking for the next try", err)
}

// claiming is one claim of some messages.
type claiming struct {
	t    *txn
	q    tertial.ClaimRequest
	rows []messageRow
}

func (c *claiming) run(ctx context.Context) ([]tertial.Claim, error) {
	checked, err := c.t.recheck(ctx, c.rows, c.q.Day)
	if err != nil {
		return nil, err
	}
	claims := make([]tertial.Claim, 0, len(c.rows))
	var empty []int64
	for i := range c.rows {
		r := &c.rows[i]
		if r.Kind == tertial.Reminder && checked[r.ID].left == 0 {
			empty = append(empty, r.ID)
			continue
		}
		m, err := r.noun()
		if err != nil {
			return nil, err
		}
		if m.Items, err = checked[r.ID].items(); err != nil {
			return nil, err
		}
		m.State, m.Attempts = tertial.MessageSending, m.Attempts+1
		claims = append(claims, tertial.Claim{Message: m, Fence: r.Fence + 1, Resend: r.State == tertial.MessageUnknown})
	}
	if err := c.t.endEmpty(ctx, empty); err != nil {
		return nil, err
	}
	return claims, c.take(ctx, claims)
}

// endEmpty makes messages void in which nothing is owed any more.
func (t *txn) endEmpty(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		t.noteText(messageSubject(id), "void", []byte(`{}`))
	}
	_, err := t.exec(ctx, `UPDATE messages SET state = 'void', ended_at = $2, next_try = NULL, error = 'nothing in it is owed any more'
		WHERE id IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, t.s.d.list(ids), instantOf(t.stamp.At))
	return err
}

// take makes the messages the worker's, and keeps since when, before anything is dialled.
func (c *claiming) take(ctx context.Context, claims []tertial.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	// NULL where there are no leases: a claim then lasts as long as its process.
	lease := sql.NullInt64{Int64: c.q.Lease.Milliseconds(), Valid: c.t.s.d.leases}
	_, err := c.t.exec(ctx, `UPDATE messages SET state = 'sending', fence = fence + 1, attempts = attempts + 1, worker = $2,
			claimed_at = $4, marked_at = NULL, lease_until = (SELECT `+c.t.s.d.now+`) + CAST($3 AS BIGINT)
		WHERE id IN (SELECT id FROM `+c.t.s.d.ids(1)+` x)`, c.t.s.d.list(messagesOf(claims)), c.q.Worker, lease, instantOf(c.q.Now))
	if err != nil {
		return fmt.Errorf("taking messages: %w", err)
	}
	return nil
}

// messagesOf returns the ids of the messages of claims, in ascending order.
func messagesOf(claims []tertial.Claim) []int64 {
	ids := make([]int64, len(claims))
	for i := range claims {
		ids[i] = claims[i].Message.ID
	}
	slices.Sort(ids)
	return ids
}

// messageSubject is what the log calls a message.
func messageSubject(id int64) string { return "message " + strconv.FormatInt(id, 10) }
