package imports

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A test in docs/promises.md stands as `folder` `TestName`, or `folder` `TestName/a subtest`.
var proof = regexp.MustCompile("`((?:internal/|cmd/|jobs|templates|migrations)[a-z/]*)` `((?:Test|Fuzz)[A-Za-z0-9]+)[`/]")

// TestThePromisesNameTheirTests finds out whether every test that docs/promises.md names is there.
func TestThePromisesNameTheirTests(t *testing.T) {
	const root = "../../.."
	page, err := os.ReadFile(filepath.Join(root, "docs/promises.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := proof.FindAllStringSubmatch(string(page), -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	sources := map[string]string{}
	for _, n := range named {
		folder, test := n[1], n[2]
		if _, read := sources[folder]; !read {
			files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, file := range files {
				source, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(source)
			}
			sources[folder] = all.String()
		}
		if !strings.Contains(sources[folder], "func "+test+"(") {
			t.Errorf("docs/promises.md names %s in %s, and there is no such test", test, folder)
		}
	}
}
