package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// actionRow is an action without its parties and steps, and what looks go by but
// do not move.
type actionRow struct {
	ID           int64              `db:"id"`
	AssessmentID link               `db:"assessment_id"`
	Ref          string             `db:"ref"`
	SortKey      string             `db:"sort_key"`
	PlanYear     int                `db:"plan_year"`
	Chapter      string             `db:"chapter"`
	Clauses      words              `db:"clauses"`
	Title        string             `db:"title"`
	Description  string             `db:"description"`
	Search       string             `db:"search"`
	Status       tertial.Status     `db:"status"`
	Priority     tertial.Priority   `db:"priority"`
	Text         string             `db:"timing_text"`
	Start        tertial.Date       `db:"start_date"`
	Due          tertial.Date       `db:"due"`
	Recurrence   tertial.Recurrence `db:"recurrence"`
	Certainty    tertial.Certainty  `db:"certainty"`
	Events       words              `db:"events"`
	Checkpoints  words              `db:"checkpoints"`
	Why          string             `db:"why"`
	DueGiven     bool               `db:"due_given"`
	Dated        tertial.Date       `db:"dated"`
	Review       words              `db:"review"`
	Reason       string             `db:"reason"`
	Progress     tertial.Progress   `db:"progress"`
	Note         string             `db:"note"`
	ProgressAt   instant            `db:"progress_at"`
	Version      int                `db:"version"`
	CreatedAt    instant            `db:"created_at"`
	ChangedAt    instant            `db:"changed_at"`
	ActivatedAt  instant            `db:"activated_at"`
	Reopened     bool               `db:"reopened"`
	ReportedAt   instant            `db:"reported_at"`
	DueSince     tertial.Date       `db:"due_since"`
}

// shownColumns are those of an action as it is shown, editColumns what an edit needs besides.
const (
	shownColumns = `id, assessment_id, ref, sort_key, plan_year, clauses, title, description, status, priority,
		timing_text, start_date, due, recurrence, certainty, events, checkpoints, why, due_given, dated,
		review, reason, progress, note, progress_at, version, created_at`
	editColumns = shownColumns + `, activated_at, reopened, reported_at, due_since`
)

// storedColumns are the columns of a change with their types, the key first.
const storedColumns = `id BIGINT, sort_key TEXT, plan_year INTEGER, chapter TEXT, clauses TEXT, title TEXT, description TEXT,
	search TEXT, status TEXT, priority TEXT, timing_text TEXT, start_date TEXT, due TEXT, recurrence TEXT, certainty TEXT,
	events TEXT, checkpoints TEXT, why TEXT, due_given BOOLEAN, dated TEXT, review TEXT, reason TEXT, progress TEXT, note TEXT,
	progress_at BIGINT, version INTEGER, changed_at BIGINT, activated_at BIGINT, reopened BOOLEAN, reported_at BIGINT, due_since TEXT`

// stored returns the values of storedColumns.
func (r *actionRow) stored() []any {
	return []any{r.ID, r.SortKey, r.PlanYear, r.Chapter, r.Clauses, r.Title, r.Description,
		r.Search, r.Status, r.Priority, r.Text, r.Start, r.Due, r.Recurrence, r.Certainty,
		r.Events, r.Checkpoints, r.Why, r.DueGiven, r.Dated, r.Review, r.Reason, r.Progress, r.Note,
		r.ProgressAt, r.Version, r.ChangedAt, r.ActivatedAt, r.Reopened, r.ReportedAt, r.DueSince}
}

// noun returns the action, its parties and steps still missing.
func (r *actionRow) noun() (tertial.Action, error) {
	a := tertial.Action{
		ID: r.ID, AssessmentID: int64(r.AssessmentID), Ref: r.Ref, Clauses: r.Clauses, Title: r.Title,
		Description: r.Description, Status: r.Status, Priority: r.Priority, Version: r.Version,
		Timing: tertial.Timing{Text: r.Text, Start: r.Start, Due: r.Due, Recurrence: r.Recurrence,
			Certainty: r.Certainty, Events: r.Events, Why: r.Why},
		Reason: r.Reason, Progress: r.Progress, Note: r.Note, ProgressAt: r.ProgressAt.noun(),
		PlanYear: r.PlanYear, Dated: r.Dated, DueGiven: r.DueGiven, Created: r.CreatedAt.noun(),
	}
	for _, q := range r.Review {
		a.Review = append(a.Review, tertial.Question(q))
	}
	for _, c := range r.Checkpoints {
		d, err := tertial.ParseDate(c)
		if err != nil {
			return a, fmt.Errorf("reading the checkpoints of action %d: %w", r.ID, err)
		}
		a.Timing.Checkpoints = append(a.Timing.Checkpoints, d)
	}
	a.Normalise()
	return a, nil
}

// rowOf returns what is stored of an action that changes at an instant.
func rowOf(a *tertial.Action, at time.Time) *actionRow {
	r := &actionRow{
		ID: a.ID, AssessmentID: link(a.AssessmentID), Ref: a.Ref, SortKey: sortKey(a), PlanYear: a.PlanYear,
		Chapter: chapter(a), Clauses: a.Clauses, Title: a.Title, Description: a.Description, Search: searchText(a),
		Status: a.Status, Priority: a.Priority, Text: a.Timing.Text, Start: a.Timing.Start, Due: a.Timing.Due,
		Recurrence: a.Timing.Recurrence, Certainty: a.Timing.Certainty, Events: a.Timing.Events, Why: a.Timing.Why,
		DueGiven: a.DueGiven, Dated: a.Dated, Reason: a.Reason, Progress: a.Progress, Note: a.Note,
		ProgressAt: instantOf(a.ProgressAt.Time), Version: a.Version, ChangedAt: instantOf(at), CreatedAt: instantOf(a.Created.Time),
	}
	for _, q := range a.Review {
		if q != tertial.RoleUnheld { // shown, never stored
			r.Review = append(r.Review, string(q))
		}
	}
	for _, d := range a.Timing.Checkpoints {
		r.Checkpoints = append(r.Checkpoints, d.String())
	}
	return r
}

// sortKey orders actions by plan year, clause and reference: "2024/0.00007.00002/2024-7.2".
func sortKey(a *tertial.Action) string {
	first := ""
	if len(a.Clauses) > 0 {
		first = a.Clauses[0]
	}
	return fmt.Sprintf("%04d/%s/%03d/%s", a.PlanYear, clauseKey(first), len(a.Ref), a.Ref)
}

// clauseKey makes clauses compare as text: the numbers padded, the main clauses before Annex A.
func clauseKey(clause string) string {
	annex, numbers := "0", clause
	if rest, ok := strings.CutPrefix(clause, "A."); ok {
		annex, numbers = "1", rest
	}
	parts := []string{annex}
	for n := range strings.SplitSeq(numbers, ".") {
		parts = append(parts, strings.Repeat("0", max(5-len(n), 0))+n)
	}
	return strings.Join(parts, ".")
}

// chapter is what figures are grouped by: "7" of 7.2, "A.5" of A.5.9.
func chapter(a *tertial.Action) string {
	if len(a.Clauses) == 0 {
		return ""
	}
	parts := strings.Split(a.Clauses[0], ".")
	if parts[0] == "A" && len(parts) > 1 {
		return "A." + parts[1]
	}
	return parts[0]
}

// searchText is what a search for words goes through. Case is folded here, since
// SQLite knows none beyond ASCII.
func searchText(a *tertial.Action) string {
	all := slices.Concat([]string{a.Ref, a.Title, a.Description}, a.Clauses, a.Responsible, a.Contributors, a.FollowUp)
	return strings.ToLower(strings.Join(all, "\n"))
}

// cloneAction returns a copy that shares nothing with a.
func cloneAction(a *tertial.Action) tertial.Action {
	c := *a
	c.Clauses, c.Review, c.Steps = slices.Clone(a.Clauses), slices.Clone(a.Review), slices.Clone(a.Steps)
	c.Responsible, c.Contributors, c.FollowUp = slices.Clone(a.Responsible), slices.Clone(a.Contributors), slices.Clone(a.FollowUp)
	c.Timing.Events, c.Timing.Checkpoints = slices.Clone(a.Timing.Events), slices.Clone(a.Timing.Checkpoints)
	return c
}

// jsonText is a value as the text of a column.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
