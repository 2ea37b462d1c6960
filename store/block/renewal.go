package block

import (
	"slices"
	"sync"
)

// renewal says that a block's content changes with the base that is being made: by a
// patch, or because the block has been written anew. When that base comes into force,
// the cached old version and the patch together make the new cached version, so that a
// block with a new patch need not be read and decoded again.
type renewal struct {
	old, now uint64   // versions; now is 0 when the block has been written anew
	patch    []Change // the changes of the new patch, or with whole those of all patches
	whole    bool     // earlier patches were joined with the new one
	encoded  []byte   // the new patch as it was written
	freed    int      // about how many bytes of the old version nothing refers to any more
}

// Renewals are the renewals of the base that is being made.
type Renewals struct {
	mu   sync.Mutex
	list []renewal
	room int // changes that may still be kept

	freeing int // bytes that nothing will refer to once the base being made is in force
	freed   int // bytes that earlier bases left so, since Garbage last reported them
}

// Reset forgets the renewals and begins with those of another base. Their patches may
// have room changes in memory; blocks beyond that leave the cache.
func (r *Renewals) Reset(room int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.room, r.freeing = nil, room, 0
}

// Add keeps a renewal, with a copy of its patch.
func (r *Renewals) Add(x renewal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freeing += x.freed
	if x.old == 0 {
		return
	}
	if r.room -= len(x.patch); r.room < 0 {
		x.now, x.patch, x.encoded = 0, nil, nil
	}
	x.patch = slices.Clone(x.patch)
	r.list = append(r.list, x)
}

// Apply brings the caches of blocks and of encoded patches up to date once the base is
// in force. Patches have a cache of their own because most blocks of a store with many
// updates have one: reading a block would otherwise mean two reads from Badger.
func (r *Renewals) Apply(c *Cache[*Loaded], patches *Cache[[]byte]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.list {
		patches.take(x.old)
		if x.encoded != nil {
			patches.Put(x.now, x.encoded, len(x.encoded)+64)
		}
		l, ok := c.take(x.old)
		if !ok || x.now == 0 {
			continue
		}
		n := &Loaded{Block: l.Block, Patch: x.patch}
		if !x.whole {
			n.Patch = MergeChanges(make([]Change, 0, len(l.Patch)+len(x.patch)), l.Patch, x.patch)
		}
		Accumulate(n.Patch)
		c.Put(x.now, n, n.size())
	}
	r.list = nil
	r.freed += r.freeing
	r.freeing = 0
}

// Garbage returns about how many bytes of the database nothing refers to any more. When
// they are least or more, it begins counting anew: the caller then has the database
// compacted.
func (r *Renewals) Garbage(least int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.freed
	if n >= least {
		r.freed = 0
	}
	return n
}
