package block

import (
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/store/ids"
)

// TestPairSource merges sorted changes, of which some cancel out.
func TestPairSource(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 4))
	var a, b []Change
	for i := range 10_000 {
		k := Key{ids.ID(i / 7), ids.ID(i)}
		switch rng.IntN(4) {
		case 0:
			a = append(a, Change{Key: k, Add: true})
		case 1:
			b = append(b, Change{Key: k, Add: true})
		case 2:
			a, b = append(a, Change{Key: k, Add: true}), append(b, Change{Key: k})
		}
	}
	want := MergeChanges(nil, a, b)
	src := &PairSource{A: &SliceSource{a}, B: &SliceSource{b}}
	var got []Change
	for hi := (Key{}); hi != MaxKey; {
		if hi[0] += ids.ID(rng.IntN(40)); hi[0] > 10_000/7 {
			hi = MaxKey
		}
		for {
			from := len(got)
			var err error
			if got, err = src.Below(&hi, 1+rng.IntN(3000), got); err != nil {
				t.Fatal(err)
			}
			if len(got) == from {
				break
			}
			if last := got[len(got)-1].Key; !last.Less(&hi) {
				t.Fatalf("below %v came %v", hi, last)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d and %d changes become %d, want %d", len(a), len(b), len(got), len(want))
	}
}
