//go:build linux

package browser

import (
	"bytes"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// office is a running instance.
type office struct {
	t    *testing.T
	site string
	out  *output
}

// output gathers what the program prints, from several goroutines.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// newDemo starts the demonstration, as a new user does.
func newDemo(t *testing.T) *office {
	t.Helper()
	address := freeAddress(t)
	o := &office{t: t, site: "http://" + address, out: &output{}}
	cmd := exec.Command(program, "demo", "--listen", address, "--dir", t.TempDir()+"/demo")
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr = o.out, o.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the program said:\n%s", o.out)
		}
	})
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(o.site + "/healthz")
		if err == nil {
			resp.Body.Close()
			return o
		}
		if time.Since(begun) > 2*slow {
			t.Fatalf("the demonstration does not answer: %v", err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// link is the address that the demonstration prints for a person to begin at.
func (o *office) link() string {
	o.t.Helper()
	address := regexp.MustCompile(regexp.QuoteMeta(o.site) + `/signin/\S+`).FindString(o.out.String())
	if address == "" {
		o.t.Fatalf("the demonstration prints no link:\n%s", o.out)
	}
	return strings.TrimRight(address, ".")
}

// asISAM is a tab in which the coordinator has signed in by the printed link.
func (o *office) asISAM(l look) *tab {
	o.t.Helper()
	b := newTab(o.t, o.site, l)
	b.open(o.link())
	b.click("main form button")
	return b
}
