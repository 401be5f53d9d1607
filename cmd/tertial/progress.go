package main

import (
	"fmt"
	"strings"
	"time"
)

// patience is how long a person waits without a word.
const patience = 2 * time.Second

// progress tells a person at a terminal how far a long piece of work has come.
type progress struct {
	p     *program
	what  string
	begun time.Time
	shown time.Time
}

func (p *program) progress(what string) *progress {
	return &progress{p: p, what: what, begun: p.clock()}
}

// at says that n things are done.
func (g *progress) at(n int) {
	now := g.p.clock()
	if now.Sub(g.begun) < patience || now.Sub(g.shown) < patience/4 || !onTerminal(g.p.err) {
		return
	}
	g.shown = now
	fmt.Fprintf(g.p.err, "\r%s: %d", g.what, n)
}

// end clears the line.
func (g *progress) end() {
	if !g.shown.IsZero() {
		fmt.Fprintf(g.p.err, "\r%s\r", strings.Repeat(" ", 60))
	}
}
