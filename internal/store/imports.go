package store

import (
	"context"
	"fmt"
	"strings"

	"tertial/internal/tertial"
)

// Applied is what an import came to.
type Applied struct {
	// Stored is false where the same file had been imported before: nothing changed.
	Stored       bool
	AssessmentID int64
	Refs         []string // of its actions, in the document's order
}

// ApplyImport stores an assessment with its findings and the actions drafted from it,
// in one transaction. The same file again changes nothing. Another file for the same
// unit and plan year is a conflict, and a preview with errors is refused.
func (s *Store) ApplyImport(ctx context.Context, stamp tertial.Stamp, p *tertial.Preview) (Applied, error) {
	if p.HasErrors() {
		return Applied{}, fmt.Errorf("%w: the import has errors; nothing was stored", tertial.ErrRefused)
	}
	var done Applied
	err := s.write(ctx, "storing the import", stamp, func(t *txn) error {
		var err error
		if done, err = t.imported(ctx, &p.Assessment); err != nil || done.AssessmentID != 0 {
			return err
		}
		if done.AssessmentID, err = t.insertAssessment(ctx, &p.Assessment); err != nil {
			return err
		}
		if err := t.insertFindings(ctx, done.AssessmentID, p.Findings); err != nil {
			return err
		}
		if err := t.note(fmt.Sprintf("assessment %d", done.AssessmentID), "imported", map[string]any{
			"unit": p.Assessment.Unit, "plan_year": p.Assessment.PlanYear, "source": p.Assessment.Source,
			"sha256": p.Assessment.SHA256, "findings": len(p.Findings), "actions": len(p.Actions),
		}); err != nil {
			return err
		}
		actions := make([]tertial.Action, len(p.Actions))
		for i := range p.Actions {
			actions[i] = cloneAction(&p.Actions[i])
			actions[i].AssessmentID = done.AssessmentID
			actions[i].Answer(tertial.RoleUnheld)
		}
		if err := t.insertActions(ctx, actions); err != nil {
			return err
		}
		done.Stored = true
		done.Refs = make([]string, len(actions))
		for i := range actions {
			done.Refs[i] = actions[i].Ref
		}
		return nil
	})
	if err != nil {
		return Applied{}, err
	}
	return done, nil
}

// imported returns what the file came to if it was imported before, and refuses another
// one in its place.
func (t *txn) imported(ctx context.Context, a *tertial.Assessment) (Applied, error) {
	var same []struct {
		ID     int64  `db:"id"`
		SHA256 string `db:"sha256"`
		Source string `db:"source"`
	}
	err := t.SelectContext(ctx, &same, `SELECT id, sha256, source FROM assessments
		WHERE sha256 = $1 OR unit_key = $2 AND plan_year = $3`, a.SHA256, unitKey(a.Unit), a.PlanYear)
	if err != nil {
		return Applied{}, fmt.Errorf("reading assessments: %w", err)
	}
	for _, x := range same {
		if x.SHA256 == a.SHA256 {
			done := Applied{AssessmentID: x.ID, Refs: []string{}}
			err := t.SelectContext(ctx, &done.Refs, `SELECT ref FROM actions WHERE assessment_id = $1 ORDER BY id`, x.ID)
			return done, err
		}
	}
	if len(same) > 0 {
		return Applied{}, fmt.Errorf("%w: another file (%s) was imported for this unit and plan year %d",
			tertial.ErrConflict, cut(same[0].Source), a.PlanYear)
	}
	return Applied{}, nil
}

func unitKey(unit string) string { return strings.ToLower(strings.TrimSpace(unit)) }

func (t *txn) insertAssessment(ctx context.Context, a *tertial.Assessment) (id int64, err error) {
	err = t.GetContext(ctx, &id, `INSERT INTO assessments (unit, unit_key, standard, plan_year, dated, source, sha256, stored_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		a.Unit, unitKey(a.Unit), a.Standard, a.PlanYear, a.Dated, a.Source, a.SHA256, instantOf(t.stamp.At))
	if isDuplicate(err) {
		return 0, fmt.Errorf("%w: an assessment of this unit and plan year was stored at the same moment", tertial.ErrConflict)
	}
	return id, err
}

func (t *txn) insertFindings(ctx context.Context, assessment int64, findings []tertial.Finding) error {
	rows := insert("findings", `assessment_id BIGINT, ord INTEGER, clause TEXT, conformity TEXT, requirement TEXT, observation TEXT,
		proposal TEXT, owner TEXT, priority TEXT, timing TEXT, line INTEGER`, ``)
	for i := range findings {
		f := &findings[i]
		rows.add(assessment, i, f.Clause, f.Conformity, f.Requirement, f.Observation, f.Proposal, f.Owner, f.Priority, f.Timing, f.Line)
	}
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("storing findings: %w", err)
	}
	return nil
}

// Assessments lists every assessment, the newest plan year first.
func (s *Store) Assessments(ctx context.Context) ([]tertial.Assessment, error) {
	var rows []struct {
		ID       int64        `db:"id"`
		Unit     string       `db:"unit"`
		Standard string       `db:"standard"`
		PlanYear int          `db:"plan_year"`
		Dated    tertial.Date `db:"dated"`
		Source   string       `db:"source"`
		SHA256   string       `db:"sha256"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT id, unit, standard, plan_year, dated, source, sha256
		FROM assessments ORDER BY plan_year DESC, id`)
	if err != nil {
		return nil, s.failed(ctx, "listing assessments", err)
	}
	all := make([]tertial.Assessment, len(rows))
	for i, r := range rows {
		all[i] = tertial.Assessment{ID: r.ID, Unit: r.Unit, Standard: r.Standard, PlanYear: r.PlanYear,
			Dated: r.Dated, Source: r.Source, SHA256: r.SHA256}
	}
	return all, nil
}

// Findings lists an assessment's findings in the document's order.
func (s *Store) Findings(ctx context.Context, assessment int64) ([]tertial.Finding, error) {
	var rows []struct {
		ID          int64              `db:"id"`
		Clause      string             `db:"clause"`
		Conformity  tertial.Conformity `db:"conformity"`
		Requirement string             `db:"requirement"`
		Observation string             `db:"observation"`
		Proposal    string             `db:"proposal"`
		Owner       string             `db:"owner"`
		Priority    tertial.Priority   `db:"priority"`
		Timing      string             `db:"timing"`
		Line        int                `db:"line"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT id, clause, conformity, requirement, observation, proposal, owner, priority, timing, line
		FROM findings WHERE assessment_id = $1 ORDER BY ord`, assessment)
	if err != nil {
		return nil, s.failed(ctx, "listing findings", err)
	}
	all := make([]tertial.Finding, len(rows))
	for i, r := range rows {
		all[i] = tertial.Finding(r)
	}
	return all, nil
}
