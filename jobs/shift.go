package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tertial/internal/tertial"
)

const (
	// claimLimit is how many messages a claim takes at least, and claimMost at most: between them, what the relay took
	// in the last second.
	claimLimit = 100
	claimMost  = 400
	claimLease = 30 * time.Second
	// renewEvery is how often the leases of what is under way are extended.
	renewEvery = 10 * time.Second
	// recordWithin is how long an outcome waits for others to be recorded with, and recordMost how many those are.
	recordWithin = 50 * time.Millisecond
	recordMost   = 256
	// graceToRecord is how long outcomes may take to be written after a stop.
	graceToRecord = 10 * time.Second
)

// shift is one run of deliver.
type shift struct {
	*Deliver
	start time.Time // the run's now
	began time.Time // the same by the real clock

	queue    chan tertial.Claim
	outcomes chan tertial.Outcome
	marks    chan *marking
	slots    *slots
	inHand   sync.WaitGroup // messages handed out that hands are not done with

	low    atomic.Int64  // how few messages in the queue have feed claim more
	hungry chan struct{} // says that there are as few

	mu       sync.Mutex
	underway map[int64]tertial.Claim // claimed and not recorded, by message
	recorded int
	halted   bool  // no message is begun any more
	setback  error // what went wrong with the database, though it may have been made good

	givenUp bool // collect waits for the database no longer
}

func newShift(j *Deliver, now time.Time) *shift {
	return &shift{Deliver: j, start: now, began: time.Now(),
		queue: make(chan tertial.Claim, 2*claimMost), hungry: make(chan struct{}, 1), outcomes: make(chan tertial.Outcome, recordMost), marks: make(chan *marking),
		slots:    newSlots(max(j.Connections, 1)),
		underway: map[int64]tertial.Claim{}}
}

// now is the run's now, and the time that has passed since.
func (s *shift) now() time.Time { return s.start.Add(time.Since(s.began)) }

// run has every station work until nothing is left to claim, and all outcomes are recorded.
func (s *shift) run(ctx context.Context, r *Result) error {
	var fed error
	var crew, helpers sync.WaitGroup
	crew.Go(func() { fed = s.feed(ctx) })
	crew.Go(func() {
		first := &hand{shift: s}
		for s.pause.failing() && !s.isHalted() && first.turn(ctx) {
			// A relay that has failed is asked with one mail over one line, until it has taken one.
		}
		others := 0
		if s.Connections > 1 { // over one line mails go in the order of their claims
			others = 2*s.Connections - 1
		}
		for range others {
			crew.Go(func() {
				h := &hand{shift: s}
				h.work(ctx)
			})
		}
		first.work(ctx)
	})
	ended := make(chan struct{})
	helpers.Go(func() { s.mark(ctx, ended) })
	helpers.Go(func() { s.keep(ctx, ended) })
	helpers.Go(func() { crew.Wait(); s.slots.hangUp(); close(s.outcomes) })
	err := s.collect(ctx, r)
	close(ended)
	helpers.Wait()
	return errors.Join(fed, err, s.setback)
}

// feed claims messages until there are none, and hands them out.
func (s *shift) feed(ctx context.Context) error {
	defer close(s.queue)
	limit := claimLimit
	for ctx.Err() == nil && !s.isHalted() {
		now := s.now()
		claims, err := s.Store.Claim(ctx, tertial.ClaimRequest{Now: now, Day: s.Rules.Today(now), Open: s.Policy.Open(now),
			Limit: limit, Worker: s.Worker, Lease: claimLease})
		if err != nil {
			return fmt.Errorf("claiming messages: %w", err)
		}
		if len(claims) == 0 {
			return nil
		}
		s.mu.Lock()
		for _, c := range claims {
			s.underway[c.Message.ID] = c
		}
		s.mu.Unlock()
		s.low.Store(int64(limit / 2))
		alone := len(claims) == 1 && claims[0].Message.Attempts > suspicious
		if alone {
			s.inHand.Wait()
		}
		s.inHand.Add(len(claims))
		for _, c := range claims {
			s.queue <- c
		}
		if alone {
			s.inHand.Wait()
		}
		for len(s.queue) > limit/2 {
			<-s.hungry // the hands read to the end, whatever happens
		}
		limit = s.portion()
	}
	return nil
}

// suspicious is after how many tries a message that is claimed alone may be one that workers do not survive. It is sent while
// nothing else is, so that no other is blamed for what it does.
const suspicious = 2

// portion is how many messages to claim next.
func (s *shift) portion() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := float64(s.recorded) / max(time.Since(s.began).Seconds(), 0.1)
	return min(max(int(took), claimLimit), claimMost)
}

// taken tells feed when little is left in the queue.
func (s *shift) taken() {
	if int64(len(s.queue)) > s.low.Load() {
		return
	}
	select {
	case s.hungry <- struct{}{}:
	default:
	}
}

// halt has the hands begin no further message: what they have not begun goes back.
func (s *shift) halt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halted = true
}

// interrupt halts for the database's sake, and has the run end with the first such error: who runs it comes back soon.
func (s *shift) interrupt(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halted = true; s.setback == nil {
		s.setback = err
	}
}

func (s *shift) isHalted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halted
}

// keep extends the leases of what is under way. An extension that fails is tried again at the next:
// a lease that is lost stops its mail at the mark before the dot.
func (s *shift) keep(ctx context.Context, ended <-chan struct{}) {
	ctx = context.WithoutCancel(ctx) // what is at its dot is waited for after a stop
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			s.mu.Lock()
			claims := make([]tertial.Claim, 0, len(s.underway))
			for _, c := range s.underway {
				claims = append(claims, c)
			}
			s.mu.Unlock()
			renewing, cancel := context.WithTimeout(ctx, renewEvery)
			_ = s.Store.Renew(renewing, claims, claimLease)
			cancel()
		}
	}
}

// collect records outcomes as they come, those of a moment in one transaction.
func (s *shift) collect(ctx context.Context, r *Result) error {
	judge := &judge{pause: &s.pause, stop: func(tertial.Outcome) { s.halt() }, now: s.start, jitter: s.jitter()}
	var failed error
	record := func(group []tertial.Outcome) {
		if err := s.record(ctx, r, group); err != nil {
			s.halt()
			failed = errors.Join(failed, err)
		}
	}
	for o := range s.outcomes {
		group := judge.take(nil, o)
		timer := time.NewTimer(recordWithin)
		for waiting := true; waiting && len(group) < recordMost; {
			select {
			case o, open := <-s.outcomes:
				if waiting = open; open {
					group = judge.take(group, o)
				}
			case <-timer.C:
				waiting = false
			}
		}
		timer.Stop()
		record(group)
	}
	record(judge.rest(nil))
	return failed
}

// record writes a group of outcomes, also when a stop has been asked for. While the database cannot be reached it
// tries again and nothing new is begun: a mail that was accepted must not be sent again for want of a note. What cannot
// be recorded stays claimed, and is later taken back: free, or unknown.
func (s *shift) record(ctx context.Context, r *Result, group []tertial.Outcome) error {
	if len(group) == 0 {
		return nil
	}
	write, cancel := graced(ctx, graceToRecord)
	defer cancel()
	wait := backoff{jitter: s.jitter()}
	for {
		err := s.Store.Record(write, s.now(), group)
		if err == nil {
			break
		}
		err = fmt.Errorf("recording %d outcomes: %w", len(group), err)
		if s.halt(); !errors.Is(err, tertial.ErrUnavailable) {
			return err
		}
		if s.interrupt(err); s.givenUp || !wait.sleep(write) {
			s.givenUp = true
			return nil // the run ends with it
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorded += len(group)
	for i := range group {
		if c := &group[i].Claim; s.underway[c.Message.ID].Fence == c.Fence { // and not a newer claim on it
			delete(s.underway, c.Message.ID)
		}
		r.count(&group[i])
	}
	return nil
}

// graced is a context that outlives ctx by grace.
func graced(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}
