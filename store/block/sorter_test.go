package block

import (
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/store/ids"
)

// wide is a row of five columns.
type wide [5]ids.ID

func randomRows(rng *rand.Rand, n int) []wide {
	rows := make([]wide, n)
	for i := range rows {
		for c := range rows[i] {
			switch rng.IntN(4) {
			case 0:
				rows[i][c] = ids.ID(rng.IntN(5))
			case 1:
				rows[i][c] = ids.New(ids.TagIRI, rng.Uint64N(300))
			case 2:
				rows[i][c] = ids.New(ids.TagLiteral, rng.Uint64())
			default:
				rows[i][c] = ids.New(ids.TagLiteral, rng.Uint64N(1<<20))
			}
		}
	}
	return rows
}

func TestSorter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 47, 500, 20_000} {
		for _, limit := range []int{100, 3000, 1 << 20} {
			want := randomRows(rng, n)
			s := NewSorter[wide](Temp{t.TempDir(), func(int) error { return nil }}, limit, false)
			for _, o := range want {
				if err := s.Add(o); err != nil {
					t.Fatal(err)
				}
			}
			slices.SortFunc(want, func(a, b wide) int { return compareRows(&a, &b) })
			for range 2 { // reading twice gives the same
				m, err := NewMerger(s)
				if err != nil {
					t.Fatal(err)
				}
				var got []wide
				for m.Peek() != nil {
					got = append(got, *m.Peek())
					if err := m.Pop(); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d operations in buffers of %d do not come out sorted", n, limit)
				}
			}
			s.Close()
		}
	}
}

// TestKeySorter sorts keys whole, and by their first column where the rest comes
// sorted.
func TestKeySorter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 47, 500, 20_000} {
		for _, limit := range []int{100, 3000, 1 << 20} {
			for _, first := range []bool{false, true} {
				keys := make([]Key, n)
				for i, o := range randomRows(rng, n) {
					keys[i] = Key(o[:4])
				}
				want := slices.Clone(keys)
				slices.SortFunc(want, CompareKeys)
				if first { // as they come from an order that has the first column last
					slices.SortStableFunc(keys, func(a, b Key) int {
						a[0], b[0] = 0, 0
						return CompareKeys(a, b)
					})
				}
				st := NewSorter[Key](Temp{t.TempDir(), func(int) error { return nil }}, limit, first)
				for _, k := range keys {
					if err := st.Add(k); err != nil {
						t.Fatal(err)
					}
				}
				m, err := NewMerger(st)
				if err != nil {
					t.Fatal(err)
				}
				var got []Key
				for {
					from := len(got)
					if got, err = m.Next(got, 1+rng.IntN(700)); err != nil {
						t.Fatal(err)
					}
					if len(got) == from {
						break
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d keys in buffers of %d, first column only %v, do not come out sorted", n, limit, first)
				}
				st.Close()
			}
		}
	}
}
