package main

import (
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// harvestMemory is about how much memory a harvest in a process of its own may use,
// apart from mapped files; it needs less than half of it, the rest is for garbage that
// is not collected yet. What is derived, afterwards or by
// link run, may use derivedMemory, and garbage after a harvest for derivedGarbage percent
// of what it needs.
const (
	harvestMemory, derivedMemory = 170 << 20, 170 << 20
	derivedGarbage               = 50
)

// validationMemory is the same for the validation of a store.
const validationMemory = 350 << 20

// harvestCache is how much the store may cache of its blocks and terms: a
// harvest goes through them in sequence.
const harvestCache = 32 << 20

// mappedBytes is how much of a store's mapped files may stay in the memory of a command
// that has a limit for it.
const mappedBytes = 16 << 20

// limitMemory has garbage collected more often when the process comes near
// a limit, unless the environment says what is wanted. restore takes it
// back. A server has a limit of its own.
func limitMemory(cmd *cobra.Command, limit int64) (restore func()) {
	if os.Getenv("GOMEMLIMIT") != "" || sessionOf(cmd) != nil {
		return func() {}
	}
	before := debug.SetMemoryLimit(limit)
	return func() { debug.SetMemoryLimit(before) }
}

// limitDerived takes the place of the limit of [limitMemory], if it is in force, for what
// is derived after a harvest, and gives the harvest's memory back. restore ends it.
func limitDerived() (restore func()) {
	if debug.SetMemoryLimit(-1) != harvestMemory {
		return func() {}
	}
	debug.SetMemoryLimit(derivedMemory)
	before := debug.SetGCPercent(derivedGarbage)
	debug.FreeOSMemory()
	return func() { debug.SetGCPercent(before) }
}
