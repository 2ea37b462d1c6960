package canon_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"fincat/vocab/canon"
	"fincat/vocab/term"
)

func iri(s string) term.Term   { return term.NewIRI("http://e/" + s) }
func blank(s string) term.Term { return term.NewBlankNode(s) }

// edges builds quads of one predicate from pairs of blank node numbers.
func edges(pairs ...[2]int) []term.Quad {
	var qs []term.Quad
	for _, e := range pairs {
		qs = append(qs, term.Quad{Subject: blank(fmt.Sprint(e[0])), Predicate: iri("p"),
			Object: blank(fmt.Sprint(e[1]))})
	}
	return qs
}

func cycle(from, n int) (pairs [][2]int) {
	for i := range n {
		pairs = append(pairs, [2]int{from + i, from + (i+1)%n})
	}
	return pairs
}

// relabel returns quads shuffled and with other blank node labels.
func relabel(quads []term.Quad, r *rand.Rand) []term.Quad {
	names := map[term.Term]term.Term{}
	out := make([]term.Quad, len(quads))
	for i, q := range quads {
		out[i] = q.MapBlankNodes(func(t term.Term) term.Term {
			if names[t].IsZero() {
				names[t] = blank(fmt.Sprintf("x%x", r.Uint64()))
			}
			return names[t]
		})
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// rook and shrikhande are strongly regular graphs with equal parameters, which
// colour refinement does not tell apart.
func rook() (pairs [][2]int) {
	for i := range 16 {
		for j := range 16 {
			if i != j && (i/4 == j/4 || i%4 == j%4) {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

func shrikhande() (pairs [][2]int) {
	for i := range 16 {
		for _, d := range [][2]int{{0, 1}, {0, 3}, {1, 0}, {3, 0}, {1, 1}, {3, 3}} {
			pairs = append(pairs, [2]int{i, (i/4+d[0])%4*4 + (i+d[1])%4})
		}
	}
	return pairs
}

func shift(pairs [][2]int, by int) [][2]int {
	out := slices.Clone(pairs)
	for i := range out {
		out[i] = [2]int{out[i][0] + by, out[i][1] + by}
	}
	return out
}

func clique(n int) (pairs [][2]int) {
	for i := range n {
		for j := range n {
			if i != j {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

func TestIsomorphic(t *testing.T) {
	p, o := iri("p"), term.NewString("o")
	b := func(s string) []term.Quad { return []term.Quad{{Subject: blank(s), Predicate: p, Object: o}} }
	tt := func(s, o string) []term.Quad {
		return []term.Quad{{Subject: iri("s"), Predicate: p,
			Object: term.NewTripleTerm(term.Triple{Subject: blank(s), Predicate: p, Object: blank(o)})}}
	}
	hard := func(tail [][2]int) [][2]int {
		all := slices.Clone(tail)
		for i := range 9 {
			all = append(all, shift(rook(), 16*(i+1))...)
		}
		return all
	}
	tests := []struct {
		name string
		a, b []term.Quad
		want bool
	}{
		{"empty", nil, nil, true},
		{
			"ground", []term.Quad{{Subject: p, Predicate: p, Object: o}},
			[]term.Quad{{Subject: p, Predicate: p, Object: o}},
			true,
		},
		{
			"ground differs", []term.Quad{{Subject: p, Predicate: p, Object: o}},
			[]term.Quad{{Subject: p, Predicate: p, Object: p}}, false,
		},
		{
			"graph name differs", []term.Quad{{Subject: p, Predicate: p, Object: o}},
			[]term.Quad{{Subject: p, Predicate: p, Object: o, Graph: p}}, false,
		},
		{"blank node", b("x"), b("y"), true},
		{"repeated quads", slices.Concat(b("x"), b("x")), b("y"), true},
		{"two for one", slices.Concat(b("x"), b("y")), b("y"), false},
		{"blank node and IRI", b("x"), []term.Quad{{Subject: iri("x"), Predicate: p, Object: o}}, false},
		{"same quad count", slices.Concat(b("x"), edges([2]int{1, 2})), slices.Concat(b("1"), edges([2]int{1, 2})),
			false},
		{"self loop", edges([2]int{1, 1}), edges([2]int{1, 2}), false},
		{"triple terms", tt("x", "y"), tt("y", "x"), true},
		{"triple terms, one node", tt("x", "x"), tt("y", "x"), false},
		{"triple term shares node", slices.Concat(tt("x", "z"), b("x")), slices.Concat(tt("z", "x"), b("x")), false},
		{"blank graph names", []term.Quad{{Subject: p, Predicate: p, Object: blank("g"), Graph: blank("g")}},
			[]term.Quad{{Subject: p, Predicate: p, Object: blank("g"), Graph: blank("h")}}, false},
		{"cycles", edges(append(cycle(0, 3), cycle(3, 3)...)...), edges(cycle(0, 6)...), false},
		{
			"cycles of one size", edges(append(cycle(0, 3), cycle(3, 3)...)...),
			edges(append(cycle(10, 3), cycle(20, 3)...)...), true,
		},
		{"strongly regular", edges(rook()...), edges(shrikhande()...), false},
		{"strongly regular, same", edges(rook()...), edges(shift(rook(), 3)...), true},
		{"many regular parts, one differs", edges(hard(rook())...), edges(hard(shrikhande())...), false},
		{"clique", edges(clique(20)...), edges(shift(clique(20), 5)...), true},
		{"clique less an edge", edges(clique(20)...), append(edges(clique(20)[1:]...), edges([2]int{3, 3})...), false},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := relabel(tt.a, r), relabel(tt.b, r)
			if got := canon.Isomorphic(a, b); got != tt.want {
				t.Errorf("Isomorphic = %v, want %v", got, tt.want)
			}
			if got := canon.Isomorphic(b, a); got != tt.want {
				t.Errorf("Isomorphic of swapped = %v, want %v", got, tt.want)
			}
			if added, removed := canon.Diff(a, b); (len(added)+len(removed) == 0) != tt.want {
				t.Errorf("Diff = +%d -%d, want empty: %v", len(added), len(removed), tt.want)
			}
		})
	}
}

// TestIsomorphicMapping checks the mapping itself on random datasets.
func TestIsomorphicMapping(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		a := randomQuads(r, 1+r.IntN(30), 1+r.IntN(12))
		b := relabel(a, r)
		m, ok := canon.Isomorphism(a, b)
		if !ok {
			t.Fatalf("isomorphism(%v, relabelled) found none", a)
		}
		for _, q := range a {
			if c := q.MapBlankNodes(func(t term.Term) term.Term { return m[t] }); !slices.Contains(b, c) {
				t.Fatalf("%v maps to %v, which is not there", q, c)
			}
		}
	}
}

// randomQuads returns n quads over few terms, so that structure repeats.
func randomQuads(r *rand.Rand, n, nodes int) []term.Quad {
	pick := func() term.Term {
		if r.IntN(3) == 0 {
			return iri(fmt.Sprint(r.IntN(3)))
		}
		return blank(fmt.Sprint(r.IntN(nodes)))
	}
	var qs []term.Quad
	for range n {
		q := term.Quad{Subject: pick(), Predicate: iri("p" + fmt.Sprint(r.IntN(2))), Object: pick()}
		switch r.IntN(6) {
		case 0:
			q.Graph = pick()
		case 1:
			q.Object = term.NewTripleTerm(q.Triple())
		}
		qs = append(qs, q)
	}
	return qs
}

// TestDiffApplies checks what Diff promises: a - removed + added ≅ b.
func TestDiffApplies(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		a := randomQuads(r, 1+r.IntN(30), 1+r.IntN(12))
		b := slices.Clone(a)
		for range r.IntN(4) {
			b[r.IntN(len(b))] = randomQuads(r, 1, 20)[0]
		}
		b = relabel(b, r)
		added, removed := canon.Diff(a, b)
		var c []term.Quad
		for _, q := range a {
			if !slices.Contains(removed, q) {
				c = append(c, q)
			}
		}
		if c = append(c, added...); !canon.Isomorphic(c, b) {
			t.Fatalf("Diff(%v, %v) = +%v -%v does not lead from one to the other", a, b, added, removed)
		}
	}
}

// TestDiffMinimal changes one literal in a record with many blank nodes.
func TestDiffMinimal(t *testing.T) {
	record := func(n int, name string, prefix string) []term.Quad {
		var qs []term.Quad
		for i := range n {
			d, c := blank(fmt.Sprint(prefix, "d", i)), blank(fmt.Sprint(prefix, "c", i))
			phone := term.NewString("1")
			if i == n/2 {
				phone = term.NewString(name)
			}
			qs = append(qs,
				term.Quad{Subject: iri("ds"), Predicate: iri("distribution"), Object: d},
				term.Quad{Subject: d, Predicate: iri("title"), Object: term.NewString(fmt.Sprint(i / 2))},
				term.Quad{Subject: d, Predicate: iri("contact"), Object: c},
				term.Quad{Subject: c, Predicate: iri("kind"), Object: iri("K")},
				term.Quad{Subject: c, Predicate: iri("phone"), Object: phone})
		}
		return qs
	}
	added, removed := canon.Diff(record(200, "old", "a"), record(200, "new", "b"))
	if len(added) != 1 || len(removed) != 1 {
		t.Errorf("Diff = +%v -%v, want one quad each", added, removed)
	}
	if len(added) == 1 && len(removed) == 1 && added[0].Subject != removed[0].Subject {
		t.Errorf("Diff names %v and %v, want one blank node", added[0].Subject, removed[0].Subject)
	}
}

// TestIsomorphicScales checks that long regular structures need no search.
func TestIsomorphicScales(t *testing.T) {
	tests := []struct {
		name string
		in   []term.Quad
	}{
		{"cycle", edges(cycle(0, 5000)...)},
		{"chain", edges(cycle(0, 5000)[1:]...)},
		{"isolated", func() (qs []term.Quad) {
			for i := range 5000 {
				qs = append(qs, edges([2]int{i, i})...)
			}
			return qs
		}()},
	}
	r := rand.New(rand.NewPCG(7, 8))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			if !canon.Isomorphic(tt.in, relabel(tt.in, r)) {
				t.Error("Isomorphic = false, want true")
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}
