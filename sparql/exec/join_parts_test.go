package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/store"
)

// randomSide is one side of a join: the other variable counts, b is one of some values, of which
// the first is often there, or unbound.
func randomSide(r *rand.Rand, n, values int, unbound, first bool) [][]store.ID {
	out := make([][]store.ID, n)
	for i := range out {
		b := iri(r.IntN(values))
		switch {
		case unbound && r.IntN(4) == 0:
			b = 0
		case r.IntN(3) == 0:
			b = iri(0)
		}
		out[i] = []store.ID{number(i), b}
		if first {
			out[i] = []store.ID{b, number(i)}
		}
	}
	return out
}

// TestJoinParts asserts that joins of random sides, of each kind, with and without a key and
// conditions, give the same by way of files as in memory, in the same sequence where an
// operator above relies on it, and leave no file.
func TestJoinParts(t *testing.T) {
	rounds, parted := 40, 0
	if os.Getenv("FINCAT_CAMPAIGN") != "" {
		rounds = 3000
	}
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), 11))
		kind := []plan.JoinKind{plan.Inner, plan.LeftOuter, plan.Minus}[r.IntN(3)]
		unbound, values := r.IntN(3) == 0, 1+r.IntN(60)
		left := randomSide(r, r.IntN(300), values, unbound, false)
		right := randomSide(r, r.IntN(300), values, unbound, true)
		var cond func(a, b, c store.ID) bool
		j := &plan.HashJoin{Info: info("a", "b", "c"), Kind: kind, Left: rows(ab, left...), Right: rows(bc, right...)}
		if kind == plan.Minus {
			j.Info = info("a", "b")
		}
		if kind == plan.LeftOuter && r.IntN(2) == 0 {
			cond = func(a, _, c store.ID) bool { return a < c }
			j.Exprs = []algebra.Expr{less(algebra.Var("a"), algebra.Var("c"))}
		}
		if unbound {
			j.Shared = []plan.Var{"b"}
		} else {
			j.Key = []plan.Var{"b"}
		}
		var node plan.Node = j
		inOrder := r.IntN(2) == 0
		if inOrder { // which relies on the sequence
			node = &plan.Distinct{Info: *j.Base(), Input: j, Adjacent: true}
		}
		e := spillEnv(t, 0)
		e.Spill.Most = []int64{1, 500, 5000}[r.IntN(3)]
		create := e.Spill.Make
		e.Spill.Make = func() (*os.File, error) {
			parted++
			return create()
		}
		what := fmt.Sprintf("round %d: kind %d of %d and %d, unbound %v, in order %v, %d bytes", round, kind,
			len(left), len(right), unbound, inOrder, e.Spill.Most)
		same(t, what, mustRun(t, e, node), joined(kind, left, right, cond), inOrder)
		nothingLeft(t, what, e)
	}
	if parted < rounds {
		t.Errorf("only %d files in %d rounds", parted, rounds)
	}
}

// TestJoinPartsNoColumns asserts that solutions without variables are not lost in files.
func TestJoinPartsNoColumns(t *testing.T) {
	e := spillEnv(t, 0)
	e.Spill.Most = 1
	right := rows(bc, pairs(20, 7, 0, false)...)
	j := &plan.HashJoin{Info: info(bc...), Left: rows(nil, nil, nil, nil), Right: right}
	if got := mustRun(t, e, j); len(got) != 60 {
		t.Errorf("%d solutions, want 60", len(got))
	}
	nothingLeft(t, "join", e)
}

// TestJoinPartsEnd asserts that a join of files ends at any time it is told to, and leaves no file.
func TestJoinPartsEnd(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		j := &plan.HashJoin{Info: info("a", "b", "c"), Kind: plan.LeftOuter,
			Left: rows(ab, pairs(500, 40, 0, false)...), Right: rows(bc, swapped(pairs(500, 50, 0, false))...)}
		if j.Shared = []plan.Var{"b"}; keyed {
			j.Key, j.Shared = j.Shared, nil
		}
		for stop := range 30 {
			ctx, cancel := context.WithCancel(t.Context())
			e, turns := spillEnv(t, 0), 0
			e.Spill.Most = 100
			e.Turn = func(context.Context) error {
				if turns++; turns > stop {
					cancel()
				}
				return nil
			}
			create := e.Spill.Make
			e.Spill.Make = func() (*os.File, error) {
				if turns++; turns > stop {
					cancel()
				}
				return create()
			}
			var last error
			for _, err := range e.RunIDs(ctx, j, nil) {
				last = err
			}
			if turns > stop+1 && last == nil {
				t.Errorf("keyed %v: stopped at %d of %d turns, no error", keyed, stop, turns)
			}
			cancel()
			nothingLeft(t, fmt.Sprintf("stopped at %d", stop), e)
		}
	}
}

// BenchmarkJoinParts joins 200,000 solutions with as many, in memory and by way of files.
func BenchmarkJoinParts(b *testing.B) {
	const n = 200_000
	left, right := pairs(n, n, 0, false), swapped(pairs(n, n, 0, false))
	j := &plan.HashJoin{Info: info("a", "b", "c"), Left: rows(ab, left...), Right: rows(bc, right...),
		Key: []plan.Var{"b"}}
	for name, most := range map[string]int64{"memory": 0, "files": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				e := spillEnv(b, 0)
				e.Spill.Most = most
				found := 0
				for batch, err := range e.RunIDs(b.Context(), j, nil) {
					if err != nil {
						b.Fatal(err)
					}
					found += batch.N
				}
				if found != n {
					b.Fatalf("%d solutions, want %d", found, n)
				}
			}
		})
	}
}
