package gate

import (
	"sync"
	"syscall"
	"time"
)

// clock says how much each of those who have a place has worked. It runs as fast as the
// processor time of the process, shared by all of them: a request that waits for a
// processor, because many work here or because other programs take most of the machine,
// has not worked meanwhile.
type clock struct {
	cpu func() time.Duration

	mu      sync.Mutex
	last    time.Duration // of cpu
	shown   time.Duration
	workers int
}

func newClock() *clock { return &clock{cpu: processTime, last: processTime()} }

// processTime is the processor time of the process.
func processTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0 // it never fails
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// now returns what the clock shows, once so many more (or less) work.
func (c *clock) now(more int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	cpu := c.cpu()
	c.shown += max(0, cpu-c.last) / time.Duration(max(1, c.workers))
	c.last = cpu
	c.workers += more
	return c.shown
}
