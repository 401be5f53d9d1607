//go:build linux

package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var (
	program string          // the path of the program under test
	axe     string          // axe-core, "" where there is none
	chrome  context.Context // the browser, nil where there is none
)

func TestMain(m *testing.M) { os.Exit(withBrowser(m.Run)) }

// withBrowser builds the program, starts the browser, runs the tests, and cleans up.
func withBrowser(run func() int) int {
	flag.Parse()
	folder, err := os.MkdirTemp("", "tertial-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "tertial")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "tertial/cmd/tertial")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	if path := os.Getenv("TERTIAL_TEST_AXE"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		axe = string(text)
	}
	path := chromium()
	if path == "" {
		return run()
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(folder, "profile")),
		chromedp.Flag("lang", "sv-SE"), chromedp.Flag("force-prefers-reduced-motion", true))
	all, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, end := chromedp.NewContext(all)
	defer end()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "starting %s: %v\n", path, err)
		return 1
	}
	chrome = ctx
	return run()
}

// chromium is where the browser is, "" where there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// required reports whether tests that need a thing must not be skipped.
func required(thing string) bool {
	return slices.Contains(strings.Split(os.Getenv("TERTIAL_TEST_REQUIRE"), ","), thing)
}

// needsBrowser skips a test where there is no browser.
func needsBrowser(t *testing.T) {
	t.Helper()
	switch {
	case chrome != nil:
	case required("chromium"):
		t.Fatal("Chromium is required and not installed")
	default:
		t.Skip("skipped: Chromium is not installed")
	}
}

// needsAxe skips a test where there is no axe-core.
func needsAxe(t *testing.T) {
	t.Helper()
	needsBrowser(t)
	switch {
	case axe != "":
	case required("axe"):
		t.Fatal("axe-core is required: set TERTIAL_TEST_AXE to its axe.min.js")
	default:
		t.Skip("skipped: TERTIAL_TEST_AXE does not name axe-core's axe.min.js")
	}
}
