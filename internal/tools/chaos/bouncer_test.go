//go:build linux

package chaos

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/tertial"
)

// Behind a PgBouncer that shares connections between transactions the program either works, or says at once why it does
// not: never something between. Proves F33 where TERTIAL_PGBOUNCER names one, or it is installed.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath(cmp.Or(os.Getenv("TERTIAL_PGBOUNCER"), "pgbouncer"))
	if err != nil {
		t.Skip("not tested: there is no PgBouncer; TERTIAL_PGBOUNCER names one")
	}
	t.Run("F33 it works, or says which of our settings PgBouncer has to pass over", func(t *testing.T) {
		c := newCluster(t)
		c.exec(`CREATE DATABASE office`)
		relay, ignored := newPost(t), []string{"extra_float_digits"}
		var o *office
		for range 10 {
			o = bare(t, c.bouncer(path, ignored), 40, relay.Addr())
			r := runs(t, o.command("migrate", "status"))
			setting := unsupported.FindStringSubmatch(r.errs)
			if r.code == 0 {
				break
			}
			if r.code != 7 || setting == nil || strings.Count(r.errs, "\n") != 1 {
				t.Fatalf("exit %d: got %q, want one line that names a setting", r.code, r.errs)
			}
			ignored = append(ignored, setting[1])
		}
		t.Logf("ignore_startup_parameters = %s", strings.Join(ignored, ","))
		o.takesIn()
		crew := []*daemon{o.serve(sendAt), o.serve(sendAt)}
		eventually(t, "everything is sent", func() bool { return o.states()[tertial.MessageSent] == o.people })
		for _, d := range crew {
			d.says("msg=serving")
			d.stops()
		}
		o.settled(nil, relay)
	})
}

var unsupported = regexp.MustCompile(`unsupported startup parameter: (\w+)`)

// bouncer starts a PgBouncer before the cluster and returns the URL of the office behind it.
func (c *cluster) bouncer(path string, ignored []string) string {
	c.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	_, port := split(c.t, l.Addr().String())
	l.Close()
	settings := filepath.Join(c.folder, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\noffice = host=%s user=tertial\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nignore_startup_parameters = %s\n",
		c.folder, port, strings.Join(ignored, ","))
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(path, settings)
	cmd.Dir = c.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.who, Pdeathsig: syscall.SIGKILL}
	d := background(c.t, cmd)
	eventually(c.t, "PgBouncer listens", func() bool {
		if d.isOver() {
			c.t.Fatalf("PgBouncer ended: %s", d.said())
		}
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "postgres://tertial@127.0.0.1:" + port + "/office?sslmode=disable"
}
