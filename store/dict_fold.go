package store

import "context"

// tailLimit is how many bytes of new terms are kept in memory before they are
// folded.
const tailLimit = 64 << 20

// lows returns the numbers from which on terms are only in memory.
func (d *dict) lows() [tagLimit]uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	low := d.low
	low[tagBlank] = d.next[tagBlank]
	return low
}

func (d *dict) tailFull() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tailBytes > tailLimit
}

// store writes the hash keys and blocks of new terms.
func (d *dict) store(ctx context.Context, set setter, n newTerms) error {
	for _, t := range dictTags {
		for i, text := range n.text[t] {
			id := makeID(t, n.from[t]+uint64(i))
			if err := set(termKey(d.hash(t, text)), termValue(id)); err != nil {
				return err
			}
		}
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
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range dictTags {
		k := len(n.text[t])
		for _, text := range n.text[t] {
			delete(d.ids, d.hash(t, text))
			d.tailBytes -= len(text) + termOverhead
		}
		d.tail[t] = append([]string(nil), d.tail[t][k:]...)
		d.low[t] += uint64(k)
	}
}
