package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tertial/internal/tertial"
)

// underFence says that a message is still being sent under a fence. It is so put that no index goes by the
// state: the message is to be found by its id, even where the database thinks that next to none are being sent.
func underFence(message, fence string) string {
	return message + `.fence = ` + fence + ` AND ` + message + `.state || '' = 'sending'`
}

// holds says that a claim still holds its message: under its fence, and the lease not over.
func (d *dialect) holds(message, fence string) string {
	return underFence(message, fence) + ` AND (` + message + `.lease_until IS NULL OR ` + message + `.lease_until > (SELECT ` + d.now + `))`
}

// byMessage returns claims in the order of their messages. Whoever locks several messages does it in this order, so
// that no two wait for each other.
func byMessage(claims []tertial.Claim) []tertial.Claim {
	return slices.SortedFunc(slices.Values(claims), func(a, b tertial.Claim) int { return cmp.Compare(a.Message.ID, b.Message.ID) })
}

// MarkDot keeps, of each claim that is still held, that from now on its mail may have been sent: it comes before the final dot,
// and may come again. It returns the messages whose claims are not, because their fence has gone up, their lease is
// over or they have ended: these are not marked, and no dot may be sent for them.
func (s *Store) MarkDot(ctx context.Context, now time.Time, claims []tertial.Claim) (lost []int64, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	err = s.deliver(ctx, "marking tries", now, func(t *txn) error {
		lost = nil
		n, err := t.mark(ctx, now, claims)
		if err != nil || n == len(claims) {
			return err
		}
		lost, err = t.lost(ctx, claims)
		return err
	})
	if err != nil {
		return nil, err
	}
	return lost, nil
}

// mark marks what is held of claims, and returns how many it is. One statement does it for all of a fence, and there are few.
func (t *txn) mark(ctx context.Context, now time.Time, claims []tertial.Claim) (marked int, err error) {
	fences := make(map[int64][]int64)
	for _, c := range byMessage(claims) {
		fences[c.Fence] = append(fences[c.Fence], c.Message.ID)
	}
	for _, fence := range slices.Sorted(maps.Keys(fences)) {
		n, err := t.exec(ctx, `UPDATE messages SET marked_at = $2 WHERE id IN (SELECT id FROM `+t.s.d.ids(1)+` x)
			AND `+t.s.d.holds("messages", "$3"), t.s.d.list(fences[fence]), instantOf(now), fence)
		if err != nil {
			return marked, err
		}
		marked += n
	}
	return marked, nil
}

// lost returns the messages of claims that are not held any more. One that is not will never be again.
func (t *txn) lost(ctx context.Context, claims []tertial.Claim) ([]int64, error) {
	fences := make(map[int64]int64, len(claims))
	for _, c := range claims {
		fences[c.Message.ID] = c.Fence
	}
	var held []struct {
		ID    int64 `db:"id"`
		Fence int64 `db:"fence"`
	}
	err := t.SelectContext(ctx, &held, `SELECT m.id, m.fence FROM `+t.s.d.ids(1)+` x JOIN messages m ON m.id = x.id
		WHERE m.state = 'sending' AND (m.lease_until IS NULL OR m.lease_until > `+t.s.d.now+`)`, t.s.d.list(messagesOf(claims)))
	if err != nil {
		return nil, fmt.Errorf("reading which claims are lost: %w", err)
	}
	for _, m := range held {
		if fences[m.ID] == m.Fence {
			delete(fences, m.ID)
		}
	}
	var lost []int64
	for _, c := range claims {
		if fences[c.Message.ID] == c.Fence {
			lost = append(lost, c.Message.ID)
		}
	}
	return lost, nil
}

// Renew extends the leases of claims that are still held. Only PostgreSQL has leases. What is being marked or recorded at
// the same moment is passed over, and has its turn at the next.
func (s *Store) Renew(ctx context.Context, claims []tertial.Claim, lease time.Duration) error {
	if !s.d.leases || len(claims) == 0 {
		return nil
	}
	return s.deliver(ctx, "renewing claims", time.Time{}, func(t *txn) error {
		renewals := &batch{kinds: []string{"BIGINT", "BIGINT", "BIGINT"}, head: `WITH v (id, fence, lease) AS (`,
			tail: `), h AS (SELECT m.id, v.lease FROM v JOIN messages m ON m.id = v.id AND ` + s.d.holds("m", "v.fence") + ` FOR UPDATE OF m SKIP LOCKED)
				UPDATE messages SET lease_until = (SELECT ` + s.d.now + `) + h.lease FROM h WHERE messages.id = h.id`}
		for _, c := range byMessage(claims) {
			renewals.add(c.Message.ID, c.Fence, lease.Milliseconds())
		}
		_, err := renewals.run(ctx, t)
		return err
	})
}
