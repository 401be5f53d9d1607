package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The functions here write what a filler reads. The library's encoder is not used: it
// leaves texts bare that its parser does not read again, such as "? x".

// writeMapping writes a struct's keys, each on a line of its own; those that say nothing
// are left out if sparse.
func writeMapping(b *strings.Builder, v reflect.Value, indent int, sparse bool) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		field := v.Field(i)
		if name == "" || sparse && (field.Kind() != reflect.Int && field.IsZero() || isEmptyList(field)) {
			continue
		}
		fmt.Fprintf(b, "%*s%s:", indent, "", name)
		writeValue(b, field, indent)
	}
}

func isEmptyList(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

// writeValue writes what stands after a key's colon.
func writeValue(b *strings.Builder, v reflect.Value, indent int) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	_, isText := v.Interface().(encoding.TextMarshaler)
	switch {
	case isText || v.Kind() != reflect.Struct && v.Kind() != reflect.Slice && v.Kind() != reflect.Map:
		b.WriteString(" " + scalarOf(v) + "\n")
	case v.Kind() == reflect.Struct:
		b.WriteByte('\n')
		writeMapping(b, v, indent+2, false)
	case v.Kind() == reflect.Map:
		b.WriteByte('\n')
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int { return int(x.Int() - y.Int()) })
		for _, k := range keys {
			fmt.Fprintf(b, "%*s%d: %s\n", indent+2, "", k.Int(), scalarOf(v.MapIndex(k)))
		}
	case v.Len() > 0 && v.Index(0).Kind() == reflect.Struct && isMapping(v.Index(0)):
		b.WriteByte('\n')
		for i := range v.Len() {
			var item strings.Builder
			writeMapping(&item, v.Index(i), indent+4, true)
			fmt.Fprintf(b, "%*s- %s", indent+2, "", strings.TrimLeft(item.String(), " "))
		}
	default:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = scalarOf(v.Index(i))
		}
		b.WriteString(" [" + strings.Join(items, ", ") + "]\n")
	}
}

func isMapping(v reflect.Value) bool {
	_, isText := v.Interface().(encoding.TextMarshaler)
	return !isText
}

// scalarOf writes one value so that it is read as what it is.
func scalarOf(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, _ := m.MarshalText() // of dates, times and waits: it does not fail
		if number.Match(text) {
			return string(text)
		}
		return quoted(string(text))
	}
	if v.Kind() == reflect.String {
		return quoted(v.String())
	}
	return fmt.Sprint(v.Interface())
}

var (
	// number is a number of days or a date: nothing that could be taken for another kind of text.
	number = regexp.MustCompile(`^[0-9]+(-[0-9]+)*$`)
	// bare is text that means itself without quotes.
	bare = regexp.MustCompile(`^[\pL/][\pL\pN/._@+<>-]*( [\pL\pN/._@+<>-]+)*$`)
	// reserved are words that some reader of YAML takes for something else.
	reserved = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n)$`)
)

// quoted returns text in quotes, unless it means itself without.
func quoted(s string) string {
	if bare.MatchString(s) && !reserved.MatchString(s) {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b) // JSON's strings are YAML's
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // of a string into memory: it does not fail
	return strings.TrimSuffix(b.String(), "\n")
}
