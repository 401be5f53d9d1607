package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tertial/internal/store"
	"tertial/internal/tertial"
)

// deed is something that somebody does at an instant.
type deed struct {
	at   time.Time
	what string
	do   func(ctx context.Context, r *rand.Rand) (string, error)
}

// deeds draws what people do in a life, in order.
func (w *world) deeds() []deed {
	r := stream(w.seed, "deeds")
	if !w.nature.changes {
		return nil
	}
	acts := []struct {
		what string
		do   func(context.Context, *rand.Rand) (string, error)
	}{
		{"close", w.closeAction}, {"close", w.closeAction}, {"date", w.redate}, {"date", w.redate}, {"hand over", w.handOver}, {"answer", w.answer},
		{"done", w.reportDone}, {"away", w.goAway}, {"away", w.goAway}, {"hold", w.hold}, {"retry", w.retry}, {"add", w.add}, {"reopen", w.reopen},
	}
	var all []deed
	span := time.Duration(w.org.days-2) * 24 * time.Hour
	for range 8 + r.IntN(25) {
		act := pick(r, acts)
		at := time.Now().Add(time.Duration(r.Int64N(int64(span)))).Truncate(time.Second).Add(time.Duration(r.IntN(1000)) * time.Microsecond)
		all = append(all, deed{at, act.what, act.do})
	}
	slices.SortFunc(all, func(a, b deed) int { return a.at.Compare(b.at) })
	return all
}

// does does a deed. What the state of things does not allow is not done.
func (w *world) does(ctx context.Context, d deed, r *rand.Rand) error {
	said, err := d.do(ctx, r)
	w.note("%s: %s, %v", d.what, said, err)
	if err == nil || errors.Is(err, tertial.ErrRefused) || errors.Is(err, tertial.ErrInvalid) || errors.Is(err, tertial.ErrNotFound) {
		return nil
	}
	return fmt.Errorf("%s: %w", d.what, err)
}

// edit changes an action that is drawn.
func (w *world) edit(ctx context.Context, r *rand.Rand, change func(*tertial.Action) error) (tertial.Action, error) {
	a, err := w.desk.EditAction(ctx, w.stamp("action"), pick(r, w.refs), 0, change)
	if err == nil {
		w.touch(a.Ref)
	}
	return a, err
}

func (w *world) closeAction(ctx context.Context, r *rand.Rand) (string, error) {
	a, err := w.edit(ctx, r, func(a *tertial.Action) error {
		return a.Close(pick(r, []tertial.Status{tertial.Done, tertial.Cancelled}), "klart")
	})
	if err == nil {
		w.closed[a.Ref] = time.Now()
	}
	return a.Ref, err
}

func (w *world) reopen(ctx context.Context, r *rand.Rand) (string, error) {
	a, err := w.edit(ctx, r, func(a *tertial.Action) error { return a.Reopen() })
	if err == nil {
		delete(w.closed, a.Ref)
	}
	return a.Ref, err
}

func (w *world) redate(ctx context.Context, r *rand.Rand) (string, error) {
	due := tertial.DateIn(time.Now(), w.zone).AddDays(r.IntN(60) - 5)
	a, err := w.edit(ctx, r, func(a *tertial.Action) error { return a.Confirm(due, false) })
	return fmt.Sprint(a.Ref, " ", due), err
}

func (w *world) handOver(ctx context.Context, r *rand.Rand) (string, error) {
	roles := w.org.drawRoles(r, 1)
	a, err := w.edit(ctx, r, func(a *tertial.Action) error { a.Responsible = roles; return nil })
	return fmt.Sprint(a.Ref, " ", roles), err
}

func (w *world) answer(ctx context.Context, r *rand.Rand) (string, error) {
	at := tertial.Instant{Time: w.now()}
	a, err := w.edit(ctx, r, func(a *tertial.Action) error { return a.Report(tertial.OnTrack, "", at) })
	return a.Ref, err
}

// reportDone has somebody say that their part is done; who is not responsible is refused.
func (w *world) reportDone(ctx context.Context, r *rand.Rand) (string, error) {
	ref := pick(r, w.refs)
	d, reg, err := w.desk.Dossier(ctx, w.rules.Coordinator, ref)
	if err != nil || len(d.Parties) == 0 {
		return ref, err
	}
	holders := reg.Holders(d.Parties[0].Role.ID, w.rules.Today(w.now()))
	if len(holders) == 0 {
		return ref, nil
	}
	_, err = w.desk.ReportDone(ctx, w.stamp("done"), ref, pick(r, holders))
	if err == nil {
		w.touch(ref)
	}
	return ref, err
}

func (w *world) goAway(ctx context.Context, r *rand.Rand) (string, error) {
	email := pick(r, w.org.people).Email
	from := tertial.DateIn(time.Now(), w.zone).AddDays(r.IntN(5))
	_, err := w.desk.EditPerson(ctx, w.stamp("person away"), email, func(p *tertial.Person) error {
		if !p.AwayFrom.IsZero() {
			p.AwayFrom, p.AwayTo = tertial.Date{}, tertial.Date{}
			return nil
		}
		p.AwayFrom, p.AwayTo = from, from.AddDays(r.IntN(14))
		return nil
	})
	w.touch("")
	return email, err
}

// hold holds mail, or lets it go.
func (w *world) hold(ctx context.Context, _ *rand.Rand) (string, error) {
	if w.held = !w.held; w.held {
		return "held", w.desk.Hold(ctx, w.stamp("mail hold"), "tills vidare")
	}
	return "released", w.desk.Resume(ctx, w.stamp("mail release"))
}

// retry has a message tried again that failed, waits or is in doubt.
func (w *world) retry(ctx context.Context, r *rand.Rand) (string, error) {
	var ids []int64
	for m, err := range w.desk.Messages(ctx, store.MessageFilter{States: []tertial.MessageState{tertial.MessageFailed, tertial.MessageExpired, tertial.MessageUnknown, tertial.MessageQueued}}) {
		if err != nil {
			return "", err
		}
		ids = append(ids, m.ID)
	}
	if len(ids) == 0 {
		return "nothing", nil
	}
	id := pick(r, ids)
	err := w.desk.Retry(ctx, w.stamp("mail retry"), id)
	if err == nil {
		w.retried[id] = true
	}
	return fmt.Sprint("message ", id), err
}

func (w *world) add(ctx context.Context, r *rand.Rand) (string, error) {
	a := w.org.drawAction(r, 100+r.IntN(100))
	stored, err := w.desk.AddAction(ctx, w.stamp("action add"), a)
	if err == nil {
		w.refs = append(w.refs, stored.Ref)
		w.touch(stored.Ref)
	}
	return stored.Ref, err
}
