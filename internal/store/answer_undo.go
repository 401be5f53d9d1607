package store

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// UndoAnswer takes a person's own answer back within [tertial.UndoMinutes]: the action stands as before it, with whom is not
// reminded and what waited, its files are gone, and a hand-over or new date is no longer asked for. Later it is refused; where
// something has been built on it, be it by a later answer of the person, it is a conflict. The second time changes nothing. An
// answer of somebody else is [tertial.ErrNotFound].
func (s *Store) UndoAnswer(ctx context.Context, stamp tertial.Stamp, id, person int64) (tertial.Answer, error) {
	var stored tertial.Answer
	err := s.write(ctx, fmt.Sprintf("taking back answer %d", id), stamp, func(t *txn) error {
		row, l, err := t.lockResponse(ctx, id)
		if err != nil {
			return err
		}
		if row.PersonID != person {
			return fmt.Errorf("%w: there is no answer %d", tertial.ErrNotFound, id)
		}
		if row.Undone.IsZero() {
			if err := t.undoAnswer(ctx, row, l); err != nil {
				return err
			}
		}
		stored, err = s.answerByID(ctx, t, id)
		return err
	})
	if err != nil {
		return tertial.Answer{}, err
	}
	return stored, nil
}

func (t *txn) undoAnswer(ctx context.Context, row *responseRow, l *loaded) error {
	if t.stamp.At.Sub(row.At.Time) > tertial.UndoMinutes*time.Minute {
		return fmt.Errorf("%w: answer %d was given more than %d minutes ago", tertial.ErrRefused, row.ID, tertial.UndoMinutes)
	}
	u, err := row.undoing()
	if err != nil {
		return err
	}
	if err := t.checkUndo(ctx, row, l, &u); err != nil {
		return err
	}
	if err := t.restoreAction(ctx, row, l, &u); err != nil {
		return err
	}
	if err := t.restoreQuiets(ctx, row, &u); err != nil {
		return err
	}
	if err := t.removeEvidence(ctx, row.ID); err != nil {
		return err
	}
	if err := t.voidHandOver(ctx, row.ID, row.To); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE responses SET undone_at = $2 WHERE id = $1`, row.ID, instantOf(t.stamp.At)); err != nil {
		return fmt.Errorf("taking an answer back: %w", err)
	}
	return t.note("action "+row.Ref, "answer taken back", map[string]int64{"answer": row.ID, "person": row.PersonID})
}

// checkUndo refuses to take back what something has been built on. An answer that left the action as it was does not mind that others
// have changed it.
func (t *txn) checkUndo(ctx context.Context, row *responseRow, l *loaded, u *undoing) error {
	touched := u.Version != row.MadeVersion || row.Kind == tertial.AnswerDone
	if touched && l.action.Version != row.MadeVersion {
		return fmt.Errorf("%w: %s has changed since answer %d: it made version %d, and it is at %d",
			tertial.ErrConflict, row.Ref, row.ID, row.MadeVersion, l.action.Version)
	}
	if row.Decision != tertial.Undecided {
		return fmt.Errorf("%w: answer %d is %s already", tertial.ErrConflict, row.ID, row.Decision)
	}
	var later []int64
	err := t.SelectContext(ctx, &later, `SELECT r.id FROM responses r
		WHERE r.action_id = $1 AND r.person_id = $2 AND r.id > $3 AND r.undone_at IS NULL ORDER BY r.id LIMIT 1`, row.ActionID, row.PersonID, row.ID)
	if err != nil {
		return fmt.Errorf("looking for later answers: %w", err)
	}
	if len(later) > 0 {
		return fmt.Errorf("%w: answer %d came after answer %d; take that back first", tertial.ErrConflict, later[0], row.ID)
	}
	return nil
}

// restoreAction puts the action back to how it stood. It is not an edit: what an edit sets off, a new activation among it, would
// not be as before.
func (t *txn) restoreAction(ctx context.Context, row *responseRow, l *loaded, u *undoing) error {
	if len(u.Answered) > 0 {
		_, err := t.exec(ctx, `DELETE FROM answers WHERE action_id = $1 AND person_id IN (SELECT id FROM `+t.s.d.ids(2)+` x)`,
			row.ActionID, t.s.d.list(u.Answered))
		if err != nil {
			return fmt.Errorf("taking back whose part is done: %w", err)
		}
	}
	// The law of looks goes by how the action stood before.
	if err := t.lookWhere(ctx, `a.id = $3`, row.ActionID); err != nil {
		return err
	}
	if u.Version == row.MadeVersion {
		return nil
	}
	was := cloneAction(&l.action)
	was.Status, was.Progress, was.Note, was.ProgressAt, was.Reason = u.Status, u.Progress, u.Note, fromMillis(u.ProgressAt).noun(), u.Reason
	_, err := t.exec(ctx, `UPDATE actions SET status = $2, progress = $3, note = $4, progress_at = $5, reason = $6, reported_at = $7,
		version = version + 1, changed_at = $8 WHERE id = $1`, row.ActionID, string(u.Status), string(u.Progress), u.Note,
		fromMillis(u.ProgressAt), u.Reason, fromMillis(u.ReportedAt), instantOf(t.stamp.At))
	if err != nil {
		return fmt.Errorf("putting an action back: %w", err)
	}
	return t.note("action "+row.Ref, "changed", differences(&l.action, &was))
}

// restoreQuiets puts back who is not reminded, and has wait again what no longer did because of the answer.
func (t *txn) restoreQuiets(ctx context.Context, row *responseRow, u *undoing) error {
	if err := t.endQuietOf(ctx, row.ActionID, row.ID); err != nil {
		return err
	}
	rows := insertQuiets()
	for _, q := range u.Quiets {
		rows.add(q.ActionID, q.PersonID, q.Since, q.Until, string(q.Kind), q.ResponseID)
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("storing who is not reminded: %w", err)
	}
	for _, id := range u.Withdrawn {
		if _, err := t.exec(ctx, `UPDATE responses SET undone_at = NULL WHERE id = $1`, id); err != nil {
			return fmt.Errorf("having an answer wait again: %w", err)
		}
		_, err := t.exec(ctx, `UPDATE messages SET state = 'queued', ended_at = NULL, next_try = $1, error = ''
			WHERE kind = 'handover' AND key = $2 AND state = 'void' AND address_key = (SELECT LOWER(TRIM(r.to_address)) FROM responses r WHERE r.id = $3)`,
			instantOf(t.stamp.At), answerKey(id), id)
		if err != nil {
			return fmt.Errorf("queueing a mail again: %w", err)
		}
	}
	return nil
}
