//go:build linux

package chaos

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// A copy of a database file does not mail anybody until a person has let it. Proves F45 and P44.
func TestACopiedFileHolds(t *testing.T) {
	t.Parallel()
	t.Run("F45 P44 a copy sends nothing until it is released", func(t *testing.T) {
		relay := newPost(t)
		o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 4, relay.Addr())
		o.verb("run", "remind", "--as-of", sendAt)
		o.change(`PRAGMA wal_checkpoint(TRUNCATE)`)
		whole, err := os.ReadFile(o.database)
		if err != nil {
			t.Fatal(err)
		}
		copied := *o
		copied.database = o.file("copy.db", string(whole))
		copied.env = append(copied.env, "TERTIAL_DATABASE="+copied.database)
		d := copied.serve(later(1))
		d.says(`job=deliver result="held: `)
		if code, answer := d.ready(); code != 200 || answer.Held == "" {
			t.Errorf("/readyz: got %d, held %q", code, answer.Held)
		}
		d.stops()
		copied.fails(5, "run", "deliver", "--as-of", later(2))
		if n := copied.states()[tertial.MessageQueued]; n != o.people || len(relay.Mails()) > 0 {
			t.Errorf("%d are queued and %d mails went while it was held", n, len(relay.Mails()))
		}
		copied.verb("mail", "release", "--as-of", later(3))
		copied.comesBack(4)
		copied.settled(nil, relay)
	})
}

// full is a file system of the test's own with room for kilobytes, seen only by what runs through it.
type full struct {
	t       *testing.T
	pid     int
	folder  string
	through []string // before a command line
}

// newFull mounts one, or skips the test where that is not allowed.
func newFull(t *testing.T, kilobytes int) *full {
	t.Helper()
	folder := t.TempDir()
	holder := exec.Command("unshare", "-rm", "sh", "-c", fmt.Sprintf("mount -t tmpfs -o size=%dk,mode=755 tmpfs %s && echo mounted && exec cat", kilobytes, folder))
	holder.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Skipf("not tested: no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = holder.Wait() })
	if said, _ := io.ReadAll(io.LimitReader(out, 8)); string(said) != "mounted\n" {
		t.Skip("not tested: no file system can be mounted here")
	}
	pid := holder.Process.Pid
	return &full{t: t, pid: pid, folder: folder,
		through: []string{"nsenter", "-t", strconv.Itoa(pid), "-U", "-m", "--preserve-credentials", "--"}}
}

// seen is the path of a file of it, as the test sees it.
func (f *full) seen(name string) string {
	return filepath.Join("/proc", strconv.Itoa(f.pid), "root", f.folder, name)
}

// fill takes all the room that is left.
func (f *full) fill() {
	f.t.Helper()
	file, err := os.Create(f.seen("filler"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	for size := 64 << 10; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// free gives the room back.
func (f *full) free() {
	f.t.Helper()
	if err := os.Remove(f.seen("filler")); err != nil {
		f.t.Fatal(err)
	}
}

// While the disk is full nothing is said to be saved that is not, nothing is sent that could not be marked, and
// reading works; when there is room again everything goes on, without a restart. Proves F19 and P45.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	t.Run("F19 P45 the disk is full while mail goes", func(t *testing.T) {
		disk, relay, gate := newFull(t, 6<<10), newPost(t), newGate(t)
		o := bare(t, filepath.Join(disk.folder, "tertial.db"), 40, relay.Addr(), "TERTIAL_MAIL_CONNECTIONS=1")
		o.through = disk.through
		o.hidden = true
		o.takesIn()
		o.verb("run", "remind", "--as-of", sendAt)
		relay.once(smtptest.Data, 3, func() smtptest.Move { gate.hold(); return smtptest.Move{} })
		d := o.serve(sendAt)
		eventually(t, "mail goes", gate.isReached)
		disk.fill()
		gate.let()
		said := o.fails(7, "person", "import", o.file("more.csv", strings.ReplaceAll(o.staff(), "@stad", "@ny.stad")), "--as-of", later(1))
		if !strings.Contains(said, "full") {
			t.Errorf("a person is not told that the disk is full: %s", said)
		}
		before := len(relay.Mails())
		if n := len(o.list()); n != o.people {
			t.Errorf("%d messages can be read, want %d", n, o.people)
		}
		if before > 3+groupMost {
			t.Errorf("%d mails went without being marked", before)
		}
		disk.free()
		eventually(t, "everything is sent or in doubt", func() bool {
			n := o.states()
			return n[tertial.MessageSent]+n[tertial.MessageUnknown]+n[tertial.MessageSending] == o.people && n[tertial.MessageSent] > 0
		})
		d.stops()
		allowed := map[string]int{}
		for to := range copies(t, relay) {
			allowed[to] = 1
		}
		for _, to := range o.sent() {
			allowed[to] = 0
		}
		o.comesBack(20)
		o.settled(allowed, relay)
	})
}

// groupMost is how many mails are marked at once.
const groupMost = 32

// A file that may not grow is a disk that is full, by another error.
func TestAFileThatMayNotGrow(t *testing.T) {
	t.Parallel()
	t.Run("F20 P45 the file may not grow", func(t *testing.T) {
		o := bare(t, filepath.Join(t.TempDir(), "tertial.db"), 300, "127.0.0.1:1")
		o.verb("action", "list")
		args := []string{"import", o.file("gap.csv", o.gap()), "--plan-year", "2027", "--as-of", takenIn, "--apply"}
		limited := *o
		limited.through = []string{"prlimit", "--fsize=307200", "--"}
		if said := limited.fails(7, args...); !strings.Contains(said, "tertial: import: ") || strings.Contains(said, "goroutine") {
			t.Errorf("got %s", said)
		}
		var list struct{ Actions []any }
		if o.reads(&list, "action", "list"); len(list.Actions) > 0 {
			t.Errorf("half of it is stored: %d actions", len(list.Actions))
		}
		o.verb(args...)
		o.logged()
	})
}

// A program that is killed for want of memory has stored nothing, and the same file is taken in when there is enough.
func TestTooLittleMemory(t *testing.T) {
	t.Parallel()
	t.Run("F17 an import needs more memory than there is", func(t *testing.T) {
		o := bare(t, filepath.Join(t.TempDir(), "tertial.db"), 9000, "127.0.0.1:1")
		o.verb("action", "list")
		args := []string{"import", o.file("gap.csv", o.gap()), "--plan-year", "2027", "--as-of", takenIn, "--apply"}
		limited := *o
		for megabytes := 500; ; megabytes += 20 { // as little as the program needs to begin
			if limited.through = []string{"prlimit", fmt.Sprintf("--as=%d", megabytes<<20), "--"}; megabytes > 4000 {
				t.Skip("not tested: the program does not run with limited memory here")
			}
			if runs(t, limited.command("action", "list")).code == 0 {
				break
			}
		}
		if r := runs(t, limited.command(args...)); r.code == 0 {
			t.Skip("not tested: the import needs no more memory than the program itself")
		}
		var list struct{ Actions []any }
		if o.reads(&list, "action", "list"); len(list.Actions) > 0 {
			t.Errorf("half of it is stored: %d actions", len(list.Actions))
		}
		o.verb(args...)
		if o.reads(&list, "action", "list"); len(list.Actions) != o.people {
			t.Errorf("got %d actions, want %d", len(list.Actions), o.people)
		}
		o.logged()
	})
}

// Where the file or its folder may not be written, the program says so in a line and changes nothing.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, folder, file string)
	}{
		{"F21 the folder may not be written", func(t *testing.T, folder, _ string) { chmod(t, folder, 0o555) }},
		{"F21 the file belongs to somebody else", func(t *testing.T, folder, file string) {
			if os.Geteuid() != 0 {
				t.Skip("not tested: this user cannot give files away")
			}
			if err := os.Chown(file, 0, 0); err != nil {
				t.Fatal(err)
			}
			chmod(t, file, 0o600)
		}},
		{"F21 the file may only be read", func(t *testing.T, folder, file string) { chmod(t, file, 0o444) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder, err := os.MkdirTemp("", "tertial-files-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755); _ = os.RemoveAll(folder) })
			file := filepath.Join(folder, "tertial.db")
			o := bare(t, file, 1, "127.0.0.1:1")
			if os.Geteuid() == 0 { // root may do everything
				o.who = unprivileged(t, "nobody")
				if err := os.Chown(folder, int(o.who.Uid), int(o.who.Gid)); err != nil {
					t.Fatal(err)
				}
				o.folder = "/"
			}
			o.verb("action", "add", "--title", "Ett", "--clause", "7.2", "--due", "2027-05-05", "--as-of", takenIn)
			tt.do(t, folder, file)
			for _, line := range []string{"serve", "run deliver", "action add --title Två --clause 7.2 --due 2027-05-05 --plan-year 2027"} {
				said := o.fails(7, strings.Fields(line)...)
				if strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "tertial: ") {
					t.Errorf("%s: got %q, want one clear line", line, said)
				}
			}
		})
	}
	t.Run("F21 the folder is not there", func(t *testing.T) {
		o := bare(t, filepath.Join(t.TempDir(), "missing", "tertial.db"), 1, "127.0.0.1:1")
		if said := o.fails(7, "serve"); strings.Count(said, "\n") != 1 {
			t.Errorf("got %q, want one clear line", said)
		}
	})
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A disk that fails to keep what it was given has kept nothing of it: the program says so, and what is there afterwards is the truth.
func TestAFailingDisk(t *testing.T) {
	t.Parallel()
	t.Run("F18 P45 fsync fails", func(t *testing.T) {
		if _, err := exec.LookPath("strace"); err != nil {
			t.Skip("not tested: strace is missing")
		}
		o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 3, "127.0.0.1:1")
		args := []string{"action", "add", "--title", "Ett", "--clause", "7.2", "--due", "2027-05-05", "--as-of", takenIn}
		failing := *o
		failing.through = []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "--"}
		r := runs(t, failing.command(args...))
		if strings.Contains(r.errs, "PTRACE") {
			t.Skip("not tested: nothing may be traced here")
		}
		if r.code != 7 || r.out != "" {
			t.Errorf("got exit %d: %s%s", r.code, r.out, r.errs)
		}
		var list struct{ Actions []struct{ Title string } }
		o.reads(&list, "action", "list")
		t.Logf("%d actions are there afterwards", len(list.Actions)) // the one in question or not: it was not confirmed
		if n := len(list.Actions); n != 3 && n != 4 {
			t.Errorf("%d actions are there", n)
		}
		o.logged()
		o.verb(args...)
	})
}
