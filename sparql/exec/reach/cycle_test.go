package reach

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/sparql/exec/memory"
	"fincat/store"
)

// relation is pairs of nodes by their first.
type relation map[store.ID][]store.ID

// step gives the pairs in a sequence that is not that of the nodes, as the operators may.
func (r relation) step(_ context.Context, from []store.ID) (idx []int32, to []store.ID, err error) {
	for i := len(from) - 1; i >= 0; i-- {
		for _, t := range r[from[i]] {
			idx, to = append(idx, int32(i)), append(to, t)
		}
	}
	return idx, to, nil
}

func randomRelation(r *rand.Rand, nodes, pairs int) relation {
	out := relation{}
	for range pairs {
		a := store.ID(1 + r.IntN(nodes))
		out[a] = append(out[a], store.ID(1+r.IntN(nodes)))
	}
	return out
}

func onward(context.Context) error { return nil }

// returns says, by walking, whether steps lead from a node back to it.
func (r relation) returns(node store.ID) bool {
	seen := map[store.ID]bool{}
	todo := slices.Clone(r[node])
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == node {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, r[n]...)
		}
	}
	return false
}

func TestCycles(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 1))
	found := 0
	for range 300 {
		nodes := 1 + r.IntN(40)
		rel := randomRelation(r, nodes, r.IntN(2*nodes))
		var from, want []store.ID
		for range r.IntN(nodes + 1) {
			from = append(from, store.ID(1+r.IntN(nodes+3))) // some twice, some without pairs
		}
		for _, n := range from {
			if rel.returns(n) {
				want = append(want, n)
			}
		}
		var mem memory.Budget
		c := &Closure{From: from, Step: rel.step, Memory: &mem, Pause: onward}
		idx, to, more, err := c.Cycles(t.Context())
		if err != nil || more || !slices.Equal(to, want) {
			t.Fatalf("cycles of %v from %v: %v, %v, %v, want %v", rel, from, to, more, err, want)
		}
		for k, i := range idx {
			if from[i] != to[k] {
				t.Fatalf("pair %d is %v to %v", k, from[i], to[k])
			}
		}
		if mem.Used() != 0 {
			t.Fatalf("%d bytes are kept", mem.Used())
		}
		found += len(want)
	}
	if found < 300 {
		t.Errorf("only %d nodes on cycles: the test does not test", found)
	}
}

// TestCyclesLong asserts that a cycle through very many nodes needs no deep recursion, and
// that the search stops when it is told to.
func TestCyclesLong(t *testing.T) {
	const n = 300_000
	step := func(_ context.Context, from []store.ID) (idx []int32, to []store.ID, err error) {
		for i, f := range from {
			idx, to = append(idx, int32(i)), append(to, f%n+1)
		}
		return idx, to, nil
	}
	var from []store.ID
	for i := range n {
		from = append(from, store.ID(i+1))
	}
	var mem memory.Budget
	c := &Closure{From: from, Step: step, Memory: &mem, Pause: onward}
	if _, to, _, err := c.Cycles(t.Context()); err != nil || len(to) != n {
		t.Errorf("%d nodes on the cycle, %v, want %d", len(to), err, n)
	}
	c.Memory = &memory.Budget{Limit: 1 << 20}
	if _, _, _, err := c.Cycles(t.Context()); err == nil {
		t.Error("no error with too little memory")
	}
	c.Memory = &mem
	enough := errors.New("enough")
	for _, most := range []int{3, n/pieceRows + 3} { // while exploring; while searching
		calls := 0
		c.Pause = func(context.Context) error {
			if calls++; calls > most {
				return enough
			}
			return nil
		}
		if _, _, _, err := c.Cycles(t.Context()); !errors.Is(err, enough) {
			t.Errorf("after %d pauses: %v, want the error of the pause", most, err)
		}
	}
}

func BenchmarkCycles(b *testing.B) {
	rel := randomRelation(rand.New(rand.NewPCG(1, 2)), 20_000, 60_000)
	var from []store.ID
	for n := range rel {
		from = append(from, n)
	}
	slices.Sort(from)
	b.ReportAllocs()
	for b.Loop() {
		var mem memory.Budget
		c := &Closure{From: from, Step: rel.step, Memory: &mem, Pause: onward}
		if _, _, _, err := c.Cycles(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
