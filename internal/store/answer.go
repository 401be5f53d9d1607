package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tertial/internal/tertial"
)

// The table of what people have said is responses: answers is who has said that their part is done.

// responseRow is an answer as it is stored, with the names that belong to it.
type responseRow struct {
	ID          int64              `db:"id"`
	Key         string             `db:"key"`
	ActionID    int64              `db:"action_id"`
	PersonID    int64              `db:"person_id"`
	Kind        tertial.AnswerKind `db:"kind"`
	Said        string             `db:"said"`
	Date        tertial.Date       `db:"on_date"`
	To          string             `db:"to_address"`
	At          instant            `db:"given_at"`
	MessageID   link               `db:"message_id"`
	MadeVersion int                `db:"made_version"`
	Undo        string             `db:"undo"`
	Undone      instant            `db:"undone_at"`
	Decision    tertial.Decision   `db:"decision"`
	DecidedBy   string             `db:"decided_by"`
	DecidedAt   instant            `db:"decided_at"`
	DecidedWhy  string             `db:"decided_why"`
	Ref         string             `db:"ref"`
	Title       string             `db:"title"`
	Person      string             `db:"person"`
}

// selectResponses is followed by conditions on r, the action a and the person p. Who has decided is told by name,
// or by the address that was asked.
const selectResponses = `SELECT r.id, r.key, r.action_id, r.person_id, r.kind, r.said, r.on_date, r.to_address, r.given_at, r.message_id,
		r.made_version, r.undo, r.undone_at, r.decision, COALESCE(d.name, CASE WHEN r.decided_by LIKE 'message:%' THEN r.to_address ELSE r.decided_by END) AS decided_by, r.decided_at, r.decided_why,
		a.ref, a.title, p.name AS person
	FROM responses r JOIN actions a ON a.id = r.action_id JOIN persons p ON p.id = r.person_id
		LEFT JOIN persons d ON d.id = r.decided_person `

// noun returns the answer, its evidence still missing.
func (r *responseRow) noun() tertial.Answer {
	return tertial.Answer{ID: r.ID, Ref: r.Ref, Title: r.Title, ActionID: r.ActionID, PersonID: r.PersonID, Person: r.Person,
		Kind: r.Kind, Text: r.Said, Date: r.Date, To: r.To, At: r.At.noun(), Message: int64(r.MessageID), Undone: r.Undone.noun(),
		Decision: r.Decision, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt.noun(), DecidedWhy: r.DecidedWhy, Evidence: []tertial.Evidence{}}
}

// undoing is what has to be known to take an answer back.
type undoing struct {
	// Version is the action's before the answer; where that did not touch the action it is the one since, too.
	Version    int              `json:"version"`
	Status     tertial.Status   `json:"status"`
	Progress   tertial.Progress `json:"progress"`
	Note       string           `json:"note"`
	Reason     string           `json:"reason"`
	ProgressAt int64            `json:"progress_at"`         // milliseconds since 1970, 0 for never
	ReportedAt int64            `json:"reported_at"`         // likewise
	Answered   []int64          `json:"answered,omitempty"`  // who has not been noted as done before
	Quiets     []quietRow       `json:"quiets,omitempty"`    // as they were
	Withdrawn  []int64          `json:"withdrawn,omitempty"` // answers that no longer wait because of this one
}

// undoingOf keeps how an action stands.
func undoingOf(l *loaded) undoing {
	a := &l.action
	return undoing{Version: a.Version, Status: a.Status, Progress: a.Progress, Note: a.Note, Reason: a.Reason,
		ProgressAt: millis(a.ProgressAt.Time), ReportedAt: millis(l.row.ReportedAt.Time)}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis reads what millis writes.
func fromMillis(n int64) instant {
	if n == 0 {
		return instant{}
	}
	return instant{time.UnixMilli(n).UTC()}
}

// quietRow is a time in which a person is not reminded of an action.
type quietRow struct {
	ActionID   int64              `db:"action_id" json:"action"`
	PersonID   int64              `db:"person_id" json:"person"`
	Since      tertial.Date       `db:"since_date" json:"since"`
	Until      tertial.Date       `db:"until_date" json:"until"`
	Kind       tertial.AnswerKind `db:"kind" json:"kind"`
	ResponseID int64              `db:"response_id" json:"response"`
}

// Answer returns one answer, or [tertial.ErrNotFound].
func (s *Store) Answer(ctx context.Context, id int64) (tertial.Answer, error) {
	a, err := s.answerByID(ctx, s.r, id)
	return a, s.failed(ctx, "reading an answer", err)
}

func (s *Store) answerByID(ctx context.Context, q querier, id int64) (tertial.Answer, error) {
	all, err := s.responses(ctx, q, `WHERE r.id = $1`, id)
	if err != nil {
		return tertial.Answer{}, err
	}
	if len(all) == 0 {
		return tertial.Answer{}, fmt.Errorf("%w: there is no answer %d", tertial.ErrNotFound, id)
	}
	return all[0], nil
}

// ActionAnswers lists what was said about an action, the newest first; what was taken back is marked so. An action that does not
// exist is [tertial.ErrNotFound].
func (s *Store) ActionAnswers(ctx context.Context, ref string) ([]tertial.Answer, error) {
	id, err := s.actionID(ctx, s.r, ref)
	if err != nil {
		return nil, s.failed(ctx, "listing answers", err)
	}
	all, err := s.responses(ctx, s.r, `WHERE r.action_id = $1 ORDER BY r.id DESC`, id)
	return all, s.failed(ctx, "listing answers", err)
}

// waitingResponses is the condition of the index of those that somebody has yet to decide on.
const waitingResponses = `r.decision = '' AND r.undone_at IS NULL AND r.kind IN ('new-date', 'hand-over')`

// WaitingAnswers lists those that wait for a decision, the oldest first. What is asked about a closed action waits for nothing.
func (s *Store) WaitingAnswers(ctx context.Context) ([]tertial.Answer, error) {
	all, err := s.responses(ctx, s.r, `WHERE `+waitingResponses+` AND a.`+notClosed+` ORDER BY r.id`)
	return all, s.failed(ctx, "listing answers that wait", err)
}

// responses runs a query that begins with selectResponses, and reads the files that belong to what it finds: two
// statements, whatever the number.
func (s *Store) responses(ctx context.Context, q querier, conditions string, args ...any) ([]tertial.Answer, error) {
	var rows []responseRow
	if err := q.SelectContext(ctx, &rows, selectResponses+conditions, args...); err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	all := make([]tertial.Answer, len(rows))
	index, ids := make(map[int64]*tertial.Answer, len(rows)), make([]int64, len(rows))
	for i := range rows {
		all[i] = rows[i].noun()
		ids[i], index[rows[i].ID] = rows[i].ID, &all[i]
	}
	if len(ids) == 0 {
		return all, nil
	}
	files, err := s.evidence(ctx, q, `JOIN `+s.d.ids(1)+` x ON x.id = e.response_id WHERE e.removed_at IS NULL ORDER BY e.id`, s.d.list(ids))
	for _, f := range files {
		a := index[f.AnswerID]
		a.Evidence = append(a.Evidence, f)
	}
	return all, err
}

// actionID returns the id of an action by its reference.
func (s *Store) actionID(ctx context.Context, q querier, ref string) (int64, error) {
	var id int64
	err := q.GetContext(ctx, &id, `SELECT id FROM actions WHERE ref = $1`, ref)
	return id, notFound("there is no action "+cut(ref), err)
}

// undoing reads what the answer keeps of how things stood before it.
func (r *responseRow) undoing() (u undoing, err error) {
	if err = json.Unmarshal([]byte(r.Undo), &u); err != nil {
		err = fmt.Errorf("reading what answer %d has changed: %w", r.ID, err)
	}
	return u, err
}
