package store

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// untakenDays is after how many days in which no server took a person's mail a notice fails.
const untakenDays = 5

// Release queues the reminders of the day that looks have put together, as soon as no look
// is due any more, and returns how many. Before that a reader could get two mails.
func (s *Store) Release(ctx context.Context, now time.Time, day tertial.Date) (int, error) {
	var waiting []int
	err := s.r.SelectContext(ctx, &waiting, `SELECT 1 FROM messages WHERE `+underWay+` AND state = 'composing' AND day = $1 LIMIT 1`, day)
	if err != nil || len(waiting) == 0 {
		return 0, s.failed(ctx, "releasing the day's mail", err)
	}
	var n int
	err = s.write(ctx, "releasing the day's mail", tertial.Stamp{At: now}, func(t *txn) error {
		var err error
		n, err = t.exec(ctx, `UPDATE messages SET state = 'queued', next_try = $1 WHERE `+underWay+` AND state = 'composing' AND day = $2
			AND NOT EXISTS (SELECT 1 FROM looks WHERE look_at <= $1)`, instantOf(now), day)
		if n > 0 {
			t.wake()
		}
		if err != nil || n < manyAtOnce || s.d.analyze == "" {
			return err
		}
		_, err = t.ExecContext(ctx, s.d.analyze)
		return err
	})
	return n, err
}

// manyAtOnce is how many messages change the database so much that its statistics are made anew at once: they will be sent
// before it does so by itself, and by the old ones a message is looked for by reading all of them.
const manyAtOnce = 500

// CloseDay ends the reminders of days before day that no server took, and those of the day itself once
// open is false: their notices are owed again, with a day more counted where the mail had been queued, and
// their actions are looked at. After five such days a notice has failed, and policy hands it to the coordinator. Other mail expires
// after five days, and so does what may have been sent. A claim on a reminder of a day before is taken back, unless it has
// been marked before the dot: its worker is gone, or too late. CloseDay returns how many mails it ended.
func (s *Store) CloseDay(ctx context.Context, now time.Time, day tertial.Date, open bool) (int, error) {
	until := day // the first day that is not closed
	if !open {
		until = day.AddDays(1)
	}
	expired := day.AddDays(-untakenDays)
	var past []int
	err := s.r.SelectContext(ctx, &past, pastMessages+` UNION ALL `+pastClaims+`$4 LIMIT 1`, until, expired, instantOf(now.AddDate(0, 0, -untakenDays)), day)
	if err != nil || len(past) == 0 {
		return 0, s.failed(ctx, "closing the day", err)
	}
	var ended int
	err = s.write(ctx, "closing the day", tertial.Stamp{By: "remind", Via: "remind", At: now}, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		if err := t.takeBackLate(ctx, now, day); err != nil {
			return err
		}
		var ids []int64
		if err := t.SelectContext(ctx, &ids, pastMessages+s.d.forUpdate, until, expired, instantOf(now.AddDate(0, 0, -untakenDays))); err != nil {
			return err
		}
		ended = len(ids)
		return t.endUntaken(ctx, now, ids)
	})
	return ended, err
}

// underWay holds for messages that have not ended. Said in these words it has the database use the index messages_open.
const underWay = `state IN ('composing', 'queued', 'sending', 'unknown')`

// pastMessages selects what has outlived its time: reminders of the days before $1, what may have been sent before $2,
// and other mails that have been queued since before $3.
const pastMessages = `SELECT id FROM messages
	WHERE ` + underWay + ` AND (
		state IN ('composing', 'queued') AND kind = 'reminder' AND day < $1
		OR state = 'unknown' AND day < $2
		OR state = 'queued' AND kind <> 'reminder' AND created_at < $3)`

// pastClaims selects the reminders that a worker has and has not marked, of the days before the parameter that is to follow.
// What may have been sent before goes again at any hour, and is not among them.
const pastClaims = `SELECT id FROM messages WHERE ` + underWay + ` AND state = 'sending' AND kind = 'reminder'
	AND marked_at IS NULL AND doubt_at IS NULL AND day < `

// takeBackLate frees the reminders of days before day that are claimed and not marked before the dot. From here on
// their mark fails, so that they are not sent.
func (t *txn) takeBackLate(ctx context.Context, now time.Time, day tertial.Date) error {
	var rows []deadRow
	// Whoever is marking one at this moment has it.
	err := t.SelectContext(ctx, &rows, `UPDATE messages SET state = 'queued' WHERE id IN (`+pastClaims+`$1`+t.s.d.skipLocked+`)
		RETURNING id, fence, worker, claimed_at, marked_at, doubt_at`, day)
	if err != nil || len(rows) == 0 {
		return err
	}
	tries := givenUp()
	for _, r := range rows {
		tries.add(r.ID, r.Fence, r.Worker, r.Claimed, r.Marked, instantOf(now), "late")
	}
	_, err = tries.run(ctx, t)
	return err
}

// endUntaken ends messages that nobody took.
func (t *txn) endUntaken(ctx context.Context, now time.Time, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	list := t.s.d.list(ids)
	// Days are counted of queued mail; what may have been sent has had all of its days.
	_, err := t.exec(ctx, `UPDATE notices SET
			days = notices.days + CASE m.state WHEN 'queued' THEN 1 WHEN 'unknown' THEN $2 ELSE 0 END,
			state = 'owed', message_id = NULL
		FROM messages m WHERE m.id IN (SELECT id FROM `+t.s.d.ids(1)+` x)
			AND notices.message_id = m.id AND notices.state = 'placed'`, list, untakenDays)
	if err != nil {
		return fmt.Errorf("taking notices back: %w", err)
	}
	var touched []int64
	if err := t.SelectContext(ctx, &touched, `SELECT DISTINCT n.action_id FROM `+t.s.d.ids(1)+` x
		JOIN message_items i ON i.message_id = x.id JOIN notices n ON n.id = i.notice_id AND n.state = 'owed'`, list); err != nil {
		return fmt.Errorf("reading whom notices are about: %w", err)
	}
	if err := t.failUntaken(ctx, touched); err != nil {
		return err
	}
	if err := t.lookAtOpen(ctx, touched); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE messages SET ended_at = $2, next_try = NULL,
			error = CASE state WHEN 'composing' THEN 'its day ended before it was released' ELSE 'no server took it in its time' END,
			state = CASE WHEN state = 'unknown' OR kind <> 'reminder' THEN 'expired' ELSE 'void' END
		WHERE id IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, list, instantOf(now)); err != nil {
		return fmt.Errorf("ending messages: %w", err)
	}
	for _, id := range ids {
		t.noteText(messageSubject(id), "not taken", []byte(`{}`))
	}
	return nil
}

// failUntaken ends the owed notices of actions that have had their days.
func (t *txn) failUntaken(ctx context.Context, actions []int64) error {
	if len(actions) == 0 {
		return nil
	}
	_, err := t.exec(ctx, `UPDATE notices SET state = 'failed', why = $3
		WHERE action_id IN (SELECT id FROM `+t.s.d.ids(1)+` x) AND state = 'owed' AND days >= $2`,
		t.s.d.list(actions), untakenDays, noServer)
	if err != nil {
		return fmt.Errorf("ending notices that no server took: %w", err)
	}
	return nil
}

const noServer = "no server took a mail with it in five days"

// lookAtOpen has the actions among ids looked at again that are not closed.
func (t *txn) lookAtOpen(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return t.lookWhere(ctx, `a.id IN (SELECT id FROM `+t.s.d.ids(3)+` x)`, t.s.d.list(ids))
}
