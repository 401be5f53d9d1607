package store

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// UndoImport removes an assessment with its findings and actions. Once anybody was told of one of the actions, or answered about it, or
// one was changed, it is refused.
func (s *Store) UndoImport(ctx context.Context, stamp tertial.Stamp, assessment int64) error {
	return s.write(ctx, fmt.Sprintf("undoing import %d", assessment), stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil { // which nobody tells of an action without
			return err
		}
		var source string
		err := t.GetContext(ctx, &source, `SELECT source FROM assessments WHERE id = $1`+s.d.forUpdate, assessment)
		if err != nil {
			return notFound(fmt.Sprintf("there is no import %d", assessment), err)
		}
		var actions []struct {
			ID      int64  `db:"id"`
			Ref     string `db:"ref"`
			Version int    `db:"version"`
		}
		if err := t.SelectContext(ctx, &actions, `SELECT id, ref, version FROM actions WHERE assessment_id = $1 ORDER BY id`+s.d.forUpdate, assessment); err != nil {
			return err
		}
		ids := make([]int64, len(actions))
		for i, a := range actions {
			if ids[i] = a.ID; a.Version != 1 {
				return fmt.Errorf("%w: action %s was changed since it was imported", tertial.ErrRefused, a.Ref)
			}
		}
		if err := t.untouched(ctx, ids); err != nil {
			return err
		}
		for _, a := range actions {
			if err := t.note("action "+a.Ref, "removed", map[string]int64{"assessment": assessment}); err != nil {
				return err
			}
		}
		if err := t.removeImport(ctx, assessment, ids); err != nil {
			return err
		}
		return t.note(fmt.Sprintf("assessment %d", assessment), "removed", map[string]any{"source": source, "actions": len(actions)})
	})
}

// untouched refuses where anything hangs on actions that people have seen or said.
func (t *txn) untouched(ctx context.Context, ids []int64) error {
	for _, x := range []struct{ table, only, why string }{
		{"notices", " AND NOT (" + neverPlaced + ")", "somebody has been told of action %s, or is about to be"},
		{"answers", "", "somebody has answered about action %s"},
		{"responses", "", "somebody has answered about action %s"},
		{"evidence", "", "action %s has evidence"},
	} {
		var refs []string
		err := t.SelectContext(ctx, &refs, `SELECT a.ref FROM `+t.s.d.ids(1)+` x JOIN `+x.table+` k ON k.action_id = x.id`+x.only+` JOIN actions a ON a.id = x.id
			ORDER BY a.sort_key LIMIT 1`, t.s.d.list(ids))
		if err != nil {
			return fmt.Errorf("reading what has come of actions: %w", err)
		}
		if len(refs) > 0 {
			return fmt.Errorf("%w: "+x.why, tertial.ErrRefused, refs[0])
		}
	}
	return nil
}

// neverPlaced holds for notices k that nobody has been there to be told.
const neverPlaced = `k.state = 'owed' AND k.message_id IS NULL AND k.days = 0 AND k.why = ''`

// removeImport deletes an assessment and its actions, which take what hangs on them along.
func (t *txn) removeImport(ctx context.Context, assessment int64, actions []int64) error {
	for _, from := range []string{`notices WHERE action_id`, `informed WHERE action_id`, `actions WHERE id`} {
		if _, err := t.exec(ctx, `DELETE FROM `+from+` IN (SELECT id FROM `+t.s.d.ids(1)+` x)`, t.s.d.list(actions)); err != nil {
			return fmt.Errorf("removing actions: %w", err)
		}
	}
	if _, err := t.exec(ctx, `DELETE FROM assessments WHERE id = $1`, assessment); err != nil {
		return fmt.Errorf("removing the analysis: %w", err)
	}
	return nil
}
