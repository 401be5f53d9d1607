package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// DecideAnswer decides on a new date, or, by who is asked, on a hand-over; who may is for the caller to say. An accepted date is
// confirmed; an accepted hand-over makes the other person responsible for the action, in place of the roles through which it was handed
// over. Either way the answerer is reminded again, where they still are to be, and told by mail. The same decision again changes
// nothing; another one, or one on what was taken back, is a conflict.
func (s *Store) DecideAnswer(ctx context.Context, stamp tertial.Stamp, id int64, d tertial.Decision, why string) (tertial.Answer, error) {
	doing := fmt.Sprintf("deciding on answer %d", id)
	if d != tertial.Agreed && d != tertial.Refusal {
		return tertial.Answer{}, fmt.Errorf("%s: %w: decision: %.40q is none", doing, tertial.ErrInvalid, string(d))
	}
	if err := tertial.CheckText("why", why); err != nil {
		return tertial.Answer{}, fmt.Errorf("%s: %w", doing, err)
	}
	var stored tertial.Answer
	err := s.write(ctx, doing, stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil { // people change with a hand-over
			return err
		}
		row, l, err := t.lockResponse(ctx, id)
		if err != nil {
			return err
		}
		stored = row.noun()
		if done, err := decidedAlready(&stored, d); done || err != nil {
			if err == nil {
				stored, err = s.answerByID(ctx, t, id)
			}
			return err
		}
		if d == tertial.Agreed {
			if err := t.accept(ctx, l, &stored); err != nil {
				return err
			}
		}
		stored, err = t.settleAnswer(ctx, row, d, why)
		return err
	})
	if err != nil {
		return tertial.Answer{}, err
	}
	return stored, nil
}

// lockResponse reads an answer with its action, which is locked.
func (t *txn) lockResponse(ctx context.Context, id int64) (*responseRow, *loaded, error) {
	var ref string
	err := t.GetContext(ctx, &ref, `SELECT a.ref FROM responses r JOIN actions a ON a.id = r.action_id WHERE r.id = $1`, id)
	if err != nil {
		return nil, nil, notFound(fmt.Sprintf("there is no answer %d", id), err)
	}
	l, err := t.s.loadAction(ctx, t, ref, t.s.d.forUpdate)
	if err != nil {
		return nil, nil, err
	}
	var row responseRow
	if err := t.GetContext(ctx, &row, selectResponses+`WHERE r.id = $1`, id); err != nil { // whoever changes it has locked the action
		return nil, nil, notFound(fmt.Sprintf("there is no answer %d", id), err)
	}
	return &row, l, nil
}

// decidedAlready reports whether the decision is there; it is a conflict where there can be none any more.
func decidedAlready(a *tertial.Answer, d tertial.Decision) (bool, error) {
	switch {
	case !a.Kind.Decided():
		return false, fmt.Errorf("%w: there is nothing to decide about answer %d", tertial.ErrRefused, a.ID)
	case !a.Undone.IsZero():
		return false, fmt.Errorf("%w: answer %d has been taken back", tertial.ErrConflict, a.ID)
	case a.Decision == d:
		return true, nil
	case a.Decision != tertial.Undecided:
		return false, fmt.Errorf("%w: answer %d is %s already", tertial.ErrConflict, a.ID, a.Decision)
	}
	return false, nil
}

// accept does what the answer asks for.
func (t *txn) accept(ctx context.Context, l *loaded, a *tertial.Answer) error {
	edit := func(x *tertial.Action) error { return x.Confirm(a.Date, false) }
	if a.Kind == tertial.AnswerHandOver {
		var err error
		if edit, err = t.takeOver(ctx, l, a); err != nil {
			return err
		}
	}
	c, err := changeOf(l, edit)
	if err != nil || c == nil {
		return err
	}
	return t.store(ctx, []*change{c})
}

// settleAnswer keeps a decision, ends the quiet that waited for it, and tells who answered.
func (t *txn) settleAnswer(ctx context.Context, row *responseRow, d tertial.Decision, why string) (tertial.Answer, error) {
	var address string // of who decides, where it is somebody who was not known when they were asked
	if row.Kind == tertial.AnswerHandOver && strings.HasPrefix(t.stamp.By, throughLink) {
		address = emailKey(row.To)
	}
	_, err := t.exec(ctx, `UPDATE responses SET decision = $2, decided_by = $3, decided_at = $4, decided_why = $5,
			decided_person = (SELECT p.id FROM persons p WHERE p.id = $6 OR p.email_key = $7)
		WHERE id = $1`,
		row.ID, string(d), t.stamp.By, instantOf(t.stamp.At), why, stampedPerson(t.stamp.By), address)
	if err != nil {
		return tertial.Answer{}, fmt.Errorf("storing a decision: %w", err)
	}
	if err := t.endQuietOf(ctx, row.ActionID, row.ID); err != nil {
		return tertial.Answer{}, err
	}
	if err := t.lookWhere(ctx, `a.id = $3`, row.ActionID); err != nil {
		return tertial.Answer{}, err
	}
	note := decisionNote{row.ID, row.Kind, d}
	if err := t.note("action "+row.Ref, "answer decided", note); err != nil {
		return tertial.Answer{}, err
	}
	a, err := t.s.answerByID(ctx, t, row.ID)
	if err != nil {
		return a, err
	}
	return a, t.tellDecision(ctx, &a)
}

// decisionNote is what the log keeps of a decision.
type decisionNote struct {
	ID       int64              `json:"answer"`
	Kind     tertial.AnswerKind `json:"kind"`
	Decision tertial.Decision   `json:"decision"`
}

// throughLink begins whom a stamp is by who follows a mail's link and is nobody known: "message:88".
const throughLink = "message:"

// stampedPerson returns the number of who a stamp is by: "person:12". It is 0 where that is nobody known.
func stampedPerson(by string) int64 {
	number, found := strings.CutPrefix(by, "person:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil {
		return 0
	}
	return id
}

// takeOver makes who was asked somebody who can hold the action, and returns the edit by which they do: a role named as they are, which
// they alone hold, takes the place of the roles through which whoever handed over speaks today.
func (t *txn) takeOver(ctx context.Context, l *loaded, a *tertial.Answer) (func(*tertial.Action) error, error) {
	if l.action.Status.Closed() {
		return nil, fmt.Errorf("%w: %s is %s", tertial.ErrRefused, l.action.Ref, l.action.Status)
	}
	day := t.s.day(t.stamp.At)
	reg, err := t.s.register(ctx, t, []tertial.Dossier{{Parties: l.parties}}, "")
	if err != nil {
		return nil, err
	}
	from := voiceOf(l.parties, reg, a.PersonID, day)
	if !from.speaks() {
		return nil, fmt.Errorf("%w: %s is no longer theirs to hand over", tertial.ErrConflict, l.action.Ref)
	}
	role, err := t.ownRole(ctx, a.To, day)
	if err != nil {
		return nil, err
	}
	var handed []string // as the action writes them
	for _, p := range l.parties {
		if p.Part == tertial.Responsible && slices.Contains(from.roles, p.Role.ID) {
			handed = append(handed, p.Role.Name)
		}
	}
	return func(x *tertial.Action) error {
		at := slices.IndexFunc(x.Responsible, func(name string) bool { return slices.Contains(handed, name) })
		x.Responsible = slices.DeleteFunc(x.Responsible, func(name string) bool {
			return slices.Contains(handed, name) || tertial.RoleKey(name) == tertial.RoleKey(role)
		})
		x.Responsible = slices.Insert(x.Responsible, min(max(at, 0), len(x.Responsible)), role)
		x.AskOfParties()
		return nil
	}, nil
}

// ownRole returns the name of a role that only the person of an address holds, from the day on. Who is new is stored, by the name that
// the address makes.
func (t *txn) ownRole(ctx context.Context, address string, day tertial.Date) (string, error) {
	there, err := t.s.people(ctx, t, selectPersons+`WHERE p.email_key = $1`, emailKey(address))
	if err != nil {
		return "", fmt.Errorf("reading people: %w", err)
	}
	p := tertial.Person{Name: tertial.NameOf(address), Email: address}
	if len(there) > 0 {
		p = there[0]
	}
	name, held, err := t.nameOwnRole(ctx, &p)
	if err != nil || held {
		return name, err
	}
	p.Holdings = append(slices.Clone(p.Holdings), tertial.Holding{Role: name, From: day})
	e := &peopleEdit{t: t}
	if err := e.load(ctx, []tertial.Person{p}); err != nil {
		return "", err
	}
	if err := e.insertNew(ctx, []tertial.Person{p}); err != nil {
		return "", err
	}
	if err := e.set(p, e.known[emailKey(p.Email)]); err != nil {
		return "", err
	}
	return name, e.store(ctx)
}

// nameOwnRole finds the name of a person's own role: their name, or, where that is one word, which may well be a function's, or the
// name of a role of others, with "(person)" behind it. held says that they have it, for good.
func (t *txn) nameOwnRole(ctx context.Context, p *tertial.Person) (name string, held bool, err error) {
	for n := 0; ; n++ {
		name = ownRoleName(p.Name, n)
		if key := tertial.RoleKey(name); n == 0 && (!strings.Contains(strings.TrimSpace(p.Name), " ") || t.s.grants(key)) {
			continue
		}
		holders, known, err := t.holdersEver(ctx, name)
		if err != nil || !known {
			return name, false, err
		}
		own := len(holders) > 0 && !slices.ContainsFunc(holders, func(h holdingRow) bool { return h.PersonID != p.ID })
		if own && holders[len(holders)-1].To.IsZero() {
			return holders[0].Role, true, nil
		}
	}
}

func ownRoleName(name string, n int) string {
	switch n {
	case 0:
		return name
	case 1:
		return name + " (person)"
	}
	return fmt.Sprintf("%s (person %d)", name, n)
}

// grants reports whether a role, by its key, lets its holders see or do more than others.
func (s *Store) grants(key string) bool {
	return slices.Contains([]string{tertial.Coordinator, s.coordinator, s.management, s.auditor}, key)
}

// holdersEver lists who holds, has held or will hold a role, the oldest holding first; known is false where there is no such role.
func (t *txn) holdersEver(ctx context.Context, role string) (holders []holdingRow, known bool, err error) {
	var ids []int64
	if err := t.SelectContext(ctx, &ids, `SELECT id FROM roles WHERE key = $1`, tertial.RoleKey(role)); err != nil {
		return nil, false, fmt.Errorf("reading roles: %w", err)
	}
	if len(ids) == 0 {
		return nil, false, nil
	}
	err = t.SelectContext(ctx, &holders, `SELECT r.name, h.from_date, h.to_date, h.role_id, h.person_id
		FROM holdings h JOIN roles r ON r.id = h.role_id WHERE h.role_id = $1 ORDER BY h.from_date, h.id`, ids[0])
	if err != nil {
		return nil, false, fmt.Errorf("reading who holds a role: %w", err)
	}
	return holders, true, nil
}
