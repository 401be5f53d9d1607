package templates

import (
	"bytes"
	html "html/template"
	"strings"
	"text/template/parse"
)

// escape appends s to dst as one kind of place in a page wants it.
type escape func(dst []byte, s string) []byte

// escapes are the ways to put a string into a page, by the functions that html/template adds to an action in such a
// place. They are asked of html/template itself, so that nothing here depends on their names.
type escapes struct {
	ways map[string]escape
	// text are the functions of plain text between elements, where a piece goes in as it is.
	text string
}

// places are one of each kind that a template may have a program with; at any other place html/template is left to itself.
func places() [][2]string {
	return [][2]string{
		{"", ""},
		{"<title>", "</title>"},
		{`<p lang="`, `">`},
		{`<a href="`, `">`},
	}
}

func newEscapes() (*escapes, error) {
	e := &escapes{ways: make(map[string]escape)}
	for i, place := range places() {
		t, err := html.New("").Parse(place[0] + "{{.}}" + place[1])
		if err != nil {
			return nil, err
		}
		way := func(dst []byte, s string) []byte {
			var b bytes.Buffer
			if err := t.Execute(&b, s); err != nil { // the buffer takes everything
				panic(err)
			}
			return append(dst, b.Bytes()[len(place[0]):b.Len()-len(place[1])]...)
		}
		if sample := everyByte(); string(way(nil, sample)) == string(escapeHTML(nil, sample)) {
			way = escapeHTML
		} else if address := plainAddress; string(way(nil, address)) == address {
			way = orAddress(way)
		}
		name := added(t.Tree)
		e.ways[name] = way
		if i == 0 {
			e.text = name
		}
	}
	return e, nil
}

// plainAddress holds all that an address of ours is made of; no place for addresses changes any of it.
const plainAddress = "https://abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/:?=#"

// orAddress is the way, but for addresses that it is known to leave as they are: html/template takes its time.
func orAddress(way escape) escape {
	return func(dst []byte, s string) []byte {
		if isPlainAddress(s) {
			return append(dst, s...)
		}
		return way(dst, s)
	}
}

func isPlainAddress(s string) bool {
	if !strings.HasPrefix(s, "https://") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '-' || c > ':') && c != '_' && c != '~' && c != '?' && c != '=' && c != '#' {
			return false
		}
	}
	return true
}

// everyByte holds all that an escape could look at: every byte, and characters that some browsers take for others.
func everyByte() string {
	var b strings.Builder
	for i := range 256 {
		b.WriteByte(byte(i))
	}
	b.WriteString("å\u2028\u2029\ufdd0\ufeff\ufffe\uffff\U0001F512")
	return b.String()
}

// added names the functions that html/template put behind the only action of the tree.
func added(t *parse.Tree) string {
	for _, n := range t.Root.Nodes {
		if a, ok := n.(*parse.ActionNode); ok {
			return pipeline(a.Pipe.Cmds[1:])
		}
	}
	return ""
}

func pipeline(cmds []*parse.CommandNode) string {
	var names []string
	for _, c := range cmds {
		names = append(names, c.String())
	}
	return strings.Join(names, " | ")
}

// escapeHTML escapes as html/template does in plain text, in a title and between an attribute's quotes.
func escapeHTML(dst []byte, s string) []byte {
	done := 0
	for i := range len(s) {
		var as string
		switch s[i] {
		default:
			continue
		case 0:
			as = "\uFFFD"
		case '"':
			as = "&#34;"
		case '&':
			as = "&amp;"
		case '\'':
			as = "&#39;"
		case '+':
			as = "&#43;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		}
		dst = append(append(dst, s[done:i]...), as...)
		done = i + 1
	}
	return append(dst, s[done:]...)
}
