package jobs

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// marking is a hand's wish to have a group of claims marked before their dots.
type marking struct {
	claims []tertial.Claim
	done   chan marked
}

// marked is the answer: the messages that other workers have, of this group or another, or why nothing was marked.
type marked struct {
	lost []int64
	err  error
}

// mark grants the wishes of the hands, all that are there in one transaction, until ended is closed.
func (s *shift) mark(ctx context.Context, ended <-chan struct{}) {
	for {
		var wishes []*marking
		select {
		case <-ended:
			return
		case w := <-s.marks:
			wishes = append(wishes, w)
		}
		for more := true; more; {
			select {
			case w := <-s.marks:
				wishes = append(wishes, w)
			default:
				more = false
			}
		}
		var claims []tertial.Claim
		for _, w := range wishes {
			claims = append(claims, w.claims...)
		}
		lost, err := s.Store.MarkDot(ctx, s.now(), claims)
		if err != nil && ctx.Err() == nil {
			s.interrupt(fmt.Errorf("marking %d messages: %w", len(claims), err))
		}
		answer := marked{lost, err}
		for _, w := range wishes {
			w.done <- answer
		}
	}
}

// markNow has claims marked. From then on their mails may have been sent.
func (s *shift) markNow(ctx context.Context, claims []tertial.Claim) (lost []int64, err error) {
	w := &marking{claims: claims, done: make(chan marked, 1)}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case s.marks <- w:
	}
	answer := <-w.done // the marker answers every wish that it took
	return answer.lost, answer.err
}
