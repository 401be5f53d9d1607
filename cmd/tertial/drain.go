package main

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

const (
	// drainLines is how many lines of a daemon's log wait for being taken.
	drainLines = 1024
	// lastLines is how long the lines are waited for that are left at the end.
	lastLines = time.Second
)

// drain hands the lines of a log on to a writer that may not take them: a pipe that nobody reads, a journal that is stuck.
// A daemon never waits for that. Lines for which there is no room are counted, and it is told how many they were
// as soon as lines are taken again.
type drain struct {
	to    io.Writer
	tell  func(dropped int64)
	lines chan []byte
	lost  atomic.Int64
	quit  chan struct{}
	ended chan struct{}
}

// newDrain begins to hand lines on; close it. tell is called between two lines, and writes past the drain.
func newDrain(to io.Writer, tell func(dropped int64)) *drain {
	d := &drain{to: to, tell: tell, lines: make(chan []byte, drainLines), quit: make(chan struct{}), ended: make(chan struct{})}
	go d.run()
	return d
}

// Write takes a line, and never fails.
func (d *drain) Write(line []byte) (int, error) {
	select {
	case d.lines <- bytes.Clone(line):
	default:
		d.lost.Add(1)
	}
	return len(line), nil
}

func (d *drain) run() {
	defer close(d.ended)
	for {
		select {
		case line := <-d.lines:
			d.pass(line)
		case <-d.quit:
			for range len(d.lines) { // nobody writes any more
				d.pass(<-d.lines)
			}
			return
		}
	}
}

func (d *drain) pass(line []byte) {
	_, _ = d.to.Write(line) // there is nobody to tell
	if n := d.lost.Swap(0); n > 0 {
		d.tell(n)
	}
}

// close hands on what is left, as far as it is taken within a moment.
func (d *drain) close() {
	close(d.quit)
	timer := time.NewTimer(lastLines)
	defer timer.Stop()
	select {
	case <-d.ended:
	case <-timer.C:
	}
}
