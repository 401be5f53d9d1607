package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tertial/internal/tertial"
)

// checkRow is a row of a mail beside what it says something about.
type checkRow struct {
	MessageID int64               `db:"message_id"`
	NoticeID  int64               `db:"notice_id"`
	InDoubt   bool                `db:"in_doubt"` // the mail may have been sent
	State     tertial.NoticeState `db:"state"`
	Elsewhere bool                `db:"elsewhere"` // the notice is in another mail
	Kind      tertial.Kind        `db:"kind"`
	Target    string              `db:"target"`
	Person    int64               `db:"slot_person"`
	Why       string              `db:"why"`
	ActionID  int64               `db:"action_id"`
	Status    tertial.Status      `db:"status"`
	Review    words               `db:"review"`
	Due       tertial.Date        `db:"due"`
	Answered  bool                `db:"answered"`
	Holds     bool                `db:"holds"`
}

// leaveOut says why a row is not to be mailed, "" where it is. Where heirs is set, whoever
// holds the role now is owed it instead.
func (r *checkRow) leaveOut() (reason string, heirs bool) {
	active := (r.Status == tertial.Open || r.Status == tertial.InProgress) && len(r.Review) == 0
	switch {
	case r.Elsewhere || r.State != tertial.Placed:
		return cmp.Or(r.Why, "no longer in this mail"), false
	case r.Status.Closed():
		return "closed", false
	case r.Kind == tertial.AwaitsCheck:
		if r.Status != tertial.ReportedDone {
			return "no longer waiting", false
		}
		return "", false
	case r.Status == tertial.ReportedDone:
		return "reported done", false
	case !active:
		return "a question is open", false
	case r.Kind.OfDue() && r.Target != r.Due.String():
		return "the due date has moved", false
	case r.Answered:
		return "answered", false
	case r.Person != 0 && !r.Holds:
		return "the role has another holder", true
	}
	return "", false
}

// recheck leaves out of messages what is no longer true, and returns how many rows of each are. A mail
// that may have been sent keeps all its rows as long as one is true.
func (t *txn) recheck(ctx context.Context, ids []int64, day tertial.Date) (map[int64]int, error) {
	var rows []checkRow
	err := t.SelectContext(ctx, &rows, `SELECT i.message_id, i.notice_id, m.state = 'unknown' AS in_doubt,
			n.state, COALESCE(n.message_id, 0) <> i.message_id AS elsewhere, n.kind, n.target, n.slot_person, n.why, n.action_id,
			a.status, a.review, a.due,
			EXISTS (SELECT 1 FROM answers w WHERE w.action_id = a.id AND w.person_id = n.slot_person) AS answered,
			EXISTS (SELECT 1 FROM action_parties p JOIN holdings h ON h.role_id = p.role_id
				WHERE p.action_id = a.id AND h.person_id = n.slot_person
					AND h.from_date <= $2 AND (h.to_date = '' OR h.to_date >= $2)) AS holds
		FROM `+t.s.d.ids(1)+` x
			JOIN messages m ON m.id = x.id
			JOIN message_items i ON i.message_id = x.id AND i.left_out = ''
			JOIN notices n ON n.id = i.notice_id
			JOIN actions a ON a.id = n.action_id`, t.s.d.list(ids), day)
	if err != nil {
		return nil, fmt.Errorf("checking notices: %w", err)
	}
	left := make(map[int64]int, len(ids))
	for i := range rows {
		if reason, _ := rows[i].leaveOut(); reason == "" {
			left[rows[i].MessageID]++
		}
	}
	return left, t.leaveOut(ctx, rows, left)
}

// leaveOut stores what is left out, and why.
func (t *txn) leaveOut(ctx context.Context, rows []checkRow, left map[int64]int) error {
	notices := update("notices", `id BIGINT, state TEXT, message_id BIGINT, why TEXT`)
	var out, look []int64
	for i := range rows {
		r := &rows[i]
		reason, heirs := r.leaveOut()
		if reason == "" || r.InDoubt && left[r.MessageID] > 0 {
			continue
		}
		out = append(out, r.NoticeID)
		switch {
		case r.State != tertial.Placed || r.Elsewhere: // its end, or its other mail, stands
		case heirs:
			notices.add(r.NoticeID, tertial.Owed, link(0), reason)
			look = append(look, r.ActionID)
		default:
			notices.add(r.NoticeID, tertial.Void, link(r.MessageID), reason)
		}
	}
	if len(out) == 0 {
		return nil
	}
	if _, err := notices.run(ctx, t); err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	messages := make([]int64, 0, len(rows))
	for i := range rows {
		messages = append(messages, rows[i].MessageID)
	}
	slices.Sort(messages)
	_, err := t.exec(ctx, `UPDATE message_items SET left_out = COALESCE(NULLIF((SELECT n.why FROM notices n WHERE n.id = message_items.notice_id), ''), 'no longer in this mail')
		WHERE message_id IN (SELECT id FROM `+t.s.d.ids(1)+` x) AND notice_id IN (SELECT id FROM `+t.s.d.ids(2)+` y)`,
		t.s.d.list(slices.Compact(messages)), t.s.d.list(out))
	if err != nil {
		return fmt.Errorf("leaving rows out: %w", err)
	}
	return t.lookAtOpen(ctx, look)
}
