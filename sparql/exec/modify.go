package exec

import (
	"context"

	"fincat/sparql/exec/idset"
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
	o.source = cols.each(n.Vars)
	return o
}

func (o *projectOp) next(ctx context.Context) (*batch, error) {
	b, err := o.in.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	o.out.take(b, o.source, &o.zero)
	return &o.out, nil
}

func (o *projectOp) close() { o.in.close() }

// distinctOp drops repeated solutions. Those for which it has no memory any more it
// looks at later; where their order counts they are numbered, and sorted after that.
type distinctOp struct {
	env      *Env
	in       operator
	width    int        // without the number
	seen     *idset.Set // nil when repeats follow each other
	last     []store.ID
	keep     []int32
	out      batch
	adjacent bool
	numbered bool
	later    parts
	sorted   *resorted // of what was left for later
}

func (e *Env) newDistinctOp(n *plan.Distinct, in operator) operator {
	o := &distinctOp{env: e, in: in, width: len(n.Vars), adjacent: n.Adjacent}
	if o.adjacent {
		o.out = newBatch(o.width)
		return o
	}
	o.seen = idset.New(o.width, e.Memory)
	if o.numbered = e.Spill != nil && (e.sequenced[n] || plan.Sorts(n)); o.numbered {
		o.in = &numberOp{env: e, in: in}
		o.out = newBatch(o.width + 1)
	} else {
		o.out = newBatch(o.width)
	}
	o.later = parts{env: e, width: len(o.out.cols)}
	return o
}

func (o *distinctOp) next(ctx context.Context) (*batch, error) {
	if o.sorted != nil {
		return o.sorted.next(ctx)
	}
	b, err := o.fresh(ctx)
	if err != nil || !o.numbered {
		return b, err
	}
	if b != nil {
		return &batch{cols: b.cols[:o.width], n: b.n}, nil
	}
	o.sorted = o.env.newResorted(o.fresh, o.width+1)
	return o.sorted.next(ctx)
}

// fresh returns the next solutions that were not there before.
func (o *distinctOp) fresh(ctx context.Context) (*batch, error) {
	for {
		b, err := o.later.input(o.in).next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if o.numbered && o.sorted == nil { // what comes now is out of order
				return nil, nil
			}
			more, err := o.later.next()
			if !more || err != nil {
				return nil, err
			}
			o.seen.Close()
			o.seen = idset.New(o.width, o.env.Memory)
			continue
		}
		if err := o.find(b); err != nil {
			return nil, err
		}
		if len(o.keep) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			continue
		}
		o.out.gather(b, o.keep)
		return &o.out, nil
	}
}

// find notes which rows of a batch are to be given out now: they are new, and remembered.
// Without memory new ones are left for later.
func (o *distinctOp) find(b *batch) error {
	o.keep = o.keep[:0]
	key := b.cols[:o.width]
	known := !o.adjacent && o.later.full(o.seen.Held())
	for i := range b.n {
		fresh := false
		var err error
		switch {
		case o.adjacent:
			fresh = o.changed(b, i)
		case !known:
			_, fresh, err = o.seen.Add(key, i)
		default:
			if n, _ := o.seen.Find(key, i); n < 0 {
				err = o.later.put(key, b.cols, i)
			}
		}
		if err != nil {
			return err
		}
		if fresh {
			o.keep = append(o.keep, int32(i))
		}
	}
	return nil
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
	o.later.close()
	if o.sorted != nil {
		o.sorted.close()
	}
	if o.seen != nil {
		o.seen.Close()
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
