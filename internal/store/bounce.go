package store

import (
	"context"
	"fmt"
	"strings"

	"tertial/internal/tertial"
)

// Bounce stores what a report says became of a message after a server had accepted it. A message that will never arrive has failed: what
// it told is told to the coordinator instead, and where its address does not exist the person's is suspect. Any other report,
// of a delay, or about a message that is neither sent nor unknown, is only kept in the log. The same report again changes nothing.
// A message that does not exist is [tertial.ErrNotFound].
func (s *Store) Bounce(ctx context.Context, stamp tertial.Stamp, messageID int64, b tertial.Bounce) error {
	return s.write(ctx, fmt.Sprintf("storing a report about message %d", messageID), stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		var m messageRow
		err := t.GetContext(ctx, &m, `SELECT `+messageColumns+` FROM messages m WHERE m.id = $1`+s.d.forUpdate, messageID)
		if err != nil {
			return notFound(fmt.Sprintf("there is no message %d", messageID), err)
		}
		if !b.Failed() || m.State != tertial.MessageSent && m.State != tertial.MessageUnknown {
			return t.noteReport(ctx, &m, &b)
		}
		return t.bounced(ctx, messageID, &b)
	})
}

// bouncedWords begins the error of a message that came back.
const bouncedWords = "bounced"

// bounced ends a message that has come back, and its notices.
func (t *txn) bounced(ctx context.Context, id int64, b *tertial.Bounce) error {
	why := strings.TrimRight(bouncedWords+": "+strings.TrimSpace(b.Status+" "+b.Reply), ": ")
	_, err := t.exec(ctx, `UPDATE messages SET state = 'failed', error = $2, ended_at = $3, next_try = NULL WHERE id = $1`, id, why, instantOf(t.stamp.At))
	if err != nil {
		return fmt.Errorf("ending a message: %w", err)
	}
	// What this mail told; a notice that another one told as well stays told.
	_, err = t.exec(ctx, `UPDATE notices SET state = 'failed', why = $2 WHERE message_id = $1 AND state IN ('told', 'placed')
		AND id IN (SELECT notice_id FROM message_items WHERE message_id = $1 AND left_out = '')`, id, "the mail came back")
	if err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	if err := t.lookAtFailed(ctx, []int64{id}); err != nil {
		return err
	}
	if b.NoSuchAddress() {
		if err := t.suspectAddress(ctx, id, b.Status, why); err != nil {
			return err
		}
	}
	return t.note(messageSubject(id), string(tertial.MessageFailed), map[string]string{"verdict": bouncedWords, "status": b.Status})
}

// noteReport keeps a report in the log that changes nothing, once. One about a message that has come back already says nothing new.
func (t *txn) noteReport(ctx context.Context, m *messageRow, b *tertial.Bounce) error {
	if b.Failed() && strings.HasPrefix(m.Error, bouncedWords) {
		return nil
	}
	detail := append([]byte(`{"action":`), appendJSON(nil, b.Action)...)
	detail = append(appendJSON(append(detail, `,"status":`...), b.Status), '}')
	var known int
	err := t.GetContext(ctx, &known, `SELECT COUNT(*) FROM log WHERE subject = $1 AND verb = 'bounce' AND detail = $2`, messageSubject(m.ID), string(detail))
	if err != nil {
		return fmt.Errorf("reading what is known of a message: %w", err)
	}
	if known == 0 {
		t.noteText(messageSubject(m.ID), "bounce", detail)
	}
	return nil
}
