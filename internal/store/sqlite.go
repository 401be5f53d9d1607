package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"tertial/internal/tertial"
)

// applicationID marks an SQLite file as ours: "tert" in ASCII.
const applicationID = 0x74657274

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 4

// openSQLite opens the file, made readable to its owner alone where there is none. One
// connection writes, in transactions that take the lock at their beginning: one that
// read first and then wrote would fail where two meet.
func (s *Store) openSQLite(ctx context.Context, o Options) error {
	path, err := makeFile(o.Database, o.Migrate || o.Unchecked)
	if err != nil {
		return err
	}
	s.d, s.path = sqliteDialect(), path
	if s.home, err = filepath.EvalSymlinks(path); err != nil {
		return refusal("finding the database", path, err)
	}
	sqlx.BindDriver("sqlite", sqlx.DOLLAR)
	if s.w, err = sqlx.Open("sqlite", sqliteDSN(path, false)); err != nil {
		return unavailable(err)
	}
	s.w.SetMaxOpenConns(1)
	if err := s.inTurn(ctx, s.adopt); err != nil {
		return err
	}
	if s.r, err = sqlx.Open("sqlite", sqliteDSN(path, true)); err != nil {
		return unavailable(err)
	}
	readers := o.MaxConns
	if readers <= 0 {
		readers = sqliteReaders
	}
	s.r.SetMaxOpenConns(readers)
	s.r.SetMaxIdleConns(readers)
	return nil
}

// makeFile makes an empty file where there is none, in a folder that is there. Where the schema is a person's to bring
// up, so is making the file.
func makeFile(database string, mayMake bool) (string, error) {
	path, err := filepath.Abs(database)
	if err != nil || database == "" {
		return "", fmt.Errorf("%w: %q is no path of a database", tertial.ErrInvalid, database)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return "", fmt.Errorf("%w: the database %s is a folder; name a file in it", tertial.ErrRefused, path)
	case err == nil:
		return path, checkWritable(path)
	case !errors.Is(err, fs.ErrNotExist):
		return "", refusal("opening the database", path, err)
	case !mayMake:
		return "", fmt.Errorf("%w: there is no database %s; run: tertial migrate up", tertial.ErrRefused, path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", refusal("making the database", path, err)
	}
	return path, f.Close()
}

// checkWritable asks the system, which has SQLite find out only when there is something to write. To open the file and close it again
// would end the locks that this process may have on it.
func checkWritable(path string) error {
	const read, write = 4, 2
	for file, mode := range map[string]uint32{path: read | write, filepath.Dir(path): write} {
		if err := syscall.Access(file, mode); err != nil {
			return readOnly(path)
		}
	}
	return nil
}

func readOnly(path string) error {
	return fmt.Errorf("%w: the database %s cannot be written; this user needs the right to write the file and its folder", tertial.ErrUnavailable, path)
}

func refusal(doing, path string, err error) error {
	return fmt.Errorf("%w: %s %s: %w", tertial.ErrRefused, doing, path, err)
}

func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{
		"_busy_timeout": {"5000"}, "_foreign_keys": {"1"}, "_dqs": {"0"}, "_timezone": {"UTC"},
	}
	if readOnly {
		q.Set("_query_only", "1")
	} else {
		q.Set("_txlock", "immediate")
		q.Set("_synchronous", "FULL")
		q.Set("_pragma", "journal_size_limit(67108864)") // what a long reader has made of the log is given back
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// turnLimit is how long to wait for others that begin on the same file.
const turnLimit = 10 * time.Second

// inTurn runs what takes the whole file for itself until it meets nobody there. SQLite does not wait
// by itself where waiting could be for ever, as it is while the journal's mode is set.
func (s *Store) inTurn(ctx context.Context, work func(context.Context) error) error {
	limit := time.After(turnLimit)
	for {
		err := work(ctx)
		if !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-limit:
			return err
		case <-time.After(10*time.Millisecond + rand.N(20*time.Millisecond)):
		}
	}
}

// adopt checks that the file is ours or empty before anything in it is changed, marks it,
// and sets the journal that lets readers and the writer work side by side.
func (s *Store) adopt(ctx context.Context) error {
	var id, tables int64
	// In this order: another process that is just making the file ours marks it before it makes tables.
	if err := s.w.GetContext(ctx, &tables, `SELECT COUNT(*) FROM sqlite_master`); err != nil {
		return s.notOurs(ctx, err)
	}
	if err := s.w.GetContext(ctx, &id, `PRAGMA application_id`); err != nil {
		return s.notOurs(ctx, err)
	}
	if id != applicationID && (id != 0 || tables > 0) {
		return fmt.Errorf("%w: %s is a database of another program; name another file", tertial.ErrRefused, s.path)
	}
	if id == 0 {
		if _, err := s.w.ExecContext(ctx, `PRAGMA application_id = `+strconv.Itoa(applicationID)); err != nil {
			return s.notOurs(ctx, err)
		}
	}
	var mode string
	if err := s.w.GetContext(ctx, &mode, `PRAGMA journal_mode = WAL`); err != nil {
		return s.notOurs(ctx, err)
	}
	if mode != "wal" {
		return fmt.Errorf("%w: the database %s cannot have a write-ahead log where it lies; move it to a local disk", tertial.ErrRefused, s.path)
	}
	return nil
}

// notOurs explains why a file could not be read, or made ours.
func (s *Store) notOurs(ctx context.Context, err error) error {
	if isDamaged(err) {
		return fmt.Errorf("%w: %s is no database of tertial, or it is damaged; name another file or restore a backup", tertial.ErrRefused, s.path)
	}
	if isReadOnly(err) {
		return readOnly(s.path)
	}
	return s.failed(ctx, "opening the database", err)
}
