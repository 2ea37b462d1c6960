package exec

import (
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

// gather sets column dst of b to the values of src at rows.
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

// account keeps what an operator has taken from the query's memory.
type account struct {
	mem  *Memory
	held int64
}

// set adjusts the account to n bytes in all.
func (a *account) set(n int64) error {
	if n == a.held {
		return nil
	}
	d := n - a.held
	a.held = n
	if d < 0 {
		a.mem.shrink(-d)
		return nil
	}
	return a.mem.grow(d)
}

func (a *account) add(n int64) error { return a.set(a.held + n) }

func (a *account) close() {
	a.mem.shrink(a.held)
	a.held = 0
}

func missingColumn(v plan.Var) error { return fmt.Errorf("plan: no column for %s", v) }
