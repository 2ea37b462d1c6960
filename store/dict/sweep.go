package dict

import (
	"context"
	"encoding/binary"

	"fincat/store/block"
	"fincat/store/ids"
)

// Set is a set of numbers of the dictionary, a bit for each.
type Set struct {
	bits [ids.TagLimit][]uint64
	n    uint64
}

// NewSet returns an empty set for the numbers below next. It takes a bit for each of them.
func NewSet(next [ids.TagLimit]uint64) *Set {
	s := &Set{}
	for _, t := range ids.DictionaryTags {
		s.bits[t] = make([]uint64, roundUp(next[t])/64)
	}
	return s
}

// Len returns how many numbers are in the set; a nil set has none.
func (s *Set) Len() uint64 {
	if s == nil {
		return 0
	}
	return s.n
}

// Has reports whether a number is in the set; a nil set has none.
func (s *Set) Has(id ids.ID) bool {
	if s == nil || !id.Tag().InDictionary() {
		return false
	}
	w, bits := id.Payload()/64, s.bits[id.Tag()]
	return w < uint64(len(bits)) && bits[w]&(1<<(id.Payload()%64)) != 0
}

// Add puts an ID into the set, and reports whether it was not there. What is no
// number of the dictionary, or not below what the set was made for, is left out.
func (s *Set) Add(id ids.ID) bool {
	if !id.Tag().InDictionary() || s.Has(id) {
		return false
	}
	w, bits := id.Payload()/64, s.bits[id.Tag()]
	if w >= uint64(len(bits)) {
		return false
	}
	bits[w] |= 1 << (id.Payload() % 64)
	s.n++
	return true
}

// Encode returns the bytes that [DecodeSet] reads: for each tag its number, how many
// runs of numbers there are, and for each run its distance from the one before and its
// length.
func (s *Set) Encode() (b []byte) {
	for _, t := range ids.DictionaryTags {
		var runs []byte
		n, end := uint64(0), uint64(0)
		limit := uint64(len(s.bits[t])) * 64
		for i := uint64(0); i < limit; i++ {
			if i%64 == 0 && s.bits[t][i/64] == 0 {
				i += 63
				continue
			}
			if !s.Has(ids.New(t, i)) {
				continue
			}
			first := i
			for i < limit && s.Has(ids.New(t, i)) {
				i++
			}
			runs = binary.AppendUvarint(binary.AppendUvarint(runs, first-end), i-first)
			n, end = n+1, i
		}
		if n > 0 {
			b = append(binary.AppendUvarint(append(b, byte(t)), n), runs...)
		}
	}
	return b
}

// DecodeSet reads what [Set.Encode] wrote of numbers below next.
func DecodeSet(data []byte, next [ids.TagLimit]uint64) (*Set, error) {
	s := NewSet(next)
	bad := block.Corrupt("set of term numbers")
	for len(data) > 0 {
		t := ids.Tag(data[0])
		r := block.Decoder{B: data[1:]}
		at := uint64(0)
		for n := r.Uvarint(); n > 0; n-- {
			gap, length := r.Uvarint(), r.Uvarint()
			if r.Bad || !t.InDictionary() || gap > next[t]-at || length > next[t]-at-gap {
				return nil, bad
			}
			for at += gap; length > 0; length-- {
				s.Add(ids.New(t, at))
				at++
			}
		}
		if r.Bad {
			return nil, bad
		}
		data = r.B
	}
	return s, nil
}

// Sweep finds the terms that nothing uses and takes them away. The store keeps everybody
// else from using them meanwhile.
type Sweep struct{ Terms *Terms }

// eachBlock visits the blocks of the base that have terms.
func (w Sweep) eachBlock(ctx context.Context, t ids.Tag, visit func(first ids.ID, terms []string) error) error {
	next := w.Terms.hashes.base.Load().Next[t]
	for at := uint64(0); at < next; at += termBlock {
		if err := ctx.Err(); err != nil {
			return err
		}
		terms, err := w.Terms.texts.readTerms(t, at/termBlock)
		if err == nil && terms != nil {
			err = visit(ids.New(t, at), terms[:min(uint64(len(terms)), next-at)])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AddParts adds to a set the parts of the triple terms in it, and theirs.
func (w Sweep) AddParts(ctx context.Context, used *Set) error {
	for more := true; more; { // a part may be a triple term whose number is higher
		more = false
		err := w.eachBlock(ctx, ids.TagTriple, func(first ids.ID, terms []string) error {
			for i, text := range terms {
				if len(text) != 24 || !used.Has(first+ids.ID(i)) {
					continue
				}
				for p := range 3 {
					part := ids.ID(binary.BigEndian.Uint64([]byte(text[8*p : 8*p+8])))
					if used.Add(part) && part.Tag() == ids.TagTriple {
						more = true
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Unused returns the numbers of the terms of the base that are not in used, and gives
// their entries in the terms order to entry.
func (w Sweep) Unused(ctx context.Context, used *Set, entry func(block.Key) error) (*Set, error) {
	unused := NewSet(w.Terms.hashes.base.Load().Next)
	for _, t := range ids.DictionaryTags {
		err := w.eachBlock(ctx, t, func(first ids.ID, terms []string) error {
			for i, text := range terms {
				id := first + ids.ID(i)
				if text == "" || used.Has(id) {
					continue
				}
				text, err := w.Terms.texts.long(id, text)
				if err != nil {
					return err
				}
				unused.Add(id)
				h := w.Terms.hash(t, []byte(text))
				got, ok, err := w.Terms.hashes.find(h)
				if err == nil && ok && got == id { // if not, its erasing was interrupted
					err = entry(hashKey(h, id))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return unused, nil
}

// Erase takes the texts of a set of numbers, which no entry of the terms order has any
// more, out of the blocks of terms. A block without terms is deleted. What has been erased
// before does not matter.
func (w Sweep) Erase(ctx context.Context, unused *Set, set setter) error {
	for _, t := range ids.DictionaryTags {
		for at := 0; at < len(unused.bits[t]); at += termBlock / 64 {
			if unused.bits[t][at]|unused.bits[t][at+1] == 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.eraseBlock(t, uint64(at)*64/termBlock, unused, set); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w Sweep) eraseBlock(t ids.Tag, number uint64, unused *Set, set setter) error {
	terms, err := w.Terms.texts.readTerms(t, number)
	if err != nil || terms == nil {
		return err
	}
	left := false
	for i, text := range terms {
		id := ids.New(t, number*termBlock+uint64(i))
		if !unused.Has(id) || text == "" {
			left = left || text != ""
			continue
		}
		if err := w.Terms.texts.eraseLong(id, text, set); err != nil {
			return err
		}
		terms[i] = ""
	}
	if !left {
		return set(dictKey(t, number), nil)
	}
	data, err := w.Terms.texts.codec.encode(terms)
	if err != nil {
		return err
	}
	return set(dictKey(t, number), data)
}

// eraseLong deletes the parts of a long term.
func (x *texts) eraseLong(id ids.ID, text string, set setter) error {
	parts, err := longParts(id, text)
	for i := range parts {
		if err = set(longKey(id, i), nil); err != nil {
			break
		}
	}
	return err
}
