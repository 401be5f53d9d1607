package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tertial/internal/tertial"
)

// composing is the state of a message that looks are still putting together; to
// others it is queued.
const composing tertial.MessageState = "composing"

// placing puts the notices of a portion's rulings into the messages of the day.
type placing struct {
	t       *txn
	q       tertial.LookRequest
	rulings []tertial.Ruling
	// messages are the day's, by address.
	messages map[string]*dayMessage
	fresh    []*dayMessage
	// delayed are actions with a notice whose reader's message has gone.
	delayed map[int64]bool
	// left are notices by ruling and index that were made out before, so that no row shows them.
	left map[[2]int]bool
}

// dayMessage is the reminder of one reader on the day.
type dayMessage struct {
	ID    int64                `db:"id"`
	Key   string               `db:"address_key"`
	State tertial.MessageState `db:"state"`
	to    tertial.Reader
}

// open finds the day's message of each reader, and takes ids for those to be made.
func (p *placing) open(ctx context.Context) error {
	p.messages, p.delayed, p.left = make(map[string]*dayMessage), make(map[int64]bool), make(map[[2]int]bool)
	var keys []string
	for _, r := range p.rulings {
		for _, row := range r.Rows {
			key := emailKey(row.To.Email)
			if p.messages[key] == nil {
				p.messages[key] = &dayMessage{Key: key, to: row.To}
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var there []dayMessage
	// CROSS JOIN has SQLite begin with the list: by its own judgement it would go through every reminder there is.
	err := p.t.SelectContext(ctx, &there, `SELECT m.id, m.address_key, m.state FROM `+p.t.s.d.texts(1)+` k
		CROSS JOIN messages m WHERE m.kind = 'reminder' AND m.address_key = k.text AND m.key = $2`,
		p.t.s.d.list(keys), p.q.Day.String())
	if err != nil {
		return fmt.Errorf("reading the day's messages: %w", err)
	}
	for _, m := range there {
		p.messages[m.Key].ID, p.messages[m.Key].State = m.ID, m.State
	}
	for _, key := range keys {
		if m := p.messages[key]; m.ID == 0 {
			m.State = composing
			p.fresh = append(p.fresh, m)
		}
	}
	ids, err := p.t.takeIDs(ctx, "messages", len(p.fresh))
	if err != nil {
		return fmt.Errorf("taking ids of messages: %w", err)
	}
	for i, m := range p.fresh {
		m.ID = ids[i]
	}
	return nil
}

// assign gives each placed notice of a ruling its message. Where the reader's message has gone
// the notice stays owed, till the next send time.
func (p *placing) assign(r *tertial.Ruling) error {
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Lead < 0 || row.Lead >= len(r.Notices) || r.Notices[row.Lead].State != tertial.Placed {
			return fmt.Errorf("a row of action %d shows no placed notice", r.ActionID)
		}
		n := &r.Notices[row.Lead]
		m := p.messages[emailKey(row.To.Email)]
		if m.State != composing {
			n.State, p.delayed[r.ActionID] = tertial.Owed, true
			continue
		}
		n.MessageID = m.ID
	}
	for i := range r.Notices {
		if n := &r.Notices[i]; n.State == tertial.Placed && n.MessageID == 0 {
			return fmt.Errorf("a notice of action %d is placed in no row", r.ActionID)
		}
	}
	return nil
}

// storeNotices inserts new notices and updates those that were owed.
func (p *placing) storeNotices(ctx context.Context) error {
	rows := insert("notices", `id BIGINT, action_id BIGINT, on_date TEXT, kind TEXT, target TEXT, slot_person BIGINT, slot_role BIGINT,
		state TEXT, days INTEGER, message_id BIGINT, why TEXT`, `ON CONFLICT (action_id, on_date, kind, target, slot_person, slot_role) DO NOTHING`)
	changed := update("notices", `id BIGINT, state TEXT, days INTEGER, message_id BIGINT, why TEXT`)
	fresh := 0
	for i := range p.rulings {
		if err := p.assign(&p.rulings[i]); err != nil {
			return err
		}
		for _, n := range p.rulings[i].Notices {
			if n.ID == 0 {
				fresh++
			}
		}
	}
	ids, err := p.t.takeIDs(ctx, "notices", fresh)
	if err != nil {
		return fmt.Errorf("taking ids of notices: %w", err)
	}
	made := make(map[int64][2]int, fresh)
	for i := range p.rulings {
		for j := range p.rulings[i].Notices {
			n := &p.rulings[i].Notices[j]
			if n.ID != 0 {
				changed.add(n.ID, n.State, n.Days, link(n.MessageID), n.Why)
				continue
			}
			n.ID, ids = ids[0], ids[1:]
			made[n.ID] = [2]int{i, j}
			rows.add(n.ID, p.rulings[i].ActionID, n.On, n.Kind, n.Target, n.Slot.Person, n.Slot.Role, n.State, n.Days, link(n.MessageID), n.Why)
		}
	}
	if _, err := changed.run(ctx, p.t); err != nil {
		return fmt.Errorf("storing notices: %w", err)
	}
	n, err := rows.run(ctx, p.t)
	if err != nil {
		return fmt.Errorf("storing notices: %w", err)
	}
	if n == len(made) {
		return nil
	}
	return p.leave(ctx, made)
}

// leave notes which of the notices, by id, were not stored: they were made out before.
func (p *placing) leave(ctx context.Context, made map[int64][2]int) error {
	var stored []int64
	err := p.t.SelectContext(ctx, &stored, `SELECT n.id FROM `+p.t.s.d.ids(1)+` x JOIN notices n ON n.id = x.id`,
		p.t.s.d.list(slices.Collect(maps.Keys(made))))
	if err != nil {
		return fmt.Errorf("reading which notices are new: %w", err)
	}
	for _, at := range made {
		p.left[at] = true
	}
	for _, id := range stored {
		delete(p.left, made[id])
	}
	return nil
}

// storeMessages inserts the messages that are new and the rows of all.
func (p *placing) storeMessages(ctx context.Context) error {
	items := insert("message_items", `message_id BIGINT, notice_id BIGINT, item TEXT`, ``)
	used := make(map[int64]bool)
	for i := range p.rulings {
		for _, row := range p.rulings[i].Rows {
			n := &p.rulings[i].Notices[row.Lead]
			if n.State != tertial.Placed || p.left[[2]int{i, row.Lead}] {
				continue
			}
			text, err := itemText(row.Item, n.ID)
			if err != nil {
				return err
			}
			items.add(n.MessageID, n.ID, text)
			used[n.MessageID] = true
		}
	}
	rows := insert("messages", `id BIGINT, kind TEXT, person_id BIGINT, address TEXT, address_key TEXT, key TEXT, day TEXT,
		name TEXT, language TEXT, state TEXT, created_at BIGINT`, ``)
	for _, m := range p.fresh {
		if used[m.ID] {
			rows.add(m.ID, tertial.Reminder, link(m.to.ID), m.to.Email, m.Key, p.q.Day.String(), p.q.Day,
				m.to.Name, m.to.Language, composing, instantOf(p.q.Now))
		}
	}
	if _, err := rows.run(ctx, p.t); err != nil {
		return fmt.Errorf("storing messages: %w", err)
	}
	if _, err := items.run(ctx, p.t); err != nil {
		return fmt.Errorf("storing rows of messages: %w", err)
	}
	return nil
}
