package exec

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// lookupOp joins batches with a pattern by index probes. The solutions of a
// batch are divided by which positions they bind, since an optional variable
// may be unbound in some; each part is sorted and probed in the order that has
// its bound positions first. Output follows the order of the input.
type lookupOp struct {
	env    *Env
	node   *plan.Lookup
	in     operator
	m      *matcher
	input  [4]int // input column of each position, -1 for none
	source []int  // input column of each output column, -1 where only the match has it
	match  []int  // position of each output column, -1 where only the input has it

	cur   batch // what remains of the input batch
	chunk int
	out   output
	acct  account

	rows       []int32 // output rows: index into cur
	found      [4][]store.ID
	order      []int32
	keys       [4][]store.ID
	matches    store.Matches
	raw        store.Batch
	singleMask bool
}

// firstChunk is how many rows are looked up first: few, since a LIMIT may need
// no more.
const firstChunk = 128

func (e *Env) newLookupOp(n *plan.Lookup, in operator, cols columns) *lookupOp {
	o := &lookupOp{env: e, node: n, in: in, chunk: firstChunk, acct: account{Of: e.Memory}}
	o.m = e.newMatcher(&n.Quad, n.Vars)
	o.out.all = newBatch(len(n.Vars))
	for pos, s := range o.m.slots {
		o.input[pos] = -1
		if s.Var != "" {
			o.input[pos] = cols.of(s.Var)
		}
	}
	for _, v := range n.Vars {
		pos := slices.IndexFunc(o.m.slots[:], func(s plan.Slot) bool { return s.Var == v })
		o.source = append(o.source, cols.of(v))
		o.match = append(o.match, pos)
	}
	return o
}

func (o *lookupOp) next(ctx context.Context) (*batch, error) {
	for {
		if b := o.out.next(); b != nil {
			return b, nil
		}
		if o.cur.n == 0 {
			b, err := o.in.next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			o.cur = *b
		}
		n := min(o.chunk, o.cur.n)
		if err := o.env.pause(ctx); err != nil {
			return nil, err
		}
		part := o.cur.window(0, n)
		switch err := o.join(ctx, &part); {
		case errors.Is(err, store.ErrMany): // the same rows again, fewer at a time
			o.chunk = max(1, n/8)
			continue
		case err != nil:
			return nil, err
		}
		o.cur = o.cur.window(n, o.cur.n)
		// Keep the matches of one probe to a size that memory can take.
		switch got := o.out.all.n; {
		case got > 16*batchRows && o.chunk > 1:
			o.chunk = max(1, o.chunk/8)
		case got < 4*batchRows && o.chunk < batchRows:
			o.chunk *= 2
		}
		if err := o.acct.Set(2 * o.out.all.bytes()); err != nil {
			return nil, err
		}
	}
}

// join finds the matches of one part of a batch.
func (o *lookupOp) join(ctx context.Context, part *batch) error {
	o.out.reset()
	o.rows = o.rows[:0]
	for i := range o.found {
		o.found[i] = o.found[i][:0]
	}
	if o.m.missing() {
		return nil
	}
	masks := o.masks(part)
	for _, mask := range masks {
		if err := o.probe(ctx, part, mask); err != nil {
			return err
		}
	}
	o.emit(part)
	return nil
}

// mask returns the variable positions that row i binds.
func (o *lookupOp) mask(part *batch, i int) uint8 {
	m := uint8(0)
	for pos, c := range o.input {
		if c >= 0 && part.cols[c][i] != 0 {
			m |= 1 << pos
		}
	}
	return m
}

func (o *lookupOp) masks(part *batch) []uint8 {
	var seen [16]bool
	var out []uint8
	for i := range part.n {
		if m := o.mask(part, i); !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	o.singleMask = len(out) == 1
	return out
}

// probe looks the rows with one mask up.
func (o *lookupOp) probe(ctx context.Context, part *batch, mask uint8) error {
	var fixed store.Pattern
	bound := [4]*store.ID{&fixed.S, &fixed.P, &fixed.O, &fixed.G}
	n := 0
	for pos, s := range o.m.slots {
		switch {
		case mask>>pos&1 == 1:
			*bound[pos] = 1 // stands for some ID
			n++
		case s.ID != 0:
			*bound[pos] = s.ID
			n++
		}
	}
	o.order = o.order[:0]
	for i := range part.n {
		if o.singleMask || o.mask(part, i) == mask {
			o.order = append(o.order, int32(i))
		}
	}
	order := store.OrderFor(fixed)
	if n == 0 {
		return o.scanAll(ctx, order)
	}
	positions := order.Positions()
	o.sortKeys(part, positions[:n], mask)
	if len(o.order) == 0 {
		return nil
	}
	opt := store.ScanOptions{Order: order, Distinct: o.m.distinct, Columns: o.m.columnsW, Most: 64 * batchRows}
	keys := o.keys[:n]
	if len(o.order) == 1 {
		return o.scanOne(ctx, keys, positions[:n], opt)
	}
	if err := o.env.Source.Probe(ctx, order, n, keys, opt, &o.matches); err != nil {
		return err
	}
	o.collect(&o.matches.Batch, o.matches.Row)
	return nil
}

// sortKeys brings o.order into the order of the keys and fills o.keys. Rows
// with terms that the store lacks are left out.
func (o *lookupOp) sortKeys(part *batch, positions []uint8, mask uint8) {
	var cols [4][]store.ID
	var consts [4]store.ID
	var check []int
	for k, pos := range positions {
		if mask>>pos&1 == 1 {
			cols[k] = part.cols[o.input[pos]]
			check = append(check, k)
		} else {
			consts[k] = o.m.slots[pos].ID
		}
	}
	o.order = slices.DeleteFunc(o.order, func(i int32) bool {
		for _, k := range check {
			if cols[k][i] >= store.FirstLocal {
				return true
			}
		}
		return false
	})
	less := func(a, b int32) int {
		for _, k := range check {
			if c := cmp.Compare(cols[k][a], cols[k][b]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	}
	if len(check) > 0 && !slices.IsSortedFunc(o.order, less) {
		slices.SortFunc(o.order, less)
	}
	for k := range positions {
		o.keys[k] = o.keys[k][:0]
		for _, i := range o.order {
			if cols[k] != nil {
				o.keys[k] = append(o.keys[k], cols[k][i])
			} else {
				o.keys[k] = append(o.keys[k], consts[k])
			}
		}
	}
}

// scanOne reads the matches of a single key by a scan.
func (o *lookupOp) scanOne(ctx context.Context, keys [][]store.ID, positions []uint8, opt store.ScanOptions) error {
	var p store.Pattern
	at := [4]*store.ID{&p.S, &p.P, &p.O, &p.G}
	for k, pos := range positions {
		*at[pos] = keys[k][0]
	}
	return o.scanRows(ctx, p, opt, o.order[:1])
}

// scanAll joins rows that bind nothing of the pattern with all that matches.
func (o *lookupOp) scanAll(ctx context.Context, order store.Order) error {
	opt := store.ScanOptions{Order: order, Distinct: o.m.distinct, Columns: o.m.columnsW}
	return o.scanRows(ctx, store.Pattern{}, opt, o.order)
}

func (o *lookupOp) scanRows(ctx context.Context, p store.Pattern, opt store.ScanOptions, rows []int32) error {
	sc, err := o.env.Source.Scan(p, opt)
	if err != nil {
		return err
	}
	defer sc.Close()
	o.m.any = false
	raw := &o.raw
	for {
		ok, err := sc.Next(ctx, raw)
		if err != nil || !ok {
			return err
		}
		keep := o.m.choose(raw, nil)
		cols := [4][]store.ID{raw.S, raw.P, raw.O, raw.G}
		for _, row := range rows {
			for range keep {
				o.rows = append(o.rows, row)
			}
			for pos, c := range cols {
				if c == nil {
					continue
				}
				for _, k := range keep {
					o.found[pos] = append(o.found[pos], c[k])
				}
			}
		}
		if err := o.acct.Set(int64(len(o.rows)) * 40); err != nil {
			return err
		}
	}
}

// collect takes over the matches of a probe that are solutions.
func (o *lookupOp) collect(b *store.Batch, row []int32) {
	cols := [4][]store.ID{b.S, b.P, b.O, b.G}
	if o.m.plain() {
		for _, r := range row {
			o.rows = append(o.rows, o.order[r])
		}
		for pos, c := range cols {
			if len(c) > 0 {
				o.found[pos] = append(o.found[pos], c...)
			}
		}
		return
	}
	for _, k := range o.m.choose(b, row) {
		o.rows = append(o.rows, o.order[row[k]])
		for pos, c := range cols {
			if len(c) > 0 {
				o.found[pos] = append(o.found[pos], c[k])
			}
		}
	}
}

// emit builds the output columns, in the order of the input rows.
func (o *lookupOp) emit(part *batch) {
	n := len(o.rows)
	perm := inOrder(o.rows, part.n)
	for c := range o.out.all.cols {
		dst := slices.Grow(o.out.all.cols[c][:0], n)[:n]
		src, pos := o.source[c], o.match[c]
		switch {
		case pos < 0: // only in the input
			for i := range n {
				dst[i] = part.cols[src][o.rows[at(perm, i)]]
			}
		case src < 0: // only in the match
			for i := range n {
				dst[i] = o.found[pos][at(perm, i)]
			}
		default:
			for i := range n {
				j := at(perm, i)
				if dst[i] = part.cols[src][o.rows[j]]; dst[i] == 0 {
					dst[i] = o.found[pos][j]
				}
			}
		}
		o.out.all.cols[c] = dst
	}
	o.out.all.n = n
}

func at(perm []int32, i int) int {
	if perm == nil {
		return i
	}
	return int(perm[i])
}

// inOrder returns the permutation that sorts rows, which are below n, stably;
// nil when they are sorted.
func inOrder(rows []int32, n int) []int32 {
	if slices.IsSorted(rows) {
		return nil
	}
	start := make([]int32, n+1)
	for _, r := range rows {
		start[r+1]++
	}
	for i := range n {
		start[i+1] += start[i]
	}
	perm := make([]int32, len(rows))
	for i, r := range rows {
		perm[start[r]] = int32(i)
		start[r]++
	}
	return perm
}

func (o *lookupOp) close() {
	o.in.close()
	o.acct.Close()
}
