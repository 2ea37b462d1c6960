package store

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The manifest of a base is the list of blocks of every order and the
// statistics, each in parts; and the numbers of the blocks that are to be
// deleted once the base is in force.

const manifestPart = 256 << 10

// manifest sections after the orders and the terms order.
const (
	sectionStats   = lists
	sectionGarbage = lists + 1
)

func manifestKey(gen uint64, section byte, part uint32) []byte {
	b := append(key64(keyManifest, gen), section)
	return binary.BigEndian.AppendUint32(b, part)
}

func garbageKey(gen uint64) []byte { return manifestKey(gen, sectionGarbage, 0) }

func writeManifest(set setter, r *root, b *base, garbage []uint64) error {
	for o := range b.index {
		n, err := writeSection(set, r.gen, byte(o), b.index[o].encode())
		if err != nil {
			return err
		}
		r.chunks[o] = n
	}
	n, err := writeSection(set, r.gen, sectionStats, b.stats.append(nil))
	if err != nil {
		return err
	}
	r.chunks[sectionStats] = n
	var list []byte
	last := uint64(0)
	for _, id := range garbage {
		list = appendVarint(list, int64(id-last))
		last = id
	}
	_, err = writeSection(set, r.gen, sectionGarbage, list)
	return err
}

func writeSection(set setter, gen uint64, section byte, data []byte) (parts uint32, err error) {
	for ; len(data) > 0; parts++ {
		n := min(manifestPart, len(data))
		if err := set(manifestKey(gen, section, parts), data[:n:n]); err != nil {
			return 0, err
		}
		data = data[n:]
	}
	return parts, nil
}

func (x *index) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(x.blocks)))
	var prev key
	id := uint64(0)
	for i := range x.blocks {
		ref := &x.blocks[i]
		for c := range prev {
			b = appendVarint(b, int64(ref.first[c]-prev[c]))
		}
		prev = ref.first
		b = appendVarint(b, int64(ref.id-id))
		id = ref.id
		b = binary.AppendUvarint(b, uint64(ref.rows))
		b = appendVarint(b, int64(ref.net))
		b = binary.AppendUvarint(b, uint64(len(ref.patches)))
		for _, p := range ref.patches {
			b = binary.AppendUvarint(b, p.id)
			b = binary.AppendUvarint(b, uint64(p.changes))
		}
	}
	return b
}

func decodeIndex(data []byte) (index, error) {
	r := reader{b: data}
	n := r.uvarint()
	if n > uint64(len(data)) {
		return index{}, corrupt("list of blocks")
	}
	blocks := make([]blockRef, n)
	var prev key
	id := uint64(0)
	for i := range blocks {
		ref := &blocks[i]
		for c := range prev {
			prev[c] += ID(r.varint())
		}
		ref.first = prev
		id += uint64(r.varint())
		ref.id = id
		ref.rows, ref.net = uint32(r.uvarint()), int32(r.varint())
		for k := r.uvarint(); k > 0 && !r.bad; k-- {
			ref.patches = append(ref.patches, patchRef{r.uvarint(), uint32(r.uvarint())})
		}
		if r.bad {
			return index{}, corrupt("list of blocks")
		}
	}
	return newIndex(blocks), nil
}

// readManifest reads the base that r names.
func (sn *Snapshot) readManifest(r root, b *base) error {
	if r.gen == 0 {
		for o := range b.index {
			b.index[o] = newIndex(nil)
		}
		return nil
	}
	for o := range b.index {
		data, err := sn.section(r.gen, byte(o), r.chunks[o])
		if err != nil {
			return err
		}
		if b.index[o], err = decodeIndex(data); err != nil {
			return fmt.Errorf("%v: %w", Order(o), err)
		}
	}
	data, err := sn.section(r.gen, sectionStats, r.chunks[sectionStats])
	if err != nil {
		return err
	}
	rd := reader{b: data}
	if b.stats = rd.stats(); rd.bad {
		return corrupt("statistics")
	}
	return nil
}

func (sn *Snapshot) section(gen uint64, section byte, parts uint32) (data []byte, err error) {
	for part := range parts {
		v, err := get(sn.txn, manifestKey(gen, section, part))
		if err != nil {
			return nil, err
		}
		if v == nil {
			return nil, corrupt(fmt.Sprintf("part %d of section %d is missing", part, section))
		}
		data = append(data, v...)
	}
	return data, nil
}

// dropManifests deletes every manifest but gen's.
func (s *Store) dropManifests(set setter, gen uint64) error {
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	return each(txn, []byte{keyManifest}, nil, false, func(k, _ []byte) error {
		if len(k) > 9 && binary.BigEndian.Uint64(k[1:]) == gen {
			return nil
		}
		return set(append([]byte(nil), k...), nil)
	})
}

// garbage reads the numbers of the blocks that a base has made useless.
func (sn *Snapshot) garbage(gen uint64) (ids []uint64, err error) {
	var data []byte
	for part := uint32(0); ; part++ {
		v, err := get(sn.txn, manifestKey(gen, sectionGarbage, part))
		if err != nil {
			return nil, err
		}
		if v == nil {
			break
		}
		data = append(data, v...)
	}
	r := reader{b: data}
	last := uint64(0)
	for len(r.b) > 0 && !r.bad {
		last += uint64(r.varint())
		ids = append(ids, last)
	}
	if r.bad {
		return nil, corrupt("list of useless blocks")
	}
	return ids, nil
}
