package stats

import (
	"encoding/binary"
	"maps"
	"slices"

	"fincat/store/block"
	"fincat/store/ids"
)

// Append encodes statistics.
func (d *Delta) Append(b []byte) []byte {
	for _, n := range []int64{d.quads, d.subjects, d.Objects, d.Graphs} {
		b = block.AppendVarint(b, n)
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
		b = block.AppendVarint(block.AppendVarint(block.AppendVarint(b, x.quads), x.subjects), x.Objects)
	}
	b = binary.AppendUvarint(b, uint64(len(d.sets)))
	for _, k := range slices.Sorted(maps.Keys(d.sets)) {
		x := d.sets[k]
		b = block.AppendVarint(block.AppendString(b, k), x.subjects)
		for _, n := range x.quads {
			b = block.AppendVarint(b, n)
		}
	}
	return b
}

// Decode decodes statistics.
func Decode(r *block.Decoder) *Delta {
	d := NewDelta()
	d.quads, d.subjects, d.Objects, d.Graphs = r.Varint(), r.Varint(), r.Varint(), r.Varint()
	d.overflow = r.Uvarint() == 1
	for n := r.Uvarint(); n > 0 && !r.Bad; n-- {
		p := ids.ID(r.Uvarint())
		d.predicates[p] = PredicateChange{r.Varint(), r.Varint(), r.Varint()}
	}
	for n := r.Uvarint(); n > 0 && !r.Bad; n-- {
		k := r.String()
		x := &setDelta{subjects: r.Varint(), quads: make([]int64, len(k)/8)}
		for i := range x.quads {
			x.quads[i] = r.Varint()
		}
		d.sets[k] = x
	}
	return d
}
