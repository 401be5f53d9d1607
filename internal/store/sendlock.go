package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"tertial/internal/tertial"
)

// SendLock takes the right to send, which on SQLite one process has at a time: a second one is refused.
// It ends with the process or with release. PostgreSQL needs none.
func (s *Store) SendLock(_ context.Context) (release func() error, err error) {
	if s.d.leases {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(s.path+".send", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, refusal("taking the send lock", s.path+".send", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("%w: another process sends mail from this database; stop it first", tertial.ErrRefused)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
