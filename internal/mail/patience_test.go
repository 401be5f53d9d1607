package mail

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tertial/internal/tertial"
)

// slow is a server at the other end of a pipe that takes its time over one answer: the one to the
// line that begins with at, "" for the banner and "." for the dot.
func slow(at string, takes time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go serve(there, at, takes)
		return here, nil
	}
}

func serve(conn net.Conn, at string, takes time.Duration) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	answer := func(line, text string) bool {
		if line == at || at != "" && at != "." && strings.HasPrefix(line, at) {
			time.Sleep(takes)
		}
		_, err := conn.Write([]byte(text + "\r\n"))
		return err == nil
	}
	for line, text, inBody := "", "220 hello", false; ; {
		if !inBody && !answer(line, text) {
			return
		}
		said, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(said, "\r\n")
		text = "250 ok"
		switch {
		case inBody:
			inBody = line != "."
		case line == "DATA":
			if !answer(line, "354 go on") {
				return
			}
			inBody = true
		case line == "QUIT":
			_ = answer(line, "221 bye")
			return
		}
	}
}

func TestEveryPhaseHasItsTime(t *testing.T) {
	tests := []struct {
		name, at string
		takes    time.Duration
		want     tertial.Verdict
		phase    tertial.Phase
	}{
		{"a banner that is slow", "", 59 * time.Second, tertial.Accepted, tertial.PhaseDot},
		{"a banner that does not come", "", 61 * time.Second, tertial.RelayDown, tertial.PhaseDial},
		{"no answer to EHLO", "EHLO", 61 * time.Second, tertial.RelayDown, tertial.PhaseDial},
		{"a slow answer to the sender", "MAIL", 4*time.Minute + 50*time.Second, tertial.Accepted, tertial.PhaseDot},
		{"no answer to the sender", "MAIL", 6 * time.Minute, tertial.Temporary, tertial.PhaseMail},
		{"a slow answer to a recipient", "RCPT", 4*time.Minute + 50*time.Second, tertial.Accepted, tertial.PhaseDot},
		{"no answer to a recipient", "RCPT", 6 * time.Minute, tertial.Temporary, tertial.PhaseRcpt},
		{"no answer to DATA", "DATA", 3 * time.Minute, tertial.Temporary, tertial.PhaseData},
		{"an answer to the dot after nine minutes", ".", 9 * time.Minute, tertial.Accepted, tertial.PhaseDot},
		{"an answer to the dot after eleven", ".", 11 * time.Minute, tertial.Ambiguous, tertial.PhaseDot},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer time.Sleep(time.Hour) // until the server, too, has had its say
				x := to(t, "relay.example:25", func(o *SMTP) { o.DialContext = slow(tt.at, tt.takes) })
				c, err := x.Dial(t.Context())
				if f := (*Failure)(nil); errors.As(err, &f) {
					if f.Verdict != tt.want || f.Phase != tt.phase || !errors.Is(err, tertial.ErrUnavailable) || !strings.Contains(f.Reply, "no answer within") {
						t.Errorf("got %+v, want %s at %s", f, tt.want, tt.phase)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				r := c.Send(t.Context(), sender, recipient, []byte(body), yes)
				if r.Verdict != tt.want || r.Phase != tt.phase || c.Usable() != (tt.want == tertial.Accepted) {
					t.Errorf("got %+v, usable %v; want %s at %s", r, c.Usable(), tt.want, tt.phase)
				}
				if tt.want != tertial.Accepted && !strings.Contains(r.Reply, "no answer within") {
					t.Errorf("got %q", r.Reply)
				}
				_ = c.Close()
			})
		})
	}
}

func TestABodyThatNobodyReadsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		go func() { // answers up to DATA and then stops reading
			in := bufio.NewReader(there)
			for _, text := range []string{"220 hello", "250 ok", "250 ok", "250 ok", "354 go on"} {
				_, _ = there.Write([]byte(text + "\r\n"))
				if text != "354 go on" {
					_, _ = in.ReadString('\n')
				}
			}
		}()
		x := to(t, "relay.example:25", func(o *SMTP) {
			o.DialContext = func(context.Context, string, string) (net.Conn, error) { return here, nil }
		})
		c, err := x.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r := c.Send(t.Context(), sender, recipient, []byte(strings.Repeat("x\r\n", 100_000)), yes)
		if took := time.Since(began); r.Verdict != tertial.Temporary || r.Phase != tertial.PhaseData || !r.Undotted || took != 3*time.Minute {
			t.Errorf("got %+v after %v", r, took)
		}
	})
}

func TestClosingDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(2 * time.Hour) // until the server, too, has had its say
		x := to(t, "relay.example:25", func(o *SMTP) { o.DialContext = slow("QUIT", time.Hour) })
		c, err := x.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_ = c.Close()
		if took := time.Since(began); took != 5*time.Second || c.Usable() {
			t.Errorf("took %v, usable %v", took, c.Usable())
		}
		_ = c.Close()
	})
}
