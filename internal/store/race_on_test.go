//go:build race

package store

// raced is set where the race detector slows everything down.
const raced = true
