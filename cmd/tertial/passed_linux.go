package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// passed is a clock that nobody can set, and that goes on while the computer sleeps.
func passed() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return time.Since(began)
	}
	return time.Duration(t.Nano())
}
