package link

import (
	"cmp"
	"slices"
)

// An index holds the features of all records and finds those that a record is
// to be compared with.
type index struct {
	rd     *reader
	list   []*features // by number; nil where a record has gone
	free   []uint32    // numbers of those
	number map[string]uint32
	blocks blocks
	counts []uint16 // of shared pieces, for neighbours

	decided *decisions // by people
}

func newIndex(rd *reader) *index {
	return &index{
		rd: rd, number: map[string]uint32{}, blocks: blocks{at: map[uint64]uint32{}}, decided: newDecisions(),
	}
}

// blocks are lists of records by key. Most keys have one record, which takes no
// list.
type blocks struct {
	at    map[uint64]uint32 // the record, or listed and the number of a list
	lists [][]uint32
	free  []uint32
}

const inList = 1 << 31

// of returns the records that have a key; one is memory for a single one.
func (b *blocks) of(key uint64, one *[1]uint32) []uint32 {
	v, ok := b.at[key]
	switch {
	case !ok:
		return nil
	case v&inList != 0:
		return b.lists[v&^inList]
	}
	one[0] = v
	return one[:]
}

func (b *blocks) add(key uint64, n uint32) {
	v, ok := b.at[key]
	switch {
	case !ok:
		b.at[key] = n
	case v&inList != 0:
		b.lists[v&^inList] = append(b.lists[v&^inList], n)
	default:
		list := []uint32{v, n}
		if k := len(b.free); k > 0 {
			b.at[key] = inList | b.free[k-1]
			b.lists[b.free[k-1]] = list
			b.free = b.free[:k-1]
			return
		}
		b.at[key] = inList | uint32(len(b.lists))
		b.lists = append(b.lists, list)
	}
}

func (b *blocks) remove(key uint64, n uint32) {
	v, ok := b.at[key]
	switch {
	case !ok:
	case v&inList == 0:
		if v == n {
			delete(b.at, key)
		}
	default:
		l := b.lists[v&^inList]
		if i := slices.Index(l, n); i >= 0 {
			l = slices.Delete(l, i, i+1)
		}
		b.lists[v&^inList] = l
		if len(l) == 1 {
			b.at[key] = l[0]
			b.lists[v&^inList] = nil
			b.free = append(b.free, v&^inList)
		}
	}
}

// put adds a record, or replaces the one with its IRI.
func (x *index) put(r *Record) {
	x.remove(r.IRI)
	f := x.rd.features(r)
	n := uint32(len(x.list))
	if k := len(x.free); k > 0 {
		n, x.free = x.free[k-1], x.free[:k-1]
		x.list[n] = f
	} else {
		x.list = append(x.list, f)
		x.counts = append(x.counts, 0)
	}
	x.number[r.IRI] = n
	for _, k := range f.exact {
		x.blocks.add(k, n)
	}
	for _, k := range f.grams {
		x.blocks.add(k, n)
	}
}

func (x *index) remove(iri string) {
	n, ok := x.number[iri]
	if !ok {
		return
	}
	f := x.list[n]
	for _, k := range f.exact {
		x.blocks.remove(k, n)
	}
	for _, k := range f.grams {
		x.blocks.remove(k, n)
	}
	x.list[n] = nil
	x.free = append(x.free, n)
	delete(x.number, iri)
}

// shared implements pairContext.
func (x *index) shared(key uint64, a, b string) int {
	var one [1]uint32
	inA, inB := 0, 0
	for _, n := range x.blocks.of(key, &one) {
		switch x.list[n].rec.group() {
		case a:
			inA++
		case b:
			inB++
		}
		if inA > few && inB > few {
			break
		}
	}
	return max(inA, inB)
}

// neighbours returns the records with which one is to be compared: those that
// share a name, address, code or title, and those of other sources that share
// enough pieces of a title.
func (x *index) neighbours(n uint32) []uint32 {
	f := x.list[n]
	var out []uint32
	var one [1]uint32
	const exact = 1 << 15
	touch := func(m uint32, add uint16) {
		if x.counts[m] == 0 {
			out = append(out, m)
		}
		x.counts[m] += add
	}
	for _, k := range f.exact {
		list := x.blocks.of(k, &one)
		if len(list) > maxBlock {
			continue
		}
		for _, m := range list {
			if m != n && x.counts[m] < exact {
				touch(m, exact)
			}
		}
	}
	for _, k := range f.grams {
		list := x.blocks.of(k, &one)
		if len(list) > maxBlock {
			continue
		}
		for _, m := range list {
			if m != n && x.list[m].rec.group() != f.rec.group() {
				touch(m, 1)
			}
		}
	}
	keep := out[:0]
	for _, m := range out {
		c := x.counts[m]
		x.counts[m] = 0
		if c >= exact || 4*int(c) >= min(len(f.grams), len(x.list[m].grams)) {
			keep = append(keep, m)
		}
	}
	return keep
}

// An edge is a comparison of a record with another one that may become a link.
type edge struct {
	to   uint32
	kind Kind
	hard bool // a name, code or address speaks for it, not only titles
	bits float64
}

// leastBits is how much evidence a comparison needs to play a part at all.
const leastBits = -7

// decidedBits stand for the decision of a person.
const decidedBits = 60

// edges compares a record with its neighbours.
func (x *index) edges(n uint32) []edge {
	var out []edge
	for _, m := range x.neighbours(n) {
		if e, ok := x.edge(n, m); ok {
			out = append(out, e)
		}
	}
	return x.settled(n, out)
}

// settled puts the decisions of people in the place of the evidence, and the best
// edges first.
func (x *index) settled(n uint32, out []edge) []edge {
	for _, partner := range x.decided.partners[x.list[n].rec.IRI] {
		m, ok := x.number[partner]
		if !ok {
			continue
		}
		out = slices.DeleteFunc(out, func(e edge) bool { return e.to == m })
		if d := x.decided.of(x.list[n].rec.IRI, partner); d.State == Confirmed {
			out = append(out, edge{to: m, kind: d.Kind, hard: true, bits: decidedBits})
		}
	}
	x.order(out)
	return out
}

func (x *index) order(list []edge) {
	slices.SortFunc(list, func(a, b edge) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(x.list[a.to].rec.IRI, x.list[b.to].rec.IRI))
	})
}

// edge compares two records; not ok when they have too little in common.
func (x *index) edge(n, m uint32) (edge, bool) {
	c, ok := x.compare(n, m)
	if !ok || c.bits < leastBits {
		return edge{}, false
	}
	return edge{to: m, kind: c.kind, bits: c.bits, hard: c.hard()}, true
}

// compare compares two records in an order that does not depend on which of
// them is looked at.
func (x *index) compare(n, m uint32) (comparison, bool) {
	a, b := x.list[n], x.list[m]
	if !before(a.rec, b.rec) {
		a, b = b, a
	}
	return x.rd.compare(a, b, x)
}

// before reports whether a is the subject of a link with b: the institution's own
// record rather than that of the portal, else the one whose IRI comes first.
func before(a, b *Record) bool {
	if (a.Portal == "") != (b.Portal == "") {
		return a.Portal == ""
	}
	return a.IRI < b.IRI
}

// hard reports whether more than titles speaks for a link.
func (c *comparison) hard() bool {
	return slices.ContainsFunc(c.levels, func(s seenLevel) bool {
		switch s.level {
		case codeOnly, codeFew, addressOnly, addressFew, declared, addressesEqual:
			return true
		}
		return false
	})
}

// around adds the records whose links can change when a dataset changes: its
// neighbours, those that share a key of which it matters how many records have
// it, and those of a block that is about to tell something or nothing.
func (x *index) around(dataset string, into map[string]bool) {
	n, ok := x.number[dataset]
	if !ok {
		return
	}
	f := x.list[n]
	for _, m := range x.neighbours(n) {
		into[x.list[m].rec.IRI] = true
	}
	var one [1]uint32
	for i, keys := range [][]uint64{f.exact, f.grams} {
		for _, k := range keys {
			list := x.blocks.of(k, &one)
			if exact := i == 0; exact && len(list) <= maxBlock || len(list) == maxBlock || len(list) == maxBlock+1 {
				for _, m := range list {
					into[x.list[m].rec.IRI] = true
				}
			}
		}
	}
}
