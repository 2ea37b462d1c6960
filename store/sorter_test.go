package store

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func randomOps(rng *rand.Rand, n int) []op {
	ops := make([]op, n)
	for i := range ops {
		for c := range ops[i].key {
			switch rng.IntN(4) {
			case 0:
				ops[i].key[c] = ID(rng.IntN(5))
			case 1:
				ops[i].key[c] = makeID(tagIRI, rng.Uint64N(300))
			case 2:
				ops[i].key[c] = makeID(tagString, rng.Uint64())
			default:
				ops[i].key[c] = makeID(tagLiteral, rng.Uint64N(1<<20))
			}
		}
		ops[i].no, ops[i].kind = uint32(rng.IntN(3)), opKind(rng.IntN(3))
	}
	return ops
}

func TestSorter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 47, 500, 20_000} {
		for _, limit := range []int{100, 3000, 1 << 20} {
			want := randomOps(rng, n)
			s := newSorter(t.TempDir(), func(int) error { return nil }, limit)
			for _, o := range want {
				if err := s.add(o); err != nil {
					t.Fatal(err)
				}
			}
			slices.SortFunc(want, compareOps)
			for range 2 { // reading twice gives the same
				m, err := newMerger(s)
				if err != nil {
					t.Fatal(err)
				}
				var got []op
				for m.peek() != nil {
					got = append(got, *m.peek())
					if err := m.pop(); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d operations in buffers of %d do not come out sorted", n, limit)
				}
			}
			s.close()
		}
	}
}
