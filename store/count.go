package store

import (
	"fmt"

	"fincat/store/block"
)

// Count returns the number of quads that match p. Any set of bound positions
// leads some order, so the answer comes from the list of blocks and a look into
// at most two of them, and is exact.
func (sn *Snapshot) Count(p Pattern) (n uint64, exact bool, err error) {
	if sn.closed.Load() {
		return 0, false, ErrClosed
	}
	o := OrderFor(p)
	lo, hi := p.Key().In(o).Bounds(o.Prefix(p))
	n, err = sn.countRange(o, &lo, &hi)
	if err != nil {
		return 0, false, fmt.Errorf("count %v: %w", p, err)
	}
	return n, true, nil
}

// countRange counts the quads in [lo, hi) of an order.
func (sn *Snapshot) countRange(o Order, lo, hi *block.Key) (uint64, error) {
	base, err := sn.countBase(o, lo, hi)
	if err != nil {
		return 0, err
	}
	n := int64(base)
	var lists [32][]block.Change
	for _, list := range sn.v.runs(o, lists[:0]) {
		n += block.RangeSum(list, lo, hi)
	}
	if n < 0 {
		return 0, block.Corrupt("negative count")
	}
	return uint64(n), nil
}

// countBase is countRange for the base. A range is mostly within one block.
func (sn *Snapshot) countBase(o Order, lo, hi *block.Key) (uint64, error) {
	x := &sn.v.base.index[o]
	if len(x.Blocks) == 0 {
		return 0, nil
	}
	if i := x.Find(lo); !x.Ends(i, hi) {
		l, err := sn.blocks.Load(&x.Blocks[i])
		if err != nil {
			return 0, err
		}
		return l.Count(lo, hi, &sn.s.ranked)
	}
	upper, err := sn.rank(o, hi)
	if err != nil {
		return 0, err
	}
	lower, err := sn.rank(o, lo)
	return upper - lower, err
}

// rank returns how many quads of the base come before k.
func (sn *Snapshot) rank(o Order, k *block.Key) (uint64, error) {
	x := &sn.v.base.index[o]
	if len(x.Blocks) == 0 {
		return 0, nil
	}
	if *k == block.MaxKey {
		return x.Before[len(x.Blocks)], nil
	}
	i := x.Find(k)
	if i == 0 && k.Less(&x.Blocks[0].First) && len(x.Blocks[0].Patches) == 0 {
		return 0, nil
	}
	if *k == x.Blocks[i].First && i > 0 {
		return x.Before[i], nil
	}
	l, err := sn.blocks.Load(&x.Blocks[i])
	if err != nil {
		return 0, err
	}
	n, err := l.Rank(k, &sn.s.ranked)
	return x.Before[i] + n, err
}
