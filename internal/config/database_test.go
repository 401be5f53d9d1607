package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestDatabase(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	at := func(s string) func(*Config) { return func(c *Config) { c.Database = s } }
	hold(t, []rule{
		{"a file", at(filepath.Join(dir, "t.db")), ""},
		{"a file beside the command", at("t.db"), ""},
		{"a file with a space and an å", at("/var/lib/år 1/t.db"), ""},
		{"a folder", at(dir), "this is a folder; name the file in it"},
		{"a folder that is not there yet", at(dir + "/new/"), "this is a folder"},
		{"memory", at(":memory:"), "what is kept in memory is lost"},
		{"memory by a URI", at("file::memory:?cache=shared"), "what is kept in memory is lost"},
		{"a URI", at("file:t.db"), "without options"},
		{"options", at("t.db?_txlock=deferred"), "without options"},
		{"nothing", at(""), "database: "},
		{"blanks", at("  "), "database: "},
		{"another product", at("mysql://root@db/t"), `"mysql" is not known`},
		{"SQLite as a URL", at("sqlite://t.db"), `"sqlite" is not known`},
		{"PostgreSQL by keys", at("host=db dbname=t"), "as a URL"},

		{"PostgreSQL here", at("postgres://tertial@localhost/tertial"), ""},
		{"PostgreSQL by a socket", at("postgres:///tertial?host=/run/postgresql"), ""},
		{"PostgreSQL by the socket of the machine", at("postgres:///tertial"), ""},
		{"PostgreSQL elsewhere, verified", at("postgresql://t@db.example.org/tertial?sslmode=verify-full"), ""},
		{"PostgreSQL elsewhere, silent about TLS", at("postgres://t@db.example.org/tertial"), "say sslmode"},
		{"PostgreSQL elsewhere by the query", at("postgres://localhost/tertial?host=db.example.org"), "say sslmode"},
		{"PostgreSQL elsewhere among several", at("postgres://localhost,db.example.org/tertial"), "say sslmode"},
		{"PostgreSQL elsewhere, openly in the clear", at("postgres://t@db.example.org/tertial?sslmode=disable"), ""},
		{"a slip in sslmode", at("postgres://t@db/tertial?sslmode=verify"), `sslmode "verify" is none of`},
		{"no database", at("postgres://t@localhost"), "names no database"},
		{"no database after a slash", at("postgres://t@localhost/"), "names no database"},
	})
}

func TestWayInTheClearIsWarnedOf(t *testing.T) {
	for database, want := range map[string]bool{
		"postgres://t@db.example.org/t?sslmode=disable":      true,
		"postgres://t@db.example.org/t?sslmode=prefer":       true,
		"postgres://t@db.example.org/t?sslmode=require":      false,
		"postgres://t@127.0.0.1/t?sslmode=disable":           false,
		"postgres:///t?host=/run/postgresql&sslmode=disable": false,
		"/var/lib/tertial/t.db":                              false,
	} {
		c := Default()
		c.Database = database
		got := strings.Contains(strings.Join(c.Warnings(), "\n"), "may be in the clear")
		if got != want {
			t.Errorf("%s: got a warning %v, want %v", database, got, want)
		}
	}
}
