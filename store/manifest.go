package store

import (
	"encoding/binary"
	"fmt"

	"fincat/store/block"
	"fincat/store/kv"
	"fincat/store/stats"
)

// The manifest of a base is the list of blocks of every order and the
// statistics, each in parts; and the numbers of the blocks that are to be
// deleted, and of the terms that are to be erased, once the base is in force.

const manifestPart = 256 << 10

// manifest sections after the orders and the terms order.
const (
	sectionStats   = lists
	sectionGarbage = lists + 1
	sectionErase   = lists + 2
)

func manifestKey(gen uint64, section byte, part uint32) []byte {
	b := append(key64(keyManifest, gen), section)
	return binary.BigEndian.AppendUint32(b, part)
}

func garbageKey(gen uint64) []byte { return manifestKey(gen, sectionGarbage, 0) }

func writeManifest(set putFunc, r *root, nb *newBase) error {
	b := nb.base
	for o := range b.index {
		n, err := writeSection(set, r.gen, byte(o), b.index[o].Encode())
		if err != nil {
			return err
		}
		r.chunks[o] = n
	}
	n, err := writeSection(set, r.gen, sectionStats, b.stats.Append(nil))
	if err != nil {
		return err
	}
	r.chunks[sectionStats] = n
	var list []byte
	last := uint64(0)
	for _, id := range nb.garbage {
		list = block.AppendVarint(list, int64(id-last))
		last = id
	}
	if _, err = writeSection(set, r.gen, sectionGarbage, list); err != nil || nb.erase == nil {
		return err
	}
	_, err = writeSection(set, r.gen, sectionErase, nb.erase.Encode())
	return err
}

func writeSection(set putFunc, gen uint64, section byte, data []byte) (parts uint32, err error) {
	for ; len(data) > 0; parts++ {
		n := min(manifestPart, len(data))
		if err := set(manifestKey(gen, section, parts), data[:n:n]); err != nil {
			return 0, err
		}
		data = data[n:]
	}
	return parts, nil
}

// readManifest reads the base that r names.
func readManifest(txn *kv.Txn, r root, b *base) error {
	if r.gen == 0 {
		for o := range b.index {
			b.index[o] = block.NewIndex(nil)
		}
		return nil
	}
	for o := range b.index {
		data, err := readSection(txn, r.gen, byte(o), r.chunks[o])
		if err != nil {
			return err
		}
		if b.index[o], err = block.DecodeIndex(data); err != nil {
			return fmt.Errorf("%v: %w", Order(o), err)
		}
	}
	data, err := readSection(txn, r.gen, sectionStats, r.chunks[sectionStats])
	if err != nil {
		return err
	}
	rd := block.Decoder{B: data}
	if b.stats = stats.Decode(&rd); rd.Bad {
		return block.Corrupt("statistics")
	}
	return nil
}

func readSection(txn *kv.Txn, gen uint64, section byte, parts uint32) (data []byte, err error) {
	for part := range parts {
		v, err := txn.Get(manifestKey(gen, section, part))
		if err != nil {
			return nil, err
		}
		if v == nil {
			return nil, block.Corrupt(fmt.Sprintf("part %d of section %d is missing", part, section))
		}
		data = append(data, v...)
	}
	return data, nil
}

// dropManifests deletes every manifest but gen's.
func (fd *folding) dropManifests(set putFunc, gen uint64) error {
	txn := fd.s.db.Newest()
	defer txn.Discard()
	return txn.Each([]byte{keyManifest}, nil, false, func(k, _ []byte) error {
		if len(k) > 9 && binary.BigEndian.Uint64(k[1:]) == gen {
			return nil
		}
		return set(append([]byte(nil), k...), nil)
	})
}

// readGarbage reads the numbers of the blocks that a base has made useless.
func readGarbage(txn *kv.Txn, gen uint64) (ids []uint64, err error) {
	data, err := readOpenSection(txn, gen, sectionGarbage)
	if err != nil {
		return nil, err
	}
	r := block.Decoder{B: data}
	last := uint64(0)
	for len(r.B) > 0 && !r.Bad {
		last += uint64(r.Varint())
		ids = append(ids, last)
	}
	if r.Bad {
		return nil, block.Corrupt("list of useless blocks")
	}
	return ids, nil
}

// readOpenSection reads a section whose number of parts the root does not have, nil when
// there is none.
func readOpenSection(txn *kv.Txn, gen uint64, section byte) (data []byte, err error) {
	for part := uint32(0); ; part++ {
		v, err := txn.Get(manifestKey(gen, section, part))
		if v == nil || err != nil {
			return data, err
		}
		data = append(data, v...)
	}
}
