package store

import (
	"context"

	"tertial/internal/tertial"
)

// LogPage returns the log backwards from before (0: from its end), of one subject where it is not "".
func (s *Store) LogPage(ctx context.Context, subject string, before int64, limit int) ([]tertial.Entry, error) {
	if before <= 0 {
		before = 1 << 62
	}
	if limit <= 0 {
		limit = pageLimit
	}
	query, args := `SELECT `+entryColumns+` FROM log WHERE seq < $1 ORDER BY seq DESC LIMIT $2`, []any{before, limit}
	if subject != "" {
		query, args = `SELECT `+entryColumns+` FROM log WHERE subject = $3 AND seq < $1 ORDER BY seq DESC LIMIT $2`, append(args, subject)
	}
	var rows []entry
	if err := s.r.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, s.failed(ctx, "reading the log", err)
	}
	all := make([]tertial.Entry, len(rows))
	for i := range rows {
		all[i] = rows[i].noun()
	}
	return all, nil
}
