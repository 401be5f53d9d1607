package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tertial/internal/tools/pgtest"
)

// A script is a text that tells what a person types and what they see:
//
//	# a comment
//	> import gap.csv --plan-year 2027      run the program with these arguments
//	< file or "text"                       standard input of the next run
//	exit 6                                 its exit code; 0 where nothing is said
//	out "text"   !out "text"               standard output holds it, or does not
//	err "text"   !err "text"               standard error likewise
//	out ""                                 nothing was printed
//	json actions.0.ref "2027-7.2"          a value of the JSON; # is a list's length
//	same name                              standard output is what it was when kept
//	keep name                              keep standard output under a name, also as a file
//	-- name --                             a file, up to the next one
type script struct {
	t     *testing.T
	name  string
	env   []string
	stdin string
	kept  map[string]string

	line     string // of the last run
	ran      bool
	checked  bool // its exit code was
	code     int
	out, err string
}

func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) { play(t, name, string(text), "TERTIAL_DATABASE=tertial.db") })
		if strings.Contains(string(text), "# both databases") {
			t.Run(name+" on PostgreSQL", func(t *testing.T) { play(t, name, string(text), "TERTIAL_DATABASE="+pgtest.URL(t)) })
		}
	}
}

// play runs a script in a folder of its own.
func play(t *testing.T, name, text string, env ...string) {
	root, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	s := &script{t: t, name: name, env: env, kept: map[string]string{}}
	body, files := unpack(text)
	for file, content := range files {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shared, err := filepath.Glob(filepath.Join(root, "shared", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range shared {
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Base(path), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, line := range strings.Split(body, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.do(i+1, line)
		}
	}
	s.settle()
}

// unpack parts a script from its files.
func unpack(text string) (body string, files map[string]string) {
	files = map[string]string{}
	current := ""
	var b strings.Builder
	for line := range strings.Lines(text) {
		name, isHead := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if name, ends := strings.CutSuffix(name, " --"); isHead && ends {
			if current == "" {
				body = b.String()
			} else {
				files[current] = b.String()
			}
			current = name
			b.Reset()
			continue
		}
		b.WriteString(line)
	}
	if current == "" {
		return b.String(), files
	}
	files[current] = b.String()
	return body, files
}

func (s *script) do(n int, line string) {
	s.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	words := split(rest)
	want := ""
	if len(words) > 0 {
		want = words[len(words)-1]
	}
	at := fmt.Sprintf("%s:%d: %s", s.name, n, s.line)
	switch verb {
	case ">":
		s.settle()
		s.run(rest, words)
	case "<":
		s.stdin = want
		if content, err := os.ReadFile(want); err == nil {
			s.stdin = string(content)
		}
	case "exit":
		s.checked = true
		if strconv.Itoa(s.code) != want {
			s.t.Fatalf("%s\ngot exit %d, want %s\n%s%s", at, s.code, want, s.out, s.err)
		}
	case "out", "err", "!out", "!err":
		s.holds(at, verb, want)
	case "json":
		if got := s.value(at, words[0]); got != want {
			s.t.Errorf("%s\n%s: got %s, want %s\n%s", at, words[0], got, want, s.out)
		}
	case "keep":
		s.kept[want] = s.out
		if err := os.WriteFile(want, []byte(s.out), 0o600); err != nil {
			s.t.Fatal(err)
		}
	case "same":
		if s.out != s.kept[want] {
			s.t.Errorf("%s\ngot\n%s\nwant what was kept as %s\n%s", at, s.out, want, s.kept[want])
		}
	default:
		s.t.Fatalf("%s:%d: no such line: %s", s.name, n, line)
	}
}

// settle takes a run whose exit code nobody looked at for one that had to succeed.
func (s *script) settle() {
	s.t.Helper()
	if s.ran && !s.checked && s.code != 0 {
		s.t.Fatalf("%s: %s\ngot exit %d, want 0\n%s%s", s.name, s.line, s.code, s.out, s.err)
	}
}

func (s *script) run(line string, args []string) {
	var out, errs bytes.Buffer
	s.code = run(context.Background(), args, s.env, strings.NewReader(s.stdin), &out, &errs)
	s.line, s.ran, s.checked, s.stdin = line, true, false, ""
	s.out, s.err = out.String(), errs.String()
}

func (s *script) holds(at, verb, want string) {
	s.t.Helper()
	text := s.out
	if strings.HasSuffix(verb, "err") {
		text = s.err
	}
	negated := strings.HasPrefix(verb, "!")
	switch {
	case want == "" && !negated && text != "":
		s.t.Errorf("%s\n%s: got\n%s\nwant nothing", at, verb, text)
	case want != "" && strings.Contains(text, want) == negated:
		s.t.Errorf("%s\n%s %q: got\n%s", at, verb, want, text)
	}
}

// value finds a value in the JSON that was printed.
func (s *script) value(at, path string) string {
	s.t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(s.out))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		s.t.Fatalf("%s\nno JSON: %v\n%s%s", at, err, s.out, s.err)
	}
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			switch {
			case step == "#":
				v = len(x)
			case err != nil || i >= len(x):
				return fmt.Sprintf("no %s in %s", step, path)
			default:
				v = x[i]
			}
		default:
			return fmt.Sprintf("no %s in %s", step, path)
		}
	}
	if list, ok := v.([]any); ok {
		b, err := json.Marshal(list)
		if err != nil {
			s.t.Fatal(err)
		}
		return string(b)
	}
	return fmt.Sprint(v)
}

// split parts a line at spaces; what stands in quotes is one word, with Go's escapes.
func split(line string) []string {
	var words []string
	for line = strings.TrimLeftFunc(line, unicode.IsSpace); line != ""; line = strings.TrimLeftFunc(line, unicode.IsSpace) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			if word, err := strconv.Unquote(quoted); err == nil {
				words = append(words, word)
				line = line[len(quoted):]
				continue
			}
		}
		word, rest, _ := strings.Cut(line, " ")
		words = append(words, word)
		line = rest
	}
	return words
}
