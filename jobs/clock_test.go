package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// clocks are the three clocks of a process, and the hold that its database keeps.
type clocks struct {
	wall, database time.Time
	passed         time.Duration
	hold           string
	away           bool
	holds          int
	lines          bytes.Buffer
}

func newClocks() *clocks {
	at := time.Date(2027, 3, 15, 9, 0, 0, 0, time.UTC)
	return &clocks{wall: at, database: at, passed: 100 * time.Hour}
}

func (c *clocks) Now(context.Context) (time.Time, error) {
	if c.away {
		return time.Time{}, tertial.ErrUnavailable
	}
	return c.database, nil
}
func (c *clocks) Held(context.Context) (string, bool, error) { return c.hold, c.hold != "", nil }
func (c *clocks) HoldFor(_ context.Context, reason string) error {
	if c.holds++; c.hold == "" {
		c.hold = reason
	}
	return nil
}

// start is a process that begins to watch.
func (c *clocks) start() *Clock {
	return &Clock{Store: c, Wall: func() time.Time { return c.wall }, Passed: func() time.Duration { return c.passed },
		Log: slog.New(slog.NewTextHandler(&c.lines, nil))}
}

// pass lets all three go on.
func (c *clocks) pass(d time.Duration) {
	c.wall, c.database, c.passed = c.wall.Add(d), c.database.Add(d), c.passed+d
}

func (c *clocks) told(what string) int { return strings.Count(c.lines.String(), what) }

// F37, P23: while the process runs, the wall clock keeps step with the others or nothing is believed.
func TestTheWallClockIsStepped(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(x *clocks)
		held bool
	}{
		{"F37 an hour on", func(x *clocks) { x.wall = x.wall.Add(time.Hour) }, false},
		{"F37 an hour back", func(x *clocks) { x.wall = x.wall.Add(-time.Hour) }, false},
		{"a day on", func(x *clocks) { x.wall = x.wall.Add(24 * time.Hour) }, false},
		{"F37 27 hours on", func(x *clocks) { x.wall = x.wall.Add(27 * time.Hour) }, true},
		{"F37 27 hours back", func(x *clocks) { x.wall = x.wall.Add(-27 * time.Hour) }, true},
		{"F37 two years on", func(x *clocks) { x.wall = x.wall.AddDate(2, 0, 0) }, true},
		{"F37 two years back", func(x *clocks) { x.wall = x.wall.AddDate(-2, 0, 0) }, true},
		{"F37 1970", func(x *clocks) { x.wall = time.Unix(0, 0) }, true},
		{"the year 3000", func(x *clocks) { x.wall = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC) }, true},
		{"F37 two years on, the database's too: they are one computer's", func(x *clocks) { x.wall, x.database = x.wall.AddDate(2, 0, 0), x.database.AddDate(2, 0, 0) }, true},
		{"F37 a suspend of three days", func(x *clocks) { x.pass(72 * time.Hour) }, false},
		{"P29 the database's three days on", func(x *clocks) { x.database = x.database.Add(72 * time.Hour) }, true},
		{"P29 the database's ten minutes on", func(x *clocks) { x.database = x.database.Add(10 * time.Minute) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newClocks()
			w := x.start()
			for range 10 {
				if err := w.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
				x.pass(time.Minute)
			}
			c.step(x)
			for i := range 5 {
				err := w.Check(t.Context())
				if held := errors.Is(err, ErrClock); held != c.held || held != strings.HasPrefix(x.hold, jumped) {
					t.Fatalf("check %d: %v, hold %q; want held %t", i, err, x.hold, c.held)
				}
				x.pass(time.Minute)
			}
			if want := map[bool]int{true: 1}[c.held]; x.holds != want {
				t.Errorf("held %d times, want %d", x.holds, want)
			}
		})
	}
}

func TestAHoldForTheClocksSakeEndsWithARelease(t *testing.T) {
	jumpTo := func(t *testing.T, at time.Time) (*clocks, *Clock) {
		t.Helper()
		x := newClocks()
		w := x.start()
		if err := w.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.wall = at
		if err := w.Check(t.Context()); !errors.Is(err, ErrClock) {
			t.Fatalf("got %v, want a jump", err)
		}
		return x, w
	}
	ahead := time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)
	check := func(t *testing.T, w *Clock, want error) {
		t.Helper()
		if err := w.Check(t.Context()); !errors.Is(err, want) || want == nil && err != nil {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	t.Run("P23 released with the clock as it is: it was right", func(t *testing.T) {
		x, w := jumpTo(t, ahead)
		x.hold = ""
		for range 3 {
			check(t, w, nil)
			x.pass(time.Minute)
		}
	})
	t.Run("P23 the clock is set right, and then released", func(t *testing.T) {
		x, w := jumpTo(t, ahead)
		x.wall = x.database
		check(t, w, ErrClock)
		x.hold = ""
		check(t, w, nil)
	})
	t.Run("P23 released, and then set right: that is a jump, too", func(t *testing.T) {
		x, w := jumpTo(t, ahead)
		x.hold = ""
		check(t, w, nil)
		x.wall = x.database
		check(t, w, ErrClock)
	})
	t.Run("P23 started anew while held: still no job", func(t *testing.T) {
		x, _ := jumpTo(t, ahead)
		x.wall = x.database
		w := x.start()
		check(t, w, ErrClock)
		x.pass(time.Hour)
		check(t, w, ErrClock)
		x.hold = ""
		check(t, w, nil)
	})
	t.Run("P23 started anew after a stop of any length is no jump", func(t *testing.T) {
		for _, stop := range []time.Duration{time.Hour, 24 * time.Hour, 400 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
			x := newClocks()
			check(t, x.start(), nil)
			x.wall, x.database = x.wall.Add(stop), x.database.Add(stop)
			x.passed = time.Minute // the computer was off
			check(t, x.start(), nil)
		}
	})
	t.Run("mail that is held for another reason does not keep jobs from running", func(t *testing.T) {
		x := newClocks()
		x.hold = "a person said so"
		check(t, x.start(), nil)
	})
	t.Run("while the database is away nothing is compared, and then all of it is", func(t *testing.T) {
		x := newClocks()
		w := x.start()
		check(t, w, nil)
		x.away = true
		x.wall = ahead
		check(t, w, tertial.ErrUnavailable)
		x.away = false
		check(t, w, ErrClock)
	})
}

// P29: a clock that is a little wrong changes nothing and is told; one that is days wrong stops everything.
func TestTheDatabasesClockIsAnother(t *testing.T) {
	t.Run("P29 a minute off is not told", func(t *testing.T) {
		x := newClocks()
		x.database = x.database.Add(-time.Minute)
		w := x.start()
		if err := w.Check(t.Context()); err != nil || x.told("WARN") != 0 {
			t.Errorf("%v, %s", err, &x.lines)
		}
	})
	for _, off := range []time.Duration{3 * time.Minute, -3 * time.Minute, 10 * time.Minute, 25 * time.Hour} {
		t.Run("P29 "+off.String()+" off is told once an hour", func(t *testing.T) {
			x := newClocks()
			x.passed, x.database = 0, x.database.Add(off)
			w := x.start()
			for range 5*60 + 1 {
				if err := w.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
				x.pass(time.Minute)
			}
			if got := x.told("WARN"); got != 6 {
				t.Errorf("told %d times in five hours, want at once and then once an hour", got)
			}
		})
	}
	for _, off := range []time.Duration{72 * time.Hour, -72 * time.Hour} {
		t.Run("P29 "+off.String()+" off at the start is held until a person has seen to it", func(t *testing.T) {
			x := newClocks()
			x.database = x.database.Add(off)
			w := x.start()
			for range 3 {
				if err := w.Check(t.Context()); !errors.Is(err, ErrClock) {
					t.Fatalf("got %v, want a jump", err)
				}
				x.pass(time.Minute)
			}
			x.hold = ""
			for range 3 {
				if err := w.Check(t.Context()); err != nil {
					t.Fatalf("released: %v", err)
				}
				x.pass(time.Minute)
			}
			if x.told("ERROR") != 1 {
				t.Errorf("alarmed %d times, want once", x.told("ERROR"))
			}
		})
	}
}
