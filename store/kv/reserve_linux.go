package kv

import (
	"os"
	"syscall"
)

// allocate gives a file its room on the disk, without writing to it.
func allocate(f *os.File, bytes int64) error { return syscall.Fallocate(int(f.Fd()), 0, 0, bytes) }
