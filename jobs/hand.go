package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

const (
	// A group is what a line sends in groupTime, groupMost at most. It is marked as one, and while one is being sent the
	// next is made ready: after a crash each of their mails that has no answer is unknown, 32 a line at most.
	groupTime = 125 * time.Millisecond
	groupMost = 16
	// markLife is how long a mark is good for. After a longer stop the claim may be another's.
	markLife = time.Second
)

// groupBytes is how much text a hand has on its desk, so that large mails do not add up.
const groupBytes = 512 << 10

// hand makes messages ready and sends them over a line. Where there are several lines there are two hands for each:
// while one sends, the other renders and marks.
type hand struct {
	*shift
	slot *slot // while it sends

	group  []sheet
	marked time.Time      // when what is left of the group was marked, by the real clock
	lost   map[int64]bool // messages that another worker has
}

// sheet is a message on a hand's desk.
type sheet struct {
	claim  tertial.Claim
	letter Letter
}

// work takes groups until there are none left.
func (h *hand) work(ctx context.Context) {
	for h.turn(ctx) {
	}
}

// turn takes one group and sends it. It reports false when there is nothing left.
func (h *hand) turn(ctx context.Context) bool {
	first, ok := <-h.queue
	if !ok {
		return false
	}
	claims := []tertial.Claim{first}
	for size := h.size(); len(claims) < size; {
		select {
		case c, ok := <-h.queue:
			if ok {
				claims = append(claims, c)
				continue
			}
		default:
		}
		break
	}
	h.taken()
	for len(claims) > 0 {
		claims = h.lay(claims)
		h.send(ctx)
	}
	return true
}

// size is how many messages the next group should have: what a line sends in its time, but no more than this
// hand's share of what waits.
func (h *hand) size() int {
	each := h.slots.pace()
	if each <= 0 {
		return 1
	}
	share := len(h.queue)/max(h.Connections, 1) + 1
	return min(max(int(groupTime/each), 1), groupMost, share)
}

// lay renders claims onto the desk, as many as it holds, and returns those that are left. What cannot be rendered
// does not stop the others.
func (h *hand) lay(claims []tertial.Claim) (left []tertial.Claim) {
	h.marked, h.lost = time.Time{}, nil
	for size := 0; len(claims) > 0 && size < groupBytes; claims = claims[1:] {
		c, started := claims[0], h.now()
		letter, err := h.render(&c.Message)
		if err != nil {
			h.done(c, started, tertial.Outcome{Verdict: tertial.Broken, Phase: tertial.PhaseRender, Reply: err.Error(), Undotted: true})
			continue
		}
		c.Message.Subject, c.Message.MessageID = letter.Subject, letter.MessageID
		h.group = append(h.group, sheet{c, letter})
		size += len(letter.Raw)
	}
	return claims
}

// send sends what is on the desk, mail by mail, when it has a line.
func (h *hand) send(ctx context.Context) {
	n := len(h.group)
	if n == 0 {
		return
	}
	if each := h.slots.pace(); each > 0 && each <= groupTime && h.Relay != nil {
		_ = h.mayDot(ctx, 0) // the relay is at work: no line need wait for the mark. If it fails, it is made again
	}
	h.slot = h.slots.take()
	begun := time.Now()
	defer func() {
		h.slots.give(h.slot, max(time.Since(begun)/time.Duration(n), time.Microsecond))
		h.slot = nil
	}()
	for i := range h.group {
		started := h.now()
		o := h.one(ctx, i)
		if o.Verdict == tertial.RelayDown {
			h.halt()
		}
		h.done(h.group[i].claim, started, o)
		h.group[i].letter = Letter{}
	}
	clear(h.group)
	h.group = h.group[:0]
}

// done hands an outcome on.
func (h *hand) done(c tertial.Claim, started time.Time, o tertial.Outcome) {
	o.Claim, o.Started, o.Ended = c, started, h.now()
	h.outcomes <- o
	h.inHand.Done()
}

// render contains a template that panics: the other messages go on.
func (h *hand) render(m *tertial.Message) (l Letter, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the template panicked: %v", p)
		}
	}()
	return h.Renderer.Render(m)
}

// one sends one message of the group.
func (h *hand) one(ctx context.Context, i int) (o tertial.Outcome) {
	dotted := false
	defer func() {
		if p := recover(); p != nil {
			h.slot.hangUp()
			o = tertial.Outcome{Verdict: tertial.Broken, Phase: tertial.PhaseMail, Reply: fmt.Sprintf("sending panicked: %v", p), Undotted: !dotted}
			if dotted {
				o.Verdict = tertial.Ambiguous
			}
		}
	}()
	c := &h.group[i].claim
	if h.Relay == nil {
		return tertial.Outcome{Verdict: tertial.Kept, Phase: tertial.PhaseRender, Undotted: true}
	}
	if reason := h.notNow(ctx, c); reason != "" {
		return returned(reason)
	}
	var held error
	for tries := 0; ; tries++ {
		if w := h.slot; w.line == nil || !w.line.Usable() {
			w.hangUp()
			if w.line, o = h.Relay.Dial(ctx); w.line == nil {
				if o.Undotted = true; ctx.Err() != nil {
					return returned("stopped before it was sent")
				}
				return o
			}
		}
		o = h.slot.line.Send(ctx, h.group[i].letter, func(ctx context.Context) error {
			held = h.mayDot(ctx, i)
			dotted = held == nil
			return held
		})
		if !o.Stale || tries > 0 {
			break
		}
	}
	if o.Undotted && o.Code == 0 && (held != nil || ctx.Err() != nil) {
		return returned(o.Reply) // we stopped it, and not the relay
	}
	return o
}

// notNow says why a message is not begun: the shift has halted or was stopped, the claim is lost, or the hours of
// reminders are over. "" is that it may.
func (h *hand) notNow(ctx context.Context, c *tertial.Claim) string {
	switch {
	case ctx.Err() != nil || h.isHalted():
		return "stopped before it was sent"
	case h.lost[c.Message.ID]:
		return errLost.Error()
	case c.Message.Kind == tertial.Reminder && !c.Resend && !h.Policy.Open(h.now()):
		return "its hours are over"
	}
	return ""
}

func returned(why string) tertial.Outcome {
	return tertial.Outcome{Verdict: tertial.Returned, Phase: tertial.PhaseMail, Reply: why, Undotted: true}
}

// errLost is that another worker has the message.
var errLost = errors.New("another worker has it")

// mayDot sees to it that the message is marked, together with what is left of the group. If the process was stopped while
// it was, it is marked once more: the claims may have been lost meanwhile. A database that is that slow is believed.
func (h *hand) mayDot(ctx context.Context, i int) error {
	for tries := 0; tries < 2 && (h.marked.IsZero() || time.Since(h.marked) > markLife); tries++ {
		left := make([]tertial.Claim, 0, len(h.group)-i)
		for _, s := range h.group[i:] {
			if !h.lost[s.claim.Message.ID] {
				left = append(left, s.claim)
			}
		}
		asked := time.Now()
		lost, err := h.markNow(ctx, left)
		if err != nil {
			return err
		}
		h.marked = asked
		for _, id := range lost {
			if h.lost == nil {
				h.lost = make(map[int64]bool)
			}
			h.lost[id] = true
		}
	}
	if h.lost[h.group[i].claim.Message.ID] {
		return errLost
	}
	return nil
}
