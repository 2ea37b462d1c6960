package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// tailLimit is how many bytes of new terms are kept in memory before they are
// written.
const tailLimit = 64 << 20

// start sets the numbering of a dictionary that is being opened: terms may have
// been written after the root was.
func (d *dict) start(txn *badger.Txn, next [tagLimit]uint64) error {
	d.next = next
	data, err := get(txn, []byte{keyNumbers})
	if err != nil {
		return err
	}
	if data != nil {
		r := reader{b: data}
		for t := range d.next {
			d.next[t] = max(d.next[t], r.uvarint())
		}
		if r.bad {
			return corrupt("numbers of the dictionary")
		}
	}
	d.low = d.next
	d.low[tagBlank] = 0
	return nil
}

// dropStale deletes the hash keys of terms whose writing was interrupted: their
// numbers will be given to other terms.
func (s *Store) dropStale(ctx context.Context, txn *badger.Txn) error {
	if v, err := get(txn, []byte{keyWriting}); v == nil || err != nil {
		return err
	}
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	err := each(txn, []byte{keyTerm}, nil, true, func(k, v []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := decodeTermValue(v)
		if err != nil || id.payload() < s.dict.low[id.tag()] {
			return err
		}
		return w.put(append([]byte(nil), k...), nil)
	})
	if err == nil {
		err = w.put([]byte{keyWriting}, nil)
	}
	if err == nil {
		err = w.flush()
	}
	return err
}

func (d *dict) tailFull() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tailBytes > tailLimit
}

// writeTail moves the tail into Badger: hash keys and blocks, then, when those
// are safe, up to where the dictionary reaches. Terms that no commit uses do no
// harm, so this needs no part in any commit.
func (s *Store) writeTail(ctx context.Context) error {
	d := s.dict
	d.flushing.Lock()
	defer d.flushing.Unlock()
	n := d.since([tagLimit]uint64{})
	if n.empty() {
		return nil
	}
	err := s.writeOnce(s.ts.next(), []kv{{[]byte{keyWriting}, []byte{1}}})
	if err == nil {
		err = s.sync()
	}
	if err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	if err := d.store(ctx, w.put, n); err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	if err := s.sync(); err != nil {
		return err
	}
	var b []byte
	for t := range n.next {
		if !tag(t).inDictionary() {
			n.next[t] = 0
		}
		b = binary.AppendUvarint(b, n.next[t])
	}
	if err := s.writeOnce(s.ts.next(), []kv{{[]byte{keyNumbers}, b}, {[]byte{keyWriting}, nil}}); err != nil {
		return fmt.Errorf("write numbers of the dictionary: %w", err)
	}
	if err := s.sync(); err != nil {
		return err
	}
	d.advance(n)
	return nil
}

// written returns up to where the dictionary is in Badger, and the number of
// the next blank node.
func (d *dict) written() [tagLimit]uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	n := d.low
	n[tagBlank] = d.next[tagBlank]
	return n
}

func (n *newTerms) empty() bool {
	for _, text := range n.text {
		if len(text) > 0 {
			return false
		}
	}
	return true
}

// store writes the hash keys and blocks of new terms.
func (d *dict) store(ctx context.Context, set setter, n newTerms) error {
	type hashed struct {
		h  termHash
		id ID
	}
	var all []hashed
	for _, t := range dictTags {
		for i, text := range n.text[t] {
			all = append(all, hashed{d.hash(t, []byte(text)), makeID(t, n.from[t]+uint64(i))})
		}
	}
	// Badger takes keys in sequence far more quickly.
	slices.SortFunc(all, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.h.Hi, b.h.Hi), cmp.Compare(a.h.Lo, b.h.Lo))
	})
	for _, e := range all {
		if err := set(termKey(e.h), termValue(e.id)); err != nil {
			return err
		}
	}
	for _, t := range dictTags {
		if err := d.storeBlocks(ctx, set, t, n.from[t], n.text[t]); err != nil {
			return err
		}
	}
	return nil
}

// storeBlocks writes terms numbered from from on; the first block may already
// hold some.
func (d *dict) storeBlocks(ctx context.Context, set setter, t tag, from uint64, terms []string) error {
	for len(terms) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		block, at := from/termBlock, int(from%termBlock)
		n := min(termBlock-at, len(terms))
		var err error
		if at == 0 {
			err = d.packBlock(set, t, block, terms[:n], 0)
		} else {
			var old []string
			if old, err = d.termBlock(t, block, at-1); err == nil {
				err = d.packBlock(set, t, block, append(append([]string(nil), old[:at]...), terms[:n]...), at)
			}
		}
		if err != nil {
			return err
		}
		from, terms = from+uint64(n), terms[n:]
	}
	return nil
}

// advance forgets the terms that are now in Badger.
func (d *dict) advance(n newTerms) {
	hashes := make([]termHash, 0, 1024)
	for _, t := range dictTags {
		for _, text := range n.text[t] {
			hashes = append(hashes, d.hash(t, []byte(text)))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range hashes {
		delete(d.ids, h)
	}
	for _, t := range dictTags {
		k := len(n.text[t])
		for _, text := range n.text[t] {
			d.tailBytes -= len(text) + termOverhead
		}
		d.tail[t] = append([]string(nil), d.tail[t][k:]...)
		d.low[t] += uint64(k)
	}
	if len(d.ids) == 0 {
		d.ids = make(map[termHash]ID) // a map keeps the memory of its largest size
	}
}

// idTable keeps the IDs of a load's terms after they have left the tail, so
// that Badger need not be asked for every term. It is complete as long as it
// holds every term of the dictionary.
type idTable struct {
	shards   [64]idShard
	complete atomic.Bool
	left     atomic.Int64 // terms it may still take
}

type idShard struct {
	mu sync.RWMutex
	m  map[termHash]ID
}

// idTableTerm is about what a term costs in the table.
const idTableTerm = 64

func newIDTable(bytes int64, complete bool) *idTable {
	t := &idTable{}
	for i := range t.shards {
		t.shards[i].m = make(map[termHash]ID)
	}
	t.complete.Store(complete)
	t.left.Store(bytes / idTableTerm)
	return t
}

func (t *idTable) get(h termHash) (ID, bool) {
	s := &t.shards[h.Hi>>58]
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, ok := s.m[h]
	return id, ok
}

func (t *idTable) put(h termHash, id ID) {
	if t.left.Add(-1) < 0 {
		t.complete.Store(false)
		return
	}
	s := &t.shards[h.Hi>>58]
	s.mu.Lock()
	s.m[h] = id
	s.mu.Unlock()
}
