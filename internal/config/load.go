package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tertial/internal/tertial"
)

// Load reads the configuration: the defaults, over them the file at path (none where path
// is ""), over that the environment, which is given as [os.Environ] gives it. The error
// is an [*Error] with everything that is wrong.
func Load(path string, environ []string) (Config, error) {
	c := Default()
	var src []byte
	if path != "" {
		var err error
		if src, err = readFile(path); err != nil {
			return Config{}, &Error{File: path, Problems: []Problem{{Message: plain(err)}}, cause: err}
		}
	}
	return c.lay(path, src, environ)
}

// lay lays a file's text and the environment over c.
func (c Config) lay(path string, src []byte, environ []string) (Config, error) {
	f := newFiller(src)
	f.document(&c, src)
	variables, problems := c.override(environ)
	if problems = append(f.problems, problems...); len(problems) == 0 {
		c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
		problems = f.locate(c.check(), variables)
	}
	if len(problems) > 0 {
		return Config{}, &Error{File: path, Problems: sorted(problems)}
	}
	return c, nil
}

// locate says where the values are written that a check complains of.
func (f *filler) locate(problems []Problem, variables map[string]string) []Problem {
	for i, p := range problems {
		for key := p.Key; key != ""; key = parent(key) {
			if name, ok := variables[key]; ok {
				problems[i].Variable = name
				break
			}
			if at, ok := f.places[key]; ok {
				problems[i] = p.in(f.lines, at)
				break
			}
		}
	}
	return problems
}

// parent is the key that a key stands below: a[0] of a[0].b, a of a[0].
func parent(key string) string { return key[:max(strings.LastIndexAny(key, ".["), 0)] }

// The largest file. What is written by hand is a tenth of it.
const maxFile = 256 << 10

// readFile reads a file that may be anything: a folder, a pipe without an end, an image.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: this is no ordinary file", tertial.ErrInvalid)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if len(src) > maxFile {
		return nil, fmt.Errorf("%w: the file is larger than %d KiB", tertial.ErrInvalid, maxFile>>10)
	}
	return bytes.TrimPrefix(src, []byte("\ufeff")), nil
}

// document reads src, which may be any bytes, and lays it over c.
func (f *filler) document(c *Config, src []byte) {
	defer func() {
		if fault := recover(); fault != nil { // of the parser: its input is anybody's
			f.problems = append(f.problems, Problem{Message: "the file is no YAML that can be read"})
		}
	}()
	if !f.readable(src) {
		return
	}
	tokens := lexer.Tokenize(string(src))
	if !f.tame(tokens) {
		return
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		f.syntax(err)
		return
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			f.fail("", spot(doc.Body), "a second document; there must be one")
			return
		}
		body = doc.Body
	}
	if body != nil {
		f.fill(reflect.ValueOf(c).Elem(), body, "")
	}
}

// readable refuses what is no text.
func (f *filler) readable(src []byte) bool {
	for i, line := range f.lines {
		at := token.Position{Line: i + 1, Column: 1}
		if !utf8.ValidString(line) {
			f.problems = append(f.problems, Problem{Message: "the file is not UTF-8", Line: at.Line, Column: 1})
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			f.problems = append(f.problems, Problem{Message: "a control character", Line: at.Line, Column: 1})
			return false
		}
	}
	return true
}

// The deepest nesting within one line; a configuration has two.
const maxNesting = 16

// tame refuses what makes a small file large (anchors, aliases), what makes a parser
// slow (deep nesting), and what a configuration has no use for (tags, directives).
func (f *filler) tame(tokens token.Tokens) bool {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			f.fail("", *t.Position, "anchors and aliases are not taken here; write the value out")
			return false
		case token.TagType, token.DirectiveType:
			f.fail("", *t.Position, "tags and directives are not taken here")
			return false
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			entries++
		}
		if depth+entries > maxNesting {
			f.fail("", *t.Position, "nested too deeply")
			return false
		}
	}
	return true
}

// syntax tells what the parser says.
func (f *filler) syntax(err error) {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		f.problems = append(f.problems, Problem{Message: "the file is no YAML that can be read"})
		return
	}
	message := e.GetMessage()
	if strings.Contains(message, "'\t'") {
		message = "a tab cannot stand here; indent with spaces"
	}
	f.fail("", *e.GetToken().Position, "%s", message)
}
