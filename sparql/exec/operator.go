package exec

import (
	"context"
	"fmt"
	"iter"
	"time"

	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab/term"
)

// operator yields the solutions of a plan node, batch by batch.
type operator interface {
	// next returns the next batch, which is not empty, or nil at the end.
	next(ctx context.Context) (*batch, error)
	// close gives back what the operator holds; it may be called early.
	close()
}

// start returns the operator of a node. Nothing is read before its first next.
func (e *Env) start(n plan.Node) (operator, error) {
	if e.halt.Load() {
		return nil, context.Canceled
	}
	if width := len(n.Base().Vars); width > wideFrame && !e.wide[n] {
		if e.wide == nil {
			e.wide = map[plan.Node]bool{}
		}
		e.wide[n] = true
		if err := e.Memory.Grow(int64(width) * columnBytes); err != nil {
			return nil, err
		}
	}
	op, err := e.operator(n)
	if err != nil || e.Actual == nil {
		return op, err
	}
	a := e.Actual[n]
	if a == nil {
		a = &plan.Actual{}
		e.Actual[n] = a
	}
	a.Starts++
	return &meter{op, a}, nil
}

// columnBytes is what an operator takes for each of its columns, beside their
// content.
const columnBytes = 100

func (e *Env) operator(n plan.Node) (operator, error) {
	switch n := n.(type) {
	case *plan.Table:
		return newTableOp(n), nil
	case *plan.Scan:
		return e.newScanOp(n)
	case *plan.GraphNames:
		return &graphNamesOp{env: e, node: n}, nil
	case *plan.Seed:
		return &seedOp{env: e, node: n}, nil
	case *plan.Union:
		return e.newUnionOp(n)
	case *plan.GraphLoop:
		return e.newLoopOp(n)
	case *plan.HashJoin:
		return e.newHashJoinOp(n)
	case *plan.MergeJoin:
		return e.newMergeJoinOp(n)
	case *plan.Apply:
		return e.newApplyOp(n)
	case *plan.Leapfrog:
		return &leapfrogOp{env: e, node: n}, nil
	case *plan.Rowwise:
		return e.newRowwiseOp(n)
	}
	return e.unary(n)
}

// unary returns the operator of a node with one input.
func (e *Env) unary(n plan.Node) (operator, error) {
	inputs := plan.Inputs(n)
	if len(inputs) != 1 {
		return nil, fmt.Errorf("no operator for plan node %T", n)
	}
	in, err := e.start(inputs[0])
	if err != nil {
		return nil, err
	}
	if e.halt.Load() { // below there may be thousands more, with thousands of columns each
		in.close()
		return nil, context.Canceled
	}
	cols := columnsOf(inputs[0].Base().Vars)
	switch n := n.(type) {
	case *plan.Lookup:
		return e.newLookupOp(n, in, cols), nil
	case *plan.PathJoin:
		return e.newPathOp(n, in, cols), nil
	case *plan.Unfold:
		return e.newUnfoldOp(n, in, cols), nil
	case *plan.TextSearch:
		return e.newTextOp(n, in, cols), nil
	case *plan.Filter:
		return e.newFilterOp(n, in, cols)
	case *plan.Extend:
		return e.newExtendOp(n, in, cols)
	case *plan.Copy:
		return newCopyOp(n, in, cols), nil
	case *plan.Number:
		return &numberOp{env: e, in: in}, nil
	case *plan.Group:
		return e.newGroupOp(n, in, cols)
	case *plan.Sort:
		return e.newSortOp(n, in, cols)
	case *plan.Project:
		return newProjectOp(n, in, cols), nil
	case *plan.Distinct:
		return e.newDistinctOp(n, in), nil
	case *plan.Slice:
		return &sliceOp{in: in, skip: n.Offset, left: n.Limit}, nil
	case *plan.Service:
		return e.newServiceOp(n, in, cols), nil
	}
	in.close()
	return nil, fmt.Errorf("no operator for plan node %T", n)
}

// meter measures an operator.
type meter struct {
	op     operator
	actual *plan.Actual
}

func (m *meter) next(ctx context.Context) (*batch, error) {
	begin := time.Now()
	b, err := m.op.next(ctx)
	m.actual.Time += time.Since(begin)
	if b != nil {
		m.actual.Batches++
		m.actual.Rows += int64(b.n)
	}
	return b, err
}

func (m *meter) close() { m.op.close() }

// seek passes a merge join's skip on to a scan.
func (m *meter) seek(id store.ID) error {
	if s, ok := m.op.(interface{ seek(store.ID) error }); ok {
		return s.seek(id)
	}
	return nil
}

// solutionBytes is what one term of a solution takes on its way out: in a column
// and in the solution that is made of columns.
const solutionBytes = 2 * 72

// Run evaluates a plan and yields its solutions in batches of terms, a column
// for each variable of vars, which must be variables of the plan or unbound.
// The terms are valid until the next batch.
func (e *Env) Run(ctx context.Context, n plan.Node, vars []plan.Var) iter.Seq2[Solutions, error] {
	return func(yield func(Solutions, error) bool) {
		out := Solutions{Columns: make([][]term.Term, len(vars))}
		acct := account{Of: e.Memory}
		defer acct.Close()
		for b, err := range e.RunIDs(ctx, n, vars) {
			cells := int64(b.N*len(vars)) * solutionBytes
			if err == nil {
				err = acct.Set(max(acct.Held, cells))
			}
			if err == nil {
				err = e.Decode(b, &out)
			}
			if err == nil && out.texts > largeTexts {
				err = acct.Set(max(acct.Held, cells+out.texts))
			}
			if err != nil {
				yield(Solutions{}, err)
				return
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// Solutions is a number of solutions by column; the zero Term is unbound.
type Solutions struct {
	Columns [][]term.Term
	N       int
	texts   int64 // bytes of all of them
}

// IDs is a number of solutions by column; 0 is unbound, and IDs from
// [store.FirstLocal] on are of terms that the store does not have. A column is
// nil when the plan never binds its variable.
type IDs struct {
	Columns [][]store.ID
	N       int
}

// RunIDs is [Env.Run] without looking terms up.
func (e *Env) RunIDs(ctx context.Context, n plan.Node, vars []plan.Var) iter.Seq2[IDs, error] {
	return func(yield func(IDs, error) bool) {
		defer e.haltWith(ctx)()
		e.sequenced = plan.Sequenced(n)
		op, err := e.start(n)
		if err != nil {
			yield(IDs{}, err)
			return
		}
		defer op.close()
		cols := columnsOf(n.Base().Vars)
		out := IDs{Columns: make([][]store.ID, len(vars))}
		for {
			if err := e.pause(ctx); err != nil {
				yield(IDs{}, err)
				return
			}
			b, err := op.next(ctx)
			if err != nil {
				yield(IDs{}, err)
				return
			}
			if b == nil {
				return
			}
			out.N = b.n
			for i, v := range vars {
				out.Columns[i] = nil
				if c := cols.of(v); c >= 0 {
					out.Columns[i] = b.cols[c][:b.n]
				}
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// Decode looks the terms of solutions up, into the memory out has.
func (e *Env) Decode(b IDs, out *Solutions) error {
	out.N, out.texts = b.N, 0
	for i, ids := range b.Columns {
		if e.halt.Load() {
			return context.Canceled
		}
		if cap(out.Columns[i]) < b.N {
			out.Columns[i] = make([]term.Term, max(b.N, 64))
		}
		out.Columns[i] = out.Columns[i][:b.N]
		if ids == nil {
			clear(out.Columns[i])
			continue
		}
		if err := e.dict.terms(ids, out.Columns[i]); err != nil {
			return fmt.Errorf("decode solutions: %w", err)
		}
		if out.texts += e.dict.bytes; out.texts > largeTexts { // the columns before are still there
			if err := e.Memory.Grow(out.texts); err != nil {
				return err
			}
			e.Memory.Shrink(out.texts)
		}
	}
	return nil
}

// haltWith has the evaluation of expressions stop when ctx is done. stop ends that.
func (e *Env) haltWith(ctx context.Context) (stop func()) {
	end := context.AfterFunc(ctx, func() { e.halt.Store(true) })
	return func() { end() }
}

// Any reports whether a plan has a solution; it stops at the first.
func (e *Env) Any(ctx context.Context, n plan.Node) (bool, error) {
	defer e.haltWith(ctx)()
	e.sequenced = plan.Sequenced(n)
	op, err := e.start(n)
	if err != nil {
		return false, err
	}
	defer op.close()
	b, err := op.next(ctx)
	return b != nil, err
}

// drain reads an operator to its end.
func drain(ctx context.Context, op operator, each func(b *batch) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := op.next(ctx)
		if err != nil || b == nil {
			return err
		}
		if err := each(b); err != nil {
			return err
		}
	}
}

// numberOp gives every solution a number, so that expressions that are
// evaluated apart know that they belong to one solution.
type numberOp struct {
	env *Env
	in  operator
	ids []store.ID
}

func (o *numberOp) next(ctx context.Context) (*batch, error) {
	b, err := o.in.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	o.ids = zeros(o.ids, b.n)
	for i := range o.ids {
		o.env.number++
		o.ids[i] = o.env.number
	}
	out := batch{cols: append(b.cols[:len(b.cols):len(b.cols)], o.ids), n: b.n}
	return &out, nil
}

func (o *numberOp) close() { o.in.close() }
