package store

import (
	"context"
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
func (s *Store) MigrateUp(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	want, err := migrations.Newest(s.d.name)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	for {
		before, err := s.schemaVersion(ctx)
		if err != nil {
			return nil, err
		}
		if before > want {
			return nil, newer(before, want)
		}
		results, failure := p.Up(ctx)
		if failure == nil {
			return applied(results), s.settle(ctx)
		}
		if partial, ok := errors.AsType[*goose.PartialError](failure); ok {
			results = partial.Applied
		}
		// Two processes that begin on one SQLite file get in each other's way: the one that
		// lost sees that the schema has moved on, and takes it up from there.
		after, err := s.schemaVersion(ctx)
		if err != nil || s.d.leases || after == before || len(results) > 0 {
			return applied(results), errors.Join(s.failed(ctx, "bringing the schema up", failure), err)
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
func (s *Store) MigrateStatus(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, s.failed(ctx, "reading the schema's state", err)
	}
	list := make([]Migration, 0, len(all))
	for _, m := range all {
		list = append(list, Migration{Version: m.Source.Version, Name: m.Source.Path, Applied: m.State == goose.StateApplied})
	}
	have, err := s.schemaVersion(ctx)
	if err == nil && len(list) > 0 && have > list[len(list)-1].Version {
		list = append(list, Migration{Version: have, Name: "of a newer program", Applied: true})
	}
	return list, err
}

func (s *Store) provider() (*goose.Provider, error) {
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
	p, err := goose.NewProvider(kind, s.w.DB, fsys, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the migrations: %w", err)
	}
	return p, nil
}
