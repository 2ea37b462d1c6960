package block

import (
	"encoding/binary"
	"slices"

	"fincat/store/ids"
)

// A patch is the additions and then the removals of one block's range, each with
// the rows of a block; the length of the first comes before it. Two zero bytes and
// the codec come before all. Patches of codec 0 have none of these: they begin with
// the length of the additions, and when that is zero the number of removals follows,
// which is not.

// EncodePatch encodes sorted changes.
func EncodePatch(cs []Change) []byte {
	var rows Columns
	for i, all := 0, make([]ids.ID, len(rows)*len(cs)); i < len(rows); i++ {
		rows[i] = all[i*len(cs) : i*len(cs) : (i+1)*len(cs)]
	}
	part := func(b []byte, add bool) []byte {
		rows.Reset()
		for i := range cs {
			if cs[i].Add == add {
				rows.add(cs[i].Key)
			}
		}
		if n := rows.Len(); n > 0 {
			b = appendRows(b, &rows, 0, n)
		}
		return b
	}
	adds := part(make([]byte, 0, 2*patchBytes*len(cs)), true)
	head := binary.AppendUvarint([]byte{0, 0, codec}, uint64(len(adds)))
	n := len(adds)
	return slices.Concat(head, adds, part(adds, false)[n:])
}

// DecodePatch reads what [EncodePatch] wrote. There are no patches without changes.
func DecodePatch(data []byte) ([]Change, error) {
	if len(data) > 2 && data[0] == 0 && data[1] == 0 {
		if err := known("patch", data[2]); err != nil {
			return nil, err
		}
		data = data[3:]
	}
	n, w := binary.Uvarint(data)
	if w <= 0 || n > uint64(len(data)-w) || n == 0 && len(data) == w {
		return nil, Corrupt("patch")
	}
	adds, err := decodeChanges(data[w:w+int(n)], true)
	if err != nil {
		return nil, err
	}
	removals, err := decodeChanges(data[w+int(n):], false)
	if err != nil {
		return nil, err
	}
	return MergeChanges(make([]Change, 0, len(adds)+len(removals)), adds, removals), nil
}

func decodeChanges(data []byte, add bool) ([]Change, error) {
	if len(data) == 0 {
		return nil, nil
	}
	b := &Block{}
	if err := b.parseRows(data, 0); err != nil {
		return nil, err
	}
	var c Columns
	all := make([]ids.ID, len(c)*b.Rows)
	for i := range c {
		c[i] = all[i*b.Rows : i*b.Rows : (i+1)*b.Rows]
	}
	if err := b.Decode(&c, 0, b.Segments(), 15); err != nil {
		return nil, err
	}
	out := make([]Change, c.Len())
	for i := range out {
		out[i] = Change{Key: c.At(i), Add: add}
	}
	return out, nil
}
