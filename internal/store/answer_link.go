package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tertial/internal/tertial"
)

// LinkFacts returns what a mail told a person, for a page that its link leads to: the mail's reader, and the actions of a reminder
// about which they may still answer, or the one that a hand-over asks about while it waits. The items say how the actions stand
// now, closed ones too; those handed to others since are left out. A reminder to a mere address is that of who has the address now. A
// mail that never existed, or of another kind, is [tertial.ErrNotFound].
//
// Who may answer is told for the day of the last entry of the log, which no mail of the house is younger than.
func (s *Store) LinkFacts(ctx context.Context, message int64) (tertial.LinkFacts, error) {
	f, err := s.linkFacts(ctx, s.r, message)
	if err != nil {
		return tertial.LinkFacts{}, s.failed(ctx, fmt.Sprintf("reading what message %d told", message), err)
	}
	return f, nil
}

func (s *Store) linkFacts(ctx context.Context, q querier, message int64) (tertial.LinkFacts, error) {
	var m struct {
		Kind     tertial.MessageKind `db:"kind"`
		PersonID link                `db:"person_id"`
		Address  string              `db:"address"`
		Name     string              `db:"name"`
		Language string              `db:"language"`
		Key      string              `db:"key"`
		Day      tertial.Date        `db:"day"`
	}
	err := q.GetContext(ctx, &m, `SELECT kind, person_id, address, name, language, key, day FROM messages WHERE id = $1`, message)
	if err != nil {
		return tertial.LinkFacts{}, notFound("there is no such mail", err)
	}
	f := tertial.LinkFacts{Message: message, Day: m.Day, Items: []tertial.Item{},
		Person: tertial.Person{Name: m.Name, Email: m.Address, Language: m.Language, Holdings: []tertial.Holding{}}}
	people, err := s.people(ctx, q, selectPersons+`WHERE p.id = $1 OR $1 = 0 AND p.email_key = $2`, int64(m.PersonID), emailKey(m.Address))
	if err != nil {
		return f, err
	}
	if len(people) > 0 {
		f.Person = people[0]
	}
	switch m.Kind {
	case tertial.Reminder:
		return f, s.remindedOf(ctx, q, &f)
	case tertial.HandOverMail:
		return f, s.askedAbout(ctx, q, &f, m.Key)
	}
	return f, fmt.Errorf("%w: there is no such mail", tertial.ErrNotFound)
}

// remindedOf fills in the actions of a reminder about which its reader may answer.
func (s *Store) remindedOf(ctx context.Context, q querier, f *tertial.LinkFacts) error {
	told, err := s.toldItems(ctx, q, f.Message)
	if err != nil || len(told) == 0 || f.Person.ID == 0 {
		return err
	}
	on, err := s.lastDay(ctx, q, f.Day)
	if err != nil {
		return err
	}
	ids := make([]int64, len(told))
	for i := range told {
		ids[i] = told[i].ActionID
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	voices, err := s.voices(ctx, q, ids, f.Person.ID, on)
	if err != nil {
		return err
	}
	for _, item := range told {
		if v := voices[item.ActionID]; v.speaks() && !slices.ContainsFunc(f.Items, func(x tertial.Item) bool { return x.ActionID == item.ActionID }) {
			f.Items = append(f.Items, item)
		}
	}
	return s.refresh(ctx, q, f.Items)
}

// toldItems are the rows of a mail. What they said is kept no longer than the mail's content; which actions they were about is known
// as long as the notices are.
func (s *Store) toldItems(ctx context.Context, q querier, message int64) ([]tertial.Item, error) {
	var rows []struct {
		ActionID int64        `db:"action_id"`
		Kind     tertial.Kind `db:"kind"`
		Item     string       `db:"item"`
	}
	err := q.SelectContext(ctx, &rows, `SELECT n.action_id, n.kind, i.item FROM message_items i JOIN notices n ON n.id = i.notice_id
		WHERE i.message_id = $1 AND i.left_out = '' ORDER BY i.notice_id`, message)
	if err != nil {
		return nil, fmt.Errorf("reading rows of a message: %w", err)
	}
	items := make([]tertial.Item, 0, len(rows))
	for _, r := range rows {
		item := tertial.Item{Kind: r.Kind}
		if r.Item != "" {
			if item, err = readItem(r.Item); err != nil {
				return nil, err
			}
		}
		item.ActionID = r.ActionID
		items = append(items, item)
	}
	return items, nil
}

// askedAbout fills in the action that a hand-over asks about, as long as nobody has decided.
func (s *Store) askedAbout(ctx context.Context, q querier, f *tertial.LinkFacts, key string) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return fmt.Errorf("reading the key of message %d: %w", f.Message, err)
	}
	f.Answer = id
	a, err := s.answerByID(ctx, q, id)
	if errors.Is(err, tertial.ErrNotFound) || err == nil && !a.Waits() {
		return nil
	}
	if err != nil {
		return err
	}
	f.Items = append(f.Items, tertial.Item{ActionID: a.ActionID, Kind: tertial.Assigned, Part: tertial.Responsible})
	return s.refresh(ctx, q, f.Items)
}

// refresh has items say how their actions stand now, in the order of a mail.
func (s *Store) refresh(ctx context.Context, q querier, items []tertial.Item) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]int64, len(items))
	for i := range items {
		ids[i] = items[i].ActionID
	}
	var rows []actionRow
	err := q.SelectContext(ctx, &rows, `SELECT `+shownColumns+` FROM actions WHERE id IN (SELECT id FROM `+s.d.ids(1)+` x)`, s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading actions: %w", err)
	}
	all, err := s.complete(ctx, q, rows)
	if err != nil {
		return err
	}
	now := make(map[int64]*tertial.Action, len(all))
	for i := range all {
		now[all[i].action.ID] = &all[i].action
	}
	for i := range items {
		it, a := &items[i], now[items[i].ActionID]
		if a == nil {
			continue // removed with its import a moment ago
		}
		it.Ref, it.Title, it.Clauses, it.Due, it.Priority, it.Status = a.Ref, a.Title, a.Clauses, a.Timing.Due, a.Priority, a.Status
		it.StepsDone, it.Steps, it.Opened, it.Description = a.StepsDone(), len(a.Steps), a.Created, a.Description
	}
	sortItems(items)
	return nil
}

// lastDay is the day of the last entry of the log, or the given one where that is later.
func (s *Store) lastDay(ctx context.Context, q querier, or tertial.Date) (tertial.Date, error) {
	var at instant
	if err := q.GetContext(ctx, &at, `SELECT MAX(made_at) FROM (SELECT made_at FROM log ORDER BY seq DESC LIMIT 1) x`); err != nil {
		return or, fmt.Errorf("reading the log's last day: %w", err)
	}
	if day := s.day(at.Time); !at.IsZero() && day.After(or) {
		return day, nil
	}
	return or, nil
}
