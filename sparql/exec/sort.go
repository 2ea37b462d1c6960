package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
)

// sortOp orders solutions by the values of its keys, stably (SPARQL 1.1
// §15.1). With a limit it keeps only that many while it reads.
type sortOp struct {
	env   *Env
	node  *plan.Sort
	in    operator
	keys  []evalFunc
	desc  []bool
	f     *frame
	rows  batch
	vals  [][]Value // by key, then by row
	perm  []int32
	out   output
	ready bool
	acct  account
}

func (e *Env) newSortOp(n *plan.Sort, in operator, cols columns) (operator, error) {
	o := &sortOp{env: e, node: n, in: in, f: e.newFrame(len(cols)), rows: newBatch(len(cols)), acct: account{mem: e.Memory}}
	for _, k := range n.Keys {
		f, err := e.compile(k.Expr, cols)
		if err != nil {
			in.close()
			return nil, err
		}
		o.keys, o.desc = append(o.keys, f), append(o.desc, k.Descending)
	}
	o.vals = make([][]Value, len(o.keys))
	return o, nil
}

func (o *sortOp) next(ctx context.Context) (*batch, error) {
	if !o.ready {
		if err := o.read(ctx); err != nil {
			return nil, err
		}
		o.ready = true
	}
	return o.out.next(), nil
}

// valueBytes is what a Value takes in memory, with a little for its text.
const valueBytes = 160

func (o *sortOp) read(ctx context.Context) error {
	limit := int(o.node.Limit)
	row := make([]Value, len(o.keys))
	cut := false // the rows up to limit are sorted, the last of them is the worst
	err := drain(ctx, o.in, func(b *batch) error {
		o.f.load(b)
		for i := range b.n {
			for k, key := range o.keys {
				row[k] = key(o.f, i)
			}
			if cut && o.compare(func(k int) (Value, Value) { return row[k], o.vals[k][limit-1] }) >= 0 {
				continue
			}
			o.add(b, i, row)
		}
		if o.f.err != nil {
			return o.f.err
		}
		if limit >= 0 && o.rows.n > 2*limit+batchRows/2 {
			o.cut(limit)
			cut = limit > 0
		}
		return o.acct.set(o.rows.bytes() + int64(o.rows.n*len(o.keys))*valueBytes)
	})
	if err != nil {
		return err
	}
	n := o.rows.n
	if limit >= 0 {
		n = min(n, limit)
	}
	o.cut(n)
	o.vals = nil
	o.out.all = o.rows
	return nil
}

func (o *sortOp) add(b *batch, i int, row []Value) {
	for c := range o.rows.cols {
		o.rows.cols[c] = append(o.rows.cols[c], b.cols[c][i])
	}
	o.rows.n++
	for k, v := range row {
		o.vals[k] = append(o.vals[k], v)
	}
}

// compare compares two rows key by key.
func (o *sortOp) compare(key func(k int) (a, b Value)) int {
	for k := range o.keys {
		a, b := key(k)
		if c := CompareOrder(a, b); c != 0 {
			if o.desc[k] {
				return -c
			}
			return c
		}
	}
	return 0
}

// cut sorts what has been read and keeps the first n.
func (o *sortOp) cut(n int) {
	o.perm = o.perm[:0]
	for i := range o.rows.n {
		o.perm = append(o.perm, int32(i))
	}
	slices.SortStableFunc(o.perm, func(a, b int32) int {
		return o.compare(func(k int) (Value, Value) { return o.vals[k][a], o.vals[k][b] })
	})
	n = min(n, len(o.perm))
	for c := range o.rows.cols {
		o.rows.cols[c] = gather(nil, o.rows.cols[c], o.perm[:n])
	}
	for k, v := range o.vals {
		kept := make([]Value, n)
		for i, p := range o.perm[:n] {
			kept[i] = v[p]
		}
		o.vals[k] = kept
	}
	o.rows.n = n
}

func (o *sortOp) close() {
	o.in.close()
	o.acct.close()
}
