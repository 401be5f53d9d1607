package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"tertial/internal/tertial"
)

// instant is a moment as it stands on the command line: with its own offset, or on the wall clock of
// the configured zone, which is known only once the configuration is read.
type instant struct {
	text string
	at   time.Time // in UTC, or what the wall clock shows, in UTC
	wall bool
}

// The forms of an instant without an offset; a date is the start of its day.
func wallForms() []string {
	return []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly}
}

// parseInstant reads RFC 3339, 2006-01-02T15:04 with or without seconds, or a date.
func parseInstant(s string) (instant, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil && inRange(t) {
		return instant{text: s, at: t}, nil
	}
	for _, form := range wallForms() {
		if t, err := time.Parse(form, s); err == nil && inRange(t) {
			return instant{text: s, at: t, wall: true}, nil
		}
	}
	return instant{}, fmt.Errorf("%q is no instant: write 2027-03-31, 2027-03-31T07:30 or 2027-03-31T07:30:00+02:00", cut(s, 80))
}

// inRange keeps a year from the edges of the calendar, where dates lose their neighbours.
func inRange(t time.Time) bool { return t.Year() >= 1900 && t.Year() <= 9000 }

// given reports whether the instant stands on the command line.
func (i instant) given() bool { return i.text != "" }

// in returns the moment, taking a wall clock to be in loc.
func (i instant) in(loc *time.Location) time.Time {
	if i.wall {
		return tertial.WallTime(i.at, loc)
	}
	return i.at
}

// asOf is the flag of every verb for which it matters what time it is.
type asOf struct {
	AsOf instant `name:"as-of" placeholder:"INSTANT" help:"Take this for now (2027-03-31 or 2027-03-31T07:30)."`
}

// now returns the moment that the verb takes for now.
func (a asOf) now(p *program, loc *time.Location) time.Time {
	if a.AsOf.given() {
		return a.AsOf.in(loc)
	}
	return p.clock()
}

func decodeInstant(c *kong.DecodeContext, target reflect.Value) error {
	return decode(c, target, "instant", parseInstant)
}

func decodeDate(c *kong.DecodeContext, target reflect.Value) error {
	return decode(c, target, "date", func(s string) (tertial.Date, error) {
		d, err := tertial.ParseDate(s)
		if err != nil {
			return d, fmt.Errorf("%q is no date: write it as 2027-03-31", cut(s, 80))
		}
		return d, nil
	})
}

func decodePriority(c *kong.DecodeContext, target reflect.Value) error {
	return decode(c, target, "priority", func(s string) (tertial.Priority, error) {
		for _, known := range tertial.Priorities() {
			if strings.EqualFold(s, string(known)) {
				return known, nil
			}
		}
		return "", fmt.Errorf("%q is no priority: say high, medium, low or none", cut(s, 80))
	})
}

// decode pops one value off the command line and reads it.
func decode[T any](c *kong.DecodeContext, target reflect.Value, what string, parse func(string) (T, error)) error {
	var s string
	if err := c.Scan.PopValueInto(what, &s); err != nil {
		return err
	}
	v, err := parse(s)
	if err != nil {
		return err
	}
	target.Set(reflect.ValueOf(v))
	return nil
}

// cut shortens s to n characters and marks where it was cut.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:max(n-1, 0)]) + "…"
}
