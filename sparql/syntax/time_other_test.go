//go:build !linux

package syntax

import (
	"testing"
	"time"
)

// start is what threadTime counts from.
var start = time.Now()

// threadTime returns the time since the start: the processor time of one thread
// is known on Linux only.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	return time.Since(start)
}
