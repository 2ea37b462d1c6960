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
	if terms, ok := d.texts.get(k); ok && least < len(terms) {
		return terms, nil
	}
	terms, err := d.readTerms(t, block)
	if err != nil {
		return nil, err
	}
	if least >= len(terms) {
		return nil, fmt.Errorf("no term %d in block %d of dictionary %d", least, block, t)
	}
	size := 64
	for _, s := range terms {
		size += len(s) + 16
	}
	d.texts.put(k, terms, size)
	return terms, nil
}

// readTerms reads a block, nil when there is none.
func (d *dict) readTerms(t tag, block uint64) ([]string, error) {
	txn := d.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	data, err := get(txn, dictKey(t, block))
	if data == nil || err != nil {
		return nil, err
	}
	terms, err := d.codec.decode(data)
	if err != nil {
		return nil, fmt.Errorf("block %d of dictionary %d: %w", block, t, err)
	}
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

// packed returns what stands in a block for a term: a long one is written under
// keys of its own.
func (d *dict) packed(set setter, id ID, text string) (string, error) {
	if len(text) <= longTerm {
		return text, nil
	}
	if err := d.codec.start(); err != nil {
		return "", err
	}
	parts := uint64(0)
	for data := d.codec.enc.EncodeAll([]byte(text), nil); len(data) > 0; parts++ {
		n := min(len(data), longPart)
		if err := set(longKey(id, uint32(parts)), data[:n:n]); err != nil {
			return "", err
		}
		data = data[n:]
	}
	return string(binary.AppendUvarint([]byte{0}, parts)), nil
}
