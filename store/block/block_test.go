package block

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"fincat/store/ids"
)

func randomBlock(rng *rand.Rand, n int) Columns {
	keys := make([]Key, 0, n)
	for _, o := range randomRows(rng, n) {
		keys = append(keys, Key(o[:4]))
	}
	slices.SortFunc(keys, CompareKeys)
	var c Columns
	for _, k := range slices.Compact(keys) {
		c.add(k)
	}
	return c
}

func TestBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 5, 127, 128, 129, 1000, MaxRows} {
		for range 20 {
			want := randomBlock(rng, n)
			b, err := parsed(Append(nil, &want, 0, want.Len()))
			if err != nil {
				t.Fatalf("parseBlock of %d rows: %v", n, err)
			}
			var got Columns
			if err := b.Decode(&got, 0, b.Segments(), 15); err != nil {
				t.Fatalf("decode of %d rows: %v", n, err)
			}
			limit := 1 + rng.IntN(want.Len())
			var part Columns
			if err := b.decodeRows(&part, 0, b.Segments(), 5, limit); err != nil {
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
			k := want.At(rng.IntN(want.Len()))
			rank, err := (&Loaded{Block: b}).Rank(&k, &sync.Pool{})
			if at := want.SearchN(&k, 4, 0, want.Len()); err != nil || rank != uint64(at) {
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
		f.Add(Append(nil, &c, 0, c.Len()))
		f.Add(EncodePatch([]Change{{Key: c.At(0), Add: true}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := parsed(data); err == nil {
			var c Columns
			_ = b.Decode(&c, 0, b.Segments(), 15)
			k := b.firsts[len(b.firsts)-1]
			_, _ = (&Loaded{Block: b}).Rank(&k, &sync.Pool{})
		}
		_, _ = DecodePatch(data)
		_, _ = DecodeIndex(data)
		var keys []Key
		for ; len(data) >= 32; data = data[32:] {
			var k Key
			for i := range k {
				k[i] = ids.ID(binary.LittleEndian.Uint64(data[8*i:]))
			}
			keys = append(keys, k)
		}
		slices.SortFunc(keys, CompareKeys)
		keys = slices.Compact(keys)
		if len(keys) == 0 {
			return
		}
		var want, got Columns
		var cs []Change
		for i, k := range keys {
			want.add(k)
			cs = append(cs, Change{Key: k, Add: i%3 > 0})
		}
		b, err := parsed(Append(nil, &want, 0, want.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Decode(&got, 0, b.Segments(), 15); err != nil {
			t.Fatal(err)
		}
		for col := range want {
			if !slices.Equal(want[col], got[col]) {
				t.Fatalf("column %d does not read back", col)
			}
		}
		back, err := DecodePatch(EncodePatch(cs))
		if err != nil || !slices.Equal(back, cs) {
			t.Fatalf("a patch does not read back: %v", err)
		}
	})
}

// TestCodecs reads blocks and patches that do not name their codec, as programs of
// format 2 wrote them, and refuses those of a codec to come.
func TestCodecs(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 8))
	for _, n := range []int{1, 300} {
		rows := randomBlock(rng, n)
		for _, old := range []bool{true, false} {
			data := Append(nil, &rows, 0, rows.Len())
			if data[0] != 0 || data[1] != codec {
				t.Fatalf("a block begins with % x, want 00 and the codec", data[:2])
			}
			if old {
				data = appendRows(nil, &rows, 0, rows.Len())
			}
			b, err := parsed(data)
			if err != nil {
				t.Fatalf("Parse, named codec %v: %v", !old, err)
			}
			var got Columns
			if err := b.Decode(&got, 0, b.Segments(), 15); err != nil || !slices.Equal(got[2], rows[2]) {
				t.Errorf("a block reads back otherwise, named codec %v: %v", !old, err)
			}
		}
		for kind := range 3 { // additions, removals, both
			var want []Change
			for i := range rows.Len() {
				want = append(want, Change{Key: rows.At(i), Add: kind == 0 || kind == 2 && i%2 == 0})
			}
			data := EncodePatch(want)
			if data[0] != 0 || data[1] != 0 || data[2] != codec {
				t.Fatalf("a patch begins with % x, want 00 00 and the codec", data[:3])
			}
			for _, data := range [][]byte{data, data[3:]} {
				if got, err := DecodePatch(data); err != nil || !slices.Equal(got, want) {
					t.Errorf("patch % x… of %d changes reads back otherwise: %v", data[:3], len(want), err)
				}
			}
			data[2] = codec + 1
			if _, err := DecodePatch(data); !errors.Is(err, ErrNewerFormat) {
				t.Errorf("DecodePatch of a codec to come: %v, want ErrNewerFormat", err)
			}
		}
		data := Append(nil, &rows, 0, rows.Len())
		data[1] = codec + 1
		if _, err := parsed(data); !errors.Is(err, ErrNewerFormat) {
			t.Errorf("Parse of a codec to come: %v, want ErrNewerFormat", err)
		}
	}
}

// parsed reads the directory of a block.
func parsed(data []byte) (*Block, error) {
	b := &Block{}
	return b, b.parse(data)
}

// TestAppendAllocates encodes a block where one was before: nothing is allocated. A
// patch needs no more than its rows, its parts and itself.
func TestAppendAllocates(t *testing.T) {
	if raced {
		t.Skip("the race detector empties pools")
	}
	rows := randomBlock(rand.New(rand.NewPCG(7, 8)), MaxRows)
	buf := Append(nil, &rows, 0, rows.Len())
	if n := testing.AllocsPerRun(10, func() { buf = Append(buf[:0], &rows, 0, rows.Len()) }); n > 0 {
		t.Errorf("%v allocations for a block in memory that is there, want none", n)
	}
	cs := make([]Change, 96)
	for i := range cs {
		cs[i] = Change{Key: rows.At(i), Add: i%3 > 0}
	}
	if n := testing.AllocsPerRun(10, func() { buf = EncodePatch(cs) }); n > 12 {
		t.Errorf("%v allocations for a patch of %d changes, want at most 12", n, len(cs))
	}
}
