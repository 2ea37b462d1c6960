package exec

import (
	"context"

	"fincat/sparql/plan"
	"fincat/store"
)

// projectOp keeps some columns; variables without one stay unbound.
type projectOp struct {
	in     operator
	source []int
	zero   []store.ID
	out    batch
}

func newProjectOp(n *plan.Project, in operator, cols columns) operator {
	o := &projectOp{in: in, out: newBatch(len(n.Vars))}
	for _, v := range n.Vars {
		o.source = append(o.source, cols.of(v))
	}
	return o
}

func (o *projectOp) next(ctx context.Context) (*batch, error) {
	b, err := o.in.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	if len(o.zero) < b.n {
		o.zero = make([]store.ID, b.n)
	}
	for i, c := range o.source {
		if c < 0 {
			o.out.cols[i] = o.zero[:b.n]
		} else {
			o.out.cols[i] = b.cols[c]
		}
	}
	o.out.n = b.n
	return &o.out, nil
}

func (o *projectOp) close() { o.in.close() }

// distinctOp drops repeated solutions.
type distinctOp struct {
	in       operator
	seen     *idSet // nil when repeats follow each other
	last     []store.ID
	keep     []int32
	out      batch
	adjacent bool
}

func (e *Env) newDistinctOp(n *plan.Distinct, in operator) operator {
	o := &distinctOp{in: in, out: newBatch(len(n.Vars)), adjacent: n.Adjacent}
	if !n.Adjacent {
		o.seen = newIDSet(len(n.Vars), e.Memory)
	}
	return o
}

func (o *distinctOp) next(ctx context.Context) (*batch, error) {
	for {
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		o.keep = o.keep[:0]
		for i := range b.n {
			fresh := false
			if o.adjacent {
				fresh = o.changed(b, i)
			} else if _, fresh, err = o.seen.add(b.cols, i); err != nil {
				return nil, err
			}
			if fresh {
				o.keep = append(o.keep, int32(i))
			}
		}
		if len(o.keep) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			continue
		}
		for c := range b.cols {
			o.out.cols[c] = gather(o.out.cols[c], b.cols[c], o.keep)
		}
		o.out.n = len(o.keep)
		return &o.out, nil
	}
}

// changed compares a row with the one before and remembers it.
func (o *distinctOp) changed(b *batch, i int) bool {
	fresh := o.last == nil
	if fresh {
		o.last = make([]store.ID, len(b.cols))
	}
	for c := range b.cols {
		if o.last[c] != b.cols[c][i] {
			fresh = true
			o.last[c] = b.cols[c][i]
		}
	}
	return fresh
}

func (o *distinctOp) close() {
	o.in.close()
	if o.seen != nil {
		o.seen.acct.close()
	}
}

// sliceOp is OFFSET and LIMIT; it stops reading at the last solution wanted.
type sliceOp struct {
	in   operator
	skip uint64
	left int64 // negative: no limit
}

func (o *sliceOp) next(ctx context.Context) (*batch, error) {
	for o.left != 0 {
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if o.skip >= uint64(b.n) {
			o.skip -= uint64(b.n)
			continue
		}
		from, to := int(o.skip), b.n
		o.skip = 0
		if o.left >= 0 {
			to = int(min(int64(to), int64(from)+o.left))
			o.left -= int64(to - from)
		}
		w := b.window(from, to)
		return &w, nil
	}
	return nil, nil
}

func (o *sliceOp) close() { o.in.close() }
