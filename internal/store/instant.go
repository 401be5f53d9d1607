package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// instant is a column of milliseconds since 1970 in UTC; NULL is never.
type instant struct{ time.Time }

func instantOf(t time.Time) instant { return instant{t} }

// Value implements [driver.Valuer].
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UnixMilli(), nil
}

// Scan implements [database/sql.Scanner].
func (i *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		i.Time = time.Time{}
	case int64:
		i.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("an instant's column holds %T, want a whole number", src)
	}
	return nil
}

func (i instant) noun() tertial.Instant { return tertial.Instant{Time: i.Time} }

// link is a column that refers to a row; NULL is none.
type link int64

// Value implements [driver.Valuer].
func (l link) Value() (driver.Value, error) {
	if l == 0 {
		return nil, nil
	}
	return int64(l), nil
}

// Scan implements [database/sql.Scanner].
func (l *link) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*l = 0
	case int64:
		*l = link(v)
	default:
		return fmt.Errorf("a reference's column holds %T, want a whole number", src)
	}
	return nil
}

// words is a column that holds a short list of words without spaces.
type words []string

// Value implements [driver.Valuer].
func (w words) Value() (driver.Value, error) { return strings.Join(w, " "), nil }

// Scan implements [database/sql.Scanner].
func (w *words) Scan(src any) error {
	switch v := src.(type) {
	case string:
		*w = strings.Fields(v)
	case []byte:
		*w = strings.Fields(string(v))
	default:
		return fmt.Errorf("a column of words holds %T, want text", src)
	}
	return nil
}
