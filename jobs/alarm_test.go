package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// times gathers when a job ran.
type times struct {
	mu sync.Mutex
	at []time.Time
}

func (x *times) note(now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.at = append(x.at, now)
}

// counted is a job that notes when it runs, and does work.
func counted(x *times, work func(now time.Time) error) Job {
	return jobFunc(func(_ context.Context, now time.Time) (Result, error) {
		x.note(now)
		if work == nil {
			return Result{}, nil
		}
		return Result{}, work(now)
	})
}

func runnerOf(t *testing.T, entries ...Entry) *Runner {
	t.Helper()
	r, err := NewRunner(time.UTC, time.Now, &book{}, quiet, entries)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// yearly is a line that does not come up in a test.
const yearly = "0 0 1 7 *"

func TestAJobRunsWhenItHasSomethingToDo(t *testing.T) {
	for _, after := range []time.Duration{time.Millisecond, 777 * time.Millisecond, 59*time.Second + 123*time.Millisecond, time.Minute,
		time.Minute + time.Millisecond, 90 * time.Second, 7*time.Hour + 30*time.Minute, 50 * time.Hour} {
		t.Run(fmt.Sprintf("%v ahead, whatever its line says", after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ran times
				due := time.Now().Add(time.Second + after)
				start(t, runnerOf(t, Entry{Name: "deliver", Spec: yearly, Job: counted(&ran, nil),
					Next: func(_ context.Context, now time.Time) (time.Time, error) {
						if now.Before(due) {
							return due, nil
						}
						return time.Time{}, nil
					}}), after+time.Hour)
				if len(ran.at) != 2 || !ran.at[1].Equal(due) {
					t.Errorf("ran at %v, want at the start and at %v", ran.at, due)
				}
			})
		})
	}
	t.Run("what is due earlier is found within a minute, and at once when the job is woken", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var ran times
			begun := time.Now()
			var mu sync.Mutex
			due := begun.Add(10 * time.Hour)
			r := runnerOf(t, Entry{Name: "deliver", Spec: yearly, Job: counted(&ran, nil),
				Next: func(_ context.Context, now time.Time) (time.Time, error) {
					mu.Lock()
					defer mu.Unlock()
					if !due.After(now) {
						return time.Time{}, nil
					}
					return due, nil
				}})
			time.AfterFunc(time.Hour+30*time.Second, func() {
				mu.Lock()
				defer mu.Unlock()
				due = begun.Add(time.Hour + 80*time.Second)
			})
			time.AfterFunc(2*time.Hour, func() { r.Wake("deliver") })
			start(t, r, 5*time.Hour)
			if len(ran.at) != 3 || ran.at[1].Sub(begun) != time.Hour+80*time.Second || ran.at[2].Sub(begun) != 2*time.Hour {
				t.Errorf("ran at %v, want at the start, after 1h1m20s and 2h", ran.at)
			}
		})
	})
	t.Run("an error leaves it to the line", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var ran times
			start(t, runnerOf(t, Entry{Name: "deliver", Spec: "*/10 * * * *", Job: counted(&ran, nil),
				Next: func(context.Context, time.Time) (time.Time, error) { return time.Time{}, errors.New("no answer") }}), time.Hour+time.Second)
			if len(ran.at) != 7 {
				t.Errorf("ran %d times in an hour, want 7", len(ran.at))
			}
		})
	})
}

func TestAWakeDuringARunHasItRunOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran times
		begun := time.Now()
		var r *Runner
		r = runnerOf(t, Entry{Name: "deliver", Spec: yearly, Job: counted(&ran, func(now time.Time) error {
			if len(ran.at) == 2 {
				for range 5 {
					time.Sleep(time.Second)
					r.Wake("deliver")
				}
			}
			return nil
		})})
		time.AfterFunc(time.Minute, func() { r.Wake("deliver") })
		start(t, r, time.Hour)
		if len(ran.at) != 3 || ran.at[2].Sub(begun) != time.Minute+5*time.Second {
			t.Errorf("ran at %v, want once more, when the run had ended", ran.at)
		}
	})
}

// P30: while the database is away a job is tried at growing, spread distances of 15 s at most, so that it is back within a
// minute of the database. The others are tried by themselves.
func TestAJobComesBackWithTheDatabase(t *testing.T) {
	for seed := range 20 {
		synctest.Test(t, func(t *testing.T) {
			var ran, other times
			begun := time.Now()
			gone, back := begun.Add(10*time.Minute), begun.Add(40*time.Minute+time.Duration(seed)*7*time.Second)
			away := func(now time.Time) error {
				if !now.Before(gone) && now.Before(back) {
					return fmt.Errorf("claiming: %w", tertial.ErrUnavailable)
				}
				return nil
			}
			start(t, runnerOf(t, Entry{Name: "deliver", Spec: "*/5 * * * *", Job: counted(&ran, away)},
				Entry{Name: "remind", Spec: "*/5 * * * *", Job: counted(&other, away)}), 50*time.Minute)
			var last time.Time
			returned := false
			for _, at := range ran.at {
				if at.After(gone) && at.Before(back) {
					if wait := at.Sub(last); last.After(gone) && wait > backoffMost+time.Millisecond {
						t.Errorf("P30 %v between two tries, want 15 s at most", wait)
					}
				}
				if !at.Before(back) && !returned {
					returned = true
					if late := at.Sub(back); late > time.Minute {
						t.Errorf("P30 back %v after the database, want within a minute", late)
					}
				}
				last = at
			}
			if !returned || len(ran.at) > 1000 {
				t.Errorf("P30 tried %d times, back %t", len(ran.at), returned)
			}
		})
	}
	t.Run("P30 two replicas do not come at the same moments", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var one, two times
			always := func(time.Time) error { return tertial.ErrUnavailable }
			start(t, runnerOf(t, Entry{Name: "a", Spec: yearly, Job: counted(&one, always)},
				Entry{Name: "b", Spec: yearly, Job: counted(&two, always)}), time.Hour)
			same := 0
			for _, a := range one.at[1:] {
				for _, b := range two.at[1:] {
					if a.Equal(b) {
						same++
					}
				}
			}
			if same > len(one.at)/4 || len(one.at) < 100 {
				t.Errorf("%d of %d tries at the same moment", same, len(one.at))
			}
		})
	})
	t.Run("a first run that fails is made up for soon", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var ran times
			begun := time.Now()
			start(t, runnerOf(t, Entry{Name: "deliver", Spec: yearly, Job: counted(&ran, func(now time.Time) error {
				if now.Sub(begun) < 30*time.Second {
					return tertial.ErrUnavailable
				}
				return nil
			})}), time.Hour)
			if last := ran.at[len(ran.at)-1].Sub(begun); last > time.Minute {
				t.Errorf("it went through %v after the start, want within a minute", last)
			}
		})
	})
}

func TestBeforeStopsEachRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran times
		b := &book{}
		r, err := NewRunner(time.UTC, time.Now, b, quiet, []Entry{{Name: "remind", Spec: "* * * * *", Job: counted(&ran, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		r.Before = func(context.Context) error {
			if time.Since(begun) < 30*time.Minute {
				return ErrClock
			}
			return nil
		}
		start(t, r, time.Hour+time.Second)
		if len(ran.at) != 31 || ran.at[0].Sub(begun) != 30*time.Minute || len(b.runs) != 30 {
			t.Errorf("ran %d times, first at %v, %d refusals recorded; want 31 from 00:30 on, 30", len(ran.at), ran.at[:1], len(b.runs))
		}
		if age := time.Since(r.Beat()); age > time.Minute {
			t.Errorf("the beat is %v old, want it back", age)
		}
	})
}
