package store

import (
	"context"
	"fmt"
	"sort"
	"time"

	"tertial/internal/tertial"
)

// Burndown returns a point for each week from from to to. What was open comes from when actions were made, and from the log: when
// they were closed and taken up again. What is planned comes from the dates as they now are; cancelled actions and those not
// applicable are not in it.
func (s *Store) Burndown(ctx context.Context, from, to, asOf tertial.Date) ([]tertial.Point, error) {
	if from.IsZero() || to.Before(from) || to.Sub(from) > burndownDays {
		return nil, fmt.Errorf("%w: a burndown goes from a day to a later one, over ten years at most", tertial.ErrInvalid)
	}
	b := &burndown{}
	for monday := from.Monday(); !monday.After(to); monday = monday.AddDays(7) {
		b.points = append(b.points, tertial.Point{Week: monday.AddDays(6)})
		b.ends = append(b.ends, monday.AddDays(7).At(0, s.zone))
	}
	if err := b.made(ctx, s); err != nil {
		return nil, s.failed(ctx, "counting when actions were made", err)
	}
	if err := b.turned(ctx, s); err != nil {
		return nil, s.failed(ctx, "counting when actions were closed", err)
	}
	open := 0
	for i := range b.points {
		p := &b.points[i]
		open += p.Open // so far the difference to the week before
		if p.Open = open; p.Week.AddDays(-6).After(asOf) {
			p.Open = -1
		}
	}
	return b.points, nil
}

const burndownDays = 3660

type burndown struct {
	points []tertial.Point
	ends   []time.Time // of the weeks, exclusive
}

// week is the index of the week in which something happened, or the number of weeks where it was later; what was
// before the first counts in it.
func (b *burndown) week(at time.Time) int {
	return sort.Search(len(b.ends), func(i int) bool { return at.Before(b.ends[i]) })
}

// standing counts actions that were made in one week and have one date.
type standing struct {
	week    int
	planned bool // by a date that counts
	due     tertial.Date
	sure    bool
	n       int
}

// made counts the actions that were made, and plans them. All those from before the first week are one, whenever
// they were made.
func (b *burndown) made(ctx context.Context, s *Store) error {
	var rows []struct {
		At        instant           `db:"made"`
		Status    tertial.Status    `db:"status"`
		Due       tertial.Date      `db:"due"`
		Certainty tertial.Certainty `db:"certainty"`
		N         int               `db:"n"`
	}
	begin := instantOf(b.ends[0])
	err := s.r.SelectContext(ctx, &rows, `SELECT NULL AS made, status, due, certainty, COUNT(*) AS n FROM actions
			WHERE `+s.d.unindexed+`created_at < $1 GROUP BY due, certainty, status
		UNION ALL
		SELECT created_at AS made, status, due, certainty, COUNT(*) AS n FROM actions
			WHERE created_at >= $1 AND created_at < $2 GROUP BY created_at, status, due, certainty`, begin, instantOf(b.ends[len(b.ends)-1]))
	if err != nil {
		return err
	}
	for _, r := range rows {
		x := standing{due: r.Due, sure: r.Certainty.Firm(), n: r.N, planned: !r.Due.IsZero() && r.Certainty != tertial.Unconfirmed}
		if !r.At.IsZero() {
			x.week = b.week(r.At.Time)
		}
		b.points[x.week].Open += x.n
		if r.Status != tertial.Cancelled && r.Status != tertial.Inapplicable {
			b.plan(x)
		}
	}
	return nil
}

// plan adds actions to every week in which they are there and, by their date, not yet done.
func (b *burndown) plan(x standing) {
	for i := x.week; i < len(b.points); i++ {
		p := &b.points[i]
		switch {
		case x.planned && !x.due.After(p.Week):
			return
		case x.sure:
			p.Planned += x.n
		default:
			p.Unsure += x.n
		}
	}
}

// turned counts the actions that were closed, and those taken up again.
func (b *burndown) turned(ctx context.Context, s *Store) error {
	var rows []struct {
		Verb string  `db:"verb"`
		At   instant `db:"made_at"`
		N    int     `db:"n"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT verb, made_at, COUNT(*) AS n FROM log WHERE `+turns+` GROUP BY verb, made_at`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		i := b.week(r.At.Time)
		switch {
		case i == len(b.points):
		case r.Verb == "closed":
			b.points[i].Open -= r.N
		default:
			b.points[i].Open += r.N
		}
	}
	return nil
}

// turns holds for the entries that say that an action was closed or taken up again, in the words of the index log_turns.
const turns = `verb IN ('closed', 'reopened')`
