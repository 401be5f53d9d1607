package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The languages. Swedish comes first and stands in for any other.
const (
	Swedish = "sv"
	English = "en"
)

// Languages lists the languages that there are texts in.
func Languages() []string { return []string{Swedish, English} }

// Args are the values of a text's placeholders: {{.Ref}} is Args["Ref"]. N is
// special: it is a count, and decides between singular and plural.
type Args map[string]any

// Texts are the texts of one language.
type Texts struct {
	language string
	entries  map[string]entry
	plurals  *plurals
}

// Language returns the texts' language.
func (t *Texts) Language() string { return t.language }

// Has reports whether there is a text of that id.
func (t *Texts) Has(id string) bool {
	_, ok := t.entries[id]
	return ok
}

// T returns the text of the id with its placeholders filled. A text that is
// missing shows its id: [Load] has seen to it that none is.
func (t *Texts) T(id string, args Args) string {
	e, ok := t.entries[id]
	if !ok {
		return id
	}
	if n, counted := args["N"]; counted && e.One != "" && t.plurals.one(n) {
		return e.one.say(args)
	}
	return e.other.say(args)
}

// loadTexts reads texts/*.json and lays the overrides over them.
func loadTexts(files, over map[string][]byte) (map[string]*Texts, error) {
	all := make(map[string]map[string]entry)
	for _, lang := range Languages() {
		name := "texts/" + lang + ".json"
		entries, err := readTexts(name, files[name])
		if err != nil {
			return nil, err
		}
		if src, ok := over[name]; ok {
			if err := overlay(entries, name, src); err != nil {
				return nil, err
			}
		}
		all[lang] = entries
	}
	if err := sameTexts(all); err != nil {
		return nil, err
	}
	plurals, err := newPlurals()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	texts := make(map[string]*Texts)
	for _, lang := range Languages() {
		texts[lang] = &Texts{language: lang, entries: all[lang], plurals: plurals[lang]}
	}
	return texts, nil
}

func overlay(entries map[string]entry, name string, src []byte) error {
	changed, err := readTexts(name, src)
	if err != nil {
		return err
	}
	for id, e := range changed {
		old, ok := entries[id]
		if !ok {
			return fmt.Errorf("%w: %s:%d: there is no text %q", ErrTemplate, name, lineOf(src, id), id)
		}
		for _, p := range e.placeholders() {
			if !slices.Contains(old.placeholders(), p) {
				return fmt.Errorf("%w: %s:%d: text %q has no {{.%s}}; it can hold %v", ErrTemplate, name, lineOf(src, id), id, p, old.placeholders())
			}
		}
		entries[id] = e
	}
	return nil
}

func readTexts(name string, src []byte) (map[string]entry, error) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	entries := make(map[string]entry)
	if err := json.Unmarshal(src, &entries); err != nil {
		line := 0
		var syntax *json.SyntaxError
		var typ *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			line = 1 + bytes.Count(src[:min(int(syntax.Offset), len(src))], []byte("\n"))
		case errors.As(err, &typ):
			line = 1 + bytes.Count(src[:min(int(typ.Offset), len(src))], []byte("\n"))
		}
		return nil, fmt.Errorf("%w: %s:%d: %w", ErrTemplate, name, line, err)
	}
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		e := entries[id]
		if err := e.read(); err != nil {
			return nil, fmt.Errorf("%w: %s:%d: text %q %w", ErrTemplate, name, lineOf(src, id), id, err)
		}
		entries[id] = e
	}
	return entries, nil
}

// sameTexts holds every language to the ids and kinds of the Swedish texts.
func sameTexts(all map[string]map[string]entry) error {
	for _, lang := range Languages()[1:] {
		for _, id := range slices.Sorted(maps.Keys(all[Swedish])) {
			if _, ok := all[lang][id]; !ok {
				return fmt.Errorf("%w: texts/%s.json: text %q is missing", ErrTemplate, lang, id)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(all[lang])) {
			if _, ok := all[Swedish][id]; !ok {
				return fmt.Errorf("%w: texts/%s.json: there is no text %q in Swedish", ErrTemplate, lang, id)
			}
		}
	}
	return nil
}

func lineOf(src []byte, id string) int {
	before, _, found := bytes.Cut(src, []byte(`"`+id+`"`))
	if !found {
		return 0
	}
	return 1 + bytes.Count(before, []byte("\n"))
}
