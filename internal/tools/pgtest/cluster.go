package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const user = "tertial" // superuser of the throw-away cluster

// keeper makes a cluster, runs it until its standard input ends, and removes it. The
// other end of that input is held by the test process and by nothing else, so the
// cluster is gone a moment after the process is, killed or not.
const keeper = `
"$1/initdb" -D "$2/data" -U ` + user + ` -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$2/log" 2>&1 || exit 1
"$1/postgres" -D "$2/data" -k "$2" -F -c listen_addresses= -c full_page_writes=off -c autovacuum=off \
	-c max_connections=200 -c shared_buffers=32MB >>"$2/log" 2>&1 </dev/null &
read -r _
kill -INT $! && wait $!
rm -rf "$2"
`

// startCluster returns the directory of the socket of a cluster that answers.
func startCluster() (string, error) {
	bin, err := findPrograms("/usr/lib/postgresql")
	if err != nil {
		return "", err
	}
	dir, err := socketDir()
	if err != nil {
		return "", err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", bin, dir)
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"} // none of the caller's PG variables
	hold, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	failed := make(chan struct{})
	go func() { // ends with the cluster
		_ = cmd.Wait() // what went wrong stands in the log
		close(failed)
	}()
	if err := awaitAnswer(dir, failed); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		_ = hold.Close()
		return "", errors.Join(fmt.Errorf("%w; its log: %s", err, log), os.RemoveAll(dir))
	}
	return dir, nil
}

// socketDir makes a directory whose path leaves room for the name of a socket,
// which may be 107 bytes long in all.
func socketDir() (string, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	return os.MkdirTemp(parent, "tertial-pg-")
}

// unprivileged makes dir the property of the user that the server is to run as: the
// present one, or, since PostgreSQL does not run as root, postgres or nobody.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // an interrupt of the tests is not the cluster's
	if os.Geteuid() != 0 {
		return attr, nil
	}
	uid, gid := 65534, 65534
	if u, err := osuser.Lookup("postgres"); err == nil {
		uid, _ = strconv.Atoi(u.Uid)
		gid, _ = strconv.Atoi(u.Gid)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

// awaitAnswer waits until the cluster answers or failed is closed.
func awaitAnswer(dir string, failed <-chan struct{}) error {
	db, err := sql.Open("postgres", "host="+dir+" user="+user+" dbname=postgres sslmode=disable")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-failed:
			return errors.New("the cluster did not start")
		case <-ctx.Done():
			return fmt.Errorf("the cluster does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// findPrograms returns the directory that holds initdb and postgres: of the newest
// version under root, or on the PATH.
func findPrograms(root string) (string, error) {
	dirs, _ := filepath.Glob(filepath.Join(root, "*", "bin"))
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range append(dirs, filepath.SplitList(os.Getenv("PATH"))...) {
		if isProgram(filepath.Join(dir, "initdb")) && isProgram(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errors.New("there is no initdb and postgres here")
}

// version reads 15 from /usr/lib/postgresql/15/bin; an old "9.6" counts as 9.
func version(bin string) int {
	major, _, _ := strings.Cut(filepath.Base(filepath.Dir(bin)), ".")
	n, _ := strconv.Atoi(major)
	return n
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
