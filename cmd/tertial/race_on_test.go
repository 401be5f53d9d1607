//go:build race

package main

// raced says that the race detector watches: everything in this process takes ten times as long.
const raced = true
