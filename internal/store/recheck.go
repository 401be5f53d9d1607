package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// checkRow is a row of a mail beside what it says something about.
type checkRow struct {
	messageID int64
	noticeID  int64
	item      string
	state     tertial.NoticeState
	elsewhere bool // the notice is in another mail
	kind      tertial.Kind
	target    string
	person    int64
	why       string
	actionID  int64
	status    tertial.Status
	review    words
	due       tertial.Date
	answered  bool
	holds     bool
}

// leaveOut says why a row is not to be mailed, "" where it is. Where heirs is set, whoever
// holds the role now is owed it instead.
func (r *checkRow) leaveOut() (reason string, heirs bool) {
	active := (r.status == tertial.Open || r.status == tertial.InProgress) && len(r.review) == 0
	switch {
	case r.elsewhere || r.state != tertial.Placed:
		return cmp.Or(r.why, "no longer in this mail"), false
	case r.status.Closed():
		return "closed", false
	case r.kind == tertial.AwaitsCheck:
		if r.status != tertial.ReportedDone {
			return "no longer waiting", false
		}
		return "", false
	case r.status == tertial.ReportedDone:
		return "reported done", false
	case !active:
		return "a question is open", false
	case r.kind.OfDue() && r.target != r.due.String():
		return "the due date has moved", false
	case r.answered:
		return "answered", false
	case r.person != 0 && !r.holds:
		return "the role has another holder", true
	}
	return "", false
}

// checked is a mail whose rows have been held against what they say something about.
type checked struct {
	inDoubt bool // it may have been sent
	rows    []*checkRow
	left    int // how many of them are true
}

// kept reports whether a row stays in its mail. One that may have been sent keeps all as long as one is true.
func (c *checked) kept(r *checkRow) bool {
	reason, _ := r.leaveOut()
	return reason == "" || c.inDoubt && c.left > 0
}

// items are the rows that stay, the most urgent first.
func (c *checked) items() ([]tertial.Item, error) {
	items := make([]tertial.Item, 0, len(c.rows))
	for _, r := range c.rows {
		if !c.kept(r) {
			continue
		}
		item, err := readItem(r.item)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	sortItems(items)
	return items, nil
}

// recheck holds the rows of messages against what they say something about, and leaves out what is no longer true.
func (t *txn) recheck(ctx context.Context, messages []messageRow, day tertial.Date) (map[int64]*checked, error) {
	ids, mails := make([]int64, len(messages)), make(map[int64]*checked, len(messages))
	for i := range messages {
		ids[i] = messages[i].ID
		mails[ids[i]] = &checked{inDoubt: messages[i].State == tertial.MessageUnknown}
	}
	var rows []*checkRow
	// Who holds a role is asked for each row and is no EXISTS: of that PostgreSQL would list all holders of all roles, for each claim.
	err := scan(ctx, t, func(found *sqlx.Rows) error {
		r := &checkRow{}
		err := found.Scan(&r.messageID, &r.noticeID, &r.item, &r.state, &r.elsewhere, &r.kind, &r.target, &r.person, &r.why,
			&r.actionID, &r.status, &r.review, &r.due, &r.answered, &r.holds)
		rows = append(rows, r)
		return err
	}, `SELECT i.message_id, i.notice_id, i.item,
			n.state, COALESCE(n.message_id, 0) <> i.message_id, n.kind, n.target, n.slot_person, n.why, n.action_id,
			a.status, a.review, a.due,
			EXISTS (SELECT 1 FROM answers w WHERE w.action_id = a.id AND w.person_id = n.slot_person),
			COALESCE((SELECT TRUE FROM action_parties p JOIN holdings h ON h.role_id = p.role_id
				WHERE p.action_id = a.id AND h.person_id = n.slot_person
					AND h.from_date <= $2 AND (h.to_date = '' OR h.to_date >= $2) LIMIT 1), FALSE)
		FROM `+t.s.d.ids(1)+` x
			JOIN message_items i ON i.message_id = x.id AND i.left_out = ''
			JOIN notices n ON n.id = i.notice_id
			JOIN actions a ON a.id = n.action_id
		ORDER BY i.message_id, i.notice_id`, t.s.d.list(ids), day)
	if err != nil {
		return nil, fmt.Errorf("checking notices: %w", err)
	}
	for _, r := range rows {
		mail := mails[r.messageID]
		mail.rows = append(mail.rows, r)
		if reason, _ := r.leaveOut(); reason == "" {
			mail.left++
		}
	}
	out := slices.DeleteFunc(rows, func(r *checkRow) bool { return mails[r.messageID].kept(r) })
	return mails, t.leaveOut(ctx, out)
}

// leaveOut stores what is left out, and why.
func (t *txn) leaveOut(ctx context.Context, rows []*checkRow) error {
	if len(rows) == 0 {
		return nil
	}
	notices := update("notices", `id BIGINT, state TEXT, message_id BIGINT, why TEXT`)
	messages, out, look := make([]int64, 0, len(rows)), make([]int64, 0, len(rows)), []int64(nil)
	for _, r := range rows {
		messages, out = append(messages, r.messageID), append(out, r.noticeID)
		reason, heirs := r.leaveOut()
		switch {
		case r.state != tertial.Placed || r.elsewhere: // its end, or its other mail, stands
		case heirs:
			notices.add(r.noticeID, tertial.Owed, link(0), reason)
			look = append(look, r.actionID)
		default:
			notices.add(r.noticeID, tertial.Void, link(r.messageID), reason)
		}
	}
	if _, err := notices.run(ctx, t); err != nil {
		return fmt.Errorf("ending notices: %w", err)
	}
	_, err := t.exec(ctx, `UPDATE message_items SET left_out = COALESCE(NULLIF((SELECT n.why FROM notices n WHERE n.id = message_items.notice_id), ''), 'no longer in this mail')
		WHERE message_id IN (SELECT id FROM `+t.s.d.ids(1)+` x) AND notice_id IN (SELECT id FROM `+t.s.d.ids(2)+` y)`,
		t.s.d.list(slices.Compact(messages)), t.s.d.list(out))
	if err != nil {
		return fmt.Errorf("leaving rows out: %w", err)
	}
	return t.lookAtOpen(ctx, look)
}
