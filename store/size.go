package store

import (
	"context"
	"fmt"
	"time"
)

// Size says how large a store is and how it does.
type Size struct {
	Seq        uint64
	Time       time.Time
	Oldest     uint64 // first commit in the log
	Quads      uint64
	Terms      uint64 // in the dictionary, used or not
	Blocks     int
	Patches    int       // waiting to be folded into their blocks
	OrderBytes [6]uint64 // blocks and patches by order
	DiskBytes  int64     // tables of the database; 0 in memory
	InMemory   int       // changed quads that are not yet in blocks
	CacheBytes int       // used by caches
	Snapshots  int       // open
	FoldError  error     // of the last folding
	WriteError error     // after which no commit can be made
}

// Size measures the store; it visits every block.
func (s *Store) Size(ctx context.Context) (Size, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return Size{}, err
	}
	defer sn.Close()
	z := Size{Seq: sn.Seq(), Time: sn.Time(), Oldest: s.history.oldest(sn.Seq()), Quads: sn.Stats().Quads}
	bytes, err := sn.orderBytes(ctx)
	if err != nil {
		return Size{}, fmt.Errorf("size: %w", err)
	}
	z.OrderBytes = bytes
	for o := range sn.v.base.index {
		z.Blocks += len(sn.v.base.index[o].blocks)
		for i := range sn.v.base.index[o].blocks {
			z.Patches += len(sn.v.base.index[o].blocks[i].patches)
		}
	}
	z.InMemory = runsLen(sn.v.active) + runsLen(sn.v.frozen)
	lsm, vlog := s.db.Size()
	if s.o.Dir != "" {
		z.DiskBytes = lsm + vlog
	}
	z.Terms = s.dict.count()
	z.CacheBytes = s.blocks.bytesUsed() + s.patches.bytesUsed() + s.dict.texts.bytesUsed()
	s.mu.Lock()
	defer s.mu.Unlock()
	z.FoldError, z.WriteError = s.foldErr, s.broken
	for _, n := range s.pins {
		z.Snapshots += n
	}
	z.Snapshots-- // the one taken here
	return z, nil
}

// count returns how many terms the dictionary has.
func (d *dict) count() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.base.Load().terms.quads() + uint64(len(d.tail.terms))
}

// orderBytes returns the bytes of each order's blocks and patches.
func (sn *Snapshot) orderBytes(ctx context.Context) (out [6]uint64, err error) {
	for o := range out {
		for i := range sn.v.base.index[o].blocks {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			ref := &sn.v.base.index[o].blocks[i]
			ids := []uint64{ref.id}
			for _, p := range ref.patches {
				ids = append(ids, p.id)
			}
			for _, id := range ids {
				it, err := sn.txn.Get(key64(keyBlock, id))
				if err != nil {
					return out, fmt.Errorf("block %d: %w", id, damaged(err))
				}
				out[o] += uint64(it.ValueSize())
			}
		}
	}
	return out, nil
}
