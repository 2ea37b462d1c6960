package dict

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"

	"fincat/store/block"
	"fincat/store/ids"
)

// Shape is that of the terms order. Its blocks are smaller than those of
// quads, because terms are looked up one by one, and at random places.
func Shape() block.Shape { return block.Shape{Rows: 512, Changes: 128, Patches: 8} }

// hashes lead from a term's hash to its ID, as far as the base has it.
type hashes struct {
	base   atomic.Pointer[Base]
	filter atomic.Pointer[termFilter] // of the base, while a large commit gathers
	blocks block.Reader               // of the terms order
}

// find looks a hash up in the terms order.
func (x *hashes) find(h Hash) (ids.ID, bool, error) {
	if f := x.filter.Load(); f != nil && !f.may(h) {
		return 0, false, nil
	}
	for {
		b := x.base.Load()
		id, ok, err := x.findIn(b, h)
		if err == nil || x.base.Load() == b { // blocks that a new base replaces are deleted
			return id, ok, err
		}
	}
}

func (x *hashes) findIn(b *Base, h Hash) (ids.ID, bool, error) {
	if len(b.Hashes.Blocks) == 0 {
		return 0, false, nil
	}
	k := block.Key{ids.ID(h.Hi), ids.ID(h.Lo), math.MaxUint64, math.MaxUint64}
	l, err := x.blocks.Load(&b.Hashes.Blocks[findHash(b.Hashes, &k)])
	if err != nil {
		return 0, false, err
	}
	return findEntry(l, &k)
}

// LoadBlock fetches a block of the terms order for passing over it once.
func (d *Terms) LoadBlock(ref *block.Ref) (*block.Loaded, error) {
	l, _, err := d.hashes.blocks.LoadOnce(ref, nil)
	return l, err
}

// findHash returns the block of the terms order whose range contains k. Hashes are
// spread evenly, so that the search begins where the hash should be.
func findHash(x *block.Index, k *block.Key) int {
	n := len(x.Blocks)
	guess, _ := bits.Mul64(uint64(k[0]), uint64(n))
	lo, hi, step := int(guess), int(guess)+1, 1
	for lo > 0 && k.Less(&x.Blocks[lo].First) {
		hi = lo
		lo = max(lo-step, 0)
		step *= 2
	}
	for hi < n && !k.Less(&x.Blocks[hi].First) {
		lo = hi
		hi = min(hi+step, n)
		step *= 2
	}
	for lo+1 < hi { // the block is in [lo, hi)
		if mid := (lo + hi) / 2; k.Less(&x.Blocks[mid].First) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return lo
}

// findEntry returns the ID of the entry that has the hash of k, which is above
// all entries of that hash.
func findEntry(l *block.Loaded, k *block.Key) (ids.ID, bool, error) {
	var gone ids.ID // what the patch takes away: a hash has one entry at a time
	for i := block.LowerBound(l.Patch, k); i > 0; i-- {
		e := &l.Patch[i-1]
		if e.Key[0] != k[0] || e.Key[1] != k[1] {
			break
		}
		if e.Add {
			return hashKeyID(e.Key[2]), true, nil
		}
		gone = e.Key[2]
	}
	if l.Block == nil || gone != 0 {
		return 0, false, nil
	}
	var buf, other [block.SegmentRows]ids.ID
	seg := l.Block.Find(k)
	col, err := l.Block.Column(buf[:], seg, 0)
	if err != nil {
		return 0, false, err
	}
	at, ok := slices.BinarySearch(col, k[0])
	for ; ok && at < len(col) && col[at] == k[0]; at++ {
		low, err := l.Block.Column(other[:], seg, 1)
		if err != nil {
			return 0, false, err
		}
		if low[at] == k[1] {
			numbers, err := l.Block.Column(other[:], seg, 2)
			if err != nil {
				return 0, false, err
			}
			return hashKeyID(numbers[at]), true, nil
		}
	}
	return 0, false, nil
}

// Changes are the entries of new terms for the terms order.
func Changes(terms []Fresh) []block.Change {
	cs := make([]block.Change, len(terms))
	for i := range terms {
		cs[i] = block.Change{Key: hashKey(terms[i].hash, terms[i].id), Add: true}
	}
	slices.SortFunc(cs, func(a, b block.Change) int { return block.CompareKeys(a.Key, b.Key) })
	return cs
}

// StoreTail writes blocks of terms, together with what they held before.
func (d *Terms) StoreTail(ctx context.Context, set setter, terms []Fresh) error {
	order := make([]uint32, 0, len(terms)) // by ID; the terms themselves would take much memory twice
	for i := range terms {
		if !terms[i].adopted {
			order = append(order, uint32(i))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return ids.Compare(terms[a].id, terms[b].id) })
	next := d.hashes.base.Load().Next
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		least := terms[order[0]].id
		t, block := least.Tag(), least.Payload()/termBlock
		first, n := ids.New(t, block*termBlock), 1
		for n < len(order) && terms[order[n]].id < first+termBlock {
			n++
		}
		var out []string
		if block*termBlock < next[t] { // numbers from next on are not of the base
			old, err := d.texts.readTerms(t, block)
			if err != nil {
				return err
			}
			out = slices.Clone(old[:min(uint64(len(old)), next[t]-block*termBlock)])
		}
		if at := int(terms[order[n-1]].id - first); at >= len(out) {
			out = append(out, make([]string, at+1-len(out))...)
		}
		for _, i := range order[:n] {
			e := &terms[i]
			text, err := d.texts.packed(set, e.id, e.text)
			if err != nil {
				return err
			}
			out[e.id-first] = text
		}
		data, err := d.texts.codec.encode(out)
		if err == nil {
			err = set(dictKey(t, block), data)
		}
		if err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

// DropAfter deletes the terms that were written for a base which did not come
// about; next is the numbering of the present one.
func (d *Terms) DropAfter(ctx context.Context, next [ids.TagLimit]uint64, set setter) error {
	for _, t := range ids.DictionaryTags {
		if at := next[t] % termBlock; at > 0 {
			terms, err := d.texts.readTerms(t, next[t]/termBlock)
			if err == nil && uint64(len(terms)) > at {
				var data []byte
				if data, err = d.texts.codec.encode(terms[:at]); err == nil {
					err = set(dictKey(t, next[t]/termBlock), data)
				}
			}
			if err != nil {
				return err
			}
		}
		for k, err := range d.db.Keys([]byte{keyDict, byte(t)}, dictKey(t, roundUp(next[t])/termBlock)) {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if err := set(k, nil); err != nil {
				return err
			}
		}
		for k, err := range d.db.Keys([]byte{keyLong}, longKey(ids.New(t, next[t]), 0)[:9]) {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if len(k) != 13 || ids.ID(binary.BigEndian.Uint64(k[1:])).Tag() != t {
				break
			}
			if err := set(k, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
