package pgtest

import (
	"bufio"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDatabasesAreEmptyAndApart(t *testing.T) {
	one, two := open(t, URL(t)), open(t, URL(t))
	if _, err := one.Exec(`CREATE TABLE mine (n int)`); err != nil {
		t.Fatal(err)
	}
	if n := count(t, one); n != 1 {
		t.Errorf("tables in the first database: got %d, want 1", n)
	}
	if n := count(t, two); n != 0 {
		t.Errorf("tables in the second database: got %d, want 0", n)
	}
}

func TestDatabaseIsUTF8AndSwedishTextComesBack(t *testing.T) {
	var encoding, text string
	err := open(t, URL(t)).QueryRow(`SELECT pg_encoding_to_char(encoding), CAST($1 AS text)
		FROM pg_database WHERE datname = current_database()`, "åtgärd").Scan(&encoding, &text)
	if err != nil || encoding != "UTF8" || text != "åtgärd" {
		t.Errorf("got %q, %q, %v; want UTF8, åtgärd", encoding, text, err)
	}
}

func TestDatabaseIsDroppedWithItsTestThoughConnectionsAreOpen(t *testing.T) {
	var kept *sql.DB
	var name string
	t.Run("a test that leaves its connection open", func(t *testing.T) {
		dsn := URL(t)
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		name = strings.TrimPrefix(u.Path, "/")
		if kept, err = sql.Open("postgres", dsn); err != nil {
			t.Fatal(err)
		}
		if err := kept.Ping(); err != nil {
			t.Fatal(err)
		}
	})
	if kept == nil {
		t.Skip("not tested on PostgreSQL")
	}
	defer kept.Close()
	var n int
	if err := open(t, URL(t)).QueryRow(`SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&n); err != nil || n != 0 {
		t.Errorf("databases left: got %d, %v; want 0", n, err)
	}
}

// TestClusterDiesWithItsProcess runs this test binary again, kills that without
// warning, and waits until the cluster's files are gone.
func TestClusterDiesWithItsProcess(t *testing.T) {
	if os.Getenv("PGTEST_CHILD") != "" {
		u, _ := url.Parse(URL(t))
		os.Stdout.WriteString("socket " + u.Query().Get("host") + "\n")
		select {} // until killed
	}
	if why := missing(); why != "" || os.Getenv("TERTIAL_TEST_POSTGRES") != "" {
		t.Skip("not tested: no cluster of its own. " + why)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestClusterDiesWithItsProcess$")
	child.Env = append(os.Environ(), "PGTEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines, dir := bufio.NewScanner(out), ""
	for dir == "" && lines.Scan() {
		dir, _ = strings.CutPrefix(lines.Text(), "socket ")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // "signal: killed"
	if filepath.Dir(dir) == "." {
		t.Fatalf("the child told no directory: %q", dir)
	}
	for {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestRequireIsAListOfWords(t *testing.T) {
	for list, want := range map[string]bool{
		"": false, "postgres": true, "chromium,postgres": true, "postgres chromium": true, "postgresql": false, "no-postgres": false,
	} {
		if got := required(list); got != want {
			t.Errorf("required(%q): got %v, want %v", list, got, want)
		}
	}
}

func TestNewestProgramsAreFound(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", "")
	if _, err := findPrograms(root); err == nil {
		t.Error("an empty machine: got no error")
	}
	for _, file := range []string{"9.6/bin/initdb", "9.6/bin/postgres", "15/bin/initdb", "15/bin/postgres", "17/bin/initdb"} {
		path := filepath.Join(root, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := findPrograms(root); err != nil || got != filepath.Join(root, "15/bin") {
		t.Errorf("got %q, %v; want the newest that has both programs, 15", got, err)
	}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow(`SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
