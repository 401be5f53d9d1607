package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// apiProblem is a request that was not done, and why: RFC 9457. Code is for programs and stays as it is; Detail is for people.
type apiProblem struct {
	Type   string     `json:"type"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Code   string     `json:"code"`
	Detail string     `json:"detail"`
	Errors []apiFault `json:"errors,omitempty"`
	// ID is by which a failure of ours is found in the log.
	ID string `json:"id,omitempty"`

	header http.Header
}

// apiFault is one thing that is wrong, and where: in the body (a JSON pointer), the query, the path or a header.
type apiFault struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Header    string `json:"header,omitempty"`
	Detail    string `json:"detail"`
}

// problemf makes a problem. Its type is about:blank, as the status and the code say all there is.
func problemf(status int, code, format string, args ...any) *apiProblem {
	return &apiProblem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Error makes a problem an error that handlers return.
func (p *apiProblem) Error() string { return p.Code + ": " + p.Detail }

// with adds a header to the answer.
func (p *apiProblem) with(name, value string) *apiProblem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// atHeader says that a header is what is wrong.
func (p *apiProblem) atHeader(name string) *apiProblem {
	p.Errors = append(p.Errors, apiFault{Header: name, Detail: p.Detail})
	return p
}

// wrongParameter is a parameter of the query that cannot be read.
func wrongParameter(name, format string, args ...any) *apiProblem {
	fault := apiFault{Parameter: name, Detail: fmt.Sprintf(format, args...)}
	p := problemf(http.StatusBadRequest, "bad_request", "%s: %s", name, fault.Detail)
	p.Errors = []apiFault{fault}
	return p
}

// problemOf is what a program is told of an error. What is our own failure is told without its words.
func problemOf(err error) *apiProblem {
	if p, ok := errors.AsType[*apiProblem](err); ok {
		return p
	}
	for _, kind := range []struct {
		is     error
		status int
		code   string
	}{
		{tertial.ErrNotFound, http.StatusNotFound, "not_found"},
		{tertial.ErrInvalid, http.StatusUnprocessableEntity, "invalid"},
		{tertial.ErrConflict, http.StatusConflict, "conflict"},
		{tertial.ErrRefused, http.StatusConflict, "refused"},
	} {
		if errors.Is(err, kind.is) {
			return problemf(kind.status, kind.code, "%s", apiReason(err, kind.is))
		}
	}
	if errors.Is(err, tertial.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		return problemf(http.StatusServiceUnavailable, "unavailable", "the database does not answer just now; try again").with("Retry-After", "5")
	}
	p := problemf(http.StatusInternalServerError, "internal", "something went wrong here; the log has it under the id")
	p.ID = rand.Text()[:10]
	return p
}

// apiReason is what an error says behind its kind: before it stands what was attempted, which the program knows.
func apiReason(err, kind error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, kind.Error()+": "); ok {
		text = after
	}
	return apiShort(gap.Clean(text), 400)
}

// apiShort cuts a text to n characters and marks where it was cut.
func apiShort(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// apiEcho shows a piece of input in a message: cleaned, quoted, 80 characters at most.
func apiEcho(s string) string { return "“" + apiShort(gap.Clean(s), 80) + "”" }

// write answers with the problem.
func (p *apiProblem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // texts and numbers only
		http.Error(w, p.Title, p.Status)
		return
	}
	maps.Copy(w.Header(), p.header)
	w.Header().Del("ETag")
	if tag := p.header.Get("ETag"); tag != "" {
		w.Header().Set("ETag", tag)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // a reader that is gone needs no answer
}
