package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tertial/internal/tertial"
)

// batch is one portion of claims on its way to the relay.
type batch struct {
	*Deliver
	now   time.Time
	clock func() time.Time // now, and the time that has passed since

	mu   sync.Mutex
	down *tertial.Outcome // why the relay takes no more
}

// halt stops the workers: what they have not begun goes back to the queue.
func (b *batch) halt(why tertial.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down == nil {
		b.down = &why
	}
}

func (b *batch) halted() (why tertial.Outcome, yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down == nil {
		return why, false
	}
	return *b.down, true
}

// work sends claims one after the other over a line of its own, opened when first needed.
func (b *batch) work(ctx context.Context, queue <-chan tertial.Claim, outcomes chan<- tertial.Outcome) {
	var line Line
	defer func() {
		if line != nil {
			_ = line.Close() // what was sent has its answer
		}
	}()
	for c := range queue {
		started := b.clock()
		o := b.one(ctx, &line, &c)
		o.Claim, o.Started, o.Ended = c, started, b.clock()
		if o.Verdict == tertial.RelayDown {
			b.halt(o)
		}
		outcomes <- o
	}
}

// one sends one claim. It gives back c with the subject that was rendered.
func (b *batch) one(ctx context.Context, line *Line, c *tertial.Claim) (o tertial.Outcome) {
	letter, err := b.render(&c.Message)
	if err != nil {
		return tertial.Outcome{Verdict: tertial.Broken, Phase: tertial.PhaseRender, Reply: err.Error(), Undotted: true}
	}
	c.Message.Subject, c.Message.MessageID = letter.Subject, letter.MessageID
	if b.Relay == nil {
		return tertial.Outcome{Verdict: tertial.Kept, Phase: tertial.PhaseRender, Undotted: true}
	}
	if why, yes := b.halted(); yes {
		return why
	}
	if ctx.Err() != nil {
		return tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseDial, Reply: "stopped before it was sent", Undotted: true}
	}
	if *line == nil || !(*line).Usable() {
		if *line != nil {
			_ = (*line).Close()
		}
		if *line, o = b.Relay.Dial(ctx); *line == nil {
			o.Undotted = true
			return o
		}
	}
	return (*line).Send(ctx, letter, func(ctx context.Context) error {
		return b.Store.MarkDot(ctx, b.clock(), []tertial.Claim{*c})
	})
}

// render contains a template that panics: the other messages go on.
func (b *batch) render(m *tertial.Message) (l Letter, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the template panicked: %v", p)
		}
	}()
	return b.Renderer.Render(m)
}
