package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// A mail may have been sent only if its mark is there, is not old, and was made while the claim was held (P8, P28).
func TestAGroupIsMarkedOnceBeforeItsFirstDot(t *testing.T) {
	for _, c := range []struct {
		name string
		each time.Duration
		most int // messages in a mark
		life time.Duration
	}{
		{"fast: two groups of 16 at most", time.Millisecond, 16, 32 * time.Millisecond},
		{"as many as go in 250 ms, in two groups", 25 * time.Millisecond, 5, 250 * time.Millisecond},
		{"slow: one by one", 400 * time.Millisecond, 1, 400 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(200), &post{each: c.each}
				office(t, o, p, 1).mustRun(t, monday())
				sentAt, largest := map[int64]time.Time{}, 0
				for _, d := range p.sent {
					sentAt[d.id] = d.at
				}
				seen := map[int64]bool{}
				for _, m := range o.marks {
					largest = max(largest, len(m.ids))
					for _, id := range m.ids {
						if seen[id] {
							t.Errorf("message %d is marked twice", id)
						}
						seen[id] = true
						if wait := sentAt[id].Sub(m.at); wait < 0 || wait > c.life {
							t.Errorf("the dot of %d comes %v after its mark, want 0 to %v", id, wait, c.life)
						}
					}
				}
				if len(p.sent) != 200 || len(seen) != 200 || largest != c.most {
					t.Errorf("%d sent, %d marked, %d in the largest group; want 200, 200, %d", len(p.sent), len(seen), largest, c.most)
				}
			})
		})
	}
}

func TestAMarkThatIsOlderThanASecondIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(40)
		p := &post{jitter: func(n int) time.Duration {
			if n == 5 {
				return 3 * time.Second // in the middle of a group
			}
			return time.Millisecond
		}}
		office(t, o, p, 1).mustRun(t, monday())
		last := map[int64]time.Time{}
		twice := 0
		for _, m := range o.marks {
			for _, id := range m.ids {
				if !last[id].IsZero() {
					twice++
				}
				last[id] = m.at
			}
		}
		for _, d := range p.sent {
			if age := d.at.Sub(last[d.id]); age > markLife {
				t.Errorf("the mark of %d is %v old at its dot", d.id, age)
			}
		}
		if len(p.sent) != 40 || twice == 0 {
			t.Errorf("%d sent, %d marked again; want 40, and some", len(p.sent), twice)
		}
	})
}

func TestALostClaimIsNotSent(t *testing.T) {
	t.Run("P28 a fence that has moved: the others of its group go", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(60), &post{each: time.Millisecond}
			o.lost = map[int64]bool{3: true, 20: true, 21: true}
			r := office(t, o, p, 2).mustRun(t, monday())
			for id := range o.lost {
				if slices.Contains(p.ids(), id) {
					t.Errorf("%d was sent, and another worker has it", id)
				}
			}
			if r.Sent != 57 || r.Failed+r.Later != 0 || len(r.Faults) != 0 {
				t.Errorf("got %s, want 57 sent and nothing else", r)
			}
			if n := len(o.outcomes(tertial.Returned)); n != 3 {
				t.Errorf("%d outcomes are of claims that are lost, want 3 that change nothing", n)
			}
		})
	})
	t.Run("P28 a lease that ran out between RCPT and DATA, as it does while the process is stopped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(1), &post{each: 10 * time.Minute}
			o.onRenew = func() error { return errors.New("stopped") }
			r := office(t, o, p, 1).mustRun(t, monday())
			if got := o.outcomes(tertial.Returned); len(p.ids()) != 0 || r.Sent != 0 || len(got) != 1 || !got[0].Undotted {
				t.Errorf("got %s, returned %v; want nothing sent", r, got)
			}
		})
	})
	t.Run("F15 a lease that ran out between dot and record: accepted is recorded all the same", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(1), &post{each: 8 * time.Minute}
			broken := false
			o.onRenew = func() error {
				if broken = broken || time.Now().Minute() >= 4; broken {
					return errors.New("stopped")
				}
				return nil
			}
			r := office(t, o, p, 1).mustRun(t, monday())
			if r.Sent != 1 || len(o.outcomes(tertial.Accepted)) != 1 {
				t.Errorf("got %s, want it accepted", r)
			}
		})
	})
}

func TestTheMarksOfSeveralLinesAreOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, p := newOutbox(400), &post{each: 100 * time.Millisecond}
		o.slow = 20 * time.Millisecond // while one mark is made, others come to wish for theirs
		office(t, o, p, 16).mustRun(t, monday())
		joined := 0
		for _, m := range o.marks {
			if len(m.ids) > 2 {
				joined++ // a line at this pace has two mails in a group
			}
		}
		if len(p.sent) != 400 || joined == 0 {
			t.Errorf("%d sent in %d marks, %d of them of several lines; want 400 and some", len(p.sent), len(o.marks), joined)
		}
	})
}

func TestAMarkThatCannotBeMadeStopsTheRun(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
	}{
		{"the database is away", fmt.Errorf("marking: %w", tertial.ErrUnavailable)},
		{"a fault that stays", errors.New("no such column")},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(500), &post{each: time.Millisecond}
				o.onMark = func() error { return c.err }
				r, err := office(t, o, p, 4).Run(t.Context(), monday())
				if !errors.Is(err, c.err) || r.Sent != 0 || len(p.ids()) != 0 {
					t.Errorf("got %s, %v; want nothing sent, and the reason", r, err)
				}
				if len(p.tries) > 8 {
					t.Errorf("%d mails were begun after the first could not be marked, want no more than the lines had", len(p.tries))
				}
				if n := o.count()[tertial.MessageQueued]; n != 500 || len(o.attempts()) != 0 {
					t.Errorf("%d queued with %d attempts burnt, want 500 and none", n, len(o.attempts()))
				}
			})
		})
	}
}

func TestOneMailThatBreaksDoesNotStopTheOthers(t *testing.T) {
	t.Run("P12 one bad render among a thousand", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(1000), &post{each: time.Millisecond}
			j := office(t, o, p, 4)
			j.Renderer = scribe{broken: map[int64]bool{500: true}}
			r := j.mustRun(t, monday())
			if r.Sent != 999 || r.Failed != 1 || len(r.Faults) != 1 || o.messages[500].state != tertial.MessageFailed {
				t.Errorf("got %s, message 500 %s; want 999 sent and that one failed", r, o.messages[500].state)
			}
		})
	})
	t.Run("F42 a template that panics", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(50), &post{each: time.Millisecond}
			j := office(t, o, p, 2)
			j.Renderer = scribe{deadly: map[int64]bool{1: true, 2: true, 30: true}}
			if r := j.mustRun(t, monday()); r.Sent != 47 || r.Failed != 3 {
				t.Errorf("got %s, want 47 sent and 3 failed", r)
			}
		})
	})
	for _, dotted := range []bool{false, true} {
		t.Run(fmt.Sprintf("F42 sending panics, after the dot %t", dotted), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, p := newOutbox(50), &post{each: time.Millisecond}
				p.onSend = func(_ context.Context, id int64, beforeDot func() error) *tertial.Outcome {
					if id != 7 {
						return nil
					}
					if dotted && beforeDot() != nil {
						t.Error("the dot is not allowed")
					}
					panic("a reply that nobody expects")
				}
				r := office(t, o, p, 2).mustRun(t, monday())
				want := tertial.MessageFailed
				if dotted {
					want = tertial.MessageUnknown
				}
				if r.Sent != 49 || o.messages[7].state != want || p.open != 0 {
					t.Errorf("got %s, message 7 %s, %d lines open; want 49 sent, %s, and its line closed", r, o.messages[7].state, p.open, want)
				}
			})
		})
	}
	t.Run("large mails do not add up on a desk", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o, p := newOutbox(100), &post{each: time.Millisecond}
			j := office(t, o, p, 1)
			j.Renderer = scribe{size: 200 << 10}
			if r := j.mustRun(t, monday()); r.Sent != 100 {
				t.Errorf("got %s, want 100 sent", r)
			}
			for _, m := range o.marks {
				if len(m.ids) > 3 {
					t.Errorf("%d mails of 200 KiB in a group, want 3 at most", len(m.ids))
				}
			}
		})
	})
}
