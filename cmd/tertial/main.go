// Command tertial reads a gap analysis, keeps the actions that close its gaps,
// and mails the people who have to close them. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a container may have no zone data, and a zone decides every date
)

func main() {
	// A reader that goes away, and a file that may not grow, are errors of the write and end no job halfway.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
