package store

import (
	"context"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// Run is one run of a job.
type Run struct {
	Job     string
	Started time.Time
	Ended   time.Time
	Result  string // what it did, in words
	Error   string // "" where it went well
}

// RecordRun keeps what a run of a job came to.
func (s *Store) RecordRun(ctx context.Context, job string, started, ended time.Time, result string, failure error) error {
	text := ""
	if failure != nil {
		text = failure.Error()
	}
	return s.write(ctx, "recording a run", tertial.Stamp{}, func(t *txn) error {
		_, err := t.exec(ctx, `INSERT INTO job_runs (job, started_at, ended_at, result, error) VALUES ($1, $2, $3, $4, $5)`,
			job, instantOf(started), instantOf(ended), result, text)
		return err
	})
}

// LastRuns returns the last run of every job, by job.
func (s *Store) LastRuns(ctx context.Context) ([]Run, error) {
	var rows []struct {
		Job     string  `db:"job"`
		Started instant `db:"started_at"`
		Ended   instant `db:"ended_at"`
		Result  string  `db:"result"`
		Error   string  `db:"error"`
	}
	err := s.r.SelectContext(ctx, &rows, `SELECT job, started_at, ended_at, result, error FROM job_runs
		WHERE id IN (SELECT MAX(id) FROM job_runs GROUP BY job) ORDER BY job`)
	if err != nil {
		return nil, s.failed(ctx, "reading the jobs' runs", err)
	}
	runs := make([]Run, len(rows))
	for i, r := range rows {
		runs[i] = Run{Job: r.Job, Started: r.Started.Time, Ended: r.Ended.Time, Result: r.Result, Error: r.Error}
	}
	return runs, nil
}

// Tidy forgets what is older than an instant and proves nothing: runs of jobs but each one's last, and the content of
// mails that have ended. That they went, to whom, when and with which answer, stays.
func (s *Store) Tidy(ctx context.Context, before time.Time) (int, error) {
	var n int
	err := s.write(ctx, "tidying", tertial.Stamp{}, func(t *txn) error {
		runs, err := t.exec(ctx, `DELETE FROM job_runs WHERE started_at < $1 AND id NOT IN (SELECT MAX(id) FROM job_runs GROUP BY job)`, instantOf(before))
		if err != nil {
			return fmt.Errorf("forgetting runs: %w", err)
		}
		facts, err := t.exec(ctx, `UPDATE messages SET facts = '' WHERE ended_at < $1 AND facts <> ''`, instantOf(before))
		n = runs + facts
		return err
	})
	return n, err
}
