package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// Keys of meta that this package gives a meaning.
const (
	metaInstance    = "instance"
	metaHome        = "home"
	metaHold        = "hold"
	metaFingerprint = "fingerprint"
)

// settle records, once, who this instance is and where its database lives.
func (s *Store) settle(ctx context.Context) error {
	return s.write(ctx, "recording the instance", tertial.Stamp{}, func(t *txn) error {
		rows := insert("meta", `key TEXT, value TEXT`, `ON CONFLICT (key) DO NOTHING`)
		rows.add(metaInstance, strings.ToLower(rand.Text()[:12]))
		rows.add(metaHome, s.home)
		_, err := rows.run(ctx, t)
		return err
	})
}

// Instance returns the random id of this instance, which stays with its database.
func (s *Store) Instance(ctx context.Context) (string, error) { return s.Meta(ctx, metaInstance) }

// Created returns when the database was made, which is when the first entry of its log was: [tertial.ErrNotFound] before that.
func (s *Store) Created(ctx context.Context) (time.Time, error) {
	var at instant
	err := s.r.GetContext(ctx, &at, `SELECT made_at FROM log WHERE seq = 1`)
	return at.Time, s.failed(ctx, "asking when the database was made", notFound("an entry of the log", err))
}

// Meta returns a value that the program keeps for itself, "" where there is none.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	v, err := meta(ctx, s.r, key)
	return v, s.failed(ctx, "reading "+key, err)
}

func meta(ctx context.Context, q querier, key string) (string, error) {
	var value string
	err := q.GetContext(ctx, &value, `SELECT value FROM meta WHERE key = $1`, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// SetMeta keeps a value; "" removes it.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	return s.write(ctx, "keeping "+key, tertial.Stamp{}, func(t *txn) error { return t.setMeta(ctx, key, value) })
}

func (t *txn) setMeta(ctx context.Context, key, value string) error {
	query, args := `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, []any{key, value}
	if value == "" {
		query, args = `DELETE FROM meta WHERE key = $1`, args[:1]
	}
	_, err := t.exec(ctx, query, args...)
	return err
}

// Held reports whether nothing is to be sent, and why: a person or a job said
// so, or the database was restored or copied to another home.
func (s *Store) Held(ctx context.Context) (reason string, held bool, err error) {
	reason, err = s.held(ctx, s.r)
	return reason, reason != "", s.failed(ctx, "reading whether mail is held", err)
}

func (s *Store) held(ctx context.Context, q querier) (string, error) {
	reason, err := meta(ctx, q, metaHold)
	if err != nil || reason != "" {
		return reason, err
	}
	home, err := meta(ctx, q, metaHome)
	if err == nil && home != s.home {
		return "the database was restored or copied: it was made in another place", nil
	}
	return "", err
}

// Hold stops all sending until [Store.Resume], and keeps the reason. Where mail is held already, or another one holds it at
// the same moment, that is refused and its reason named.
func (s *Store) Hold(ctx context.Context, stamp tertial.Stamp, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fmt.Errorf("%w: say why mail is held", tertial.ErrInvalid)
	}
	return s.write(ctx, "holding mail", stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil { // so that of two that hold at once one sees the other
			return err
		}
		switch was, err := s.held(ctx, t); {
		case err != nil:
			return err
		case was != "":
			return fmt.Errorf("%w: mail is held already: %s", tertial.ErrRefused, was)
		}
		if err := t.setMeta(ctx, metaHold, reason); err != nil {
			return err
		}
		return t.note("mail", "held", map[string]string{"reason": reason})
	})
}

// Resume lets mail go again, from here: a copied database has its home where it now is.
func (s *Store) Resume(ctx context.Context, stamp tertial.Stamp) error {
	return s.write(ctx, "letting mail go", stamp, func(t *txn) error {
		reason, err := s.held(ctx, t)
		if err != nil || reason == "" {
			return err
		}
		t.wake()
		if err := errors.Join(t.setMeta(ctx, metaHold, ""), t.setMeta(ctx, metaHome, s.home)); err != nil {
			return err
		}
		return t.note("mail", "released", map[string]string{"reason": reason})
	})
}
