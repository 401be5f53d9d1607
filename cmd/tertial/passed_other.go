//go:build !linux

package main

import "time"

// passed is a clock that nobody can set. It may stand still while the computer sleeps.
func passed() time.Duration { return time.Since(began) }
