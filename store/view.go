package store

import (
	"sync"
	"time"

	"fincat/store/block"
	"fincat/store/stats"
)

// base is everything up to one commit that has been written as blocks and
// patches. It is immutable.
type base struct {
	seq   uint64             // newest commit contained
	gen   uint64             // number of the manifest
	index [lists]block.Index // of the orders, and of the terms order
	stats *stats.Delta
}

// view is one state of the store, immutable: the base and the runs of the
// commits after it.
type view struct {
	seq    uint64
	time   time.Time
	ts     uint64 // Badger timestamp at which the base's blocks are readable
	base   *base
	frozen []*run // being folded into the next base
	active []*run
	extra  *lookBack // changes that lead back to an earlier commit
	stats  *lazyStats
}

// runs returns the view's changes in one order, leaving out empty lists.
func (v *view) runs(o Order, out [][]block.Change) [][]block.Change {
	for _, list := range [2][]*run{v.frozen, v.active} {
		for _, r := range list {
			if r.len() > 0 {
				out = append(out, r.by[o])
			}
		}
	}
	if v.extra != nil && len(v.extra.changes) > 0 {
		out = append(out, v.extra.in(o))
	}
	return out
}

func runsLen(runs []*run) (n int) {
	for _, r := range runs {
		n += r.len()
	}
	return n
}

// lazyStats adds a view's statistics up when they are first asked for.
type lazyStats struct {
	once sync.Once
	st   *Stats
}

func (l *lazyStats) get(v *view) *Stats {
	l.once.Do(func() {
		d := stats.NewDelta()
		d.AddAll(v.base.stats)
		for _, list := range [][]*run{v.frozen, v.active} {
			for _, r := range list {
				d.AddAll(r.stats)
			}
		}
		if v.extra != nil {
			d.AddAll(v.extra.stats)
		}
		l.st = d.Counts()
	})
	return l.st
}
