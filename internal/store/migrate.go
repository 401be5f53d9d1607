package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"tertial/internal/tertial"
	"tertial/migrations"
)

// Migration is one step of the schema.
type Migration struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

// checkSchema compares the schema with what the program knows, and brings it up where it may.
func (s *Store) checkSchema(ctx context.Context, migrate bool) error {
	have, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	want, err := migrations.Newest(s.d.name)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	switch {
	case have > want:
		return newer(have, want)
	case have == want:
		return nil
	case !migrate:
		return fmt.Errorf("%w: the database has schema %d and this program needs %d; run: tertial migrate up", tertial.ErrRefused, have, want)
	}
	_, err = s.MigrateUp(ctx)
	return err
}

func newer(have, want int64) error {
	return fmt.Errorf("%w: the database has schema %d and this program knows %d; use the newer program", tertial.ErrRefused, have, want)
}

// schemaVersion returns the number of the last migration that was applied, 0 for none.
func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	var there int
	probe := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if s.d.leases {
		probe = `SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('goose_db_version')`
	}
	if err := s.w.GetContext(ctx, &there, probe); err != nil || there == 0 {
		return 0, s.failed(ctx, "reading the schema's version", err)
	}
	var version int64
	err := s.w.GetContext(ctx, &version, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`)
	return version, s.failed(ctx, "reading the schema's version", err)
}

// MigrateUp applies every pending migration, each in a transaction of its own, and
// returns those it applied. Of several replicas one does it and the others wait. A schema
// that a newer program made is refused.
func (s *Store) MigrateUp(ctx context.Context) (done []Migration, err error) {
	p, closed, err := s.provider()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	want, err := migrations.Newest(s.d.name)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	done = []Migration{}
	for {
		reached, err := s.schemaVersion(ctx)
		if err != nil {
			return done, err
		}
		if reached > want {
			return done, newer(reached, want)
		}
		results, failure := p.Up(ctx)
		if partial, ok := errors.AsType[*goose.PartialError](failure); ok {
			results = partial.Applied
		}
		done = append(done, applied(results)...)
		if failure == nil {
			return done, s.settle(ctx)
		}
		if n := len(done); n > 0 {
			reached = max(reached, done[n-1].Version)
		}
		// Two processes that begin on one SQLite file get in each other's way: the one that
		// lost sees that the schema has moved on, and takes it up from there.
		after, err := s.schemaVersion(ctx)
		if err != nil || s.d.leases || after <= reached {
			return done, errors.Join(s.failed(ctx, "bringing the schema up", failure), err)
		}
	}
}

func applied(results []*goose.MigrationResult) []Migration {
	done := make([]Migration, 0, len(results))
	for _, r := range results {
		done = append(done, Migration{Version: r.Source.Version, Name: r.Source.Path, Applied: true})
	}
	return done
}

// MigrateStatus lists every migration and whether it was applied, and the newest one of a newer
// program if that has been here. It changes nothing but makes the table that keeps the versions.
func (s *Store) MigrateStatus(ctx context.Context) (list []Migration, err error) {
	p, closed, err := s.provider()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	all, err := p.Status(ctx)
	if err != nil {
		return nil, s.failed(ctx, "reading the schema's state", err)
	}
	list = make([]Migration, 0, len(all))
	for _, m := range all {
		list = append(list, Migration{Version: m.Source.Version, Name: m.Source.Path, Applied: m.State == goose.StateApplied})
	}
	have, err := s.schemaVersion(ctx)
	if err == nil && len(list) > 0 && have > list[len(list)-1].Version {
		list = append(list, Migration{Version: have, Name: "of a newer program", Applied: true})
	}
	return list, err
}

// provider runs the migrations, until done is called. On PostgreSQL they are others than the store's:
// to build an index over a large table may take longer than anything else may.
func (s *Store) provider() (p *goose.Provider, done func() error, err error) {
	db, done := s.w.DB, func() error { return nil }
	if s.d.leases {
		if db, err = unhurried(s.dsn); err != nil {
			return nil, nil, err
		}
		done = db.Close
	}
	if p, err = s.providerOn(db); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return p, done, nil
}

func (s *Store) providerOn(db *sql.DB) (*goose.Provider, error) {
	fsys, err := migrations.For(s.d.name)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	kind := goose.DialectSQLite3
	if s.d.leases {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, fmt.Errorf("preparing the migrations' lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(kind, db, fsys, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the migrations: %w", err)
	}
	return p, nil
}
