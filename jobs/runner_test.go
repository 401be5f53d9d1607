package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type jobFunc func(ctx context.Context, now time.Time) (Result, error)

func (f jobFunc) Run(ctx context.Context, now time.Time) (Result, error) { return f(ctx, now) }

// book records runs in memory.
type book struct {
	mu   sync.Mutex
	runs []string
}

func (b *book) RecordRun(_ context.Context, job string, _, _ time.Time, result string, failed error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if failed != nil {
		result = failed.Error()
	}
	b.runs = append(b.runs, job+": "+result)
	return nil
}

// tally counts runs by name.
type tally struct {
	mu   sync.Mutex
	runs map[string]int
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs == nil {
		c.runs = map[string]int{}
	}
	c.runs[name]++
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// start runs a runner until the test has slept, and waits for its end.
func start(t *testing.T, r *Runner, sleep time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	time.Sleep(sleep)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestEveryJobRunsAtTheStartAndThenByItsLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count tally
		counted := func(name string) Job {
			return jobFunc(func(context.Context, time.Time) (Result, error) { count.add(name); return Result{}, nil })
		}
		r, err := NewRunner(time.UTC, time.Now, &book{}, quiet, []Entry{
			{Name: "minute", Spec: "* * * * *", Job: counted("minute")}, {Name: "daily", Spec: "30 7 * * *", Job: counted("daily")},
		})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, 48*time.Hour+time.Second) // from 2000-01-01 00:00
		if runs := count.runs; runs["minute"] != 1+48*60 || runs["daily"] != 1+2 {
			t.Errorf("ran %v, want 2881 and 3", count.runs)
		}
		if age := time.Since(r.Beat()); age > time.Minute {
			t.Errorf("the last beat is %v old", age)
		}
	})
}

func TestAJobThatPanicsOrFailsGoesOnAndTheOthersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count tally
		b := &book{}
		r, err := NewRunner(time.UTC, time.Now, b, quiet, []Entry{
			{Name: "panics", Spec: "* * * * *", Job: jobFunc(func(context.Context, time.Time) (Result, error) { count.add("panics"); panic("poison") })},
			{Name: "fails", Spec: "* * * * *", Job: jobFunc(func(context.Context, time.Time) (Result, error) {
				count.add("fails")
				return Result{}, errors.New("no database")
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, 10*time.Minute+time.Second)
		if count.runs["panics"] != 11 || count.runs["fails"] != 11 || len(b.runs) != 22 {
			t.Errorf("ran %v, recorded %d; want 11 each, all recorded", count.runs, len(b.runs))
		}
	})
}

func TestALongRunIsNotOverlapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, most, runs := 0, 0, 0
		r, err := NewRunner(time.UTC, time.Now, &book{}, quiet, []Entry{{Name: "slow", Spec: "* * * * *",
			Job: jobFunc(func(context.Context, time.Time) (Result, error) {
				running++
				runs++
				most = max(most, running)
				time.Sleep(150 * time.Second)
				running--
				return Result{}, nil
			})}})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, 20*time.Minute)
		if most != 1 || runs < 6 {
			t.Errorf("%d at once in %d runs, want one at a time, again and again", most, runs)
		}
	})
}

func TestWhatIsQueuedWakesDeliverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var delivered []time.Time
		r, err := NewRunner(time.UTC, time.Now, &book{}, quiet, []Entry{
			{Name: "remind", Spec: "30 7 * * *", Wakes: "deliver", Job: jobFunc(func(context.Context, time.Time) (Result, error) { return Result{Composed: 2}, nil })},
			{Name: "deliver", Spec: "0 0 1 1 *", Job: jobFunc(func(_ context.Context, now time.Time) (Result, error) {
				delivered = append(delivered, now)
				return Result{}, nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, 8*time.Hour)
		if n := len(delivered); n != 3 || delivered[2].Format("15:04:05") != "07:30:00" {
			t.Errorf("delivered at %v, want at the start and with remind at 07:30", delivered)
		}
	})
}

func TestARehearsalReadsCronLinesByItsOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := 26*time.Hour + 10*time.Minute
		var at []time.Time
		r, err := NewRunner(time.UTC, func() time.Time { return time.Now().Add(ahead) }, &book{}, quiet, []Entry{
			{Name: "daily", Spec: "30 7 * * *", Job: jobFunc(func(_ context.Context, now time.Time) (Result, error) {
				at = append(at, now)
				return Result{}, nil
			})}})
		if err != nil {
			t.Fatal(err)
		}
		start(t, r, 24*time.Hour)
		if len(at) != 2 || at[1].Format(time.DateTime) != "2000-01-02 07:30:00" {
			t.Errorf("ran at %v, want at its own start and at 07:30 of its own day", at)
		}
	})
}

func TestABrokenLineIsAnErrorNotAPanic(t *testing.T) {
	for _, spec := range []string{"", "TZ=", "CRON_TZ=x", "61 * * * *", "* * * *", "hello"} {
		_, err := NewRunner(time.UTC, time.Now, &book{}, quiet, []Entry{{Name: "remind", Spec: spec}})
		if err == nil {
			t.Errorf("the line %q was taken", spec)
		}
	}
}
