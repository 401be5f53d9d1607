package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"tertial/internal/config"
	"tertial/internal/tertial"
)

// The exit codes, which scripts rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitNotFound    = 4
	exitRefused     = 5 // refused, or in conflict
	exitPartly      = 6 // partly done; the rest is listed
	exitUnavailable = 7 // a dependency cannot be reached
)

// failure is an error whose exit code is not what its sentinel says, or that
// knows what to do about it.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError says that the command line does not say what is meant.
func usageError(format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// silent ends the program with a code when everything has been said already.
func silent(code int) error { return &failure{code: code, err: errSaid} }

// errSaid is the error of a failure that needs no words on standard error.
var errSaid = errors.New("said already")

// exitCode is the one place at which an error becomes an exit code.
func exitCode(err error) int {
	var f *failure
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // nobody reads on: that is the reader's choice
		return exitDone
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, config.ErrConfig):
		return exitConfig
	case errors.Is(err, tertial.ErrNotFound):
		return exitNotFound
	case errors.Is(err, tertial.ErrConflict), errors.Is(err, tertial.ErrRefused):
		return exitRefused
	case errors.Is(err, tertial.ErrUnavailable):
		return exitUnavailable
	case errors.Is(err, tertial.ErrInvalid):
		return exitUsage
	}
	return exitFailed
}

// report tells of the error on standard error, as `tertial: what: why; what to do`, and
// returns the exit code.
func (p *program) report(err error) int {
	code := exitCode(err)
	if code == exitDone && err == nil || errors.Is(err, errSaid) || errors.Is(err, syscall.EPIPE) {
		return code
	}
	what := "tertial"
	if p.name != "" {
		what += ": " + p.name
	}
	if errors.Is(err, config.ErrConfig) { // every complaint has a line of its own, and its place
		fmt.Fprintf(p.err, "%s: the configuration is wrong; see docs/configuration.md\n%s\n", what, err)
		return code
	}
	text := unlabelled(err)
	if errors.Is(err, context.Canceled) {
		text = "stopped before it was done"
	}
	if hint := p.wayOut(err, code); hint != "" {
		text += "; " + hint
	}
	fmt.Fprintf(p.err, "%s: %s\n", what, text)
	return code
}

// unlabelled is the error's text without the sentinels' names that say no more than the exit code.
func unlabelled(err error) string {
	text := err.Error()
	for _, s := range []error{tertial.ErrInvalid, tertial.ErrConflict, tertial.ErrRefused, tertial.ErrUnavailable} {
		if without := strings.Replace(text, s.Error()+": ", "", 1); errors.Is(err, s) && without != "" {
			text = without
		}
	}
	return text
}

// wayOut says what to do about an error that does not say so itself.
func (p *program) wayOut(err error, code int) string {
	var f *failure
	if errors.As(err, &f) && f.hint != "" {
		return f.hint
	}
	if strings.Contains(err.Error(), "; ") {
		return ""
	}
	verb := strings.TrimSpace("tertial " + p.name)
	switch code {
	case exitUsage:
		return "see " + verb + " --help"
	case exitUnavailable:
		return "see that it runs and can be reached, then try again: nothing is lost"
	}
	return ""
}
