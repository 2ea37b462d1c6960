package exec

import (
	"context"
	"fmt"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
)

// groupOp groups by the IDs of its keys and aggregates (SPARQL 1.1 §18.5.1).
// When its input is sorted by the keys it holds one group at a time.
type groupOp struct {
	env    *Env
	node   *plan.Group
	in     operator
	keys   []int // input columns
	aggs   []*aggregate
	f      *frame
	groups *idSet
	states [][]groupState // by group, then by aggregate
	done   bool
	out    output
	acct   account
	keyCol [][]store.ID
	none   []store.ID // a column of unbound keys
	// visible are the input columns of variables of the query, which make up a
	// solution for COUNT(DISTINCT *).
	visible []int
}

// aggregate is one set function over an input column or an expression.
type aggregate struct {
	algebra.Aggregation
	column int // of a plain variable, otherwise -1
	expr   evalFunc
	order  []evalFunc
	all    bool // COUNT(*)
}

// groupState is one aggregate of one group.
type groupState struct {
	count int64
	acc   accumulator
	seen  *idSet
	items []orderedItem // GROUP_CONCAT with ORDER BY
}

type orderedItem struct {
	value Value
	keys  []Value
}

func (e *Env) newGroupOp(n *plan.Group, in operator, cols columns) (operator, error) {
	o := &groupOp{env: e, node: n, in: in, f: e.newFrame(len(cols)), acct: account{mem: e.Memory}}
	for _, k := range n.Keys {
		v, ok := k.Expr.(algebra.Var)
		if !ok {
			in.close()
			return nil, fmt.Errorf("plan: group key %v is no variable", k.Expr)
		}
		o.keys = append(o.keys, cols.of(v))
	}
	for v, c := range cols {
		if !v.Hidden() {
			o.visible = append(o.visible, c)
		}
	}
	for _, a := range n.Aggregates {
		agg, err := e.newAggregate(a, cols)
		if err != nil {
			in.close()
			return nil, err
		}
		o.aggs = append(o.aggs, agg)
	}
	o.groups = newIDSet(len(o.keys), e.Memory)
	o.out.all = newBatch(len(n.Vars))
	return o, nil
}

func (e *Env) newAggregate(a algebra.Aggregation, cols columns) (*aggregate, error) {
	agg := &aggregate{Aggregation: a, column: -1, all: a.Arg == nil}
	if agg.all {
		return agg, nil
	}
	if v, ok := a.Arg.(algebra.Var); ok {
		agg.column = cols.of(v)
	}
	var err error
	if agg.expr, err = e.compile(a.Arg, cols); err != nil {
		return nil, err
	}
	for _, k := range a.OrderBy {
		f, err := e.compile(k.Expr, cols)
		if err != nil {
			return nil, err
		}
		agg.order = append(agg.order, f)
	}
	return agg, nil
}

func (o *groupOp) next(ctx context.Context) (*batch, error) {
	for {
		if b := o.out.next(); b != nil {
			return b, nil
		}
		if o.done {
			return nil, nil
		}
		o.out.reset()
		if err := o.read(ctx); err != nil {
			return nil, err
		}
	}
}

// read takes in the whole input, or one batch of it when it is sorted.
func (o *groupOp) read(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := o.in.next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			o.done = true
			if len(o.keys) == 0 && o.groups.n == 0 {
				if _, err := o.group(nil, 0); err != nil {
					return err
				}
			}
			return o.flush(o.groups.n)
		}
		if err := o.take(b); err != nil {
			return err
		}
		if o.node.Sorted && o.groups.n > 1 {
			return o.flush(o.groups.n - 1)
		}
	}
}

// take adds the solutions of a batch to their groups.
func (o *groupOp) take(b *batch) error {
	o.f.load(b)
	o.keyCol = o.keyCol[:0]
	for _, c := range o.keys {
		if c < 0 { // a variable that nothing binds
			o.none = zeros(o.none, b.n)
			o.keyCol = append(o.keyCol, o.none)
			continue
		}
		o.keyCol = append(o.keyCol, b.cols[c])
	}
	for i := range b.n {
		g, err := o.group(o.keyCol, i)
		if err != nil {
			return err
		}
		for k, a := range o.aggs {
			if err := o.add(a, &o.states[g][k], b, i); err != nil {
				return err
			}
		}
	}
	return o.f.err
}

// group returns the number of a row's group, which it makes when it is new.
func (o *groupOp) group(cols [][]store.ID, row int) (int, error) {
	g, fresh, err := o.groups.add(cols, row)
	if err != nil || !fresh {
		return g, err
	}
	states := make([]groupState, len(o.aggs))
	for k, a := range o.aggs {
		if a.Func != syntax.AggCount {
			acc, ok := newAccumulator(a.Func.String(), a.Separator)
			if !ok {
				return 0, fmt.Errorf("no set function %v", a.Func)
			}
			states[k].acc = acc
		}
	}
	o.states = append(o.states, states)
	return g, o.acct.add(int64(len(o.aggs)) * 96)
}

// add takes one solution into an aggregate.
func (o *groupOp) add(a *aggregate, s *groupState, b *batch, i int) error {
	if a.Func == syntax.AggCount && a.column >= 0 && b.cols[a.column][i] == 0 {
		return nil
	}
	if a.Distinct {
		fresh, err := o.fresh(a, s, b, i)
		if err != nil || !fresh {
			return err
		}
	}
	if a.Func == syntax.AggCount {
		if a.all || a.column >= 0 || !a.expr(o.f, i).IsError() {
			s.count++
		}
		return nil
	}
	v := a.expr(o.f, i)
	if len(a.order) > 0 {
		item := orderedItem{value: v}
		for _, f := range a.order {
			item.keys = append(item.keys, f(o.f, i))
		}
		s.items = append(s.items, item)
		return o.acct.add(int64(1+len(a.order)) * valueBytes)
	}
	s.acc.add(v)
	if a.Func == syntax.AggGroupConcat {
		return o.acct.add(int64(len(v.text()) + len(a.Separator)))
	}
	return nil
}

// fresh reports whether DISTINCT sees a solution's value for the first time.
func (o *groupOp) fresh(a *aggregate, s *groupState, b *batch, i int) (bool, error) {
	if a.all {
		if s.seen == nil {
			s.seen = newIDSet(len(o.visible), o.env.Memory)
		}
		cols := make([][]store.ID, len(o.visible))
		for k, c := range o.visible {
			cols[k] = b.cols[c]
		}
		_, fresh, err := s.seen.add(cols, i)
		return fresh, err
	}
	if s.seen == nil {
		s.seen = newIDSet(1, o.env.Memory)
	}
	if a.column >= 0 {
		_, fresh, err := s.seen.add([][]store.ID{b.cols[a.column]}, i)
		return fresh, err
	}
	v := a.expr(o.f, i)
	if v.IsError() {
		return true, nil
	}
	id, err := o.env.dict.id(v.Term())
	if err != nil {
		return false, err
	}
	_, fresh, err := s.seen.add([][]store.ID{{id}}, 0)
	return fresh, err
}

// flush puts the first n groups out and keeps the rest.
func (o *groupOp) flush(n int) error {
	o.out.reset()
	for g := range n {
		for k, id := range o.groups.row(g) {
			o.out.all.cols[k] = append(o.out.all.cols[k], id)
		}
		for k, a := range o.aggs {
			v := o.result(a, &o.states[g][k])
			id, err := o.env.dict.id(v.Term())
			if err != nil {
				return err
			}
			c := len(o.keys) + k
			o.out.all.cols[c] = append(o.out.all.cols[c], id)
			if s := o.states[g][k].seen; s != nil {
				s.acct.close()
			}
		}
	}
	o.out.all.n = n
	rest := newIDSet(len(o.keys), o.env.Memory)
	for g := n; g < o.groups.n; g++ {
		row := o.groups.row(g)
		cols := make([][]store.ID, len(row))
		for k := range row {
			cols[k] = row[k : k+1]
		}
		if _, _, err := rest.add(cols, 0); err != nil {
			return err
		}
	}
	o.groups.acct.close()
	o.groups = rest
	o.states = slices.Delete(o.states, 0, n)
	return o.acct.set(o.out.all.bytes())
}

func (o *groupOp) result(a *aggregate, s *groupState) Value {
	if a.Func == syntax.AggCount {
		return intValue(s.count)
	}
	if len(a.order) > 0 {
		slices.SortStableFunc(s.items, func(x, y orderedItem) int {
			for k := range x.keys {
				if c := CompareOrder(x.keys[k], y.keys[k]); c != 0 {
					if a.OrderBy[k].Descending {
						return -c
					}
					return c
				}
			}
			return 0
		})
		for _, item := range s.items {
			s.acc.add(item.value)
		}
	}
	return s.acc.result()
}

func (o *groupOp) close() {
	o.in.close()
	o.acct.close()
	o.groups.acct.close()
}
