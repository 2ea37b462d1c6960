package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
)

func link(n int) syntax.PathExpr { return syntax.PathLink{IRI: fmt.Sprintf("http://e/%d", n)} }

// pairsOf is the relation of a path over triples, as SPARQL 1.1 §18.4 defines
// it, a pair as often as it is found there; nodes are those of the graph.
func pairsOf(p syntax.PathExpr, triples [][4]store.ID, nodes []store.ID) [][]store.ID {
	var out [][]store.ID
	switch p := p.(type) {
	case syntax.PathLink:
		for _, t := range triples {
			if fmt.Sprintf("http://e/%d", t[1]-iri(0)) == p.IRI {
				out = append(out, []store.ID{t[0], t[2]})
			}
		}
	case syntax.PathInverse:
		return swapped(pairsOf(p.Path, triples, nodes))
	case syntax.PathSequence:
		out = pairsOf(p.Paths[0], triples, nodes)
		for _, next := range p.Paths[1:] {
			var joined [][]store.ID
			for _, a := range out {
				for _, b := range pairsOf(next, triples, nodes) {
					if a[1] == b[0] {
						joined = append(joined, []store.ID{a[0], b[1]})
					}
				}
			}
			out = joined
		}
	case syntax.PathAlternative:
		for _, a := range p.Paths {
			out = append(out, pairsOf(a, triples, nodes)...)
		}
	case syntax.PathNegated:
		for _, t := range triples {
			iri := fmt.Sprintf("http://e/%d", t[1]-iri(0))
			if len(p.Forward) > 0 && !slices.Contains(p.Forward, iri) {
				out = append(out, []store.ID{t[0], t[2]})
			}
			if len(p.Inverse) > 0 && !slices.Contains(p.Inverse, iri) {
				out = append(out, []store.ID{t[2], t[0]})
			}
		}
	case syntax.PathZeroOrOne:
		return closure(pairsOf(p.Path, triples, nodes), nodes, true, false)
	case syntax.PathZeroOrMore:
		return closure(pairsOf(p.Path, triples, nodes), nodes, true, true)
	case syntax.PathOneOrMore:
		return closure(pairsOf(p.Path, triples, nodes), nodes, false, true)
	}
	return out
}

// closure is the set of pairs that steps connect: none, one or many of them.
func closure(steps [][]store.ID, nodes []store.ID, zero, many bool) [][]store.ID {
	set := map[[2]store.ID]bool{}
	for _, s := range steps {
		set[[2]store.ID{s[0], s[1]}] = true
	}
	for grown := many; grown; {
		grown = false
		for a := range set {
			for _, s := range steps {
				if c := [2]store.ID{a[0], s[1]}; a[1] == s[0] && !set[c] {
					set[c], grown = true, true
				}
			}
		}
	}
	for _, n := range nodes {
		if zero {
			set[[2]store.ID{n, n}] = true
		}
	}
	var out [][]store.ID
	for s := range set {
		out = append(out, []store.ID{s[0], s[1]})
	}
	return out
}

func pathsOfAllKinds() map[string]syntax.PathExpr {
	p, q := link(100), link(101)
	return map[string]syntax.PathExpr{
		"zero or more": syntax.PathZeroOrMore{
			Path: p,
		}, "one or more": syntax.PathOneOrMore{Path: p}, "zero or one": syntax.PathZeroOrOne{Path: p},
		"alternative": syntax.PathAlternative{Paths: []syntax.PathExpr{p, q}}, "inverse": syntax.PathInverse{Path: p},
		"negated":         syntax.PathNegated{Forward: []string{"http://e/100"}},
		"negated inverse": syntax.PathNegated{Forward: []string{"http://e/101"}, Inverse: []string{"http://e/100"}},
		"more of alternatives": syntax.PathOneOrMore{Path: syntax.PathAlternative{Paths: []syntax.PathExpr{p,
			syntax.PathInverse{Path: q}}}},
		"more of a sequence":      syntax.PathZeroOrMore{Path: syntax.PathSequence{Paths: []syntax.PathExpr{p, q}}},
		"more of one or none":     syntax.PathOneOrMore{Path: syntax.PathZeroOrOne{Path: q}},
		"alternative of closures": syntax.PathAlternative{Paths: []syntax.PathExpr{syntax.PathZeroOrMore{Path: p}, q}},
		"sequence of closures": syntax.PathSequence{
			Paths: []syntax.PathExpr{syntax.PathOneOrMore{Path: p}, syntax.PathZeroOrOne{Path: q}},
		},
	}
}

// TestPath holds paths of all kinds to their definition over random graphs with
// cycles, with either end bound, both, or none.
func TestPath(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	paths := pathsOfAllKinds()
	for range 4 {
		f := &fake{batch: 2}
		for range 9 {
			f.quads = append(
				f.quads,
				[4]store.ID{iri(r.IntN(6)), iri(100 + r.IntN(2)), iri(r.IntN(6)), store.DefaultGraph},
			)
		}
		triples := f.matching(store.Pattern{}, store.SPOG)
		var nodes []store.ID
		for _, q := range triples {
			nodes = append(nodes, q[0], q[2])
		}
		slices.Sort(nodes)
		nodes = slices.Compact(nodes)
		for name, path := range paths {
			all := pairsOf(path, triples, nodes)
			// A constant need not be in the graph for a path of length zero; a
			// variable is only bound to what is.
			from := func(s, o store.ID, constant bool) [][]store.ID {
				reach := all
				if constant {
					reach = pairsOf(
						path,
						triples,
						slices.Compact(slices.Sorted(slices.Values(append(nodes[:len(nodes):len(nodes)], s, o)))),
					)
				}
				var out [][]store.ID
				for _, x := range reach {
					if (s == 0 || x[0] == s) && (o == 0 || x[1] == o) {
						out = append(out, x)
					}
				}
				return out
			}
			ends := [][]store.ID{
				{0, 0},
				{iri(0), 0},
				{0, iri(1)},
				{iri(2), iri(2)},
				{iri(2), iri(3)},
				{iri(50), 0},
				{0, iri(50)},
				{iri(50), iri(50)},
				{iri(50), iri(1)},
			}
			union, one := plan.Graphs{Mode: plan.AllGraphs}, plan.Graphs{Mode: plan.OneGraph, ID: store.DefaultGraph}
			for _, graph := range []plan.Graphs{union, one} {
				for _, end := range ends {
					node := &plan.PathJoin{
						Info:  info("s", "o"),
						Input: rows([]plan.Var{"s", "o"}, end),
						S:     slotOf("s"),
						O:     slotOf("o"),
						Path:  path,
						G:     graph,
					}
					got, err := run(t, testEnv(f, 0), node)
					if err != nil {
						t.Fatal(err)
					}
					same(t, fmt.Sprintf("%s from %v", name, show(end)), got, from(end[0], end[1], false), false)
					if end[0] == 0 || end[1] == 0 {
						continue
					}
					node.S, node.O, node.Info, node.Input = fixed(
						end[0],
					), fixed(
						end[1],
					), info(), rows(
						nil,
						[]store.ID{},
					)
					if got, err = run(t, testEnv(f, 0), node); err != nil ||
						len(got) != len(from(end[0], end[1], true)) {
						t.Errorf("%s from constant %v: %d solutions, %v", name, show(end), len(got), err)
					}
				}
				loop := &plan.PathJoin{
					Info:  info("s"),
					Input: rows(nil, []store.ID{}),
					S:     slotOf("s"),
					O:     slotOf("s"),
					Path:  path,
					G:     graph,
				}
				got, err := run(t, testEnv(f, 0), loop)
				if err != nil {
					t.Fatal(err)
				}
				var want [][]store.ID
				for _, x := range all {
					if x[0] == x[1] {
						want = append(want, x[:1])
					}
				}
				same(t, name+" back to its start", got, want, false)
				loop.Input = rows([]plan.Var{"s"}, nodes[:1], nodes[1:2], nodes[:1], []store.ID{iri(50)})
				if got, err = run(t, testEnv(f, 0), loop); err != nil {
					t.Fatal(err)
				}
				again := slices.Concat(want, want)
				again = slices.DeleteFunc(again, func(x []store.ID) bool { return x[0] != nodes[0] })
				for _, x := range want {
					if x[0] == nodes[1] {
						again = append(again, x)
					}
				}
				same(t, name+" back to a start that is given", got, again, false)
			}
		}
	}
}

// TestPathLong follows a chain and a ring longer than a batch.
func TestPathLong(t *testing.T) {
	f := &fake{}
	for i := range batchRows + 10 {
		f.quads = append(f.quads, [4]store.ID{iri(i), iri(1_000_000), iri(i + 1), store.DefaultGraph})
	}
	node := &plan.PathJoin{
		Info:  info("s", "o"),
		Input: rows([]plan.Var{"s"}, []store.ID{iri(2)}),
		S:     slotOf("s"),
		O:     slotOf("o"),
		Path:  syntax.PathZeroOrMore{Path: link(1_000_000)},
		G:     plan.Graphs{Mode: plan.AllGraphs},
	}
	if got, err := run(t, testEnv(f, 0), node); err != nil || len(got) != batchRows+9 {
		t.Errorf("chain: %d solutions, %v, want %d", len(got), err, batchRows+9)
	}
	f.quads = append(f.quads, [4]store.ID{iri(batchRows + 10), iri(1_000_000), iri(0), store.DefaultGraph})
	node.Path = syntax.PathOneOrMore{Path: link(1_000_000)}
	if got, err := run(t, testEnv(f, 0), node); err != nil || len(got) != batchRows+11 {
		t.Errorf("ring: %d solutions, %v, want %d", len(got), err, batchRows+11)
	}
	var limit *LimitError
	if _, err := run(t, testEnv(f, 20_000), node); !asLimit(err, &limit) {
		t.Errorf("a closure within 20,000 bytes gives %v", err)
	}
}

// TestPathByGraph keeps a path within one graph.
func TestPathByGraph(t *testing.T) {
	f := &fake{
		quads: [][4]store.ID{
			{iri(1), iri(5), iri(2), iri(10)},
			{iri(2), iri(5), iri(3), iri(11)},
			{iri(2), iri(5), iri(4), iri(10)},
		},
	}
	node := &plan.PathJoin{
		Info:  info("s", "o", "g"),
		Input: rows([]plan.Var{"s"}, []store.ID{iri(1)}),
		S:     slotOf("s"),
		O:     slotOf("o"),
		Path:  syntax.PathOneOrMore{Path: link(5)},
		G:     plan.Graphs{Mode: plan.VarGraph, Var: "g"},
	}
	got, err := run(t, testEnv(f, 0), node)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "each graph", got, [][]store.ID{{iri(1), iri(2), iri(10)}, {iri(1), iri(4), iri(10)}}, false)
	node.Info, node.G = info("s", "o"), plan.Graphs{Mode: plan.SomeGraphs, List: []store.ID{iri(10), iri(11)}}
	if got, err = run(t, testEnv(f, 0), node); err != nil {
		t.Fatal(err)
	}
	same(t, "some graphs", got, [][]store.ID{{iri(1), iri(2)}, {iri(1), iri(3)}, {iri(1), iri(4)}}, false)
}

// TestPathRows holds paths of all kinds to their definition for many rows at once, which
// bind either end, both or none and another variable, in every kind of active graph.
func TestPathRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	one, two := iri(10), iri(11)
	f := &fake{batch: 3}
	for _, g := range []store.ID{one, two, two} {
		for range 5 {
			f.quads = append(f.quads, [4]store.ID{iri(r.IntN(5)), iri(100 + r.IntN(2)), iri(r.IntN(5)), g})
		}
	}
	in := [][]store.ID{} // s, o, a number, g
	for range 2 {
		for _, end := range [][]store.ID{{0, 0}, {iri(0), 0}, {0, iri(1)}, {iri(2), iri(2)}, {iri(2), iri(3)},
			{iri(50), 0}, {0, iri(50)}, {iri(3), 0}, {0, iri(4)}, {store.FirstLocal + 1, 0}} {
			for _, g := range []store.ID{0, one, two, iri(12)} {
				in = append(in, []store.ID{end[0], end[1], number(len(in)), g})
			}
		}
	}
	r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
	none := []store.ID{}
	modes := map[string]struct {
		graphs plan.Graphs
		are    [][]store.ID // the active graphs, each of them a union
	}{
		"union": {plan.Graphs{Mode: plan.AllGraphs}, [][]store.ID{{one, two}}},
		"one":   {plan.Graphs{Mode: plan.OneGraph, ID: two}, [][]store.ID{{two}}},
		"param": {plan.Graphs{Mode: plan.ParamGraph}, [][]store.ID{{one}}},
		"some": {plan.Graphs{Mode: plan.SomeGraphs, List: []store.ID{one, store.FirstLocal + 2, iri(12)}},
			[][]store.ID{{one}}},
		"no graph": {plan.Graphs{Mode: plan.SomeGraphs}, [][]store.ID{none}},
		"each":     {plan.Graphs{Mode: plan.VarGraph, Var: "g"}, [][]store.ID{{one}, {two}}},
	}
	for name, mode := range modes {
		for kind, path := range pathsOfAllKinds() {
			node := &plan.PathJoin{Info: info("s", "o", "x", "g"), Input: rows([]plan.Var{"s", "o", "x", "g"}, in...),
				S: slotOf("s"), O: slotOf("o"), Path: path, G: mode.graphs}
			var want [][]store.ID
			for _, graphs := range mode.are {
				want = append(want, pathRows(f, path, graphs, in, mode.graphs.Mode == plan.VarGraph)...)
			}
			e := testEnv(f, 0)
			e.param = one
			same(t, kind+", "+name, mustRun(t, e, node), want, false)
		}
	}
}

// pathRows joins rows of two ends, a number and a graph with the relation of a path in
// the union of some graphs. With each set a row must have the graph or none.
func pathRows(f *fake, path syntax.PathExpr, graphs []store.ID, in [][]store.ID, each bool) (out [][]store.ID) {
	var triples [][4]store.ID
	var nodes []store.ID
	for _, q := range f.matching(store.Pattern{}, store.SPOG) {
		if slices.Contains(graphs, q[3]) {
			q[3] = 0
			triples, nodes = append(triples, q), append(nodes, q[0], q[2])
		}
	}
	triples = slices.Compact(triples)
	slices.Sort(nodes)
	reach := pairsOf(path, triples, slices.Compact(nodes))
	for _, row := range in {
		if each && row[3] != 0 && row[3] != graphs[0] {
			continue
		}
		for _, x := range reach {
			if (row[0] == 0 || row[0] == x[0]) && (row[1] == 0 || row[1] == x[1]) {
				found := []store.ID{x[0], x[1], row[2], row[3]}
				if each {
					found[3] = graphs[0]
				}
				out = append(out, found)
			}
		}
	}
	return out
}

// TestPathMemory asserts that the solutions of a path count, not only its nodes.
func TestPathMemory(t *testing.T) {
	const n = 300
	f := &fake{}
	var in [][]store.ID
	for i := range n {
		f.quads = append(f.quads, [4]store.ID{iri(i), iri(5), iri(i + 1), store.DefaultGraph},
			[4]store.ID{iri(0), iri(6), iri(i), store.DefaultGraph})
		in = append(in, []store.ID{iri(0)})
	}
	for name, input := range map[string]*plan.Table{"one end": rows([]plan.Var{"s"}, in...),
		"no end": rows([]plan.Var{"x"}, in[:50]...)} {
		node := &plan.PathJoin{Info: over(input, "o"), Input: input, S: slotOf("s"), O: slotOf("o"),
			Path: link(6), G: plan.Graphs{Mode: plan.AllGraphs}}
		if name == "no end" {
			node.Info = over(input, "s", "o")
			node.Path = link(5)
		}
		var limit *LimitError
		if _, err := run(t, testEnv(f, 120_000), node); !asLimit(err, &limit) {
			t.Errorf("%s: solutions above the limit give %v", name, err)
		}
		mustRun(t, testEnv(f, 0), node)
	}
}

// TestClosureTakesTurns asserts that a path which leads from everywhere to everywhere asks
// whether it has to end, and lets others have their turn, while it looks through what one
// step has found.
func TestClosureTakesTurns(t *testing.T) {
	const nodes, pairs = 40, 40 * 40 * 40 // of its second step
	src := &fake{}
	for i := range nodes {
		for k := range nodes {
			src.quads = append(src.quads, [4]store.ID{iri(i), iri(100), iri(k), iri(101)})
		}
	}
	e, turns := testEnv(src, 0), 0
	e.Turn = func(context.Context) error {
		turns++
		return nil
	}
	node := &plan.PathJoin{Info: info("s", "o"), Input: rows(nil, []store.ID{}), S: slotOf("s"), O: slotOf("o"),
		Path: syntax.PathOneOrMore{Path: link(100)}}
	if got := mustRun(t, e, node); len(got) != nodes*nodes {
		t.Fatalf("%d solutions, want %d", len(got), nodes*nodes)
	}
	if turns < pairs/batchRows {
		t.Errorf("%d turns for %d pairs", turns, pairs)
	}
}

// TestPathLevels asks for some solutions of closures that together are far larger than the
// memory, and asserts that a walk ends with the last solution that is wanted.
func TestPathLevels(t *testing.T) {
	const n = 3000
	f := &fake{}
	for i := range n {
		f.quads = append(f.quads, [4]store.ID{iri(i), iri(5), iri(i + 1), store.DefaultGraph})
	}
	closure := syntax.PathOneOrMore{Path: link(5)}
	for name, node := range map[string]*plan.PathJoin{
		"no end": {Info: info("s", "o"), Input: rows(nil, []store.ID{}), S: slotOf("s"), O: slotOf("o")},
		"one end": {Info: info("s", "o"), Input: rows([]plan.Var{"s"}, []store.ID{iri(0)}), S: slotOf("s"),
			O: slotOf("o")},
		"two ends": {Info: info("s"), Input: rows([]plan.Var{"s"}, []store.ID{iri(0)}), S: slotOf("s"),
			O: plan.Slot{ID: iri(3)}},
	} {
		node.Path, node.G = closure, plan.Graphs{Mode: plan.AllGraphs}
		memory, limit := int64(50_000), int64(1)
		if name == "two ends" {
			limit = -1 // there is no other
		}
		if name == "no end" {
			memory = 200_000 // for what may be a start
		}
		got := mustRun(t, testEnv(f, memory), &plan.Slice{Info: node.Info, Input: node, Limit: limit})
		if len(got) != 1 || got[0][0] != iri(0) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
