package exec

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/store"
)

// plans are operators of all kinds over a source whose chain is long. Those
// that hold solutions are marked.
func plans(in plan.Node) map[string]struct {
	node  plan.Node
	holds bool
} {
	s, o := plan.Var("s"), plan.Var("o")
	p, q := iri(1_000_000), iri(1_000_001)
	seed := &plan.Seed{Info: info(".row", s, o), Row: ".row"}
	key := []algebra.GroupKey{{Var: s, Expr: s}}
	agg := []algebra.Aggregation{aggregation("n", value.AggSum, o, false)}
	group := info(s, "n")
	order := []algebra.OrderKey{{Expr: o}}
	concat := &algebra.Call{Func: value.FnConcat, Args: []algebra.Expr{
		&algebra.Call{Func: value.FnStr, Args: []algebra.Expr{s}}, algebra.Term{Term: value.String("x").Term()}}}
	return map[string]struct {
		node  plan.Node
		holds bool
	}{
		"scan":       {in, false},
		"filter":     {&plan.Filter{Info: over(in), Input: in, Exprs: []algebra.Expr{algebra.Var("none")}}, false},
		"extend":     {&plan.Extend{Info: over(in, "x"), Input: in, Var: "x", Expr: concat}, true},
		"lookup":     {lookupOf(in, q, s, "m"), false},
		"merge join": {&plan.MergeJoin{Info: over(in, "m"), Left: in, Right: scanOf(q, s, "m"), On: s}, false},
		"hash join": {
			&plan.HashJoin{Info: over(in, "m"), Left: in, Right: scanOf(q, s, "m"), Key: []plan.Var{s}},
			true,
		},
		"cross": {&plan.HashJoin{Info: over(in, "x", "m"), Left: in, Right: scanOf(p, "x", "m")}, true},
		"left join": {
			&plan.HashJoin{
				Info:  over(in, "m"),
				Kind:  plan.LeftOuter,
				Left:  in,
				Right: scanOf(q, s, "m"),
				Key:   []plan.Var{s},
			},
			true,
		},
		"minus": {
			&plan.HashJoin{Info: over(in), Kind: plan.Minus, Left: in, Right: scanOf(p, s, o), Key: []plan.Var{s}},
			true,
		},
		"apply": {
			&plan.Apply{
				Info:  over(in, "m"),
				Kind:  plan.LeftOuter,
				Input: in,
				Sub:   lookupOf(seed, q, s, "m"),
				Seed:  seed,
			},
			false,
		},
		"anti": {
			&plan.Apply{Info: over(in), Kind: plan.Anti, Input: in, Sub: lookupOf(seed, p, s, o), Seed: seed},
			false,
		},
		"group":        {&plan.Group{Info: group, Input: in, Keys: key, Aggregates: agg}, true},
		"group sorted": {&plan.Group{Info: group, Input: in, Keys: key, Aggregates: agg, Sorted: true}, true},
		"sort":         {&plan.Sort{Info: over(in), Input: in, Keys: order, Limit: -1}, true},
		"top k":        {&plan.Sort{Info: over(in), Input: in, Keys: order, Limit: 3}, false},
		"distinct":     {&plan.Distinct{Info: over(in), Input: in}, true},
		"adjacent":     {&plan.Distinct{Info: over(in), Input: in, Adjacent: true}, false},
		"slice":        {&plan.Slice{Info: over(in), Input: in, Offset: 1 << 40, Limit: 1}, false},
		"project":      {&plan.Project{Info: info(o), Input: in}, false},
		"union":        {&plan.Union{Info: over(in), Branches: []plan.Node{in, in}}, false},
		"copy":         {&plan.Copy{Info: over(in), Input: in, From: s, To: o}, false},
		"number":       {&plan.Number{Info: over(in, "x"), Input: in, Var: "x"}, false},
		"path": {&plan.PathJoin{Info: over(in, "x"), Input: in, S: slotOf(s), O: slotOf("x"),
			Path: syntax.PathZeroOrMore{
				Path: syntax.PathLink{IRI: "http://e/1000000"},
			}, G: plan.Graphs{Mode: plan.AllGraphs}}, false},
		"rowwise": {&plan.Apply{Info: over(in, "m"), Input: in, Sub: firstOf(seed, q, s, "m"), Seed: seed}, false},
		"graph loop": {
			&plan.GraphLoop{
				Info: over(in, "g"), Var: "g", Names: &plan.GraphNames{Info: info("g"), Var: "g"},
				Sub: &plan.Union{Info: over(in), Branches: []plan.Node{in, scanIn(plan.ParamGraph, q, s, o)}},
			},
			false,
		},
	}
}

// firstOf is, for every single row of a seed, its first triple with a predicate.
func firstOf(seed *plan.Seed, p store.ID, subject, object plan.Var) *plan.Rowwise {
	all := lookupOf(seed, p, subject, object)
	return &plan.Rowwise{Info: all.Info, Seed: seed, Sub: &plan.Slice{Info: all.Info, Input: all, Limit: 1}}
}

// scanIn is scanOf in the graphs of a mode.
func scanIn(mode plan.GraphMode, p store.ID, subject, object plan.Var) *plan.Scan {
	n := scanOf(p, subject, object)
	n.G = plan.Graphs{Mode: mode}
	return n
}

const long = 3*batchRows + 5

// TestMemory asserts that operators which hold solutions fail with an error of
// their own when they may not, and that all give back what they took.
func TestMemory(t *testing.T) {
	f := &fake{quads: chain(long)}
	for name, p := range plans(scanOf(iri(1_000_000), "s", "o")) {
		if p.holds {
			refused(t, name, f, p.node)
		}
	}
}

// TestMemoryOfInput asserts that operators which collect their input do not read much
// more of it than fits.
func TestMemoryOfInput(t *testing.T) {
	f := &fake{quads: chain(5 * long), batch: 100}
	all := plans(scanOf(iri(1_000_000), "s", "o"))
	for _, name := range []string{"hash join", "cross", "left join", "minus", "group", "sort", "distinct"} {
		f.calls = 0
		refused(t, name, f, all[name].node)
		if most := smallMemory / (100 * 8); f.calls > most { // not even one column of that fits
			t.Errorf("%s within %d bytes reads %d times, want at most %d", name, smallMemory, f.calls, most)
		}
	}
}

const smallMemory = 60_000

// refused wants a plan to need more than smallMemory, and nothing to be held afterwards.
func refused(t *testing.T, name string, f *fake, node plan.Node) {
	t.Helper()
	e := testEnv(f, smallMemory)
	_, err := run(t, e, node)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != smallMemory {
		t.Errorf("%s within %d bytes gives %v", name, smallMemory, err)
	}
	dictionary := int64(0)
	for x := range e.dict.ids {
		dictionary += 128 + int64(len(x.Value()))
	}
	if used := e.Memory.Used(); name != "extend" && used != dictionary {
		t.Errorf("%s: %d bytes are still held after it was stopped", name, used-dictionary)
	}
}

// TestMemoryOfMatches asserts that the solutions of a sub-plan count, however few rows
// they are for.
func TestMemoryOfMatches(t *testing.T) {
	const matches, limit = 100, 600_000
	f := &fake{}
	for i := range matches {
		f.quads = append(f.quads, [4]store.ID{iri(1), iri(9), number(i), store.DefaultGraph})
	}
	in := make([][]store.ID, 2*firstChunk)
	for i := range in {
		in[i] = []store.ID{iri(1)}
	}
	seed := &plan.Seed{Info: info(".row", "s"), Row: ".row"}
	apply := &plan.Apply{Info: info("s", "o"), Input: rows([]plan.Var{"s"}, in...), Seed: seed,
		Sub: lookupOf(seed, iri(9), "s", "o")}
	for allowed, fails := range map[int64]bool{limit: true, 10 * limit: false} {
		_, err := run(t, testEnv(f, allowed), apply)
		var e *LimitError
		if errors.As(err, &e) != fails {
			t.Errorf("%d solutions within %d bytes: %v", matches*len(in), allowed, err)
		}
	}
}

// TestMemoryOfKeys asserts that the texts which a sort compares count, and are noticed
// before a batch of them has been read.
func TestMemoryOfKeys(t *testing.T) {
	const size, n, limit = 256 << 10, 64, 1 << 20
	text := algebra.Term{Term: value.String(strings.Repeat("x", size)).Term()}
	key := &algebra.Call{Func: value.FnConcat, Args: []algebra.Expr{text,
		&algebra.Call{Func: value.FnStr, Args: []algebra.Expr{algebra.Var("a")}}}}
	node := &plan.Sort{Info: info(ab...), Input: rows(ab, pairs(n, 7, 0, false)...), Limit: -1,
		Keys: []algebra.OrderKey{{Expr: key}}}
	op, err := testEnv(&fake{}, limit).start(node)
	if err != nil {
		t.Fatal(err)
	}
	defer op.close()
	_, err = op.next(t.Context())
	var e *LimitError
	if !errors.As(err, &e) {
		t.Errorf("keys of %d bytes within %d: %v", n*size, limit, err)
	}
	if kept := op.(*sortOp).kept; kept > limit+(2<<20) {
		t.Errorf("a sort that may take %d bytes reads keys of %d", limit, kept)
	}
}

// ending cancels when its input has come to its end.
type ending struct {
	operator
	cancel func()
}

func (o ending) next(ctx context.Context) (*batch, error) {
	b, err := o.operator.next(ctx)
	if b == nil {
		o.cancel()
	}
	return b, err
}

// TestCancelledSort asserts that a sort also stops while it compares.
func TestCancelledSort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := testEnv(&fake{}, 0)
	in, err := e.start(rows(ab, pairs(batchRows, 11, 0, false)...))
	if err != nil {
		t.Fatal(err)
	}
	node := &plan.Sort{Info: info(ab...), Limit: -1, Keys: []algebra.OrderKey{{Expr: algebra.Var("b")}}}
	op, err := e.newSortOp(node, ending{in, cancel}, columnsOf(ab))
	if err != nil {
		t.Fatal(err)
	}
	defer op.close()
	if b, err := op.next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a sort that is cancelled after the last row gives %v, %v", b, err)
	}
}

// TestCancelled asserts that every operator stops when it is cancelled, before
// it begins and on its way.
func TestCancelled(t *testing.T) {
	f := &fake{quads: chain(long), batch: 300}
	for name, p := range plans(scanOf(iri(1_000_000), "s", "o")) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e := testEnv(f, 0)
		op, err := e.start(p.node)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := op.next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s gives %v, %v when cancelled before", name, b, err)
		}
		op.close()
		if used := e.Memory.Used(); len(e.dict.ids) == 0 && used != 0 {
			t.Errorf("%s: %d bytes are still held when cancelled before", name, used)
		}

		ctx, cancel = context.WithCancel(t.Context())
		n := 0
		for _, err = range testEnv(f, 0).RunIDs(ctx, p.node, p.node.Base().Vars) {
			if n++; err != nil {
				break
			}
			cancel()
		}
		if n > 2 || n == 2 && !errors.Is(err, context.Canceled) {
			t.Errorf("%s goes on for %d batches when cancelled, %v", name, n, err)
		}
		cancel()
		if f.open != 0 {
			t.Fatalf("%s leaves %d scans open", name, f.open)
		}
	}
}

// TestFailures lets one call of the source fail, each in turn: the error must come out,
// even when all calls after it succeed.
func TestFailures(t *testing.T) {
	in := scanOf(iri(1_000_000), "s", "o")
	nodes := map[string]plan.Node{
		"lookup of everything": lookupOf(in, iri(1_000_001), "x", "y"),
		"lookup of one":        lookupOf(rows([]plan.Var{"s"}, []store.ID{iri(3)}), iri(1_000_000), "s", "o"),
	}
	for name, p := range plans(in) {
		nodes[name] = p.node
	}
	for name, node := range nodes {
		f := &fake{quads: chain(70), batch: 10}
		for i := range 5 {
			f.quads = append(f.quads, [4]store.ID{iri(i), iri(1_000_001), number(-i), iri(2_000_000 + i%2)})
		}
		if _, err := run(t, testEnv(f, 0), node); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for fail := 1; fail <= f.calls; fail++ {
			g := &fake{quads: f.quads, batch: 10, fail: fail}
			if got, err := run(t, testEnv(g, 0), node); !errors.Is(err, errFake) {
				t.Errorf("%s: call %d of %d fails, and the operator gives %d solutions, %v", name, fail, f.calls,
					len(got), err)
			}
		}
	}
}

// TestMeasured asserts that measuring changes nothing and counts what comes out.
func TestMeasured(t *testing.T) {
	f := &fake{quads: chain(700), batch: 100}
	for name, p := range plans(scanOf(iri(1_000_000), "s", "o")) {
		plain, err := run(t, testEnv(f, 0), p.node)
		if err != nil {
			t.Fatal(err)
		}
		e := testEnv(f, 0)
		e.Actual = map[plan.Node]*plan.Actual{}
		got, err := run(t, e, p.node)
		if err != nil || len(got) != len(plain) {
			t.Errorf("%s: %d solutions when measured, %d otherwise, %v", name, len(got), len(plain), err)
		}
		if a := e.Actual[p.node]; a == nil || a.Rows != int64(len(plain)) || a.Starts != 1 {
			t.Errorf("%s: measured %+v, want %d solutions", name, a, len(plain))
		}
	}
}

// TestAny asserts that asking whether there is a solution reads one batch.
func TestAny(t *testing.T) {
	f := &fake{quads: chain(long), batch: 10}
	e := testEnv(f, 0)
	if ok, err := e.Any(t.Context(), scanOf(iri(1_000_000), "s", "o")); !ok || err != nil || f.calls != 2 {
		t.Errorf("Any = %v, %v after %d calls", ok, err, f.calls)
	}
	if ok, err := e.Any(t.Context(), rows(ab)); ok || err != nil {
		t.Errorf("Any of nothing = %v, %v", ok, err)
	}
	if ok, err := e.Any(t.Context(), rows(nil, []store.ID{})); !ok || err != nil {
		t.Errorf("Any of the empty solution = %v, %v", ok, err)
	}
}
