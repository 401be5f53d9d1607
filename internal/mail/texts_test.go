package mail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tertial/templates"
)

// literals are the strings in this package's sources that look like a text's id, or like the beginning of one.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*\.?$`)
	found := make(map[string]bool)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && id.MatchString(s) {
					found[s] = true
				}
			}
			return true
		})
	}
	return found
}

// Every text that the sources name is there, and every text that is there is named.
func TestTextsAndSourcesAgree(t *testing.T) {
	texts := testRenderer(t, nil).set.Texts(templates.Swedish)
	named := literals(t)
	src, err := os.ReadFile("../../templates/texts/sv.json")
	if err != nil {
		t.Fatal(err)
	}
	groups := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^  "([a-z0-9_.]+)":`).FindAllStringSubmatch(string(src), -1) {
		id := m[1]
		group, _, _ := strings.Cut(id, ".")
		groups[group] = true
		used := named[id]
		for i := range len(id) {
			used = used || id[i] == '.' && named[id[:i+1]]
		}
		if !used {
			t.Errorf("no source says %q", id)
		}
	}
	for s := range named {
		group, rest, found := strings.Cut(s, ".")
		if found && rest != "" && groups[group] && !strings.HasSuffix(s, ".") && !texts.Has(s) {
			t.Errorf("there is no text %q", s)
		}
	}
}
