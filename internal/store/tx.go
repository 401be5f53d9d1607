package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// retries is how often a transaction is begun that another one, or a connection that had died in the pool, got in the
// way of: more often than there are connections that a restart of the server can have killed.
const retries = postgresConns + 2

// retryPause is how long to wait at most before a transaction is run again that lost against another one.
const retryPause = 50 * time.Millisecond

// txn is one writing transaction: what it says in the log is written when all else is done.
type txn struct {
	*sqlx.Tx
	s       *Store
	stamp   tertial.Stamp
	entries []entry
	// woke says that others are to be woken at the end, quiet that they are not, whatever is done.
	woke, quiet bool
}

// write runs fn in one transaction and commits it. It says doing in the error. Where
// PostgreSQL found two transactions in each other's way, or the connection broke before the commit, fn runs again from the beginning.
// A commit whose answer did not come is not repeated here: it may have gone through. Whoever asked for it repeats it, which is harmless.
//
// The transaction itself does not hang on ctx, its statements do: a cancelled
// one is rolled back here and not behind our back, and a commit is never cut in two.
func (s *Store) write(ctx context.Context, doing string, stamp tertial.Stamp, fn func(*txn) error) error {
	var err error
	for range retries {
		if err = s.once(ctx, stamp, fn); err == nil || !isRetryable(err) {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(retryPause)):
		}
	}
	return s.failed(ctx, doing, err)
}

// deliver is write for the three transactions that every mail goes through: claim, mark and record.
func (s *Store) deliver(ctx context.Context, doing string, now time.Time, fn func(*txn) error) error {
	return s.write(ctx, doing, tertial.Stamp{By: "deliver", Via: "deliver", At: now}, func(t *txn) error {
		t.quiet = true
		if s.d.byKey != "" {
			if _, err := t.ExecContext(ctx, s.d.byKey); err != nil {
				return err
			}
		}
		return fn(t)
	})
}

func (s *Store) once(ctx context.Context, stamp tertial.Stamp, fn func(*txn) error) (err error) {
	conn, err := s.w.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(conn.Close())) }()
	tx, err := conn.BeginTxx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error, or a panic of a caller's function
			err = errors.Join(err, ignoreClosed(tx.Rollback()))
		}
	}()
	t := &txn{Tx: tx, s: s, stamp: stamp}
	if err := fn(t); err != nil {
		return err
	}
	if err := t.callOthers(ctx); err != nil {
		return fmt.Errorf("calling others: %w", err)
	}
	if err := t.appendLog(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	if err := tx.Commit(); err != nil {
		return s.uncommitted(ctx, conn, err)
	}
	if t.woke && !t.quiet {
		s.wakers.wake()
	}
	return nil
}

// uncommitted gives up the connection on which a commit failed, unless the server has said itself that it took it back. SQLite's may
// still be in the transaction, and what it has in memory is not to be trusted when the disk has failed.
func (s *Store) uncommitted(ctx context.Context, conn *sqlx.Conn, err error) error {
	if refusedCommit(err) {
		return err
	}
	_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	return &doubtfulCommit{err}
}

// ignoreClosed forgets that a connection had gone already: the error that made it go is the one to tell.
func ignoreClosed(err error) error {
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || isUnavailable(err) {
		return nil
	}
	return err
}

// note puts an entry into the log, at the end of the transaction.
func (t *txn) note(subject, verb string, detail any) error {
	b, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("writing the log's detail of %s: %w", subject, err)
	}
	t.noteText(subject, verb, b)
	return nil
}

// noteText is note with the detail as JSON already.
func (t *txn) noteText(subject, verb string, detail []byte) {
	t.entries = append(t.entries, entry{Subject: subject, Verb: verb, Detail: string(detail)})
}

// exec runs one statement and returns how many rows it touched.
func (t *txn) exec(ctx context.Context, query string, args ...any) (int, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// lockLooks makes everything that sets the looks of many actions take turns, so that no
// two of them wait for each other.
func (t *txn) lockLooks(ctx context.Context) error {
	if t.s.d.forUpdate == "" {
		return nil
	}
	var key string
	return t.GetContext(ctx, &key, `SELECT key FROM meta WHERE key = 'instance'`+t.s.d.forUpdate)
}

// takeIDs reserves n ids of a table, in ascending order.
func (t *txn) takeIDs(ctx context.Context, table string, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	if n == 0 {
		return ids, nil
	}
	if t.s.d.nextIDs != nil {
		return ids, t.SelectContext(ctx, &ids, t.s.d.nextIDs(table), n)
	}
	// The transaction has the whole database to itself.
	var last int64
	err := t.GetContext(ctx, &last, `SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = $1), 0)`, table)
	for i := range int64(n) {
		ids = append(ids, last+i+1)
	}
	return ids, err
}

// scan runs a query and hands over every row. What looks read by the thousand goes by it: to find
// the fields of a struct anew for each row costs more than to read it.
func scan(ctx context.Context, q querier, row func(*sqlx.Rows) error, query string, args ...any) error {
	rows, err := q.QueryxContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, row)
}

// eachRow hands over every row, and closes them.
func eachRow(rows *sqlx.Rows, row func(*sqlx.Rows) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier reads: a transaction, or the pool of readers.
type querier interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error)
}
