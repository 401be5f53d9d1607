package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func formOf(pairs ...string) form {
	f := form{&formState{values: make(url.Values)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.state.values.Add(pairs[i], pairs[i+1])
	}
	return f
}

func TestAFormThatNoPageOfOursSendsIsUnreadable(t *testing.T) {
	h := newFakeHouse()
	s := newSite(t, h, h)
	for name, c := range map[string]struct {
		body, kind string
		want       int
	}{
		"a field twice":               {"email=a&email=b", "", http.StatusBadRequest},
		"a field as a list":           {"email%5B%5D=a", "", http.StatusBadRequest},
		"a name in another alphabet":  {"%C3%A5=a", "", http.StatusBadRequest},
		"no name":                     {"=a", "", http.StatusBadRequest},
		"bytes that are no text":      {"email=%FF%FE", "", http.StatusBadRequest},
		"an overlong slash":           {"email=%C0%AF", "", http.StatusBadRequest},
		"a surrogate":                 {"email=%ED%A0%80", "", http.StatusBadRequest},
		"broken encoding":             {"email=%zz", "", http.StatusBadRequest},
		"semicolons":                  {"email=a;b=c", "", http.StatusBadRequest},
		"JSON":                        {`{"email":"a"}`, "application/json", http.StatusBadRequest},
		"no type":                     {"email=a", "-", http.StatusBadRequest},
		"parts where there are none":  {"--x--", "multipart/form-data; boundary=x", http.StatusBadRequest},
		"more than a form has":        {"email=" + strings.Repeat("a", formBytes), "", http.StatusRequestEntityTooLarge},
		"more fields than a form has": {manyFields(), "", http.StatusRequestEntityTooLarge},
		"one that is only wrong":      {"email=a", "", http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "https://tertial.stad.example/signin", strings.NewReader(c.body))
			switch c.kind {
			case "":
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			case "-":
			default:
				r.Header.Set("Content-Type", c.kind)
			}
			s.guest().do(r).wants(t, c.want)
		})
	}
}

func manyFields() string {
	var b strings.Builder
	for i := range formFields + 1 {
		b.WriteString("&f")
		b.WriteString(strings.Repeat("x", i%70))
		b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26)))
		b.WriteString("=1")
	}
	return b.String()[1:]
}

func TestFieldsAreReadOneWay(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		read  func(form) any
		want  any
		ok    bool
	}{
		"a line is cleaned":             {" a\r\nBcc:\u202e b\x00 ", func(f form) any { return f.text("x", 20) }, "a Bcc: b", true},
		"prose keeps its lines":         {"\r\na  b\r\nc\rd\n\n", func(f form) any { return f.prose("x", 20) }, "a b\nc\nd", true},
		"characters count, not bytes":   {"ååå", func(f form) any { return f.text("x", 3) }, "ååå", true},
		"too long":                      {"åååå", func(f form) any { return f.text("x", 3) }, "åååå", false},
		"needed and not there":          {"  ", func(f form) any { return f.need("x", 3) }, "", false},
		"a date":                        {" 2028-02-29 ", func(f form) any { return f.date("x") }, tertial.DateOf(2028, 2, 29), true},
		"no date":                       {"", func(f form) any { return f.date("x") }, tertial.Date{}, true},
		"a day that is not":             {"2027-02-29", func(f form) any { return f.date("x") }, tertial.Date{}, false},
		"a date of another country":     {"29/2/2028", func(f form) any { return f.date("x") }, tertial.Date{}, false},
		"a number":                      {"42", func(f form) any { return f.number("x", 1, 100) }, 42, true},
		"an empty number":               {"", func(f form) any { return f.number("x", 0, 100) }, 0, true},
		"a number below":                {"-1", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"a number above":                {"101", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"a number with a zero in front": {"042", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"a number with an exponent":     {"1e9", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"not a number":                  {"NaN", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"full-width digits":             {"５０", func(f form) any { return f.number("x", 0, 100) }, 0, false},
		"an id":                         {"17", func(f form) any { return f.id("x") }, int64(17), true},
		"an id with something behind":   {"1 OR 1=1", func(f form) any { return f.id("x") }, int64(0), true},
		"one of several":                {"b", func(f form) any { return f.pick("x", "a", "b") }, "b", true},
		"none of several":               {"c", func(f form) any { return f.pick("x", "a", "b") }, "", false},
		"a box that is ticked":          {"on", func(f form) any { return f.chosen("x") }, true, true},
		"a box that is not":             {"", func(f form) any { return f.chosen("x") }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := formOf("x", c.value)
			if got := c.read(f); got != c.want || f.ok() != c.ok {
				t.Errorf("got %v, ok %t; want %v, %t", got, f.ok(), c.want, c.ok)
			}
		})
	}
}

func TestWhateverIsWrittenIsCleanWhenItIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formOf("x", rapid.String().Draw(t, "text"))
		line, prose := f.text("x", 1000), f.prose("x", 1000)
		if strings.ContainsAny(line, "\r\n\x00\t\u202e\u200b") || strings.ContainsAny(prose, "\r\x00\t\u202e\u200b") || !utf8.ValidString(line) {
			t.Errorf("got %q and %q", line, prose)
		}
		if again := formOf("x", prose).prose("x", 1000); again != prose {
			t.Errorf("cleaned twice: got %q, want %q", again, prose)
		}
	})
}

func TestAnErrorThatNamesItsFieldGoesToTheForm(t *testing.T) {
	f := formOf("date", "x")
	if !f.reject(wrapped("answering: ", tertial.ErrInvalid, "date: give a new day")) || f.state.complaints[0].Field != "date" {
		t.Errorf("got %+v", f.state.complaints)
	}
	if !f.reject(wrapped("", tertial.ErrInvalid, "colour: is none")) || f.state.complaints[1].Field != "" {
		t.Errorf("got %+v", f.state.complaints)
	}
	if f.reject(wrapped("", tertial.ErrConflict, "x")) || f.reject(nil) {
		t.Error("what is no matter of the form was taken for one")
	}
}

func wrapped(before string, kind error, after string) error {
	return &wrappedError{before + kind.Error() + ": " + after, kind}
}

type wrappedError struct {
	text string
	kind error
}

func (e *wrappedError) Error() string { return e.text }
func (e *wrappedError) Unwrap() error { return e.kind }
