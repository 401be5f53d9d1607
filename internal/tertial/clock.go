package tertial

import (
	"fmt"
	"time"
)

// Clock is a time of the day on the wall, in minutes since midnight: 07:30 is 450.
type Clock int

// ParseClock reads HH:MM, 00:00 to 23:59.
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("%w: %.80q is no time of day; write it as 07:30", ErrInvalid, s)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// String returns HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads HH:MM.
func (c *Clock) UnmarshalText(b []byte) error {
	v, err := ParseClock(string(b))
	if err == nil {
		*c = v
	}
	return err
}

// WallTime returns the instant at which a clock on the wall in loc shows what
// wall shows in UTC. Where that moment is skipped (clocks go forward) it is the
// first instant after the gap; where it comes twice it is the first.
func WallTime(wall time.Time, loc *time.Location) time.Time {
	y, m, d := wall.Date()
	h, mi, s := wall.Clock()
	t := time.Date(y, m, d, h, mi, s, wall.Nanosecond(), loc)
	if shown(t) != shown(wall) { // a gap: Go has moved it by the width of the gap
		start, end := t.ZoneBounds()
		if !end.IsZero() && (start.IsZero() || end.Sub(t) < t.Sub(start)) {
			return end
		}
		return start
	}
	// An overlap: the same wall time exists under the offset before.
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		_, before := start.Add(-time.Nanosecond).Zone()
		_, after := t.Zone()
		if earlier := t.Add(time.Duration(after-before) * time.Second); before > after && earlier.Before(start) {
			return earlier
		}
	}
	return t
}

func shown(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999999") }

// Instant is when something happened, in UTC. The zero Instant is never; in JSON it is "".
type Instant struct{ time.Time }

// MarshalText writes RFC 3339 in UTC, or "" for never.
func (i Instant) MarshalText() ([]byte, error) {
	if i.IsZero() {
		return []byte{}, nil
	}
	return i.UTC().AppendFormat(nil, time.RFC3339), nil
}

// MarshalJSON keeps the embedded time from writing its own form.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte(`""`), nil
	}
	return i.UTC().AppendFormat(nil, `"`+time.RFC3339+`"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == `""` || string(b) == "null" {
		*i = Instant{}
		return nil
	}
	return i.Time.UnmarshalJSON(b)
}
