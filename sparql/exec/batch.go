package exec

import (
	"context"
	"fmt"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// batchRows is the number of solutions operators aim at in a batch.
const batchRows = store.BatchRows

// batch is a number of solutions by column; ID 0 is unbound. The columns belong
// to the operator that returned it and are valid until its next call.
type batch struct {
	cols [][]store.ID
	n    int
}

func newBatch(width int) batch { return batch{cols: make([][]store.ID, width)} }

// reset empties b and keeps its memory.
func (b *batch) reset() {
	for i := range b.cols {
		b.cols[i] = b.cols[i][:0]
	}
	b.n = 0
}

// window returns rows [from, to) of b.
func (b *batch) window(from, to int) batch {
	w := newBatch(len(b.cols))
	for i, c := range b.cols {
		w.cols[i] = c[from:to]
	}
	w.n = to - from
	return w
}

// appendAll copies all rows of o, which has the same columns.
func (b *batch) appendAll(o *batch) {
	for i := range b.cols {
		b.cols[i] = append(b.cols[i], o.cols[i]...)
	}
	b.n += o.n
}

// gather makes out the given rows of b, which has the same columns.
func (out *batch) gather(b *batch, rows []int32) {
	for c := range b.cols {
		out.cols[c] = gather(out.cols[c], b.cols[c], rows)
	}
	out.n = len(rows)
}

// gather returns the values of src at rows, in the memory of dst when they fit there.
func gather(dst, src []store.ID, rows []int32) []store.ID {
	dst = slices.Grow(dst[:0], len(rows))[:len(rows)]
	for i, r := range rows {
		dst[i] = src[r]
	}
	return dst
}

func zeros(dst []store.ID, n int) []store.ID {
	dst = slices.Grow(dst[:0], n)[:n]
	clear(dst)
	return dst
}

// columns maps the variables of an operator to its columns.
type columns map[plan.Var]int

func columnsOf(vars []plan.Var) columns {
	c := make(columns, len(vars))
	for i, v := range vars {
		c[v] = i
	}
	return c
}

// of returns the column of v, -1 when it has none.
func (c columns) of(v plan.Var) int {
	if i, ok := c[v]; ok {
		return i
	}
	return -1
}

// each returns the columns of some variables.
func (c columns) each(vars []plan.Var) []int {
	out := make([]int, len(vars))
	for i, v := range vars {
		out[i] = c.of(v)
	}
	return out
}

// output hands a large result on in batches.
type output struct {
	all batch
	at  int
}

// next returns the next window, nil when all has been given out.
func (o *output) next() *batch {
	if o.at >= o.all.n {
		return nil
	}
	to := min(o.at+batchRows, o.all.n)
	w := o.all.window(o.at, to)
	o.at = to
	return &w
}

// from returns the next window. When all has been given out, fill makes more of
// the next batch of in.
func (o *output) from(
	ctx context.Context, in operator, fill func(ctx context.Context, b *batch) error,
) (*batch, error) {
	for {
		if b := o.next(); b != nil {
			return b, nil
		}
		b, err := in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if err := fill(ctx, b); err != nil {
			return nil, err
		}
	}
}

func (o *output) reset() {
	o.all.reset()
	o.at = 0
}

// bytes is the memory a batch holds.
func (b *batch) bytes() int64 {
	n := int64(0)
	for _, c := range b.cols {
		n += int64(cap(c)) * 8
	}
	return n
}

// take makes b of columns of another batch, which it shares. -1 is a column
// without values, for which zero is kept.
func (b *batch) take(from *batch, columns []int, zero *[]store.ID) {
	if len(*zero) < from.n {
		*zero = make([]store.ID, from.n)
	}
	for i, c := range columns {
		if c < 0 {
			b.cols[i] = (*zero)[:from.n]
		} else {
			b.cols[i] = from.cols[c]
		}
	}
	b.n = from.n
}

func missingColumn(v plan.Var) error { return fmt.Errorf("plan: no column for %s", v) }
