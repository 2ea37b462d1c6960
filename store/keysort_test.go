package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKeySorter sorts keys whole, and by their first column where the rest comes
// sorted.
func TestKeySorter(t *testing.T) {
	s := openTest(t, Options{})
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 47, 500, 20_000} {
		for _, limit := range []int{100, 3000, 1 << 20} {
			for _, first := range []bool{false, true} {
				keys := make([]key, n)
				for i, o := range randomOps(rng, n) {
					keys[i] = o.key
				}
				want := slices.Clone(keys)
				slices.SortFunc(want, compareKeys)
				if first { // as they come from an order that has the first column last
					slices.SortStableFunc(keys, func(a, b key) int {
						a[0], b[0] = 0, 0
						return compareKeys(a, b)
					})
				}
				st := newKeySorter(s, limit, first)
				for _, k := range keys {
					if err := st.add(k); err != nil {
						t.Fatal(err)
					}
				}
				m, err := newKeyMerger(st)
				if err != nil {
					t.Fatal(err)
				}
				var got []key
				for {
					from := len(got)
					if got, err = m.next(got, 1+rng.IntN(700)); err != nil {
						t.Fatal(err)
					}
					if len(got) == from {
						break
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d keys in buffers of %d, first column only %v, do not come out sorted", n, limit, first)
				}
				st.close()
			}
		}
	}
}

// TestChangeSorter takes changes of one order and gives them out in another.
func TestChangeSorter(t *testing.T) {
	s := openTest(t, Options{})
	rng := rand.New(rand.NewPCG(5, 4))
	for _, d := range derivations {
		var cs, want, got []change
		for _, o := range randomOps(rng, 9000) {
			cs = append(cs, change{key: o.key.in(d.from), add: o.kind == opAdd})
		}
		slices.SortFunc(cs, func(a, b change) int { return compareKeys(a.key, b.key) })
		cs = slices.CompactFunc(cs, func(a, b change) bool { return a.key == b.key })
		for _, c := range cs {
			want = append(want, change{key: c.key.quad(d.from).in(d.to), add: c.add})
		}
		slices.SortFunc(want, func(a, b change) int { return compareKeys(a.key, b.key) })
		st := newChangeSorter(s, 700)
		for part := range slices.Chunk(cs, 1000) {
			if err := st.take(part, d.from, d.to); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.each(context.Background(), (&bulk{s: s}).chunk, func(part *sharedChunk) error {
			got = append(got, part.cs...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v made from %v: %d changes do not come out as they should", d.to, d.from, len(want))
		}
		st.close()
	}
}

// TestPairSource merges sorted changes, of which some cancel out.
func TestPairSource(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 4))
	var a, b []change
	for i := range 10_000 {
		k := key{ID(i / 7), ID(i)}
		switch rng.IntN(4) {
		case 0:
			a = append(a, change{key: k, add: true})
		case 1:
			b = append(b, change{key: k, add: true})
		case 2:
			a, b = append(a, change{key: k, add: true}), append(b, change{key: k})
		}
	}
	want := mergeChanges(nil, a, b)
	src := &pairSource{a: &sliceSource{a}, b: &sliceSource{b}}
	var got []change
	for hi := (key{}); hi != maxKey; {
		if hi[0] += ID(rng.IntN(40)); hi[0] > 10_000/7 {
			hi = maxKey
		}
		for {
			from := len(got)
			var err error
			if got, err = src.below(&hi, 1+rng.IntN(3000), got); err != nil {
				t.Fatal(err)
			}
			if len(got) == from {
				break
			}
			if last := got[len(got)-1].key; !last.less(&hi) {
				t.Fatalf("below %v came %v", hi, last)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d and %d changes become %d, want %d", len(a), len(b), len(got), len(want))
	}
}
