//go:build !failpoints

package main

import "tertial/jobs"

// failingStore and failingRelay are where tests of crashes break in. The program that people use has none of it.
func failingStore(s jobs.DeliverStore) jobs.DeliverStore { return s }

func failingRelay(r jobs.Relay) jobs.Relay { return r }
