package exec

import (
	"context"
	"fmt"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/exec/idset"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
)

// groupOp groups by the IDs of its keys and aggregates (SPARQL 1.1 §18.5.1).
// When its input is sorted by the keys it holds one group at a time. Otherwise, when
// there is no memory for more groups, it leaves the solutions of new ones for later.
type groupOp struct {
	env    *Env
	node   *plan.Group
	in     operator
	keys   []int // input columns
	aggs   []*aggregate
	f      *frame
	groups *idset.Set
	states [][]groupState // by group, then by aggregate
	done   bool
	out    output
	acct   account
	keyCol [][]store.ID
	of     []int32    // the groups of the rows at hand
	none   []store.ID // a column of unbound keys
	later  parts
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
	acc   value.Accumulator
	seen  *idset.Set
	last  store.ID      // the one that DISTINCT saw last, 0 before
	items []orderedItem // GROUP_CONCAT with ORDER BY
	size  int64         // of the text kept
}

type orderedItem struct {
	value value.Value
	keys  []value.Value
}

func (e *Env) newGroupOp(n *plan.Group, in operator, cols columns) (operator, error) {
	o := &groupOp{env: e, node: n, in: in, f: e.newFrame(len(cols)), acct: account{Of: e.Memory}}
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
	o.groups = idset.New(len(o.keys), e.Memory)
	o.later = parts{env: e, width: len(cols)}
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
		if err := o.env.pause(ctx); err != nil {
			return err
		}
		b, err := o.later.input(o.in).next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			more, err := o.later.next()
			if err != nil {
				return err
			}
			o.done = !more
			if len(o.keys) == 0 && o.groups.Len() == 0 {
				if _, err := o.group(nil, 0); err != nil {
					return err
				}
			}
			return o.flush(o.groups.Len())
		}
		if err := o.take(b); err != nil {
			return err
		}
		if o.node.Sorted && o.groups.Len() > 1 {
			return o.flush(o.groups.Len() - 1)
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
	if err := o.groupsOf(b); err != nil {
		return err
	}
	for k, a := range o.aggs {
		if a.counts() {
			o.count(k, b)
			continue
		}
		for i, g := range o.of {
			if o.f.failed() {
				return o.f.err
			}
			if g < 0 {
				continue
			}
			if err := o.add(a, &o.states[g][k], b, i); err != nil {
				return err
			}
		}
	}
	return o.f.err
}

// groupsOf finds the groups of the rows of a batch, which it leaves in o.of: -1 for a
// row that is left for later.
func (o *groupOp) groupsOf(b *batch) error {
	o.of = o.of[:0]
	known := !o.node.Sorted && len(o.keys) > 0 && o.later.full(o.groups.Held()+o.acct.Held)
	for i := range b.n {
		if i > 0 && sameRow(o.keyCol, i) && o.of[i-1] >= 0 {
			o.of = append(o.of, o.of[i-1])
			continue
		}
		if known {
			g, _ := o.groups.Find(o.keyCol, i)
			if g < 0 {
				if err := o.later.put(o.keyCol, b.cols, i); err != nil {
					return err
				}
			}
			o.of = append(o.of, int32(g))
			continue
		}
		g, err := o.group(o.keyCol, i)
		if err != nil {
			return err
		}
		o.of = append(o.of, int32(g))
	}
	return nil
}

// sameRow reports whether a row has the IDs of the one before it, which rows of one group
// often have: they need no look into a hash table.
func sameRow(cols [][]store.ID, row int) bool {
	for _, c := range cols {
		if c[row] != c[row-1] {
			return false
		}
	}
	return true
}

// counts reports whether an aggregate does nothing but count the solutions, or
// those that bind a variable.
func (a *aggregate) counts() bool {
	return a.Func == value.AggCount && !a.Distinct && (a.all || a.column >= 0)
}

// count counts the solutions of a batch in aggregate k of their groups.
func (o *groupOp) count(k int, b *batch) {
	if o.aggs[k].all && len(o.keys) == 0 {
		if b.n > 0 {
			o.states[0][k].count += int64(b.n)
		}
		return
	}
	var col []store.ID
	if !o.aggs[k].all {
		col = b.cols[o.aggs[k].column]
	}
	for from, to := 0, 0; from < b.n; from = to {
		n := 0
		for to = from; to < b.n && o.of[to] == o.of[from]; to++ {
			if col == nil || col[to] != 0 {
				n++
			}
		}
		if n > 0 && o.of[from] >= 0 {
			o.states[o.of[from]][k].count += int64(n)
		}
	}
}

// group returns the number of a row's group, which it makes when it is new.
func (o *groupOp) group(cols [][]store.ID, row int) (int, error) {
	g, fresh, err := o.groups.Add(cols, row)
	if err != nil || !fresh {
		return g, err
	}
	states := make([]groupState, len(o.aggs))
	for k, a := range o.aggs {
		if a.Func != value.AggCount {
			states[k].acc = a.Func.Start(a.Separator)
		}
	}
	o.states = append(o.states, states)
	return g, o.acct.Add(int64(len(o.aggs)) * 96)
}

// add takes one solution into an aggregate.
func (o *groupOp) add(a *aggregate, s *groupState, b *batch, i int) error {
	if a.Func == value.AggCount && a.column >= 0 && b.cols[a.column][i] == 0 {
		return nil
	}
	if a.Distinct {
		fresh, err := o.fresh(a, s, b, i)
		if err != nil || !fresh {
			return err
		}
	}
	if a.Func == value.AggCount {
		if a.all || a.column >= 0 || !a.expr(o.f, i).IsError() {
			s.count++
		}
		return nil
	}
	v := a.expr(o.f, i)
	if o.f.err != nil {
		return o.f.err
	}
	if err := o.hold(a, s, v); err != nil {
		return err
	}
	if len(a.order) > 0 {
		item := orderedItem{value: v}
		size := valueSize(v)
		for _, f := range a.order {
			k := f(o.f, i)
			item.keys = append(item.keys, k)
			size += valueSize(k)
		}
		s.items = append(s.items, item)
		return o.acct.Add(size)
	}
	s.acc.Add(v)
	return nil
}

// hold takes memory for what an aggregate keeps of a value.
func (o *groupOp) hold(a *aggregate, s *groupState, v value.Value) error {
	var n int64
	switch a.Func {
	case value.AggGroupConcat:
		n = int64(len(v.Term().Value()) + len(a.Separator))
		if s.size += n; s.size > value.MaxTextBytes {
			return &LimitError{What: "bytes for one value", Limit: value.MaxTextBytes}
		}
		n *= 2 // room to grow
	case value.AggMin, value.AggMax, value.AggSample:
		if n = v.Bytes(); n <= s.size { // no larger than one it may have had before
			return nil
		}
		n, s.size = n-s.size, n
	default:
		return nil
	}
	return o.acct.Add(n)
}

// fresh reports whether DISTINCT sees a solution's value for the first time.
func (o *groupOp) fresh(a *aggregate, s *groupState, b *batch, i int) (bool, error) {
	if a.all {
		if s.seen == nil {
			s.seen = idset.New(len(o.visible), o.env.Memory)
		}
		cols := make([][]store.ID, len(o.visible))
		for k, c := range o.visible {
			cols[k] = b.cols[c]
		}
		_, fresh, err := s.seen.Add(cols, i)
		return fresh, err
	}
	if s.seen == nil {
		s.seen = idset.New(1, o.env.Memory)
	}
	if a.column >= 0 {
		id := b.cols[a.column][i]
		if id != 0 && id == s.last {
			return false, nil
		}
		s.last = id
		_, fresh, err := s.seen.Add([][]store.ID{b.cols[a.column]}, i)
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
	_, fresh, err := s.seen.Add([][]store.ID{{id}}, 0)
	return fresh, err
}

// flush puts the first n groups out and keeps the rest.
func (o *groupOp) flush(n int) error {
	o.out.reset()
	for g := range n {
		if o.f.failed() {
			return o.f.err
		}
		for k, id := range o.groups.Row(g) {
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
				s.Close()
			}
		}
	}
	o.out.all.n = n
	rest := idset.New(len(o.keys), o.env.Memory)
	for g := n; g < o.groups.Len(); g++ {
		row := o.groups.Row(g)
		cols := make([][]store.ID, len(row))
		for k := range row {
			cols[k] = row[k : k+1]
		}
		if _, _, err := rest.Add(cols, 0); err != nil {
			return err
		}
	}
	o.groups.Close()
	o.groups = rest
	o.states = slices.Delete(o.states, 0, n)
	return o.acct.Set(o.out.all.bytes())
}

func (o *groupOp) result(a *aggregate, s *groupState) value.Value {
	if a.Func == value.AggCount {
		return value.Int(s.count)
	}
	if len(a.order) > 0 {
		slices.SortStableFunc(s.items, func(x, y orderedItem) int {
			for k := range x.keys {
				if c := value.CompareOrder(x.keys[k], y.keys[k]); c != 0 {
					if a.OrderBy[k].Descending {
						return -c
					}
					return c
				}
			}
			return 0
		})
		for _, item := range s.items {
			s.acc.Add(item.value)
		}
	}
	return s.acc.Result()
}

func (o *groupOp) close() {
	o.in.close()
	o.later.close()
	o.f.close()
	o.acct.Close()
	o.groups.Close()
}
