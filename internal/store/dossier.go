package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// noticeRow is a notice as it is stored.
type noticeRow struct {
	ID        int64               `db:"id"`
	ActionID  int64               `db:"action_id"`
	On        tertial.Date        `db:"on_date"`
	Kind      tertial.Kind        `db:"kind"`
	Target    string              `db:"target"`
	Person    int64               `db:"slot_person"`
	Role      int64               `db:"slot_role"`
	State     tertial.NoticeState `db:"state"`
	Days      int                 `db:"days"`
	MessageID link                `db:"message_id"`
	Why       string              `db:"why"`
}

const noticeColumns = `n.id, n.action_id, n.on_date, n.kind, n.target, n.slot_person, n.slot_role, n.state, n.days, n.message_id, n.why`

func (r *noticeRow) noun() tertial.Notice {
	return tertial.Notice{ID: r.ID, ActionID: r.ActionID, Slot: tertial.Slot{Person: r.Person, Role: r.Role}, Kind: r.Kind,
		Target: r.Target, On: r.On, State: r.State, Days: r.Days, MessageID: int64(r.MessageID), Why: r.Why}
}

// lookRow is what a look moves of an action.
type lookRow struct {
	ActionID  int64        `db:"action_id"`
	Looked    tertial.Date `db:"looked"`
	Escalated tertial.Date `db:"escalated"`
}

const lookColumns = `l.action_id, l.looked, l.escalated`

// dossiers reads everything that decides about the actions, and who the people are
// whom they can reach, in a number of statements that does not grow with theirs. Of an action
// it reads what decides and what a mail tells.
func (s *Store) dossiers(ctx context.Context, q querier, looks []lookRow, coordinator string) ([]tertial.Dossier, *tertial.Register, error) {
	ids := make([]int64, len(looks))
	for i := range looks {
		ids[i] = looks[i].ActionID
	}
	ds, err := s.standings(ctx, q, ids)
	if err != nil {
		return nil, nil, err
	}
	index := make(map[int64]*tertial.Dossier, len(ds))
	for i := range ds {
		index[ds[i].Action.ID] = &ds[i]
	}
	for _, l := range looks {
		d := index[l.ActionID]
		d.Looked, d.Escalated = l.Looked, l.Escalated
	}
	err = s.parties(ctx, q, ids, func(p partyRow) {
		d := index[p.ActionID]
		d.Parties = append(d.Parties, p.noun())
	})
	if err != nil {
		return nil, nil, err
	}
	if err := s.steps(ctx, q, ids, func(id int64) *tertial.Action { return &index[id].Action }); err != nil {
		return nil, nil, err
	}
	answered, err := s.answers(ctx, q, ids)
	if err != nil {
		return nil, nil, err
	}
	for id, people := range answered {
		index[id].Answered = people
	}
	if err := s.quiets(ctx, q, ids, index); err != nil {
		return nil, nil, err
	}
	if err := s.informed(ctx, q, ids, index); err != nil {
		return nil, nil, err
	}
	if err := s.outstanding(ctx, q, ids, index); err != nil {
		return nil, nil, err
	}
	reg, err := s.register(ctx, q, ds, coordinator)
	return ds, reg, err
}

// standings reads dossiers by themselves, in order of ids.
func (s *Store) standings(ctx context.Context, q querier, ids []int64) ([]tertial.Dossier, error) {
	ds := make([]tertial.Dossier, 0, len(ids))
	err := scan(ctx, q, func(rows *sqlx.Rows) error {
		var r actionRow
		if err := rows.Scan(&r.ID, &r.Ref, &r.Clauses, &r.Title, &r.Description, &r.Status, &r.Priority, &r.Start, &r.Due, &r.Certainty,
			&r.Review, &r.ProgressAt, &r.CreatedAt, &r.ActivatedAt, &r.Reopened, &r.ReportedAt, &r.DueSince); err != nil {
			return err
		}
		a, err := r.noun()
		if err != nil {
			return err
		}
		ds = append(ds, tertial.Dossier{Action: a, Activated: r.ActivatedAt.Time, Reopened: r.Reopened, ReportedAt: r.ReportedAt.Time,
			DueSince: r.DueSince})
		return nil
	}, `SELECT a.id, a.ref, a.clauses, a.title, a.description, a.status, a.priority, a.start_date, a.due, a.certainty,
			a.review, a.progress_at, a.created_at, a.activated_at, a.reopened, a.reported_at, a.due_since
		FROM `+s.d.ids(1)+` due JOIN actions a ON a.id = due.id`, s.d.list(ids))
	if err != nil {
		return nil, fmt.Errorf("reading actions: %w", err)
	}
	// Here, and not in SQL: rows as wide as these are dear to sort there.
	slices.SortFunc(ds, func(a, b tertial.Dossier) int { return cmp.Compare(a.Action.ID, b.Action.ID) })
	return ds, nil
}

// answers returns who has reported their part of each action done.
func (s *Store) answers(ctx context.Context, q querier, ids []int64) (map[int64][]int64, error) {
	var rows []struct {
		ActionID int64 `db:"action_id"`
		Person   int64 `db:"person_id"`
	}
	err := q.SelectContext(ctx, &rows, `SELECT a.action_id, a.person_id FROM `+s.d.ids(1)+` due
		JOIN answers a ON a.action_id = due.id ORDER BY a.action_id, a.at, a.person_id`, s.d.list(ids))
	if err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	answered := make(map[int64][]int64)
	for _, r := range rows {
		answered[r.ActionID] = append(answered[r.ActionID], r.Person)
	}
	return answered, nil
}

// quiets reads when people are not to be reminded of the actions.
func (s *Store) quiets(ctx context.Context, q querier, ids []int64, index map[int64]*tertial.Dossier) error {
	var rows []struct {
		ActionID int64              `db:"action_id"`
		Person   int64              `db:"person_id"`
		Since    tertial.Date       `db:"since_date"`
		Until    tertial.Date       `db:"until_date"`
		Kind     tertial.AnswerKind `db:"kind"`
	}
	err := q.SelectContext(ctx, &rows, `SELECT t.action_id, t.person_id, t.since_date, t.until_date, t.kind FROM `+s.d.ids(1)+` due
		JOIN quiets t ON t.action_id = due.id ORDER BY t.action_id, t.person_id`, s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading quiets: %w", err)
	}
	for _, r := range rows {
		d := index[r.ActionID]
		d.Quiet = append(d.Quiet, tertial.Quiet{Person: r.Person, Since: r.Since, Until: r.Until, Kind: r.Kind})
	}
	return nil
}

func (s *Store) informed(ctx context.Context, q querier, ids []int64, index map[int64]*tertial.Dossier) error {
	var rows []struct {
		ActionID int64 `db:"action_id"`
		Person   int64 `db:"slot_person"`
		Role     int64 `db:"slot_role"`
	}
	err := q.SelectContext(ctx, &rows, `SELECT i.action_id, i.slot_person, i.slot_role FROM `+s.d.ids(1)+` due
		JOIN informed i ON i.action_id = due.id ORDER BY i.action_id, i.slot_person, i.slot_role`, s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading who is informed: %w", err)
	}
	for _, r := range rows {
		d := index[r.ActionID]
		d.Informed = append(d.Informed, tertial.Slot{Person: r.Person, Role: r.Role})
	}
	return nil
}

// outstanding reads the notices that are owed, those made out for days yet to come, and
// those that failed and are to be handed to the coordinator.
func (s *Store) outstanding(ctx context.Context, q querier, ids []int64, index map[int64]*tertial.Dossier) error {
	var rows []noticeRow
	err := q.SelectContext(ctx, &rows, `SELECT `+noticeColumns+` FROM `+s.d.ids(1)+` due
			JOIN notices n ON n.action_id = due.id AND n.on_date > (SELECT l.looked FROM looks l WHERE l.action_id = due.id)
		UNION
		SELECT `+noticeColumns+` FROM `+s.d.ids(1)+` due
			JOIN notices n ON n.action_id = due.id AND n.waiting
		ORDER BY 2, 3, 1`, s.d.list(ids))
	if err != nil {
		return fmt.Errorf("reading notices: %w", err)
	}
	for i := range rows {
		d := index[rows[i].ActionID]
		d.Notices = append(d.Notices, rows[i].noun())
	}
	return nil
}

// Dossiers gives yield every action of which anybody is told, in portions by id, with
// the register of the people whom a portion can reach. It writes nothing; plans are made from it. An
// error of yield ends it and is returned.
func (s *Store) Dossiers(ctx context.Context, coordinator string, size int, yield func([]tertial.Dossier, *tertial.Register) error) error {
	if size <= 0 {
		size = portion
	}
	for after := int64(0); ; {
		var looks []lookRow
		err := s.r.SelectContext(ctx, &looks, `SELECT `+lookColumns+` FROM actions a JOIN looks l ON l.action_id = a.id
			WHERE a.id > $1 AND (a.status = 'reported_done' OR a.status IN ('open', 'in_progress') AND a.review = '')
			ORDER BY a.id LIMIT $2`, after, size)
		if err != nil || len(looks) == 0 {
			return s.failed(ctx, "reading dossiers", err)
		}
		ds, reg, err := s.dossiers(ctx, s.r, looks, coordinator)
		if err != nil {
			return s.failed(ctx, "reading dossiers", err)
		}
		if err := yield(ds, reg); err != nil {
			return err
		}
		after = looks[len(looks)-1].ActionID
	}
}

// Dossier returns what decides about one action, or [tertial.ErrNotFound].
func (s *Store) Dossier(ctx context.Context, coordinator, ref string) (tertial.Dossier, *tertial.Register, error) {
	var looks []lookRow
	err := s.r.SelectContext(ctx, &looks, `SELECT `+lookColumns+` FROM actions a JOIN looks l ON l.action_id = a.id WHERE a.ref = $1`, ref)
	if err == nil && len(looks) == 0 {
		err = fmt.Errorf("%w: there is no action %s", tertial.ErrNotFound, cut(ref))
	}
	if err != nil {
		return tertial.Dossier{}, nil, s.failed(ctx, "reading a dossier", err)
	}
	ds, reg, err := s.dossiers(ctx, s.r, looks, coordinator)
	if err != nil {
		return tertial.Dossier{}, nil, s.failed(ctx, "reading a dossier", err)
	}
	return ds[0], reg, nil
}
