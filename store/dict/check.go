package dict

import (
	"context"
	"fmt"

	"fincat/store/ids"
)

// Check follows every term to its number and back, but for those that are still to be
// erased.
func (d *Terms) Check(
	ctx context.Context,
	erase *Set,
	fault func(where, what string, args ...any),
) (count uint64, err error) {
	b := d.hashes.base.Load()
	for _, t := range ids.DictionaryTags {
		for block := uint64(0); block*termBlock < b.Next[t]; block++ {
			if err := ctx.Err(); err != nil {
				return count, err
			}
			where := fmt.Sprintf("dictionary %d block %d", t, block)
			terms, err := d.texts.readTerms(t, block)
			if err != nil {
				fault(where, "%v", err)
				continue
			}
			terms = terms[:min(uint64(len(terms)), b.Next[t]-block*termBlock)]
			for i := range terms {
				if erase.Has(ids.New(t, block*termBlock+uint64(i))) {
					terms[i] = ""
				}
			}
			count += checkTerms(d, fault, where, ids.New(t, block*termBlock), terms)
		}
	}
	if n := b.Hashes.Quads(); n != count {
		fault("dictionary", "has %d terms, the list of hashes has %d", count, n)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	count += uint64(len(d.tail.terms))
	for i := range d.tail.terms {
		n := &d.tail.terms[i]
		if id := d.tail.ids[n.hash]; id != n.id || n.hash != d.hash(n.id.Tag(), []byte(n.text)) ||
			d.tail.text(id) != n.text {
			fault("dictionary", "term %#x in memory has ID %#x", uint64(n.id), uint64(id))
		}
	}
	return count, nil
}

// checkTerms follows the terms of a block, and returns how many there are: numbers
// may have none.
func checkTerms(
	d *Terms,
	fault func(string, string, ...any),
	where string,
	first ids.ID,
	terms []string,
) (count uint64) {
	for i, text := range terms {
		if text == "" {
			continue
		}
		count++
		id := first + ids.ID(i)
		text, err := d.texts.long(id, text)
		if err == nil {
			_, err = decodeTerm(id.Tag(), text, d.Term)
		}
		if err != nil {
			fault(where, "term %d: %v", i, err)
			continue
		}
		got, ok, err := d.hashes.find(d.hash(id.Tag(), []byte(text)))
		if err != nil || !ok || got != id {
			fault(where, "term %d is found under %#x (%v, %v)", i, uint64(got), ok, err)
		}
	}
	return count
}
