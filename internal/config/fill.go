package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// filler lays a document over a configuration. It goes on after a fault, so that all of
// them are told at once, and remembers where each key's value stands.
type filler struct {
	lines    []string
	places   map[string]token.Position
	problems []Problem
}

func newFiller(src []byte) *filler {
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	return &filler{lines: strings.Split(text, "\n"), places: map[string]token.Position{}}
}

func (f *filler) fail(key string, at token.Position, format string, args ...any) {
	f.problems = append(f.problems, Problem{Key: key, Message: fmt.Sprintf(format, args...)}.in(f.lines, at))
}

// in says where in the file the problem is.
func (p Problem) in(lines []string, at token.Position) Problem {
	p.Line, p.Column = at.Line, max(at.Column, 1)
	if at.Line >= 1 && at.Line <= len(lines) {
		p.Excerpt = strings.ReplaceAll(mask(lines[at.Line-1]), "\t", " ")
		p.Column = min(p.Column, len([]rune(p.Excerpt))+1)
	}
	return p
}

// fill sets v from a node. A key without a value is as if it were not there.
func (f *filler) fill(v reflect.Value, node ast.Node, key string) {
	at := spot(node)
	f.places[key] = at
	switch {
	case node.Type() == ast.NullType:
		delete(f.places, key)
	case v.Kind() == reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		f.fill(p.Elem(), node, key)
		v.Set(p)
	case isText(v):
		f.text(v, node, key)
	case v.Kind() == reflect.Struct:
		f.mapping(v, node, key)
	case v.Kind() == reflect.Map:
		f.dates(v, node, key)
	case v.Kind() == reflect.Slice:
		f.list(v, node, key)
	default:
		f.scalar(v, node, key)
	}
}

func isText(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

func (f *filler) mapping(v reflect.Value, node ast.Node, key string) {
	fields := fieldsOf(v.Type())
	f.entries(node, key, func(name string, entry *ast.MappingValueNode) {
		sub := join(key, name)
		i, ok := fields[name]
		if !ok {
			f.fail(sub, *entry.Key.GetToken().Position, "unknown key%s", suggestion(name, fields))
			return
		}
		f.fill(v.Field(i), entry.Value, sub)
	})
}

// dates reads a map from years; the wheel's is the only map there is.
func (f *filler) dates(v reflect.Value, node ast.Node, key string) {
	m := reflect.MakeMap(v.Type())
	f.entries(node, key, func(name string, entry *ast.MappingValueNode) {
		year, err := strconv.Atoi(name)
		if err != nil || year < 1900 || year > 2999 {
			f.fail(join(key, name), *entry.Key.GetToken().Position, "%.40q is no year", name)
			return
		}
		value := reflect.New(v.Type().Elem()).Elem()
		f.fill(value, entry.Value, join(key, name))
		m.SetMapIndex(reflect.ValueOf(year), value)
	})
	v.Set(m)
}

// entries calls each for every key of a mapping.
func (f *filler) entries(node ast.Node, key string, each func(name string, entry *ast.MappingValueNode)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		f.fail(key, spot(node), "want keys and values below it, got %s", describe(node))
		return
	}
	seen := map[string]bool{}
	for rows := m.MapRange(); rows.Next(); {
		entry := rows.KeyValue()
		name := entry.Key.GetToken().Value
		if seen[name] {
			f.fail(join(key, name), *entry.Key.GetToken().Position, "the key is there twice")
			continue
		}
		seen[name] = true
		each(name, entry)
	}
}

func (f *filler) list(v reflect.Value, node ast.Node, key string) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		f.fail(key, spot(node), "want a list, such as [30, 7, 0], got %s", describe(node))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		sub := fmt.Sprintf("%s[%d]", key, i)
		if item.Type() == ast.NullType {
			f.fail(sub, spot(item), "an item without a value")
			continue
		}
		f.fill(s.Index(i), item, sub)
	}
	v.Set(s)
}

func (f *filler) text(v reflect.Value, node ast.Node, key string) {
	s, ok := scalarText(node)
	if !ok {
		f.fail(key, spot(node), "want one value, got %s", describe(node))
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		f.fail(key, spot(node), "%s", plain(err))
	}
}

func (f *filler) scalar(v reflect.Value, node ast.Node, key string) {
	at := spot(node)
	s, ok := scalarText(node)
	switch {
	case !ok:
		f.fail(key, at, "want one value, got %s", describe(node))
	case v.Kind() == reflect.String && node.Type() == ast.BoolType:
		f.fail(key, at, `want text, got true or false; quote it if it is meant: "%s"`, s)
	case v.Kind() == reflect.String:
		v.SetString(s)
	case v.Kind() == reflect.Bool:
		if node.Type() != ast.BoolType {
			f.fail(key, at, "want true or false, got %s", describe(node))
			return
		}
		v.SetBool(s == "true")
	case v.Kind() == reflect.Int:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || node.Type() != ast.IntegerType {
			f.fail(key, at, "want a whole number, got %s", describe(node))
			return
		}
		v.SetInt(n)
	}
}

// scalarText returns a value as it was written, without quotes.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// spot is where a node begins. A mapping's own token is its first colon.
func spot(node ast.Node) token.Position {
	if m, ok := node.(ast.MapNode); ok && node.GetToken().Type == token.MappingValueType {
		if rows := m.MapRange(); rows.Next() {
			return *rows.Key().GetToken().Position
		}
	}
	return *node.GetToken().Position
}

// describe names what was found; no value, since that may be a secret.
func describe(node ast.Node) string {
	switch node.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "keys and values"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	}
	return "something else"
}

// fieldsOf returns the index of each of a struct's fields by its key.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			fields[name] = i
		}
	}
	return fields
}

func suggestion(name string, fields map[string]int) string {
	if best := nearest(name, slices.Sorted(maps.Keys(fields))); best != "" {
		return "; is " + best + " meant?"
	}
	return ""
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
