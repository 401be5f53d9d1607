package store

import (
	"context"
	"fmt"

	"tertial/internal/tertial"
)

// overviewCounts counts all at once, each part in an index of its own: $1 is the day, $2 the instant since which mail is looked at. What is done
// is not gone through, since that is most of it after some years.
const overviewCounts = `SELECT
	(SELECT COUNT(*) FROM actions) AS whole,
	(SELECT COUNT(*) FROM actions WHERE status = 'open') + (SELECT COUNT(*) FROM actions WHERE status = 'in_progress') AS under,
	(SELECT COUNT(*) FROM actions WHERE status = 'reported_done') AS reported,
	(SELECT COUNT(*) FROM actions WHERE status = 'cancelled') + (SELECT COUNT(*) FROM actions WHERE status = 'not_applicable') AS gone,
	(SELECT COUNT(*) FROM actions WHERE due > '' AND due < $1 AND certainty <> 'unconfirmed' AND status IN ('open', 'in_progress')) AS late,
	(SELECT COUNT(*) FROM actions WHERE due = '' AND certainty <> 'unconfirmed' AND status IN ('open', 'in_progress'))
		+ (SELECT COUNT(*) FROM actions WHERE certainty = 'unconfirmed' AND status IN ('open', 'in_progress') AND ` + askedDates + `) AS undated,
	(SELECT COUNT(*) FROM actions WHERE progress IN ('deviates', 'blocked') AND status = 'in_progress') AS deviating,
	(SELECT COUNT(*) FROM actions WHERE review <> '' AND ` + notClosed + `) AS review,
	(SELECT COUNT(*) FROM actions WHERE ` + askedDates + `) AS dates,
	(SELECT COUNT(*) FROM responses r JOIN actions a ON a.id = r.action_id WHERE ` + waitingResponses + ` AND a.` + notClosed + `) AS decisions,
	(SELECT COUNT(*) FROM messages WHERE ` + underWay + ` AND state = 'unknown')
		+ (SELECT COUNT(*) FROM messages WHERE (` + undelivered + `) AND ended_at >= $2) AS problems`

// Overview counts what the first page tells on a day. It counts as [Store.Figures] does.
func (s *Store) Overview(ctx context.Context, asOf tertial.Date) (tertial.Overview, error) {
	o := tertial.Overview{AsOf: asOf, Years: []int{}}
	var n struct {
		Whole     int `db:"whole"`
		Under     int `db:"under"`
		Reported  int `db:"reported"`
		Gone      int `db:"gone"`
		Late      int `db:"late"`
		Undated   int `db:"undated"`
		Deviating int `db:"deviating"`
		Review    int `db:"review"`
		Dates     int `db:"dates"`
		Decisions int `db:"decisions"`
		Problems  int `db:"problems"`
	}
	err := s.r.GetContext(ctx, &n, overviewCounts, asOf, instantOf(asOf.AddDays(-28).At(0, s.zone)))
	if err != nil {
		return o, s.failed(ctx, "counting for the overview", err)
	}
	o.Count = tertial.Count{Total: n.Whole - n.Gone, Done: n.Whole - n.Gone - n.Under - n.Reported, Late: n.Late, Undated: n.Undated,
		OnTrack: n.Under + n.Reported - n.Late - n.Undated}
	o.Reported, o.Deviating, o.Review, o.DateQueue, o.Decisions, o.Problems = n.Reported, n.Deviating, n.Review, n.Dates, n.Decisions, n.Problems
	if o.Unheld, err = s.countUnheld(ctx, asOf); err != nil {
		return o, s.failed(ctx, "counting roles without a holder", err)
	}
	o.Years, err = s.planYears(ctx)
	return o, s.failed(ctx, "reading plan years", err)
}

const (
	// askedDates holds for actions whose date a person has to confirm, in the words of the index actions_dates.
	askedDates = `certainty IN ('inferred', 'unconfirmed') AND ` + notClosed
	// undelivered holds for messages that ended otherwise than sent, in the words of the index messages_undelivered.
	undelivered = `state IN ('failed', 'expired') OR state = 'void' AND attempts > 0`
)

// countUnheld counts the actions with a responsible role that nobody holds.
func (s *Store) countUnheld(ctx context.Context, asOf tertial.Date) (n int, err error) {
	unheld, err := s.unheldRoles(ctx, asOf)
	if err != nil || len(unheld) == 0 {
		return 0, err
	}
	query := frag(`SELECT COUNT(DISTINCT p.action_id) FROM `)
	query.join(s.listOf(roleList(unheld)))
	query.add(` u JOIN action_parties p ON p.role_id = u.id AND p.part = 'responsible' JOIN actions a ON a.id = p.action_id WHERE a.` + notClosed)
	err = s.r.GetContext(ctx, &n, query.text(), query.args...)
	return n, err
}

// planYears lists the plan years there are, the newest first. Each is one step in the order of the actions, which begins with it.
func (s *Store) planYears(ctx context.Context) ([]int, error) {
	years := []int{}
	for next := `~`; ; {
		var found []struct {
			Year int `db:"plan_year"`
		}
		err := s.r.SelectContext(ctx, &found, `SELECT plan_year FROM actions WHERE sort_key < $1 ORDER BY sort_key DESC LIMIT 1`, next)
		if err != nil || len(found) == 0 {
			return years, err
		}
		years = append(years, found[0].Year)
		next = fmt.Sprintf("%04d/", found[0].Year)
	}
}
