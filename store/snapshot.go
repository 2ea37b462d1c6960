package store

import (
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Snapshot is one unchanging state of a store. Writers neither wait for it nor
// change it. It may be used by several goroutines and must be closed; hold it
// only as long as a query, since what it sees cannot be reclaimed.
type Snapshot struct {
	s      *Store
	v      *view
	txn    *badger.Txn
	closed atomic.Bool
	fresh  [16]uint64 // per tag, numbers from here on are in no quad; zero: not known
}

// Close gives the snapshot back. Scans of it must not be used afterwards.
func (sn *Snapshot) Close() {
	if sn.closed.CompareAndSwap(false, true) {
		sn.txn.Discard()
		sn.s.unpin(sn.v.ts)
	}
}

// Seq returns the sequence number of the newest commit the snapshot contains.
func (sn *Snapshot) Seq() uint64 { return sn.v.seq }

// Time returns the time of that commit.
func (sn *Snapshot) Time() time.Time { return sn.v.time }

// Stats returns the statistics of the snapshot.
func (sn *Snapshot) Stats() *Stats { return sn.v.stats.get(sn.v) }

// loaded is a block ready for reading: its rows and the changes waiting for it.
type loaded struct {
	block *block // nil when it has no rows of its own
	patch []change
}

func (l *loaded) size() int {
	n := 64 + 48*len(l.patch)
	if l.block != nil {
		n += len(l.block.data) + 40*len(l.block.firsts)
	}
	return n
}

// load fetches a block through the cache.
func (sn *Snapshot) load(ref *blockRef) (*loaded, error) {
	if l, ok := sn.s.blocks.get(ref.version()); ok {
		return l, nil
	}
	l := &loaded{}
	if err := l.readWith(sn.txn, ref, sn.s.patches); err != nil {
		return nil, err
	}
	sn.s.blocks.put(ref.version(), l, l.size())
	return l, nil
}

// loadOnce fetches a block for passing over it once: it does not push others
// out of the cache, and when the cache is full it uses the memory of old, which
// may be nil, again.
func (sn *Snapshot) loadOnce(ref *blockRef, old *loaded) (l, own *loaded, err error) {
	if l, ok := sn.s.blocks.get(ref.version()); ok {
		return l, old, nil
	}
	if old == nil {
		old = &loaded{}
	}
	if err := old.readWith(sn.txn, ref, sn.s.patches); err != nil {
		return nil, nil, err
	}
	if sn.s.blocks.putIfRoom(ref.version(), old, old.size()) {
		return old, nil, nil
	}
	return old, old, nil
}

// read reads a block and its patches, into the memory l has.
func (l *loaded) read(txn *badger.Txn, ref *blockRef) error { return l.readWith(txn, ref, nil) }

// readWith is read with a cache of encoded patches.
func (l *loaded) readWith(txn *badger.Txn, ref *blockRef, patches *cache[[]byte]) error {
	l.patch = nil
	var b *block
	if ref.id != 0 {
		if b = l.block; b == nil {
			b = &block{}
		}
		data, err := get(txn, key64(keyBlock, ref.id))
		if err != nil {
			return err
		}
		if err := b.parse(data); err != nil {
			return fmt.Errorf("block %d: %w", ref.id, err)
		}
		if b.rows != int(ref.rows) {
			return corrupt(fmt.Sprintf("block %d has %d rows, not %d", ref.id, b.rows, ref.rows))
		}
	}
	l.block = b
	for _, p := range ref.patches {
		data, err := readPatch(txn, p.id, patches)
		if err != nil {
			return err
		}
		cs, err := decodePatch(data)
		if err != nil {
			return fmt.Errorf("patch %d: %w", p.id, err)
		}
		if l.patch == nil {
			l.patch = cs
		} else {
			l.patch = mergeChanges(make([]change, 0, len(l.patch)+len(cs)), l.patch, cs)
		}
	}
	accumulate(l.patch)
	return nil
}

func readPatch(txn *badger.Txn, id uint64, patches *cache[[]byte]) ([]byte, error) {
	if patches == nil {
		return get(txn, key64(keyBlock, id))
	}
	if data, ok := patches.get(id); ok {
		return data, nil
	}
	data, err := get(txn, key64(keyBlock, id))
	if err == nil && data != nil {
		patches.put(id, data, len(data)+64)
	}
	return data, err
}

// Graphs yields every graph that holds a quad, in the order of IDs.
func (sn *Snapshot) Graphs() iter.Seq2[ID, error] {
	return sn.leading(GSPO, key{}, 0)
}

// leading yields the distinct values of position n of an order among the quads
// whose first n positions are those of prefix.
func (sn *Snapshot) leading(o Order, prefix key, n int) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		sc := sn.scanKeys(o, prefix, n, 1<<n, true)
		defer sc.Close()
		for {
			if sc.at >= sc.n {
				ok, err := sc.more()
				if err != nil {
					yield(0, err)
				}
				if !ok {
					return
				}
			}
			id := sc.rows[n][sc.at]
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
