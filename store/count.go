package store

import (
	"fmt"
	"sync"
)

// Count returns the number of quads that match p. Any set of bound positions
// leads some order, so the answer comes from the list of blocks and a look into
// at most two of them, and is exact.
func (sn *Snapshot) Count(p Pattern) (n uint64, exact bool, err error) {
	if sn.closed.Load() {
		return 0, false, ErrClosed
	}
	o := OrderFor(p)
	lo, hi := p.key().in(o).bounds(o.prefix(p))
	n, err = sn.countRange(o, &lo, &hi)
	if err != nil {
		return 0, false, fmt.Errorf("count %v: %w", p, err)
	}
	return n, true, nil
}

// countRange counts the quads in [lo, hi) of an order.
func (sn *Snapshot) countRange(o Order, lo, hi *key) (uint64, error) {
	base, err := sn.countBase(o, lo, hi)
	if err != nil {
		return 0, err
	}
	n := int64(base)
	var lists [32][]change
	for _, list := range sn.v.runs(o, lists[:0]) {
		n += rangeSum(list, lo, hi)
	}
	if n < 0 {
		return 0, corrupt("negative count")
	}
	return uint64(n), nil
}

// countBase is countRange for the base. A range is mostly within one block.
func (sn *Snapshot) countBase(o Order, lo, hi *key) (uint64, error) {
	x := &sn.v.base.index[o]
	if len(x.blocks) == 0 {
		return 0, nil
	}
	if i := x.find(lo); !x.ends(i, hi) {
		l, err := sn.load(&x.blocks[i])
		if err != nil {
			return 0, err
		}
		return l.count(lo, hi, &sn.s.ranked)
	}
	upper, err := sn.rank(o, hi)
	if err != nil {
		return 0, err
	}
	lower, err := sn.rank(o, lo)
	return upper - lower, err
}

// rank returns how many quads of the base come before k.
func (sn *Snapshot) rank(o Order, k *key) (uint64, error) {
	x := &sn.v.base.index[o]
	if len(x.blocks) == 0 {
		return 0, nil
	}
	if *k == maxKey {
		return x.before[len(x.blocks)], nil
	}
	i := x.find(k)
	if i == 0 && k.less(&x.blocks[0].first) && len(x.blocks[0].patches) == 0 {
		return 0, nil
	}
	if *k == x.blocks[i].first && i > 0 {
		return x.before[i], nil
	}
	l, err := sn.load(&x.blocks[i])
	if err != nil {
		return 0, err
	}
	n, err := l.rank(k, &sn.s.ranked)
	return x.before[i] + n, err
}

// rank returns how many of the block's quads come before k.
func (l *loaded) rank(k *key, pool *sync.Pool) (uint64, error) {
	return l.count(&key{}, k, pool)
}

// count returns how many of the block's quads are in [lo, hi). It decodes into
// columns of the pool, since commits count for every subject and object.
func (l *loaded) count(lo, hi *key, pool *sync.Pool) (uint64, error) {
	n := int64(0)
	if b := l.block; b != nil {
		c, ok := pool.Get().(*columns)
		if !ok {
			c = new(columns)
		}
		defer pool.Put(c)
		m := max(significant(*lo), significant(*hi))
		upper, seg, err := b.rank(c, hi, m, -1)
		if err != nil {
			return 0, err
		}
		lower := 0
		if *lo != (key{}) {
			if lower, _, err = b.rank(c, lo, m, seg); err != nil {
				return 0, err
			}
		}
		n = int64(upper - lower)
	}
	i, j := lowerBound(l.patch, lo), lowerBound(l.patch, hi)
	if i < j {
		n += int64(l.patch[j-1].cum)
		if i > 0 {
			n -= int64(l.patch[i-1].cum)
		}
	}
	if n < 0 {
		return 0, corrupt("negative count in a block")
	}
	return uint64(n), nil
}

// rank returns how many rows come before k, comparing m columns, and the segment
// it has decoded into c for that; c may hold a decoded one from before.
func (b *block) rank(c *columns, k *key, m, decoded int) (n, seg int, err error) {
	seg = b.find(k)
	if seg != decoded {
		c.reset()
		if err := b.decode(c, seg, seg+1, 1<<m-1); err != nil {
			return 0, 0, err
		}
	}
	return seg*segmentRows + c.searchN(k, m, 0, b.segmentLen(seg)), seg, nil
}
