package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tertial/internal/config"
)

// pane is what a daemon says; a test can wait for a word in it.
type pane struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{}
}

func newPane() *pane { return &pane{news: make(chan struct{}, 1)} }

func (s *pane) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	return s.text.Write(b)
}

func (s *pane) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waits until the pane shows what matches, and returns its first group.
func (s *pane) waits(t *testing.T, pattern string, ended <-chan int) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		if m := re.FindStringSubmatch(s.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-s.news:
		case code := <-ended:
			t.Fatalf("it ended with %d before it said %s:\n%s", code, pattern, s.String())
		case <-t.Context().Done():
			t.Fatalf("it never said %s:\n%s", pattern, s.String())
		}
	}
}

// background is a daemon that runs in the test.
type background struct {
	out, log *pane
	address  string
	stop     context.CancelFunc
	ended    chan int
}

func start(t *testing.T, env []string, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d := &background{out: newPane(), log: newPane(), stop: cancel, ended: make(chan int, 1)}
	go func() { d.ended <- run(ctx, args, env, strings.NewReader(""), d.out, d.log) }()
	t.Cleanup(cancel)
	d.address = d.log.waits(t, `msg=serving listen=(\S+)`, d.ended)
	return d
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func TestTheDaemon(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_LISTEN=127.0.0.1:0")
	d.types("import gap.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply")
	d.types("person import people.csv --as-of 2026-11-16T12:00")
	x := start(t, d.env, "serve", "--as-of", "2026-11-17T07:30")

	if code, body := get(t, "http://"+x.address+"/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("/healthz: got %d %q", code, body)
	}
	x.log.waits(t, `job=deliver result="3 captured"`, x.ended)
	code, body := get(t, "http://"+x.address+"/readyz")
	var state readiness
	if err := json.Unmarshal([]byte(body), &state); err != nil || code != 200 || !state.Ready || state.Database != "ok" || state.Held != "" {
		t.Errorf("/readyz: got %d %s", code, body)
	}
	if code, body := get(t, "http://"+x.address+"/"); code != 200 || !strings.Contains(body, "Logga in") {
		t.Errorf("/: got %d %.200s, want to be asked who one is", code, body)
	}
	if code, _ := get(t, "http://"+x.address+"/nowhere"); code != 404 {
		t.Errorf("/nowhere: got %d, want 404", code)
	}
	if strings.Contains(x.log.String(), "@") {
		t.Errorf("there is an address in the log:\n%s", x.log)
	}

	// Another process may do everything but send.
	d.types("action status 2027-7.2 on-track --as-of 2026-11-17T08:00")
	d.types("mail list")
	for _, args := range [][]string{{"serve"}, {"run", "deliver"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, d.env, strings.NewReader(""), &out, &errs); code != exitRefused {
			t.Errorf("%v beside the daemon: got exit %d: %s", args, code, errs.String())
		}
	}

	x.stop()
	if code := <-x.ended; code != 0 {
		t.Errorf("got exit %d, want 0\n%s", code, x.log)
	}
	d.types("run deliver --as-of 2026-11-17T09:00") // the line is free again
}

func TestADateThatMovesReachesTheDaemon(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	p := &program{env: d.env, err: io.Discard, clock: time.Now}
	i, err := parseInstant("2026-11-16T12:00")
	if err != nil {
		t.Fatal(err)
	}
	err = p.house(t.Context(), asOf{i}, func(h *house) error {
		before := h.policy
		if _, same, err := h.current(t.Context()); err != nil || same != before {
			t.Errorf("nothing has moved, and the policy is another (%v)", err)
		}
		d.types("wheel set T1 2027-05-11 --as-of 2026-11-16T12:00")
		wheel, rules, err := h.current(t.Context())
		if err != nil {
			return err
		}
		if o, ok := wheel.Occurrence("T1", 2027); !ok || o.Date != date(t, "2027-05-11") || o.Assumed {
			t.Errorf("got %+v", o)
		}
		if rules == before {
			t.Error("the policy is the one from before")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestASignalStopsTheDaemon(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_LISTEN=127.0.0.1:0")
	x := start(t, d.env, "serve")
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := <-x.ended; code != 0 {
		t.Errorf("got exit %d, want 0\n%s", code, x.log)
	}
	if !strings.Contains(x.log.String(), "msg=stopping") {
		t.Errorf("it did not say that it stops:\n%s", x.log)
	}
}

func TestADaemonThatCannotListenSaysSo(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_LISTEN=127.0.0.1:0")
	x := start(t, d.env, "serve")
	var out, errs bytes.Buffer
	env := []string{"TERTIAL_DATABASE=other.db", "TERTIAL_LISTEN=" + x.address}
	if code := run(t.Context(), []string{"serve"}, env, strings.NewReader(""), &out, &errs); code != exitFailed || !strings.Contains(errs.String(), "nothing can listen on") {
		t.Errorf("got exit %d: %s", code, errs.String())
	}
	x.stop()
	<-x.ended
}

func TestARehearsalMailsNobody(t *testing.T) {
	for _, tt := range []struct {
		name           string
		host, redirect string
		want           bool
	}{
		{"captured", "", "", true},
		{"redirected", "relay.stad.example", "test@stad.example", true},
		{"a relay on this computer", "localhost", "", true},
		{"a relay on this computer by number", "127.0.0.1", "", true},
		{"a relay on this computer in version six", "::1", "", true},
		{"a real relay", "relay.stad.example", "", false},
		{"a relay on another computer", "10.0.0.1", "", false},
	} {
		cfg := config.Default()
		cfg.Mail.SMTP.Host, cfg.Mail.RedirectTo = tt.host, tt.redirect
		if got := harmless(&cfg); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	env := []string{"TERTIAL_DATABASE=tertial.db", "TERTIAL_MAIL_SMTP_HOST=relay.stad.example", "TERTIAL_MAIL_FROM=tertial@stad.example"}
	if code := run(t.Context(), []string{"serve", "--as-of", "2027-03-01"}, env, strings.NewReader(""), &out, &errs); code != exitRefused {
		t.Errorf("got exit %d: %s", code, errs.String())
	}
}

func TestARehearsalsClockRunsOn(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	start := time.Date(2027, 3, 1, 6, 30, 0, 0, time.UTC)
	clock := rehearsal(start, func() time.Time { return now })
	if got := clock(); !got.Equal(start) {
		t.Errorf("got %s, want %s", got, start)
	}
	now = now.Add(time.Hour)
	if got := clock(); !got.Equal(start.Add(time.Hour)) {
		t.Errorf("got %s, want an hour later", got)
	}
}

func TestTheDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	x := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--dir", "demo")
	for _, want := range []string{"THE COMING TWELVE MONTHS", "Subject: ", "tertial -c ", "captured"} {
		if !strings.Contains(x.out.String(), want) {
			t.Errorf("%q is not in what it shows:\n%s", want, x.out)
		}
	}
	x.stop()
	if code := <-x.ended; code != 0 {
		t.Errorf("got exit %d, want 0\n%s", code, x.log)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-c", "demo/tertial.yaml", "mail", "list"}, nil, strings.NewReader(""), &out, &errs); code != 0 || !strings.Contains(out.String(), "captured") {
		t.Errorf("got exit %d\n%s%s", code, out.String(), errs.String())
	}
	// A folder that has something in it is left alone.
	if code := run(t.Context(), []string{"demo", "--dir", "demo"}, nil, strings.NewReader(""), &out, &errs); code != exitRefused {
		t.Errorf("got exit %d, want 5", code)
	}
}
