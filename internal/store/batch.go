package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"tertial/internal/tertial"
)

// batch is a statement that writes many rows: its text round a set of rows, and the
// rows' values one after the other. It is sent in chunks.
type batch struct {
	head, tail string
	kinds      []string // of the columns
	args       []any
}

// columnsOf takes "id BIGINT, looked TEXT" apart: names, and the types of the values.
func columnsOf(columns string) (names, kinds []string) {
	for c := range strings.SplitSeq(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		names, kinds = append(names, name), append(kinds, kind)
	}
	return names, kinds
}

// insert begins a batch that inserts into columns listed with their types.
func insert(table, columns, tail string) *batch {
	names, kinds := columnsOf(columns)
	return &batch{head: `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) `, kinds: kinds, tail: ` ` + tail}
}

// update begins a batch that updates a table by its first column. The columns are listed
// with their types.
func update(table, columns string) *batch {
	names, kinds := columnsOf(columns)
	var sets []string
	for _, name := range names[1:] {
		sets = append(sets, name+` = v.`+name)
	}
	return &batch{
		head:  `WITH v (` + strings.Join(names, ", ") + `) AS (`,
		tail:  `) UPDATE ` + table + ` SET ` + strings.Join(sets, ", ") + ` FROM v WHERE ` + table + `.` + names[0] + ` = v.` + names[0],
		kinds: kinds,
	}
}

// add puts one row into the batch.
func (b *batch) add(values ...any) {
	for _, v := range values {
		b.args = append(b.args, plain(v))
	}
}

// plain makes the values that come by the thousand what a driver takes as it is. It would find that out by itself, with
// reflection.
func plain(value any) any {
	switch v := value.(type) {
	case instant:
		if v.IsZero() {
			return nil
		}
		return v.UnixMilli()
	case link:
		if v == 0 {
			return nil
		}
		return int64(v)
	case int:
		return int64(v)
	case tertial.Date:
		return v.String()
	case tertial.MessageState:
		return string(v)
	case tertial.NoticeState:
		return string(v)
	case tertial.Kind:
		return string(v)
	case tertial.Verdict:
		return string(v)
	case tertial.Phase:
		return string(v)
	}
	return value
}

// run sends the batch and returns how many rows it touched.
func (b *batch) run(ctx context.Context, t *txn) (touched int, err error) {
	err = b.send(ctx, t, func(q statement, values []any) error {
		res, err := q.ExecContext(ctx, values...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		touched += int(n)
		return err
	})
	return touched, err
}

// returning sends a batch that ends in RETURNING, and hands over every row that comes back.
func (b *batch) returning(ctx context.Context, t *txn, row func(*sqlx.Rows) error) error {
	return b.send(ctx, t, func(q statement, values []any) error {
		found, err := q.QueryxContext(ctx, values...)
		if err != nil {
			return err
		}
		return eachRow(found, row)
	})
}

// statement is the text of a chunk, compiled or not.
type statement interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryxContext(ctx context.Context, args ...any) (*sqlx.Rows, error)
}

// uncompiled is a statement that the database reads as it comes.
type uncompiled struct {
	t     *txn
	query string
}

func (u uncompiled) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return u.t.ExecContext(ctx, u.query, args...)
}

func (u uncompiled) QueryxContext(ctx context.Context, args ...any) (*sqlx.Rows, error) {
	return u.t.QueryxContext(ctx, u.query, args...)
}

// send hands every chunk to do. Where several are of one length the database compiles their statement once.
func (b *batch) send(ctx context.Context, t *txn, do func(q statement, values []any) error) (err error) {
	d := &t.s.d
	size := max(d.chunk/len(b.kinds), 1) * len(b.kinds)
	var compiled *sqlx.Stmt
	if len(b.args) >= 2*size {
		if compiled, err = t.PreparexContext(ctx, b.text(d, size)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, compiled.Close()) }()
	}
	for args := range slices.Chunk(b.args, size) {
		values, err := d.pack(args, len(b.kinds))
		if err != nil {
			return err
		}
		var q statement = compiled
		if compiled == nil || len(args) != size {
			q = uncompiled{t, b.text(d, len(args))}
		}
		if err := do(q, values); err != nil {
			return err
		}
	}
	return nil
}

// text is the statement for so many values.
func (b *batch) text(d *dialect, values int) string {
	return b.head + d.rows(b.kinds, values/len(b.kinds)) + b.tail
}

// valueRows is a set of n rows with a parameter for each value.
func valueRows(kinds []string, n int) string {
	row := `(?` + strings.Repeat(`, ?`, len(kinds)-1) + `)`
	return `VALUES ` + row + strings.Repeat(`, `+row, n-1)
}

// arrayRows is a set of rows with a parameter for each column, whatever their number.
func arrayRows(kinds []string, _ int) string {
	arrays := make([]string, len(kinds))
	for i, kind := range kinds {
		arrays[i] = `CAST($` + strconv.Itoa(i+1) + ` AS ` + kind + `[])`
	}
	return `SELECT * FROM UNNEST(` + strings.Join(arrays, ", ") + `)`
}

// packValues leaves the values of rows as they are.
func packValues(args []any, _ int) ([]any, error) { return args, nil }

// packArrays turns the values of rows into an array a column, as PostgreSQL reads it.
func packArrays(args []any, columns int) ([]any, error) {
	arrays := make([][]byte, columns)
	for i, arg := range args {
		sep := byte(',')
		if i < columns {
			sep = '{'
		}
		var err error
		if arrays[i%columns], err = appendElement(append(arrays[i%columns], sep), arg); err != nil {
			return nil, err
		}
	}
	packed := make([]any, columns)
	for i, a := range arrays {
		packed[i] = string(append(a, '}'))
	}
	return packed, nil
}

func appendElement(b []byte, arg any) ([]byte, error) {
	value := arg
	if !driver.IsValue(arg) {
		var err error
		if value, err = driver.DefaultParameterConverter.ConvertValue(arg); err != nil {
			return nil, err
		}
	}
	switch v := value.(type) {
	case nil:
		return append(b, "NULL"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		b = append(b, '"')
		for i := range len(v) {
			if v[i] == '"' || v[i] == '\\' {
				b = append(b, '\\')
			}
			b = append(b, v[i])
		}
		return append(b, '"'), nil
	}
	return nil, fmt.Errorf("a %T cannot be stored in many rows at once", value)
}
