package store

import (
	"encoding/json"
	"fmt"

	"github.com/lib/pq"
)

// dialect is what differs between the two databases. All other SQL is one text.
type dialect struct {
	name string
	// forUpdate and skipLocked end a SELECT that locks its rows. On SQLite the whole
	// database is locked by the transaction.
	forUpdate, skipLocked string
	// ids and texts turn a parameter, made by list and numbered, into a set with the column id or text.
	ids, texts func(parameter int) string
	list       func(any) any
	// now is the real clock of the database, in milliseconds. Leases go by it.
	now string
	// nextIDs takes $1 fresh ids of a table from its sequence; nil where there is none to be had.
	nextIDs func(table string) string
	// byKey has what follows in the transaction find rows by their keys, whatever the database thinks it knows of its tables:
	// a queue is empty when it is counted, and full a moment later.
	byKey string
	// analyze makes the statistics anew of what delivery reads; "" where none are kept.
	analyze string
	// leases says that several processes share the work.
	leases bool
	// rows is a set of n rows of columns of the kinds, for a statement that writes many, and pack turns their values
	// into its parameters. They are ? on SQLite: it takes $1 for a name, and looks each up in a list of all.
	rows func(kinds []string, n int) string
	pack func(args []any, columns int) ([]any, error)
	// chunk is how many values such a statement may have to be quick.
	chunk int
	// bytewise follows a column that is to be compared as its bytes are, in an index that has it so.
	bytewise string
	// unindexed stands before a column that no index is to be looked for by: without statistics the planner
	// would take one that finds half the table.
	unindexed string
	// contains is the condition that a column has a word in it, and its parameter.
	contains func(column, word string) (sql string, arg string)
}

func sqliteDialect() dialect {
	return dialect{
		name:      "sqlite",
		ids:       func(n int) string { return fmt.Sprintf(`(SELECT CAST(value AS INTEGER) AS id FROM json_each($%d))`, n) },
		texts:     func(n int) string { return fmt.Sprintf(`(SELECT value AS text FROM json_each($%d))`, n) },
		now:       `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
		rows:      valueRows,
		pack:      packValues,
		chunk:     400,
		unindexed: `+`,
		contains:  func(column, word string) (string, string) { return `INSTR(` + column + `, ?) > 0`, word },
		list: func(v any) any {
			b, _ := json.Marshal(v) // a slice of numbers or of text
			if string(b) == "null" {
				return "[]"
			}
			return string(b)
		},
	}
}

func postgresDialect() dialect {
	return dialect{
		name:       "postgres",
		forUpdate:  ` FOR UPDATE`,
		skipLocked: ` FOR UPDATE SKIP LOCKED`,
		ids:        func(n int) string { return fmt.Sprintf(`(SELECT UNNEST(CAST($%d AS BIGINT[])) AS id)`, n) },
		texts:      func(n int) string { return fmt.Sprintf(`(SELECT UNNEST(CAST($%d AS TEXT[])) AS text)`, n) },
		now:        `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
		nextIDs: func(table string) string {
			return `SELECT nextval('` + table + `_id_seq') FROM generate_series(1, $1)`
		},
		byKey:    `SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`,
		analyze:  `ANALYZE messages, message_items, notices, actions, action_parties, holdings`,
		leases:   true,
		rows:     arrayRows,
		pack:     packArrays,
		chunk:    50000,
		bytewise: ` COLLATE "C"`,
		contains: func(column, word string) (string, string) {
			return column + ` LIKE ? ESCAPE '\'`, "%" + escapeLike(word) + "%"
		},
		list: func(v any) any { return pq.Array(v) },
	}
}
