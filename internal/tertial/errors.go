package tertial

import "errors"

// The kinds of failure that somebody branches on. Everything else is simply an
// error. Wrap them with %w and say what was attempted and on what.
var (
	// ErrNotFound: what was named does not exist.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the input breaks a rule; nothing was changed.
	ErrInvalid = errors.New("invalid")
	// ErrConflict: somebody else changed it first, or it is there already.
	ErrConflict = errors.New("conflict")
	// ErrRefused: the state of things does not allow it.
	ErrRefused = errors.New("refused")
	// ErrUnavailable: a database, a relay or another dependency does not answer.
	ErrUnavailable = errors.New("unavailable")
)
