package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
)

// Entry is a job with its cron line.
type Entry struct {
	Name string
	Spec string // five fields, in the runner's zone
	Job  Job
	// Wakes names the entry that runs at once after this one has queued something.
	Wakes string
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

	guards map[string]*sync.Mutex // held while the entry's job runs
	beat   atomic.Int64           // real clock, unix milliseconds, of the last run that went through
}

// NewRunner returns a runner for the entries. now is the clock that jobs and cron lines
// see; a rehearsal's differs from the real one by a constant.
func NewRunner(zone *time.Location, now func() time.Time, ledger Ledger, log *slog.Logger, entries []Entry) (*Runner, error) {
	r := &Runner{zone: zone, now: now, ledger: ledger, log: log, entries: entries, guards: map[string]*sync.Mutex{}}
	for _, e := range entries {
		if _, err := parse(e.Spec); err != nil {
			return nil, fmt.Errorf("jobs.%s: %w", e.Name, err)
		}
		r.guards[e.Name] = new(sync.Mutex)
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

// Run runs every job once, to catch up after a stop of any length, and then by its cron line until
// ctx ends. It returns when the last job has.
func (r *Runner) Run(ctx context.Context) error {
	for _, e := range r.entries {
		r.run(ctx, e)
	}
	ahead := time.Until(r.now()).Round(time.Second)
	ticker := cron.New(cron.WithLocation(r.zone), cron.WithLogger(cron.DiscardLogger),
		// Recover innermost: the other way round one panic would have the job skipped for ever.
		cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger), cron.Recover(cron.DiscardLogger)))
	for _, e := range r.entries {
		schedule, err := parse(e.Spec)
		if err != nil {
			return fmt.Errorf("jobs.%s: %w", e.Name, err)
		}
		ticker.Schedule(shifted{schedule, ahead}, cron.FuncJob(func() { r.run(ctx, e) }))
	}
	ticker.Start()
	<-ctx.Done()
	<-ticker.Stop().Done()
	return nil
}

// Beat returns when a job last went through, by the real clock; a daemon whose beat is
// old has stopped working.
func (r *Runner) Beat() time.Time { return time.UnixMilli(r.beat.Load()) }

// run runs one entry, unless it runs already, and the one that it wakes.
func (r *Runner) run(ctx context.Context, e Entry) {
	guard := r.guards[e.Name]
	if ctx.Err() != nil || !guard.TryLock() {
		return
	}
	result := r.guarded(ctx, e, guard)
	if result.Composed == 0 || e.Wakes == "" {
		return
	}
	for _, woken := range r.entries {
		if woken.Name == e.Wakes {
			r.run(ctx, woken)
		}
	}
}

func (r *Runner) guarded(ctx context.Context, e Entry, guard *sync.Mutex) (result Result) {
	defer guard.Unlock()
	started := r.now()
	var err error
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		r.done(ctx, e, started, result, err)
	}()
	result, err = e.Job.Run(ctx, started)
	return result
}

// done logs and records a run that did something or failed; most find nothing to do.
func (r *Runner) done(ctx context.Context, e Entry, started time.Time, result Result, err error) {
	if err == nil {
		r.beat.Store(time.Now().UnixMilli())
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
