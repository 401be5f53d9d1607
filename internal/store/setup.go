package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tertial/internal/tertial"
)

const (
	metaSignedIn = "signed_in" // when the first person was let in
	metaSetUp    = "set_up"    // the hash of the secret of the set-up link
)

// SetSetUp keeps the hash of the set-up link's secret, as [tertial.HashSecret] makes it, once and only while nobody has
// been let in. It reports whether the link of that very hash works.
func (s *Store) SetSetUp(ctx context.Context, hash string) (works bool, err error) {
	err = s.write(ctx, "keeping the set-up link", tertial.Stamp{}, func(t *txn) error {
		works = false
		if err := t.lockLooks(ctx); err != nil { // of two that start at once one is the first
			return err
		}
		stored, open, err := setUp(ctx, t)
		if err != nil || !open {
			return err
		}
		if works = stored == "" || stored == hash; works && stored == "" {
			return t.setMeta(ctx, metaSetUp, hash)
		}
		return nil
	})
	return works && err == nil, err
}

// SetUpOpen reports whether there is a set-up link and nobody has been let in, so that it works.
func (s *Store) SetUpOpen(ctx context.Context) (bool, error) {
	hash, open, err := setUp(ctx, s.r)
	return open && hash != "", s.failed(ctx, "asking whether the set-up is open", err)
}

func setUp(ctx context.Context, q querier) (hash string, open bool, err error) {
	closed, err := meta(ctx, q, metaSignedIn)
	if err != nil {
		return "", false, err
	}
	hash, err = meta(ctx, q, metaSetUp)
	return hash, closed == "", err
}

// SetUp makes a person who holds the coordinator's role from the beginning of time, and closes the set-up. Who has the address already
// is given the role. A secret that is not the link's, and one that comes too late, are both [tertial.ErrNotFound].
func (s *Store) SetUp(ctx context.Context, stamp tertial.Stamp, secret, name, email string) (tertial.Person, error) {
	var made tertial.Person
	err := s.write(ctx, "setting up", stamp, func(t *txn) error {
		if err := t.lockLooks(ctx); err != nil { // of two that set up at once one is the first
			return err
		}
		hash, open, err := setUp(ctx, t)
		if err != nil {
			return err
		}
		if !open || hash == "" || !tertial.SameToken(hash, tertial.HashSecret(secret)) {
			return fmt.Errorf("%w: there is no such set-up link", tertial.ErrNotFound)
		}
		role, err := t.coordinatorRole(ctx)
		if err != nil {
			return err
		}
		p, err := s.person(ctx, t, email)
		if err != nil && !errors.Is(err, tertial.ErrNotFound) {
			return err
		}
		p.Name, p.Email, p.Holdings = name, email, append([]tertial.Holding{{Role: role}}, p.Holdings...)
		e := &peopleEdit{t: t}
		if err := e.load(ctx, []tertial.Person{p}); err != nil {
			return err
		}
		if err := e.insertNew(ctx, []tertial.Person{p}); err != nil {
			return err
		}
		if err := e.set(p, e.known[emailKey(email)]); err != nil {
			return err
		}
		if err := e.store(ctx); err != nil {
			return err
		}
		if made, err = s.person(ctx, t, email); err != nil {
			return err
		}
		if err := t.setMeta(ctx, metaSignedIn, stamp.At.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
		return t.note(personSubject(made.ID), "set up", map[string]string{"role": role})
	})
	if err != nil {
		return tertial.Person{}, err
	}
	return made, nil
}

// coordinatorRole is the name of the coordinator's role: as a document wrote it, else its key.
func (t *txn) coordinatorRole(ctx context.Context) (string, error) {
	var names []string
	if err := t.SelectContext(ctx, &names, `SELECT name FROM roles WHERE key = $1`, t.s.coordinator); err != nil {
		return "", fmt.Errorf("reading the coordinator's role: %w", err)
	}
	switch {
	case len(names) > 0:
		return names[0], nil
	case t.s.coordinator == tertial.Coordinator:
		return strings.ToUpper(t.s.coordinator), nil
	}
	return t.s.coordinator, nil
}
