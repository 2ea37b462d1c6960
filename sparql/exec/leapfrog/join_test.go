package leapfrog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/sparql/exec/memory"
	"fincat/store"
)

func onward(context.Context) error { return nil }

// made returns the relation of some pairs; the second ID of all is 0 in one of single IDs.
func made(t testing.TB, mem *memory.Budget, single bool, pairs [][2]store.ID) *Relation {
	t.Helper()
	b := NewBuilder(mem)
	for len(pairs) > 0 {
		n := min(3, len(pairs))
		var x, y []store.ID
		for _, p := range pairs[:n] {
			x, y = append(x, p[0]), append(y, p[1])
		}
		if single {
			y = nil
		}
		if err := b.Add(x, y); err != nil {
			t.Fatal(err)
		}
		pairs = pairs[n:]
	}
	r, err := b.Relation(t.Context(), single, onward)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shape is the atoms of a join: pairs of variables, the second -1 for single IDs.
type shape struct {
	vars  int
	atoms [][2]int
}

func shapes() map[string]shape {
	return map[string]shape{
		"triangle":      {3, [][2]int{{0, 1}, {1, 2}, {0, 2}}},
		"square":        {4, [][2]int{{0, 1}, {1, 2}, {2, 3}, {0, 3}}},
		"clique":        {4, [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}},
		"stars":         {5, [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 4}, {2, 4}, {3, 4}}},
		"both ways":     {2, [][2]int{{0, 1}, {0, 1}}},
		"single":        {3, [][2]int{{0, 1}, {1, 2}, {0, 2}, {0, -1}, {2, -1}}},
		"single cached": {4, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, -1}}},
		"product":       {2, [][2]int{{0, -1}, {1, -1}}},
	}
}

// naive joins the atoms of a shape by trying every value.
func naive(s shape, pairs [][][2]store.ID, most store.ID) (out [][]store.ID) {
	row := make([]store.ID, s.vars)
	var bind func(k int)
	bind = func(k int) {
		if k == s.vars {
			out = append(out, slices.Clone(row))
			return
		}
	next:
		for v := store.ID(1); v <= most; v++ {
			row[k] = v
			for i, a := range s.atoms {
				want := [2]store.ID{row[a[0]], 0}
				if a[1] >= 0 {
					want[1] = row[a[1]]
				}
				if max(a[0], a[1]) == k && !slices.Contains(pairs[i], want) {
					continue next
				}
			}
			bind(k + 1)
		}
	}
	bind(0)
	return out
}

func TestJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 2))
	found := 0
	for name, s := range shapes() {
		for round := range 60 {
			most := store.ID(1 + r.IntN(9))
			var mem memory.Budget
			pairs := make([][][2]store.ID, len(s.atoms))
			atoms := make([]Atom, len(s.atoms))
			for i, a := range s.atoms {
				for range r.IntN(30) {
					p := [2]store.ID{1 + store.ID(r.IntN(int(most))), 1 + store.ID(r.IntN(int(most)))}
					if a[1] < 0 {
						p[1] = 0
					}
					pairs[i] = append(pairs[i], p)
				}
				atoms[i] = Atom{made(t, &mem, a[1] < 0, pairs[i]), a[0], a[1]}
			}
			j := New(s.vars, atoms, &mem)
			j.Pause = onward
			var got [][]store.ID
			for {
				cols := make([][]store.ID, s.vars)
				n, err := j.Next(t.Context(), cols, 1+r.IntN(5))
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					break
				}
				for k := range n {
					row := make([]store.ID, s.vars)
					for c := range cols {
						row[c] = cols[c][k]
					}
					got = append(got, row)
				}
			}
			want := naive(s, pairs, most)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s, round %d: %v, want %v, of %v", name, round, got, want, pairs)
			}
			found += len(got)
			j.Close()
			for _, a := range atoms {
				a.Relation.Close()
			}
			if mem.Used() != 0 {
				t.Fatalf("%s: %d bytes are kept", name, mem.Used())
			}
		}
	}
	if found < 3000 {
		t.Errorf("only %d solutions: the test does not test", found)
	}
}

// TestRelationSorts asserts that IDs that differ in any of their bytes are sorted.
func TestRelationSorts(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 4))
	var mem memory.Budget
	var pairs [][2]store.ID
	for range 2000 {
		pairs = append(pairs, [2]store.ID{store.ID(r.Uint64() >> r.IntN(64)), store.ID(r.Uint64() >> r.IntN(64))})
	}
	pairs = append(pairs, pairs[:100]...)
	rel := made(t, &mem, false, slices.Clone(pairs))
	slices.SortFunc(pairs, func(a, b [2]store.ID) int { return slices.Compare(a[:], b[:]) })
	pairs = slices.Compact(pairs)
	var got [][2]store.ID
	for k, x := range rel.keys {
		for _, y := range rel.below(int32(k)) {
			got = append(got, [2]store.ID{x, y})
		}
	}
	if !slices.Equal(got, pairs) {
		t.Errorf("%d pairs are not as sorted by comparison, %d", len(got), len(pairs))
	}
}

// TestLimits asserts that building and joining stop for want of memory and when told to.
func TestLimits(t *testing.T) {
	var pairs [][2]store.ID
	for x := range store.ID(300) {
		for y := range store.ID(300) {
			pairs = append(pairs, [2]store.ID{2*x + 1, 2*y + 1})
		}
	}
	small := NewBuilder(&memory.Budget{Limit: 1 << 10})
	if err := small.Add(make([]store.ID, 1000), nil); err == nil {
		t.Error("a relation that is too large is built")
	}
	enough := errors.New("enough")
	stop := func(context.Context) error { return enough }
	var mem memory.Budget
	b := NewBuilder(&mem)
	if err := b.Add([]store.ID{1, 2}, []store.ID{3, 4}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Relation(t.Context(), false, stop); !errors.Is(err, enough) {
		t.Errorf("sorting ends with %v, want the error of the pause", err)
	}
	odd := made(t, &mem, false, pairs)
	for i := range pairs {
		pairs[i][1]++
	}
	even := made(t, &mem, false, pairs)
	// No value is in both, so that a single call looks at all.
	j := New(2, []Atom{{odd, 0, 1}, {even, 0, 1}}, &mem)
	j.Pause = stop
	if _, err := j.Next(t.Context(), make([][]store.ID, 2), 10); !errors.Is(err, enough) {
		t.Errorf("joining ends with %v, want the error of the pause", err)
	}
}

func benchmarkPairs(nodes, pairs int) [][2]store.ID {
	r := rand.New(rand.NewPCG(1, 8))
	out := make([][2]store.ID, pairs)
	for i := range out { // skewed: low numbers are common
		out[i] = [2]store.ID{store.ID(1 + r.IntN(nodes)), store.ID(1 + r.IntN(1+r.IntN(nodes)))}
	}
	return out
}

func BenchmarkRelation(b *testing.B) {
	pairs := benchmarkPairs(1<<16, 1<<18)
	var mem memory.Budget
	b.ReportAllocs()
	for b.Loop() {
		made(b, &mem, false, pairs).Close()
	}
}

func BenchmarkTriangle(b *testing.B) {
	var mem memory.Budget
	rel := made(b, &mem, false, benchmarkPairs(5000, 50_000))
	b.ReportAllocs()
	for b.Loop() {
		j := New(3, []Atom{{rel, 0, 1}, {rel, 1, 2}, {rel, 0, 2}}, &mem)
		j.Pause = onward
		cols := make([][]store.ID, 3)
		for {
			n, err := j.Next(b.Context(), cols, 2048)
			if err != nil {
				b.Fatal(err)
			}
			if n == 0 {
				break
			}
			for k := range cols {
				cols[k] = cols[k][:0]
			}
		}
		j.Close()
	}
}
