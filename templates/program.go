package templates

import (
	"reflect"
	"strconv"
	"sync"
)

// program is a template as a list of steps. Executing a template looks every field up by its name, calls every
// function through reflection and prints every value through fmt; a program has looked all of that up once, so that it is
// some twenty times faster. It keeps nothing of what it puts out: the same data make the same bytes, however often
// and by however many at once it is run.
//
// Not every template has a program. [compile] knows text, fields, conditions and lists, and the functions of the plain
// templates; one that uses more is executed as ever, and so is everything about which a program is in doubt while it
// runs (a field of nothing, too much output). What html/template decides stays with html/template: a program is made of the tree that
// it has escaped, and an action whose escaping is not one of [places] has none.
type program struct {
	steps []step
	runs  sync.Pool // of *run
}

// step puts out one part of a template; dot is what {{.}} means there.
type step func(r *run, dot reflect.Value)

// run is one execution.
type run struct {
	out  []byte
	root reflect.Value
	vars []reflect.Value
}

// keepBytes is the largest buffer that waits for the next run.
const keepBytes = 256 << 10

// execute returns what the template puts out of data, a pointer. It reports false where the program cannot
// say; the template can then.
func (p *program) execute(data any) (out string, ok bool) {
	r, _ := p.runs.Get().(*run)
	if r == nil {
		r = &run{}
	}
	defer func() {
		if recover() != nil { // the template finds out what it is, and says so
			out, ok = "", false
		}
		clear(r.vars[:cap(r.vars)]) // the data of this one go with it
		if r.root = (reflect.Value{}); cap(r.out) <= keepBytes {
			p.runs.Put(r)
		}
	}()
	r.out, r.vars, r.root = r.out[:0], r.vars[:0], reflect.ValueOf(data)
	r.do(p.steps, r.root)
	if len(r.out) > MaxBytes {
		return "", false
	}
	return string(r.out), true
}

func (r *run) do(steps []step, dot reflect.Value) {
	for _, s := range steps {
		s(r, dot)
	}
}

// Steps, by what the template says there.

func static(s string) step {
	return func(r *run, _ reflect.Value) { r.out = append(r.out, s...) }
}

func plain(x operand) step {
	return func(r *run, dot reflect.Value) { r.out = append(r.out, x.get(r, dot).String()...) }
}

func escaped(x operand, way escape) step {
	return func(r *run, dot reflect.Value) { r.out = way(r.out, x.get(r, dot).String()) }
}

func number(x operand) step {
	return func(r *run, dot reflect.Value) { r.out = strconv.AppendInt(r.out, x.get(r, dot).Int(), 10) }
}

// branch is {{if}}, or {{with}} where it changes the dot.
func branch(x operand, with bool, then, otherwise []step) step {
	return func(r *run, dot reflect.Value) {
		v := x.get(r, dot)
		switch {
		case !truth(v):
			r.do(otherwise, dot)
		case with:
			r.do(then, v)
		default:
			r.do(then, dot)
		}
	}
}

// loop is {{range}}. Its variables, index and element or the element alone, are the last of the run.
func loop(x operand, vars int, each, otherwise []step) step {
	return func(r *run, dot reflect.Value) {
		list := x.get(r, dot)
		n := list.Len()
		if n == 0 {
			r.do(otherwise, dot)
			return
		}
		mark := len(r.vars)
		for i := range n {
			if len(r.out) > MaxBytes {
				panic(errTooLong)
			}
			element := list.Index(i)
			r.vars = r.vars[:mark]
			if vars == 2 {
				r.vars = append(r.vars, reflect.ValueOf(i))
			}
			if vars > 0 {
				r.vars = append(r.vars, element)
			}
			r.do(each, element)
		}
		r.vars = r.vars[:mark]
	}
}

// truth is what {{if}} takes for true, of the types that have an operand.
func truth(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Slice:
		return v.Len() > 0
	case reflect.Int:
		return v.Int() != 0
	case reflect.Pointer:
		return !v.IsNil()
	}
	return true // a struct
}
