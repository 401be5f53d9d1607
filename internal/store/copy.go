package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// side is one of the two databases between which everything is copied.
type side struct {
	*sqlx.Tx
	d *dialect
}

// column is a column whose values are written; one that the database works out is not.
type column struct {
	Name string `db:"name"`
	Type string `db:"type"`
}

// copyAll makes the rows of every table of to those of from. Both have the same schema, each in its own words.
func copyAll(ctx context.Context, from, to side) error {
	tables, err := to.tables(ctx)
	if err != nil {
		return err
	}
	there, err := from.tables(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(tables, there) {
		return fmt.Errorf("the tables are %v here and %v there", tables, there)
	}
	tied, err := to.untie(ctx)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := copyTable(ctx, from, to, table); err != nil {
			return fmt.Errorf("copying %s: %w", table, err)
		}
	}
	return to.tie(ctx, tied, tables)
}

// tables lists all but the one that keeps the schema's version.
func (x side) tables(ctx context.Context) (names []string, err error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version' ORDER BY name`
	if x.d.leases {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
			AND table_name <> 'goose_db_version' ORDER BY CAST(table_name AS TEXT) COLLATE "C"`
	}
	return names, x.SelectContext(ctx, &names, query)
}

// columns lists those of a table that are written, by name.
func (x side) columns(ctx context.Context, table string) (list []column, err error) {
	query := `SELECT name, UPPER(type) AS type FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY name`
	if x.d.leases {
		query = `SELECT column_name AS name, UPPER(data_type) AS type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY CAST(column_name AS TEXT) COLLATE "C"`
	}
	return list, x.SelectContext(ctx, &list, query, table)
}

// untie takes away for now what holds rows of one table to rows of another, and returns how to put it back.
func (x side) untie(ctx context.Context) (tied []string, err error) {
	if !x.d.leases {
		_, err := x.ExecContext(ctx, `PRAGMA defer_foreign_keys = ON`)
		return nil, err
	}
	var ties []struct {
		Table string `db:"rel"`
		Name  string `db:"conname"`
		Text  string `db:"def"`
	}
	err = x.SelectContext(ctx, &ties, `SELECT CAST(conrelid AS regclass)::text AS rel, conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
		WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace)`)
	if err != nil {
		return nil, err
	}
	for _, t := range ties {
		if _, err := x.ExecContext(ctx, `ALTER TABLE `+t.Table+` DROP CONSTRAINT `+t.Name); err != nil {
			return nil, err
		}
		tied = append(tied, `ALTER TABLE `+t.Table+` ADD CONSTRAINT `+t.Name+` `+t.Text)
	}
	return tied, nil
}

// tie puts back what untie took away, which checks every row, and has new rows numbered from behind those that there are.
func (x side) tie(ctx context.Context, tied, tables []string) error {
	for _, statement := range tied {
		if _, err := x.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if !x.d.leases {
		return nil
	}
	for _, table := range tables {
		var sequence sql.NullString
		var numbered bool
		err := x.GetContext(ctx, &numbered, `SELECT EXISTS (SELECT 1 FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND column_name = 'id' AND is_identity = 'YES')`, table)
		if err != nil || !numbered {
			if err != nil {
				return err
			}
			continue
		}
		if err := x.GetContext(ctx, &sequence, `SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM `+table+`), FALSE)`, table); err != nil {
			return err
		}
	}
	return nil
}

// copyTable copies one table, a row at a time and none of them kept.
func copyTable(ctx context.Context, from, to side, table string) (err error) {
	want, err := to.columns(ctx, table)
	if err != nil {
		return err
	}
	have, err := from.columns(ctx, table)
	if err != nil {
		return err
	}
	names := columnNames(want)
	if !slices.Equal(names, columnNames(have)) {
		return fmt.Errorf("the columns are %v here and %v there", names, columnNames(have))
	}
	if _, err := to.ExecContext(ctx, `DELETE FROM `+table); err != nil {
		return err
	}
	list := strings.Join(names, ", ")
	put, err := to.PrepareContext(ctx, to.taking(table, list, len(names)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, put.Close()) }()
	rows, err := from.QueryxContext(ctx, `SELECT `+list+` FROM `+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := rows.SliceScan()
		if err != nil {
			return err
		}
		for i := range row {
			row[i] = as(want[i].Type, row[i])
		}
		if _, err := put.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if to.d.leases {
		_, err = put.ExecContext(ctx) // ends the copying
	}
	return err
}

// taking is the statement that takes in one row after another.
func (x side) taking(table, columns string, n int) string {
	if x.d.leases {
		return `COPY ` + table + ` (` + columns + `) FROM STDIN`
	}
	return `INSERT INTO ` + table + ` (` + columns + `) VALUES (?` + strings.Repeat(`, ?`, n-1) + `)`
}

func columnNames(list []column) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names
}

// as makes a value what a column of the type takes. SQLite keeps a yes as 1.
func as(kind string, v any) any {
	switch x := v.(type) {
	case int64:
		if kind == "BOOLEAN" {
			return x != 0
		}
	case []byte:
		if kind != "BYTEA" && kind != "BLOB" {
			return string(x)
		}
	}
	return v
}
