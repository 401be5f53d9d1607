package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// storedItem is a row of a mail as the database keeps it: with the ids that its JSON elsewhere has not.
type storedItem struct {
	tertial.Item
	ActionID int64 `json:"action_id"`
}

func itemText(item tertial.Item, notice int64) (string, error) {
	item.NoticeID = notice
	text, err := jsonText(storedItem{Item: item, ActionID: item.ActionID})
	if err != nil {
		return "", fmt.Errorf("storing a row of a message: %w", err)
	}
	return text, nil
}

func readItem(text string) (tertial.Item, error) {
	var stored storedItem
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return tertial.Item{}, fmt.Errorf("reading a row of a message: %w", err)
	}
	stored.Item.ActionID = stored.ActionID
	return stored.Item, nil
}

// items returns the rows of messages that were not left out, the most urgent first.
func (s *Store) items(ctx context.Context, q querier, ids []int64) (map[int64][]tertial.Item, error) {
	var rows []struct {
		MessageID int64  `db:"message_id"`
		Item      string `db:"item"`
	}
	err := q.SelectContext(ctx, &rows, `SELECT i.message_id, i.item FROM `+s.d.ids(1)+` x
		JOIN message_items i ON i.message_id = x.id WHERE i.left_out = '' ORDER BY i.message_id, i.notice_id`, s.d.list(ids))
	if err != nil {
		return nil, fmt.Errorf("reading rows of messages: %w", err)
	}
	items := make(map[int64][]tertial.Item)
	for _, r := range rows {
		item, err := readItem(r.Item)
		if err != nil {
			return nil, err
		}
		items[r.MessageID] = append(items[r.MessageID], item)
	}
	for id := range items {
		sortItems(items[id])
	}
	return items, nil
}

// sortItems orders the rows of a mail: the most urgent kind first, then the earliest due date, no due date last.
func sortItems(items []tertial.Item) {
	slices.SortStableFunc(items, func(a, b tertial.Item) int {
		return cmp.Or(
			cmp.Compare(a.Kind.Urgency(), b.Kind.Urgency()),
			compareDue(a.Due, b.Due),
			strings.Compare(a.Ref, b.Ref),
		)
	})
}

func compareDue(a, b tertial.Date) int {
	switch {
	case a == b:
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
