package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/store/block"
	"fincat/store/ids"
)

// TestChangeSorter takes changes of one order and gives them out in another.
func TestChangeSorter(t *testing.T) {
	s := openTest(t, Options{})
	rng := rand.New(rand.NewPCG(5, 4))
	for _, d := range derivations {
		var cs, want, got []block.Change
		for _, o := range randomOps(rng, 9000) {
			cs = append(cs, block.Change{Key: o.key().In(d.from), Add: o.kind() == opAdd})
		}
		slices.SortFunc(cs, func(a, b block.Change) int { return block.CompareKeys(a.Key, b.Key) })
		cs = slices.CompactFunc(cs, func(a, b block.Change) bool { return a.Key == b.Key })
		for _, c := range cs {
			want = append(want, block.Change{Key: c.Key.Quad(d.from).In(d.to), Add: c.Add})
		}
		slices.SortFunc(want, func(a, b block.Change) int { return block.CompareKeys(a.Key, b.Key) })
		st := block.NewChangeSorter(s.db.Temp(), 700)
		for part := range slices.Chunk(cs, 1000) {
			if err := st.Take(part, d.from, d.to); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.Each(context.Background(), &block.Chunks{Size: 7000}, func(part *block.Chunk) error {
			got = append(got, part.Changes...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v made from %v: %d changes do not come out as they should", d.to, d.from, len(want))
		}
		st.Close()
	}
}

func randomOps(rng *rand.Rand, n int) []op {
	ops := make([]op, n)
	for i := range ops {
		for c := range 4 {
			switch rng.IntN(4) {
			case 0:
				ops[i][c] = ID(rng.IntN(5))
			case 1:
				ops[i][c] = ids.New(ids.TagIRI, rng.Uint64N(300))
			case 2:
				ops[i][c] = ids.New(ids.TagLiteral, rng.Uint64())
			default:
				ops[i][c] = ids.New(ids.TagLiteral, rng.Uint64N(1<<20))
			}
		}
		ops[i] = newOp(ops[i].key(), uint32(rng.IntN(3)), opKind(rng.IntN(3)))
	}
	return ops
}
