package main

import (
	"context"
	"strconv"

	"tertial/internal/store"
)

// migrateVerb looks at the schema, and brings it up.
type migrateVerb struct {
	Status migrateStatus `cmd:"" help:"List the migrations and which have been applied."`
	Up     migrateUp     `cmd:"" help:"Apply every pending migration."`
}

type migrateStatus struct{}

func (migrateStatus) forms() []format { return []format{asJSON, asCSV} }

// Run lists the migrations.
func (migrateStatus) Run(ctx context.Context, p *program) error {
	return p.schema(ctx, func(st *store.Store) error {
		all, err := st.MigrateStatus(ctx)
		if err != nil {
			return err
		}
		return migrationListing("no migrations").print(p, each(all))
	})
}

type migrateUp struct{}

func (migrateUp) forms() []format { return []format{asJSON, asCSV} }

// Run applies what is pending.
func (migrateUp) Run(ctx context.Context, p *program) error {
	return p.schema(ctx, func(st *store.Store) error {
		done, err := st.MigrateUp(ctx)
		if err != nil {
			return err
		}
		return migrationListing("the schema is up to date").print(p, each(done))
	})
}

// schema opens the database as it is, whatever its schema.
func (p *program) schema(ctx context.Context, work func(*store.Store) error) error {
	s, err := p.settings(asOf{})
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{Database: s.cfg.Database, Unchecked: true, Zone: s.rules.Zone})
	if err != nil {
		return unopened(err)
	}
	defer st.Close()
	return work(st)
}

func migrationListing(none string) *listing[store.Migration] {
	return &listing[store.Migration]{
		key:   "migrations",
		table: []column{{"VERSION", 8}, {"STATE", 8}, {"NAME", 0}},
		line: func(m store.Migration) []string {
			return []string{strconv.FormatInt(m.Version, 10), migrationState(m), m.Name}
		},
		csv: []string{"version", "name", "applied"},
		cells: func(m store.Migration) []string {
			return []string{strconv.FormatInt(m.Version, 10), m.Name, strconv.FormatBool(m.Applied)}
		},
		none: none,
	}
}

func migrationState(m store.Migration) string {
	if m.Applied {
		return "applied"
	}
	return "pending"
}
