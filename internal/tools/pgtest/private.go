package pgtest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// servant is keeper for a cluster that is stopped, killed and started as it is told, a word a line. It
// answers each with a line when it is done.
const servant = `
"$1/initdb" -D "$2/data" -U ` + user + ` -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$2/log" 2>&1 || exit 1
bin=$1 dir=$2
shift 2
pid=none
while read -r order; do
	case $order in
	start)
		state=$(cut -d" " -f3 "/proc/$pid/stat" 2>/dev/null)
		if [ -z "$state" ] || [ "$state" = Z ]; then # not while it is still on its way
			"$bin/postgres" -D "$dir/data" -k "$dir" -F -c listen_addresses= -c full_page_writes=off -c shared_buffers=16MB "$@" \
				>>"$dir/log" 2>&1 </dev/null &
			pid=$!
		fi
		;;
	stop) kill -INT $pid && wait $pid ;;
	kill) kill -KILL $pid && wait $pid ;;
	esac
	echo "$order"
done
kill -INT $pid && wait $pid
rm -rf "$dir"
`

// Cluster is a PostgreSQL server of one test's own, to be stopped, killed and started.
type Cluster struct {
	t       testing.TB
	dir     string
	orders  io.WriteCloser
	answers *bufio.Scanner
}

// Start starts a cluster with settings ("max_connections=5") over those that make it fast. It is gone when the test has
// ended, or its process, however that ends. Where there is no PostgreSQL to start the test is skipped.
func Start(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	bin, err := findPrograms("/usr/lib/postgresql")
	if err != nil {
		why := "not tested on a PostgreSQL of its own: " + err.Error() + "; apt-get install postgresql"
		if required(os.Getenv("TERTIAL_TEST_REQUIRE")) {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	c := &Cluster{t: t}
	if c.dir, err = socketDir(); err != nil {
		t.Fatal(err)
	}
	attr, err := unprivileged(c.dir)
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(c.dir)))
	}
	args := []string{"-c", servant, "servant", bin, c.dir}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, attr
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	answers, err := cmd.StdoutPipe()
	if err == nil {
		c.orders, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(c.dir)))
	}
	c.answers = bufio.NewScanner(answers)
	t.Cleanup(func() {
		_ = c.orders.Close()
		_, _ = io.Copy(io.Discard, answers)
		_ = cmd.Wait() // it stops the server and removes its files
	})
	c.Start()
	return c
}

// Start starts the server again, and waits until it answers. After [Cluster.Kill] that is not
// before what it had begun has noticed and ended.
func (c *Cluster) Start() {
	c.t.Helper()
	for begun := time.Now(); ; {
		c.order("start")
		err := c.await()
		if err == nil {
			return
		}
		if time.Since(begun) > 2*time.Minute {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			c.t.Fatalf("starting PostgreSQL: %v; its log: %s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Launch starts the server again and does not wait until it answers.
func (c *Cluster) Launch() {
	c.t.Helper()
	c.order("start")
}

// Stop stops the server in order, without waiting for who is connected.
func (c *Cluster) Stop() {
	c.t.Helper()
	c.order("stop")
}

// Kill kills the server's first process. Its others end when they notice.
func (c *Cluster) Kill() {
	c.t.Helper()
	c.order("kill")
}

// Standby stops the server and starts it as a standby, which can be read and not written, or as a primary again.
func (c *Cluster) Standby(on bool) {
	c.t.Helper()
	c.Stop()
	signal := filepath.Join(c.dir, "data", "standby.signal")
	err := os.Remove(signal)
	if on {
		err = os.WriteFile(signal, nil, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.Start()
}

func (c *Cluster) order(word string) {
	c.t.Helper()
	if _, err := io.WriteString(c.orders, word+"\n"); err != nil || !c.answers.Scan() {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		c.t.Fatalf("PostgreSQL could not be told to %s: %v; its log: %s", word, err, log)
	}
}

// await returns nil as soon as the server answers, and an error when it does not for a while: one that was not to
// be started has ended by then.
func (c *Cluster) await() error {
	var err error
	for range 100 {
		if err = c.exec(`SELECT 1`); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// URL is the URL of the cluster's one database.
func (c *Cluster) URL() string {
	return "postgres:///postgres?" + url.Values{"host": {c.dir}, "user": {user}, "sslmode": {"disable"}}.Encode()
}

// Through is the URL of the same database for who goes through something that listens on a TCP address.
func (c *Cluster) Through(address net.Addr) string {
	return fmt.Sprintf("postgres://%s@%s/postgres?sslmode=disable", user, address)
}

// Dial connects to the server.
func (c *Cluster) Dial() (net.Conn, error) {
	return net.Dial("unix", filepath.Join(c.dir, ".s.PGSQL.5432"))
}

// Exec runs a statement as the cluster's superuser, on a connection of its own that may write whatever the rule is.
func (c *Cluster) Exec(statement string) {
	c.t.Helper()
	if err := c.exec(statement); err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
}

func (c *Cluster) exec(statement string) error {
	db, err := sql.Open("postgres", c.URL()+"&default_transaction_read_only=off")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}
