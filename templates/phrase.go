package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// entry is one text of a file: its singular and plural, or the plural alone.
type entry struct {
	One   string
	Other string

	one, other form // the same, read
}

func (e *entry) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.Other)
	}
	var forms struct {
		One   string `json:"one"`
		Other string `json:"other"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&forms); err != nil {
		return err
	}
	e.One, e.Other = forms.One, forms.Other
	return nil
}

// read finds the placeholders of the entry, and what is wrong with it.
func (e *entry) read() error {
	var one, other bool
	if e.one, one = readForm(e.One); !one {
		return errPlaceholder
	}
	if e.other, other = readForm(e.Other); !other {
		return errPlaceholder
	}
	counted := slices.Contains(e.placeholders(), "N")
	switch {
	case e.Other == "":
		return errors.New("is empty")
	case counted != (e.One != ""):
		return errors.New(`wants both "one" and "other" with a count {{.N}}, and neither without`)
	}
	return nil
}

var errPlaceholder = errors.New("may hold only placeholders such as {{.Ref}}")

// placeholders returns the names that the entry uses, sorted.
func (e *entry) placeholders() []string {
	names := make(map[string]bool)
	for _, part := range append(e.one[:len(e.one):len(e.one)], e.other...) {
		if part.name != "" {
			names[part.name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// form is a text as it is said: words, and placeholders between them.
type form []part

// part is some words, and the name of the placeholder that stands behind them; "" for none.
type part struct {
	words string
	name  string
}

// readForm reads a text, which may hold placeholders and nothing else of the template language.
func readForm(s string) (f form, ok bool) {
	for {
		words, rest, found := strings.Cut(s, "{{")
		if !found {
			return append(f, part{words: words}), true
		}
		inner, after, closed := strings.Cut(rest, "}}")
		name, dot := strings.CutPrefix(strings.TrimSpace(inner), ".")
		if !closed || !dot || name == "" || strings.ContainsFunc(name, notLetter) {
			return nil, false
		}
		f = append(f, part{words, name})
		s = after
	}
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// say fills the placeholders.
func (f form) say(args Args) string {
	if len(f) == 1 {
		return f[0].words
	}
	var out [256]byte
	b := out[:0]
	for _, p := range f {
		b = append(b, p.words...)
		if p.name == "" {
			continue
		}
		switch v := args[p.name].(type) {
		case string:
			b = append(b, v...)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case nil:
			b = append(b, "<no value>"...)
		default:
			b = fmt.Append(b, v)
		}
	}
	return string(b)
}

// plurals decides between singular and plural by the rules of a language, which are go-i18n's.
type plurals struct {
	localizer *i18n.Localizer
	known     [128]atomic.Uint32 // of small counts: 0 is not asked yet, 1 plural, 2 singular
}

// The id and the forms of the only text that go-i18n is asked for.
const (
	formID   = "form"
	singular = "one"
)

func newPlurals() (map[string]*plurals, error) {
	bundle := i18n.NewBundle(language.Swedish)
	all := make(map[string]*plurals)
	for _, lang := range Languages() {
		if err := bundle.AddMessages(language.Make(lang), &i18n.Message{ID: formID, One: singular, Other: "other"}); err != nil {
			return nil, fmt.Errorf("plurals of %s: %w", lang, err)
		}
		all[lang] = &plurals{localizer: i18n.NewLocalizer(bundle, lang)}
	}
	return all, nil
}

// one reports whether the count takes the singular.
func (p *plurals) one(count any) bool {
	n, small := count.(int)
	if small = small && n >= 0 && n < len(p.known); small {
		if k := p.known[n].Load(); k > 0 {
			return k == 2
		}
	}
	s, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: formID, PluralCount: count})
	one := err == nil && s == singular
	if k := uint32(1); small {
		if one {
			k = 2
		}
		p.known[n].Store(k)
	}
	return one
}
