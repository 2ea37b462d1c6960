package main

import (
	"os"
	"runtime/debug"
)

// harvestMemory is about how much memory a harvest in a process of its own may
// use, apart from mapped files. It needs less than half of it; the rest is for
// garbage that is not collected yet.
const harvestMemory = 300 << 20

// harvestCache is how much the store may cache of its blocks and terms: a
// harvest goes through them in sequence.
const harvestCache = 32 << 20

// limitMemory has garbage collected more often when the process comes near
// harvestMemory, unless the environment says what is wanted. restore takes it
// back.
func limitMemory() (restore func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(harvestMemory)
	return func() { debug.SetMemoryLimit(before) }
}
