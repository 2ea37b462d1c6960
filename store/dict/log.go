package dict

import (
	"encoding/binary"

	"fincat/store/block"
	"fincat/store/ids"
)

// EncodeTerms turns new terms into one stream of bytes, for a log entry.
func EncodeTerms(terms []Fresh) (b []byte) {
	for len(terms) > 0 {
		n := 1
		for n < len(terms) && terms[n].id == terms[0].id+ids.ID(n) {
			n++
		}
		b = binary.AppendUvarint(append(b, byte(terms[0].id.Tag())), terms[0].id.Payload())
		b = binary.AppendUvarint(b, uint64(n))
		for i := range terms[:n] {
			b = append(binary.AppendUvarint(b, uint64(len(terms[i].text))), terms[i].text...)
		}
		terms = terms[n:]
	}
	return b
}

// DecodeTerms reads what encodeTerms wrote.
func DecodeTerms(b []byte) (terms []Fresh, err error) {
	const what = "new terms of a log entry"
	for len(b) > 0 {
		t := ids.Tag(b[0])
		r := block.Decoder{B: b[1:]}
		first, n := r.Uvarint(), r.Uvarint()
		if r.Bad || !t.InDictionary() || first+n > ids.PayloadMask {
			return nil, block.Corrupt(what)
		}
		for i := range n {
			text := r.String()
			if r.Bad || text == "" {
				return nil, block.Corrupt(what)
			}
			terms = append(terms, Fresh{id: ids.New(t, first+i), text: text})
		}
		b = r.B
	}
	return terms, nil
}
