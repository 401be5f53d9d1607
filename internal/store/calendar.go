package store

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// CalendarSerial is what a person's feed is signed with.
func (s *Store) CalendarSerial(ctx context.Context, person int64) (int64, error) {
	var serial int64
	err := s.r.GetContext(ctx, &serial, `SELECT calendar_serial FROM persons WHERE id = $1`, person)
	return serial, s.failed(ctx, "reading a person's calendar", notFound(fmt.Sprintf("there is no person %d", person), err))
}

// NewCalendar raises what a person's feed is signed with, so that its old address ends.
func (s *Store) NewCalendar(ctx context.Context, stamp tertial.Stamp, person int64) (int64, error) {
	var serial int64
	err := s.write(ctx, "giving a calendar a new address", stamp, func(t *txn) error {
		err := t.GetContext(ctx, &serial, `UPDATE persons SET calendar_serial = calendar_serial + 1 WHERE id = $1 RETURNING calendar_serial`, person)
		if err != nil {
			return notFound(fmt.Sprintf("there is no person %d", person), err)
		}
		return t.note(personSubject(person), "calendar renewed", map[string]int64{"serial": serial})
	})
	if err != nil {
		return 0, err
	}
	return serial, nil
}
