package store

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// Roles lists every role that a document or a person has named, in no order.
func (s *Store) Roles(ctx context.Context) ([]tertial.Role, error) {
	roles := []tertial.Role{}
	err := s.r.SelectContext(ctx, &roles, `SELECT id, name FROM roles`)
	return roles, s.failed(ctx, "listing roles", err)
}

// roles returns the ids of roles by their keys, and stores those that are new under
// the name by which they are first written.
func (t *txn) roles(ctx context.Context, names []string) (map[string]int64, error) {
	ids := make(map[string]int64)
	var keys []string
	fresh := insert("roles", `key TEXT, name TEXT`, `ON CONFLICT (key) DO NOTHING`)
	for _, name := range names {
		key := tertial.RoleKey(name)
		if key == "" {
			return nil, fmt.Errorf("%w: a role without a name", tertial.ErrInvalid)
		}
		if _, seen := ids[key]; !seen {
			ids[key] = 0
			keys = append(keys, key)
			fresh.add(key, name)
		}
	}
	if len(keys) == 0 {
		return ids, nil
	}
	if _, err := fresh.run(ctx, t); err != nil {
		return nil, fmt.Errorf("storing roles: %w", err)
	}
	var rows []struct {
		ID  int64  `db:"id"`
		Key string `db:"key"`
	}
	err := t.SelectContext(ctx, &rows, `SELECT r.id, r.key FROM `+t.s.d.texts(1)+` k JOIN roles r ON r.key = k.text`, t.s.d.list(keys))
	if err != nil {
		return nil, fmt.Errorf("reading roles: %w", err)
	}
	for _, r := range rows {
		ids[r.Key] = r.ID
	}
	return ids, nil
}
