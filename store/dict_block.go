package store

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A term block holds the terms of termBlock numbers. Long terms stand under
// keys of their own; the block has the byte 0 and the number of parts instead.
const (
	termBlock = 128
	longTerm  = 2 << 10
	longPart  = 256 << 10
)

func dictKey(t tag, block uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyDict, byte(t)}, block)
}

func longKey(id ID, part uint32) []byte { return partKey(keyLong, uint64(id), part) }

// termBlock returns a block's terms through the cache; it reads the block again
// when the cached one is too short, because the last block of a tag grows.
func (d *dict) termBlock(t tag, block uint64, least int) ([]string, error) {
	k := uint64(t)<<payloadBits | block
	if terms, ok := d.blocks.get(k); ok && least < len(terms) {
		return terms, nil
	}
	txn := d.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	data, err := get(txn, dictKey(t, block))
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, fmt.Errorf("no block %d of dictionary %d", block, t)
	}
	terms, err := d.codec.decode(data)
	if err != nil {
		return nil, fmt.Errorf("block %d of dictionary %d: %w", block, t, err)
	}
	if least >= len(terms) {
		return nil, fmt.Errorf("no term %d in block %d of dictionary %d", least, block, t)
	}
	size := 64
	for _, s := range terms {
		size += len(s) + 16
	}
	d.blocks.put(k, terms, size)
	return terms, nil
}

// long returns text, or the term it points to.
func (d *dict) long(id ID, text string) (string, error) {
	if text[0] != 0 || id.tag() == tagTriple {
		return text, nil
	}
	parts, n := uvarint(text[1:])
	if n <= 0 || parts > 1<<16 {
		return "", corrupt("long term")
	}
	txn := d.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	var packed []byte
	for i := range uint32(parts) {
		v, err := get(txn, longKey(id, i))
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", corrupt(fmt.Sprintf("part %d of long term %#x is missing", i, uint64(id)))
		}
		packed = append(packed, v...)
	}
	if err := d.codec.start(); err != nil {
		return "", err
	}
	b, err := d.codec.dec.DecodeAll(packed, nil)
	if err != nil {
		return "", corrupt("long term: " + err.Error())
	}
	return string(b), nil
}

// setter takes key and value for writing.
type setter func(k, v []byte) error

// packBlock writes a block of terms, the long ones under keys of their own;
// those before old are already as they stand in a block.
func (d *dict) packBlock(set setter, t tag, block uint64, terms []string, old int) error {
	out := terms
	for i, text := range terms {
		if i < old || len(text) <= longTerm {
			continue
		}
		if &out[0] == &terms[0] {
			out = append([]string(nil), terms...)
		}
		parts, err := d.writeLong(set, makeID(t, block*termBlock+uint64(i)), text)
		if err != nil {
			return err
		}
		out[i] = string(binary.AppendUvarint([]byte{0}, parts))
	}
	data, err := d.codec.encode(out)
	if err != nil {
		return err
	}
	return set(dictKey(t, block), data)
}

func (d *dict) writeLong(set setter, id ID, text string) (parts uint64, err error) {
	if err := d.codec.start(); err != nil {
		return 0, err
	}
	packed := d.codec.enc.EncodeAll([]byte(text), nil)
	for ; len(packed) > 0; parts++ {
		n := min(len(packed), longPart)
		if err := set(longKey(id, uint32(parts)), packed[:n:n]); err != nil {
			return 0, err
		}
		packed = packed[n:]
	}
	return parts, nil
}

func decodeTermValue(v []byte) (ID, error) {
	n, w := binary.Uvarint(v[min(1, len(v)):])
	if w <= 0 || w+1 != len(v) || tag(v[0]) >= tagLimit {
		return 0, corrupt("term key")
	}
	return makeID(tag(v[0]), n), nil
}

// termValue is the value of a hash key: tag and number.
func termValue(id ID) []byte {
	return binary.AppendUvarint([]byte{byte(id.tag())}, id.payload())
}
