package store

import (
	"context"
	"time"

	"tertial/internal/tertial"
)

// sessionRow is a browser's session.
type sessionRow struct {
	Key     string  `db:"key"`
	Person  link    `db:"person_id"`
	Agent   string  `db:"agent"`
	Created instant `db:"created_at"`
	Seen    instant `db:"seen_at"`
	Expires instant `db:"expires_at"`
	Data    []byte  `db:"data"`
}

const sessionColumns = `key, person_id, agent, created_at, seen_at, expires_at, data`

func (r *sessionRow) noun() tertial.Session {
	return tertial.Session{Key: r.Key, Person: int64(r.Person), Agent: r.Agent, Created: r.Created.noun(), Seen: r.Seen.noun(),
		Expires: r.Expires.noun(), Data: r.Data}
}

// expiredAtOnce is how many expired sessions go when one is saved: more than can come with it.
const expiredAtOnce = 10

// SaveSession stores a session by its key, whether it is new or not. When it was created stays. A few of those that have expired
// by then go with it.
func (s *Store) SaveSession(ctx context.Context, v tertial.Session) error {
	if v.Data == nil {
		v.Data = []byte{}
	}
	if v.Created.IsZero() {
		v.Created = v.Seen
	}
	return s.write(ctx, "storing a session", tertial.Stamp{At: v.Seen.Time}, func(t *txn) error {
		_, err := t.exec(ctx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (key) DO UPDATE SET person_id = excluded.person_id, agent = excluded.agent, seen_at = excluded.seen_at,
				expires_at = excluded.expires_at, data = excluded.data`,
			v.Key, link(v.Person), v.Agent, instantOf(v.Created.Time), instantOf(v.Seen.Time), instantOf(v.Expires.Time), v.Data)
		if err != nil || v.Seen.IsZero() {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM sessions WHERE key IN (
			SELECT key FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`+s.d.skipLocked+`)`, instantOf(v.Seen.Time), expiredAtOnce)
		return err
	})
}

// Session returns an unexpired session by its key, [tertial.ErrNotFound] where there is none.
func (s *Store) Session(ctx context.Context, now time.Time, key string) (tertial.Session, error) {
	var r sessionRow
	err := s.r.GetContext(ctx, &r, `SELECT `+sessionColumns+` FROM sessions WHERE key = $1 AND expires_at > $2`, key, instantOf(now))
	if err != nil {
		return tertial.Session{}, s.failed(ctx, "reading a session", notFound("there is no such session", err))
	}
	return r.noun(), nil
}

// EndSession forgets a session. One that is not there is no error.
func (s *Store) EndSession(ctx context.Context, key string) error {
	return s.write(ctx, "ending a session", tertial.Stamp{}, func(t *txn) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE key = $1`, key)
		return err
	})
}

// Sessions returns the unexpired sessions of a person, the one that was seen last first.
func (s *Store) Sessions(ctx context.Context, now time.Time, person int64) ([]tertial.Session, error) {
	var rows []sessionRow
	err := s.r.SelectContext(ctx, &rows, `SELECT `+sessionColumns+` FROM sessions
		WHERE person_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, key`, person, instantOf(now))
	if err != nil {
		return nil, s.failed(ctx, "reading sessions", err)
	}
	all := make([]tertial.Session, len(rows))
	for i := range rows {
		all[i] = rows[i].noun()
	}
	return all, nil
}
