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
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away is an error of the write, and ends no job halfway
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
