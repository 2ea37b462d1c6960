package dict

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/vocab/term"
)

// The forms of encoded literals; the form is the first byte.
const (
	formString = 1 + iota // lexical form
	formTyped             // length and datatype IRI, lexical form
	formLang              // length and tag, lexical form
	formLTR
	formRTL
)

// encodeTerm appends what the dictionary keeps of a term to b. The IDs of a triple
// term's parts come from id; ok is false when it does not know one. No encoding
// is empty.
func encodeTerm(
	b []byte,
	t term.Term,
	id func(term.Term) (ids.ID, bool, error),
) (tg ids.Tag, text []byte, ok bool, err error) {
	switch t.Kind() {
	case term.IRI:
		return ids.TagIRI, append(append(b, '<'), t.Value()...), true, nil
	case term.BlankNode:
		return ids.TagLabelled, append(append(b, '_'), t.Value()...), true, nil
	case term.Literal:
		return ids.TagLiteral, appendLiteral(b, t), true, nil
	case term.TripleTerm:
		tr := t.Triple()
		for _, part := range [3]term.Term{tr.Subject, tr.Predicate, tr.Object} {
			n, ok, err := id(part)
			if !ok || err != nil {
				return 0, nil, false, err
			}
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
		return ids.TagTriple, b, true, nil
	}
	return 0, nil, false, nil
}

func appendLiteral(b []byte, t term.Term) []byte {
	form, extra := byte(formString), ""
	switch {
	case t.Direction() == term.LTR:
		form, extra = formLTR, t.Lang()
	case t.Direction() == term.RTL:
		form, extra = formRTL, t.Lang()
	case t.Lang() != "":
		form, extra = formLang, t.Lang()
	case !t.IsString():
		form, extra = formTyped, t.Datatype()
	}
	b = append(b, form)
	if form != formString {
		b = append(binary.AppendUvarint(b, uint64(len(extra))), extra...)
	}
	return append(b, t.Value()...)
}

// decodeTerm turns an encoding back; the terms of a triple term's parts come
// from part.
func decodeTerm(tg ids.Tag, text string, part func(ids.ID) (term.Term, error)) (term.Term, error) {
	if text == "" {
		return term.Term{}, block.Corrupt("encoded term")
	}
	switch tg {
	case ids.TagIRI:
		return term.NewIRI(text[1:]), nil
	case ids.TagLabelled:
		return term.NewBlankNode(text[1:]), nil
	case ids.TagLiteral:
		return decodeLiteral(text)
	case ids.TagTriple:
		if len(text) != 24 {
			break
		}
		var p [3]term.Term
		for i := range p {
			t, err := part(ids.ID(binary.BigEndian.Uint64([]byte(text[8*i : 8*i+8]))))
			if err != nil {
				return term.Term{}, err
			}
			p[i] = t
		}
		return term.NewTripleTerm(term.Triple{Subject: p[0], Predicate: p[1], Object: p[2]}), nil
	}
	return term.Term{}, block.Corrupt("encoded term")
}

func decodeLiteral(text string) (term.Term, error) {
	form, rest := text[0], text[1:]
	if form == formString {
		return term.NewString(rest), nil
	}
	n, w := uvarint(rest)
	if w <= 0 || n > uint64(len(rest)-w) {
		return term.Term{}, block.Corrupt("encoded literal")
	}
	extra, lexical := rest[w:w+int(n)], rest[w+int(n):]
	switch form {
	case formTyped:
		return term.NewLiteral(lexical, extra), nil
	case formLang:
		return term.NewLangString(lexical, extra), nil
	case formLTR:
		return term.NewDirLangString(lexical, extra, term.LTR), nil
	case formRTL:
		return term.NewDirLangString(lexical, extra, term.RTL), nil
	}
	return term.Term{}, block.Corrupt("encoded literal")
}

// uvarint is binary.Uvarint for a string.
func uvarint(s string) (uint64, int) {
	return binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
}

// codec is the version of the codec of blocks of terms, the first byte of each.
// Blocks of codec 0 do not name it: they begin with the magic number of Zstandard.
const (
	codec    = 1
	oldCodec = 0x28
)

// termCodec packs terms into front-coded, compressed blocks.
type termCodec struct {
	once sync.Once
	enc  *zstd.Encoder
	dec  *zstd.Decoder
	err  error
}

func (c *termCodec) start() error {
	c.once.Do(func() {
		c.enc, c.err = zstd.NewWriter(nil, zstd.WithWindowSize(1<<18),
			zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true))
		if c.err == nil {
			c.dec, c.err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
		}
	})
	return c.err
}

// encode packs terms: for each the length it shares with the one before and
// the rest of it; all compressed.
func (c *termCodec) encode(terms []string) ([]byte, error) {
	if err := c.start(); err != nil {
		return nil, err
	}
	heads, tails := make([]byte, 0, 3*len(terms)), make([]byte, 0, 4<<10)
	last := ""
	for _, t := range terms {
		n := sharedPrefix(last, t)
		heads = binary.AppendUvarint(heads, uint64(n))
		heads = binary.AppendUvarint(heads, uint64(len(t)-n))
		tails = append(tails, t[n:]...)
		last = t
	}
	b := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64+len(heads)+len(tails)), uint64(len(terms)))
	return c.pack(append(append(b, heads...), tails...)), nil
}

// pack compresses a block and puts the codec before it; the codec has started.
func (c *termCodec) pack(b []byte) []byte { return c.enc.EncodeAll(b, []byte{codec}) }

func (c *termCodec) decode(data []byte) ([]string, error) {
	if err := c.start(); err != nil {
		return nil, err
	}
	if len(data) > 0 && data[0] != oldCodec {
		if data[0] != codec {
			return nil, fmt.Errorf("%w: terms of codec %d, this program knows codecs up to %d",
				block.ErrNewerFormat, data[0], codec)
		}
		data = data[1:]
	}
	b, err := c.dec.DecodeAll(data, nil)
	if err != nil {
		return nil, block.Corrupt("terms: " + err.Error())
	}
	n, p := binary.Uvarint(b)
	if p <= 0 || n > termBlock {
		return nil, block.Corrupt("terms")
	}
	type span struct{ shared, rest int }
	spans := make([]span, n)
	total := 0
	for i := range spans {
		shared, w := binary.Uvarint(b[p:])
		rest, x := binary.Uvarint(b[p+max(w, 0):])
		if w <= 0 || x <= 0 || shared > 1<<30 || rest > uint64(len(b)) {
			return nil, block.Corrupt("terms")
		}
		p += w + x
		spans[i] = span{int(shared), int(rest)}
		total += int(shared + rest)
		if total > 1<<30 {
			return nil, block.Corrupt("terms")
		}
	}
	var text strings.Builder // one allocation for all terms
	text.Grow(total)
	terms := make([]string, n)
	last := ""
	for i, s := range spans {
		if s.shared > len(last) || s.rest > len(b)-p {
			return nil, block.Corrupt("terms")
		}
		at := text.Len()
		text.WriteString(last[:s.shared])
		text.Write(b[p : p+s.rest])
		p += s.rest
		last = text.String()[at:]
		terms[i] = last
	}
	if p != len(b) {
		return nil, block.Corrupt("terms")
	}
	return terms, nil
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
