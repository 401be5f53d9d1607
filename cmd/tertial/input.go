package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxInput is the largest file that is read. One byte more is read, so that the reader can refuse it.
const maxInput = 10 << 20

// readInput reads a whole file, or standard input where name is "-". Only plain files are opened: a
// pipe without a writer would wait for ever, and a device may never end.
func (p *program) readInput(name string) (data []byte, source string, err error) {
	if name == "-" {
		data, err = io.ReadAll(io.LimitReader(p.in, maxInput+1))
		if err != nil {
			return nil, "", &failure{code: exitUsage, err: errors.New("standard input cannot be read"), hint: "give a file, or pipe one in"}
		}
		if len(data) == 0 { // also what a closed one looks like
			return nil, "", usageError("standard input is empty; give a file, or pipe one in")
		}
		return limited(data, "-")
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, "", &failure{code: exitNotFound, err: fmt.Errorf("there is no file %q", cut(name, 80))}
	case errors.Is(err, syscall.ENAMETOOLONG):
		return nil, "", &failure{code: exitNotFound, err: fmt.Errorf("there is no file %q: the name is too long", cut(name, 80))}
	case err != nil:
		return nil, "", unreadable(name, err)
	case info.IsDir():
		return nil, "", usageError("%q is a folder; give a file in it", cut(name, 80))
	case !info.Mode().IsRegular():
		return nil, "", usageError("%q is no plain file; to read a pipe give - and pipe it in", cut(name, 80))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", unreadable(name, err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxInput+1))
	if err != nil {
		return nil, "", unreadable(name, err)
	}
	return limited(data, filepath.Base(name))
}

func limited(data []byte, source string) ([]byte, string, error) {
	if len(data) > maxInput {
		return nil, "", &failure{code: exitRefused, err: errors.New("the file is larger than 10 MiB"), hint: "split it"}
	}
	return data, source, nil
}

// unreadable says why the system does not let a file be read, without the system's own words for the call.
func unreadable(name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return &failure{code: exitFailed, err: fmt.Errorf("%q cannot be read: %w", cut(name, 80), err)}
}

// onTerminal reports whether w is a terminal: only there is progress shown.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
