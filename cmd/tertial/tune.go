package main

import "runtime/debug"

const (
	// A mail leaves some 40 KiB of garbage over a live heap of a few MiB, which the collector would by default go
	// through for every hundred mails. So it waits until the heap has grown fivefold,
	gcPercent = 400
	// but keeps the whole below this, so that a daemon stays small whatever is queued.
	memoryLimit = 48 << 20
)

// quicken sets the collector for a process that sends, unless the environment does.
func quicken(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// confine bounds the memory of the daemon, unless the environment does.
func confine(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
