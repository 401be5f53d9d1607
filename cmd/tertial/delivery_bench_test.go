package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tools/pgtest"
)

// benchLines is how many lines to the relay the benchmarks use.
const benchLines = 16

// BenchmarkDeliver is the way of a mail from the database to the relay's yes, with claim, mark and outcome of each durable, against
// what the relay takes from a program that does nothing but send. Where the variable TERTIAL_POSTFIX names a folder with
// smtp-sink and smtp-source these are the relay and that program; otherwise they are the least that does the same, below.
//
// Half of the recipients share an action with a hundred others, as the members of a function do; in "own" each has one to themselves.
func BenchmarkDeliver(b *testing.B) {
	for _, kind := range []struct {
		name    string
		actions int // 0: one for each recipient
	}{{"shared", 200}, {"own", 0}} {
		for _, db := range []string{"sqlite", "postgres"} {
			b.Run(kind.name+"/"+db, func(b *testing.B) {
				recipients := 20_000
				if testing.Short() {
					recipients = 2_000
				}
				actions := kind.actions
				if actions == 0 {
					actions = recipients / 2 // an import has 20,000 rows at most, and a role is held by two
				}
				benchDeliver(b, db, recipients, actions)
			})
		}
	}
}

func benchDeliver(b *testing.B, db string, recipients, actions int) {
	var took, raw time.Duration
	for b.Loop() {
		b.StopTimer()
		address, stop := startSink(b)
		reference := sourceTime(b, address, recipients)
		d := newBenchDesk(b, db, address, recipients, actions, true)
		b.StartTimer()
		begun := time.Now()
		out := d.types("run deliver --as-of 2026-11-17T07:31")
		took += time.Since(begun)
		raw += reference
		b.StopTimer()
		if want := fmt.Sprintf("%d sent", recipients); !strings.Contains(out, want) {
			b.Fatalf("want %s, got %s", want, out)
		}
		stop()
		b.StartTimer()
	}
	n := float64(recipients) * float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n/took.Seconds(), "mails/s")
	b.ReportMetric(n/raw.Seconds(), "raw-mails/s")
	b.ReportMetric(raw.Seconds()/took.Seconds(), "of-raw")
}

// newBenchDesk sits down with an organisation in which every recipient is owed one mail at 07:30, and
// has it waiting where it is to be queued.
func newBenchDesk(b *testing.B, db, address string, recipients, actions int, queued bool) *desk {
	b.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		b.Fatal(err)
	}
	database := filepath.Join(b.TempDir(), "bench.db")
	if db == "postgres" {
		database = durablePostgres(b)
	}
	d := &desk{b, []string{"TERTIAL_DATABASE=" + database, "TERTIAL_MAIL_SMTP_HOST=" + host, "TERTIAL_MAIL_SMTP_PORT=" + port,
		"TERTIAL_MAIL_SMTP_TLS=none", "TERTIAL_MAIL_FROM=tertial@stad.example", "TERTIAL_MAIL_CONNECTIONS=" + strconv.Itoa(benchLines)}}
	var gaps, people strings.Builder
	gaps.WriteString("clause;requirement;conformity;observation;proposal;owner;priority;timing\n")
	for i := range actions {
		fmt.Fprintf(&gaps, "A.%d.%d.%d;Krav;Nej;Saknas;Ta fram rutin nummer %d för hantering av säkerhetskopior och besluta om den. Gör den känd.;Roll %d;Hög;juni 2027\n", 5+i/9801, i/99%99+1, i%99+1, i, i)
	}
	people.WriteString("name,email,roles\n")
	for i := range recipients {
		fmt.Fprintf(&people, "Förnamn Efternamn %d,person.%d@stad.example,Roll %d\n", i, i, i%actions)
	}
	folder := b.TempDir()
	for name, text := range map[string]string{"many.csv": gaps.String(), "crowd.csv": people.String()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	d.types("import %s/many.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply", folder)
	d.types("person import %s/crowd.csv --as-of 2026-11-16T12:00", folder)
	if queued {
		d.types("run remind --as-of 2026-11-17T07:30")
	}
	return d
}

// startSink starts a relay that takes everything and keeps nothing.
func startSink(b *testing.B) (address string, stop func()) {
	b.Helper()
	folder := os.Getenv("TERTIAL_POSTFIX")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = l.Addr().String()
	if folder == "" {
		go ownSink(l) // ends with the listener
		return address, func() { l.Close() }
	}
	l.Close()
	cmd := exec.Command(filepath.Join(folder, "smtp-sink"), "-u", "nobody", address, "100")
	cmd.Dir = os.TempDir()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	b.Cleanup(stop)
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return address, stop
}

// sourceTime is how long a program that does nothing but send takes for n mails of the size of ours.
func sourceTime(b *testing.B, address string, n int) time.Duration {
	b.Helper()
	const size = 6 << 10
	begun := time.Now()
	if folder := os.Getenv("TERTIAL_POSTFIX"); folder != "" {
		cmd := exec.Command(filepath.Join(folder, "smtp-source"), "-d", "-s", strconv.Itoa(benchLines), "-l", strconv.Itoa(size), "-m", strconv.Itoa(n),
			"-f", "a@stad.example", "-t", "b@stad.example", address)
		cmd.Dir = os.TempDir()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(begun)
	}
	body := append(bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123456789\r\n"), size/72), ".\r\n"...)
	var lines sync.WaitGroup
	for range benchLines {
		lines.Go(func() {
			if err := ownSource(address, n/benchLines, body); err != nil {
				b.Error(err)
			}
		})
	}
	lines.Wait()
	return time.Since(begun)
}

// ownSource sends n mails in lock-step.
func ownSource(address string, n int, body []byte) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(line []byte) error {
		if line != nil {
			if _, err := c.Write(line); err != nil {
				return err
			}
		}
		for {
			reply, err := r.ReadSlice('\n')
			if err != nil || len(reply) > 3 && reply[3] == ' ' {
				return err
			}
		}
	}
	turns := [][]byte{[]byte("MAIL FROM:<a@stad.example>\r\n"), []byte("RCPT TO:<b@stad.example>\r\n"), []byte("DATA\r\n"), body}
	for _, line := range [][]byte{nil, []byte("EHLO localhost\r\n")} {
		if err := say(line); err != nil {
			return err
		}
	}
	for range n {
		for _, line := range turns {
			if err := say(line); err != nil {
				return err
			}
		}
	}
	return say([]byte("QUIT\r\n"))
}

// ownSink takes everything.
func ownSink(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_ = converse(c)
		}()
	}
}

// converse is the relay's side of a conversation. What it says it says when it has nothing more to read.
func converse(c net.Conn) error {
	r, w := bufio.NewReaderSize(c, 64<<10), bufio.NewWriter(c)
	say := func(reply string) error {
		_, err := w.WriteString(reply + "\r\n")
		if err == nil && r.Buffered() == 0 {
			err = w.Flush()
		}
		return err
	}
	err := say("220 sink")
	for err == nil {
		var line []byte
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(string(line))), " "); verb {
		case "EHLO":
			err = say("250-sink\r\n250-PIPELINING\r\n250 8BITMIME")
		case "DATA":
			for err = say("354 go on"); err == nil && string(line) != ".\r\n"; {
				line, err = r.ReadSlice('\n')
			}
			if err == nil {
				err = say("250 taken")
			}
		case "QUIT":
			return say("221 bye")
		default:
			err = say("250 ok")
		}
	}
	return err
}

// durablePostgres is a database on a server that waits for its disk at every commit.
func durablePostgres(b *testing.B) string {
	b.Helper()
	return pgtest.URL(b)
}
