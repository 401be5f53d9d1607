package store

import (
	"context"
	"fmt"
	"slices"

	"tertial/internal/tertial"
)

// wheelRow is the date of an event as it is stored.
type wheelRow struct {
	Key   string       `db:"key"`
	Year  int          `db:"year"`
	Date  tertial.Date `db:"date"`
	Since tertial.Date `db:"since"`
	Given bool         `db:"given"`
}

// WheelDates lists the dates of events that the database has, by key and year.
func (s *Store) WheelDates(ctx context.Context) ([]tertial.WheelDate, error) {
	dates, err := wheelDates(ctx, s.r)
	return dates, s.failed(ctx, "reading the annual wheel", err)
}

func wheelDates(ctx context.Context, q querier) ([]tertial.WheelDate, error) {
	var rows []wheelRow
	if err := q.SelectContext(ctx, &rows, `SELECT key, year, date, since, given FROM wheel_dates ORDER BY key, year`); err != nil {
		return nil, err
	}
	dates := make([]tertial.WheelDate, len(rows))
	for i, r := range rows {
		dates[i] = tertial.WheelDate(r)
	}
	return dates, nil
}

// SetWheelDates stores dates that a person has set, and in the same transaction has retime read anew every action tied to an
// event that moved. A date that differs from the one stored says since when it does. Dates stored already change nothing.
func (s *Store) SetWheelDates(ctx context.Context, stamp tertial.Stamp, dates []tertial.WheelDate, retime func(*tertial.Action) error) error {
	return s.write(ctx, "setting dates of the annual wheel", stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		moved, err := t.moveWheel(ctx, dates, false)
		if err != nil || len(moved) == 0 {
			return err
		}
		if err := t.retime(ctx, moved, retime); err != nil {
			return err
		}
		return t.lookAll(ctx)
	})
}

// Reconcile compares the fingerprint of the configuration's rules with the one stored. Where they differ it
// stores it with the configuration's dates (those that a person has set stay), has retime read anew every
// action tied to an event, and every action looked at again. Otherwise it reads once and does nothing.
func (s *Store) Reconcile(ctx context.Context, stamp tertial.Stamp, fingerprint string, dates []tertial.WheelDate, retime func(*tertial.Action) error) (changed bool, err error) {
	if stored, err := s.Meta(ctx, metaFingerprint); err != nil || stored == fingerprint {
		return false, err
	}
	err = s.write(ctx, "taking up changed rules", stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil {
			return err
		}
		stored, err := meta(ctx, t, metaFingerprint)
		if changed = err == nil && stored != fingerprint; !changed {
			return err
		}
		if err := t.setMeta(ctx, metaFingerprint, fingerprint); err != nil {
			return err
		}
		if _, err := t.moveWheel(ctx, dates, true); err != nil {
			return err
		}
		if err := t.retime(ctx, nil, retime); err != nil {
			return err
		}
		if err := t.note("rules", "changed", map[string][2]string{"fingerprint": {stored, fingerprint}}); err != nil {
			return err
		}
		return t.lookAll(ctx)
	})
	return changed && err == nil, err
}

// moveWheel stores dates and returns the keys of the events that moved or became certain. Of a
// configuration, what a person has set stays.
func (t *txn) moveWheel(ctx context.Context, dates []tertial.WheelDate, configured bool) ([]string, error) {
	stored, err := wheelDates(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("reading the annual wheel: %w", err)
	}
	type place struct {
		key  string
		year int
	}
	have := make(map[place]tertial.WheelDate, len(stored))
	for _, d := range stored {
		have[place{d.Key, d.Year}] = d
	}
	rows := insert("wheel_dates", `key TEXT, year INTEGER, date TEXT, since TEXT, given BOOLEAN`,
		`ON CONFLICT (key, year) DO UPDATE SET date = excluded.date, since = excluded.since, given = excluded.given`)
	var moved []string
	for _, d := range dates {
		was, there := have[place{d.Key, d.Year}]
		if there && (was.Date == d.Date && was.Given == d.Given || configured && was.Given) {
			continue
		}
		if there {
			d.Since = was.Since
			if was.Date != d.Date {
				d.Since = t.s.day(t.stamp.At)
			}
		}
		have[place{d.Key, d.Year}] = d
		rows.add(d.Key, d.Year, d.Date, d.Since, d.Given)
		if !slices.Contains(moved, d.Key) {
			moved = append(moved, d.Key)
		}
		if there || d.Given {
			err := t.note(fmt.Sprintf("event %s %d", d.Key, d.Year), "dated", map[string][2]tertial.Date{"date": {was.Date, d.Date}})
			if err != nil {
				return nil, err
			}
		}
	}
	if _, err := rows.run(ctx, t); err != nil {
		return nil, fmt.Errorf("storing dates of events: %w", err)
	}
	return moved, nil
}

// retime reads the timing of open actions anew, in portions: those tied to the events, or
// with nil to any.
func (t *txn) retime(ctx context.Context, events []string, retime func(*tertial.Action) error) error {
	tied, args := ``, []any{int64(0), portion}
	if events != nil {
		tied, args = ` AND e.event IN (SELECT text FROM `+t.s.d.texts(3)+` x)`, append(args, t.s.d.list(events))
	}
	for {
		var rows []actionRow
		err := t.SelectContext(ctx, &rows, `SELECT `+editColumns+` FROM actions a
			WHERE id > $1 AND `+notClosed+` AND EXISTS (SELECT 1 FROM action_events e WHERE e.action_id = a.id`+tied+`)
			ORDER BY id LIMIT $2`+t.s.d.forUpdate, args...)
		if err != nil || len(rows) == 0 {
			return err
		}
		all, err := t.s.complete(ctx, t, rows)
		if err != nil {
			return err
		}
		var changes []*change
		for i := range all {
			c, err := changeOf(&all[i], retime)
			if err != nil {
				return fmt.Errorf("reading the timing of %s anew: %w", all[i].action.Ref, err)
			}
			if c != nil {
				changes = append(changes, c)
			}
		}
		if err := t.store(ctx, changes); err != nil {
			return err
		}
		args[0] = rows[len(rows)-1].ID
	}
}
