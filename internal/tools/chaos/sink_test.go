//go:build linux

package chaos

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// sink is Debian's smtp-sink, which keeps each mail that it was given up to the dot in a file.
type sink struct {
	t       *testing.T
	address string
	folder  string
}

// newSink starts one with flags, or skips the test where there is none.
func newSink(t *testing.T, flags ...string) *sink {
	t.Helper()
	path := os.Getenv("TERTIAL_SMTP_SINK")
	if path == "" {
		t.Skip("not tested with smtp-sink: TERTIAL_SMTP_SINK names none")
	}
	folder, err := os.MkdirTemp("", "tertial-sink-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	chmod(t, folder, 0o777) // it works as nobody
	s := &sink{t: t, folder: folder}
	for range 5 { // another program may take the port meanwhile
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s.address = l.Addr().String()
		l.Close()
		args := append([]string{"-u", "nobody", "-d", "mail."}, flags...)
		c := exec.Command(path, append(args, s.address, "100")...)
		c.Dir, c.SysProcAttr = folder, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		d := background(t, c)
		answers := false
		eventually(t, "smtp-sink listens", func() bool {
			conn, err := net.Dial("tcp", s.address)
			if answers = err == nil; answers {
				conn.Close()
			}
			return answers || d.isOver()
		})
		if answers && !d.isOver() {
			return s
		}
	}
	t.Fatal("smtp-sink does not start")
	return nil
}

// mails are what it was given, with their envelopes, as smtptest would have them.
func (s *sink) mails() (all []smtptest.Mail) {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.folder, "mail.*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		_, to, _ := strings.Cut(string(raw), "\nX-Rcpt-Args: <")
		to, _, _ = strings.Cut(to, ">")
		_, mail, whole := strings.Cut(string(raw), " (UTC)\n") // the end of its own header
		if !whole {
			continue // it is being written
		}
		all = append(all, smtptest.Mail{To: []string{to}, Raw: []byte(strings.ReplaceAll(mail, "\n", "\r\n"))})
	}
	return all
}

// What Debian's smtp-sink can be told to do wrong, from end to end: what the program takes it for, how often a mail then
// arrives, and whether an attempt was counted. Proves F1 to F4, F6 and F8 beyond our own stub.
func TestAgainstSMTPSink(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		flags    []string
		state    tertial.MessageState // of every message after the first delivery
		attempts int
		given    bool // it has every mail, though it may not have said so
	}{
		{"F1 P8 the line is dropped after the dot", []string{"-q", "."}, tertial.MessageUnknown, 1, true},
		{"F2 the answer to the dot takes three seconds", []string{"-W", ".:3"}, tertial.MessageSent, 1, true},
		{"F3 P7 the line is dropped at RSET", []string{"-q", "RSET"}, tertial.MessageSent, 1, true},
		{"F3 P7 421 to RSET", []string{"-Q", "RSET"}, tertial.MessageSent, 1, true},
		{"F3 P7 the line is dropped at QUIT", []string{"-q", "QUIT"}, tertial.MessageSent, 1, true},
		{"F4 P14 421 in place of a greeting", []string{"-Q", "CONNECT"}, tertial.MessageQueued, 0, false},
		{"F4 P14 421 to MAIL", []string{"-Q", "MAIL"}, tertial.MessageQueued, 0, false},
		{"F4 P14 421 to RCPT", []string{"-Q", "RCPT"}, tertial.MessageQueued, 0, false},
		{"F4 421 to the dot, which is a certain no", []string{"-Q", "."}, tertial.MessageQueued, 0, false},
		{"F4 the line is dropped at RCPT", []string{"-q", "RCPT"}, tertial.MessageQueued, 1, false},
		{"F4 the line is dropped at DATA", []string{"-q", "DATA"}, tertial.MessageQueued, 1, false},
		{"F5 450 to every recipient", []string{"-r", "RCPT"}, tertial.MessageQueued, 1, false},
		{"F6 452 to every recipient", []string{"-r", "RCPT", "-b", "452 4.2.2 full"}, tertial.MessageQueued, 1, false},
		{"F6 552 to every recipient", []string{"-f", "RCPT", "-B", "552 5.2.2 full"}, tertial.MessageQueued, 1, false},
		{"F6 452 to the dot", []string{"-r", ".", "-b", "452 4.3.1 full"}, tertial.MessageQueued, 1, false},
		{"F8 P16 550 5.7.1 to every recipient", []string{"-f", "RCPT", "-B", "550 5.7.1 no"}, tertial.MessageQueued, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSink(t, tt.flags...)
			o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 4, s.address, "TERTIAL_MAIL_CONNECTIONS=1")
			o.verb("run", "remind", "--as-of", sendAt)
			runs(t, o.command("run", "deliver", "--as-of", sendAt)) // its exit code tells of the relay
			for _, m := range o.list() {
				if m.State != tt.state || m.Attempts != tt.attempts {
					// What is not begun once a relay has failed goes back, without an attempt.
					if m.State != tertial.MessageQueued || m.Attempts != 0 {
						t.Errorf("message %d is %s after %d attempts (%s), want %s after %d", m.ID, m.State, m.Attempts, m.Error, tt.state, tt.attempts)
					}
				}
			}
			if n := o.states()[tt.state]; n == 0 {
				t.Errorf("no message is %s: %v", tt.state, o.states())
			}
			if n := len(s.mails()); tt.given && n != o.people {
				t.Errorf("it was given %d mails, want %d", n, o.people)
			}
			good := newSink(t)
			o.env = append(o.env, mailTo(t, good.address)...)
			o.comesBack(45)
			o.alike(tt.state != tertial.MessageSent, s.mails(), good.mails())
		})
	}
}

// alike holds what a good sink got against what a bad one was given before: each mail went again or not, as it ought, and
// what went twice is the same.
func (o *office) alike(again bool, before, after []smtptest.Mail) {
	o.t.Helper()
	want := 0
	if again {
		want = o.people
	}
	if len(after) != want {
		o.t.Errorf("%d mails went to the next relay, want %d", len(after), want)
	}
	first := map[string]smtptest.Mail{}
	for _, m := range append(before, after...) {
		to := m.To[0]
		if one, there := first[to]; there {
			sameBytes(o.t, []smtptest.Mail{one, m})
		}
		first[to] = m
	}
	if len(first) != o.people {
		o.t.Errorf("%d people have a mail, want %d", len(first), o.people)
	}
	for _, m := range o.list() {
		if m.State != tertial.MessageSent || header(first[m.To], "Message-ID") != m.MessageID {
			o.t.Errorf("message %d is %s as %s, and came as %s", m.ID, m.State, m.MessageID, header(first[m.To], "Message-ID"))
		}
	}
	o.logged()
}

// One wrong address among many ends its own mail and no other, and is seen to be wrong. Proves F7, P12, P15 end to end.
func TestOneWrongAddressOfMany(t *testing.T) {
	t.Parallel()
	t.Run("F7 P15 one wrong address of many", func(t *testing.T) {
		relay := newPost(t)
		wrong := address(7)
		relay.does(func(turn smtptest.Turn) smtptest.Move {
			if turn.Phase == smtptest.RcptTo && strings.Contains(turn.Line, wrong) {
				return smtptest.Reply("550 5.1.1 no such user")
			}
			return smtptest.Move{}
		})
		o := newOffice(t, filepath.Join(t.TempDir(), "tertial.db"), 20, relay.Addr())
		d := o.serve(sendAt)
		eventually(t, "every mail has come to its end", func() bool {
			return len(o.in(tertial.MessageSent, tertial.MessageFailed)) == o.people
		})
		d.stops()
		for _, m := range o.list() {
			want := tertial.MessageSent
			if m.To == wrong {
				want = tertial.MessageFailed
			}
			if m.State != want {
				t.Errorf("message %d to %s is %s, want %s", m.ID, m.To, m.State, want)
			}
		}
		var list struct{ People []tertial.Person }
		o.reads(&list, "person", "list")
		for _, p := range list.People {
			if (p.Suspect != "") != (p.Email == wrong) {
				t.Errorf("%s is suspect because of %q", p.Email, p.Suspect)
			}
		}
		if n := len(relay.Mails()); n != o.people-1 {
			t.Errorf("the relay has %d mails", n)
		}
		if said := fmt.Sprint(d.said()); strings.Contains(said, "@") {
			t.Errorf("P43: there is an address in the log:\n%s", said)
		}
		o.logged()
	})
}
