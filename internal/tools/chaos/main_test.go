//go:build linux

package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tertial/internal/tools/pgtest"
)

// program is the path of the program under test, built by TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(withProgram(m.Run)) }

// withProgram builds the program, runs the tests, and cleans up.
func withProgram(run func() int) int {
	flag.Parse()
	wide()
	if program = os.Getenv("TERTIAL_TEST_PROGRAM"); program != "" {
		return run()
	}
	folder, err := os.MkdirTemp("", "tertial-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { // some tests run it as nobody
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program = filepath.Join(folder, "tertial")
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", "failpoints", "-o", program, "tertial/cmd/tertial")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return run()
}

// wide has more tests run side by side than there are processors, unless the command line says how many: most of them wait.
func wide() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", "20")
	}
}

// onBoth runs a test on SQLite and on PostgreSQL, side by side.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "tertial.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.URL(t))
	})
}

// rounds is how often something random is tried: half as often with -short.
func rounds(n int) int {
	if testing.Short() {
		return n / 2
	}
	return n
}

// chance is a source of random numbers that TERTIAL_TEST_SEED repeats. Where a kill lands still depends on the machine.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano() & 0xffffff)
	if text := os.Getenv("TERTIAL_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TERTIAL_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// patience is how long a condition may take on a slow, loaded machine before the test fails.
const patience = 90 * time.Second

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > limit {
			t.Fatalf("after %v still not: %s", limit, what)
		}
	}
}
