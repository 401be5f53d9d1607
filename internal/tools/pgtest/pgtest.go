// Package pgtest gives tests a PostgreSQL database of their own.
//
// The first call of [URL] in a test process makes a cluster in the system's temporary
// directory, with no port and a socket beside its data, so that any number
// of packages can be tested at once. Nothing needs to stop it: the cluster lives as long
// as the process that started it, however that ends, and takes its files with it.
//
// Two variables of the environment change that. TERTIAL_TEST_POSTGRES is the URL of a
// server to make the databases on instead. TERTIAL_TEST_REQUIRE, a list of words
// that holds postgres, makes a test fail where it would have been skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver "postgres"
)

// shared is the server of this test process, started by whoever asks first.
var shared = sync.OnceValues(newServer)

// URL returns the URL of an empty database that is the test's own and is dropped
// when the test ends. Where there is no PostgreSQL the test is skipped.
func URL(t testing.TB) string {
	t.Helper()
	if why := missing(); why != "" {
		if required(os.Getenv("TERTIAL_TEST_REQUIRE")) {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	srv, err := shared()
	if err != nil {
		t.Fatalf("starting PostgreSQL for the tests: %v", err)
	}
	name := "tertial_test_" + strings.ToLower(rand.Text()[:16])
	if err := srv.exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
		t.Fatalf("making the database of the test: %v", err)
	}
	t.Cleanup(func() {
		if err := srv.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database of the test: %v", err)
		}
	})
	return srv.database(name)
}

// missing says in a sentence why there is no PostgreSQL to test on, or "".
func missing() string {
	if os.Getenv("TERTIAL_TEST_POSTGRES") != "" {
		return ""
	}
	if _, err := findPrograms("/usr/lib/postgresql"); err != nil {
		return "not tested on PostgreSQL: " + err.Error() + "; apt-get install postgresql, or set TERTIAL_TEST_POSTGRES to the URL of a server"
	}
	return ""
}

func required(list string) bool {
	words := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	return slices.Contains(words, "postgres")
}

// server is a PostgreSQL server on which databases can be made.
type server struct {
	base  *url.URL // of its maintenance database
	admin *sql.DB
}

func newServer() (*server, error) {
	given := os.Getenv("TERTIAL_TEST_POSTGRES")
	if given == "" {
		dir, err := startCluster()
		if err != nil {
			return nil, err
		}
		given = "postgres:///postgres?" + url.Values{
			"host": {dir}, "user": {user}, "sslmode": {"disable"},
		}.Encode()
	}
	base, err := url.Parse(given)
	if err != nil {
		return nil, fmt.Errorf("TERTIAL_TEST_POSTGRES is no URL") // it may hold a password
	}
	admin, err := sql.Open("postgres", base.String())
	if err != nil {
		return nil, err
	}
	return &server{base: base, admin: admin}, nil
}

func (s *server) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := s.admin.ExecContext(ctx, statement)
	return err
}

func (s *server) database(name string) string {
	u := *s.base
	u.Path = "/" + name
	return u.String()
}
