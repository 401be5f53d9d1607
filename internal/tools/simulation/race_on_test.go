//go:build race

package simulation

// raced says that the race detector watches: everything takes ten times as long.
const raced = true
