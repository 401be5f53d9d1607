package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// retries is how often a transaction is run that lost against another one.
const retries = 5

// txn is one writing transaction: what it says in the log is written when all else is done.
type txn struct {
	*sqlx.Tx
	s       *Store
	stamp   tertial.Stamp
	entries []entry
}

// write runs fn in one transaction and commits it. It says doing in the error. Where
// PostgreSQL found two transactions in each other's way, fn runs again from the beginning.
//
// The transaction itself does not hang on ctx, its statements do: a cancelled
// one is rolled back here and not behind our back, and a commit is never cut in two.
func (s *Store) write(ctx context.Context, doing string, stamp tertial.Stamp, fn func(*txn) error) error {
	var err error
	for range retries {
		if err = s.once(ctx, stamp, fn); !isRetryable(err) {
			break
		}
	}
	return s.failed(ctx, doing, err)
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
	if err := t.appendLog(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	return tx.Commit()
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
	t.entries = append(t.entries, entry{Subject: subject, Verb: verb, Detail: string(b)})
	return nil
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
func scan(ctx context.Context, q querier, row func(*sqlx.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryxContext(ctx, query, args...)
	if err != nil {
		return err
	}
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
