package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// GiveAnswer stores what a person says about an action, with its files, and does what it says: the action's status and
// note, who is not reminded until when, and, for a hand-over, the mail to whoever is asked. It is checked against the rules of
// [tertial.Answer.Check]; who may not answer is refused. The text is expected cleaned.
//
// The key is the form's: the same one again changes nothing and returns the answer that is there, also where that has been
// taken back; for another action or by another person it is a conflict.
func (s *Store) GiveAnswer(ctx context.Context, stamp tertial.Stamp, key string, a tertial.Answer, files []tertial.Upload) (tertial.Answer, error) {
	doing := "answering about action " + cut(a.Ref)
	if key == "" || len(key) > 200 || tertial.CheckText("key", key) != nil {
		return tertial.Answer{}, fmt.Errorf("%s: %w: an answer needs the key of its form", doing, tertial.ErrInvalid)
	}
	checked, err := checkUploads(files)
	if err != nil {
		return tertial.Answer{}, fmt.Errorf("%s: %w", doing, err)
	}
	var stored tertial.Answer
	err = s.write(ctx, doing, stamp, func(t *txn) error {
		l, err := s.loadAction(ctx, t, a.Ref, s.d.forUpdate)
		if err != nil {
			return err
		}
		there, err := s.responses(ctx, t, `WHERE r.key = $1`, key)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			if stored = there[0]; stored.ActionID != l.action.ID || stored.PersonID != a.PersonID {
				return fmt.Errorf("%w: that form has been used for another answer", tertial.ErrConflict)
			}
			return nil
		}
		g := &giving{t: t, l: l, a: a, key: key, files: checked, today: s.day(stamp.At)}
		stored, err = g.give(ctx)
		return err
	})
	if isDuplicate(err) {
		return tertial.Answer{}, fmt.Errorf("%s: %w: that form has been used for another answer", doing, tertial.ErrConflict)
	}
	if err != nil {
		return tertial.Answer{}, err
	}
	return stored, nil
}

// giving is one answer on its way into the database.
type giving struct {
	t      *txn
	l      *loaded // the action, locked
	a      tertial.Answer
	key    string
	files  []tertial.Upload
	today  tertial.Date
	voice  voice
	undo   undoing
	change *change // what the answer changes of the action, nil for nothing
}

func (g *giving) give(ctx context.Context) (tertial.Answer, error) {
	if err := g.check(ctx); err != nil {
		return g.a, err
	}
	ids, err := g.t.takeIDs(ctx, "responses", 1)
	if err != nil {
		return g.a, fmt.Errorf("taking an id: %w", err)
	}
	g.a.ID = ids[0]
	g.undo = undoingOf(g.l)
	if err := g.decide(ctx); err != nil {
		return g.a, err
	}
	if err := g.silence(ctx); err != nil {
		return g.a, err
	}
	if err := g.store(ctx); err != nil {
		return g.a, err
	}
	stored, err := g.t.s.answerByID(ctx, g.t, g.a.ID)
	if err != nil || g.a.Kind != tertial.AnswerHandOver {
		return stored, err
	}
	return stored, g.t.askToTakeOver(ctx, &stored)
}

// check refuses what breaks a rule.
func (g *giving) check(ctx context.Context) error {
	t, action := g.t, &g.l.action
	g.a.Ref, g.a.ActionID, g.a.Title = action.Ref, action.ID, action.Title
	g.a.To = strings.TrimSpace(g.a.To)
	g.a.Evidence = make([]tertial.Evidence, len(g.files))
	reg, err := t.s.register(ctx, t, []tertial.Dossier{{Parties: g.l.parties}}, "")
	if err != nil {
		return err
	}
	if g.voice = voiceOf(g.l.parties, reg, g.a.PersonID, g.today); !g.voice.speaks() {
		return fmt.Errorf("%w: person %d is not responsible for %s", tertial.ErrRefused, g.a.PersonID, action.Ref)
	}
	if err := g.a.Check(action, g.today); err != nil {
		return err
	}
	switch g.a.Kind {
	case tertial.AnswerHandOver:
		return g.checkReceiver(ctx, reg)
	case tertial.AnswerLater:
		return g.checkTimes(ctx)
	}
	return nil
}

// checkTimes refuses to put an action off more often than it may be.
func (g *giving) checkTimes(ctx context.Context) error {
	var times int
	err := g.t.GetContext(ctx, &times, `SELECT COUNT(*) FROM responses WHERE action_id = $1 AND person_id = $2
		AND kind = 'later' AND due = $3 AND undone_at IS NULL`, g.l.action.ID, g.a.PersonID, g.l.action.Timing.Due)
	if err != nil {
		return fmt.Errorf("counting how often an action was put off: %w", err)
	}
	if times >= tertial.LaterTimes {
		return fmt.Errorf("%w: reminders of %s have been put off %d times already", tertial.ErrRefused, g.l.action.Ref, times)
	}
	return nil
}

// checkReceiver refuses an address to which the action cannot be handed over: of another house, the person's own, or of somebody
// who has the role already.
func (g *giving) checkReceiver(ctx context.Context, reg *tertial.Register) error {
	key := emailKey(g.a.To)
	_, domain, _ := strings.Cut(key, "@")
	known, err := g.t.knowsDomain(ctx, domain)
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("%w: to: an action can be handed over to addresses of this organisation only", tertial.ErrInvalid)
	}
	if p := reg.People[g.a.PersonID]; p != nil && emailKey(p.Email) == key {
		return fmt.Errorf("%w: to: this is your own address", tertial.ErrInvalid)
	}
	for _, role := range g.voice.roles {
		for _, id := range reg.Holders(role, g.today) {
			if emailKey(reg.People[id].Email) == key {
				return fmt.Errorf("%w: to: that person is responsible for %s already", tertial.ErrInvalid, g.l.action.Ref)
			}
		}
	}
	return nil
}

// knowsDomain reports whether somebody has an address in the domain, or the configuration names it.
func (t *txn) knowsDomain(ctx context.Context, domain string) (bool, error) {
	for _, d := range t.s.domains {
		if d == domain {
			return true, nil
		}
	}
	var one []int
	// No sign of a pattern passes the check of an address.
	err := t.SelectContext(ctx, &one, `SELECT 1 FROM persons WHERE email_key LIKE '%@' || CAST($1 AS TEXT) LIMIT 1`, domain)
	if err != nil {
		return false, fmt.Errorf("looking for a domain: %w", err)
	}
	return len(one) > 0, nil
}

// decide works out what the answer changes of the action.
func (g *giving) decide(ctx context.Context) (err error) {
	at := tertial.Instant{Time: g.t.stamp.At.UTC().Truncate(time.Millisecond)} // as it will be read
	switch g.a.Kind {
	case tertial.AnswerDone:
		return g.done(ctx)
	case tertial.AnswerOnTrack:
		g.change, err = changeOf(g.l, func(a *tertial.Action) error { return a.Report(tertial.OnTrack, g.a.Text, at) })
	case tertial.AnswerBlocked:
		g.change, err = changeOf(g.l, func(a *tertial.Action) error { return a.Report(tertial.Blocked, g.a.Text, at) })
	}
	return err
}

// done notes that the parts for which the person speaks are done. With the last of them, or when all steps are done, the
// action is reported done.
func (g *giving) done(ctx context.Context) (err error) {
	a := &g.l.action
	if a.Status != tertial.Open && a.Status != tertial.InProgress {
		return fmt.Errorf("%w: %s is %s and cannot be reported done", tertial.ErrRefused, a.Ref, a.Status)
	}
	left, err := g.speak(ctx)
	if err != nil {
		return err
	}
	steps := len(a.Steps) > 0 && a.StepsDone() == len(a.Steps)
	g.change, err = changeOf(g.l, func(a *tertial.Action) error {
		a.Status = tertial.InProgress
		if left == 0 || steps {
			a.Status = tertial.ReportedDone
		}
		if g.a.Text != "" {
			a.Note = g.a.Text
		}
		return nil
	})
	return err
}

// speak notes in answers whose part is done, and returns how many responsible people have yet to say so.
func (g *giving) speak(ctx context.Context) (left int, err error) {
	t, id := g.t, g.l.action.ID
	reg, err := t.s.register(ctx, t, []tertial.Dossier{{Parties: g.l.parties}}, "")
	if err != nil {
		return 0, err
	}
	answered, err := t.s.answers(ctx, t, []int64{id})
	if err != nil {
		return 0, err
	}
	spoken := make(map[int64]bool)
	for _, person := range answered[id] {
		spoken[person] = true
	}
	rows := insert("answers", `action_id BIGINT, person_id BIGINT, at BIGINT`, `ON CONFLICT DO NOTHING`)
	for _, person := range g.voice.people {
		if person == 0 {
			person = g.a.PersonID // nobody has the role, and the coordinator has done what there was to do
		}
		if !spoken[person] {
			spoken[person] = true
			g.undo.Answered = append(g.undo.Answered, person)
			rows.add(id, person, instantOf(t.stamp.At))
		}
	}
	waiting := make(map[int64]bool)
	for _, party := range g.l.parties {
		if party.Part != tertial.Responsible {
			continue
		}
		for _, holder := range reg.Holders(party.Role.ID, g.today) {
			if !spoken[holder] {
				waiting[holder] = true
			}
		}
	}
	if _, err = rows.run(ctx, t); err != nil {
		return 0, fmt.Errorf("storing whose part is done: %w", err)
	}
	return len(waiting), nil
}

// store writes the answer with its files, the change of the action and the log, and has the action looked at.
func (g *giving) store(ctx context.Context) error {
	t, a := g.t, &g.a
	undo, err := jsonText(g.undo)
	if err != nil {
		return fmt.Errorf("storing an answer: %w", err)
	}
	version := g.l.action.Version
	if g.change != nil {
		version = g.change.after.Version
	}
	row := insert("responses", `id BIGINT, key TEXT, action_id BIGINT, person_id BIGINT, kind TEXT, said TEXT, on_date TEXT, to_address TEXT,
		given_at BIGINT, message_id BIGINT, due TEXT, made_version INTEGER, undo TEXT`, ``)
	row.add(a.ID, g.key, a.ActionID, a.PersonID, string(a.Kind), a.Text, a.Date, a.To, instantOf(t.stamp.At), link(a.Message),
		g.l.action.Timing.Due, version, undo)
	if _, err := row.run(ctx, t); err != nil {
		return fmt.Errorf("storing an answer: %w", err)
	}
	if err := t.note("action "+a.Ref, "answered", answerNote{a.ID, a.Kind, a.PersonID, a.Date}); err != nil {
		return err
	}
	if _, err := t.keepEvidence(ctx, &g.l.action, a.ID, a.PersonID, g.files); err != nil {
		return err
	}
	if g.change == nil {
		return t.lookWhere(ctx, `a.id = $3`, a.ActionID)
	}
	return t.store(ctx, []*change{g.change})
}

// answerNote is what the log keeps of an answer: no words and no addresses.
type answerNote struct {
	ID     int64              `json:"answer"`
	Kind   tertial.AnswerKind `json:"kind"`
	Person int64              `json:"person"`
	Date   tertial.Date       `json:"date"`
}
