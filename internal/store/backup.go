package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
	"tertial/migrations"
)

// Contents are what a backup, or a database that was restored from one, holds.
type Contents struct {
	Schema   int64  `json:"schema"`
	Actions  int    `json:"actions"`
	People   int    `json:"people"`
	Messages int    `json:"messages"`
	Entries  int64  `json:"log_entries"`
	Head     string `json:"log_head"` // the hash of the last entry: kept elsewhere, it proves that the end is not cut off
	Bytes    int64  `json:"bytes"`
}

// Backup writes everything, as it is at one moment and whatever goes on meanwhile, to a new file: an SQLite database, from which
// either database can be restored. The file has its name when it has been checked and is safe on the disk, and not before.
// Where there is a file of that name already it is refused.
func (s *Store) Backup(ctx context.Context, path string) (c Contents, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return c, fmt.Errorf("%w: %q is no path", tertial.ErrInvalid, path)
	}
	if _, err := os.Lstat(path); err == nil {
		return c, fmt.Errorf("%w: there is a file %s already; name a new one", tertial.ErrRefused, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return c, refusal("writing", path, err)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".backup-") // nobody else sees into it, and the last step is a rename
	if err != nil {
		return c, refusal("writing", path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	part := filepath.Join(folder, "tertial.db")
	if s.d.leases {
		err = s.copyOut(ctx, part)
	} else {
		err = alone(s.path, func(db *sqlx.DB) error {
			_, err := db.ExecContext(ctx, `VACUUM INTO $1`, part)
			return err
		})
	}
	if err != nil {
		return c, s.failed(ctx, "writing the backup", err)
	}
	if c, err = inspect(ctx, part); err != nil {
		return c, err
	}
	if err := safely(part, path); err != nil {
		return c, refusal("writing", path, err)
	}
	return c, nil
}

// copyOut makes an SQLite database of what PostgreSQL holds.
func (s *Store) copyOut(ctx context.Context, path string) (err error) {
	to, err := Open(ctx, Options{Database: path, Migrate: true})
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err == nil {
			err = inOneFile(ctx, path)
		}
	}()
	db, err := unhurried(s.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	from, err := sqlx.NewDb(db, "postgres").BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(from.Rollback())) }()
	into, err := to.w.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(into.Rollback())) }()
	if err := copyAll(ctx, side{from, &s.d}, side{into, &to.d}); err != nil {
		return err
	}
	return into.Commit()
}

// alone works with an SQLite file over a connection of its own.
func alone(path string, work func(*sqlx.DB) error) error {
	db, err := sqlx.Open("sqlite", sqliteDSN(path, false))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(work(db), db.Close())
}

// inOneFile puts what is in the journal of a database that nobody uses into the database.
func inOneFile(ctx context.Context, path string) error {
	return alone(path, func(db *sqlx.DB) error {
		_, err := db.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
		return err
	})
}

// Restore makes a database of a backup: the one that o names, which must not be there yet, or be empty. The backup is
// checked first, and nothing of it is changed; one of an older schema is brought up on the way. The database is held: nothing is
// sent from it before a person says so.
func Restore(ctx context.Context, stamp tertial.Stamp, o Options, path string) (c Contents, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, fmt.Errorf("%w: there is no file %s", tertial.ErrNotFound, path)
	case err != nil:
		return c, refusal("reading", path, err)
	case !info.Mode().IsRegular():
		return c, fmt.Errorf("%w: %s is no ordinary file", tertial.ErrRefused, path)
	}
	folder, err := workFolder(o.Database)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	part := filepath.Join(folder, "tertial.db")
	if err := copyFile(part, path); err != nil {
		return c, refusal("reading", path, err)
	}
	if c, err = inspect(ctx, part); err != nil {
		return c, err
	}
	// Brought up and held while it is still a copy, so that there is no moment at which it could send.
	copied, err := Open(ctx, Options{Database: part, Migrate: true, Zone: o.Zone, Coordinator: o.Coordinator})
	if err != nil {
		return c, err
	}
	err = copied.holdRestored(ctx, stamp, "the database was restored from a backup of "+info.ModTime().UTC().Format(time.RFC3339))
	if err == nil && IsPostgres(o.Database) {
		err = copied.copyIn(ctx, o)
	}
	if err := errors.Join(err, copied.Close()); err != nil || IsPostgres(o.Database) {
		return c, err
	}
	if err := inOneFile(ctx, part); err != nil {
		return c, unavailable(err)
	}
	return c, place(part, o.Database)
}

// holdRestored holds mail, wherever the database comes to lie. It stays held for the reason for which it was.
func (s *Store) holdRestored(ctx context.Context, stamp tertial.Stamp, reason string) error {
	return s.write(ctx, "holding mail", stamp, func(t *txn) error {
		was, err := meta(ctx, t, metaHold)
		if err != nil {
			return err
		}
		if was == "" {
			err = t.setMeta(ctx, metaHold, reason)
		}
		return errors.Join(err, t.note("mail", "held", map[string]string{"reason": reason}))
	})
}

// workFolder is where a backup is unpacked: beside the SQLite file that it becomes, which must not be there.
func workFolder(database string) (string, error) {
	beside := os.TempDir()
	if !IsPostgres(database) {
		if err := vacant(database); err != nil {
			return "", err
		}
		beside = filepath.Dir(database)
	}
	folder, err := os.MkdirTemp(beside, ".restore-")
	if err != nil {
		return "", refusal("writing", database, err)
	}
	return folder, nil
}

// vacant refuses a database that there is. What is left of one that was moved away would be taken for the new one's.
func vacant(database string) error {
	for _, path := range []string{database, database + "-wal", database + "-journal"} {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%w: there is %s already; stop what uses it and move it away", tertial.ErrRefused, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return refusal("writing", path, err)
		}
	}
	return nil
}

// place gives a restored file its name, unless somebody has taken it meanwhile.
func place(part, database string) error {
	if err := vacant(database); err != nil {
		return err
	}
	if err := safely(part, database); err != nil {
		return refusal("writing", database, err)
	}
	return nil
}

// copyIn fills an empty PostgreSQL database.
func (s *Store) copyIn(ctx context.Context, o Options) (err error) {
	to, err := Open(ctx, Options{Database: o.Database, Migrate: true, Zone: o.Zone, Coordinator: o.Coordinator})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	from, err := s.r.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(from.Rollback())) }()
	db, err := unhurried(to.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	into, err := sqlx.NewDb(db, "postgres").BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(into.Rollback())) }()
	var used bool
	if err := into.GetContext(ctx, &used, `SELECT EXISTS (SELECT 1 FROM log) OR EXISTS (SELECT 1 FROM actions) OR EXISTS (SELECT 1 FROM persons)`); err != nil {
		return err
	}
	if used {
		return fmt.Errorf("%w: the database is not empty; name a new one", tertial.ErrRefused)
	}
	if err := copyAll(ctx, side{from, &s.d}, side{into, &to.d}); err != nil {
		return to.failed(ctx, "restoring", err)
	}
	return to.failed(ctx, "restoring", into.Commit())
}

// inspect finds out whether a file is a whole database of ours, without changing it: its pages, its references, its schema and the
// chain of its log.
func inspect(ctx context.Context, path string) (c Contents, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return c, refusal("reading", path, err)
	}
	damaged := func(what string) error {
		return fmt.Errorf("%w: this is no backup of tertial, or it is damaged: %s", tertial.ErrRefused, what)
	}
	db, err := sqlx.Open("sqlite", sqliteDSN(path, true))
	if err != nil {
		return c, unavailable(err)
	}
	s := &Store{d: sqliteDialect(), w: db, r: db, path: path, zone: time.UTC}
	defer func() { err = errors.Join(err, db.Close()) }()
	var id int64
	var verdict string
	if err := db.GetContext(ctx, &id, `PRAGMA application_id`); err != nil || id != applicationID {
		return c, damaged("it does not bear our mark")
	}
	if err := db.GetContext(ctx, &verdict, `PRAGMA integrity_check(1)`); err != nil || verdict != "ok" {
		return c, damaged("its pages do not fit together")
	}
	if c.Schema, err = s.schemaVersion(ctx); err != nil {
		return c, damaged("it has no schema")
	}
	switch want, err := migrations.Newest(s.d.name); {
	case err != nil:
		return c, err
	case c.Schema > want:
		return c, newer(c.Schema, want)
	case c.Schema == 0:
		return c, damaged("it has no schema")
	}
	var astray int
	if err := db.GetContext(ctx, &astray, `SELECT COUNT(*) FROM pragma_foreign_key_check()`); err != nil || astray > 0 {
		return c, damaged("rows refer to others that are not there")
	}
	entries, bad, err := s.VerifyLog(ctx)
	if err != nil || bad != 0 {
		return c, damaged(fmt.Sprintf("entry %d of its log does not follow from the one before", bad))
	}
	c.Entries, c.Bytes = entries, info.Size()
	err = db.QueryRowxContext(ctx, `SELECT (SELECT COUNT(*) FROM actions), (SELECT COUNT(*) FROM persons), (SELECT COUNT(*) FROM messages), (SELECT hash FROM log_head)`).
		Scan(&c.Actions, &c.People, &c.Messages, &c.Head)
	return c, err
}

func copyFile(to, from string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = io.Copy(dst, src)
	return err
}

// safely has a file on the disk before it gets its name, and the name as well. A file that has the name already stays.
func safely(part, path string) error {
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	if err := flush(part); err != nil {
		return err
	}
	if err := os.Link(part, path); err != nil {
		return err
	}
	return flush(filepath.Dir(path))
}

func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
