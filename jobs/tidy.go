package jobs

import (
	"context"
	"fmt"
	"time"
)

// TidyStore is what tidy needs of the database.
type TidyStore interface {
	// Tidy removes the records of job runs that began before before.
	Tidy(ctx context.Context, before time.Time) (removed int, err error)
}

// Tidy removes what nobody needs any more: records of job runs. Messages, notices and
// the log are the product's memory and stay.
type Tidy struct {
	Store TidyStore
}

// keepRuns is how long the record of a job's run is kept.
const keepRuns = 90 * 24 * time.Hour

// Run removes what is older than it need be at now.
func (j *Tidy) Run(ctx context.Context, now time.Time) (Result, error) {
	removed, err := j.Store.Tidy(ctx, now.Add(-keepRuns))
	if err != nil {
		return Result{}, fmt.Errorf("tidying: %w", err)
	}
	return Result{Removed: removed}, nil
}
