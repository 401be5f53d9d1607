package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// How long to wait where an outcome does not say: after a temporary refusal, and
// before what may have been sent goes again.
const (
	temporaryWait = 5 * time.Minute
	doubtWait     = 15 * time.Minute
)

// Record stores what became of claims, in one transaction: the messages' states, the tries in the ledger, what the
// notices came to, and the log. An outcome under an old fence is kept in the ledger but changes
// nothing, unless the server accepted the mail: that always counts. Storing outcomes again changes nothing.
//
// What is [tertial.Returned] goes back as it was and is no try. An address that the server does not know makes its person's suspect.
func (s *Store) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return s.deliver(ctx, "recording what became of mail", now, func(t *txn) error {
		for i := range outcomes {
			if v := outcomes[i].Verdict; v == tertial.Refused || v == tertial.Broken {
				if err := t.lockLooks(ctx); err != nil {
					return err
				}
				break
			}
		}
		r := newRecording(t, now)
		if err := r.onTime(ctx, outcomes); err != nil {
			return err
		}
		if err := r.tooLate(ctx, outcomes); err != nil {
			return err
		}
		return r.finish(ctx)
	})
}

// recording gathers what outcomes come to, to be stored in few statements.
type recording struct {
	t            *txn
	now          time.Time
	tries        *batch
	taken        map[int64]*tertial.Outcome // by message, those whose claim is still held
	told, failed []int64                    // messages
}

func newRecording(t *txn, now time.Time) *recording {
	return &recording{t: t, now: now, taken: make(map[int64]*tertial.Outcome),
		tries: triesWith(``)}
}

// triesWith begins a batch of tries that have ended.
func triesWith(tail string) *batch {
	return insert("attempts", `message_id BIGINT, fence BIGINT, worker TEXT, claimed_at BIGINT, marked_at BIGINT, started_at BIGINT,
		ended_at BIGINT, verdict TEXT, phase TEXT, code INTEGER, enhanced TEXT, reply TEXT`, tail)
}

// onTime ends the tries whose claims are still held, in the order of their messages.
func (r *recording) onTime(ctx context.Context, outcomes []tertial.Outcome) error {
	b := &batch{kinds: []string{"BIGINT", "BIGINT", "TEXT", "TEXT", "TEXT", "TEXT", "INTEGER", "BIGINT", "BIGINT", "BIGINT", "BIGINT"},
		head: `WITH v (id, fence, state, subject, message_id, error, burnt, sent_at, ended_at, next_try, doubt) AS (`,
		tail: `) UPDATE messages SET state = v.state, subject = COALESCE(v.subject, messages.subject), message_id = COALESCE(v.message_id, messages.message_id),
				error = COALESCE(v.error, messages.error), attempts = messages.attempts - 1 + v.burnt, sent_at = v.sent_at, ended_at = v.ended_at,
				next_try = v.next_try, doubt_at = CASE WHEN v.doubt IS NULL THEN messages.doubt_at ELSE COALESCE(messages.marked_at, v.doubt) END
			FROM v WHERE messages.id = v.id AND ` + underFence("messages", "v.fence") + `
			RETURNING messages.id, messages.worker, messages.claimed_at, messages.marked_at`}
	byID := make(map[int64]*tertial.Outcome, len(outcomes))
	for _, o := range byClaim(outcomes) {
		if id := o.Claim.Message.ID; byID[id] == nil {
			byID[id] = o
			b.add(r.change(o)...)
		}
	}
	err := b.returning(ctx, r.t, func(rows *sqlx.Rows) error {
		var id int64
		var worker string
		var claimed, marked instant
		if err := rows.Scan(&id, &worker, &claimed, &marked); err != nil {
			return err
		}
		o := byID[id]
		r.taken[id] = o
		if o.Verdict != tertial.Returned {
			r.try(o, worker, claimed, marked)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing messages: %w", err)
	}
	for i := range outcomes {
		if o := &outcomes[i]; r.taken[o.Claim.Message.ID] == o {
			if err := r.follow(ctx, o); err != nil {
				return err
			}
		}
	}
	if _, err := r.tries.run(ctx, r.t); err != nil {
		return fmt.Errorf("ending tries: %w", err)
	}
	return nil
}

// change is what an outcome makes of its message, a NULL where that stays as it is.
func (r *recording) change(o *tertial.Outcome) []any {
	m := &o.Claim.Message
	state, next := r.after(o)
	values := []any{m.ID, o.Claim.Fence, state, m.Subject, m.MessageID, reply(o), 1, nil, nil, instantOf(next), nil}
	const subject, messageID, why, burnt, sent, ended, doubt = 3, 4, 5, 6, 7, 8, 10
	switch {
	case state == tertial.MessageSent || state == tertial.MessageCaptured:
		values[why], values[sent], values[ended] = "", instantOf(r.now), instantOf(r.now)
	case state == tertial.MessageFailed:
		values[ended] = instantOf(r.now)
	case o.Verdict == tertial.Ambiguous:
		values[doubt] = instantOf(r.now)
	case o.Verdict == tertial.RelayDown:
		values[burnt] = 0
	case o.Verdict == tertial.Returned:
		values[subject], values[messageID], values[why], values[burnt] = nil, nil, nil, 0
	}
	return values
}

// try puts a try that has ended into the ledger.
func (r *recording) try(o *tertial.Outcome, worker string, claimed, marked instant) {
	r.tries.add(o.Claim.Message.ID, o.Claim.Fence, worker, claimed, marked, instantOf(o.Started), instantOf(o.Ended),
		o.Verdict, o.Phase, o.Code, o.Enhanced, o.Reply)
}

// follow notes what follows from an outcome that counts.
func (r *recording) follow(ctx context.Context, o *tertial.Outcome) error {
	m := &o.Claim.Message
	state, _ := r.after(o)
	switch state {
	case tertial.MessageSent, tertial.MessageCaptured:
		r.told = append(r.told, m.ID)
	case tertial.MessageFailed:
		r.failed = append(r.failed, m.ID)
		if noSuchAddress(o) {
			if err := r.t.suspectAddress(ctx, m.ID, o.Enhanced, reply(o)); err != nil {
				return err
			}
		}
	}
	if state == tertial.MessageQueued || o.Verdict == tertial.Returned {
		return nil // the ledger has it, if it was a try
	}
	r.t.noteText(messageSubject(m.ID), string(state), outcomeFacts(o))
	return nil
}

// tooLate keeps the outcomes in the ledger whose claims were not held any more. What the server accepted has been sent all the same.
func (r *recording) tooLate(ctx context.Context, outcomes []tertial.Outcome) error {
	var late []*tertial.Outcome
	var ids []int64
	for _, o := range byClaim(outcomes) {
		if r.taken[o.Claim.Message.ID] != o {
			late, ids = append(late, o), append(ids, o.Claim.Message.ID)
		}
	}
	if len(late) == 0 {
		return nil
	}
	states := make(map[int64]tertial.MessageState, len(ids))
	err := scan(ctx, r.t, func(rows *sqlx.Rows) error {
		var id int64
		var state tertial.MessageState
		err := rows.Scan(&id, &state)
		states[id] = state
		return err
	}, `SELECT id, state FROM messages WHERE id IN (SELECT id FROM `+r.t.s.d.ids(1)+` x) ORDER BY id`+r.t.s.d.forUpdate, r.t.s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading messages: %w", err)
	}
	for _, o := range late {
		m := &o.Claim.Message
		state, there := states[m.ID]
		if !there {
			return fmt.Errorf("%w: there is no message %d", tertial.ErrNotFound, m.ID)
		}
		if o.Verdict == tertial.Returned {
			continue
		}
		// A try that was given up comes to its end after all.
		r.tries = triesWith(`ON CONFLICT (message_id, fence) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at,
			verdict = excluded.verdict, phase = excluded.phase, code = excluded.code, enhanced = excluded.enhanced, reply = excluded.reply`)
		r.try(o, "", instantOf(o.Started), instant{})
		if _, err := r.tries.run(ctx, r.t); err != nil {
			return fmt.Errorf("ending a late try: %w", err)
		}
		if o.Verdict != tertial.Accepted || state == tertial.MessageSent {
			continue // another try has it, or it is done
		}
		_, err := r.t.exec(ctx, `UPDATE messages SET state = 'sent', subject = $2, message_id = $3, error = '', sent_at = $4, ended_at = $4, next_try = NULL
			WHERE id = $1`, m.ID, m.Subject, m.MessageID, instantOf(r.now))
		if err != nil {
			return fmt.Errorf("storing a message: %w", err)
		}
		states[m.ID] = tertial.MessageSent
		if err := r.follow(ctx, o); err != nil {
			return err
		}
	}
	return nil
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
	case tertial.RelayDown, tertial.Returned:
		wait = 0
	}
	if !o.NextTry.IsZero() {
		return again, o.NextTry
	}
	return again, r.now.Add(wait)
}

// outcomeFacts is what the log keeps of a mail: what it was about, and the answer. The try is told by its fence.
func outcomeFacts(o *tertial.Outcome) []byte {
	m := &o.Claim.Message
	b := append(make([]byte, 0, 256), `{"kind":`...)
	b = appendJSON(b, string(m.Kind))
	b = append(b, `,"day":`...)
	b = appendJSON(b, m.Day.String())
	b = append(b, `,"items":[`...)
	for i := range m.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"action":`...)
		b = appendJSON(b, m.Items[i].Ref)
		b = append(b, `,"kind":`...)
		b = appendJSON(b, string(m.Items[i].Kind))
		b = append(b, '}')
	}
	b = append(b, `],"attempt":`...)
	b = strconv.AppendInt(b, o.Claim.Fence, 10)
	if o.Code != 0 {
		b = append(b, `,"code":`...)
		b = strconv.AppendInt(b, int64(o.Code), 10)
	}
	if o.Enhanced != "" {
		b = append(b, `,"status":`...)
		b = appendJSON(b, o.Enhanced)
	}
	return append(b, '}')
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

// finish ends the notices of messages that have ended.
func (r *recording) finish(ctx context.Context) error {
	// What was accepted has been told, even what was ended or owed again meanwhile.
	if err := r.end(ctx, tertial.Told, r.told, `'placed', 'owed', 'void'`, ""); err != nil {
		return err
	}
	return r.fail(ctx, `'placed'`, "no server takes it")
}

// fail ends the notices of failed messages where they are in one of the states. Their actions are looked at, so that the
// coordinator is told instead.
func (r *recording) fail(ctx context.Context, from, why string) error {
	if len(r.failed) == 0 {
		return nil
	}
	if err := r.end(ctx, tertial.Failed, r.failed, from, why); err != nil {
		return err
	}
	return r.t.lookAtFailed(ctx, r.failed)
}

// lookAtFailed has the actions looked at again of which messages hold failed notices.
func (t *txn) lookAtFailed(ctx context.Context, messages []int64) error {
	return t.lookWhere(ctx, `a.id IN (SELECT n.action_id FROM `+t.s.d.ids(3)+` x
		JOIN message_items i ON i.message_id = x.id JOIN notices n ON n.id = i.notice_id AND n.state = 'failed')`, t.s.d.list(messages))
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

// byClaim returns outcomes in the order of their messages, which is the order in which messages are locked.
func byClaim(outcomes []tertial.Outcome) []*tertial.Outcome {
	sorted := make([]*tertial.Outcome, len(outcomes))
	for i := range outcomes {
		sorted[i] = &outcomes[i]
	}
	slices.SortStableFunc(sorted, func(a, b *tertial.Outcome) int { return cmp.Compare(a.Claim.Message.ID, b.Claim.Message.ID) })
	return sorted
}
