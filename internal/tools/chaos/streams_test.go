//go:build linux

package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// blocked is a pipe that nobody reads and that has no room left.
func blocked(t *testing.T) *os.File {
	t.Helper()
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(ends[0]) })
	if err := syscall.SetNonblock(ends[1], true); err != nil {
		t.Fatal(err)
	}
	for size := 4096; size > 0; {
		if _, err := syscall.Write(ends[1], make([]byte, size)); errors.Is(err, syscall.EAGAIN) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.SetNonblock(ends[1], false); err != nil { // as a program is given it
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(ends[1]), "blocked")
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// A daemon whose log nobody takes goes on mailing, and can be stopped. Proves F50.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	t.Run("F50 standard error is a full pipe", func(t *testing.T) {
		relay := newPost(t)
		o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 6, relay.Addr())
		c := o.command("serve", "--as-of", sendAt)
		c.Stderr = blocked(t)
		c.Stdout = c.Stderr
		d := background(t, c)
		eventually(t, "everything is sent", func() bool { return len(o.sent()) == o.people })
		d.signal(syscall.SIGTERM)
		if code := d.ends(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		o.settled(nil, relay)
	})
	t.Run("F50 standard error is closed on the other side", func(t *testing.T) {
		relay := newPost(t)
		o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 6, relay.Addr())
		c := o.command("serve", "--as-of", sendAt)
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		read.Close()
		t.Cleanup(func() { _ = write.Close() })
		c.Stdout, c.Stderr = write, write
		d := background(t, c)
		eventually(t, "everything is sent", func() bool { return len(o.sent()) == o.people })
		d.signal(syscall.SIGTERM)
		if code := d.ends(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		o.settled(nil, relay)
	})
}

// A secret that everybody could read, or that is not there, is refused before anything is sent; one that is changed is read
// anew for the next line, without a restart, and none is ever printed. Proves F53.
func TestTheFileWithTheSecret(t *testing.T) {
	t.Parallel()
	const first, second = "hemligt-ett", "hemligt-två"
	server := smtptest.New(t, smtptest.Account("tertial", second, "PLAIN"))
	o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 3, server.Addr())
	secret := o.file("secret", first+"\n")
	o.env = append(o.env, "TERTIAL_MAIL_SMTP_USERNAME=tertial", "TERTIAL_MAIL_SMTP_PASSWORD_FILE="+secret)
	for _, tt := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"F53 everybody can read it", func(t *testing.T) { chmod(t, secret, 0o644) }},
		{"F53 it is missing", func(t *testing.T) {
			if err := os.Rename(secret, secret+".away"); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.do(t)
			for _, line := range []string{"serve --as-of " + sendAt, "run deliver --as-of " + sendAt, "config check"} {
				if said := o.fails(3, strings.Fields(line)...); !strings.Contains(said, "password_file") || strings.Contains(said, first) {
					t.Errorf("%s: got %s", line, said)
				}
			}
		})
	}
	t.Run("F53 it is changed while the daemon runs", func(t *testing.T) {
		if testing.Short() {
			t.Skip("a relay that has refused the password is left alone for a minute; not with -short")
		}
		if err := os.Rename(secret+".away", secret); err != nil {
			t.Fatal(err)
		}
		chmod(t, secret, 0o600)
		d := o.serve(sendAt)
		d.says(`job=deliver result=".*relay down`)
		if n := o.states()[tertial.MessageQueued]; n != o.people {
			t.Errorf("%d are queued after a refused password, want all %d", n, o.people)
		}
		o.file("secret", second+"\n")
		eventually(t, "the new one is read", func() bool { return len(o.sent()) == o.people })
		d.stops()
		for _, m := range o.list() {
			if m.Attempts != 1 {
				t.Errorf("message %d has %d attempts: a refused password burns none", m.ID, m.Attempts)
			}
		}
		if said := d.said(); strings.Contains(said, first) || strings.Contains(said, second) {
			t.Errorf("a secret is in the log:\n%s", said)
		}
	})
}
