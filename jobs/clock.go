package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// jump is how far the wall clock may move against another one before nothing is believed any more: more than
	// a day, with a summer time.
	jump = 26 * time.Hour
	// skew is how far it may be from the database's before somebody is told.
	skew = 2 * time.Minute
	// skewEvery is how often they are told.
	skewEvery = time.Hour
)

// jumped begins the reason of a hold for the clock's sake.
const jumped = "the clock of this computer has jumped"

// ErrClock is that no job runs until a person has confirmed the time.
var ErrClock = errors.New("the clock has jumped; see to the time, and then: tertial mail release")

// ClockStore is what [Clock] needs of the database.
type ClockStore interface {
	// Now is the clock of the database's computer.
	Now(ctx context.Context) (time.Time, error)
	Held(ctx context.Context) (reason string, held bool, err error)
	// HoldFor holds all mail for the reason, if it is not held already.
	HoldFor(ctx context.Context, reason string) error
}

// Clock watches the wall clock, which a slip of the hand or of a time server can set by years. While the process runs, the
// wall clock must keep step with a clock that nobody can set, and with the database's; if it does not, mail is held
// and no job runs until the hold is released. A stop of any length is no jump: who starts anew begins with the clock as it is.
type Clock struct {
	Store ClockStore
	Wall  func() time.Time
	// Passed is a clock that nobody can set, and that goes on while the computer sleeps.
	Passed func() time.Duration
	Log    *slog.Logger

	mu     sync.Mutex
	wall   time.Time // when they were last compared
	passed time.Duration
	off    time.Duration // by how much the wall clock was ahead of the database's, 0 at the start
	held   bool          // by us, as far as we know
	skewed bool          // somebody has been told that the two differ, at told
	told   time.Duration
}

// Check compares the clocks. It returns [ErrClock] while a jump stands.
func (c *Clock) Check(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, passed := c.Wall().Round(0), c.Passed()
	server, err := c.Store.Now(ctx)
	if err != nil {
		return fmt.Errorf("asking the database for its time: %w", err)
	}
	off := wall.Sub(server)
	moved := off - c.off
	if against := wall.Sub(c.wall) - (passed - c.passed); !c.wall.IsZero() && against.Abs() > moved.Abs() {
		moved = against
	}
	reason, held, err := c.Store.Held(ctx)
	if err != nil {
		return fmt.Errorf("asking whether mail is held: %w", err)
	}
	if c.held && !held {
		c.held = false // a person has seen to it, and what the clock says now is right
	}
	standing := held && strings.HasPrefix(reason, jumped)
	switch {
	case !c.held && !standing && moved.Abs() > jump:
		c.Log.Error("the clock has jumped: no job runs until mail is released", "by", moved.Round(time.Second), "wall", wall.UTC().Format(time.RFC3339))
		if err := c.Store.HoldFor(ctx, fmt.Sprintf("%s by %v", jumped, moved.Round(time.Minute))); err != nil {
			return fmt.Errorf("holding mail: %w", err)
		}
		c.held, standing = true, true
	case off.Abs() > skew && (!c.skewed || passed-c.told >= skewEvery):
		c.skewed, c.told = true, passed
		c.Log.Warn("the clocks of this computer and of the database differ", "by", off.Round(time.Second))
	}
	c.wall, c.passed, c.off = wall, passed, off
	if c.held || standing {
		return ErrClock
	}
	return nil
}
