package store

import (
	"iter"
	"sync/atomic"
	"time"

	"fincat/store/block"
	"fincat/store/kv"
)

// Snapshot is one unchanging state of a store. Writers neither wait for it nor
// change it. It may be used by several goroutines and must be closed; hold it
// only as long as a query, since what it sees cannot be reclaimed.
type Snapshot struct {
	s      *Store
	v      *view
	txn    *kv.Txn
	blocks block.Reader
	closed atomic.Bool
	budget Budget     // of looking back; nil: none
	fresh  [16]uint64 // per tag, numbers from here on are in no quad; zero: not known
}

// reader returns a snapshot of v that reads in txn.
func (s *Store) reader(v *view, txn *kv.Txn) *Snapshot {
	get := func(number uint64) ([]byte, error) { return txn.Get(key64(keyBlock, number)) }
	return &Snapshot{s: s, v: v, txn: txn, blocks: block.Reader{Get: get, Blocks: s.blocks, Patches: s.patches}}
}

// Close gives the snapshot back. Scans of it must not be used afterwards.
func (sn *Snapshot) Close() {
	if sn.closed.CompareAndSwap(false, true) {
		sn.txn.Discard()
		sn.s.unpin(sn.v.ts)
		if sn.budget != nil {
			sn.budget.Close()
		}
	}
}

// Seq returns the sequence number of the newest commit the snapshot contains.
func (sn *Snapshot) Seq() uint64 { return sn.v.seq }

// Time returns the time of that commit.
func (sn *Snapshot) Time() time.Time { return sn.v.time }

// Stats returns the statistics of the snapshot.
func (sn *Snapshot) Stats() *Stats { return sn.v.stats.get(sn.v) }

// Graphs yields every graph that holds a quad, in the order of IDs.
func (sn *Snapshot) Graphs() iter.Seq2[ID, error] {
	return sn.leading(GSPO, block.Key{}, 0)
}

// leading yields the distinct values of position n of an order among the quads
// whose first n positions are those of prefix.
func (sn *Snapshot) leading(o Order, prefix block.Key, n int) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		sc := sn.cursor(o, prefix, n, 1<<n, true)
		defer sc.Close()
		for {
			if sc.At >= sc.N {
				ok, err := sc.More()
				if err != nil {
					yield(0, err)
				}
				if !ok {
					return
				}
			}
			id := sc.Rows[n][sc.At]
			if !yield(id, nil) {
				return
			}
			next := prefix
			next[n] = id + 1
			if err := sc.Seek(next); err != nil {
				yield(0, err)
				return
			}
		}
	}
}
