package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// write answers with a value as JSON, in which no list is null.
func (c *apiCall) write(status int, value any) error {
	whole := reflect.New(reflect.TypeOf(value)).Elem()
	whole.Set(reflect.ValueOf(value))
	fillLists(whole)
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(whole.Interface()); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body.Bytes()) // a reader that is gone needs no answer
	return nil
}

// fillLists makes every list in a value one that JSON shows as such, if need be an empty one.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		fillLists(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillLists(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fillLists(v.Index(i))
		}
	}
}

// shown answers with a thing that has a version, or that the program has it already.
func (c *apiCall) shown(status int, tag string, value any) error {
	c.w.Header().Set("ETag", tag)
	if given := c.r.Header.Get("If-None-Match"); given != "" && (c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) {
		tags, whichever, err := apiTags("If-None-Match", given)
		if err == nil && (whichever || slices.Contains(tags, tag) || slices.Contains(tags, "W/"+tag)) {
			c.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return c.write(status, value)
}

// apiTags reads a list of entity tags, or * for any. A weak one equals none of ours.
func apiTags(header, value string) (tags []string, whichever bool, err error) {
	if strings.TrimSpace(value) == "*" {
		return nil, true, nil
	}
	for part := range strings.SplitSeq(value, ",") {
		tag := strings.TrimSpace(part)
		bare := strings.TrimPrefix(tag, "W/")
		if len(bare) < 2 || bare[0] != '"' || bare[len(bare)-1] != '"' || strings.Contains(bare[1:len(bare)-1], `"`) {
			return nil, false, problemf(http.StatusBadRequest, "bad_request", `%s must hold the ETag as it was given, in its quotes: "7"`, header).atHeader(header)
		}
		tags = append(tags, tag)
	}
	return tags, false, nil
}

// ifMatch returns which version the program has seen. To change what it has not seen it has to say so.
func (c *apiCall) ifMatch() (*apiMatch, error) {
	given := c.r.Header.Values("If-Match")
	if len(given) == 0 {
		return nil, problemf(http.StatusPreconditionRequired, "version_required",
			"say in If-Match which version you have seen: the ETag of the answer, or * for whichever").atHeader("If-Match")
	}
	tags, whichever, err := apiTags("If-Match", strings.Join(given, ","))
	if err != nil {
		return nil, err
	}
	return &apiMatch{tags: tags, whichever: whichever}, nil
}

// apiMatch is which versions a program is ready to change.
type apiMatch struct {
	tags      []string
	whichever bool
}

// holds returns a problem where a thing has another version than the program has seen.
func (m *apiMatch) holds(tag string) error {
	if m == nil || m.whichever || slices.Contains(m.tags, tag) {
		return nil
	}
	return problemf(http.StatusPreconditionFailed, "version_conflict", "it has been changed since you saw it; it is at %s now", tag).
		atHeader("If-Match").with("ETag", tag)
}
