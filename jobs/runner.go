package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"tertial/internal/tertial"
)

// Entry is a job with its cron line.
type Entry struct {
	Name string
	Spec string // five fields, in the runner's zone
	Job  Job
	// Wakes names the entry that runs at once after this one has queued something.
	Wakes string
	// Next tells when the job has something to do again, after now: it is run then, to the millisecond, and does
	// not wait for its line. nil, zero or an error leave it to the line.
	Next func(ctx context.Context, now time.Time) (time.Time, error)
}

// Ledger keeps the record of each run that did something or failed.
type Ledger interface {
	RecordRun(ctx context.Context, job string, started, ended time.Time, result string, failed error) error
}

// Runner runs jobs by the clock. A tick only looks: one that is missed, doubled or late
// changes nothing, and no job runs twice at once in one process.
type Runner struct {
	zone    *time.Location
	now     func() time.Time
	ledger  Ledger
	log     *slog.Logger
	entries []Entry

	// Before is asked before each run; with an error the job does not run. nil asks nothing.
	Before func(ctx context.Context) error

	wakes map[string]chan struct{} // says that the entry is to run
	beat  atomic.Int64             // real clock, unix milliseconds, of the last run that went through
	pulse atomic.Int64             // the same of the last run that ended

	mu   sync.Mutex
	away map[string]bool // the entries whose last run did not reach the database
}

// NewRunner returns a runner for the entries. now is the clock that jobs and cron lines
// see; a rehearsal's differs from the real one by a constant.
func NewRunner(zone *time.Location, now func() time.Time, ledger Ledger, log *slog.Logger, entries []Entry) (*Runner, error) {
	r := &Runner{zone: zone, now: now, ledger: ledger, log: log, entries: entries, wakes: map[string]chan struct{}{}, away: map[string]bool{}}
	for _, e := range entries {
		if _, err := parse(e.Spec); err != nil {
			return nil, fmt.Errorf("jobs.%s: %w", e.Name, err)
		}
		r.wakes[e.Name] = make(chan struct{}, 1)
	}
	return r, nil
}

// parse reads a cron line; some broken ones make the parser panic.
func parse(spec string) (s cron.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("%q is no cron line: %v", spec, p)
		}
	}()
	return cron.ParseStandard(spec)
}

// shifted is a schedule read by a clock that is ahead of the real one.
type shifted struct {
	cron.Schedule
	ahead time.Duration
}

// Next is in the real clock's time, as cron wants it.
func (s shifted) Next(t time.Time) time.Time {
	next := s.Schedule.Next(t.Add(s.ahead))
	if next.IsZero() {
		return next
	}
	return next.Add(-s.ahead)
}

// lead is by how much a clock is ahead, to the millisecond. It is never more than it is: what looks a moment before the hour at
// which mail may go sees it closed, and the next look is a minute away.
func lead(d time.Duration) time.Duration {
	if d.Abs() < time.Millisecond {
		return 0
	}
	ahead := d.Truncate(time.Millisecond)
	if ahead > d {
		ahead -= time.Millisecond
	}
	return ahead
}

// Run runs every job once, to catch up after a stop of any length, and then by its cron line, when it is woken, and when
// it has said to, until ctx ends. It returns when the last job has.
func (r *Runner) Run(ctx context.Context) error {
	for _, e := range r.entries {
		if err := r.run(ctx, e); errors.Is(err, tertial.ErrUnavailable) {
			r.Wake(e.Name)
		}
	}
	ahead := lead(time.Until(r.now()))
	ticker := cron.New(cron.WithLocation(r.zone), cron.WithLogger(cron.DiscardLogger),
		// Recover innermost: the other way round one panic would have the job skipped for ever.
		cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger), cron.Recover(cron.DiscardLogger)))
	for _, e := range r.entries {
		schedule, err := parse(e.Spec)
		if err != nil {
			return fmt.Errorf("jobs.%s: %w", e.Name, err)
		}
		ticker.Schedule(shifted{schedule, ahead}, cron.FuncJob(func() { r.Wake(e.Name) }))
	}
	var crew sync.WaitGroup
	for _, e := range r.entries {
		crew.Go(func() { r.attend(ctx, e) })
	}
	ticker.Start()
	<-ctx.Done()
	<-ticker.Stop().Done()
	crew.Wait()
	return nil
}

// Wake has entries run as soon as may be; those that run already run once more.
func (r *Runner) Wake(names ...string) {
	for _, name := range names {
		select {
		case r.wakes[name] <- struct{}{}:
		default: // it is to run anyway
		}
	}
}

// attend runs one entry whenever it is time, one run at a time, until ctx ends. While the database is away it is
// asked again and again, at growing distances and whatever wakes the entry.
func (r *Runner) attend(ctx context.Context, e Entry) {
	away := backoff{jitter: rand.Float64}
	for {
		alarm, due := r.alarm(ctx, e)
		select {
		case <-ctx.Done():
		case <-alarm.C:
			if !due {
				continue
			}
		case <-r.wakes[e.Name]:
		}
		alarm.Stop()
		for errors.Is(r.run(ctx, e), tertial.ErrUnavailable) && away.sleep(ctx) {
		}
		if away.reset(); ctx.Err() != nil {
			return
		}
	}
}

// longest is how far ahead an alarm is set: timers go by another clock than the wall's, and what is due may change.
const longest = time.Minute

// alarm goes off when the entry's job has something to do, or when that is to be asked again.
func (r *Runner) alarm(ctx context.Context, e Entry) (alarm *time.Timer, due bool) {
	if e.Next == nil || ctx.Err() != nil {
		never := time.NewTimer(longest)
		never.Stop()
		return never, false
	}
	now := r.now()
	next, err := e.Next(ctx, now)
	if err != nil || !next.After(now) || next.Sub(now) > longest {
		return time.NewTimer(longest), false
	}
	return time.NewTimer(next.Sub(now)), true
}

// Beat returns when a job last went through, by the real clock; a daemon whose beat is
// old does not do its work.
func (r *Runner) Beat() time.Time { return time.UnixMilli(r.beat.Load()) }

// Away reports whether a job could not do its work when it last ran, because the database could not be reached or
// written. That it can be read proves little.
func (r *Runner) Away() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.away) > 0
}

// Pulse returns when a job last ended, well or not; a daemon whose pulse is old hangs. One whose database is away, or
// whose clock has jumped, has a pulse and no beat: to start it anew would not help.
func (r *Runner) Pulse() time.Time { return time.UnixMilli(r.pulse.Load()) }

// run runs one entry, and wakes the one that it wakes.
func (r *Runner) run(ctx context.Context, e Entry) error {
	if ctx.Err() != nil {
		return nil
	}
	result, err := r.guarded(ctx, e)
	if result.Composed > 0 && e.Wakes != "" {
		r.Wake(e.Wakes)
	}
	return err
}

func (r *Runner) guarded(ctx context.Context, e Entry) (result Result, err error) {
	started := r.now()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		r.done(ctx, e, started, result, err)
	}()
	if r.Before != nil {
		if err := r.Before(ctx); err != nil {
			return result, err
		}
	}
	return e.Job.Run(ctx, started)
}

// done logs and records a run that did something or failed; most find nothing to do.
func (r *Runner) done(ctx context.Context, e Entry, started time.Time, result Result, err error) {
	r.mu.Lock()
	if delete(r.away, e.Name); errors.Is(err, tertial.ErrUnavailable) {
		r.away[e.Name] = true
	}
	r.mu.Unlock()
	now := time.Now().UnixMilli()
	r.pulse.Store(now)
	if err == nil {
		r.beat.Store(now)
	}
	for _, fault := range result.Faults {
		r.log.Error("left out", "job", e.Name, "error", fault)
	}
	idle := Result{}.String()
	switch {
	case err != nil && ctx.Err() != nil:
		r.log.Info("stopped", "job", e.Name)
		return
	case err != nil:
		r.log.Error("job failed", "job", e.Name, "error", err)
	case result.String() != idle:
		r.log.Info("job done", "job", e.Name, "result", result.String())
	default:
		return
	}
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceToRecord)
	defer cancel()
	if failed := r.ledger.RecordRun(write, e.Name, started, r.now(), result.String(), err); failed != nil {
		r.log.Error("cannot record a run", "job", e.Name, "error", failed)
	}
}
