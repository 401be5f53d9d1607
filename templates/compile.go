package templates

import (
	"errors"
	"fmt"
	html "html/template"
	"reflect"
	"slices"
	"text/template/parse"
)

// errNoProgram says why a template has no program; it is executed instead.
var errNoProgram = errors.New("no program")

// compile gives each template that can have one a program. It executes a page once before, for that is when html/template
// escapes it.
func (s *Set) compile() error {
	esc, err := newEscapes()
	if err != nil {
		return err
	}
	s.programs = make(map[string]*program)
	for name, data := range map[string]any{blockText: &Block{}, letterText: &Letter{}} {
		if p, err := compile(s.text.Lookup(name).Tree, reflect.TypeOf(data), nil); err == nil {
			s.programs[name] = p
		}
	}
	for name, data := range map[string]any{blockHTML: &Block{}, letterHTML: &Letter{}} {
		if _, err := s.executed(name, data); err != nil {
			return err
		}
		if p, err := compile(s.html.Lookup(name).Tree, reflect.TypeOf(data), esc); err == nil {
			s.programs[name] = p
		}
	}
	return nil
}

// compile makes a program of a template's tree, whose data is a pointer of the type. Of a page it wants the tree after html/template has
// escaped it, and esc; of a plain text nil.
func compile(tree *parse.Tree, data reflect.Type, esc *escapes) (*program, error) {
	c := &compiler{root: data, esc: esc}
	steps, err := c.list(tree.Root, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tree.Name, err)
	}
	return &program{steps: steps}, nil
}

// compiler knows the type of everything that a template can name at the place where it is.
type compiler struct {
	root reflect.Type
	esc  *escapes
	vars []variable
}

type variable struct {
	name string
	typ  reflect.Type
}

// operand is a value that a template names, and its type.
type operand struct {
	typ reflect.Type
	get func(r *run, dot reflect.Value) reflect.Value
}

func unknown(n parse.Node) error { return fmt.Errorf("%w: %s", errNoProgram, n) }

func (c *compiler) list(l *parse.ListNode, dot reflect.Type) ([]step, error) {
	if l == nil {
		return nil, nil
	}
	var steps []step
	for _, n := range l.Nodes {
		if n.Type() == parse.NodeComment {
			continue
		}
		s, err := c.node(n, dot)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func (c *compiler) node(n parse.Node, dot reflect.Type) (step, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		return static(string(n.Text)), nil
	case *parse.ActionNode:
		return c.action(n, dot)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, dot, false)
	case *parse.WithNode:
		return c.branch(&n.BranchNode, dot, true)
	case *parse.RangeNode:
		return c.loop(n, dot)
	}
	return nil, unknown(n)
}

func (c *compiler) action(n *parse.ActionNode, dot reflect.Type) (step, error) {
	first, rest := n.Pipe.Cmds[0], pipeline(n.Pipe.Cmds[1:])
	if len(n.Pipe.Decl) > 0 || c.esc == nil && rest != "" {
		return nil, unknown(n)
	}
	if _, call := first.Args[0].(*parse.IdentifierNode); call {
		return c.call(first, dot)
	}
	x, err := c.operand(first, dot)
	if err != nil {
		return nil, err
	}
	if c.esc == nil {
		switch x.typ {
		case stringType:
			return plain(x), nil
		case intType:
			return number(x), nil
		}
		return nil, unknown(n)
	}
	switch way := c.esc.ways[rest]; {
	case way == nil:
	case x.typ == stringType:
		return escaped(x, way), nil
	case x.typ == htmlType && rest == c.esc.text: // it was escaped when it was made
		return plain(x), nil
	}
	return nil, unknown(n)
}

func (c *compiler) branch(n *parse.BranchNode, dot reflect.Type, with bool) (step, error) {
	x, err := c.subject(n, dot)
	if err != nil {
		return nil, err
	}
	inner := dot
	if with {
		inner = x.typ
	}
	then, err := c.list(n.List, inner)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	if len(n.Pipe.Decl) > 0 {
		return nil, unknown(n.Pipe)
	}
	return branch(x, with, then, otherwise), nil
}

func (c *compiler) loop(n *parse.RangeNode, dot reflect.Type) (step, error) {
	x, err := c.subject(&n.BranchNode, dot)
	if err != nil {
		return nil, err
	}
	if x.typ.Kind() != reflect.Slice || n.Pipe.IsAssign {
		return nil, unknown(n.Pipe)
	}
	otherwise, err := c.list(n.ElseList, dot) // before the variables: there they mean something else
	if err != nil {
		return nil, err
	}
	mark := len(c.vars)
	for i, v := range n.Pipe.Decl {
		typ := x.typ.Elem()
		if i == 0 && len(n.Pipe.Decl) == 2 {
			typ = intType
		}
		c.vars = append(c.vars, variable{v.Ident[0], typ})
	}
	each, err := c.list(n.List, x.typ.Elem())
	if err != nil {
		return nil, err
	}
	c.vars = c.vars[:mark]
	return loop(x, len(n.Pipe.Decl), each, otherwise), nil
}

// subject is what {{if}}, {{with}} and {{range}} are about: a value, and no call.
func (c *compiler) subject(n *parse.BranchNode, dot reflect.Type) (operand, error) {
	if len(n.Pipe.Cmds) != 1 {
		return operand{}, unknown(n.Pipe)
	}
	x, err := c.operand(n.Pipe.Cmds[0], dot)
	if err != nil {
		return operand{}, err
	}
	switch x.typ.Kind() {
	case reflect.String, reflect.Slice, reflect.Int, reflect.Pointer, reflect.Struct:
		return x, nil
	}
	return operand{}, unknown(n.Pipe)
}

func (c *compiler) operand(cmd *parse.CommandNode, dot reflect.Type) (operand, error) {
	if len(cmd.Args) != 1 {
		return operand{}, unknown(cmd)
	}
	return c.value(cmd.Args[0], dot)
}

func (c *compiler) value(n parse.Node, dot reflect.Type) (operand, error) {
	here := operand{dot, func(_ *run, dot reflect.Value) reflect.Value { return dot }}
	switch n := n.(type) {
	case *parse.DotNode:
		return here, nil
	case *parse.FieldNode:
		return fields(here, n, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return fields(operand{c.root, func(r *run, _ reflect.Value) reflect.Value { return r.root }}, n, n.Ident[1:])
		}
		for i, v := range slices.Backward(c.vars) {
			if v.name == n.Ident[0] {
				return fields(operand{v.typ, func(r *run, _ reflect.Value) reflect.Value { return r.vars[i] }}, n, n.Ident[1:])
			}
		}
	}
	return operand{}, unknown(n)
}

var (
	stringType = reflect.TypeFor[string]()
	intType    = reflect.TypeFor[int]()
	htmlType   = reflect.TypeFor[html.HTML]()
	pieceType  = reflect.TypeFor[Piece]()
)

// fields goes from the operand to a field of it, a field of that, and so on.
func fields(x operand, n parse.Node, names []string) (operand, error) {
	for _, name := range names {
		get := x.get
		if x.typ.Kind() == reflect.Pointer {
			x.typ = x.typ.Elem()
			pointer := get
			get = func(r *run, dot reflect.Value) reflect.Value { return pointer(r, dot).Elem() }
		}
		if x.typ.Kind() != reflect.Struct {
			return operand{}, unknown(n)
		}
		f, ok := field(x.typ, name)
		if !ok {
			return operand{}, unknown(n)
		}
		i := f.Index[0]
		x = operand{f.Type, func(r *run, dot reflect.Value) reflect.Value { return get(r, dot).Field(i) }}
	}
	return x, nil
}

// field finds what a template names. A method wins over a field; the only ones that are known are those of a [Piece],
// which return a field.
func field(typ reflect.Type, name string) (reflect.StructField, bool) {
	switch _, method := reflect.PointerTo(typ).MethodByName(name); {
	case typ == pieceType && name == "Text":
		return typ.FieldByName("text")
	case typ == pieceType && name == "HTML":
		return typ.FieldByName("html")
	case method:
		return reflect.StructField{}, false
	}
	f, ok := typ.FieldByName(name)
	return f, ok && f.IsExported() && len(f.Index) == 1
}

// call knows the functions of the plain templates: pad, underline and grid.
func (c *compiler) call(cmd *parse.CommandNode, dot reflect.Type) (step, error) {
	if c.esc != nil {
		return nil, unknown(cmd)
	}
	name := cmd.Args[0].(*parse.IdentifierNode).Ident
	last, err := c.value(cmd.Args[len(cmd.Args)-1], dot)
	if err != nil {
		return nil, err
	}
	switch f := funcs()[name].(type) {
	case func(int, string) string:
		if n, ok := constant[*parse.NumberNode](cmd); ok && n.IsInt && last.typ == stringType {
			return func(r *run, dot reflect.Value) {
				r.out = append(r.out, f(int(n.Int64), last.get(r, dot).String())...)
			}, nil
		}
	case func(string, string) string:
		if s, ok := constant[*parse.StringNode](cmd); ok && last.typ == stringType {
			return func(r *run, dot reflect.Value) { r.out = append(r.out, f(s.Text, last.get(r, dot).String())...) }, nil
		}
	case func(*Table) string:
		if len(cmd.Args) == 2 && last.typ == reflect.TypeFor[*Table]() {
			return func(r *run, dot reflect.Value) {
				r.out = append(r.out, f(last.get(r, dot).Interface().(*Table))...)
			}, nil
		}
	}
	return nil, unknown(cmd)
}

// constant returns the first of a call's two arguments.
func constant[N parse.Node](cmd *parse.CommandNode) (n N, ok bool) {
	if len(cmd.Args) == 3 {
		n, ok = cmd.Args[1].(N)
	}
	return n, ok
}
