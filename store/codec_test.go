package store

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"fincat/vocab/term"
)

func randomBlock(rng *rand.Rand, n int) columns {
	keys := make([]key, 0, n)
	for _, o := range randomOps(rng, n) {
		keys = append(keys, o.key)
	}
	slices.SortFunc(keys, compareKeys)
	var c columns
	for _, k := range slices.Compact(keys) {
		c.add(k)
	}
	return c
}

func TestBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 5, 127, 128, 129, 1000, blockRows} {
		for range 20 {
			want := randomBlock(rng, n)
			b, err := parseBlock(appendBlock(nil, &want, 0, want.len()))
			if err != nil {
				t.Fatalf("parseBlock of %d rows: %v", n, err)
			}
			var got columns
			if err := b.decode(&got, 0, b.segments(), 15); err != nil {
				t.Fatalf("decode of %d rows: %v", n, err)
			}
			limit := 1 + rng.IntN(want.len())
			var part columns
			if err := b.decodeRows(&part, 0, b.segments(), 5, limit); err != nil {
				t.Fatalf("decode %d of %d rows: %v", limit, n, err)
			}
			for col := range want {
				if !slices.Equal(got[col], want[col]) {
					t.Fatalf("column %d of %d rows does not read back", col, n)
				}
				if col%2 == 0 && !slices.Equal(part[col], want[col][:limit]) {
					t.Fatalf("column %d of the first %d of %d rows does not read back", col, limit, n)
				}
			}
			k := want.at(rng.IntN(want.len()))
			rank, err := (&loaded{block: b}).rank(&k, &sync.Pool{})
			if at := want.searchN(&k, 4, 0, want.len()); err != nil || rank != uint64(at) {
				t.Fatalf("rank = %d, %v, want %d", rank, err, at)
			}
		}
	}
}

// FuzzBlock decodes arbitrary bytes, which must not panic, and what it encodes
// itself, which must read back.
func FuzzBlock(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 3, 200} {
		c := randomBlock(rng, n)
		f.Add(appendBlock(nil, &c, 0, c.len()))
		f.Add(encodePatch([]change{{key: c.at(0), add: true}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := parseBlock(data); err == nil {
			var c columns
			_ = b.decode(&c, 0, b.segments(), 15)
			k := b.firsts[len(b.firsts)-1]
			_, _ = (&loaded{block: b}).rank(&k, &sync.Pool{})
		}
		_, _ = decodePatch(data)
		_, _ = decodeIndex(data)
		_, _ = decodeHeader(1, data)
		_, _ = decodeTerms(data)
		_, _ = decodeRoot(data)
		var keys []key
		for ; len(data) >= 32; data = data[32:] {
			var k key
			for i := range k {
				k[i] = ID(binary.LittleEndian.Uint64(data[8*i:]))
			}
			keys = append(keys, k)
		}
		slices.SortFunc(keys, compareKeys)
		keys = slices.Compact(keys)
		if len(keys) == 0 {
			return
		}
		var want, got columns
		var cs []change
		for i, k := range keys {
			want.add(k)
			cs = append(cs, change{key: k, add: i%3 > 0})
		}
		b, err := parseBlock(appendBlock(nil, &want, 0, want.len()))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.decode(&got, 0, b.segments(), 15); err != nil {
			t.Fatal(err)
		}
		for col := range want {
			if !slices.Equal(want[col], got[col]) {
				t.Fatalf("column %d does not read back", col)
			}
		}
		back, err := decodePatch(encodePatch(cs))
		if err != nil || !slices.Equal(back, cs) {
			t.Fatalf("a patch does not read back: %v", err)
		}
	})
}

// FuzzTerm takes terms to the dictionary's encoding and back, and arbitrary
// bytes through the decoders.
func FuzzTerm(f *testing.F) {
	f.Add("http://e/資料", "zh-Hant-TW", uint8(0))
	f.Add("a\x00b", "", uint8(3))
	f.Add("", "http://www.w3.org/2001/XMLSchema#duration", uint8(2))
	f.Fuzz(func(t *testing.T, value, extra string, kind uint8) {
		var terms []term.Term
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
			terms = append(terms, got)
		}
		for _, tg := range []tag{tagIRI, tagLabelled, tagLiteral} {
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
		s := openTest(t, Options{})
		q := term.Quad{Subject: term.NewIRI("s"), Predicate: term.NewIRI("p"), Graph: term.NewIRI("g")}
		for _, o := range terms {
			if q.Object = o; o.IsBlankNode() {
				continue
			}
			if _, err := s.Commit(context.Background(), Change{Add: []term.Quad{q}}); err != nil {
				t.Fatal(err)
			}
			id, ok, err := s.dict.lookup(o)
			if back, err2 := s.dict.term(id); !ok || err != nil || err2 != nil || back != o {
				t.Fatalf("%v reads back as %v (%v, %v, %v)", o, back, ok, err, err2)
			}
		}
	})
}
