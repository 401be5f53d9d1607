//go:build linux

package browser

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
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

// environment is ours without what is meant for tests, or for another instance.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "TERTIAL_") })
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
	cmd.Env = environment()
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
	for begun := time.Now(); !answers(o.site); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 2*slow {
			t.Fatal("the demonstration does not answer")
		}
	}
	return o
}

// answers reports whether a site is there.
func answers(site string) bool {
	resp, err := http.Get(site + "/healthz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return true
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

// as is a tab in which a person of the sample has entered the demonstration.
func (o *office) as(address string, l look) *tab {
	o.t.Helper()
	if !strings.Contains(o.out.String(), o.site+"/demo") {
		o.t.Fatalf("the demonstration does not say where to begin:\n%s", o.out)
	}
	b := newTab(o.t, o.site, l)
	b.open("/demo")
	b.click(`form:has(input[value="` + address + `"]) button`)
	return b
}

// The people of the sample.
const (
	isam       = "saga.lindmark@stad.example"
	management = "ylva.sandelin@stad.example"
	owner      = "nadim.haddad@stad.example"
	english    = "olivia.brennan@stad.example"
)
