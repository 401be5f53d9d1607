package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// How long to wait where an outcome does not say: after a temporary refusal, and
// before what may have been sent goes again.
const (
	temporaryWait = 5 * time.Minute
	doubtWait     = 15 * time.Minute
)

// heldRow is what a message was when its outcome came.
type heldRow struct {
	ID       int64                `db:"id"`
	Fence    int64                `db:"fence"`
	State    tertial.MessageState `db:"state"`
	Attempts int                  `db:"attempts"`
}

// Record stores what became of claims, in one transaction: the messages' states, the tries in the ledger, what the
// notices came to, and the log. An outcome under an old fence is kept in the ledger but changes
// nothing, unless the server accepted the mail: that always counts.
func (s *Store) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	stamp := tertial.Stamp{By: "deliver", Via: "deliver", At: now}
	return s.write(ctx, "recording what became of mail", stamp, func(t *txn) error {
		r := &recording{t: t, now: now}
		for i := range outcomes {
			if v := outcomes[i].Verdict; v == tertial.Refused || v == tertial.Broken {
				if err := t.lockLooks(ctx); err != nil {
					return err
				}
				break
			}
		}
		if err := r.load(ctx, outcomes); err != nil {
			return err
		}
		for i := range outcomes {
			if err := r.take(&outcomes[i]); err != nil {
				return err
			}
		}
		return r.store(ctx)
	})
}

// recording gathers what outcomes come to, to be stored in few statements.
type recording struct {
	t            *txn
	now          time.Time
	held         map[int64]*heldRow
	messages     map[int64][]any
	attempts     *batch
	told, failed []int64 // messages
}

func (r *recording) load(ctx context.Context, outcomes []tertial.Outcome) error {
	r.messages = make(map[int64][]any, len(outcomes))
	r.attempts = update("attempts", `id BIGINT, started_at BIGINT, ended_at BIGINT, verdict TEXT, phase TEXT, code INTEGER,
		enhanced TEXT, reply TEXT`)
	ids := make([]int64, len(outcomes))
	for i := range outcomes {
		ids[i] = outcomes[i].Claim.Message.ID
	}
	var rows []heldRow
	err := r.t.SelectContext(ctx, &rows, `SELECT id, fence, state, attempts FROM messages
		WHERE id IN (SELECT id FROM `+r.t.s.d.ids(1)+` x) ORDER BY id`+r.t.s.d.forUpdate, r.t.s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading messages: %w", err)
	}
	r.held = make(map[int64]*heldRow, len(rows))
	for i := range rows {
		r.held[rows[i].ID] = &rows[i]
	}
	return nil
}

// take notes one outcome.
func (r *recording) take(o *tertial.Outcome) error {
	m := &o.Claim.Message
	r.attempts.add(o.Claim.Attempt, instantOf(o.Started), instantOf(o.Ended), o.Verdict, o.Phase, o.Code, o.Enhanced, o.Reply)
	held := r.held[m.ID]
	if held == nil {
		return fmt.Errorf("%w: there is no message %d", tertial.ErrNotFound, m.ID)
	}
	accepted := o.Verdict == tertial.Accepted
	if held.State == tertial.MessageSent || !accepted && (held.State != tertial.MessageSending || held.Fence != o.Claim.Fence) {
		return nil // late: another try has it, or it is done
	}
	state, next := r.after(o)
	attempts, sent, ended, why := held.Attempts, time.Time{}, time.Time{}, reply(o)
	switch state {
	case tertial.MessageSent, tertial.MessageCaptured:
		sent, ended, why = r.now, r.now, ""
		r.told = append(r.told, m.ID)
	case tertial.MessageFailed:
		ended = r.now
		r.failed = append(r.failed, m.ID)
	}
	if o.Verdict == tertial.RelayDown {
		attempts--
	}
	r.messages[m.ID] = []any{m.ID, state, m.Subject, m.MessageID, why, attempts, instantOf(sent), instantOf(ended), instantOf(next)}
	held.State, held.Attempts = state, attempts
	if state == tertial.MessageQueued {
		return nil // the ledger has it
	}
	return r.t.note(fmt.Sprintf("message %d", m.ID), string(state), outcomeFacts(o))
}

// after returns the state in which an outcome leaves its message, and when to try again.
func (r *recording) after(o *tertial.Outcome) (tertial.MessageState, time.Time) {
	again := tertial.MessageQueued
	if o.Claim.Resend { // it may have been sent the time before
		again = tertial.MessageUnknown
	}
	wait := temporaryWait
	switch o.Verdict {
	case tertial.Accepted:
		return tertial.MessageSent, time.Time{}
	case tertial.Kept:
		return tertial.MessageCaptured, time.Time{}
	case tertial.Refused, tertial.Broken:
		return tertial.MessageFailed, time.Time{}
	case tertial.Ambiguous:
		again, wait = tertial.MessageUnknown, doubtWait
	case tertial.RelayDown:
		wait = 0
	}
	if !o.NextTry.IsZero() {
		return again, o.NextTry
	}
	return again, r.now.Add(wait)
}

// reply is what a person is shown of a try that did not succeed.
func reply(o *tertial.Outcome) string {
	var parts []string
	if o.Code != 0 {
		parts = append(parts, strconv.Itoa(o.Code))
	}
	for _, s := range []string{o.Enhanced, o.Reply} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, string(o.Verdict), string(o.Phase))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// outcomeFacts is what the log keeps of a mail: what it was about, and the answer.
func outcomeFacts(o *tertial.Outcome) any {
	type about struct {
		Action string       `json:"action"`
		Kind   tertial.Kind `json:"kind"`
	}
	facts := struct {
		Kind    tertial.MessageKind `json:"kind"`
		Day     tertial.Date        `json:"day"`
		Items   []about             `json:"items"`
		Attempt int64               `json:"attempt"`
		Code    int                 `json:"code,omitempty"`
		Status  string              `json:"status,omitempty"`
	}{Kind: o.Claim.Message.Kind, Day: o.Claim.Message.Day, Items: []about{}, Attempt: o.Claim.Attempt, Code: o.Code, Status: o.Enhanced}
	for _, item := range o.Claim.Message.Items {
		facts.Items = append(facts.Items, about{item.Ref, item.Kind})
	}
	return facts
}

// store writes what has been gathered.
func (r *recording) store(ctx context.Context) error {
	messages := update("messages", `id BIGINT, state TEXT, subject TEXT, message_id TEXT, error TEXT, attempts INTEGER,
		sent_at BIGINT, ended_at BIGINT, next_try BIGINT`)
	for _, values := range r.messages {
		messages.add(values...)
	}
	if _, err := messages.run(ctx, r.t); err != nil {
		return fmt.Errorf("storing messages: %w", err)
	}
	if _, err := r.attempts.run(ctx, r.t); err != nil {
		return fmt.Errorf("closing tries: %w", err)
	}
	return r.finish(ctx)
}

// finish ends the notices of messages that have ended.
func (r *recording) finish(ctx context.Context) error {
	// What was accepted has been told, even what was ended or owed again meanwhile.
	if err := r.end(ctx, tertial.Told, r.told, `'placed', 'owed', 'void'`, ""); err != nil {
		return err
	}
	if err := r.end(ctx, tertial.Failed, r.failed, `'placed'`, "no server takes it"); err != nil {
		return err
	}
	if len(r.failed) == 0 {
		return nil
	}
	return r.t.lookWhere(ctx, `a.id IN (SELECT n.action_id FROM `+r.t.s.d.ids(3)+` x
		JOIN message_items i ON i.message_id = x.id JOIN notices n ON n.id = i.notice_id AND n.state = 'failed')`, r.t.s.d.list(r.failed))
}

// end gives the notices that messages held an end, where they are in one of the states.
func (r *recording) end(ctx context.Context, state tertial.NoticeState, messages []int64, from, why string) error {
	if len(messages) == 0 {
		return nil
	}
	_, err := r.t.exec(ctx, `UPDATE notices SET state = $2, why = $3, message_id = i.message_id FROM message_items i
		WHERE i.message_id IN (SELECT id FROM `+r.t.s.d.ids(1)+` x) AND i.left_out = ''
			AND notices.id = i.notice_id AND notices.state IN (`+from+`)`,
		r.t.s.d.list(messages), state, why)
	if err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	return nil
}
