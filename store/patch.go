package store

import "encoding/binary"

// A patch is the additions and then the removals of one block's range, each as
// a block; the length of the first comes before it.

func encodePatch(cs []change) []byte {
	var parts [2]columns
	for i := range cs {
		if cs[i].add {
			parts[0].add(cs[i].key)
		} else {
			parts[1].add(cs[i].key)
		}
	}
	var adds []byte
	if n := parts[0].len(); n > 0 {
		adds = appendBlock(nil, &parts[0], 0, n)
	}
	b := append(binary.AppendUvarint(nil, uint64(len(adds))), adds...)
	if n := parts[1].len(); n > 0 {
		b = appendBlock(b, &parts[1], 0, n)
	}
	return b
}

func decodePatch(data []byte) ([]change, error) {
	n, w := binary.Uvarint(data)
	if w <= 0 || n > uint64(len(data)-w) {
		return nil, corrupt("patch")
	}
	adds, err := decodeChanges(data[w:w+int(n)], true)
	if err != nil {
		return nil, err
	}
	removals, err := decodeChanges(data[w+int(n):], false)
	if err != nil {
		return nil, err
	}
	return mergeChanges(make([]change, 0, len(adds)+len(removals)), adds, removals), nil
}

func decodeChanges(data []byte, add bool) ([]change, error) {
	if len(data) == 0 {
		return nil, nil
	}
	b, err := parseBlock(data)
	if err != nil {
		return nil, err
	}
	var c columns
	all := make([]ID, len(c)*b.rows)
	for i := range c {
		c[i] = all[i*b.rows : i*b.rows : (i+1)*b.rows]
	}
	if err := b.decode(&c, 0, b.segments(), 15); err != nil {
		return nil, err
	}
	out := make([]change, c.len())
	for i := range out {
		out[i] = change{key: c.at(i), add: add}
	}
	return out, nil
}
