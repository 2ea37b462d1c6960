package exec

import (
	"context"
	"fmt"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// evalFunc computes an expression for row i of the frame's batch.
type evalFunc func(f *frame, i int) value.Value

// frame is the batch an expression is evaluated over. A column is decoded, all
// of it at once, when a value of it is first asked for.
type frame struct {
	env     *Env
	b       *batch
	values  [][]value.Value
	decoded []bool
	ids     []store.ID
	terms   []term.Term
	err     error // a Go error met on the way; values are errors then
	acct    account
}

func (e *Env) newFrame(width int) *frame {
	f := &frame{env: e, values: make([][]value.Value, width), decoded: make([]bool, width)}
	f.acct.Of = e.Memory
	if width > wideFrame {
		f.err = f.acct.Set(int64(width) * 50)
	}
	return f
}

// wideFrame is the number of columns from which a frame is worth an entry in
// the accounts.
const wideFrame = 200

// failed reports whether the evaluation has to end, and notes why.
func (f *frame) failed() bool {
	return f.err != nil || (f.env.halt.Load() || f.env.scope.Err() != nil) && f.fail()
}

// fail notes why the evaluation has to end. It stands apart from failed, which
// is asked for every value, so that asking writes nothing.
func (f *frame) fail() bool {
	if f.err = f.env.scope.Err(); f.err == nil {
		f.err = context.Canceled
	}
	return true
}

func (f *frame) close() { f.acct.Close() }

func (f *frame) load(b *batch) {
	f.b = b
	clear(f.decoded)
}

func (f *frame) value(col, i int) value.Value {
	if !f.decoded[col] {
		f.decode(col)
	}
	return f.values[col][i]
}

// decode turns a column into values; runs of one ID are decoded once. An integer
// that stands in its ID gets no text until somebody asks for its term.
func (f *frame) decode(col int) {
	f.decoded[col] = true
	ids := f.b.cols[col]
	f.ids = f.ids[:0]
	for i, id := range ids {
		if i > 0 && id == ids[i-1] {
			continue
		}
		if _, ok := id.Integer(); !ok {
			f.ids = append(f.ids, id)
		}
	}
	if cap(f.terms) < len(f.ids) {
		f.terms = make([]term.Term, max(len(f.ids), batchRows))
	}
	f.terms = f.terms[:len(f.ids)]
	if err := f.env.dict.terms(f.ids, f.terms); err != nil {
		f.err = err
		clear(f.terms)
	}
	out := f.values[col]
	if cap(out) < len(ids) {
		out = make([]value.Value, len(ids))
	}
	out = out[:len(ids)]
	at := 0
	for i, id := range ids {
		if i > 0 && id == ids[i-1] {
			out[i] = out[i-1]
		} else if n, ok := id.Integer(); ok {
			out[i] = value.Int(n)
		} else {
			out[i] = value.Of(f.terms[at])
			at++
		}
	}
	f.values[col] = out
}

func allTrue(exprs []evalFunc, f *frame, i int) bool {
	for _, e := range exprs {
		if !e(f, i).True() || f.err != nil {
			return false
		}
	}
	return true
}

func (e *Env) compileAll(exprs []algebra.Expr, cols columns) ([]evalFunc, error) {
	return each(exprs, func(x algebra.Expr) (evalFunc, error) { return e.compile(x, cols) })
}

func each(exprs []algebra.Expr, compile func(algebra.Expr) (evalFunc, error)) ([]evalFunc, error) {
	out := make([]evalFunc, len(exprs))
	for i, x := range exprs {
		var err error
		if out[i], err = compile(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func constant(v value.Value) evalFunc { return func(*frame, int) value.Value { return v } }

// compile turns an expression into a function over batches with the given
// columns. What the texts made on the way take is given back after each
// solution; who keeps the value takes memory for it.
func (e *Env) compile(x algebra.Expr, cols columns) (evalFunc, error) {
	eval, err := compiler{e, cols}.evaluator(x)
	if err != nil || makesNothing(x) {
		return eval, err
	}
	return func(f *frame, i int) value.Value {
		if f.failed() {
			return value.Value{}
		}
		v := eval(f, i)
		if e.scratch != 0 {
			e.Memory.Shrink(e.scratch)
			e.scratch = 0
		}
		if e.scope.Err() != nil && f.err == nil {
			f.err = e.scope.Err()
		}
		return v
	}, nil
}

// makesNothing reports whether an expression compares what is there, so that it
// neither makes texts nor can meet a limit.
func makesNothing(x algebra.Expr) bool {
	call, ok := x.(*algebra.Call)
	if !ok {
		return leaf(x)
	}
	return call.Func.Pair() != nil && call.Func.Result() == value.ResultBoolean &&
		leaf(call.Args[0]) && leaf(call.Args[1])
}

func leaf(x algebra.Expr) bool {
	switch x.(type) {
	case algebra.Var, algebra.Term:
		return true
	}
	return false
}

// growScratch takes memory for a text until the expression at hand is evaluated.
func (e *Env) growScratch(n int64) error {
	e.scratch += n
	return e.Memory.Grow(n)
}

// compiler makes the functions of one expression over batches with the given
// columns.
type compiler struct {
	*Env
	cols columns
}

// evaluator is [Env.compile] for an expression or a part of one.
func (e compiler) evaluator(x algebra.Expr) (evalFunc, error) {
	switch x := x.(type) {
	case algebra.Var:
		c := e.cols.of(x)
		if c < 0 {
			return constant(value.Value{}), nil
		}
		return func(f *frame, i int) value.Value { return f.value(c, i) }, nil
	case algebra.Term:
		return constant(value.Of(x.Term)), nil
	case *algebra.CustomCall:
		return e.custom(x)
	case *algebra.Call:
		if f, ok, err := e.onIDs(x); ok || err != nil {
			return f, err
		}
		args, err := each(x.Args, e.evaluator)
		if err != nil {
			return nil, err
		}
		switch {
		case x.Func.IsForm():
			return form(args, x.Func), nil
		case x.Func == value.FnBNode && len(args) > 0:
			return e.labelled(args), nil
		}
		return e.strict(args, x.Func), nil
	}
	return nil, fmt.Errorf("no evaluation for expression %v", x)
}

// custom compiles a cast. A function of any other name is an error for
// every solution (SPARQL 1.1 §17.6).
func (e compiler) custom(x *algebra.CustomCall) (evalFunc, error) {
	cast := value.CastTo(x.IRI)
	if cast == 0 || len(x.Args) != 1 {
		return constant(value.Value{}), nil
	}
	args, err := each(x.Args, e.evaluator)
	if err != nil {
		return nil, err
	}
	return e.strict(args, cast), nil
}

// strict compiles a function whose value is an error when that of an argument
// is.
func (e compiler) strict(args []evalFunc, fn value.Function) evalFunc {
	if call := fn.Pair(); call != nil {
		return pair(args[0], args[1], call)
	}
	vals := make([]value.Value, len(args))
	call := fn.Strict()
	return func(f *frame, i int) value.Value {
		if f.failed() {
			return value.Value{}
		}
		for k, a := range args {
			v := a(f, i)
			if v.IsError() {
				return v
			}
			vals[k] = v
		}
		v := call(&e.scope, vals)
		if e.scratch != 0 {
			clear(vals) // long texts are not to outlive the solution
		}
		return v
	}
}

// pair is strict for a function of two arguments that needs nothing else.
func pair(left, right evalFunc, call func(a, b value.Value) value.Value) evalFunc {
	return func(f *frame, i int) value.Value {
		if f.failed() {
			return value.Value{}
		}
		a := left(f, i)
		if a.IsError() {
			return a
		}
		b := right(f, i)
		if b.IsError() {
			return b
		}
		return call(a, b)
	}
}

// form compiles a functional form, which evaluates those of its arguments that
// it needs. The solution at hand is handed on to them in the variables of the
// closure, which is evaluated for one solution at a time.
func form(args []evalFunc, fn value.Function) evalFunc {
	var at *frame
	var row int
	call, n := fn.Form(), len(args)
	arg := func(k int) value.Value { return args[k](at, row) }
	return func(f *frame, i int) value.Value {
		if f.failed() {
			return value.Value{}
		}
		at, row = f, i
		return call(n, arg)
	}
}

// labelled compiles BNODE with a label, which is the same blank node in all
// expressions of one solution.
func (e compiler) labelled(args []evalFunc) evalFunc {
	c := e.cols.of(plan.SolutionVar)
	call := e.strict(args, value.FnBNode)
	return func(f *frame, i int) value.Value {
		e.solution = 0
		if c >= 0 {
			e.solution = f.b.cols[c][i]
		}
		v := call(f, i)
		if e.blankErr != nil {
			f.err = e.blankErr
		}
		return v
	}
}

// blank returns a new blank node, or the one that the present solution has for
// a label.
func (e *Env) blank(label string, labelled bool) term.Term {
	if !labelled {
		return e.NewBlankNode()
	}
	key := bnodeKey{e.solution, label}
	t, ok := e.bnodes[key]
	if !ok {
		t = e.NewBlankNode()
		e.blankErr = e.Memory.Grow(160)
		e.bnodes[key] = t
	}
	return t
}

// onIDs compiles what needs no term but only its ID.
func (e compiler) onIDs(x *algebra.Call) (evalFunc, bool, error) {
	col := func(i int) int {
		if v, ok := x.Args[i].(algebra.Var); ok {
			return e.cols.of(v)
		}
		return -1
	}
	switch x.Func {
	case value.FnBound:
		c := col(0)
		if c < 0 {
			return constant(value.Bool(false)), true, nil
		}
		return func(f *frame, i int) value.Value { return value.Bool(f.b.cols[c][i] != 0) }, true, nil
	case value.FnIsIRI, value.FnIsBlank, value.FnIsLiteral, value.FnIsTriple:
		want := map[value.Function]term.Kind{value.FnIsIRI: term.IRI, value.FnIsBlank: term.BlankNode,
			value.FnIsLiteral: term.Literal, value.FnIsTriple: term.TripleTerm}[x.Func]
		c := col(0)
		if c < 0 {
			return nil, false, nil
		}
		return func(f *frame, i int) value.Value {
			id := f.b.cols[c][i]
			if id == 0 {
				return value.Value{}
			}
			return value.Bool(e.dict.kindOf(id) == want)
		}, true, nil
	case value.FnEqual, value.FnNotEqual, value.FnSameTerm:
		return e.equal(x, col(0), col(1))
	}
	return nil, false, nil
}

// equal compares IDs where that decides: with an IRI, and for sameTerm.
func (e compiler) equal(x *algebra.Call, c0, c1 int) (evalFunc, bool, error) {
	want := x.Func != value.FnNotEqual
	if c0 >= 0 && c1 >= 0 {
		if x.Func != value.FnSameTerm {
			return nil, false, nil
		}
		return func(f *frame, i int) value.Value {
			a, b := f.b.cols[c0][i], f.b.cols[c1][i]
			if a == 0 || b == 0 {
				return value.Value{}
			}
			return value.Bool(a == b)
		}, true, nil
	}
	c, other := c0, 1
	if c < 0 {
		c, other = c1, 0
	}
	t, ok := x.Args[other].(algebra.Term)
	if c < 0 || !ok || x.Func != value.FnSameTerm && !t.IsIRI() {
		return nil, false, nil
	}
	id, err := e.ID(t.Term)
	if err != nil {
		return nil, false, err
	}
	return func(f *frame, i int) value.Value {
		a := f.b.cols[c][i]
		if a == 0 {
			return value.Value{}
		}
		return value.Bool(a == id == want)
	}, true, nil
}
