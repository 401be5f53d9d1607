package tertial

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a civil date: a day in the calendar without a time and without a
// zone. The zero Date is no date; it prints as "". Dates compare with ==.
type Date struct {
	n int32 // days, 0001-01-01 is 1
}

// The offset of Date.n to the day count of the Unix epoch (1970-01-01 is 719163).
const epochDay = 719163

// The last date there is: 9999-12-31.
var maxDay = DateOf(9999, time.December, 31).n

// DateOf returns the civil date of year, month and day, normalised as
// [time.Date] does: 32 January is 1 February. A year outside 1–9999 gives no date.
func DateOf(year int, month time.Month, day int) Date {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if y := t.Year(); y < 1 || y > 9999 {
		return Date{}
	}
	return Date{int32(floorDiv(t.Unix(), 86400) + epochDay)}
}

// DateIn returns the civil date that t has in the zone loc.
func DateIn(t time.Time, loc *time.Location) Date {
	return DateOf(t.In(loc).Date())
}

// ParseDate reads YYYY-MM-DD and nothing else; the day must exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("%w: %.80q is no date; write it as 2027-03-31", ErrInvalid, s)
	}
	return DateOf(t.Date()), nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (d Date) utc() time.Time { return time.Unix(int64(d.n-epochDay)*86400, 0).UTC() }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.n == 0 }

// Civil returns the date's year, month and day.
func (d Date) Civil() (year int, month time.Month, day int) { return d.utc().Date() }

// Year returns the year in which d falls.
func (d Date) Year() int { return d.utc().Year() }

// YearDay returns the day of the year: 1 is 1 January.
func (d Date) YearDay() int { return d.utc().YearDay() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((int(d.n)%7 + 7) % 7) }

// Week returns the ISO 8601 year and week in which d falls.
func (d Date) Week() (year, week int) { return d.utc().ISOWeek() }

// Monday returns the Monday of the week of d.
func (d Date) Monday() Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// AddDays returns the date n days later, or earlier where n is negative.
// Nothing lies outside the years 1–9999: beyond them the nearest date counts.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{int32(min(max(int64(d.n)+int64(n), 1), int64(maxDay)))}
}

// AddMonths returns the same day n months later, clamped to that month's last:
// 31 October and four months is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	y, m, day := d.Civil()
	first := DateOf(y, m+time.Month(n), 1)
	if first.IsZero() {
		return first
	}
	return first.AddDays(min(day, first.EndOfMonth().day()) - 1)
}

func (d Date) day() int { return d.utc().Day() }

// EndOfMonth returns the last day of the month of d.
func (d Date) EndOfMonth() Date {
	y, m, _ := d.Civil()
	return DateOf(y, m, 1).AddDays(31).firstOfMonth().AddDays(-1)
}

func (d Date) firstOfMonth() Date { return d.AddDays(1 - d.day()) }

// Sub returns the number of days from e to d.
func (d Date) Sub(e Date) int { return int(d.n) - int(e.n) }

// Before reports whether d lies before e. No date lies before every date.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After reports whether d lies after e.
func (d Date) After(e Date) bool { return d.n > e.n }

// Compare orders dates for [slices.SortFunc]; no date comes first.
func (d Date) Compare(e Date) int { return cmp.Compare(d.n, e.n) }

// At returns the instant at which the wall clock in loc shows c on the day d.
// In a gap it is the first instant after the gap, in an overlap the first of the two.
func (d Date) At(c Clock, loc *time.Location) time.Time {
	y, m, day := d.Civil()
	wall := time.Date(y, m, day, int(c)/60, int(c)%60, 0, 0, time.UTC)
	return WallTime(wall, loc)
}

// String returns YYYY-MM-DD, or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	var b [10]byte
	return string(d.append(b[:0]))
}

func (d Date) append(b []byte) []byte { return d.utc().AppendFormat(b, time.DateOnly) }

// MarshalText writes the form of String; JSON and YAML use it.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return []byte{}, nil
	}
	return d.append(make([]byte, 0, 10)), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Value stores the date as text; no date is the empty string, never NULL.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a date column: text, or NULL for no date.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	}
	return fmt.Errorf("a date column holds %T, want text", src)
}
