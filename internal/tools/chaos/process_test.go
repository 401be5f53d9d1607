//go:build linux

package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// command is a command line, not yet started. It does not outlive the tests.
func command(folder string, env []string, args ...string) *exec.Cmd {
	c := exec.Command(args[0], args[1:]...)
	c.Dir, c.Env = folder, env
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// exitOf is the exit code of a command that has been run: -1 if a signal ended it.
func exitOf(t *testing.T, err error) int {
	t.Helper()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

// daemon is a process of the program that runs beside the test.
type daemon struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   string // the file with what it says
	ended chan struct{}
}

// background starts a command line and does not wait for it. What it says goes into a file.
func background(t *testing.T, c *exec.Cmd) *daemon {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if c.Stderr == nil {
		c.Stdout, c.Stderr = log, log
	}
	d := &daemon{t: t, cmd: c, log: log.Name(), ended: make(chan struct{})}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.ended)
		_ = c.Wait() // its state tells
	}()
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(c.Args[1:], " "), tail(d.said()))
		}
	})
	return d
}

func tail(s string) string { return s[max(0, len(s)-1500):] }

// said is what it has said so far.
func (d *daemon) said() string {
	b, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error() // the folder has gone with the test
	}
	return string(b)
}

// says waits until it has said what matches, and returns the last group.
func (d *daemon) says(pattern string) string {
	d.t.Helper()
	re, found := regexp.MustCompile(pattern), ""
	eventually(d.t, "it says "+pattern, func() bool {
		m := re.FindStringSubmatch(d.said())
		if m == nil && d.isOver() {
			d.t.Fatalf("it ended (%v) before it said %s:\n%s", d.cmd.ProcessState, pattern, d.said())
		}
		if m != nil {
			found = m[len(m)-1]
		}
		return m != nil
	})
	return found
}

func (d *daemon) isOver() bool {
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// signal sends it a signal; it may have ended.
func (d *daemon) signal(s syscall.Signal) { _ = d.cmd.Process.Signal(s) }

// kill ends it without a word, and waits until it is gone.
func (d *daemon) kill() {
	d.signal(syscall.SIGKILL)
	<-d.ended
}

// ends waits for its end and returns the exit code, -1 if a signal ended it.
func (d *daemon) ends() int {
	d.t.Helper()
	eventually(d.t, strings.Join(d.cmd.Args[1:], " ")+" ends", d.isOver)
	return d.cmd.ProcessState.ExitCode()
}

// stops asks it to stop, which it must do in order.
func (d *daemon) stops() {
	d.t.Helper()
	d.signal(syscall.SIGTERM)
	if code := d.ends(); code != 0 {
		d.t.Errorf("it stopped with exit %d:\n%s", code, d.said())
	}
}

// isStopped reports whether SIGSTOP has reached it.
func (d *daemon) isStopped() bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(d.cmd.Process.Pid), "stat"))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err == nil && strings.HasPrefix(rest, "T")
}

// ready asks a daemon whether it is, and what it says to that.
func (d *daemon) ready() (code int, answer struct{ Database, Held string }) {
	d.t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	r, err := client.Get("http://" + d.says(`msg=serving listen=(\S+)`) + "/readyz")
	if err != nil {
		return 0, answer
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	if err != nil {
		d.t.Errorf("/readyz: %v: %s", err, body)
	}
	return r.StatusCode, answer
}

// outcome is what a command line that has ended came to.
type outcome struct {
	code      int
	out, errs string
}

// runs runs a command to its end.
func runs(t *testing.T, c *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	code := exitOf(t, c.Run())
	return outcome{code, out.String(), errs.String()}
}
