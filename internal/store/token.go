package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tertial/internal/tertial"
)

// tokenRow is a program's token.
type tokenRow struct {
	ID      int64   `db:"id"`
	Name    string  `db:"name"`
	Scopes  words   `db:"scopes"`
	Created instant `db:"created_at"`
	Expires instant `db:"expires_at"`
	Used    instant `db:"used_at"`
	Revoked instant `db:"revoked_at"`
}

const tokenColumns = `id, name, scopes, created_at, expires_at, used_at, revoked_at`

func (r *tokenRow) noun() tertial.APIToken {
	return tertial.APIToken{ID: r.ID, Name: r.Name, Scopes: append([]string{}, r.Scopes...), Created: r.Created.noun(), Expires: r.Expires.noun(),
		Used: r.Used.noun(), Revoked: r.Revoked.noun()}
}

// APITokens lists every token there ever was, the newest first.
func (s *Store) APITokens(ctx context.Context) ([]tertial.APIToken, error) {
	var rows []tokenRow
	if err := s.r.SelectContext(ctx, &rows, `SELECT `+tokenColumns+` FROM api_tokens ORDER BY id DESC`); err != nil {
		return nil, s.failed(ctx, "listing tokens", err)
	}
	all := make([]tertial.APIToken, len(rows))
	for i := range rows {
		all[i] = rows[i].noun()
	}
	return all, nil
}

// NewAPIToken keeps a token by the hash of its secret. One without an end lasts until it is revoked.
func (s *Store) NewAPIToken(ctx context.Context, stamp tertial.Stamp, k tertial.APIToken, hash string) (tertial.APIToken, error) {
	k.Name, k.Created, k.Used, k.Revoked = strings.TrimSpace(k.Name), tertial.Instant{Time: stamp.At}, tertial.Instant{}, tertial.Instant{}
	k.Scopes = append([]string{}, k.Scopes...)
	switch {
	case k.Name == "":
		return tertial.APIToken{}, fmt.Errorf("%w: name: a token needs a name", tertial.ErrInvalid)
	case len(k.Scopes) == 0 || slices.ContainsFunc(k.Scopes, func(x string) bool { return x == "" || strings.ContainsAny(x, " \t\n") }):
		return tertial.APIToken{}, fmt.Errorf("%w: scopes: say what the token is for", tertial.ErrInvalid)
	case !k.Expires.IsZero() && !k.Expires.After(stamp.At):
		return tertial.APIToken{}, fmt.Errorf("%w: expires: the token's end is not ahead", tertial.ErrInvalid)
	case hash == "":
		return tertial.APIToken{}, fmt.Errorf("%w: a token needs a secret", tertial.ErrInvalid)
	}
	err := s.write(ctx, "making a token", stamp, func(t *txn) error {
		err := t.GetContext(ctx, &k.ID, `INSERT INTO api_tokens (name, hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			k.Name, hash, words(k.Scopes), instantOf(stamp.At), instantOf(k.Expires.Time))
		if isDuplicate(err) {
			return fmt.Errorf("%w: there is a token of that secret already", tertial.ErrConflict)
		}
		if err != nil {
			return err
		}
		return t.note(fmt.Sprintf("token %d", k.ID), "made", map[string]any{"name": k.Name, "scopes": k.Scopes, "expires": k.Expires})
	})
	if err != nil {
		return tertial.APIToken{}, err
	}
	return k, nil
}

// RevokeAPIToken ends a token. One that is revoked already stays as it is; one that never was is [tertial.ErrNotFound].
func (s *Store) RevokeAPIToken(ctx context.Context, stamp tertial.Stamp, id int64) error {
	return s.write(ctx, "revoking a token", stamp, func(t *txn) error {
		var revoked instant
		err := t.GetContext(ctx, &revoked, `SELECT revoked_at FROM api_tokens WHERE id = $1`+s.d.forUpdate, id)
		if err != nil || !revoked.IsZero() {
			return notFound(fmt.Sprintf("there is no token %d", id), err)
		}
		if _, err := t.exec(ctx, `UPDATE api_tokens SET revoked_at = $2 WHERE id = $1`, id, instantOf(stamp.At)); err != nil {
			return err
		}
		return t.note(fmt.Sprintf("token %d", id), "revoked", struct{}{})
	})
}

// tokenUsed is how coarsely it is kept when a token was used: not each request is a write.
const tokenUsed = time.Minute

// TokenByHash returns an unexpired token that is not revoked, [tertial.ErrNotFound] where there is none, and keeps to the minute
// when it was last used. Where that cannot be kept the token is good all the same.
func (s *Store) TokenByHash(ctx context.Context, now time.Time, hash string) (tertial.APIToken, error) {
	var r tokenRow
	err := s.r.GetContext(ctx, &r, `SELECT `+tokenColumns+` FROM api_tokens
		WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`, hash, instantOf(now))
	if err != nil {
		return tertial.APIToken{}, s.failed(ctx, "reading a token", notFound("there is no such token", err))
	}
	if now.Sub(r.Used.Time) < tokenUsed {
		return r.noun(), nil
	}
	err = s.write(ctx, "keeping when a token was used", tertial.Stamp{At: now}, func(t *txn) error {
		_, err := t.exec(ctx, `UPDATE api_tokens SET used_at = $2 WHERE id = $1`, r.ID, instantOf(now))
		return err
	})
	if err == nil {
		r.Used = instantOf(now)
	} else if !errors.Is(err, tertial.ErrUnavailable) {
		return tertial.APIToken{}, err
	}
	return r.noun(), nil
}
