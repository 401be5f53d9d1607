package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tertial/internal/tertial"
)

// failed says what was attempted when err came, and makes a lost database
// [tertial.ErrUnavailable]. It returns nil for nil.
func (s *Store) failed(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	// A driver answers a cancelled context in words of its own.
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	if isUnavailable(err) {
		err = unavailable(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// doubtfulCommit is the failure of a commit of which nobody knows whether it went through.
type doubtfulCommit struct{ err error }

func (e *doubtfulCommit) Error() string {
	return "the commit was not confirmed, it may have gone through: " + e.err.Error()
}

func (e *doubtfulCommit) Unwrap() error { return e.err }

// refusedCommit reports whether the server itself said that it did not commit.
func refusedCommit(err error) bool {
	_, said := errors.AsType[*pq.Error](err)
	return said || errors.Is(err, pq.ErrInFailedTransaction)
}

// isLost reports whether the connection broke, or had done so before it was used. One on which the answer
// took too long is none of these: it would take too long again.
func isLost(err error) bool {
	var network net.Error
	if errors.As(err, &network) {
		return !network.Timeout()
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// isUnavailable reports whether the database itself failed, not the statement.
func isUnavailable(err error) bool {
	var network net.Error
	if _, unreached := errors.AsType[*unreached](err); unreached || isLost(err) || errors.Is(err, sql.ErrConnDone) ||
		errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return unavailableCode(string(e.Code))
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true
		}
	}
	return false
}

// unavailableCode reports whether a code of PostgreSQL says that the server cannot do its work, whatever it is asked.
func unavailableCode(code string) bool {
	switch code[:2] {
	case "08", "53", "58", "28", "3D", "XX":
		return true // connection, resources, system, credentials, no such database, internal
	}
	switch code {
	case "57014", "55P03", "25P03": // it took longer than it may: the statement, the wait for a lock, our next statement
		return true
	case "25006": // a standby
		return true
	}
	return strings.HasPrefix(code, "57P") // shutting down, starting up
}

// isDamaged reports whether an SQLite file cannot be read as one.
func isDamaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_NOTADB || e.Code()&0xff == sqlite3.SQLITE_CORRUPT)
}

// isBusy reports whether another process has the SQLite file to itself just now.
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// isReadOnly reports whether an SQLite file, or its folder, must not be written.
func isReadOnly(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_READONLY
}

// isDuplicate reports whether a unique key is taken.
func isDuplicate(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == "23505"
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// isRetryable reports whether the transaction may simply be run again: it lost against another one, or the connection broke
// before it was committed. A server that cannot be connected to is not stormed.
func isRetryable(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == "40P01" || e.Code == "40001" || e.Code == "55P03"
	}
	_, doubtful := errors.AsType[*doubtfulCommit](err)
	_, unreached := errors.AsType[*unreached](err)
	return !doubtful && !unreached && isLost(err)
}

// notFound is what an absent row is.
func notFound(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", tertial.ErrNotFound, what)
	}
	return err
}
