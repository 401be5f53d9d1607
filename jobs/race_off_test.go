//go:build !race

package jobs

// raced says that the race detector watches: everything takes ten times as long.
const raced = false
