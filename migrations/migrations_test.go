package migrations

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"
)

// Both databases have the same tables with the same columns, so that one SQL text serves them.
func TestBothDatabasesHaveOneSchema(t *testing.T) {
	sqlite, postgres := schema(t, "sqlite"), schema(t, "postgres")
	if len(sqlite) < 20 {
		t.Fatalf("read %d tables; the pattern no longer fits the files", len(sqlite))
	}
	for table, columns := range sqlite {
		if !slices.Equal(postgres[table], columns) {
			t.Errorf("%s: SQLite has the columns %q, PostgreSQL %q", table, columns, postgres[table])
		}
	}
	if len(postgres) != len(sqlite) {
		t.Errorf("PostgreSQL has %d tables, SQLite %d", len(postgres), len(sqlite))
	}
	s, err := Newest("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Newest("postgres"); err != nil || p != s || s == 0 {
		t.Errorf("the newest: got %d for SQLite and %d for PostgreSQL, %v", s, p, err)
	}
}

var (
	tablePattern  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)`)
	addedPattern  = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN (\w+) `)
	columnPattern = regexp.MustCompile(`(?m)^    ([a-z]\w*) +[A-Z]`)
)

func schema(t *testing.T, dialect string) map[string][]string {
	t.Helper()
	fsys, err := For(dialect)
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	tables := make(map[string][]string)
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tablePattern.FindAllStringSubmatch(string(text), -1) {
			for _, column := range columnPattern.FindAllStringSubmatch(table[2], -1) {
				tables[table[1]] = append(tables[table[1]], column[1])
			}
		}
		for _, added := range addedPattern.FindAllStringSubmatch(string(text), -1) {
			tables[added[1]] = append(tables[added[1]], added[2])
		}
	}
	return tables
}
