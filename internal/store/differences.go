package store

import (
	"slices"

	"tertial/internal/tertial"
)

// differences lists the fields in which two states of an action differ, each with
// the value before and after. It is what the log keeps.
func differences(a, b *tertial.Action) map[string][2]any {
	d := make(map[string][2]any)
	differ(d, "title", a.Title, b.Title)
	differ(d, "description", a.Description, b.Description)
	differ(d, "status", a.Status, b.Status)
	differ(d, "priority", a.Priority, b.Priority)
	differ(d, "reason", a.Reason, b.Reason)
	differ(d, "progress", a.Progress, b.Progress)
	differ(d, "note", a.Note, b.Note)
	differ(d, "plan_year", a.PlanYear, b.PlanYear)
	differ(d, "dated", a.Dated, b.Dated)
	differ(d, "due_given", a.DueGiven, b.DueGiven)
	differ(d, "timing", a.Timing.Text, b.Timing.Text)
	differ(d, "start", a.Timing.Start, b.Timing.Start)
	differ(d, "due", a.Timing.Due, b.Timing.Due)
	differ(d, "recurrence", a.Timing.Recurrence, b.Timing.Recurrence)
	differ(d, "certainty", a.Timing.Certainty, b.Timing.Certainty)
	differ(d, "why", a.Timing.Why, b.Timing.Why)
	if !a.ProgressAt.Equal(b.ProgressAt.Time) {
		d["progress_at"] = [2]any{a.ProgressAt, b.ProgressAt}
	}
	differLists(d, "clauses", a.Clauses, b.Clauses)
	differLists(d, "responsible", a.Responsible, b.Responsible)
	differLists(d, "contributors", a.Contributors, b.Contributors)
	differLists(d, "follow_up", a.FollowUp, b.FollowUp)
	differLists(d, "review", a.Review, b.Review)
	differLists(d, "steps", a.Steps, b.Steps)
	differLists(d, "events", a.Timing.Events, b.Timing.Events)
	differLists(d, "checkpoints", a.Timing.Checkpoints, b.Timing.Checkpoints)
	return d
}

func differ[T comparable](d map[string][2]any, field string, a, b T) {
	if a != b {
		d[field] = [2]any{a, b}
	}
}

func differLists[T comparable](d map[string][2]any, field string, a, b []T) {
	if !slices.Equal(a, b) {
		d[field] = [2]any{a, b}
	}
}

// created is what the log keeps of a new action.
func created(a *tertial.Action) any {
	return struct {
		Title       string             `json:"title"`
		Status      tertial.Status     `json:"status"`
		Priority    tertial.Priority   `json:"priority"`
		Responsible []string           `json:"responsible"`
		Due         tertial.Date       `json:"due"`
		Certainty   tertial.Certainty  `json:"certainty"`
		Review      []tertial.Question `json:"review"`
	}{a.Title, a.Status, a.Priority, a.Responsible, a.Timing.Due, a.Timing.Certainty, a.Review}
}
