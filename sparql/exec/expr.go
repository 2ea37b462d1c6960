package exec

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// evalFunc computes an expression for row i of the frame's batch.
type evalFunc func(f *frame, i int) Value

// frame is the batch an expression is evaluated over. A column is decoded, all
// of it at once, when a value of it is first asked for.
type frame struct {
	env     *Env
	b       *batch
	values  [][]Value
	decoded []bool
	ids     []store.ID
	terms   []term.Term
	err     error // a Go error met on the way; values are errors then
}

func (e *Env) newFrame(width int) *frame {
	return &frame{env: e, values: make([][]Value, width), decoded: make([]bool, width)}
}

func (f *frame) load(b *batch) {
	f.b = b
	clear(f.decoded)
}

func (f *frame) value(col, i int) Value {
	if !f.decoded[col] {
		f.decode(col)
	}
	return f.values[col][i]
}

// decode turns a column into values; runs of one ID are decoded once.
func (f *frame) decode(col int) {
	f.decoded[col] = true
	ids := f.b.cols[col]
	f.ids = f.ids[:0]
	for i, id := range ids {
		if i == 0 || id != ids[i-1] {
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
		out = make([]Value, len(ids))
	}
	out = out[:len(ids)]
	at := -1
	for i, id := range ids {
		if i == 0 || id != ids[i-1] {
			at++
			out[i] = ValueOf(f.terms[at])
		} else {
			out[i] = out[i-1]
		}
	}
	f.values[col] = out
}

func allTrue(exprs []evalFunc, f *frame, i int) bool {
	for _, e := range exprs {
		if !e(f, i).True() {
			return false
		}
	}
	return true
}

func (e *Env) compileAll(exprs []algebra.Expr, cols columns) ([]evalFunc, error) {
	out := make([]evalFunc, len(exprs))
	for i, x := range exprs {
		var err error
		if out[i], err = e.compile(x, cols); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func constant(v Value) evalFunc { return func(*frame, int) Value { return v } }

// compile turns an expression into a function over batches with the given
// columns.
func (e *Env) compile(x algebra.Expr, cols columns) (evalFunc, error) {
	switch x := x.(type) {
	case algebra.Var:
		c := cols.of(x)
		if c < 0 {
			return constant(Value{}), nil
		}
		return func(f *frame, i int) Value { return f.value(c, i) }, nil
	case algebra.Term:
		return constant(ValueOf(x.Term)), nil
	case *algebra.CustomCall:
		return e.compileCustom(x, cols)
	case *algebra.Call:
		if f, ok, err := e.compileOnIDs(x, cols); ok || err != nil {
			return f, err
		}
		args, err := e.compileAll(x.Args, cols)
		if err != nil {
			return nil, err
		}
		if f := logical(x.Func, args); f != nil {
			return f, nil
		}
		if f := e.impure(x, args, cols); f != nil {
			return f, nil
		}
		return strict(args, e.builtin(x.Func)), nil
	}
	return nil, fmt.Errorf("no evaluation for expression %v", x)
}

// compileCustom compiles a cast. A function of any other name is an error for
// every solution (SPARQL 1.1 §17.6).
func (e *Env) compileCustom(x *algebra.CustomCall, cols columns) (evalFunc, error) {
	name, ok := strings.CutPrefix(x.IRI, xsd)
	if !ok || !isCast(name) || len(x.Args) != 1 {
		return constant(Value{}), nil
	}
	args, err := e.compileAll(x.Args, cols)
	if err != nil {
		return nil, err
	}
	return strict(args, func(a []Value) Value {
		v, _ := cast(name, a[0])
		return v
	}), nil
}

// strict evaluates a function whose value is an error when that of an argument
// is.
func strict(args []evalFunc, fn func(a []Value) Value) evalFunc {
	vals := make([]Value, len(args))
	return func(f *frame, i int) Value {
		for k, a := range args {
			v := a(f, i)
			if v.kind == kError {
				return v
			}
			vals[k] = v
		}
		return fn(vals)
	}
}

// compileOnIDs compiles what needs no term but only its ID.
func (e *Env) compileOnIDs(x *algebra.Call, cols columns) (evalFunc, bool, error) {
	col := func(i int) int {
		if v, ok := x.Args[i].(algebra.Var); ok {
			return cols.of(v)
		}
		return -1
	}
	switch x.Func {
	case syntax.FnBound:
		c := col(0)
		if c < 0 {
			return constant(boolValue(false)), true, nil
		}
		return func(f *frame, i int) Value { return boolValue(f.b.cols[c][i] != 0) }, true, nil
	case syntax.FnIsIRI, syntax.FnIsBlank, syntax.FnIsLiteral, syntax.FnIsTriple:
		want := map[syntax.Function]term.Kind{syntax.FnIsIRI: term.IRI, syntax.FnIsBlank: term.BlankNode,
			syntax.FnIsLiteral: term.Literal, syntax.FnIsTriple: term.TripleTerm}[x.Func]
		c := col(0)
		if c < 0 {
			return nil, false, nil
		}
		return func(f *frame, i int) Value {
			id := f.b.cols[c][i]
			if id == 0 {
				return Value{}
			}
			return boolValue(e.dict.kindOf(id) == want)
		}, true, nil
	case syntax.FnEqual, syntax.FnNotEqual, syntax.FnSameTerm:
		return e.compileEqual(x, col(0), col(1))
	}
	return nil, false, nil
}

// compileEqual compares IDs where that decides: with an IRI, and for sameTerm.
func (e *Env) compileEqual(x *algebra.Call, c0, c1 int) (evalFunc, bool, error) {
	want := x.Func != syntax.FnNotEqual
	if c0 >= 0 && c1 >= 0 {
		if x.Func != syntax.FnSameTerm {
			return nil, false, nil
		}
		return func(f *frame, i int) Value {
			a, b := f.b.cols[c0][i], f.b.cols[c1][i]
			if a == 0 || b == 0 {
				return Value{}
			}
			return boolValue(a == b)
		}, true, nil
	}
	c, other := c0, 1
	if c < 0 {
		c, other = c1, 0
	}
	t, ok := x.Args[other].(algebra.Term)
	if c < 0 || !ok || x.Func != syntax.FnSameTerm && !t.IsIRI() {
		return nil, false, nil
	}
	id, err := e.ID(t.Term)
	if err != nil {
		return nil, false, err
	}
	return func(f *frame, i int) Value {
		a := f.b.cols[c][i]
		if a == 0 {
			return Value{}
		}
		return boolValue(a == id == want)
	}, true, nil
}

// logical compiles the functional forms, which treat errors in their own ways
// (SPARQL 1.1 §17.2 and §17.4.1); nil for other functions.
func logical(fn syntax.Function, args []evalFunc) evalFunc {
	switch fn {
	case syntax.FnOr:
		return junction(args, true)
	case syntax.FnAnd:
		return junction(args, false)
	case syntax.FnNot:
		return func(f *frame, i int) Value { return not(args[0](f, i)) }
	case syntax.FnIf:
		return func(f *frame, i int) Value {
			c := args[0](f, i).EBV()
			switch {
			case c.IsError():
				return c
			case c.num != 0:
				return args[1](f, i)
			}
			return args[2](f, i)
		}
	case syntax.FnCoalesce:
		return func(f *frame, i int) Value {
			for _, a := range args {
				if v := a(f, i); !v.IsError() {
					return v
				}
			}
			return Value{}
		}
	case syntax.FnIn:
		return func(f *frame, i int) Value { return in(f, i, args) }
	case syntax.FnNotIn:
		return func(f *frame, i int) Value { return not(in(f, i, args)) }
	case syntax.FnBound:
		return func(f *frame, i int) Value { return boolValue(!args[0](f, i).IsError()) }
	}
	return nil
}

// junction is || when decisive is true and && when it is false: one decisive
// operand settles the result whatever errors the others are.
func junction(args []evalFunc, decisive bool) evalFunc {
	return func(f *frame, i int) Value {
		failed := false
		for _, a := range args {
			v := a(f, i).EBV()
			if v.IsError() {
				failed = true
			} else if (v.num != 0) == decisive {
				return boolValue(decisive)
			}
		}
		if failed {
			return Value{}
		}
		return boolValue(!decisive)
	}
}

// in is IN (SPARQL 1.1 §17.4.1.9): an error only when no member is equal and
// one comparison is an error.
func in(f *frame, i int, args []evalFunc) Value {
	v := args[0](f, i)
	if v.IsError() {
		return v
	}
	result := boolValue(false)
	for _, a := range args[1:] {
		e := equal(v, a(f, i))
		if e.IsError() {
			result = e
		} else if e.num != 0 {
			return e
		}
	}
	return result
}

// impure compiles the functions that are not functions of their arguments.
func (e *Env) impure(x *algebra.Call, args []evalFunc, cols columns) evalFunc {
	switch x.Func {
	case syntax.FnNow:
		return constant(DateTime(e.Now))
	case syntax.FnRand:
		return func(*frame, int) Value { return doubleValue(rand.Float64()) }
	case syntax.FnUUID:
		return func(*frame, int) Value { return iriValue("urn:uuid:" + newUUID()) }
	case syntax.FnStrUUID:
		return func(*frame, int) Value { return stringValue(newUUID()) }
	case syntax.FnBNode:
		if len(args) == 0 {
			return func(*frame, int) Value { return ValueOf(e.NewBlankNode()) }
		}
		c := cols.of(plan.SolutionVar)
		return func(f *frame, i int) Value {
			label := args[0](f, i)
			if label.kind != kString {
				return Value{}
			}
			key := bnodeKey{label: label.text()}
			if c >= 0 {
				key.solution = f.b.cols[c][i]
			}
			v, ok := e.bnodes[key]
			if !ok {
				v = ValueOf(e.NewBlankNode())
				if err := e.Memory.grow(160); err != nil {
					f.err = err
				}
				e.bnodes[key] = v
			}
			return v
		}
	}
	return nil
}

// fnIRI is IRI (SPARQL 1.1 §17.4.2.8): a string is resolved against the base.
func (e *Env) fnIRI(v Value) Value {
	switch v.kind {
	case kIRI:
		return v
	case kString:
		iri, err := rdfio.ResolveIRI(e.Base, v.text())
		if err != nil {
			return Value{}
		}
		return iriValue(iri)
	}
	return Value{}
}
