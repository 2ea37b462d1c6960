package store

import (
	"encoding/binary"
	"maps"
	"slices"
)

// append encodes statistics.
func (d *statsDelta) append(b []byte) []byte {
	for _, n := range []int64{d.quads, d.subjects, d.objects, d.graphs} {
		b = appendVarint(b, n)
	}
	if d.overflow {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(d.predicates)))
	for _, p := range slices.Sorted(maps.Keys(d.predicates)) {
		x := d.predicates[p]
		b = binary.AppendUvarint(b, uint64(p))
		b = appendVarint(appendVarint(appendVarint(b, x.quads), x.subjects), x.objects)
	}
	b = binary.AppendUvarint(b, uint64(len(d.sets)))
	for _, k := range slices.Sorted(maps.Keys(d.sets)) {
		x := d.sets[k]
		b = appendVarint(appendString(b, k), x.subjects)
		for _, n := range x.quads {
			b = appendVarint(b, n)
		}
	}
	return b
}

// stats decodes statistics.
func (r *reader) stats() *statsDelta {
	d := newStatsDelta()
	d.quads, d.subjects, d.objects, d.graphs = r.varint(), r.varint(), r.varint(), r.varint()
	d.overflow = r.uvarint() == 1
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		p := ID(r.uvarint())
		d.predicates[p] = predicateDelta{r.varint(), r.varint(), r.varint()}
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		k := r.string()
		x := &setDelta{subjects: r.varint(), quads: make([]int64, len(k)/8)}
		for i := range x.quads {
			x.quads[i] = r.varint()
		}
		d.sets[k] = x
	}
	return d
}
