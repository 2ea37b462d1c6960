package exec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
)

var ab, bc = []plan.Var{"a", "b"}, []plan.Var{"b", "c"}

// pairs makes n rows: a counts, b repeats after modulo values and is unbound in
// every unbound-th row when that is positive. They are sorted by b when asked.
func pairs(n, modulo, unbound int, byLast bool) [][]store.ID {
	out := make([][]store.ID, n)
	for i := range out {
		out[i] = []store.ID{number(i), iri(i % modulo)}
		if unbound > 0 && i%unbound == 0 {
			out[i][1] = 0
		}
	}
	if byLast {
		slices.SortStableFunc(out, func(x, y []store.ID) int { return slices.Compare(x[1:], y[1:]) })
	}
	return out
}

func swapped(in [][]store.ID) [][]store.ID {
	out := make([][]store.ID, len(in))
	for i, r := range in {
		out[i] = []store.ID{r[1], r[0]}
	}
	return out
}

// joined is Join, LeftJoin or Minus of rows (a b) and (b c) as SPARQL 1.1 §18.5
// defines them.
func joined(kind plan.JoinKind, left, right [][]store.ID, cond func(a, b, c store.ID) bool) [][]store.ID {
	var out [][]store.ID
	for _, l := range left {
		matched := false
		for _, r := range right {
			if l[1] != 0 && r[0] != 0 && l[1] != r[0] {
				continue
			}
			if kind == plan.Minus {
				matched = matched || l[1] != 0 && r[0] != 0
				continue
			}
			b := max(l[1], r[0])
			if cond == nil || cond(l[0], b, r[1]) {
				matched = true
				out = append(out, []store.ID{l[0], b, r[1]})
			}
		}
		switch {
		case kind == plan.LeftOuter && !matched:
			out = append(out, []store.ID{l[0], l[1], 0})
		case kind == plan.Minus && !matched:
			out = append(out, []store.ID{l[0], l[1]})
		}
	}
	return out
}

func TestHashJoin(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.Inner, plan.LeftOuter, plan.Minus} {
		for _, unbound := range []int{0, 3} {
			for _, nl := range sizes {
				for _, nr := range []int{0, 1, 7, 300} {
					if unbound > 0 && nl > 2 && nr == 300 {
						nl = 100
					}
					left, right := pairs(nl, 40, unbound, false), swapped(pairs(nr, 50, unbound, false))
					n := &plan.HashJoin{
						Info:  info("a", "b", "c"),
						Kind:  kind,
						Left:  rows(ab, left...),
						Right: rows(bc, right...),
					}
					if kind == plan.Minus {
						n.Info = info("a", "b")
					}
					if unbound > 0 {
						n.Shared = []plan.Var{"b"}
					} else {
						n.Key = []plan.Var{"b"}
					}
					got := mustRun(t, testEnv(&fake{}, 0), n)
					what := fmt.Sprintf("kind %d of %d and %d, unbound %d", kind, nl, nr, unbound)
					same(t, what, got, joined(kind, left, right, nil), true)
				}
			}
		}
	}
}

// TestHashJoinFirstColumn asserts that a shared variable may stand in the first column of
// both sides, each of which leaves it unbound once.
func TestHashJoinFirstColumn(t *testing.T) {
	n := &plan.HashJoin{
		Info: info("b", "a", "c"), Kind: plan.Inner, Shared: []plan.Var{"b"},
		Left:  rows([]plan.Var{"b", "a"}, []store.ID{iri(1), number(1)}, []store.ID{0, number(2)}),
		Right: rows(bc, []store.ID{iri(1), number(3)}, []store.ID{0, number(4)}),
	}
	want := [][]store.ID{
		{iri(1), number(1), number(3)}, {iri(1), number(1), number(4)},
		{iri(1), number(2), number(3)}, {0, number(2), number(4)},
	}
	same(t, "join", mustRun(t, testEnv(&fake{}, 0), n), want, false)
}

func less(a, b algebra.Expr) algebra.Expr {
	return &algebra.Call{Func: value.FnLess, Args: []algebra.Expr{a, b}}
}

// TestHashLeftJoinCondition has solutions of one left row on both sides of a
// border, of which the condition leaves some, one or none.
func TestHashLeftJoinCondition(t *testing.T) {
	left, right := pairs(3*batchRows, 5, 0, false), swapped(pairs(60, 4, 0, false))
	n := &plan.HashJoin{
		Info:  info("a", "b", "c"),
		Kind:  plan.LeftOuter,
		Left:  rows(ab, left...),
		Right: rows(bc, right...),
		Key:   []plan.Var{"b"},
		Exprs: []algebra.Expr{less(algebra.Var("a"), algebra.Var("c"))},
	}
	got := mustRun(t, testEnv(&fake{}, 0), n)
	same(t, "left join", got, joined(plan.LeftOuter, left, right, func(a, _, c store.ID) bool { return a < c }), true)
}

// TestMinusDomain asserts that variables which are not to count do not make
// domains overlap, and that an unbound one does not either.
func TestMinusDomain(t *testing.T) {
	left := [][]store.ID{{number(1), iri(1)}, {number(2), iri(2)}, {number(3), 0}}
	right := [][]store.ID{{iri(1), number(9)}}
	n := &plan.HashJoin{Info: info("a", "b"), Kind: plan.Minus, Left: rows(ab, left...), Right: rows(bc, right...),
		Shared: []plan.Var{"b"}}
	same(t, "minus", mustRun(t, testEnv(&fake{}, 0), n), left[1:], true)
	n.Ignore = []plan.Var{"b"}
	same(t, "minus without domain", mustRun(t, testEnv(&fake{}, 0), n), left, true)
}

func TestMergeJoin(t *testing.T) {
	for _, nl := range sizes {
		for _, nr := range []int{0, 1, 5, batchRows, batchRows + 700} {
			for _, modulo := range []int{1, 3, 1000, 100_000} {
				if modulo < 1000 && nl*nr > 1<<20 {
					continue
				}
				left, right := pairs(nl, modulo, 0, true), swapped(pairs(nr, modulo+1, 0, true))
				n := &plan.MergeJoin{
					Info:  info("a", "b", "c"),
					Left:  rows(ab, left...),
					Right: rows(bc, right...),
					On:    "b",
				}
				got := mustRun(t, testEnv(&fake{}, 0), n)
				want := mustRun(
					t,
					testEnv(&fake{}, 0),
					&plan.HashJoin{Info: info("a", "b", "c"), Left: n.Left, Right: n.Right,
						Key: []plan.Var{"b"}},
				)
				same(t, fmt.Sprintf("%d and %d of %d keys", nl, nr, modulo), got, want, true)
			}
		}
	}
}

// chain is n quads <i> <1000000> i in one graph, and for every third of them one
// with another predicate.
func chain(n int) [][4]store.ID {
	var out [][4]store.ID
	for i := range n {
		out = append(out, [4]store.ID{iri(i), iri(1_000_000), number(i), store.DefaultGraph})
		if i%3 == 0 {
			out = append(out, [4]store.ID{iri(i), iri(1_000_001), number(-i), store.DefaultGraph})
		}
	}
	return out
}

func slotOf(v plan.Var) plan.Slot { return plan.Slot{Var: v} }
func fixed(id store.ID) plan.Slot { return plan.Slot{ID: id} }

// scanOf scans the triples with a predicate, sorted by subject.
func scanOf(p store.ID, subject, object plan.Var) *plan.Scan {
	return &plan.Scan{Info: info(subject, object), Index: store.SPOG,
		Quad: plan.Quad{S: slotOf(subject), P: fixed(p), O: slotOf(object), G: plan.Graphs{Mode: plan.AllGraphs}}}
}

// TestMergeJoinSeeks joins two scans, of which the longer must be passed over
// in part, with batches of all sizes.
func TestMergeJoinSeeks(t *testing.T) {
	for _, batch := range []int{1, 2, 3, 7, 0} {
		f := &fake{quads: chain(500), batch: batch}
		few := rows([]plan.Var{"s", "x"}, []store.ID{iri(3), number(1)}, []store.ID{iri(4), number(2)},
			[]store.ID{iri(300), number(3)}, []store.ID{iri(300), number(4)}, []store.ID{iri(900), number(5)})
		want := [][]store.ID{{iri(3), number(1), number(3)}, {iri(4), number(2), number(4)},
			{iri(300), number(3), number(300)}, {iri(300), number(4), number(300)}}
		n := &plan.MergeJoin{Info: info("s", "x", "o"), Left: few, Right: scanOf(iri(1_000_000), "s", "o"), On: "s"}
		same(t, fmt.Sprintf("right scan, batch %d", batch), mustRun(t, testEnv(f, 0), n), want, true)
		n.Left, n.Right = n.Right, n.Left
		same(t, fmt.Sprintf("left scan, batch %d", batch), mustRun(t, testEnv(f, 0), n), want, true)
		both := &plan.MergeJoin{Info: info("s", "o", "m"), On: "s",
			Left: scanOf(iri(1_000_000), "s", "o"), Right: scanOf(iri(1_000_001), "s", "m")}
		if got := mustRun(t, testEnv(f, 0), both); len(got) != 167 {
			t.Errorf("two scans, batch %d: %d solutions, want 167", batch, len(got))
		}
	}
}

// lookupOf joins rows with the triples of a predicate by their subject.
func lookupOf(in plan.Node, p store.ID, subject, object plan.Var) *plan.Lookup {
	vars := slices.Clone(in.Base().Vars)
	for _, v := range []plan.Var{subject, object} {
		if !slices.Contains(vars, v) {
			vars = append(vars, v)
		}
	}
	return &plan.Lookup{Info: info(vars...), Input: in,
		Quad: plan.Quad{S: slotOf(subject), P: fixed(p), O: slotOf(object), G: plan.Graphs{Mode: plan.AllGraphs}}}
}

// TestLookup asserts that output follows the order of the input, whatever is
// bound in a row, and that the sizes of batches do not matter.
func TestLookup(t *testing.T) {
	f := &fake{quads: chain(600)}
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range sizes {
		in := make([][]store.ID, n)
		var want [][]store.ID
		for i := range in {
			s := r.IntN(1200)
			in[i] = []store.ID{number(i), iri(s)}
			if s < 600 {
				want = append(want, []store.ID{number(i), iri(s), number(s)})
			}
		}
		got := mustRun(t, testEnv(f, 0), lookupOf(rows(ab, in...), iri(1_000_000), "b", "o"))
		same(t, fmt.Sprintf("%d rows", n), got, want, true)
	}
}

func TestLookupUnbound(t *testing.T) {
	f := &fake{quads: chain(7)}
	in := rows([]plan.Var{"s", "o"},
		[]store.ID{iri(2), 0}, []store.ID{0, number(3)}, []store.ID{iri(4), number(4)}, []store.ID{iri(4), number(5)},
		[]store.ID{store.FirstLocal + 1, 0}, []store.ID{0, 0}, []store.ID{iri(2), 0})
	want := [][]store.ID{{iri(2), number(2)}, {iri(3), number(3)}, {iri(4), number(4)}}
	for i := range 7 {
		want = append(want, []store.ID{iri(i), number(i)})
	}
	want = append(want, []store.ID{iri(2), number(2)})
	same(t, "lookup", mustRun(t, testEnv(f, 0), lookupOf(in, iri(1_000_000), "s", "o")), want, true)
	missing := lookupOf(in, store.FirstLocal, "s", "o")
	same(t, "a predicate that the store lacks", mustRun(t, testEnv(f, 0), missing), nil, true)
}

// TestLookupManyMatches has more matches for one key than fit into a batch.
func TestLookupManyMatches(t *testing.T) {
	f := &fake{}
	for i := range 20 * batchRows {
		f.quads = append(f.quads, [4]store.ID{iri(i % 2), iri(9), number(i), store.DefaultGraph})
	}
	in := rows([]plan.Var{"s"}, []store.ID{iri(1)}, []store.ID{iri(0)}, []store.ID{iri(1)})
	got := mustRun(t, testEnv(f, 0), lookupOf(in, iri(9), "s", "o"))
	if len(got) != 30*batchRows || got[0][0] != iri(1) || got[10*batchRows][0] != iri(0) ||
		got[20*batchRows][0] != iri(1) {
		t.Errorf("%d solutions, want %d in the order of the input", len(got), 30*batchRows)
	}
}

// hub looks up rows of one subject, which has many matches.
func hub(t *testing.T, matches, n int) *lookupOp {
	t.Helper()
	f := &fake{}
	for i := range matches {
		f.quads = append(f.quads, [4]store.ID{iri(1), iri(9), number(i), store.DefaultGraph})
	}
	in := slices.Repeat([][]store.ID{{iri(1)}}, n)
	op, err := testEnv(f, 0).start(lookupOf(rows([]plan.Var{"s"}, in...), iri(9), "s", "o"))
	if err != nil {
		t.Fatal(err)
	}
	return op.(*lookupOp)
}

// TestLookupChunks asserts that a lookup takes fewer rows at a time where each has
// many matches, so that the matches which it holds stay few.
func TestLookupChunks(t *testing.T) {
	const matches = 300
	op := hub(t, matches, 2*firstChunk)
	defer op.close()
	var held []int // matches of each probe
	for {
		b, err := op.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		if n := op.out.all.n; len(held) == 0 || n != held[len(held)-1] {
			held = append(held, n)
		}
	}
	if want := []int{firstChunk * matches, firstChunk / 8 * matches}; len(held) < 2 || !slices.Equal(held[:2], want) {
		t.Errorf("the matches held at a time are %d, want %d at first", held, want)
	}
}

// TestLookupOfHub asserts that rows of which each has very many matches are looked up few at a
// time from the first on, so that a budget sees what is held before it is much.
func TestLookupOfHub(t *testing.T) {
	const matches = 5000
	op := hub(t, matches, 3*firstChunk)
	defer op.close()
	most, n := 0, 0
	for {
		b, err := op.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		most, n = max(most, len(op.rows)), n+b.n
	}
	if n != 3*firstChunk*matches || most > 64*batchRows+matches {
		t.Errorf("%d solutions, %d of them held at a time, want %d and at most %d", n, most, 3*firstChunk*matches,
			64*batchRows+matches)
	}
}

// graphQuads has triples in several graphs, one of them in three.
func graphQuads() [][4]store.ID {
	return [][4]store.ID{
		{
			iri(1),
			iri(5),
			iri(2),
			store.DefaultGraph,
		}, {iri(1), iri(5), iri(2), iri(10)}, {iri(1), iri(5), iri(2), iri(11)},
		{
			iri(2),
			iri(5),
			iri(2),
			iri(10),
		}, {iri(3), iri(5), iri(1), iri(11)}, {iri(3), iri(6), iri(3), store.DefaultGraph},
	}
}

// TestGraphModes matches one pattern in every kind of active graph, by a scan
// and by lookups.
func TestGraphModes(t *testing.T) {
	s, o, g := plan.Var("s"), plan.Var("o"), plan.Var("g")
	in := func(ids ...int) []store.ID {
		out := make([]store.ID, len(ids))
		for i, n := range ids {
			out[i] = iri(n)
		}
		return out
	}
	tests := []struct {
		name   string
		graphs plan.Graphs
		vars   []plan.Var
		want   [][]store.ID
	}{
		{"union", plan.Graphs{Mode: plan.AllGraphs}, []plan.Var{s, o}, [][]store.ID{in(1, 2), in(2, 2), in(3, 1)}},
		{
			"default graph",
			plan.Graphs{Mode: plan.OneGraph, ID: store.DefaultGraph},
			[]plan.Var{s, o},
			[][]store.ID{in(1, 2)},
		},
		{
			"one graph",
			plan.Graphs{Mode: plan.OneGraph, ID: iri(10)},
			[]plan.Var{s, o},
			[][]store.ID{in(1, 2), in(2, 2)},
		},
		{
			"some graphs",
			plan.Graphs{Mode: plan.SomeGraphs, List: []store.ID{store.DefaultGraph, iri(11)}},
			[]plan.Var{s, o},
			[][]store.ID{in(1, 2), in(3, 1)},
		},
		{"no graphs", plan.Graphs{Mode: plan.SomeGraphs}, []plan.Var{s, o}, nil},
		{"each graph", plan.Graphs{Mode: plan.VarGraph, Var: g}, []plan.Var{s, o, g},
			[][]store.ID{in(1, 2, 10), in(1, 2, 11), in(2, 2, 10), in(3, 1, 11)}},
		{"each of a list", plan.Graphs{Mode: plan.VarGraph, Var: g, Listed: true, List: []store.ID{iri(11), iri(12)}},
			[]plan.Var{s, o, g}, [][]store.ID{in(1, 2, 11), in(3, 1, 11)}},
		{"each graph, its name left out", plan.Graphs{Mode: plan.VarGraph, Var: g}, []plan.Var{s, o},
			[][]store.ID{in(1, 2), in(1, 2), in(2, 2), in(3, 1)}},
		{"union, objects left out", plan.Graphs{Mode: plan.AllGraphs}, []plan.Var{s},
			[][]store.ID{in(1), in(2), in(3)}},
		{"graph is the object", plan.Graphs{Mode: plan.VarGraph, Var: o}, []plan.Var{s, o}, nil},
	}
	for _, tt := range tests {
		for _, batch := range []int{1, 2, 0} {
			f := &fake{quads: graphQuads(), batch: batch}
			q := plan.Quad{S: slotOf(s), P: fixed(iri(5)), O: slotOf(o), G: tt.graphs}
			scan := &plan.Scan{Info: info(tt.vars...), Quad: q, Index: store.POSG}
			same(t, tt.name+" by scan", mustRun(t, testEnv(f, 0), scan), tt.want, false)
			lookup := &plan.Lookup{Info: info(tt.vars...), Quad: q,
				Input: rows(
					[]plan.Var{s},
					[]store.ID{iri(3)},
					[]store.ID{iri(1)},
					[]store.ID{iri(2)},
					[]store.ID{iri(9)},
				)}
			same(t, tt.name+" by lookup", mustRun(t, testEnv(f, 0), lookup), tt.want, false)
			one := rows([]plan.Var{s}, []store.ID{iri(1)}) // in two batches, which find the same
			twice := append(slices.Clone(tt.want), slices.DeleteFunc(slices.Clone(tt.want), func(r []store.ID) bool {
				return r[0] != iri(1)
			})...)
			lookup.Input = &plan.Union{Info: one.Info, Branches: []plan.Node{one,
				rows([]plan.Var{s}, []store.ID{iri(1)}), rows([]plan.Var{s}, []store.ID{iri(2)}),
				rows([]plan.Var{s}, []store.ID{iri(3)})}}
			same(t, tt.name+" by lookups of one", mustRun(t, testEnv(f, 0), lookup), twice, false)
			lookup.Input = rows([]plan.Var{s}, []store.ID{0})
			same(t, tt.name+" by lookup of everything", mustRun(t, testEnv(f, 0), lookup), tt.want, false)
		}
	}
}

func TestRepeatedVariable(t *testing.T) {
	f := &fake{quads: graphQuads()}
	q := plan.Quad{S: slotOf("x"), P: slotOf("p"), O: slotOf("x"), G: plan.Graphs{Mode: plan.AllGraphs}}
	scan := &plan.Scan{Info: info("x", "p"), Quad: q, Index: store.SPOG}
	want := [][]store.ID{{iri(2), iri(5)}, {iri(3), iri(6)}}
	same(t, "scan", mustRun(t, testEnv(f, 0), scan), want, true)
	lookup := &plan.Lookup{
		Info:  info("x", "p"),
		Quad:  q,
		Input: rows([]plan.Var{"x"}, []store.ID{iri(3)}, []store.ID{iri(2)}),
	}
	same(t, "lookup", mustRun(t, testEnv(f, 0), lookup), [][]store.ID{want[1], want[0]}, true)
}

// TestScanOrder asserts that solutions come in the order of the index.
func TestScanOrder(t *testing.T) {
	for _, n := range sizes {
		f := &fake{quads: chain(n)}
		for index, column := range map[store.Order]int{store.SPOG: 0, store.OSPG: 1} {
			scan := scanOf(iri(1_000_000), "s", "o")
			scan.Index = index
			got := mustRun(t, testEnv(f, 0), scan)
			byColumn := func(a, b []store.ID) int { return slices.Compare(a[column:column+1], b[column:column+1]) }
			if len(got) != n || !slices.IsSortedFunc(got, byColumn) {
				t.Errorf("%v: %d solutions, want %d sorted by column %d", index, len(got), n, column)
			}
		}
	}
}

// TestApply runs a lookup as a sub-plan for every batch, in each kind.
func TestApply(t *testing.T) {
	f := &fake{quads: chain(300)}
	for _, n := range []int{0, 1, 7, batchRows + 1} {
		in := pairs(n, 400, 5, false)
		seed := &plan.Seed{Info: info(".row", "b"), Row: ".row"}
		sub := lookupOf(seed, iri(1_000_001), "b", "c")
		var has, hasNot, marked, outer, inner [][]store.ID
		for _, r := range in {
			var matches [][]store.ID
			for i := 297; i >= 0; i -= 3 { // as the index by object has them
				if r[1] == 0 || r[1] == iri(i) {
					matches = append(matches, []store.ID{r[0], iri(i), number(-i)})
				}
			}
			inner, outer = append(inner, matches...), append(outer, matches...)
			if len(matches) > 0 {
				has, marked = append(has, r), append(marked, []store.ID{r[0], r[1], truth(true)})
			} else {
				hasNot, marked = append(hasNot, r), append(marked, []store.ID{r[0], r[1], truth(false)})
				outer = append(outer, []store.ID{r[0], r[1], 0})
			}
		}
		for _, tt := range []struct {
			kind plan.JoinKind
			vars []plan.Var
			want [][]store.ID
		}{
			{plan.Semi, ab, has}, {plan.Anti, ab, hasNot}, {plan.Mark, []plan.Var{"a", "b", "m"}, marked},
			{plan.LeftOuter, []plan.Var{"a", "b", "c"}, outer}, {plan.Inner, []plan.Var{"a", "b", "c"}, inner},
		} {
			apply := &plan.Apply{
				Info:  info(tt.vars...),
				Kind:  tt.kind,
				Input: rows(ab, in...),
				Sub:   sub,
				Seed:  seed,
				Mark:  "m",
			}
			got, err := run(t, testEnv(f, 0), apply)
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("kind %d of %d", tt.kind, n), got, tt.want, true)
		}
	}
}

func truth(b bool) store.ID {
	id, _ := store.Inline(value.Bool(b).Term())
	return id
}

// TestApplyReadsOn has a sub-plan that finds some rows in its first batch and
// the last of them in its second.
func TestApplyReadsOn(t *testing.T) {
	f := &fake{quads: chain(10)}
	in := [][]store.ID{{iri(0)}, {iri(3)}, {iri(6)}, {iri(1)}, {iri(20)}}
	seed := &plan.Seed{Info: info(".row", "b"), Row: ".row"}
	few, all := lookupOf(seed, iri(1_000_001), "b", "c"), lookupOf(seed, iri(1_000_000), "b", "c")
	sub := &plan.Union{Info: few.Info, Branches: []plan.Node{few, all}}
	apply := &plan.Apply{Info: info("b"), Kind: plan.Semi, Input: rows([]plan.Var{"b"}, in...), Sub: sub, Seed: seed}
	same(t, "semi", mustRun(t, testEnv(f, 0), apply), in[:4], true)
	apply.Kind = plan.Anti
	same(t, "anti", mustRun(t, testEnv(f, 0), apply), in[4:], true)
}

// TestRowwise asserts that a limit below an Apply holds for every row by itself.
func TestRowwise(t *testing.T) {
	f := &fake{}
	for i := range 30 {
		f.quads = append(f.quads, [4]store.ID{iri(i % 3), iri(9), number(i), store.DefaultGraph})
	}
	for _, n := range []int{0, 1, 5, batchRows + 2} {
		in, want := make([][]store.ID, n), [][]store.ID{}
		for i := range in {
			in[i] = []store.ID{number(i), iri(i % 4)}
			if i%4 < 3 {
				want = append(want, []store.ID{number(i), iri(i % 4), number(i % 4)})
			}
		}
		for _, vars := range [][]plan.Var{{".row", "b"}, {"b", ".row"}} {
			seed := &plan.Seed{Info: info(vars...), Row: ".row"}
			apply := &plan.Apply{Info: info("a", "b", "c"), Input: rows(ab, in...), Seed: seed,
				Sub: firstOf(seed, iri(9), "b", "c")}
			same(t, fmt.Sprintf("%d rows", n), mustRun(t, testEnv(f, 0), apply), want, true)
		}
		seed := &plan.Seed{Info: info(".row", "b"), Row: ".row"}
		first := firstOf(seed, iri(9), "b", "c") // whose sub-plan does not know the row
		first.Sub = &plan.Project{Info: info("b", "c"), Input: first.Sub}
		first.Info = info("b", "c", ".row")
		apply := &plan.Apply{Info: info("a", "b", "c"), Input: rows(ab, in...), Seed: seed, Sub: first}
		same(t, fmt.Sprintf("%d rows without a number", n), mustRun(t, testEnv(f, 0), apply), want, true)
	}
}
