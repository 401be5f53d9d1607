// Package migrations holds the database schema: one folder of SQL for each
// database, applied in the order of the numbers that begin the file names.
//
// A migration that has been released is never edited; the next one mends it.
// Within a minor version they only add, so that two versions of the program can
// share one PostgreSQL while replicas are replaced one by one.
package migrations

import (
	"embed"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// For returns the migrations of a database: "sqlite" or "postgres".
func For(dialect string) (fs.FS, error) { return fs.Sub(files, dialect) }

// Newest returns the number of the last migration of a database: the schema that
// this program knows.
func Newest(dialect string) (int64, error) {
	entries, err := files.ReadDir(dialect)
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, nil
}
