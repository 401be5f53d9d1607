package mail

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// BenchmarkSend is how many mails of 6 KB go over the loopback, rendered beforehand: to a sink that does the least that
// a server can, and, where TERTIAL_SMTP_SINK names the program, to Postfix's smtp-sink.
func BenchmarkSend(b *testing.B) {
	raw := []byte("Subject: x\r\n\r\n" + strings.Repeat("Sedan förra gången har inget hänt med åtgärden; den skulle vara klar.\r\n", 84))
	for _, sink := range []struct {
		name  string
		start func(testing.TB, bool) string
	}{{"raw sink", rawSink}, {"smtp-sink", smtpSink}} {
		for _, mode := range []string{"pipelined", "lock-step"} {
			for _, lines := range []int{1, 4, 16} {
				b.Run(fmt.Sprintf("%s, %s, %d lines", sink.name, mode, lines), func(b *testing.B) {
					address := sink.start(b, mode == "pipelined")
					sendOver(b, to(b, address, nil), lines, raw)
				})
			}
		}
	}
}

// sendOver sends b.N mails over several lines.
func sendOver(b *testing.B, relay *Sender, lines int, raw []byte) {
	b.Helper()
	conns := make([]*Conn, lines)
	for i := range conns {
		conns[i] = dial(b, relay)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if r := c.Send(ctx, sender, recipient, raw, yes); r.Verdict != tertial.Accepted {
					b.Errorf("got %+v", r)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// rawSink answers what it must and looks at nothing but line ends and the dot.
func rawSink(b testing.TB, piped bool) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { swallow(conn, piped) })
		}
	})
	b.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func swallow(conn net.Conn, piped bool) {
	defer conn.Close()
	in, out := bufio.NewReaderSize(conn, 16<<10), bufio.NewWriter(conn)
	hello := "250-sink\r\n250 SIZE 0\r\n"
	if piped {
		hello = "250-sink\r\n250-PIPELINING\r\n250 SIZE 0\r\n"
	}
	_, _ = out.WriteString("220 sink\r\n")
	for inMail := false; ; {
		if in.Buffered() == 0 {
			_ = out.Flush() // a line that is lost is seen at the next read
		}
		line, err := in.ReadSlice('\n')
		switch {
		case err != nil:
			return
		case inMail:
			if inMail = string(line) != ".\r\n"; inMail {
				continue
			}
			_, _ = out.WriteString("250 2.0.0 Ok: queued as 4bFzXy1234\r\n")
		case bytes.HasPrefix(line, []byte("DATA")):
			inMail = true
			_, _ = out.WriteString("354 go on\r\n")
		case bytes.HasPrefix(line, []byte("EHLO")):
			_, _ = out.WriteString(hello)
		case bytes.HasPrefix(line, []byte("QUIT")):
			_, _ = out.WriteString("221 bye\r\n")
			_ = out.Flush()
			return
		default:
			_, _ = out.WriteString("250 2.1.0 Ok\r\n")
		}
	}
}

// smtpSink starts Postfix's; it is skipped where there is none. Debian's postfix package has it, and it runs from where the
// package is unpacked, with LD_LIBRARY_PATH set.
func smtpSink(b testing.TB, piped bool) string {
	b.Helper()
	program := os.Getenv("TERTIAL_SMTP_SINK")
	if program == "" {
		b.Skip("TERTIAL_SMTP_SINK names no program")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close() // the port is free again
	args := []string{address, strconv.Itoa(100)}
	if !piped {
		args = append([]string{"-p"}, args...)
	}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	sink := exec.Command(program, args...)
	var said bytes.Buffer
	sink.Stderr = &said
	if err := sink.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = sink.Process.Kill()
		_ = sink.Wait() // killed
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return address
		}
	}
	b.Fatalf("smtp-sink does not listen: %s", said.String())
	return ""
}
