package timeline

import (
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Index has the commits of a log, whose numbers have no gaps and whose times increase. The
// zero value is empty. It may be used by several goroutines.
type Index struct {
	mu    sync.Mutex
	first uint64 // sequence number of times[0]
	times []time.Time
	load  uint64 // the newest commit whose changes are not in the log

	Keep atomic.Int64 // how long commits can be looked back at, in ns; not positive: not at all
}

// Kept returns the first commit that is still to be kept, one after the newest when none is.
func (x *Index) Kept(newest uint64, now time.Time) uint64 {
	if d := time.Duration(x.Keep.Load()); d > 0 {
		return min(x.At(now.Add(-d)), newest) + 1
	}
	return newest + 1
}

// Past tells of the commits that a log has, by their times, as of one moment.
type Past struct {
	x      *Index
	newest uint64
	now    time.Time
}

// Past returns what is known of the commits up to the newest.
func (x *Index) Past(newest uint64, now time.Time) Past { return Past{x, newest, now} }

// Reach returns the oldest commit as of which the store can be read: of those that are kept
// the first, the first after the last bulk load, or that load; 0 when there is none.
func (p Past) Reach() uint64 {
	return p.x.reach(p.newest, p.x.Kept(p.newest, p.now))
}

// At returns the newest commit that is not after t, 0 when there is none in the log.
func (p Past) At(t time.Time) uint64 { return min(p.x.At(t), p.newest) }

// Time returns the time of a commit, or that of the oldest one after it in the log; ok is
// false when there is none.
func (p Past) Time(seq uint64) (t time.Time, ok bool) { return p.x.From(seq) }

// Add adds the next commit. Load says that the log does not have what it changed.
func (x *Index) Add(seq uint64, t time.Time, load bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.times) == 0 {
		x.first = seq
	}
	if load {
		x.load = seq
	}
	x.times = append(x.times, t)
}

// Oldest returns the first commit in the log, one after the newest when there is none.
func (x *Index) Oldest(newest uint64) uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.times) == 0 {
		return newest + 1
	}
	return x.first
}

// At returns the newest commit that is not after t; 0 when there is none.
func (x *Index) At(t time.Time) uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.times), func(i int) bool { return x.times[i].After(t) })
	if n == 0 {
		return 0
	}
	return x.first + uint64(n) - 1
}

// From returns the time of a commit, or that of the oldest one after it in the log.
func (x *Index) From(seq uint64) (time.Time, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i := max(seq, x.first) - x.first; i < uint64(len(x.times)) {
		return x.times[i], true
	}
	return time.Time{}, false
}

// reach is [Past.Reach] when commits from kept on are kept. The newest can always be read.
func (x *Index) reach(newest, kept uint64) uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.times) == 0 {
		return newest
	}
	return min(max(x.first, x.load, kept), newest)
}

// Trim forgets the commits before seq.
func (x *Index) Trim(seq uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if seq > x.first && len(x.times) > 0 {
		n := min(seq-x.first, uint64(len(x.times)))
		x.times = append([]time.Time(nil), x.times[n:]...)
		x.first += n
	}
}
