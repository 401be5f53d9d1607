package config

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

const prefix = "TERTIAL_"

// override lays the environment over c. It returns the names of the variables that
// count, by key. A variable that is empty counts as not set.
func (c *Config) override(environ []string) (used map[string]string, problems []Problem) {
	used = map[string]string{}
	keys := variables()
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if name == "CREDENTIALS_DIRECTORY" {
			c.credentials = value
		}
		if !strings.HasPrefix(name, prefix) || foreign(name) {
			continue
		}
		key, ok := keys[name]
		if !ok {
			problems = append(problems, Problem{Variable: name, Message: unknownVariable(name, keys)})
			continue
		}
		if value == "" {
			continue
		}
		// One at a time, since the library does not say whose value it could not read.
		err := env.ParseWithOptions(c, env.Options{Prefix: prefix, Environment: map[string]string{name: value}})
		if err != nil {
			problems = append(problems, Problem{Variable: name, Key: key, Message: unreadable(err)})
		}
		used[key] = name
	}
	return used, problems
}

// foreign reports whether a variable is none of the configuration's: those that steer tests.
func foreign(name string) bool { return strings.HasPrefix(name, prefix+"TEST_") }

func unknownVariable(name string, keys map[string]string) string {
	names := slices.Sorted(maps.Keys(keys))
	if slices.Contains(names, name+"_FILE") {
		return "secrets are not taken from the environment; put it into a file and name that in " + name + "_FILE"
	}
	if best := nearest(name, names); best != "" {
		return "there is no such variable; is " + best + " meant?"
	}
	return "there is no such variable"
}

// unreadable says why a value could not be read.
func unreadable(err error) string {
	var parse env.ParseError
	if errors.As(err, &parse) {
		err = parse.Err
	}
	var number *strconv.NumError
	if errors.As(err, &number) {
		if number.Func == "ParseBool" {
			return fmt.Sprintf("%.40q is neither true nor false", number.Num)
		}
		return fmt.Sprintf("%.40q is no whole number", number.Num)
	}
	return plain(err)
}

// variables returns the key that each variable sets. Lists of numbers and of texts have
// one (30,7,0); the calendar and the wheel have none.
func variables() map[string]string {
	names := map[string]string{}
	walk(reflect.TypeFor[Config](), "", func(key string, t reflect.Type) {
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.String, reflect.Int, reflect.Bool:
			names[prefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
		}
	})
	return names
}

// walk calls visit for each key that has a value of its own.
func walk(t reflect.Type, key string, visit func(key string, t reflect.Type)) {
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		visit(key, t)
		return
	}
	for name, i := range fieldsOf(t) {
		walk(t.Field(i).Type, join(key, name), visit)
	}
}
