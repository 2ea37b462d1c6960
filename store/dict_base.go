package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// The terms order lists the hashes of all terms with their IDs. Its blocks,
// patches and list of blocks are those of the quads' orders; they are smaller,
// because terms are looked up one by one, and at random places.
const (
	termsOrder Order = orders
	lists            = orders + 1
	termRows         = 512
)

func termShape() foldShape { return foldShape{rows: termRows, changes: 128, patches: 8} }

// findInBase looks a hash up in the terms order.
func (d *dict) findInBase(h termHash) (ID, bool, error) {
	if f := d.filter.Load(); f != nil && !f.may(h) {
		return 0, false, nil
	}
	for {
		b := d.base.Load()
		id, ok, err := d.findIn(b, h)
		if err == nil || d.base.Load() == b { // blocks that a new base replaces are deleted
			return id, ok, err
		}
	}
}

func (d *dict) findIn(b *dictBase, h termHash) (ID, bool, error) {
	if len(b.terms.blocks) == 0 {
		return 0, false, nil
	}
	k := key{ID(h.Hi), ID(h.Lo), math.MaxUint64, math.MaxUint64}
	ref := &b.terms.blocks[b.terms.findHash(&k)]
	l, ok := d.blocks.get(ref.version())
	if !ok {
		l = &loaded{}
		txn := d.db.NewTransactionAt(math.MaxUint64, false)
		defer txn.Discard()
		if err := l.read(txn, ref); err != nil {
			return 0, false, err
		}
		d.blocks.put(ref.version(), l, l.size())
	}
	return l.findHash(&k)
}

// findHash is find for hashes: being spread evenly, they say themselves about
// where their block is.
func (x *index) findHash(k *key) int {
	n := len(x.blocks)
	guess, _ := bits.Mul64(uint64(k[0]), uint64(n))
	lo, hi, step := int(guess), int(guess)+1, 1
	for lo > 0 && k.less(&x.blocks[lo].first) {
		hi = lo
		lo = max(lo-step, 0)
		step *= 2
	}
	for hi < n && !k.less(&x.blocks[hi].first) {
		lo = hi
		hi = min(hi+step, n)
		step *= 2
	}
	for lo+1 < hi { // the block is in [lo, hi)
		if mid := (lo + hi) / 2; k.less(&x.blocks[mid].first) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return lo
}

// findHash returns the ID of the entry that has the hash of k, which is above
// all entries of that hash.
func (l *loaded) findHash(k *key) (ID, bool, error) {
	if i := lowerBound(l.patch, k); i > 0 {
		if e := &l.patch[i-1].key; e[0] == k[0] && e[1] == k[1] {
			return hashKeyID(e[2]), true, nil
		}
	}
	if l.block == nil {
		return 0, false, nil
	}
	var buf [segmentRows]ID
	seg := l.block.find(k)
	col, err := l.block.column(buf[:], seg, 0)
	if err != nil {
		return 0, false, err
	}
	at, ok := slices.BinarySearch(col, k[0])
	for ; ok && at < len(col) && col[at] == k[0]; at++ {
		var c columns
		if err := l.block.decode(&c, seg, seg+1, 15); err != nil {
			return 0, false, err
		}
		if c[1][at] == k[1] {
			return hashKeyID(c[2][at]), true, nil
		}
	}
	return 0, false, nil
}

// termChanges are the entries of new terms for the terms order.
func termChanges(terms []newTerm) []change {
	cs := make([]change, len(terms))
	for i := range terms {
		cs[i] = change{key: hashKey(terms[i].hash, terms[i].id), add: true}
	}
	slices.SortFunc(cs, func(a, b change) int { return compareKeys(a.key, b.key) })
	return cs
}

// foldTerms writes the dictionary of a new base: the tail's blocks, and the
// terms order with the changes of src.
func (s *Store) foldTerms(ctx context.Context, w *batch, nb *newBase, old *base, src changeSource) error {
	if err := s.dict.storeTail(ctx, w.put, nb.tail.terms); err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	f := &folder{foldShape: termShape(), order: termsOrder, id: s.ids.next, set: w.put, renew: s.renewals.add,
		load: func(ref *blockRef) (*loaded, error) {
			if l, ok := s.blocks.get(ref.version()); ok {
				return l, nil
			}
			txn := s.db.NewTransactionAt(math.MaxUint64, false)
			defer txn.Discard()
			l := &loaded{}
			return l, l.read(txn, ref)
		}}
	if err := f.fold(ctx, &old.index[termsOrder], src); err != nil {
		return err
	}
	nb.base.index[termsOrder] = newIndex(f.blocks)
	nb.addGarbage(f.garbage)
	return nil
}

// storeTail writes blocks of terms, together with what they held before.
func (d *dict) storeTail(ctx context.Context, set setter, terms []newTerm) error {
	terms = slices.DeleteFunc(slices.Clone(terms), func(n newTerm) bool { return n.adopted })
	slices.SortFunc(terms, func(a, b newTerm) int { return compareIDs(a.id, b.id) })
	next := d.base.Load().next
	for len(terms) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, block := terms[0].id.tag(), terms[0].id.payload()/termBlock
		first, n := makeID(t, block*termBlock), 1
		for n < len(terms) && terms[n].id < first+termBlock {
			n++
		}
		var out []string
		if block*termBlock < next[t] { // numbers from next on are not of the base
			old, err := d.readTerms(t, block)
			if err != nil {
				return err
			}
			out = slices.Clone(old[:min(uint64(len(old)), next[t]-block*termBlock)])
		}
		if at := int(terms[n-1].id - first); at >= len(out) {
			out = append(out, make([]string, at+1-len(out))...)
		}
		for _, e := range terms[:n] {
			text, err := d.packed(set, e.id, e.text)
			if err != nil {
				return err
			}
			out[e.id-first] = text
		}
		data, err := d.codec.encode(out)
		if err == nil {
			err = set(dictKey(t, block), data)
		}
		if err != nil {
			return err
		}
		terms = terms[n:]
	}
	return nil
}

// dropTerms deletes the terms that were written for a base which did not come
// about; next is the numbering of the present one.
func (s *Store) dropTerms(ctx context.Context, next [tagLimit]uint64) error {
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	for _, t := range dictTags {
		if at := next[t] % termBlock; at > 0 {
			terms, err := s.dict.readTerms(t, next[t]/termBlock)
			if err == nil && uint64(len(terms)) > at {
				var data []byte
				if data, err = s.dict.codec.encode(terms[:at]); err == nil {
					err = w.put(dictKey(t, next[t]/termBlock), data)
				}
			}
			if err != nil {
				return err
			}
		}
		drop := func(k, _ []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return w.put(slices.Clone(k), nil)
		}
		if err := each(txn, []byte{keyDict, byte(t)}, dictKey(t, roundUp(next[t])/termBlock), false, drop); err != nil {
			return err
		}
		long := binary.BigEndian.AppendUint64([]byte{keyLong}, uint64(makeID(t, next[t])))
		if err := each(txn, []byte{keyLong}, long, false, func(k, v []byte) error {
			if len(k) != 13 || ID(binary.BigEndian.Uint64(k[1:])).tag() != t {
				return errStop
			}
			return drop(k, v)
		}); err != nil {
			return err
		}
	}
	return w.flush()
}
