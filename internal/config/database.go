package config

import (
	"net/url"
	"os"
	"slices"
	"strings"
)

// isPostgres reports whether the database is given as a PostgreSQL URL.
func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// database takes the path of an SQLite file or a PostgreSQL URL. No message repeats the
// value: it may hold a password.
func (k *checker) database(s string) {
	const key = "database"
	switch scheme, _, isURL := strings.Cut(s, "://"); {
	case isPostgres(s):
		k.postgres(s)
	case isURL:
		k.fail(key, "%.20q is not known; write the path of a file, or postgres://user@host/name?sslmode=verify-full", scheme)
	case strings.TrimSpace(s) == "":
		k.fail(key, "it must be named: the path of a file, or a postgres URL")
	case strings.Contains(s, ":memory:"):
		k.fail(key, "what is kept in memory is lost; write the path of a file")
	case strings.HasPrefix(s, "file:") || strings.ContainsAny(s, "?#\x00\r\n"):
		k.fail(key, "write the path of the file alone, without options")
	case strings.Contains(s, "host=") || strings.Contains(s, "dbname="):
		k.fail(key, "write PostgreSQL's address as a URL: postgres://user@host/name?sslmode=verify-full")
	default:
		switch info, err := os.Stat(s); {
		case err == nil && info.IsDir(), strings.HasSuffix(s, "/"):
			k.fail(key, "this is a folder; name the file in it, as %s/tertial.db", strings.TrimRight(s, "/"))
		case err == nil && !info.Mode().IsRegular():
			k.fail(key, "this is no ordinary file; write the path of one, there already or to be made")
		}
	}
}

func (k *checker) postgres(s string) {
	const key = "database"
	u, err := url.Parse(s)
	if err != nil {
		k.fail(key, "this is no URL; write it as postgres://user@host/name?sslmode=verify-full")
		return
	}
	mode := u.Query().Get("sslmode")
	switch {
	case strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "":
		k.fail(key, "the URL names no database: postgres://user@host/name")
	case mode == "" && remote(u):
		k.fail(key, "say sslmode for a server elsewhere: ?sslmode=verify-full")
	case mode != "" && !slices.Contains(sslModes, mode):
		k.fail(key, "sslmode %.20q is none of %s", mode, strings.Join(sslModes, ", "))
	}
}

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// remote reports whether some host of a PostgreSQL URL is another machine. A path is a
// socket; no host is the local one.
func remote(u *url.URL) bool {
	hosts := u.Query().Get("host")
	if hosts == "" {
		hosts = u.Host
	}
	return slices.ContainsFunc(strings.Split(hosts, ","), func(host string) bool {
		if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
			return false
		}
		name := (&url.URL{Host: host}).Hostname()
		return name != "" && !isLoopback(name)
	})
}

// unsafePostgres reports whether the way to a server elsewhere may be in the clear.
func unsafePostgres(database string) bool {
	u, err := url.Parse(database)
	if err != nil || !isPostgres(database) || !remote(u) {
		return false
	}
	mode := u.Query().Get("sslmode")
	return mode == "disable" || mode == "allow" || mode == "prefer"
}
