package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
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
func (b *batch) add(values ...any) { b.args = append(b.args, values...) }

// run sends the batch and returns how many rows it touched. Where several chunks are of
// one length the database compiles their statement once.
func (b *batch) run(ctx context.Context, t *txn) (touched int, err error) {
	d := &t.s.d
	size := max(d.chunk/len(b.kinds), 1) * len(b.kinds)
	var compiled *sqlx.Stmt
	if len(b.args) >= 2*size {
		if compiled, err = t.PreparexContext(ctx, b.text(d, size)); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, compiled.Close()) }()
	}
	for args := range slices.Chunk(b.args, size) {
		values, err := d.pack(args, len(b.kinds))
		if err != nil {
			return touched, err
		}
		send := func() (driver.Result, error) { return t.ExecContext(ctx, b.text(d, len(args)), values...) }
		if compiled != nil && len(args) == size {
			send = func() (driver.Result, error) { return compiled.ExecContext(ctx, values...) }
		}
		res, err := send()
		if err != nil {
			return touched, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return touched, err
		}
		touched += int(n)
	}
	return touched, nil
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
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, err
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
