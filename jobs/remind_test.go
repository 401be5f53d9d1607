package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// desk is a RemindStore with actions whose look is due, and what is called.
type desk struct {
	due    int
	broken int64 // an action that cannot be decided about
	calls  []string
	ruled  []tertial.Ruling
}

func (d *desk) CloseDay(_ context.Context, _ time.Time, day tertial.Date, open bool) (int, error) {
	d.calls = append(d.calls, "close")
	return 0, nil
}

func (d *desk) Look(_ context.Context, r tertial.LookRequest, decide func([]tertial.Dossier, *tertial.Register) ([]tertial.Ruling, error)) (int, error) {
	d.calls = append(d.calls, "look")
	n := min(d.due, r.Limit)
	ds := make([]tertial.Dossier, n)
	for i := range ds {
		ds[i].Action = tertial.Action{ID: int64(d.due - i), Status: tertial.Done}
		if ds[i].Action.ID == d.broken {
			ds[i].Action.Status, ds[i].Parties = tertial.Open, []tertial.Party{{Part: tertial.Responsible}}
		}
	}
	d.due -= n
	rulings, err := decide(ds, nil) // without a register nothing can be said of parties
	d.ruled = append(d.ruled, rulings...)
	return n, err
}

func (d *desk) Release(context.Context, time.Time, tertial.Date) (int, error) {
	d.calls = append(d.calls, "release")
	return 2, nil
}

// R8: a day that was missed stays outstanding until somebody can be told: a look outside the hours would move the look to
// the next day, and a change before that would take the missed day for settled.
func TestLooksWaitForTheHours(t *testing.T) {
	for _, c := range []struct{ name, at, calls string }{
		{"in the hours: looks in portions, and then the release", "2000-01-10T08:00:00Z", "close look look look release"},
		{"at the first moment", "2000-01-10T07:30:00Z", "close look look look release"},
		{"in the night", "2000-01-10T07:29:59Z", "close"},
		{"when they are over", "2000-01-10T18:00:00Z", "close"},
		{"on a Sunday", "2000-01-09T12:00:00Z", "close"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			d, office := &desk{due: 2*portion + 5}, office(t, newOutbox(0), nil, 1)
			j := &Remind{Store: d, Policy: office.Policy, Rules: office.Rules}
			r, err := j.Run(t.Context(), now)
			if got := strings.Join(d.calls, " "); err != nil || got != c.calls || r.Looked != len(d.ruled) {
				t.Errorf("called %q, looked at %d, %v; want %q", got, r.Looked, err, c.calls)
			}
		})
	}
}

func TestAnActionThatBreaksTheRulesIsLeftAlone(t *testing.T) {
	t.Run("P12 the others are decided about, and it is looked at again later", func(t *testing.T) {
		now := time.Date(2000, 1, 10, 8, 0, 0, 0, time.UTC)
		d, office := &desk{due: 10, broken: 4}, office(t, newOutbox(0), nil, 1)
		r, err := (&Remind{Store: d, Policy: office.Policy, Rules: office.Rules}).Run(t.Context(), now)
		if err != nil || len(r.Faults) != 1 || r.Looked != 10 || len(d.ruled) != 10 {
			t.Errorf("got %s, %v, %d ruled; want ten, one of them faulty", r, err, len(d.ruled))
		}
		for _, x := range d.ruled {
			if late := x.Next.Equal(now.Add(faultPause)); late != (x.ActionID == 4) {
				t.Errorf("action %d is looked at next at %v", x.ActionID, x.Next)
			}
		}
	})
}
