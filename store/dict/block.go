package dict

import (
	"encoding/binary"
	"fmt"

	"fincat/store/block"
	"fincat/store/ids"
)

// A term block holds the terms of termBlock numbers. Long terms stand under
// keys of their own; the block has the byte 0 and the number of parts instead.
const (
	termBlock = 128
	longTerm  = 2 << 10
	longPart  = 256 << 10
)

// The first byte of the dictionary's keys in the database.
const (
	keyDict = 'd' // tag, number/128 → terms
	keyLong = 'D' // ID, part → a long term
)

func dictKey(t ids.Tag, block uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyDict, byte(t)}, block)
}

func longKey(id ids.ID, part uint32) []byte {
	b := binary.BigEndian.AppendUint64([]byte{keyLong}, uint64(id))
	return binary.BigEndian.AppendUint32(b, part)
}

// texts are the encoded terms of the base.
type texts struct {
	db    database
	codec termCodec
	cache *block.Cache[[]string] // blocks of terms
}

// termBlock returns a block's terms through the cache; it reads the block again
// when the cached one is too short, because the last block of a tag grows.
func (x *texts) termBlock(t ids.Tag, block uint64, least int) ([]string, error) {
	k := uint64(t)<<ids.PayloadBits | block
	if terms, ok := x.cache.Get(k); ok && least < len(terms) {
		return terms, nil
	}
	terms, err := x.readTerms(t, block)
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
	x.cache.Put(k, terms, size)
	return terms, nil
}

// readTerms reads a block, nil when there is none.
func (x *texts) readTerms(t ids.Tag, block uint64) ([]string, error) {
	data, err := x.db.Get(dictKey(t, block))
	if data == nil || err != nil {
		return nil, err
	}
	terms, err := x.codec.decode(data)
	if err != nil {
		return nil, fmt.Errorf("block %d of dictionary %d: %w", block, t, err)
	}
	return terms, nil
}

// Repack returns an encoded block of terms after a change, for tests.
func (d *Terms) Repack(data []byte, change func(terms []string)) ([]byte, error) {
	terms, err := d.texts.codec.decode(data)
	if err != nil {
		return nil, err
	}
	change(terms)
	return d.texts.codec.encode(terms)
}

// long returns text, or the term it points to.
func (x *texts) long(id ids.ID, text string) (string, error) {
	parts, err := longParts(id, text)
	if parts == 0 || err != nil {
		return text, err
	}
	var packed []byte
	for i := range parts {
		v, err := x.db.Get(longKey(id, i))
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", block.Corrupt(fmt.Sprintf("part %d of long term %#x is missing", i, uint64(id)))
		}
		packed = append(packed, v...)
	}
	if err := x.codec.start(); err != nil {
		return "", err
	}
	b, err := x.codec.dec.DecodeAll(packed, nil)
	if err != nil {
		return "", block.Corrupt("long term: " + err.Error())
	}
	return string(b), nil
}

// longParts returns in how many parts a term stands elsewhere, 0 when text is the term.
func longParts(id ids.ID, text string) (uint32, error) {
	if text[0] != 0 || id.Tag() == ids.TagTriple {
		return 0, nil
	}
	parts, n := uvarint(text[1:])
	if n <= 0 || parts == 0 || parts > 1<<16 {
		return 0, block.Corrupt("long term")
	}
	return uint32(parts), nil
}

// setter takes key and value for writing; a nil value deletes.
type setter func(k, v []byte) error

// packed returns what stands in a block for a term: a long one is written under
// keys of its own.
func (x *texts) packed(set setter, id ids.ID, text string) (string, error) {
	if len(text) <= longTerm {
		return text, nil
	}
	if err := x.codec.start(); err != nil {
		return "", err
	}
	parts := uint64(0)
	for data := x.codec.enc.EncodeAll([]byte(text), nil); len(data) > 0; parts++ {
		n := min(len(data), longPart)
		if err := set(longKey(id, uint32(parts)), data[:n:n]); err != nil {
			return "", err
		}
		data = data[n:]
	}
	return string(binary.AppendUvarint([]byte{0}, parts)), nil
}
