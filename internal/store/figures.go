package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// figureRow counts actions of one chapter and priority that stand alike.
type figureRow struct {
	Chapter  string           `db:"chapter"`
	Priority tertial.Priority `db:"priority"`
	Bucket   string           `db:"bucket"`
	N        int              `db:"n"`
}

// Figures counts how the actions stand on a day. Cancelled actions and those not applicable are not
// counted. One reported done is on track; one whose date is not confirmed has none. An action counts in the chapter of its first clause, so that parts
// add up to the total. What the figures are of, event and period, is the caller's to fill in.
func (s *Store) Figures(ctx context.Context, asOf tertial.Date) (tertial.Digest, error) {
	var rows []figureRow
	err := s.r.SelectContext(ctx, &rows, `SELECT chapter, priority, CASE
			WHEN status = 'done' THEN 'done'
			WHEN status = 'reported_done' THEN 'on track'
			WHEN due = '' OR certainty = 'unconfirmed' THEN 'undated'
			WHEN due < $1 THEN 'late'
			ELSE 'on track' END AS bucket, COUNT(*) AS n
		FROM actions WHERE status NOT IN ('cancelled', 'not_applicable') GROUP BY 1, 2, 3`, asOf)
	d := tertial.Digest{AsOf: asOf, ByClause: []tertial.Row{}, ByPriority: []tertial.Row{}}
	if err != nil {
		return d, s.failed(ctx, "counting actions", err)
	}
	chapters, priorities := make(map[string]*tertial.Count), make(map[string]*tertial.Count)
	for _, r := range rows {
		count(&d.Total, r)
		count(at(chapters, r.Chapter), r)
		count(at(priorities, string(r.Priority)), r)
	}
	for label, c := range chapters {
		d.ByClause = append(d.ByClause, tertial.Row{Label: label, Count: *c})
	}
	slices.SortFunc(d.ByClause, func(a, b tertial.Row) int { return strings.Compare(clauseKey(a.Label), clauseKey(b.Label)) })
	for _, p := range tertial.Priorities() {
		if c := priorities[string(p)]; c != nil {
			d.ByPriority = append(d.ByPriority, tertial.Row{Label: string(p), Count: *c})
		}
	}
	return d, nil
}

func at(counts map[string]*tertial.Count, label string) *tertial.Count {
	if counts[label] == nil {
		counts[label] = &tertial.Count{}
	}
	return counts[label]
}

func count(c *tertial.Count, r figureRow) {
	c.Total += r.N
	switch r.Bucket {
	case "done":
		c.Done += r.N
	case "late":
		c.Late += r.N
	case "undated":
		c.Undated += r.N
	default:
		c.OnTrack += r.N
	}
}

// Summary lists what the coordinator is to see on a day, and what has come since: answers to decide on, questions, actions that
// became late, those reported done, readings of dates to confirm, what was answered, and mail that did not arrive.
func (s *Store) Summary(ctx context.Context, since, asOf tertial.Date) (tertial.Summary, error) {
	sum := tertial.Summary{AsOf: asOf, Questions: []tertial.SummaryAction{}, Late: []tertial.SummaryAction{},
		Waiting: []tertial.SummaryAction{}, Dates: []tertial.SummaryDates{}, Problems: []tertial.SummaryProblem{}}
	if err := s.summedAnswers(ctx, &sum, since); err != nil {
		return sum, s.failed(ctx, "summing up answers", err)
	}
	sum.Year, sum.Week = asOf.Week()
	lists := []struct {
		to *[]tertial.SummaryAction
		f  Filter
	}{
		{&sum.Questions, Filter{Review: true, AsOf: asOf}},
		{&sum.Late, Filter{Late: asOf}},
		{&sum.Waiting, Filter{Status: []tertial.Status{tertial.ReportedDone}}},
	}
	for _, l := range lists {
		err := s.actions(ctx, l.f, func(a tertial.Action) bool {
			if l.f.Late.IsZero() || !a.Timing.Due.Before(since) {
				*l.to = append(*l.to, tertial.SummaryAction{Ref: a.Ref, Title: a.Title, Due: a.Timing.Due, Review: a.Review})
			}
			return true
		})
		if err != nil {
			return sum, s.failed(ctx, "summing up actions", err)
		}
	}
	if err := s.datesToConfirm(ctx, &sum); err != nil {
		return sum, s.failed(ctx, "summing up dates", err)
	}
	return sum, s.failed(ctx, "summing up mail", s.problems(ctx, &sum, since))
}

// summaryAnswers is how many answers of a kind a summary names; the others are counted.
const summaryAnswers = 100

// summedAnswers lists the answers that wait for a decision, and the others that were given since a day.
func (s *Store) summedAnswers(ctx context.Context, sum *tertial.Summary, since tertial.Date) error {
	const from = ` FROM responses r JOIN actions a ON a.id = r.action_id JOIN persons p ON p.id = r.person_id WHERE `
	lists := []struct {
		to    *[]tertial.SummaryAnswer
		count *int
		where string
		args  []any
	}{
		{&sum.Decisions, &sum.DecisionCount, waitingResponses + ` AND a.` + notClosed, nil},
		{&sum.Answers, &sum.AnswerCount, `r.given_at >= $1 AND r.undone_at IS NULL AND NOT (` + waitingResponses + `)`,
			[]any{instantOf(since.At(0, s.zone))}},
	}
	for _, l := range lists {
		var rows []struct {
			ID     int64              `db:"id"`
			Ref    string             `db:"ref"`
			Title  string             `db:"title"`
			Kind   tertial.AnswerKind `db:"kind"`
			Person string             `db:"name"`
			Date   tertial.Date       `db:"on_date"`
			At     instant            `db:"given_at"`
		}
		err := s.r.SelectContext(ctx, &rows, `SELECT r.id, a.ref, a.title, r.kind, p.name, r.on_date, r.given_at`+from+l.where+` ORDER BY r.id LIMIT `+
			strconv.Itoa(summaryAnswers), l.args...)
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		*l.to, *l.count = make([]tertial.SummaryAnswer, len(rows)), len(rows)
		for i, r := range rows {
			(*l.to)[i] = tertial.SummaryAnswer{ID: r.ID, Ref: r.Ref, Title: r.Title, Kind: r.Kind, Person: r.Person, Date: r.Date,
				On: tertial.DateIn(r.At.Time, s.zone)}
		}
		if len(rows) < summaryAnswers {
			continue
		}
		if err := s.r.GetContext(ctx, l.count, `SELECT COUNT(*)`+from+l.where, l.args...); err != nil {
			return fmt.Errorf("counting answers: %w", err)
		}
	}
	return nil
}

// datesToConfirm groups the readings that one answer settles: of one phrase, about the same events.
func (s *Store) datesToConfirm(ctx context.Context, sum *tertial.Summary) error {
	var rows []struct {
		Ref    string `db:"ref"`
		Text   string `db:"timing_text"`
		Events words  `db:"events"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT ref, timing_text, events FROM actions
		WHERE certainty IN ('inferred', 'unconfirmed') AND timing_text <> '' AND `+notClosed+` ORDER BY events, timing_text, sort_key`)
	if err != nil {
		return fmt.Errorf("reading dates to confirm: %w", err)
	}
	for _, r := range rows {
		last := len(sum.Dates) - 1
		if last < 0 || sum.Dates[last].Text != r.Text || !slices.Equal(sum.Dates[last].Events, r.Events) {
			sum.Dates = append(sum.Dates, tertial.SummaryDates{Events: append([]string{}, r.Events...), Text: r.Text})
			last++
		}
		sum.Dates[last].Refs = append(sum.Dates[last].Refs, r.Ref)
	}
	return nil
}

// problems lists the mail that ended otherwise than sent since a day, and what may have been sent.
func (s *Store) problems(ctx context.Context, sum *tertial.Summary, since tertial.Date) error {
	var rows []struct {
		ID    int64                `db:"id"`
		State tertial.MessageState `db:"state"`
		Name  string               `db:"name"`
		Why   string               `db:"error"`
	}
	y, m, d := since.Civil()
	err := s.r.SelectContext(ctx, &rows, `SELECT id, state, name, error FROM messages WHERE state = 'unknown'
		UNION ALL
		SELECT id, state, name, error FROM messages WHERE ended_at >= $1 AND (state IN ('failed', 'expired')
			OR state = 'void' AND attempts > 0)
		ORDER BY id`, instantOf(time.Date(y, m, d, 0, 0, 0, 0, s.zone)))
	for _, r := range rows {
		sum.Problems = append(sum.Problems, tertial.SummaryProblem(r))
	}
	return err
}
