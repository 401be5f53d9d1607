package store

import (
	"context"
	"slices"
	"strings"

	"tertial/internal/tertial"
)

// ClauseMap returns a line for each clause that an analysis of a plan year has a row about, or an action belongs to; 0 is every plan
// year. The order is that of the clauses.
func (s *Store) ClauseMap(ctx context.Context, planYear int, asOf tertial.Date) ([]tertial.ClauseRow, error) {
	m := &clauseMap{rows: make(map[string]*tertial.ClauseRow), gaps: make(map[analysed]bool)}
	if err := m.findings(ctx, s, planYear); err != nil {
		return nil, s.failed(ctx, "counting findings", err)
	}
	if err := m.actions(ctx, s, planYear, asOf); err != nil {
		return nil, s.failed(ctx, "counting actions", err)
	}
	for gap, settled := range m.gaps {
		m.rows[gap.clause].Closed = m.rows[gap.clause].Closed && settled
	}
	all := make([]tertial.ClauseRow, 0, len(m.rows))
	for _, r := range m.rows {
		r.Closed = r.Closed && r.Open == 0
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b tertial.ClauseRow) int { return strings.Compare(clauseKey(a.Clause), clauseKey(b.Clause)) })
	return all, nil
}

type clauseMap struct {
	rows map[string]*tertial.ClauseRow
	gaps map[analysed]bool // whether what was not conforming is settled
}

// analysed is a clause in one analysis.
type analysed struct {
	assessment int64
	clause     string
}

func (m *clauseMap) row(clause string) *tertial.ClauseRow {
	if m.rows[clause] == nil {
		m.rows[clause] = &tertial.ClauseRow{Clause: clause, Closed: true}
	}
	return m.rows[clause]
}

func (m *clauseMap) findings(ctx context.Context, s *Store, planYear int) error {
	var rows []struct {
		Assessment int64              `db:"assessment_id"`
		Clause     string             `db:"clause"`
		Conformity tertial.Conformity `db:"conformity"`
		N          int                `db:"n"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT f.assessment_id, f.clause, f.conformity, COUNT(*) AS n
		FROM assessments m JOIN findings f ON f.assessment_id = m.id WHERE $1 = 0 OR m.plan_year = $1 GROUP BY f.assessment_id, f.clause, f.conformity`, planYear)
	if err != nil {
		return err
	}
	for _, f := range rows {
		r := m.row(f.Clause)
		switch f.Conformity {
		case tertial.Conforming:
			r.Conforming += f.N
		case tertial.Partial:
			r.Partial += f.N
		case tertial.Nonconforming:
			r.Nonconforming += f.N
		case tertial.NotApplicable:
			r.Inapplicable += f.N
		}
		if f.Conformity.IsGap() {
			m.gaps[analysed{f.Assessment, f.Clause}] = false
		}
	}
	return nil
}

func (m *clauseMap) actions(ctx context.Context, s *Store, planYear int, asOf tertial.Date) error {
	var rows []struct {
		Assessment link   `db:"assessment_id"`
		Clause     string `db:"clause"`
		Open       int    `db:"open"`
		Late       int    `db:"late"`
		Done       int    `db:"done"`
		Settled    int    `db:"settled"`
	}
	// CROSS JOIN has SQLite begin with the actions, in an index.
	err := s.r.SelectContext(ctx, &rows, `SELECT a.assessment_id, c.clause,
			COUNT(CASE WHEN a.`+notClosed+` THEN 1 END) AS open,
			COUNT(CASE WHEN a.due > '' AND a.due < $2 AND a.certainty <> 'unconfirmed' AND a.status IN ('open', 'in_progress') THEN 1 END) AS late,
			COUNT(CASE WHEN a.status = 'done' THEN 1 END) AS done,
			COUNT(CASE WHEN a.status IN ('done', 'not_applicable') THEN 1 END) AS settled
		FROM actions a CROSS JOIN action_clauses c WHERE c.action_id = a.id AND ($1 = 0 OR a.plan_year = $1) GROUP BY a.assessment_id, c.clause`, planYear, asOf)
	if err != nil {
		return err
	}
	for _, a := range rows {
		r := m.row(a.Clause)
		r.Open, r.Late, r.Done = r.Open+a.Open, r.Late+a.Late, r.Done+a.Done
		gap := analysed{int64(a.Assessment), a.Clause}
		if _, there := m.gaps[gap]; there && a.Settled > 0 {
			m.gaps[gap] = true
		}
	}
	return nil
}
