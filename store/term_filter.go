package store

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
)

// termFilter is a Bloom filter of the terms in the base, in blocks of one cache
// line. While a large commit numbers its terms, most of which are new, it spares
// looking for them in the base, which is as many reads of blocks at random
// places. It is there only as long as a large commit gathers.
type termFilter struct {
	blocks []filterBlock
	terms  uint64 // it was made for
	n      atomic.Uint64
}

type filterBlock [8]atomic.Uint64

const (
	filterBits  = 12       // per term: 0.6 % of the new terms are looked for in vain
	filterFrom  = 50_000   // terms in one fold that tell of a large commit
	filterTerms = 32 << 20 // the most terms it is made for: 48 MiB
)

func newTermFilter(terms uint64) *termFilter {
	return &termFilter{blocks: make([]filterBlock, terms*filterBits/512+1), terms: terms}
}

// each calls f with the words and bits of a hash until it returns false.
func (f *termFilter) each(h termHash, visit func(word *atomic.Uint64, bit uint64) bool) bool {
	b := &f.blocks[h.Lo%uint64(len(f.blocks))]
	for bits, i := h.Hi, 0; i < 7; i++ {
		if !visit(&b[bits>>6&7], 1<<(bits&63)) {
			return false
		}
		bits >>= 9
	}
	return true
}

func (f *termFilter) add(h termHash) {
	f.n.Add(1)
	f.each(h, func(word *atomic.Uint64, bit uint64) bool { word.Or(bit); return true })
}

// may reports whether the base may have a term; if not, it has not.
func (f *termFilter) may(h termHash) bool {
	return f.each(h, func(word *atomic.Uint64, bit uint64) bool { return word.Load()&bit != 0 })
}

// filter has the dictionary use a filter while folds bring many terms, and do
// without it afterwards. s.folding is held, so that no other base is made; brought
// is how many terms the present one has brought.
func (s *Store) filter(ctx context.Context, brought int) error {
	d := s.dict
	f := d.filter.Load()
	switch all := d.base.Load().terms.quads(); {
	case brought < filterFrom/4 || all > filterTerms:
		d.filter.Store(nil)
		return nil
	case brought < filterFrom || f != nil && f.n.Load() < f.terms:
		return nil
	}
	f, err := s.makeFilter(ctx)
	if err != nil {
		return fmt.Errorf("make a filter of terms: %w", err)
	}
	d.filter.Store(f)
	if d.table.Load() != nil { // a load brings terms that the filter would not get
		d.filter.Store(nil)
	}
	return nil
}

// makeFilter reads the terms order through.
func (s *Store) makeFilter(ctx context.Context) (*termFilter, error) {
	x := s.dict.base.Load().terms
	f := newTermFilter(max(2*x.quads(), 1<<20))
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	var c columns
	for i := range x.blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var l loaded
		if err := l.read(txn, &x.blocks[i]); err != nil {
			return nil, err
		}
		for _, e := range l.patch {
			f.add(termHash{Hi: uint64(e.key[0]), Lo: uint64(e.key[1])})
		}
		if l.block == nil {
			continue
		}
		c.reset()
		if err := l.block.decode(&c, 0, l.block.segments(), 15); err != nil {
			return nil, err
		}
		for j := range l.block.rows {
			f.add(termHash{Hi: uint64(c[0][j]), Lo: uint64(c[1][j])})
		}
	}
	return f, nil
}
