package store

import (
	"sort"
	"time"
)

// patchRef names a patch: changes to one block's range that wait for folding.
type patchRef struct {
	id      uint64
	changes uint32
}

// blockRef is what is kept in memory of a block: its range begins at first and
// ends where the next block's begins; the first block's range begins at the
// lowest key.
type blockRef struct {
	first   key
	id      uint64 // 0: the block has no rows of its own, only patches
	rows    uint32
	net     int32 // additions less removals of the patches
	patches []patchRef
}

func (b *blockRef) quads() uint64 { return uint64(int64(b.rows) + int64(b.net)) }

// patched returns the number of changes that wait in patches.
func (b *blockRef) patched() (n int) {
	for _, p := range b.patches {
		n += int(p.changes)
	}
	return n
}

// version identifies the block's content for the cache.
func (b *blockRef) version() uint64 {
	if n := len(b.patches); n > 0 {
		return b.patches[n-1].id
	}
	return b.id
}

// index is the sparse list of one order's blocks.
type index struct {
	blocks []blockRef
	before []uint64 // quads in the blocks before each block; one more for the end
}

func newIndex(blocks []blockRef) index {
	x := index{blocks: blocks, before: make([]uint64, len(blocks)+1)}
	for i := range blocks {
		x.before[i+1] = x.before[i] + blocks[i].quads()
	}
	return x
}

// quads returns the number of quads, or of terms, in all blocks.
func (x *index) quads() uint64 { return x.before[len(x.blocks)] }

// find returns the block whose range contains k.
func (x *index) find(k *key) int {
	i := sort.Search(len(x.blocks), func(i int) bool { return k.less(&x.blocks[i].first) })
	return max(i-1, 0)
}

// end returns the first key after the range of block i.
func (x *index) end(i int) key {
	if i+1 < len(x.blocks) {
		return x.blocks[i+1].first
	}
	return maxKey
}

// ends reports whether block i's range ends at or before k.
func (x *index) ends(i int, k *key) bool {
	return i+1 < len(x.blocks) && !k.less(&x.blocks[i+1].first)
}

// base is everything up to one commit that has been written as blocks and
// patches. It is immutable.
type base struct {
	seq   uint64       // newest commit contained
	gen   uint64       // number of the manifest
	index [lists]index // of the orders, and of the terms order
	stats *statsDelta
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
func (v *view) runs(o Order, out [][]change) [][]change {
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
