package simulation

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tertial/internal/policy"
	"tertial/internal/tertial"
	"tertial/jobs"
)

// Break is a rule that is broken on purpose, to see that it is found out.
type Break string

// The breaks.
const (
	// ForgetOutcome loses the outcome of every fifth mail.
	ForgetOutcome Break = "an outcome is not recorded"
	// SkipMark sends without a mark.
	SkipMark Break = "a mark is skipped"
	// IgnoreFence hands a message out again that has been handed out, and does not mind.
	IgnoreFence Break = "fences are ignored"
	// ForgetNotice makes out one notice less now and then.
	ForgetNotice Break = "a notice is not made out"
	// SkipRecheck sends what was put into a mail, whatever has become of it.
	SkipRecheck Break = "a mail is not checked at its claim"
	// OtherBytes renders a mail anew for each try.
	OtherBytes Break = "a copy has other bytes"
	// AnyHour sends at any hour.
	AnyHour Break = "hours are not kept"
	// Soon sends what is in doubt again at once.
	Soon Break = "what is in doubt goes again at once"
	// OtherReader sends a mail to somebody else.
	OtherReader Break = "a mail goes to somebody else"
	// RewriteLog changes an entry of the log.
	RewriteLog Break = "the log is rewritten"
	// TellTwice has a notice put into a second mail.
	TellTwice Break = "a notice is told twice"
)

// Breaks lists every break.
func Breaks() []Break {
	return []Break{ForgetOutcome, SkipMark, IgnoreFence, ForgetNotice, SkipRecheck, OtherBytes, AnyHour, Soon, OtherReader, RewriteLog, TellTwice}
}

// deliver is the store that deliver works with, the rule broken in it.
func (b Break) deliver(w *world, g *guard) jobs.DeliverStore {
	switch b {
	case ForgetOutcome:
		return seen{&forgetful{DeliverStore: g}, w}
	case SkipMark:
		return seen{unmarked{g}, w}
	case IgnoreFence:
		return seen{&fenceless{DeliverStore: g}, w}
	case SkipRecheck:
		return seen{unchecked{g, w}, w}
	case Soon:
		return seen{hasty{g}, w}
	}
	return seen{g, w}
}

// remind is the store that remind works with.
func (b Break) remind(w *world, g *guard) jobs.RemindStore {
	switch b {
	case ForgetNotice:
		return careless{g}
	case TellTwice:
		return repeating{g, w}
	}
	return g
}

// policy is the rules that remind and deliver go by.
func (b Break) policy(w *world) *policy.Policy {
	if b == AnyHour {
		rules := w.rules
		rules.SendAt, rules.SendUntil = 0, 24*60-1
		return policy.New(rules, w.wheel)
	}
	return w.policy
}

// renderer is who makes mails.
func (b Break) renderer(_ *world, r jobs.Renderer) jobs.Renderer {
	switch b {
	case OtherBytes:
		return &restless{Renderer: r}
	case OtherReader:
		return &misaddressed{Renderer: r}
	}
	return r
}

// end breaks what is broken when all is over.
func (b Break) end(ctx context.Context, w *world) error {
	if b != RewriteLog {
		return nil
	}
	db, err := w.writable()
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range []string{`DROP TRIGGER log_is_never_changed`, `UPDATE log SET detail = '{}' WHERE seq = 3`} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// seen looks at what deliver is handed out.
type seen struct {
	jobs.DeliverStore
	w *world
}

// Claim sees that nothing is about an action that was closed before the claim (P11).
func (s seen) Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	at := time.Now()
	claims, err := s.DeliverStore.Claim(ctx, r)
	for i := range claims {
		c := &claims[i]
		s.w.note("claimed %d for the %d. time, of %d rows", c.Message.ID, c.Fence, len(c.Message.Items))
		if c.Resend {
			s.w.resent[c.Message.ID] = true
		}
		for _, x := range c.Message.Items {
			if closed, is := s.w.closed[x.Ref]; is && closed.Before(at) && !c.Resend {
				s.w.broken("P11 message %d tells of %s, which was closed at %s", c.Message.ID, x.Ref, closed.In(s.w.zone).Format(time.DateTime))
			}
		}
	}
	return claims, err
}

type forgetful struct {
	jobs.DeliverStore
	n int
}

func (f *forgetful) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	return f.DeliverStore.Record(ctx, now, slices.DeleteFunc(slices.Clone(outcomes), func(tertial.Outcome) bool { f.n++; return f.n%5 == 0 }))
}

type unmarked struct{ jobs.DeliverStore }

func (unmarked) MarkDot(context.Context, time.Time, []tertial.Claim) ([]int64, error) {
	return nil, nil
}

type fenceless struct {
	jobs.DeliverStore
	mu    sync.Mutex
	n     int
	again []tertial.Claim
}

func (f *fenceless) Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	claims, err := f.DeliverStore.Claim(ctx, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range claims {
		if f.n++; f.n%10 == 0 {
			f.again = append(f.again, c)
		}
	}
	if len(claims) == 0 {
		claims, f.again = f.again, nil
	}
	return claims, err
}

func (f *fenceless) MarkDot(ctx context.Context, now time.Time, claims []tertial.Claim) ([]int64, error) {
	_, err := f.DeliverStore.MarkDot(ctx, now, claims)
	return nil, err
}

// unchecked puts back what the check at the claim has left out.
type unchecked struct {
	jobs.DeliverStore
	w *world
}

func (u unchecked) Claim(ctx context.Context, r tertial.ClaimRequest) ([]tertial.Claim, error) {
	claims, err := u.DeliverStore.Claim(ctx, r)
	for i := range claims {
		for ref := range u.w.closed {
			if c := &claims[i]; c.Message.Kind == tertial.Reminder {
				c.Message.Items = append(c.Message.Items, tertial.Item{Ref: ref, Kind: tertial.Due, Title: "Stängd", Status: tertial.Open})
			}
		}
	}
	return claims, err
}

type hasty struct{ jobs.DeliverStore }

func (h hasty) Record(ctx context.Context, now time.Time, outcomes []tertial.Outcome) error {
	outcomes = slices.Clone(outcomes)
	for i := range outcomes {
		if o := &outcomes[i]; o.Verdict == tertial.Ambiguous {
			o.NextTry = o.Ended.Add(time.Minute)
		}
	}
	return h.DeliverStore.Record(ctx, now, outcomes)
}

// careless rules on a dossier as if it had one notice less.
type careless struct{ *guard }

func (c careless) Look(ctx context.Context, r tertial.LookRequest, decide func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)) (int, error) {
	return c.guard.Look(ctx, r, func(ds []tertial.Dossier, reg *tertial.Register) ([]tertial.Ruling, error) {
		rulings, err := decide(ds, reg)
		for i := range rulings {
			if x := &rulings[i]; x.ActionID%7 == 0 {
				x.Rows, x.Notices = nil, nil
			}
		}
		return rulings, err
	})
}

// repeating owes a notice again that has been told.
type repeating struct {
	*guard
	w *world
}

func (x repeating) CloseDay(ctx context.Context, now time.Time, day tertial.Date, open bool) (int, error) {
	db, err := x.w.writable()
	if err != nil {
		return 0, err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `UPDATE notices SET state = 'owed', message_id = NULL WHERE id % 5 = 0 AND state = 'told' AND kind = 'overdue' AND on_date < ?`, day.String())
	if err != nil {
		return 0, err
	}
	return x.guard.CloseDay(ctx, now, day, open)
}

type restless struct {
	jobs.Renderer
	n int
}

func (r *restless) Render(m *tertial.Message) (jobs.Letter, error) {
	l, err := r.Renderer.Render(m)
	r.n++
	l.Raw = bytes.Replace(l.Raw, []byte("Auto-Submitted:"), fmt.Appendf(nil, "X-Try: %d\r\nAuto-Submitted:", r.n), 1)
	return l, err
}

type misaddressed struct {
	jobs.Renderer
	last string
}

func (x *misaddressed) Render(m *tertial.Message) (jobs.Letter, error) {
	l, err := x.Renderer.Render(m)
	if m.ID%9 == 0 && x.last != "" {
		l.To, x.last = x.last, l.To
		return l, err
	}
	x.last = l.To
	return l, err
}
