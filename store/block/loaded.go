package block

import (
	"fmt"
	"sync"
)

// Loaded is a block ready for reading: its rows and the changes waiting for it.
type Loaded struct {
	Block *Block // nil when it has no rows of its own
	Patch []Change
}

func (l *Loaded) size() int {
	n := 64 + 48*len(l.Patch)
	if l.Block != nil {
		n += len(l.Block.data) + 40*len(l.Block.firsts)
	}
	return n
}

// Reader reads blocks through the caches.
type Reader struct {
	Get     func(number uint64) ([]byte, error) // reads a block or patch
	Blocks  *Cache[*Loaded]                     // by version
	Patches *Cache[[]byte]                      // encoded, by number
}

// Load fetches a block through the cache.
func (r *Reader) Load(ref *Ref) (*Loaded, error) {
	if l, ok := r.Blocks.Get(ref.version()); ok {
		return l, nil
	}
	l := &Loaded{}
	if err := l.Read(r.Get, ref, r.Patches); err != nil {
		return nil, err
	}
	r.Blocks.Put(ref.version(), l, l.size())
	return l, nil
}

// LoadOnce fetches a block for passing over it once: it does not push others
// out of the cache, and when the cache is full it uses the memory of old, which
// may be nil, again.
func (r *Reader) LoadOnce(ref *Ref, old *Loaded) (l, own *Loaded, err error) {
	if l, ok := r.Blocks.Get(ref.version()); ok {
		return l, old, nil
	}
	if old == nil {
		old = &Loaded{}
	}
	if err := old.Read(r.Get, ref, r.Patches); err != nil {
		return nil, nil, err
	}
	if r.Blocks.putIfRoom(ref.version(), old, old.size()) {
		return old, nil, nil
	}
	return old, old, nil
}

// Read reads a block and its patches, into the memory l has. The cache of encoded
// patches may be nil.
func (l *Loaded) Read(get func(uint64) ([]byte, error), ref *Ref, patches *Cache[[]byte]) error {
	l.Patch = nil
	var b *Block
	if ref.ID != 0 {
		if b = l.Block; b == nil {
			b = &Block{}
		}
		data, err := get(ref.ID)
		if err != nil {
			return err
		}
		if err := b.parse(data); err != nil {
			return fmt.Errorf("block %d: %w", ref.ID, err)
		}
		if b.Rows != int(ref.rows) {
			return Corrupt(fmt.Sprintf("block %d has %d rows, not %d", ref.ID, b.Rows, ref.rows))
		}
	}
	l.Block = b
	for _, p := range ref.Patches {
		data, err := readPatch(get, p.ID, patches)
		if err != nil {
			return err
		}
		cs, err := DecodePatch(data)
		if err != nil {
			return fmt.Errorf("patch %d: %w", p.ID, err)
		}
		if l.Patch == nil {
			l.Patch = cs
		} else {
			l.Patch = MergeChanges(make([]Change, 0, len(l.Patch)+len(cs)), l.Patch, cs)
		}
	}
	Accumulate(l.Patch)
	return nil
}

func readPatch(get func(uint64) ([]byte, error), id uint64, patches *Cache[[]byte]) ([]byte, error) {
	if patches == nil {
		return get(id)
	}
	if data, ok := patches.Get(id); ok {
		return data, nil
	}
	data, err := get(id)
	if err == nil && data != nil {
		patches.Put(id, data, len(data)+64)
	}
	return data, err
}

// Rank returns how many of the block's quads come before k.
func (l *Loaded) Rank(k *Key, pool *sync.Pool) (uint64, error) {
	return l.Count(&Key{}, k, pool)
}

// Count returns how many of the block's quads are in [lo, hi). It decodes into
// columns of the pool, since commits count for every subject and object.
func (l *Loaded) Count(lo, hi *Key, pool *sync.Pool) (uint64, error) {
	n := int64(0)
	if b := l.Block; b != nil {
		c, ok := pool.Get().(*Columns)
		if !ok {
			c = new(Columns)
		}
		defer pool.Put(c)
		m := max(significant(*lo), significant(*hi))
		upper, seg, err := b.rank(c, hi, m, -1)
		if err != nil {
			return 0, err
		}
		lower := 0
		if *lo != (Key{}) {
			if lower, _, err = b.rank(c, lo, m, seg); err != nil {
				return 0, err
			}
		}
		n = int64(upper - lower)
	}
	i, j := LowerBound(l.Patch, lo), LowerBound(l.Patch, hi)
	if i < j {
		n += int64(l.Patch[j-1].cum)
		if i > 0 {
			n -= int64(l.Patch[i-1].cum)
		}
	}
	if n < 0 {
		return 0, Corrupt("negative count in a block")
	}
	return uint64(n), nil
}

// rank returns how many rows come before k, comparing m columns, and the segment
// it has decoded into c for that; c may hold a decoded one from before.
func (b *Block) rank(c *Columns, k *Key, m, decoded int) (n, seg int, err error) {
	seg = b.Find(k)
	if seg != decoded {
		c.Reset()
		if err := b.Decode(c, seg, seg+1, 1<<m-1); err != nil {
			return 0, 0, err
		}
	}
	return seg*SegmentRows + c.SearchN(k, m, 0, b.segmentLen(seg)), seg, nil
}
