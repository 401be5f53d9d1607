package imports

import (
	"fmt"
	"go/token"
	"strings"
	"testing"
)

func TestRulesFindWhatBreaksThem(t *testing.T) {
	long := "func f() {\n" + strings.Repeat("\t_ = 1\n", maxFunctionLines) + "}\n"
	tests := []struct {
		name, file, text string
		want             string // "" for nothing
	}{
		{"an import downward", "internal/policy/a.go", `import "tertial/internal/calendar"`, ""},
		{"an import upward", "internal/calendar/a.go", `import "tertial/internal/policy"`, "a.go:2: internal/calendar may not import internal/policy of this module"},
		{"a tool in production", "jobs/a.go", `import "tertial/internal/tools/pgtest"`, "jobs may not import internal/tools/pgtest"},
		{"a tool in a test", "jobs/a_test.go", `import "tertial/internal/tools/pgtest"`, ""},
		{"a module where it belongs", "internal/store/a.go", `import _ "github.com/lib/pq"`, ""},
		{"a part of a module where it belongs", "internal/store/a.go", `import "github.com/pressly/goose/v3/lock"`, ""},
		{"a module elsewhere", "internal/web/a.go", `import "github.com/lib/pq"`, "internal/web may not import github.com/lib/pq; only internal/store may"},
		{"a module in no table", "internal/web/a.go", `import "example.org/new"`, "example.org/new is in no table"},
		{"a package in no table", "internal/new/a.go", ``, "the package internal/new is not in the table"},
		{"the machine in a pure package", "internal/policy/a.go", `import "os"`, "may not import os"},

		{"the clock where it is read", "jobs/a.go", "import \"time\"\nvar _ = time.Now", ""},
		{"the clock elsewhere", "internal/store/a.go", "import \"time\"\nvar x = time.Now()", "a.go:3: internal/store may not read the clock"},
		{"the clock by another name", "internal/store/a.go", "import clock \"time\"\nvar x = clock.Since", "may not read the clock"},
		{"a method called Now", "internal/store/a.go", "var x = stamp.Now()", ""},
		{"a ticker without a stop", "jobs/a.go", "import \"time\"\nvar x = time.Tick(1)", "time.Tick cannot be stopped"},

		{"an init", "jobs/a.go", "func init() {}", "no init()"},
		{"an init in a test", "jobs/a_test.go", "func init() {}", "no init()"},
		{"a method called init", "jobs/a.go", "func (x T) init() {}", ""},
		{"a long function", "jobs/a.go", long, "f has 92 lines, more than 90"},
		{"a long function of a test", "jobs/a_test.go", long, ""},
		{"a long file", "jobs/a_test.go", strings.Repeat("//\n", maxFileLines), "the file has 602 lines, more than 600"},
		{"a folder that says nothing", "internal/tools/util/a.go", "", "called util"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(tt.file, "package x\n"+tt.text+"\n", "a.go")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, rule := range []check{imports, clock, start, size, names} {
				rule(s, func(at token.Pos, format string, args ...any) {
					got = append(got, s.line(at)+": "+fmt.Sprintf(format, args...))
				})
			}
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
