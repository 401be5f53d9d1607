package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"tertial/internal/config"
	"tertial/internal/tertial"
)

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"no error is done", nil, 0},
		{"any error is failed", errors.New("x"), 1},
		{"a wrong argument is usage", usageError("x"), 2},
		{"what breaks a rule is usage", fmt.Errorf("x: %w", tertial.ErrInvalid), 2},
		{"a wrong configuration", fmt.Errorf("x: %w", config.ErrConfig), 3},
		{"a configuration that is not there", fmt.Errorf("%w: %w", config.ErrConfig, fs.ErrNotExist), 3},
		{"not found", fmt.Errorf("x: %w", tertial.ErrNotFound), 4},
		{"refused", fmt.Errorf("x: %w", tertial.ErrRefused), 5},
		{"in conflict", fmt.Errorf("x: %w", tertial.ErrConflict), 5},
		{"partly done", silent(exitPartly), 6},
		{"unavailable", fmt.Errorf("x: %w", tertial.ErrUnavailable), 7},
		{"a code that is given wins", fmt.Errorf("x: %w", &failure{code: 5, err: tertial.ErrInvalid}), 5},
		{"nobody reads on", fmt.Errorf("write: %w", syscall.EPIPE), 0},
		{"stopped", context.Canceled, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWhatIsSaidOfAnError(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a refusal says why", fmt.Errorf("%w: 2027-7.2 is done", tertial.ErrRefused), "tertial: action start: 2027-7.2 is done\n"},
		{"what breaks a rule leads to the help", fmt.Errorf("%w: no", tertial.ErrInvalid), "tertial: action start: no; see tertial action start --help\n"},
		{"a way out is said once", fmt.Errorf("%w: no; do this", tertial.ErrInvalid), "tertial: action start: no; do this\n"},
		{"what is not found is called so", fmt.Errorf("%w: action 1", tertial.ErrNotFound), "tertial: action start: not found: action 1\n"},
		{"a stop is called so", fmt.Errorf("reading: %w", context.Canceled), "tertial: action start: stopped before it was done\n"},
		{"what was said already is not said again", silent(6), ""},
		{"a broken pipe is no news", syscall.EPIPE, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs bytes.Buffer
			p := &program{err: &errs, name: "action start"}
			p.report(tt.err)
			if errs.String() != tt.want {
				t.Errorf("got %q, want %q", errs.String(), tt.want)
			}
		})
	}
}

// brokenPipe is standard output after `| head` has ended.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestABrokenPipeIsQuiet(t *testing.T) {
	t.Chdir(t.TempDir())
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"version"}, nil, strings.NewReader(""), brokenPipe{}, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("got exit %d and %q, want 0 and nothing", code, errs.String())
	}
}

// fullDisk is standard output on a full disk.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "out", Err: syscall.ENOSPC}
}

func TestAFullDiskIsAFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"version"}, nil, strings.NewReader(""), fullDisk{}, &errs); code != exitFailed || errs.Len() == 0 {
		t.Errorf("got exit %d and %q", code, errs.String())
	}
}

// closedInput is standard input that was closed before the program began.
type closedInput struct{}

func (closedInput) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "/dev/stdin", Err: syscall.EBADF}
}

func TestAClosedStandardInputIsAUsageError(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"import", "-", "--plan-year", "2027"}, nil, closedInput{}, &out, &errs)
	if code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), "standard input cannot be read") {
		t.Errorf("got exit %d, %q and %q", code, out.String(), errs.String())
	}
}

func TestAnEmptyStandardInputIsAUsageError(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"import", "-", "--plan-year", "2027"}, {"person", "import", "-"}, {"action", "steps", "2027-1", "import", "-"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != exitUsage || out.Len() > 0 {
			t.Errorf("%v: got exit %d, %q and %q", args, code, out.String(), errs.String())
		}
	}
}

func TestADatabaseThatCannotBeMadeIsUnavailable(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, verb := range [][]string{{"action", "list"}, {"migrate", "status"}} {
		var out, errs bytes.Buffer
		code := run(t.Context(), verb, []string{"TERTIAL_DATABASE=no/such/folder/tertial.db"}, strings.NewReader(""), &out, &errs)
		if code != exitUnavailable || !strings.Contains(errs.String(), "see database in the configuration") {
			t.Errorf("%v: got exit %d and %q", verb, code, errs.String())
		}
	}
}

// endless is a standard input without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestAnEndlessInputIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"import", "-", "--plan-year", "2027"}, nil, endless{}, &out, &errs)
	if code != exitRefused || out.Len() > 0 || !strings.Contains(errs.String(), "10 MiB") {
		t.Errorf("got exit %d, %q and %q", code, out.String(), errs.String())
	}
}
