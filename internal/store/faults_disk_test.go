package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// TestChildProcess is no test: it is the process that the tests of this file start, with a database of its own and orders on
// its standard input. It answers each with what became of it.
func TestChildProcess(t *testing.T) {
	path := os.Getenv("TERTIAL_TEST_CHILD")
	if path == "" {
		t.Skip("it is started by others")
	}
	signal.Ignore(syscall.SIGXFSZ) // a limit on the size of files is an error like any other
	ctx := context.Background()
	s, err := Open(ctx, Options{Database: path, Migrate: true})
	fmt.Println("answer opened", verdictOf(err))
	if err != nil {
		os.Exit(0)
	}
	large := strings.Repeat("å", 40_000)
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		word, key, _ := strings.Cut(orders.Text(), " ")
		var err error
		switch word {
		case "write":
			err = s.SetMeta(ctx, key, large)
		case "read":
			_, err = s.Meta(ctx, key)
		case "limit":
			size, _ := strconv.ParseUint(key, 10, 64)
			err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: ^uint64(0)})
		}
		fmt.Println("answer", word, key, verdictOf(err))
	}
	os.Exit(0)
}

// verdictOf names what an error is to who called.
func verdictOf(err error) string {
	_, doubtful := errors.AsType[*doubtfulCommit](err)
	switch {
	case err == nil:
		return "ok"
	case doubtful && errors.Is(err, tertial.ErrUnavailable):
		return "unconfirmed"
	case errors.Is(err, tertial.ErrUnavailable):
		return "unavailable"
	case errors.Is(err, tertial.ErrRefused):
		return "refused"
	}
	return "other: " + err.Error()
}

// child is a process with a store of its own.
type child struct {
	t       *testing.T
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Scanner
	said    bytes.Buffer
}

// startChild starts one on a database, and returns it with what it says of opening that.
func startChild(t *testing.T, path string, attr *syscall.SysProcAttr) (*child, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if attr != nil && attr.Credential != nil { // who is not root does not get at the folders of go test
		program = copyProgram(t, program)
	}
	c := &child{t: t, cmd: exec.Command(program, "-test.run=^TestChildProcess$")}
	c.cmd.Env = append(os.Environ(), "TERTIAL_TEST_CHILD="+path)
	c.cmd.SysProcAttr, c.cmd.Stderr, c.cmd.Dir = attr, &c.said, "/"
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		c.orders, err = c.cmd.StdinPipe()
	}
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.answers = bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = c.orders.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = c.cmd.Wait()
	})
	return c, strings.TrimPrefix(c.answer(), "opened ")
}

// answer is the next line that is meant for us.
func (c *child) answer() string {
	c.t.Helper()
	for c.answers.Scan() {
		if text, ok := strings.CutPrefix(c.answers.Text(), "answer "); ok {
			return text
		}
	}
	c.t.Fatalf("the process ended: %s", c.said.String())
	return ""
}

// order has it do something, and returns what became of that.
func (c *child) order(word, key string) string {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.orders, word, key); err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimPrefix(c.answer(), word+" "+key+" ")
}

func copyProgram(t *testing.T, from string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "tertial-child-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(from)
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(dir, "child"), data, 0o755), os.Chmod(dir, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "child")
}

// stored are the keys of what the child wrote, as a process sees it that opens the database anew.
func stored(t *testing.T, path string) []string {
	t.Helper()
	s := openTest(t, path)
	var keys []string
	if err := s.r.Select(&keys, `SELECT key FROM meta WHERE LENGTH(value) > 1000 ORDER BY key`); err != nil {
		t.Fatal(err)
	}
	var check string
	if err := s.r.Get(&check, `PRAGMA integrity_check`); err != nil || check != "ok" {
		t.Errorf("the database's integrity: %q, %v", check, err)
	}
	if _, bad, err := s.VerifyLog(t.Context()); bad != 0 || err != nil {
		t.Errorf("the log: first bad %d, %v", bad, err)
	}
	return keys
}

// tally checks that all that was confirmed is there, and that besides there is nothing but what was left in doubt.
func tally(t *testing.T, path string, said map[string]string) {
	t.Helper()
	there := stored(t, path)
	t.Log(said)
	for key, verdict := range said {
		switch found := slices.Contains(there, key); {
		case verdict == "ok" && !found:
			t.Errorf("%s was confirmed and is lost", key)
		case verdict == "unavailable" && found:
			t.Errorf("%s was refused and is there", key)
		}
	}
}

// P45, F20: a disk that takes no more.
func TestADiskThatIsFull(t *testing.T) {
	t.Run("F20 P45 a limit on the size of files", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "t.db")
		c, opened := startChild(t, path, nil)
		if opened != "ok" {
			t.Fatalf("opening: %s", opened)
		}
		full(t, c, path, func() { c.order("limit", "700000") }, func() { c.order("limit", "1000000000") })
	})
	t.Run("F19 P45 a full file system", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tertial-test", dir, "tmpfs", 0, "size=2m"); err != nil {
			t.Skipf("no small file system can be mounted here: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		path, ballast := filepath.Join(dir, "t.db"), filepath.Join(dir, "ballast")
		c, opened := startChild(t, path, nil)
		if opened != "ok" {
			t.Fatalf("opening: %s", opened)
		}
		full(t, c, path, func() {
			f, err := os.Create(ballast)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for err == nil { // to the last byte
				_, err = f.Write(make([]byte, 4096))
			}
		}, func() {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("F19 P45 writes that find no room", func(t *testing.T) {
		injected(t, "pwrite64,write:error=ENOSPC")
	})
	t.Run("F18 P45 a disk that cannot make what is written last", func(t *testing.T) {
		injected(t, "fsync,fdatasync:error=EIO")
	})
	t.Run("F18 P45 a disk that cannot be written", func(t *testing.T) {
		injected(t, "pwrite64,write:error=EIO")
	})
}

// full has a child write until there is no room and beyond, makes room, and checks that nothing else than that was the matter.
func full(t *testing.T, c *child, path string, begin, end func()) {
	t.Helper()
	said := map[string]string{}
	write := func(key string) string {
		said[key] = c.order("write", key)
		return said[key]
	}
	for i := range 3 {
		if got := write(fmt.Sprint("before", i)); got != "ok" {
			t.Fatalf("before: %s", got)
		}
	}
	begin()
	refused := 0
	for i := 0; refused < 5 && i < 50; i++ {
		if got := write(fmt.Sprint("full", i)); got == "unavailable" || got == "unconfirmed" {
			refused++
		} else if got != "ok" {
			t.Errorf("with no room: %s, want it unavailable", got)
		}
		if got := c.order("read", "before0"); got != "ok" {
			t.Errorf("a read with no room: %s", got)
		}
	}
	if refused == 0 {
		t.Error("there was room all the time")
	}
	end()
	for i := range 3 {
		if got := write(fmt.Sprint("after", i)); got != "ok" {
			t.Errorf("when there is room again: %s", got)
		}
	}
	tally(t, path, said)
}

// injected has the system fail a child's writes by strace, and checks that nothing is called saved that is not.
func injected(t *testing.T, fault string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not on this machine")
	}
	path := filepath.Join(t.TempDir(), "t.db")
	c, opened := startChild(t, path, nil)
	if opened != "ok" {
		t.Fatalf("opening: %s", opened)
	}
	said := map[string]string{"before": c.order("write", "before")}
	calls, _, _ := strings.Cut(fault, ":")
	spy := exec.Command(strace, "-f", "-q", "-o", "/dev/null", "-e", "trace="+calls, "-e", "inject="+fault, "-P", path, "-P", path+"-wal", "-p", strconv.Itoa(c.cmd.Process.Pid))
	var words bytes.Buffer
	spy.Stderr = &words
	if err := spy.Start(); err != nil {
		t.Skipf("strace cannot be used here: %v", err)
	}
	ended := make(chan struct{})
	go func() { _ = spy.Wait(); close(ended) }()
	// It is at work as soon as a write fails.
	for i := 0; ; i++ {
		key := fmt.Sprint("meanwhile", i)
		said[key] = c.order("write", key)
		if said[key] != "ok" {
			break
		}
		select {
		case <-ended:
			t.Skipf("strace cannot be used here: %s", words.String())
		case <-time.After(50 * time.Millisecond):
		}
		if i > 600 {
			t.Fatal("strace lets everything through")
		}
	}
	for i := range 3 {
		key := fmt.Sprint("failing", i)
		if said[key] = c.order("write", key); said[key] != "unavailable" && said[key] != "unconfirmed" {
			t.Errorf("%s: %s, want it not called saved", key, said[key])
		}
	}
	_ = spy.Process.Signal(syscall.SIGINT) // it lets go
	<-ended
	if got := c.order("write", "after"); got != "ok" {
		t.Errorf("when the disk is well again: %s", got)
	} else {
		said["after"] = got
	}
	_ = c.orders.Close()
	tally(t, path, said)
}

// F21: a folder or a file that must not be written.
func TestAFolderThatMustNotBeWritten(t *testing.T) {
	var attr *syscall.SysProcAttr
	if os.Geteuid() == 0 { // who may write everything
		attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	base, err := os.MkdirTemp("/tmp", "tertial-ro-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	if err := os.Chmod(base, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Run("F21 a new database", func(t *testing.T) {
		dir := filepath.Join(base, "new")
		if err := os.Mkdir(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		if _, opened := startChild(t, filepath.Join(dir, "t.db"), attr); opened != "refused" {
			t.Errorf("got %s, want a refusal", opened)
		}
	})
	t.Run("F21 one that was there", func(t *testing.T) {
		dir := filepath.Join(base, "old")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "t.db")
		first, opened := startChild(t, path, attr)
		if opened != "ok" || first.order("write", "before") != "ok" {
			t.Fatalf("opening: %s", opened)
		}
		_ = first.orders.Close()
		_ = first.cmd.Wait()
		if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(dir, 0o555)); err != nil {
			t.Fatal(err)
		}
		if _, opened := startChild(t, path, attr); opened != "unavailable" && opened != "refused" {
			t.Errorf("got %s, want it unavailable", opened)
		}
	})
}
