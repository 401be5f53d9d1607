package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	apiName        = 200    // characters of a title, a name, a role
	apiNote        = 2000   // of a note or a reason
	apiDescription = 20_000 // of a description
	apiList        = 50     // clauses, or roles in one part
	apiSteps       = 2000
)

// apiFields reads the fields of an object that a program sent, and gathers everything that is wrong with them, so that it is
// told at once. A field that is not given is nil; null is no value of any.
type apiFields struct {
	at     string // JSON pointer
	values map[string]any
	known  map[string]bool
	inner  []*apiFields
	faults *apiFaults
}

// apiFaults are what is wrong with an object: what cannot be read, and what can be read but breaks a rule.
type apiFaults struct{ unread, broken []apiFault }

func newAPIFields(object map[string]any) *apiFields {
	return &apiFields{values: object, known: map[string]bool{}, faults: &apiFaults{}}
}

// unread notes a value of another form than was asked for.
func (f *apiFields) unread(name, format string, args ...any) {
	f.faults.unread = append(f.faults.unread, apiFault{Pointer: f.pointer(name), Detail: fmt.Sprintf(format, args...)})
}

// broken notes a value that breaks a rule.
func (f *apiFields) broken(name, format string, args ...any) {
	f.faults.broken = append(f.faults.broken, apiFault{Pointer: f.pointer(name), Detail: fmt.Sprintf(format, args...)})
}

// brokenIn notes an entry of a list that breaks a rule.
func (f *apiFields) brokenIn(name string, i int, format string, args ...any) {
	f.faults.broken = append(f.faults.broken, apiFault{Pointer: f.pointer(name) + "/" + strconv.Itoa(i), Detail: fmt.Sprintf(format, args...)})
}

func (f *apiFields) pointer(name string) string {
	if name == "" {
		return "#" + f.at
	}
	return "#" + f.at + "/" + pointerPart(name)
}

// take returns the value of a field and notes that there is such a field.
func (f *apiFields) take(name string) (any, bool) {
	f.known[name] = true
	v, ok := f.values[name]
	return v, ok
}

// has reports whether a field is given.
func (f *apiFields) has(name string) bool { _, ok := f.values[name]; return ok }

// need notes fields that must be given and are not.
func (f *apiFields) need(names ...string) {
	for _, name := range names {
		if !f.has(name) {
			f.broken(name, "must be given")
		}
	}
}

// text returns a text as everything from outside is kept: cleaned, and of most characters at most.
func (f *apiFields) text(name string, most int) *string {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		f.unread(name, "must be text, and is %s", jsonKind(v))
		return nil
	}
	s = gap.Clean(s)
	if n := utf8.RuneCountInString(s); n > most {
		f.broken(name, "has %d characters; %d are the most", n, most)
		return nil
	}
	return &s
}

// filled is text that must not be empty where it is given.
func (f *apiFields) filled(name string, most int) *string {
	s := f.text(name, most)
	if s != nil && *s == "" {
		f.broken(name, "must not be empty")
		return nil
	}
	return s
}

// texts returns a list of texts, nil where it is not given. Empty ones are refused.
func (f *apiFields) texts(name string, most, length int) []string {
	list, ok := f.list(name, most)
	if !ok {
		return nil
	}
	inner := &apiFields{at: f.at + "/" + pointerPart(name), values: map[string]any{}, known: map[string]bool{}, faults: f.faults}
	texts := []string{}
	for i, x := range list {
		key := strconv.Itoa(i)
		inner.values[key] = x
		text := "" // stands for one that is refused
		set(&text, inner.filled(key, length))
		texts = append(texts, text)
	}
	return texts
}

// list returns a list of whatever.
func (f *apiFields) list(name string, most int) ([]any, bool) {
	v, ok := f.take(name)
	if !ok {
		return nil, false
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		f.unread(name, "must be a list, and is %s", jsonKind(v))
	case len(list) > most:
		f.broken(name, "has %d entries; %d are the most", len(list), most)
		return nil, false
	}
	return list, ok
}

// date returns a day; the empty text is none.
func (f *apiFields) date(name string) *tertial.Date {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		f.unread(name, "must be a date as text, and is %s", jsonKind(v))
		return nil
	}
	if s == "" {
		return &tertial.Date{}
	}
	d, err := tertial.ParseDate(s)
	switch {
	case err != nil:
		f.unread(name, "%s is no date; write it as 2027-03-31", apiEcho(s))
		return nil
	case !apiYear(d.Year()):
		f.broken(name, "%s is out of range: say a day in the years 2000 to 2100", d)
		return nil
	}
	return &d
}

// flag returns true or false.
func (f *apiFields) flag(name string) *bool {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	yes, ok := v.(bool)
	if !ok {
		f.unread(name, "must be true or false, and is %s", jsonKind(v))
		return nil
	}
	return &yes
}

// year returns a year for which somebody plans.
func (f *apiFields) year(name string) *int {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	number, ok := v.(json.Number)
	n, err := strconv.Atoi(number.String())
	switch {
	case !ok:
		f.unread(name, "must be a number, and is %s", jsonKind(v))
	case err != nil:
		f.unread(name, "must be a whole number")
	case !apiYear(n):
		f.broken(name, "%d is out of range: say a year from 2000 to 2100", n)
	default:
		return &n
	}
	return nil
}

// object returns a field that has fields of its own, nil where it is not given.
func (f *apiFields) object(name string) *apiFields {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	return f.inside(pointerPart(name), v)
}

// objects returns a list of such, nil where it is not given.
func (f *apiFields) objects(name string, most int) []*apiFields {
	list, ok := f.list(name, most)
	if !ok {
		return nil
	}
	all := []*apiFields{}
	for i, x := range list {
		if o := f.inside(pointerPart(name)+"/"+strconv.Itoa(i), x); o != nil {
			all = append(all, o)
		}
	}
	return all
}

// inside returns the fields of a value that must be an object.
func (f *apiFields) inside(part string, v any) *apiFields {
	object, ok := v.(map[string]any)
	inner := &apiFields{at: f.at + "/" + part, values: object, known: map[string]bool{}, faults: f.faults}
	if !ok {
		inner.unread("", "must be an object, and is %s", jsonKind(v))
		return nil
	}
	f.inner = append(f.inner, inner)
	return inner
}

// done returns what is wrong with the object, nil for nothing. A field that nobody asked for is one that there is not.
func (f *apiFields) done() error {
	f.strangers()
	faults, status, code := f.faults.unread, http.StatusBadRequest, "bad_request"
	if len(faults) == 0 {
		faults, status, code = f.faults.broken, http.StatusUnprocessableEntity, "invalid"
	}
	if len(faults) == 0 {
		return nil
	}
	p := problemf(status, code, "%s: %s", faults[0].Pointer, faults[0].Detail)
	p.Errors = faults[:min(len(faults), 50)]
	return p
}

func (f *apiFields) strangers() {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if !f.known[name] {
			f.unread(name, "there is no such field; there are %s", strings.Join(slices.Sorted(maps.Keys(f.known)), ", "))
		}
	}
	for _, inner := range f.inner {
		inner.strangers()
	}
}

// apiWord returns a word of a few, nil where it is not given.
func apiWord[T ~string](f *apiFields, name string, words ...T) *T {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		f.unread(name, "must be text, and is %s", jsonKind(v))
		return nil
	}
	if !slices.Contains(words, T(s)) {
		f.broken(name, "%s is none of %s", apiEcho(s), quotedWords(words))
		return nil
	}
	w := T(s)
	return &w
}

// quotedWords lists words; the empty one is shown as such.
func quotedWords[T ~string](words []T) string {
	shown := make([]string, len(words))
	for i, w := range words {
		if shown[i] = string(w); w == "" {
			shown[i] = `""`
		}
	}
	return strings.Join(shown, ", ")
}

// apiYear reports whether a year is one for which somebody plans.
func apiYear(year int) bool { return year >= 2000 && year <= 2100 }
