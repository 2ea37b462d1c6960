package exec

import (
	"errors"
	"slices"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

func asLimit(err error, limit **LimitError) bool { return errors.As(err, limit) }

// pool has terms of every kind, and the unbound one.
func pool() []term.Term {
	triple := term.NewTripleTerm(term.Triple{Subject: iriTerm(1), Predicate: iriTerm(2), Object: term.NewString("o")})
	return []term.Term{
		{},
		iriTerm(1),
		iriTerm(2),
		triple,
		term.NewString("a"),
		term.NewString(""),
		term.NewLangString("a", "en"),
		value.Bool(true).Term(),
		value.Int(7).Term(),
		value.Double(1.5).Term(),
		term.NewLiteral("2026-01-02", vocab.XSDDate),
		term.NewLiteral("x", vocab.XSDInteger),
		term.NewLiteral("7", vocab.XSDInteger),
		term.NewLiteral("07", vocab.XSDInteger), // another term of the same value
	}
}

// TestDecode asserts that a column becomes the values of its terms, and that an integer
// which its ID holds is not looked up for that.
func TestDecode(t *testing.T) {
	f := &fake{quads: graphQuads()}
	e := testEnv(f, 0)
	b := newBatch(2)
	var want []term.Term
	for _, x := range append(pool(), value.Int(-3).Term(), term.NewLiteral("7", vocab.XSDByte), iriTerm(1)) {
		id, err := e.ID(x)
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + len(want)%3 { // runs of one ID too
			want = append(want, x)
			b.cols[0] = append(b.cols[0], id)
			b.cols[1] = append(b.cols[1], number(len(want)/2))
		}
	}
	b.n = len(want)
	fr := e.newFrame(2)
	fr.load(&b)
	calls := f.calls
	for i := range want {
		if got := fr.value(1, i); got != value.Int(int64((i+1)/2)) {
			t.Errorf("the value of integer %d is %v", (i+1)/2, got)
		}
		if f.calls != calls {
			t.Fatal("an integer is looked up")
		}
	}
	for i, x := range want {
		if got := fr.value(0, i); got.Term() != x || got.IsError() != x.IsZero() {
			t.Errorf("row %d has the value %v, want %v", i, got.Term(), x)
		}
	}
	if fr.err != nil || f.calls != calls+1 {
		t.Errorf("a column is looked up %d times, want 1: %v", f.calls-calls, fr.err)
	}
}

// TestCompile asserts that every function gives over the columns of a batch what
// the table of functions gives, whether its arguments are variables or
// constants: in some cases only IDs are looked at.
func TestCompile(t *testing.T) {
	for f := value.FnOr; f.String() != ""; f++ {
		least, most := f.Arity()
		if f.Dependence() > value.OnBase {
			continue
		}
		for n := max(least, 1); n <= min(most, 3); n++ {
			e := testEnv(&fake{quads: graphQuads()}, 0)
			if n == 3 && most > 3 {
				continue // more of the same
			}
			terms := combinations(n)
			b := newBatch(n)
			for _, row := range terms {
				for c, x := range row {
					id, err := e.ID(x)
					if err != nil {
						t.Fatal(err)
					}
					b.cols[c] = append(b.cols[c], id)
				}
			}
			b.n = len(terms)
			for constant := -1; constant < n; constant++ {
				checkCompiled(t, e, f, &b, terms, constant)
			}
		}
	}
}

// checkCompiled evaluates a function over a batch; argument number constant is
// a constant, the one of every row.
func checkCompiled(t *testing.T, e *Env, f value.Function, b *batch, terms [][]term.Term, constant int) {
	t.Helper()
	names := []plan.Var{"a", "b", "c"}[:len(b.cols)]
	frame := e.newFrame(len(names))
	frame.load(b)
	compiled := map[term.Term]evalFunc{}
	for i, row := range terms {
		args := make([]value.Value, len(row))
		exprs := make([]algebra.Expr, len(row))
		var key term.Term
		for c, x := range row {
			args[c], exprs[c] = value.Of(x), names[c]
			if c == constant {
				key, exprs[c] = x, algebra.Term{Term: x}
			}
		}
		if constant >= 0 && (key.IsZero() || f == value.FnBound) {
			continue // there is no such constant
		}
		eval, ok := compiled[key]
		if !ok {
			var err error
			if eval, err = e.compile(&algebra.Call{Func: f, Args: exprs}, columnsOf(names)); err != nil {
				t.Fatal(err)
			}
			compiled[key] = eval
		}
		got, want := eval(frame, i), f.Call(&e.scope, args...)
		if got.Term() != want.Term() {
			t.Errorf("%v%v with constant %d = %v, want %v", f, row, constant, got.Term(), want.Term())
		}
	}
}

func combinations(n int) [][]term.Term {
	if n == 0 {
		return [][]term.Term{nil}
	}
	var out [][]term.Term
	for _, rest := range combinations(n - 1) {
		for _, x := range pool() {
			out = append(out, append(slices.Clip(rest), x))
		}
	}
	return out
}

func TestCompileCustom(t *testing.T) {
	e := testEnv(&fake{}, 0)
	a := algebra.Term{Term: term.NewString("7")}
	for _, tt := range []struct {
		iri  string
		args []algebra.Expr
		want term.Term
	}{
		{vocab.XSDInteger, []algebra.Expr{a}, value.Int(7).Term()},
		{vocab.XSDInteger, []algebra.Expr{a, a}, term.Term{}},
		{vocab.XSDInteger, nil, term.Term{}}, {"http://e/f", []algebra.Expr{a}, term.Term{}},
	} {
		eval, err := e.compile(&algebra.CustomCall{IRI: tt.iri, Args: tt.args}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := batch{n: 1}
		f := e.newFrame(0)
		f.load(&b)
		if got := eval(f, 0).Term(); got != tt.want {
			t.Errorf("%s of %d arguments = %v, want %v", tt.iri, len(tt.args), got, tt.want)
		}
	}
}

// TestCompileEqual asserts that what is compared with a variable is evaluated when it
// is no constant, although IDs alone decide about IRIs.
func TestCompileEqual(t *testing.T) {
	call := func(f value.Function, args ...algebra.Expr) algebra.Expr { return &algebra.Call{Func: f, Args: args} }
	x := plan.Var("x")
	copied := call(value.FnIRI, call(value.FnStr, x))
	for f, want := range map[value.Function]bool{
		value.FnSameTerm: true, value.FnEqual: true, value.FnNotEqual: false,
	} {
		for _, args := range [][]algebra.Expr{{x, copied}, {copied, x}} {
			e := testEnv(&fake{quads: graphQuads()}, 0)
			eval, err := e.compile(call(f, args...), columnsOf([]plan.Var{x}))
			if err != nil {
				t.Fatal(err)
			}
			frame := e.newFrame(1)
			frame.load(&batch{cols: [][]store.ID{{iri(1)}}, n: 1})
			if got := eval(frame, 0); got.Term() != value.Bool(want).Term() {
				t.Errorf("%v%v = %v, want %v", f, args, got.Term(), want)
			}
		}
	}
}

// TestBlankNodeLabels asserts that a label means another blank node in each solution,
// wherever the column stands that numbers them.
func TestBlankNodeLabels(t *testing.T) {
	labelled := &algebra.Call{Func: value.FnBNode, Args: []algebra.Expr{algebra.Term{Term: term.NewString("l")}}}
	for _, vars := range [][]plan.Var{{plan.SolutionVar, "a"}, {"a", plan.SolutionVar}} {
		e := testEnv(&fake{}, 0)
		eval, err := e.compile(labelled, columnsOf(vars))
		if err != nil {
			t.Fatal(err)
		}
		in := batch{cols: [][]store.ID{{number(1), number(1)}, {number(1), number(1)}}, n: 2}
		in.cols[slices.Index(vars, plan.SolutionVar)][1] = number(2)
		frame := e.newFrame(2)
		frame.load(&in)
		first, second := eval(frame, 0).Term(), eval(frame, 1).Term()
		if again := eval(frame, 0).Term(); first == second || again != first {
			t.Errorf("columns %v: two solutions have the blank nodes %v and %v, the first again %v", vars, first,
				second, again)
		}
	}
}

// TestBlankNodes asserts which calls of BNODE give the same node: those with one
// label in one solution.
func TestBlankNodes(t *testing.T) {
	label := func(s string) algebra.Expr {
		return &algebra.Call{Func: value.FnBNode, Args: []algebra.Expr{algebra.Term{Term: term.NewString(s)}}}
	}
	in := rows([]plan.Var{"a"}, []store.ID{iri(1)}, []store.ID{iri(2)})
	var n plan.Node = &plan.Number{Info: info("a", plan.SolutionVar), Input: in, Var: plan.SolutionVar}
	exprs := map[plan.Var]algebra.Expr{
		"x": label("l"), "y": label("l"), "z": label("m"), "f": &algebra.Call{Func: value.FnBNode},
	}
	for v, e := range exprs {
		n = &plan.Extend{Info: over(n, v), Input: n, Var: v, Expr: e}
	}
	n = &plan.Project{Info: info("x", "y", "z", "f"), Input: n}
	got, err := run(t, testEnv(&fake{}, 0), n)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d solutions, %v", len(got), err)
	}
	seen := map[store.ID]int{}
	for _, r := range got {
		if r[0] != r[1] {
			t.Errorf("BNODE gives %v and %v for one label in one solution", r[0], r[1])
		}
		for _, id := range r {
			seen[id]++
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d blank nodes, want 3 in each of 2 solutions", len(seen))
	}
}
