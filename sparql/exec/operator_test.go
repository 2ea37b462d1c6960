package exec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

func over(in plan.Node, more ...plan.Var) plan.Info {
	return info(append(slices.Clone(in.Base().Vars), more...)...)
}

// TestPassing asserts for operators that pass solutions on one by one what they
// keep and change, for numbers of solutions around the borders of batches.
func TestPassing(t *testing.T) {
	b := algebra.Var("b")
	for _, n := range sizes {
		in := pairs(n, 11, 4, false)
		table := rows(ab, in...)
		keep := func(f func(i int, r []store.ID) bool) [][]store.ID {
			var out [][]store.ID
			for i, r := range in {
				if f(i, r) {
					out = append(out, r)
				}
			}
			return out
		}
		each := func(f func(i int, r []store.ID) []store.ID) [][]store.ID {
			out := make([][]store.ID, n)
			for i, r := range in {
				out[i] = f(i, r)
			}
			return out
		}
		bound := &algebra.Call{Func: value.FnBound, Args: []algebra.Expr{b}}
		even := less(algebra.Term{Term: value.Int(int64(n / 2)).Term()}, algebra.Var("a"))
		tests := []struct {
			name string
			node plan.Node
			want [][]store.ID
		}{
			{"table", table, in},
			{"filter", &plan.Filter{Info: over(table), Input: table, Exprs: []algebra.Expr{bound, even}},
				keep(func(i int, r []store.ID) bool { return r[1] != 0 && i > n/2 })},
			{"filter nothing out", &plan.Filter{Info: over(table), Input: table}, in},
			{
				"filter all out",
				&plan.Filter{Info: over(table), Input: table, Exprs: []algebra.Expr{algebra.Var("none")}},
				nil,
			},
			{"project", &plan.Project{Info: info("b", "none"), Input: table},
				each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[1], 0} })},
			{"extend by a variable", &plan.Extend{Info: over(table, "x"), Input: table, Var: "x", Expr: b},
				each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[0], r[1], r[1]} })},
			{"extend by a test", &plan.Extend{Info: over(table, "x"), Input: table, Var: "x", Expr: bound},
				each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[0], r[1], truth(r[1] != 0)} })},
			{"extend by an error", &plan.Extend{Info: over(table, "x"), Input: table, Var: "x",
				Expr: &algebra.Call{Func: value.FnMinus, Args: []algebra.Expr{b}}},
				each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[0], r[1], 0} })},
			{"copy to a new variable", &plan.Copy{Info: over(table, "x"), Input: table, From: "b", To: "x"},
				each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[0], r[1], r[1]} })},
			{"number", &plan.Number{Info: over(table, "x"), Input: table, Var: "x"},
				each(func(i int, r []store.ID) []store.ID { return []store.ID{r[0], r[1], store.ID(i + 1)} })},
			{"union", &plan.Union{Info: info("b", "a", "c"), Branches: []plan.Node{table, rows(bc, in...), table}},
				slices.Concat(
					each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[1], r[0], 0} }),
					each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[0], 0, r[1]} }),
					each(func(_ int, r []store.ID) []store.ID { return []store.ID{r[1], r[0], 0} }))},
		}
		for _, tt := range tests {
			got, err := run(t, testEnv(&fake{}, 0), tt.node)
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("%s of %d", tt.name, n), got, tt.want, true)
		}
	}
}

func TestCopyToBound(t *testing.T) {
	in := rows(
		ab,
		[]store.ID{iri(1), iri(1)},
		[]store.ID{iri(1), iri(2)},
		[]store.ID{iri(1), 0},
		[]store.ID{0, iri(2)},
		[]store.ID{0, 0},
	)
	n := &plan.Copy{Info: over(in), Input: in, From: "a", To: "b"}
	want := [][]store.ID{{iri(1), iri(1)}, {iri(1), iri(1)}, {0, iri(2)}, {0, 0}}
	same(t, "copy", mustRun(t, testEnv(&fake{}, 0), n), want, true)
}

// TestSlice cuts at and beside the borders, and reads no more than it needs.
func TestSlice(t *testing.T) {
	const n = 2*batchRows + 3
	in := pairs(n, 7, 0, false)
	for _, offset := range []int{0, 1, batchRows - 1, batchRows, batchRows + 1, n - 1, n, n + 1} {
		for _, limit := range []int{-1, 0, 1, batchRows - 1, batchRows, batchRows + 1, n} {
			node := &plan.Slice{Info: info(ab...), Input: rows(ab, in...), Offset: uint64(offset), Limit: int64(limit)}
			want := in[min(offset, n):]
			if limit >= 0 {
				want = want[:min(limit, len(want))]
			}
			same(t, fmt.Sprintf("slice %d %d", offset, limit), mustRun(t, testEnv(&fake{}, 0), node), want, true)
		}
	}
	f := &fake{quads: chain(3 * batchRows)}
	slice := &plan.Slice{Info: info("s", "o"), Input: scanOf(iri(1_000_000), "s", "o"), Limit: batchRows}
	mustRun(t, testEnv(f, 0), slice)
	if f.calls != 2 { // the scan itself and one batch
		t.Errorf("a slice of one batch reads %d times", f.calls)
	}
}

func TestDistinct(t *testing.T) {
	for _, n := range sizes {
		in := pairs(n, 3, 2, true)
		for i := range in {
			in[i][0] = number(i / 3)
		}
		var want [][]store.ID
		for _, r := range in {
			if !slices.ContainsFunc(
				want[max(0, len(want)-1500):],
				func(x []store.ID) bool { return slices.Equal(x, r) },
			) {
				want = append(want, r)
			}
		}
		for _, adjacent := range []bool{false, true} {
			node := &plan.Distinct{Info: info(ab...), Input: rows(ab, in...), Adjacent: adjacent}
			if adjacent {
				want = slices.CompactFunc(slices.Clone(in), slices.Equal)
			}
			same(
				t,
				fmt.Sprintf("distinct of %d, adjacent %v", n, adjacent),
				mustRun(t, testEnv(&fake{}, 0), node),
				want,
				true,
			)
		}
	}
	unbound := rows([]plan.Var{"a"}, []store.ID{0}, []store.ID{0}, []store.ID{iri(1)})
	for _, adjacent := range []bool{false, true} {
		node := &plan.Distinct{Info: info("a"), Input: unbound, Adjacent: adjacent}
		same(t, "unbound", mustRun(t, testEnv(&fake{}, 0), node), [][]store.ID{{0}, {iri(1)}}, true)
	}
}

// TestSort asserts a stable order of all solutions, and that with a limit it is
// the beginning of the same sequence.
func TestSort(t *testing.T) {
	for _, n := range sizes {
		in := pairs(n, 1, 0, false)
		for i := range in {
			in[i] = []store.ID{number((i * 7919) % 97), number(i)}
			if i%13 == 0 {
				in[i][0] = 0
			}
		}
		for _, descending := range []bool{false, true} {
			want := slices.Clone(in)
			slices.SortStableFunc(want, func(a, b []store.ID) int {
				if descending {
					return cmp.Compare(b[0], a[0])
				}
				return cmp.Compare(a[0], b[0])
			})
			for _, limit := range []int{-1, 0, 1, 10, batchRows, n} {
				node := &plan.Sort{Info: info(ab...), Input: rows(ab, in...), Limit: int64(limit),
					Keys: []algebra.OrderKey{{Expr: algebra.Var("a"), Descending: descending}}}
				cut := want
				if limit >= 0 {
					cut = want[:min(limit, n)]
				}
				same(t, fmt.Sprintf("sort of %d, descending %v, limit %d", n, descending, limit),
					mustRun(t, testEnv(&fake{}, 0), node), cut, true)
			}
		}
	}
	const n = 4 * batchRows
	var better, want [][]store.ID // every row comes before those before it
	for i := range n {
		better, want = append(better, []store.ID{number(n - i), 0}), append(want, []store.ID{number(i + 1), 0})
	}
	top := &plan.Sort{Info: info(ab...), Input: rows(ab, better...), Limit: 10,
		Keys: []algebra.OrderKey{{Expr: algebra.Var("a")}}}
	same(t, "the last ones are the first", mustRun(t, testEnv(&fake{}, 0), top), want[:10], true)
	in := rows(
		ab,
		[]store.ID{number(1), number(2)},
		[]store.ID{number(1), number(3)},
		[]store.ID{number(0), number(1)},
	)
	node := &plan.Sort{Info: info(ab...), Input: in, Limit: -1,
		Keys: []algebra.OrderKey{{Expr: algebra.Var("a")}, {Expr: algebra.Var("b"), Descending: true}}}
	want = [][]store.ID{{number(0), number(1)}, {number(1), number(3)}, {number(1), number(2)}}
	same(t, "two keys", mustRun(t, testEnv(&fake{}, 0), node), want, true)
}

func aggregation(v plan.Var, f value.Aggregator, arg algebra.Expr, distinct bool) algebra.Aggregation {
	return algebra.Aggregation{Var: v, Func: f, Arg: arg, Distinct: distinct, Separator: ","}
}

// TestGroup compares groups of sorted and of unsorted input with those that a
// loop finds.
func TestGroup(t *testing.T) {
	a, b := algebra.Var("a"), algebra.Var("b")
	for _, n := range sizes {
		for _, groups := range []int{1, 10, 100_000} {
			in := pairs(n, groups, 0, true)
			var want [][]store.ID
			for i := 0; i < n; {
				j, sum := i, 0
				for ; j < n && in[j][1] == in[i][1]; j++ {
					sum += int(in[j][0] - number(0))
				}
				want = append(want, []store.ID{in[i][1], number(j - i), number(sum), in[i][0], in[j-1][0]})
				i = j
			}
			for _, isSorted := range []bool{false, true} {
				node := &plan.Group{
					Info:   info("b", "n", "sum", "min", "max"),
					Input:  rows(ab, in...),
					Sorted: isSorted,
					Keys:   []algebra.GroupKey{{Var: "b", Expr: b}},
					Aggregates: []algebra.Aggregation{
						aggregation("n", value.AggCount, nil, false), aggregation("sum", value.AggSum, a, false),
						aggregation("min", value.AggMin, a, false), aggregation("max", value.AggMax, a, false)},
				}
				got, err := run(t, testEnv(&fake{}, 0), node)
				if err != nil {
					t.Fatal(err)
				}
				same(t, fmt.Sprintf("%d in %d groups, sorted %v", n, groups, isSorted), got, want, true)
			}
		}
	}
}

// TestGroupByFirstColumn asserts that a key may stand in the first column of the input.
func TestGroupByFirstColumn(t *testing.T) {
	b := algebra.Var("b")
	node := &plan.Group{
		Info: info("b", "n"), Input: rows([]plan.Var{"b", "a"}, swapped(pairs(7, 3, 0, true))...),
		Keys:       []algebra.GroupKey{{Var: "b", Expr: b}},
		Aggregates: []algebra.Aggregation{aggregation("n", value.AggCount, nil, false)},
	}
	want := [][]store.ID{{iri(0), number(3)}, {iri(1), number(2)}, {iri(2), number(2)}}
	same(t, "group", mustRun(t, testEnv(&fake{}, 0), node), want, true)
}

func TestAggregates(t *testing.T) {
	a, b := algebra.Var("a"), algebra.Var("b")
	in := [][]store.ID{{number(2), iri(1)}, {number(3), 0}, {number(2), iri(1)}, {0, iri(2)}}
	tests := []struct {
		agg  algebra.Aggregation
		in   [][]store.ID
		want string
	}{
		{
			aggregation("x", value.AggCount, nil, false),
			in,
			"4",
		}, {aggregation("x", value.AggCount, nil, true), in, "3"},
		{aggregation("x", value.AggCount, a, false), in, "3"}, {aggregation("x", value.AggCount, a, true), in, "2"},
		{
			aggregation("x", value.AggCount, &algebra.Call{Func: value.FnMinus, Args: []algebra.Expr{b}}, false),
			in,
			"0",
		},
		{aggregation("x", value.AggCount, &algebra.Call{Func: value.FnMinus, Args: []algebra.Expr{a}}, true), in, "2"},
		{aggregation("x", value.AggSum, a, false), in, "-"}, {aggregation("x", value.AggSum, a, false), in[:3], "7"},
		{aggregation("x", value.AggSum, a, true), in[:3], "5"}, {aggregation("x", value.AggSum, a, false), nil, "0"},
		// An error in one solution makes an error of the sum, with DISTINCT as without (SPARQL 1.1 §18.5.1.3).
		{aggregation("x", value.AggSum, &algebra.Call{Func: value.FnMinus, Args: []algebra.Expr{a}}, true), in, "-"},
		{aggregation("x", value.AggSum, &algebra.Call{Func: value.FnMinus, Args: []algebra.Expr{a}}, true), in[:3],
			"-5"},
		{aggregation("x", value.AggAvg, a, true), in[:3], "2.5"}, {aggregation("x", value.AggMin, a, false), nil, "-"},
		{
			aggregation("x", value.AggMin, a, false),
			in[:3],
			"2",
		}, {aggregation("x", value.AggMax, a, false), in[:3], "3"},
		{
			aggregation("x", value.AggSample, a, false),
			in[3:],
			"-",
		}, {aggregation("x", value.AggSample, b, false), in[1:], "<1>"},
		{
			aggregation("x", value.AggCount, algebra.Var("none"), false),
			in,
			"0",
		}, {aggregation("x", value.AggCount, nil, false), nil, "0"},
	}
	for _, tt := range tests {
		node := &plan.Group{Info: info("x"), Input: rows(ab, tt.in...), Aggregates: []algebra.Aggregation{tt.agg}}
		got, err := run(t, testEnv(&fake{quads: graphQuads()}, 0), node)
		if err != nil || len(got) != 1 || show(got[0])[0] != tt.want {
			t.Errorf(
				"%v of %d (distinct %v) = %v, %v, want %s",
				tt.agg.Func,
				len(tt.in),
				tt.agg.Distinct,
				got,
				err,
				tt.want,
			)
		}
	}
	keyed := &plan.Group{Info: info("b", "x"), Input: rows(ab), Keys: []algebra.GroupKey{{Var: "b", Expr: b}},
		Aggregates: []algebra.Aggregation{aggregation("x", value.AggCount, nil, false)}}
	same(t, "no solutions with a key", mustRun(t, testEnv(&fake{}, 0), keyed), nil, true)
	keyed.Input, keyed.Keys[0].Expr = rows(ab, in...), algebra.Var("none")
	same(t, "an unbound key", mustRun(t, testEnv(&fake{}, 0), keyed), [][]store.ID{{0, number(4)}}, true)
}

// TestGroupConcat keeps the order of the solutions, or the one that is asked for.
func TestGroupConcat(t *testing.T) {
	in := rows(
		ab,
		[]store.ID{number(2), iri(1)},
		[]store.ID{number(10), iri(1)},
		[]store.ID{number(1), iri(1)},
		[]store.ID{number(10), iri(1)},
	)
	agg := aggregation("x", value.AggGroupConcat, algebra.Var("a"), false)
	for _, tt := range []struct {
		order    []algebra.OrderKey
		distinct bool
		want     string
	}{
		{nil, false, "2,10,1,10"},
		{nil, true, "2,10,1"},
		{[]algebra.OrderKey{{Expr: algebra.Var("a")}}, false, "1,2,10,10"},
		{[]algebra.OrderKey{{Expr: algebra.Var("a"), Descending: true}}, true, "10,2,1"},
	} {
		agg.OrderBy, agg.Distinct = tt.order, tt.distinct
		e := testEnv(&fake{}, 0)
		got, err := run(t, e, &plan.Group{Info: info("x"), Input: in, Aggregates: []algebra.Aggregation{agg}})
		if err != nil {
			t.Fatal(err)
		}
		var text [1]term.Term
		if err := e.dict.terms(got[0], text[:]); err != nil || text[0].Value() != tt.want {
			t.Errorf("GROUP_CONCAT = %v, %v, want %q", text[0], err, tt.want)
		}
	}
}

func TestGraphNames(t *testing.T) {
	f := &fake{quads: graphQuads()}
	same(
		t,
		"all",
		mustRun(t, testEnv(f, 0), &plan.GraphNames{Info: info("g"), Var: "g"}),
		[][]store.ID{{iri(10)}, {iri(11)}},
		true,
	)
	listed := &plan.GraphNames{
		Info:   info("g"),
		Var:    "g",
		Listed: true,
		List:   []store.ID{iri(11), iri(12), store.FirstLocal},
	}
	same(t, "listed", mustRun(t, testEnv(f, 0), listed), [][]store.ID{{iri(11)}}, true)
	for i := range batchRows + 1 {
		f.quads = append(f.quads, [4]store.ID{iri(1), iri(1), iri(1), iri(1000 + i)})
	}
	if got := mustRun(t, testEnv(f, 0), &plan.GraphNames{Info: info("g"), Var: "g"}); len(got) != batchRows+3 {
		t.Errorf("%d graph names, want %d", len(got), batchRows+3)
	}
}

// TestGraphLoop counts in every graph by itself, also where a graph has nothing.
func TestGraphLoop(t *testing.T) {
	f := &fake{quads: graphQuads()}
	scan := &plan.Scan{Info: info("s", "o"), Index: store.POSG,
		Quad: plan.Quad{S: slotOf("s"), P: fixed(iri(5)), O: slotOf("o"), G: plan.Graphs{Mode: plan.ParamGraph}}}
	two := &plan.Filter{Info: over(scan), Input: scan, Exprs: []algebra.Expr{&algebra.Call{Func: value.FnSameTerm,
		Args: []algebra.Expr{algebra.Var("s"), algebra.Term{Term: term.NewIRI("http://e/2")}}}}}
	count := &plan.Group{
		Info:       info("n"),
		Input:      two,
		Aggregates: []algebra.Aggregation{aggregation("n", value.AggCount, nil, false)},
	}
	loop := &plan.GraphLoop{
		Info:  info("n", "g"),
		Var:   "g",
		Names: &plan.GraphNames{Info: info("g"), Var: "g"},
		Sub:   count,
	}
	got, err := run(t, testEnv(f, 0), loop)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "loop", got, [][]store.ID{{number(1), iri(10)}, {number(0), iri(11)}}, true)
	loop.Sub, loop.Info = scan, info("s", "o", "g")
	want := [][]store.ID{
		{iri(1), iri(2), iri(10)},
		{iri(2), iri(2), iri(10)},
		{iri(3), iri(1), iri(11)},
		{iri(1), iri(2), iri(11)},
	}
	same(t, "scans", mustRun(t, testEnv(f, 0), loop), want, false)
}

// TestGraphLoopMany has more graphs than fit in a batch.
func TestGraphLoopMany(t *testing.T) {
	f := &fake{}
	var want [][]store.ID
	for i := range batchRows + 3 {
		f.quads = append(f.quads, [4]store.ID{iri(1), iri(5), number(i), iri(1000 + i)})
		want = append(want, []store.ID{iri(1), number(i), iri(1000 + i)})
	}
	loop := &plan.GraphLoop{Info: info("s", "o", "g"), Var: "g", Sub: scanIn(plan.ParamGraph, iri(5), "s", "o"),
		Names: &plan.GraphNames{Info: info("g"), Var: "g"}}
	same(t, "loop", mustRun(t, testEnv(f, 0), loop), want, false)
}

// TestGraphLoopTables asserts that what an Apply keeps for all its batches is kept for
// one graph only.
func TestGraphLoopTables(t *testing.T) {
	f := &fake{quads: graphQuads()}
	seed := &plan.Seed{Info: info(".row", "s"), Row: ".row"}
	apply := &plan.Apply{
		Info: info("s", "o"), Input: rows([]plan.Var{"s"}, []store.ID{iri(1)}, []store.ID{iri(2)}, []store.ID{iri(3)}),
		Seed: seed, Sub: &plan.HashJoin{Info: info(".row", "s", "o"), Left: seed,
			Right: scanIn(plan.ParamGraph, iri(5), "s", "o"), Key: []plan.Var{"s"}},
	}
	loop := &plan.GraphLoop{Info: info("s", "o", "g"), Var: "g", Sub: apply,
		Names: &plan.GraphNames{Info: info("g"), Var: "g"}}
	want := [][]store.ID{{iri(1), iri(2), iri(10)}, {iri(2), iri(2), iri(10)}, {iri(1), iri(2), iri(11)},
		{iri(3), iri(1), iri(11)}}
	same(t, "loop", mustRun(t, testEnv(f, 0), loop), want, false)

	const graphs, size = 60, 200
	for i := range graphs * size {
		f.quads = append(f.quads, [4]store.ID{iri(100 + i%size), iri(5), number(i), iri(1000 + i/size)})
	}
	if _, err := run(t, testEnv(f, 20*8*size), loop); err != nil { // no more than one graph needs
		t.Errorf("tables of %d graphs: %v", graphs, err)
	}
}

// hits is a text index that finds the same for every text but "none".
type hits []TextMatch

func (h hits) Search(_ context.Context, _ uint64, q TextQuery) iter.Seq2[TextMatch, error] {
	return func(yield func(TextMatch, error) bool) {
		for _, m := range h {
			if q.Text == "none" || !yield(m, nil) {
				return
			}
		}
		if q.Text == "fail" {
			yield(TextMatch{}, errFake)
		}
	}
}

func TestTextSearch(t *testing.T) {
	e := testEnv(&fake{}, 0)
	e.Text = hits{{Literal: value.Int(7).Term(), Score: 2}, {Literal: value.Int(8).Term(), Score: 1}}
	text := func(s string) store.ID { id, _ := store.Inline(term.NewString(s)); return id }
	score := func(f float64) store.ID { id, _ := e.ID(value.Double(f).Term()); return id }
	in := rows([]plan.Var{"q", "l"}, []store.ID{text("x"), 0}, []store.ID{text("none"), 0}, []store.ID{0, 0},
		[]store.ID{text("y"), number(8)}, []store.ID{text("y"), number(9)})
	node := &plan.TextSearch{Info: info("q", "l", "n"), Input: in, Query: slotOf("q"), Literal: "l", Score: "n"}
	got, err := run(t, e, node)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]store.ID{
		{text("x"), number(7), score(2)},
		{text("x"), number(8), score(1)},
		{text("y"), number(8), score(1)},
	}
	same(t, "search", got, want, true)
	node.Query = fixed(text("fail"))
	if _, err := run(t, e, node); !errors.Is(err, errFake) {
		t.Errorf("a search that fails gives %v", err)
	}
	e.Text = nil
	if _, err := run(t, e, node); err == nil {
		t.Error("a search without an index gives no error")
	}
}

// endpoint answers every request alike and keeps what it was asked.
type endpoint struct {
	vars  []string
	rows  [][]term.Term
	fail  error
	asked []string
}

func (s *endpoint) Select(_ context.Context, name, query string) ([]string, iter.Seq2[[]term.Term, error], error) {
	s.asked = append(s.asked, name+" "+query)
	return s.vars, func(yield func([]term.Term, error) bool) {
		for _, r := range s.rows {
			if !yield(r, nil) {
				return
			}
		}
		if s.fail != nil {
			yield(nil, s.fail)
		}
	}, nil
}

func TestService(t *testing.T) {
	one, two := term.NewIRI("http://e/1"), term.NewIRI("http://e/2")
	s := &endpoint{vars: []string{"b", "c", "other"}, rows: [][]term.Term{{one, two, two}, {two, {}, one}}}
	in := rows(
		ab,
		[]store.ID{number(1), iri(1)},
		[]store.ID{number(2), iri(2)},
		[]store.ID{number(3), 0},
		[]store.ID{number(4), iri(3)},
	)
	node := &plan.Service{
		Info:    info("a", "b", "c"),
		Input:   in,
		Name:    fixed(iri(9)),
		Pattern: &syntax.Group{},
		Remote:  bc,
	}
	f := &fake{quads: [][4]store.ID{{iri(1), iri(2), iri(3), iri(9)}}}
	ask := func() ([][]store.ID, error) {
		e := testEnv(f, 0)
		e.Services = s
		return run(t, e, node)
	}
	got, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]store.ID{
		{number(1), iri(1), iri(2)},
		{number(2), iri(2), 0},
		{number(3), iri(1), iri(2)},
		{number(3), iri(2), 0},
	}
	same(t, "service", got, want, false)
	if len(s.asked) != 1 || !strings.HasPrefix(s.asked[0], "http://e/9 ") ||
		strings.Count(s.asked[0], "http://e/1") != 1 {
		t.Errorf("the endpoint was asked %q", s.asked)
	}
	s.fail = errFake
	if _, err := ask(); !errors.Is(err, errFake) {
		t.Errorf("an endpoint that fails gives %v", err)
	}
	node.Silent = true
	if got, err = ask(); err != nil {
		t.Fatal(err)
	}
	want = [][]store.ID{{number(1), iri(1), 0}, {number(2), iri(2), 0}, {number(3), 0, 0}, {number(4), iri(3), 0}}
	same(t, "silent service", got, want, true)
	node.Silent, node.Name = false, fixed(number(1))
	if _, err := ask(); err == nil {
		t.Error("a literal as the name of a service gives no error")
	}
}

func TestUnfold(t *testing.T) {
	e := testEnv(&fake{quads: graphQuads()}, 0)
	triple := func(s, o int) store.ID {
		id, err := e.ID(
			term.NewTripleTerm(term.Triple{Subject: iriTerm(s), Predicate: iriTerm(5), Object: iriTerm(o)}),
		)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	in := rows(
		[]plan.Var{"t", "x"},
		[]store.ID{triple(1, 2), 0},
		[]store.ID{triple(2, 2), iri(2)},
		[]store.ID{triple(2, 3), iri(3)},
		[]store.ID{iri(1), 0},
	)
	node := &plan.Unfold{Info: info("t", "x", "y"), Input: in, Var: "t",
		Pattern: algebra.TripleTerm{
			Subject:   algebra.Var("x"),
			Predicate: algebra.Term{Term: iriTerm(5)},
			Object:    algebra.Var("y"),
		}}
	got, err := run(t, e, node)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "unfold", got, [][]store.ID{{triple(1, 2), iri(1), iri(2)}, {triple(2, 2), iri(2), iri(2)}}, true)
	node.Info, node.Pattern.Object = info("t", "x"), algebra.Var("x")
	if got, err = run(t, e, node); err != nil {
		t.Fatal(err)
	}
	same(t, "one variable twice", got, [][]store.ID{{triple(2, 2), iri(2)}}, true)
}

func iriTerm(n int) term.Term { return term.NewIRI(fmt.Sprintf("http://e/%d", n)) }

// TestSortByTwo keeps the first rows by two keys of more rows than are kept at a time: the
// second key decides among equals, and rows that are equal by both stay in their order.
func TestSortByTwo(t *testing.T) {
	const n = 6 * batchRows
	var in [][]store.ID
	for i := range n {
		in = append(in, []store.ID{number((i * 7919) % 5), number((n - i) % 31)})
	}
	for _, descending := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		want := slices.Clone(in)
		slices.SortStableFunc(want, func(a, b []store.ID) int {
			for k, down := range descending {
				if c := cmp.Compare(a[k], b[k]); c != 0 && down {
					return -c
				} else if c != 0 {
					return c
				}
			}
			return 0
		})
		for _, limit := range []int{-1, 1, 7, 200} {
			node := &plan.Sort{Info: info(ab...), Input: rows(ab, in...), Limit: int64(limit),
				Keys: []algebra.OrderKey{{Expr: algebra.Var("a"), Descending: descending[0]},
					{Expr: algebra.Var("b"), Descending: descending[1]}}}
			cut := want
			if limit >= 0 {
				cut = want[:limit]
			}
			same(t, fmt.Sprintf("descending %v, limit %d", descending, limit), mustRun(t, testEnv(&fake{}, 0), node),
				cut, true)
		}
	}
}
