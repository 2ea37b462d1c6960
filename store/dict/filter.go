package dict

import (
	"context"
	"fmt"
	"sync/atomic"

	"fincat/store/block"
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
func (f *termFilter) each(h Hash, visit func(word *atomic.Uint64, bit uint64) bool) bool {
	b := &f.blocks[h.Lo%uint64(len(f.blocks))]
	for bits, i := h.Hi, 0; i < 7; i++ {
		if !visit(&b[bits>>6&7], 1<<(bits&63)) {
			return false
		}
		bits >>= 9
	}
	return true
}

func (f *termFilter) add(h Hash) {
	f.n.Add(1)
	f.each(h, func(word *atomic.Uint64, bit uint64) bool { word.Or(bit); return true })
}

// may reports whether the base may have a term; if not, it has not.
func (f *termFilter) may(h Hash) bool {
	return f.each(h, func(word *atomic.Uint64, bit uint64) bool { return word.Load()&bit != 0 })
}

// Refilter is called after every fold, with the number of terms that it brought into
// the base. When these are many, a large commit is gathering: the dictionary gets a
// filter, or a larger one when the base has outgrown it. When they are few, the filter
// goes. No base may be made meanwhile, since the filter would lack its terms.
func (d *Terms) Refilter(ctx context.Context, brought int) error {
	f := d.hashes.filter.Load()
	switch all := d.hashes.base.Load().Hashes.Quads(); {
	case brought < filterFrom/4 || all > filterTerms:
		d.hashes.filter.Store(nil)
		return nil
	case brought < filterFrom || f != nil && f.n.Load() < f.terms:
		return nil
	}
	f, err := d.hashes.makeFilter(ctx)
	if err != nil {
		return fmt.Errorf("make a filter of terms: %w", err)
	}
	d.hashes.filter.Store(f)
	// A load may have begun while the filter was made. Its terms reach the base without
	// going through the tail, so that the filter would not get them.
	if d.table.Load() != nil {
		d.hashes.filter.Store(nil)
	}
	return nil
}

// DropFilter has the dictionary do without a filter.
func (d *Terms) DropFilter() { d.hashes.filter.Store(nil) }

// makeFilter reads the terms order through.
func (x *hashes) makeFilter(ctx context.Context) (*termFilter, error) {
	list := x.base.Load().Hashes
	f := newTermFilter(max(2*list.Quads(), 1<<20))
	var c block.Columns
	for i := range list.Blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var l block.Loaded
		if err := l.Read(x.blocks.Get, &list.Blocks[i], nil); err != nil {
			return nil, err
		}
		for _, e := range l.Patch {
			f.add(Hash{Hi: uint64(e.Key[0]), Lo: uint64(e.Key[1])})
		}
		if l.Block == nil {
			continue
		}
		c.Reset()
		if err := l.Block.Decode(&c, 0, l.Block.Segments(), 15); err != nil {
			return nil, err
		}
		for j := range l.Block.Rows {
			f.add(Hash{Hi: uint64(c[0][j]), Lo: uint64(c[1][j])})
		}
	}
	return f, nil
}
