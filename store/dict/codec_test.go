package dict

import (
	"errors"
	"slices"
	"testing"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/vocab/term"
)

// FuzzTerm takes terms to the dictionary's encoding and back, and arbitrary
// bytes through the decoders.
func FuzzTerm(f *testing.F) {
	f.Add("http://e/資料", "zh-Hant-TW", uint8(0))
	f.Add("a\x00b", "", uint8(3))
	f.Add("", "http://www.w3.org/2001/XMLSchema#duration", uint8(2))
	f.Fuzz(func(t *testing.T, value, extra string, kind uint8) {
		for _, in := range []term.Term{
			term.NewIRI(value), term.NewBlankNode(value), term.NewString(value), term.NewLiteral(value, extra),
			term.NewLangString(value, extra), term.NewDirLangString(value, extra, term.Direction(kind%3)),
		} {
			tg, text, ok, err := encodeTerm(nil, in, nil)
			if !ok || err != nil || len(text) == 0 {
				t.Fatalf("encodeTerm(%v) = %q, %v, %v", in, text, ok, err)
			}
			got, err := decodeTerm(tg, string(text), nil)
			if err != nil || got != in {
				t.Fatalf("decodeTerm(encodeTerm(%v)) = %v, %v", in, got, err)
			}
		}
		for _, tg := range []ids.Tag{ids.TagIRI, ids.TagLabelled, ids.TagLiteral} {
			_, _ = decodeTerm(tg, value, nil)
		}
		var codec termCodec
		texts := []string{value, value + extra, extra + "x", value}
		data, err := codec.encode(texts)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := codec.decode(data); err != nil || !slices.Equal(got, texts) {
			t.Fatalf("a block of terms reads back as %q, %v", got, err)
		}
		_, _ = codec.decode([]byte(value))
		_, _ = DecodeTerms([]byte(value))
	})
}

// TestCodecs reads a block of terms that does not name its codec, and refuses one
// of a codec to come.
func TestCodecs(t *testing.T) {
	var c termCodec
	want := []string{"<http://e/a", "<http://e/b", ""}
	data, err := c.encode(want)
	if err != nil || data[0] != codec {
		t.Fatalf("encode = % x, %v, want the codec first", data, err)
	}
	for _, data := range [][]byte{data, data[1:]} {
		if got, err := c.decode(data); err != nil || !slices.Equal(got, want) {
			t.Errorf("decode(% x) = %q, %v, want %q", data, got, err, want)
		}
	}
	data[0] = codec + 1
	if _, err := c.decode(data); !errors.Is(err, block.ErrNewerFormat) {
		t.Errorf("decode of a codec to come: %v, want ErrNewerFormat", err)
	}
}

// TestDecodeAllocates asserts that decoding a term of the dictionary takes no memory of
// its own: every answer decodes many.
func TestDecodeAllocates(t *testing.T) {
	for _, x := range []term.Term{term.NewIRI("http://example.org/a"), term.NewString("a text")} {
		tag, b, _, err := encodeTerm(nil, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if n := testing.AllocsPerRun(100, func() { _, _ = decodeTerm(tag, text, nil) }); n > 0 {
			t.Errorf("to decode %v takes %v allocations", x, n)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, t := range map[string]term.Term{
		"IRI": term.NewIRI("http://example.org/a"), "string": term.NewString("a text"),
		"language": term.NewLangString("標題", "zh-Hant-TW"),
	} {
		tag, text, _, err := encodeTerm(nil, t, nil)
		if err != nil {
			b.Fatal(err)
		}
		encoded := string(text)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := decodeTerm(tag, encoded, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTermsCutOff: the new terms of a log entry that end early are damage, wherever that is.
func TestTermsCutOff(t *testing.T) {
	whole := EncodeTerms([]Fresh{{id: ids.New(ids.TagIRI, 300), text: "<http://e/a"},
		{id: ids.New(ids.TagIRI, 301), text: "<http://e/b"}})
	for n := 1; n < len(whole); n++ {
		if got, err := DecodeTerms(whole[:n]); !errors.Is(err, block.ErrCorrupt) {
			t.Errorf("%d bytes of %d give %v, %v, want damage", n, len(whole), got, err)
		}
	}
}
