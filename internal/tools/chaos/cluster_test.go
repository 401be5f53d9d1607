//go:build linux

package chaos

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// cluster is a PostgreSQL server of a test's own, which it may kill. It ends with the test.
type cluster struct {
	t      *testing.T
	bin    string
	folder string
	who    *syscall.Credential // PostgreSQL does not run as root
	server *exec.Cmd
	gone   chan struct{}
}

// newCluster starts a server, or skips the test where there is none installed.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	initdb, err := exec.LookPath("initdb")
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		initdb, err = found[len(found)-1], nil
	}
	if err != nil {
		t.Skip("not tested: there is no PostgreSQL here whose server could be killed")
	}
	folder, err := os.MkdirTemp("", "tertial-pg-") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, bin: filepath.Dir(initdb), folder: folder}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if os.Geteuid() == 0 {
		c.who = unprivileged(t, "postgres")
		if err := os.Chown(folder, int(c.who.Uid), int(c.who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	init := c.command("initdb", "-D", c.data(), "-U", "tertial", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.start()
	t.Cleanup(func() { c.ends(syscall.SIGQUIT) })
	return c
}

// unprivileged is a user without rights: one by name, or nobody.
func unprivileged(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	u, err := osuser.Lookup(name)
	if err != nil {
		return &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir, cmd.Env = c.folder, []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.who, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// start starts the server and waits until it answers. After a kill it does not start before the last of its children has gone.
func (c *cluster) start(settings ...string) {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	args := []string{"-D", c.data(), "-k", c.folder, "-c", "listen_addresses=", "-c", "max_connections=40", "-c", "shared_buffers=16MB"}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	c.gone = nil
	eventually(c.t, "PostgreSQL answers", func() bool {
		if c.gone != nil && !isClosed(c.gone) {
			return c.answers()
		}
		c.server = c.command("postgres", args...)
		c.server.Stdout, c.server.Stderr = log, log
		if err := c.server.Start(); err != nil {
			c.t.Fatal(err)
		}
		gone, server := make(chan struct{}), c.server
		c.gone = gone
		go func() { defer close(gone); _ = server.Wait() }()
		return false
	})
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (c *cluster) answers() bool {
	db, err := sql.Open("postgres", c.url("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	return db.PingContext(c.t.Context()) == nil
}

// ends sends the server a signal that ends it: SIGINT in order, SIGQUIT at once, SIGKILL without a word.
func (c *cluster) ends(s syscall.Signal) {
	_ = c.server.Process.Signal(s) // it may have ended
	<-c.gone
}

func (c *cluster) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {c.folder}, "user": {"tertial"}, "sslmode": {"disable"}}.Encode()
}

// make makes a database and returns its URL.
func (c *cluster) make(name string) string {
	c.t.Helper()
	c.exec("CREATE DATABASE " + name)
	return c.url(name)
}

func (c *cluster) exec(statement string) {
	c.t.Helper()
	db, err := sql.Open("postgres", c.url("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(c.t.Context(), statement); err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
}

// backends are the processes of the server that serve the program.
func (c *cluster) backends() []int {
	c.t.Helper()
	db, err := sql.Open("postgres", c.url("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	var list string
	err = db.QueryRowContext(c.t.Context(), `SELECT COALESCE(string_agg(CAST(pid AS TEXT), ' '), '') FROM pg_stat_activity WHERE application_name = 'tertial'`).Scan(&list)
	if err != nil {
		c.t.Fatal(err)
	}
	var pids []int
	for text := range strings.FieldsSeq(list) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			c.t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// connections counts the connections that the server was asked for, by its log.
func (c *cluster) connections() int {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.folder, "log"))
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Count(string(b), "connection received")
}
