package imports

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tertial"

// source is one file that has been read.
type source struct {
	*ast.File
	fset *token.FileSet
	dir  string // from the root, with slashes
	test bool   // its own name ends in _test.go, or it is a tool of the developers'
}

func parse(name string, text any, at string) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, at, text, parser.SkipObjectResolution)
	dir := path.Dir(name)
	return source{file, fset, dir, strings.HasSuffix(name, "_test.go") || strings.HasPrefix(dir, "internal/tools/")}, err
}

// line is where a node stands, as file:line.
func (s source) line(p token.Pos) string {
	at := s.fset.Position(p)
	return fmt.Sprintf("%s:%d", at.Filename, at.Line)
}

// check is one rule: it calls fail for each place that breaks it.
type check func(s source, fail func(at token.Pos, format string, args ...any))

func TestSourcesKeepTheRules(t *testing.T) {
	sources := readAll(t, "../../..")
	if len(sources) < 20 {
		t.Fatalf("only %d files were found", len(sources))
	}
	for _, s := range sources {
		for _, rule := range []check{imports, clock, start, size, names} {
			rule(s, func(at token.Pos, format string, args ...any) {
				t.Errorf("%s: %s", s.line(at), fmt.Sprintf(format, args...))
			})
		}
	}
}

func TestProgramExitsInOnePlace(t *testing.T) {
	var places []string
	for _, s := range readAll(t, "../../..") {
		if !s.test {
			calls(s, "os", func(name string, at token.Pos) {
				if name == "Exit" {
					places = append(places, s.line(at))
				}
			})
		}
	}
	if len(places) > 1 {
		t.Errorf("os.Exit belongs into one place, it is called in %s", strings.Join(places, ", "))
	}
}

func TestTopLevelIsAsAgreed(t *testing.T) {
	entries, err := os.ReadDir("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			t.Errorf("%s: the top level has no such entry; put it into docs/, internal/tools/ or a package", name)
		}
	}
}

func readAll(t *testing.T, root string) []source {
	t.Helper()
	var sources []source
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata"):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(rel), nil, name)
		sources = append(sources, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// imports holds both tables.
func imports(s source, fail func(token.Pos, string, ...any)) {
	if s.test {
		return
	}
	allowed, known := inside[s.dir]
	if !known {
		fail(s.Name.Pos(), "the package %s is not in the table of imports; add it with what it may import", s.dir)
		return
	}
	for _, spec := range s.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(name, "/")
		if own, ok := strings.CutPrefix(name, module+"/"); ok {
			if !slices.Contains(allowed, own) {
				fail(spec.Pos(), "%s may not import %s of this module", s.dir, own)
			}
		} else if strings.Contains(first, ".") {
			foreign(s, spec, name, fail)
		} else if slices.Contains(pure, s.dir) && slices.Contains(impure, name) {
			fail(spec.Pos(), "%s does no input or output and may not import %s", s.dir, name)
		}
	}
}

func foreign(s source, spec *ast.ImportSpec, name string, fail func(token.Pos, string, ...any)) {
	for mod, by := range outside {
		if name != mod && !strings.HasPrefix(name, mod+"/") {
			continue
		}
		if !slices.Contains(by, s.dir) {
			fail(spec.Pos(), "%s may not import %s; only %s may", s.dir, mod, strings.Join(by, ", "))
		}
		return
	}
	fail(spec.Pos(), "%s is in no table; whoever needs it says so there", name)
}

// clock wants the time to be handed down, and no ticker that cannot be stopped.
func clock(s source, fail func(token.Pos, string, ...any)) {
	if s.test {
		return
	}
	calls(s, "time", func(name string, at token.Pos) {
		switch name {
		case "Tick":
			fail(at, "time.Tick cannot be stopped; use a ticker")
		case "Now", "Since", "Until":
			if !slices.Contains(clocks, s.dir) {
				fail(at, "%s may not read the clock (time.%s); take now as an argument", s.dir, name)
			}
		}
	})
}

// calls visits each mention of something of a package of the standard library.
func calls(s source, pkg string, visit func(name string, at token.Pos)) {
	local := ""
	for _, spec := range s.Imports {
		if spec.Path.Value == strconv.Quote(pkg) {
			if local = path.Base(pkg); spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
				visit(sel.Sel.Name, sel.Pos())
			}
		}
		return true
	})
}

// start wants nothing to happen before main.
func start(s source, fail func(token.Pos, string, ...any)) {
	for _, d := range s.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			fail(f.Pos(), "no init(): make it in a constructor")
		}
	}
}

// size wants files and functions that can be read at one sitting; tests may list many cases.
func size(s source, fail func(token.Pos, string, ...any)) {
	if n := s.fset.Position(s.FileEnd).Line; n > maxFileLines {
		fail(s.Name.Pos(), "the file has %d lines, more than %d; divide it", n, maxFileLines)
	}
	if s.test {
		return
	}
	for _, d := range s.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFunctionLines {
			fail(f.Pos(), "%s has %d lines, more than %d; divide it", f.Name.Name, n, maxFunctionLines)
		}
	}
}

// names wants packages that are called after what they hold.
func names(s source, fail func(token.Pos, string, ...any)) {
	for _, name := range []string{s.Name.Name, path.Base(s.dir)} {
		if slices.Contains(banned, strings.TrimSuffix(name, "_test")) {
			fail(s.Name.Pos(), "a package called %s says nothing about what is in it", name)
			return
		}
	}
}
