package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

func TestADrainHandsOnEveryLineInOrder(t *testing.T) {
	var got, want bytes.Buffer
	d := newDrain(&got, func(n int64) { t.Errorf("%d were dropped", n) })
	for i := range drainLines / 2 {
		fmt.Fprintf(d, "line %d\n", i)
		fmt.Fprintf(&want, "line %d\n", i)
	}
	d.close()
	if got.String() != want.String() {
		t.Errorf("got %d bytes, want %d", got.Len(), want.Len())
	}
}

// F50: nobody reads on.
func TestADrainThatIsBlockedNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		var told int64
		d := newDrain(writer, func(n int64) { told += n })
		fmt.Fprintln(d, "first")
		synctest.Wait() // it is being handed on, and nobody takes it
		const more = 10
		for range drainLines + more {
			fmt.Fprintln(d, "line")
		}
		taken := make(chan string)
		go func() {
			all, _ := io.ReadAll(reader)
			taken <- string(all)
		}()
		synctest.Wait()
		d.close()
		writer.Close()
		if n := strings.Count(<-taken, "\n"); n != 1+drainLines || told != more {
			t.Errorf("%d lines were taken and %d were told to be dropped, want %d and %d", n, told, 1+drainLines, more)
		}
	})
}

func TestADrainThatStaysBlockedIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		d := newDrain(writer, func(int64) {})
		fmt.Fprintln(d, "line")
		d.close() // in the end
		reader.Close()
	})
}
