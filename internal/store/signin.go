package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tertial/internal/tertial"
)

// signInRow is a request to be let in.
type signInRow struct {
	ID      int64   `db:"id"`
	Person  int64   `db:"person_id"`
	Agent   string  `db:"agent"`
	Asked   instant `db:"asked_at"`
	Expires instant `db:"expires_at"`
	Spent   instant `db:"spent_at"`
	Tries   int     `db:"tries"`
}

const signInColumns = `id, person_id, agent, asked_at, expires_at, spent_at, tries`

func (r *signInRow) noun() tertial.SignIn {
	return tertial.SignIn{ID: r.ID, Person: r.Person, Agent: r.Agent, Asked: r.Asked.noun(), Expires: r.Expires.noun(),
		Spent: r.Spent.noun(), Tries: r.Tries}
}

// signInsKept is how long a request is kept after it was made: it counts for an hour.
const signInsKept = 24 * time.Hour

// AskSignIn keeps a request to be let in, and puts the mail with it into the outbox, in one transaction. An address that nobody has
// changes nothing and is no error: the request's ID is 0. So it is where the address has made too many in the last hour. What
// is read is the same either way.
func (s *Store) AskSignIn(ctx context.Context, stamp tertial.Stamp, email, agent string) (tertial.SignIn, error) {
	var asked tertial.SignIn
	key := emailKey(email)
	err := s.write(ctx, "asking to be let in", stamp, func(t *txn) error {
		asked = tertial.SignIn{}
		// Of two who ask at once for one address one waits, so that both are counted.
		var whom []struct {
			ID       int64  `db:"id"`
			Name     string `db:"name"`
			Email    string `db:"email"`
			Language string `db:"language"`
		}
		err := t.SelectContext(ctx, &whom, `SELECT id, name, email, language FROM persons WHERE email_key = $1`+s.d.forUpdate, key)
		if err != nil {
			return err
		}
		var recent int
		err = t.GetContext(ctx, &recent, `SELECT COUNT(*) FROM sign_ins WHERE email_key = $1 AND asked_at > $2`, key, instantOf(stamp.At.Add(-time.Hour)))
		if err != nil || len(whom) == 0 || recent >= tertial.SignInsAnHour {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM sign_ins WHERE email_key = $1 AND asked_at < $2`, key, instantOf(stamp.At.Add(-signInsKept))); err != nil {
			return err
		}
		p := &whom[0]
		asked, err = t.askSignIn(ctx, p.ID, key, agent)
		if err != nil {
			return err
		}
		return t.mailSignIn(ctx, asked, tertial.Message{To: p.Email, Name: p.Name, Language: p.Language})
	})
	if err != nil {
		return tertial.SignIn{}, err
	}
	return asked, nil
}

func (t *txn) askSignIn(ctx context.Context, person int64, key, agent string) (tertial.SignIn, error) {
	asked := tertial.SignIn{Person: person, Agent: agent, Asked: tertial.Instant{Time: t.stamp.At},
		Expires: tertial.Instant{Time: t.stamp.At.Add(tertial.SignInMinutes * time.Minute)}}
	err := t.GetContext(ctx, &asked.ID, `INSERT INTO sign_ins (person_id, email_key, agent, asked_at, expires_at)
		VALUES ($1, $2, $3, $4, $5) RETURNING id`, person, key, agent, instantOf(asked.Asked.Time), instantOf(asked.Expires.Time))
	if err != nil {
		return asked, fmt.Errorf("keeping the request: %w", err)
	}
	return asked, t.note(personSubject(person), "sign-in asked", map[string]any{"sign_in": asked.ID, "agent": agent})
}

// mailSignIn puts the mail of a request into the outbox. It is due at once.
func (t *txn) mailSignIn(ctx context.Context, asked tertial.SignIn, m tertial.Message) error {
	facts, err := jsonText(tertial.Facts{SignIn: &tertial.SignInFacts{ID: asked.ID, Person: asked.Person, Agent: asked.Agent,
		Asked: asked.Asked, Expires: asked.Expires}})
	if err != nil {
		return fmt.Errorf("storing the facts of a message: %w", err)
	}
	at := instantOf(t.stamp.At)
	rows := insert("messages", `kind TEXT, person_id BIGINT, address TEXT, address_key TEXT, key TEXT, day TEXT, name TEXT, language TEXT,
		state TEXT, facts TEXT, created_at BIGINT, next_try BIGINT`, ``)
	rows.add(string(tertial.SignInMail), asked.Person, m.To, emailKey(m.To), strconv.FormatInt(asked.ID, 10), t.s.day(t.stamp.At), m.Name, m.Language,
		tertial.MessageQueued, facts, at, at)
	if _, err := rows.run(ctx, t); err != nil {
		return fmt.Errorf("putting the mail into the outbox: %w", err)
	}
	t.wake()
	return nil
}

// SignIn returns a request to be let in, or [tertial.ErrNotFound].
func (s *Store) SignIn(ctx context.Context, id int64) (tertial.SignIn, error) {
	var r signInRow
	err := s.r.GetContext(ctx, &r, `SELECT `+signInColumns+` FROM sign_ins WHERE id = $1`, id)
	if err != nil {
		return tertial.SignIn{}, s.failed(ctx, "reading a request to be let in", notFound("there is no such request", err))
	}
	return r.noun(), nil
}

// SpendSignIn uses a request up: false where it was used, is too old or was guessed at too often. Of two who
// spend it at once one is let in.
func (s *Store) SpendSignIn(ctx context.Context, stamp tertial.Stamp, id int64) (bool, error) {
	spent := false
	err := s.write(ctx, "letting somebody in", stamp, func(t *txn) error {
		spent = false
		var person int64
		err := t.GetContext(ctx, &person, `UPDATE sign_ins SET spent_at = $2
			WHERE id = $1 AND spent_at IS NULL AND expires_at > $2 AND tries < $3 RETURNING person_id`,
			id, instantOf(stamp.At), tertial.SignInTries)
		if err = notFound("the request is no good any more", err); errors.Is(err, tertial.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		spent = true
		return t.signedIn(ctx, person, map[string]any{"sign_in": id})
	})
	return spent && err == nil, err
}

// signedIn logs that a person was let in. Whoever is the first closes the set-up.
func (t *txn) signedIn(ctx context.Context, person int64, detail map[string]any) error {
	closed, err := meta(ctx, t, metaSignedIn)
	if err == nil && closed == "" {
		err = t.setMeta(ctx, metaSignedIn, t.stamp.At.UTC().Format(time.RFC3339))
	}
	if err != nil {
		return fmt.Errorf("closing the set-up: %w", err)
	}
	return t.note(personSubject(person), "signed in", detail)
}

// MissSignIn counts a wrong code.
func (s *Store) MissSignIn(ctx context.Context, now time.Time, id int64) error {
	return s.write(ctx, "counting a wrong code", tertial.Stamp{At: now}, func(t *txn) error {
		_, err := t.exec(ctx, `UPDATE sign_ins SET tries = tries + 1 WHERE id = $1`, id)
		return err
	})
}

// OpenSignIns returns the requests of an address that can still be answered by a code, the newest first.
func (s *Store) OpenSignIns(ctx context.Context, now time.Time, email string) ([]tertial.SignIn, error) {
	var rows []signInRow
	err := s.r.SelectContext(ctx, &rows, `SELECT `+signInColumns+` FROM sign_ins
		WHERE email_key = $1 AND asked_at > $2 AND expires_at > $3 AND spent_at IS NULL AND tries < $4 ORDER BY id DESC`,
		emailKey(email), instantOf(now.Add(-signInsKept)), instantOf(now), tertial.SignInTries)
	if err != nil {
		return nil, s.failed(ctx, "reading requests to be let in", err)
	}
	all := make([]tertial.SignIn, len(rows))
	for i := range rows {
		all[i] = rows[i].noun()
	}
	return all, nil
}

// LinkedPerson returns who signs in with an account of a provider, [tertial.ErrNotFound] where nobody has yet.
func (s *Store) LinkedPerson(ctx context.Context, issuer, subject string) (tertial.Person, error) {
	people, err := s.people(ctx, s.r, selectPersons+`JOIN accounts a ON a.person_id = p.id WHERE a.issuer = $1 AND a.subject = $2`, issuer, subject)
	if err == nil && len(people) == 0 {
		err = fmt.Errorf("%w: nobody has signed in with that account", tertial.ErrNotFound)
	}
	if err != nil {
		return tertial.Person{}, s.failed(ctx, "reading whose account it is", err)
	}
	return people[0], nil
}

// LinkPerson keeps that a person signs in with an account of a provider. Another person's account is a conflict; linked
// already, nothing changes.
func (s *Store) LinkPerson(ctx context.Context, stamp tertial.Stamp, person int64, issuer, subject string) error {
	return s.write(ctx, "linking an account", stamp, func(t *txn) error {
		n, err := t.exec(ctx, `INSERT INTO accounts (issuer, subject, person_id, linked_at)
			SELECT $1, $2, id, $4 FROM persons WHERE id = $3 ON CONFLICT (issuer, subject) DO NOTHING`, issuer, subject, person, instantOf(stamp.At))
		if err != nil {
			return err
		}
		if n == 1 {
			if err := t.note(personSubject(person), "account linked", map[string]string{"issuer": issuer}); err != nil {
				return err
			}
			return t.signedIn(ctx, person, map[string]any{"issuer": issuer})
		}
		var whose int64
		err = t.GetContext(ctx, &whose, `SELECT person_id FROM accounts WHERE issuer = $1 AND subject = $2`, issuer, subject)
		switch {
		case err != nil:
			return notFound(fmt.Sprintf("there is no person %d", person), err)
		case whose != person:
			return fmt.Errorf("%w: somebody else signs in with that account", tertial.ErrConflict)
		}
		return nil
	})
}

// personSubject is what the log calls a person.
func personSubject(id int64) string { return "person " + strconv.FormatInt(id, 10) }
