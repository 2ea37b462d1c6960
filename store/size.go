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
	z := Size{Seq: sn.Seq(), Time: sn.Time(), Oldest: s.history.Oldest(sn.Seq()), Quads: sn.Stats().Quads}
	bytes, err := sn.orderBytes(ctx)
	if err != nil {
		return Size{}, fmt.Errorf("size: %w", err)
	}
	z.OrderBytes = bytes
	for o := range sn.v.base.index {
		z.Blocks += len(sn.v.base.index[o].Blocks)
		for i := range sn.v.base.index[o].Blocks {
			z.Patches += len(sn.v.base.index[o].Blocks[i].Patches)
		}
	}
	z.InMemory = runsLen(sn.v.active) + runsLen(sn.v.frozen)
	if s.o.Dir != "" {
		z.DiskBytes = s.db.Bytes()
	}
	z.Terms = s.dict.Count()
	z.CacheBytes = s.blocks.BytesUsed() + s.patches.BytesUsed() + s.dict.CacheBytes()
	s.mu.Lock()
	defer s.mu.Unlock()
	z.FoldError, z.WriteError = s.foldErr, s.broken
	for _, n := range s.pins {
		z.Snapshots += n
	}
	z.Snapshots-- // the one taken here
	return z, nil
}

// orderBytes returns the bytes of each order's blocks and patches.
func (sn *Snapshot) orderBytes(ctx context.Context) (out [6]uint64, err error) {
	for o := range out {
		for i := range sn.v.base.index[o].Blocks {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			ref := &sn.v.base.index[o].Blocks[i]
			ids := []uint64{ref.ID}
			for _, p := range ref.Patches {
				ids = append(ids, p.ID)
			}
			for _, id := range ids {
				n, err := sn.txn.Size(key64(keyBlock, id))
				if err != nil {
					return out, fmt.Errorf("block %d: %w", id, err)
				}
				out[o] += uint64(n)
			}
		}
	}
	return out, nil
}
