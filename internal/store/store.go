package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// Options say which database to open and how.
type Options struct {
	// Database is the path of an SQLite file or a postgres:// URL.
	Database string
	// Migrate brings the schema up first. Without it a pending migration is refused.
	Migrate bool
	// Unchecked opens the database whatever its schema, to look at that and bring it up. Nothing else works.
	Unchecked bool
	// MaxConns is how many connections to keep at most, 0 for a sensible number. SQLite
	// has one that writes, and these to read.
	MaxConns int
	// Zone is where the civil date of a change is read; nil is UTC.
	Zone *time.Location
	// Coordinator is the key of the coordinator's role; "" is [tertial.Coordinator].
	Coordinator string
	// Management and Auditor are the keys of the roles whose holders see the reports, and everything; "" is nobody.
	Management, Auditor string
	// Domains are mail domains, beside those of the people, to which an action may be handed over.
	Domains []string
}

// Store is one open database. It is safe for concurrent use.
type Store struct {
	d           dialect
	w, r        *sqlx.DB // one and the same on PostgreSQL
	path        string   // of the SQLite file
	home        string
	zone        *time.Location
	coordinator string
	management  string
	auditor     string
	domains     []string // in lower case
	wakers      wakers
	dsn         string // of PostgreSQL
}

// Open opens the database, makes the SQLite file if there is none, and brings the
// schema up or checks it. It refuses a schema newer than the program.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{zone: o.Zone, coordinator: o.Coordinator, management: o.Management, auditor: o.Auditor}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if s.coordinator == "" {
		s.coordinator = tertial.Coordinator
	}
	for _, domain := range o.Domains {
		s.domains = append(s.domains, strings.ToLower(domain))
	}
	open := s.openSQLite
	if IsPostgres(o.Database) {
		open = s.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if o.Unchecked {
		return s, nil
	}
	if err := s.checkSchema(ctx, o.Migrate); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// IsPostgres reports whether a database is named by a PostgreSQL URL rather than a path.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Close closes every connection. The store is of no use afterwards.
func (s *Store) Close() error {
	var errs []error
	if s.r != nil && s.r != s.w {
		errs = append(errs, s.r.Close())
	}
	if s.w != nil {
		errs = append(errs, s.w.Close())
	}
	return errors.Join(errs...)
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.d.name }

// Ping reports whether the database answers, as [tertial.ErrUnavailable] if not.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.failed(ctx, "asking the database", s.r.GetContext(ctx, &one, `SELECT 1`))
}

// Now returns the clock of the computer that the database runs on: this one's for SQLite.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now instant
	err := s.r.GetContext(ctx, &now, `SELECT `+s.d.now)
	return now.Time, s.failed(ctx, "asking the database for the time", err)
}

// day is the civil date of an instant.
func (s *Store) day(at time.Time) tertial.Date { return tertial.DateIn(at, s.zone) }

// unavailable wraps the failure of the database itself.
func unavailable(err error) error { return fmt.Errorf("%w: %w", tertial.ErrUnavailable, err) }
