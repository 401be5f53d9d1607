package simulation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/config"
	"tertial/internal/mail"
	"tertial/internal/policy"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/templates"
)

// Options say how to live.
type Options struct {
	// Dir is where the database is made.
	Dir string
	// Empty is a database made by [MakeEmpty], to be copied; "" makes a new one, which takes longer.
	Empty string
	// Break is a rule that is broken on purpose, to see that it is found out; "" breaks none.
	Break Break
	// Templates saves reading them for each life; nil reads them.
	Templates *templates.Set
}

// Report is how a life went.
type Report struct {
	Seed    uint64
	Nature  string
	Journal []string // what happened, in order
	Wrong   []string // promises that did not hold

	Days, Mails, Copies, Processes, Owed int
}

// MakeEmpty makes an empty database in the folder and returns its path.
func MakeEmpty(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "empty.db")
	s, err := store.Open(ctx, store.Options{Database: path, Migrate: true})
	if err != nil {
		return "", fmt.Errorf("making an empty database: %w", err)
	}
	return path, s.Close()
}

// world is the organisation of one life with all that surrounds the process.
type world struct {
	seed   uint64
	o      Options
	org    *organisation
	nature nature

	zone   *time.Location
	rules  tertial.Rules
	wheel  *calendar.Wheel
	policy *policy.Policy
	letter *mail.Renderer

	path string
	desk *store.Store // of those who change things
	raw  *sql.DB      // of those who check
	post *relay
	sky  *sky
	keen *oracle
	facts

	mu      sync.Mutex
	calm    time.Time
	skew    time.Duration // of the wall clock, from the true time
	stepped bool
	journal []string
	wrong   []string
	begun   int // processes
	process *process
}

// now is what the wall clock says.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skew)
}

// note writes a line into the journal.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Now()
	w.journal = append(w.journal, fmt.Sprintf("%s%+d ", at.In(w.zone).Format("2006-01-02T15:04:05.000000000"), int(w.skew.Hours()))+fmt.Sprintf(format, args...))
}

// broken notes a promise that did not hold.
func (w *world) broken(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// newWorld draws the world of a seed and puts it into its database.
func newWorld(ctx context.Context, seed uint64, o Options) (w *world, err error) {
	w = &world{seed: seed, o: o, org: drawOrganisation(seed), nature: natureOf(seed), facts: newFacts()}
	cfg := config.Default()
	cfg.Coordinator.Email = w.org.coordinatorEmail
	w.rules = cfg.Rules()
	w.zone = w.rules.Zone
	if w.wheel, err = cfg.Wheel(); err != nil {
		return nil, err
	}
	w.policy = policy.New(w.rules, w.wheel)
	if o.Templates == nil {
		if o.Templates, err = templates.Load(""); err != nil {
			return nil, err
		}
	}
	instance := fmt.Sprintf("life%d", seed)
	w.letter, err = mail.NewRenderer(o.Templates, mail.Options{From: "Tertial <tertial@stad.example>", Organisation: "Staden", Coordinator: "ISAM", Instance: instance})
	if err != nil {
		return nil, err
	}
	w.sky, w.post, w.keen = newSky(w), newRelay(w), newOracle(w)
	sleepUntil(w.org.start.At(tertial.Clock(stream(seed, "hour").IntN(24*60)), w.zone))
	if err := w.openDesk(ctx, instance); err != nil {
		return nil, err
	}
	return w, w.settle(ctx)
}

func sleepUntil(at time.Time) { time.Sleep(time.Until(at)) }

// open opens the database.
func (w *world) open(ctx context.Context) (*store.Store, error) {
	return store.Open(ctx, store.Options{Database: w.path, Zone: w.zone, Coordinator: w.rules.Coordinator})
}

func (w *world) openDesk(ctx context.Context, instance string) (err error) {
	w.path = filepath.Join(w.o.Dir, "life.db")
	if w.o.Empty == "" {
		if w.o.Empty, err = MakeEmpty(ctx, w.o.Dir); err != nil {
			return err
		}
	}
	if err := copyFile(w.path, w.o.Empty); err != nil {
		return err
	}
	if w.desk, err = w.open(ctx); err != nil {
		return err
	}
	if w.raw, err = sql.Open("sqlite", "file:"+w.path+"?_query_only=1&_busy_timeout=5000"); err != nil {
		return err
	}
	// It is a copy, which begins in hold.
	return errors.Join(w.desk.Resume(ctx, w.stamp("mail release")), w.desk.SetMeta(ctx, "instance", instance))
}

// writable is the database to those who mean it ill.
func (w *world) writable() (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+w.path+"?_busy_timeout=5000")
}

// count runs a query that counts.
func (w *world) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = w.raw.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// close closes what newWorld opened.
func (w *world) close() error { return errors.Join(w.desk.Close(), w.raw.Close()) }

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// stamp says that somebody changes something now.
func (w *world) stamp(via string) tertial.Stamp { return w.rules.Stamp("cli", via, w.now()) }

// settle stores the people and the actions that are there from the beginning.
func (w *world) settle(ctx context.Context) error {
	if _, _, err := w.desk.SavePeople(ctx, w.stamp("person import"), w.org.people); err != nil {
		return fmt.Errorf("storing people: %w", err)
	}
	for _, a := range w.org.actions {
		stored, err := w.desk.AddAction(ctx, w.stamp("action add"), a)
		if err != nil {
			return fmt.Errorf("storing an action: %w", err)
		}
		w.refs = append(w.refs, stored.Ref)
	}
	return nil
}

// facts are what those who check know about who did what when.
type facts struct {
	refs    []string
	closed  map[string]time.Time // by the true time, while they are closed
	changed map[string][]time.Time
	retried map[int64]bool // messages that somebody asked for
	held    bool
	resent  map[int64]bool // messages that were in doubt, by what the process was told
	looked  []look
}

// look is a pass of remind that went through in the hours: the true time, and the day on the wall.
type look struct {
	at  time.Time
	day tertial.Date
}

// span is a time during which something was so.
type span struct{ from, to time.Time }

func newFacts() facts {
	return facts{closed: map[string]time.Time{}, changed: map[string][]time.Time{}, retried: map[int64]bool{}, resent: map[int64]bool{}}
}

// touch notes that an action was changed, "" for all.
func (w *world) touch(ref string) {
	w.changed[ref] = append(w.changed[ref], time.Now())
	w.keen.touched(ref)
}

// earliest is the first of instants that is not zero, zero where there is none.
func earliest(all ...time.Time) time.Time {
	var first time.Time
	for _, at := range all {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
