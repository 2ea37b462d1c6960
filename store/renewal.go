package store

import (
	"slices"
	"sync"
)

// renewal says that a block's content has changed with the base that is being
// made. What the cache has of the old version makes the new one, so that a
// block need not be read again for every patch.
type renewal struct {
	old, now uint64   // versions; now is 0 when the block has been written anew
	patch    []change // what came to the patches, or with whole all of them
	whole    bool
	encoded  []byte // the patch that was written
	freed    int    // about how many bytes are no longer used
}

// renewals are those of one base.
type renewals struct {
	mu   sync.Mutex
	list []renewal
	room int // changes that may still be kept

	freeing, freed int // bytes: with the base being made, and since garbage reports them
}

func (r *renewals) reset(room int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.room, r.freeing = nil, room, 0
}

// add takes a renewal over, but not the memory of its patch.
func (r *renewals) add(x renewal) {
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

// apply brings the caches of blocks and of encoded patches up to date. Patches
// are small, and most blocks of a store with many updates have one, so that
// passing over a block would otherwise cost two visits to Badger.
func (r *renewals) apply(c *cache[*loaded], patches *cache[[]byte]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.list {
		patches.take(x.old)
		if x.encoded != nil {
			patches.put(x.now, x.encoded, len(x.encoded)+64)
		}
		l, ok := c.take(x.old)
		if !ok || x.now == 0 {
			continue
		}
		n := &loaded{block: l.block, patch: x.patch}
		if !x.whole {
			n.patch = mergeChanges(make([]change, 0, len(l.patch)+len(x.patch)), l.patch, x.patch)
		}
		accumulate(n.patch)
		c.put(x.now, n, n.size())
	}
	r.list = nil
	r.freed += r.freeing
	r.freeing = 0
}

// garbage returns how many bytes bases have freed since it last returned as
// many as least.
func (r *renewals) garbage(least int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.freed
	if n >= least {
		r.freed = 0
	}
	return n
}
