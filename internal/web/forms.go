package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

const (
	formBytes  = 64 << 10 // of an ordinary form
	formFields = 500      // values in a form
	formParts  = 64       // parts of a form with files
	formFiles  = 5        // files in one form
	maxUploads = 4        // large bodies that are read at one time
)

// form is what a POST brought. Its methods clean what they return and take note of what breaks a rule, so that a handler
// asks for all its fields, and then once whether the form is ok.
type form struct{ state *formState }

type formState struct {
	values     url.Values
	files      map[string][]tertial.Upload
	complaints []complaint
}

// complaint is one thing that is wrong with a form.
type complaint struct {
	Field string // id of the field, "" for the form as a whole
	Text  string // in the reader's language, once it is shown
	id    string
	args  []any
}

type formKey struct{}

// readForm returns the form of a POST, which the server has read and checked before the handler is called. max bounds the files
// and fields together where it is less than the route's own bound; 0 is the route's.
func readForm(r *http.Request, max int64) (form, error) {
	f, ok := r.Context().Value(formKey{}).(form)
	if !ok {
		return form{}, fmt.Errorf("%w: there is no form", errUnreadable)
	}
	if max > 0 && r.ContentLength > max {
		return form{}, errTooLarge
	}
	return f, nil
}

// withForm reads the body of a POST by the rules of its route: what is not valid UTF-8, stands twice, or has a name that no form
// of ours has, makes it unreadable.
func (s *Server) withForm(w http.ResponseWriter, r *http.Request, rt *route) (*http.Request, form, error) {
	limit := rt.body
	if limit <= 0 {
		limit = formBytes
	}
	if r.ContentLength > limit {
		return r, form{}, errTooLarge
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	f := form{&formState{values: make(url.Values), files: make(map[string][]tertial.Upload)}}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = f.state.readFields(r.Body)
	case err == nil && kind == "multipart/form-data" && limit > formBytes:
		select {
		case s.uploads <- struct{}{}:
			defer func() { <-s.uploads }()
		case <-r.Context().Done():
			return r, form{}, r.Context().Err()
		}
		err = f.state.readParts(multipart.NewReader(r.Body, params["boundary"]))
	default:
		return r, form{}, fmt.Errorf("%w: not the kind of form that is expected", errUnreadable)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return r, form{}, errTooLarge
	case err != nil:
		return r, form{}, err
	}
	if err := f.state.check(rt.many); err != nil {
		return r, form{}, err
	}
	return r.WithContext(context.WithValue(r.Context(), formKey{}, f)), f, nil
}

func (f *formState) readFields(body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if f.values, err = url.ParseQuery(string(b)); err != nil {
		return fmt.Errorf("%w: a field is not encoded as it should be", errUnreadable)
	}
	return nil
}

// readParts reads a form with files, each of which is held in memory: bounded by the route, the parts and the files.
func (f *formState) readParts(mr *multipart.Reader) error {
	for parts := 0; ; parts++ {
		p, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return err
		case err != nil || parts == formParts:
			return fmt.Errorf("%w: a form in parts that cannot be read", errUnreadable)
		}
		name, file := p.FormName(), p.FileName()
		limit := int64(formBytes)
		if _, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition")); params["filename"] != "" || p.Header.Get("Content-Type") != "" {
			limit = tertial.EvidenceSize
		}
		b, err := io.ReadAll(io.LimitReader(p, limit+1))
		switch {
		case err != nil:
			return err
		case int64(len(b)) > limit:
			return errTooLarge
		case p.Header.Get("Content-Type") == "" && file == "":
			f.values[name] = append(f.values[name], string(b))
		case file == "" && len(b) == 0: // a file field that was left empty
		case len(f.files[name]) == formFiles:
			return errTooLarge
		default:
			f.files[name] = append(f.files[name], tertial.Upload{Name: gap.Clean(strings.ToValidUTF8(file, "")), Content: b})
		}
	}
}

// check holds a form to what no form of ours breaks.
func (f *formState) check(many []string) error {
	count := 0
	for name, values := range f.values {
		count += len(values)
		switch {
		case name == "" || len(name) > 80 || strings.ContainsFunc(name, notNameLetter):
			return fmt.Errorf("%w: a field has a name that no form has", errUnreadable)
		case len(values) > 1 && !slices.Contains(many, name):
			return fmt.Errorf("%w: the field %s stands twice", errUnreadable, name)
		case slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }):
			return fmt.Errorf("%w: the field %s is not valid UTF-8", errUnreadable, name)
		}
	}
	if count > formFields {
		return errTooLarge
	}
	return nil
}

func notNameLetter(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
}

// read reports whether there is a form at all.
func (f *form) read() bool { return f != nil && f.state != nil }

// raw returns a field as it came.
func (f form) raw(name string) string { return f.state.values.Get(name) }

// text returns a field as one line, cleaned, with at most max characters.
func (f form) text(name string, max int) string {
	return f.bounded(name, gap.Clean(f.raw(name)), max)
}

// need is text that must not be empty.
func (f form) need(name string, max int) string {
	s := f.text(name, max)
	if s == "" {
		f.complain(name, "form.missing")
	}
	return s
}

// prose returns a field of several lines, each cleaned, with at most max characters.
func (f form) prose(name string, max int) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(f.raw(name)), "\n")
	for i := range lines {
		lines[i] = gap.Clean(lines[i])
	}
	return f.bounded(name, strings.Trim(strings.Join(lines, "\n"), "\n"), max)
}

func (f form) bounded(name, value string, max int) string {
	if utf8.RuneCountInString(value) > max {
		f.complain(name, "form.long", "Max", max)
	}
	return value
}

// date returns a field as a date, none where it is empty.
func (f form) date(name string) tertial.Date {
	s := strings.TrimSpace(f.raw(name))
	if s == "" {
		return tertial.Date{}
	}
	d, err := tertial.ParseDate(s)
	if err != nil {
		f.complain(name, "form.date")
	}
	return d
}

// number returns a field as a whole number from least to most; 0 where it is empty and 0 is within.
func (f form) number(name string, least, most int) int {
	s := strings.TrimSpace(f.raw(name))
	if s == "" && least <= 0 && most >= 0 {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most || strconv.Itoa(n) != s {
		f.complain(name, "form.number", "Min", least, "Max", most)
		return max(least, 0)
	}
	return n
}

// id returns a field as the number of something, 0 where it is none.
func (f form) id(name string) int64 {
	n, _ := pathID(f.raw(name))
	return n
}

// pick returns a field that must be one of the allowed values.
func (f form) pick(name string, allowed ...string) string {
	s := f.raw(name)
	if !slices.Contains(allowed, s) {
		f.complain(name, "form.pick")
		return ""
	}
	return s
}

// chosen reports whether a box is ticked.
func (f form) chosen(name string) bool { return f.raw(name) != "" }

// list returns all values of a field that may stand more than once.
func (f form) list(name string) []string { return f.state.values[name] }

// files returns the files of a field.
func (f form) files(name string) []tertial.Upload { return f.state.files[name] }

// complain says what is wrong with a field; id and args are of the text.
func (f form) complain(field, id string, args ...any) {
	f.state.complaints = append(f.state.complaints, complaint{Field: field, id: id, args: args})
}

// ok reports whether nothing has been found wrong.
func (f form) ok() bool { return len(f.state.complaints) == 0 }

// reject takes note of an error of internal/tertial that names its field, as "invalid: date: …" does, and reports whether it
// was one: whatever is no matter of the input is for the caller.
func (f form) reject(err error) bool {
	if !errors.Is(err, tertial.ErrInvalid) {
		return false
	}
	why := reason(err)
	field, _, _ := strings.Cut(why, ":")
	if _, ok := f.state.values[field]; !ok {
		field = ""
	}
	f.complain(field, "form.field", "Why", why)
	return true
}

// pathID reads the number of something in an address: digits, as they are written and no other way.
func pathID(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}
