package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
	"fincat/sparql/value"
)

// sortOp orders solutions by the values of its keys, stably (SPARQL 1.1
// §15.1). With a limit it keeps only that many while it reads. What does not fit in
// memory goes to files, as sorted runs, which are merged.
type sortOp struct {
	env   *Env
	node  *plan.Sort
	in    operator
	keys  []evalFunc
	desc  []bool
	f     *frame
	rows  batch
	vals  [][]value.Value // by key, then by row
	perm  []int32
	out   output
	ready bool
	kept  int64        // what the values take
	halt  func() error // why the run has to end, if it has
	acct  account
	runs  sortedRuns
}

func (e *Env) newSortOp(n *plan.Sort, in operator, cols columns) (operator, error) {
	o := &sortOp{
		env:  e,
		node: n,
		in:   in,
		f:    e.newFrame(len(cols)),
		rows: newBatch(len(cols)),
		acct: account{Of: e.Memory},
	}
	for _, k := range n.Keys {
		f, err := e.compile(k.Expr, cols)
		if err != nil {
			in.close()
			return nil, err
		}
		o.keys, o.desc = append(o.keys, f), append(o.desc, k.Descending)
	}
	o.vals = make([][]value.Value, len(o.keys))
	o.runs.sort = o
	return o, nil
}

func (o *sortOp) next(ctx context.Context) (*batch, error) {
	if !o.ready {
		if err := o.read(ctx); err != nil {
			return nil, err
		}
		o.ready = true
	}
	if len(o.runs.runs) > 0 {
		return o.runs.next()
	}
	return o.out.next(), nil
}

// valueBytes is what a value.Value takes in memory, with a little for its text.
const valueBytes = 160

// valueSize is what a value that is kept takes in memory.
func valueSize(v value.Value) int64 { return valueBytes + v.Bytes() }

func (o *sortOp) read(ctx context.Context) error {
	limit := int(o.node.Limit)
	row := make([]value.Value, len(o.keys))
	cut := false // the rows up to limit are sorted, the last of them is the worst
	o.halt = func() error {
		if o.f.failed() {
			return o.f.err
		}
		return ctx.Err()
	}
	err := drain(ctx, o.in, func(b *batch) error {
		noted := o.kept
		o.f.load(b)
		for i := range b.n {
			if worse := o.evaluate(i, row, cut); o.f.err != nil {
				return o.f.err
			} else if worse {
				continue
			}
			o.add(b, i, row)
			if o.kept > noted+1<<20 { // not a batch of long texts before it counts
				if err := o.hold(); err != nil {
					return err
				}
				noted, cut = o.kept, cut && o.rows.n > 0
			}
		}
		if o.f.err != nil {
			return o.f.err
		}
		if limit >= 0 && o.rows.n > 2*limit+batchRows/2 {
			if err := o.cut(limit); err != nil {
				return err
			}
			cut = limit > 0
		}
		err := o.hold()
		cut = cut && o.rows.n > 0
		return err
	})
	if err != nil {
		return err
	}
	if len(o.runs.runs) > 0 {
		return o.merge()
	}
	if limit < 0 {
		limit = o.rows.n
	}
	err = o.cut(limit)
	o.vals, o.out.all = nil, o.rows
	return err
}

// evaluate computes the keys of row i. With cut it stops at the first by which the row is
// worse than the worst of those that are kept; a row that is equal to it comes too late.
func (o *sortOp) evaluate(i int, row []value.Value, cut bool) (worse bool) {
	tied := cut
	for k, key := range o.keys {
		row[k] = key(o.f, i)
		if tied {
			c := value.CompareOrder(row[k], o.vals[k][o.node.Limit-1])
			if c != 0 && c > 0 != o.desc[k] {
				return true
			}
			tied = c == 0
		}
	}
	return tied
}

// hold accounts for what has been read, and puts it into a file when that is too much.
func (o *sortOp) hold() error {
	if err := o.acct.Set(o.rows.bytes() + o.kept); err != nil {
		return err
	}
	if !full(o.env, o.acct.Held) {
		return nil
	}
	return o.spill()
}

// spill makes what has been read a sorted run in a file.
func (o *sortOp) spill() error {
	if err := o.order(); err != nil {
		return err
	}
	if limit := int(o.node.Limit); limit >= 0 && limit < len(o.perm) {
		o.perm = o.perm[:limit]
	}
	if err := o.runs.write(); err != nil {
		return err
	}
	o.rows, o.vals = newBatch(len(o.rows.cols)), make([][]value.Value, len(o.keys))
	o.kept = 0
	if err := o.acct.Set(0); err != nil {
		return err
	}
	return o.runs.settle()
}

// merge spills what is left and begins to read the runs.
func (o *sortOp) merge() error {
	if o.rows.n > 0 {
		if err := o.spill(); err != nil {
			return err
		}
	}
	return o.runs.open()
}

func (o *sortOp) add(b *batch, i int, row []value.Value) {
	for c := range o.rows.cols {
		o.rows.cols[c] = append(o.rows.cols[c], b.cols[c][i])
	}
	o.rows.n++
	for k, v := range row {
		o.vals[k] = append(o.vals[k], v)
		o.kept += valueSize(v)
	}
}

// compare compares two rows key by key.
func (o *sortOp) compare(key func(k int) (a, b value.Value)) int {
	for k := range o.keys {
		a, b := key(k)
		if c := value.CompareOrder(a, b); c != 0 {
			if o.desc[k] {
				return -c
			}
			return c
		}
	}
	return 0
}

// stopSort is what the comparison of a sort panics with when the run has to end.
type stopSort struct{ err error }

// order sorts what has been read: perm says which row comes where.
func (o *sortOp) order() (err error) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stopSort)
			if !ok {
				panic(r)
			}
			err = s.err
		}
	}()
	compared := 0
	o.perm = slices.Grow(o.perm[:0], o.rows.n)
	for i := range o.rows.n {
		o.perm = append(o.perm, int32(i))
	}
	slices.SortFunc(o.perm, func(a, b int32) int {
		if compared++; compared%1024 == 0 {
			if err := o.halt(); err != nil {
				panic(stopSort{err})
			}
		}
		if c := o.compare(func(k int) (value.Value, value.Value) { return o.vals[k][a], o.vals[k][b] }); c != 0 {
			return c
		}
		return int(a - b) // what is equal stays in its order
	})
	return nil
}

// cut sorts what has been read and keeps the first n.
func (o *sortOp) cut(n int) error {
	if err := o.order(); err != nil {
		return err
	}
	n = min(n, len(o.perm))
	for c := range o.rows.cols {
		o.rows.cols[c] = gather(nil, o.rows.cols[c], o.perm[:n])
	}
	o.kept = 0
	for k, v := range o.vals {
		kept := make([]value.Value, n)
		for i, p := range o.perm[:n] {
			kept[i] = v[p]
			o.kept += valueSize(v[p])
		}
		o.vals[k] = kept
	}
	o.rows.n = n
	return nil
}

func (o *sortOp) close() {
	o.in.close()
	o.f.close()
	o.runs.close()
	o.acct.Close()
}

// resorted puts solutions that were found out of order back into it: it sorts by the numbers
// in their last column, which it takes away.
type resorted struct{ sort *sortOp }

// newResorted reads the solutions, which have so many columns, from next.
func (e *Env) newResorted(next nextFunc, width int) *resorted {
	s := &sortOp{env: e, node: &plan.Sort{Limit: -1}, in: next, f: e.newFrame(0), rows: newBatch(width)}
	s.keys = []evalFunc{func(f *frame, i int) value.Value { return value.Int(int64(f.b.cols[width-1][i])) }}
	s.desc, s.vals = []bool{false}, make([][]value.Value, 1)
	s.acct.Of, s.runs.sort = e.Memory, s
	return &resorted{s}
}

func (o *resorted) next(ctx context.Context) (*batch, error) {
	b, err := o.sort.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	return &batch{cols: b.cols[:len(b.cols)-1], n: b.n}, nil
}

func (o *resorted) close() { o.sort.close() }

// nextFunc is an operator whose owner closes it.
type nextFunc func(ctx context.Context) (*batch, error)

func (f nextFunc) next(ctx context.Context) (*batch, error) { return f(ctx) }
func (f nextFunc) close()                                   {}
