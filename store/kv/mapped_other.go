//go:build !linux

package kv

// unmapPages does nothing where there is no call for it.
func unmapPages(string, map[uint64]bool) {}

// residentMapped does not know.
func residentMapped() int64 { return -1 }
