package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// hashJoinOp is Join, LeftJoin or Minus (SPARQL 1.1 §18.5) with a hash table of
// the right side.
type hashJoinOp struct {
	env         *Env
	node        *plan.HashJoin
	left, right operator
	t           *table
	keep        bool // the table belongs to the query, not to this run

	leftKey, rightKey []int
	shared            [][2]int // columns that agree when both are bound
	leftCol, rightCol []int    // source columns of the output
	domain            [][2]int // Minus: common columns that count
	cond              []evalFunc
	f                 *frame

	cur   *batch
	row   int
	lrows []int32
	rrows []int32 // -1: no match
	out   output
	acct  account
}

func (e *Env) newHashJoinOp(n *plan.HashJoin) (operator, error) {
	lvars, rvars := n.Left.Base().Vars, n.Right.Base().Vars
	lc, rc := columnsOf(lvars), columnsOf(rvars)
	o := &hashJoinOp{env: e, node: n, acct: account{mem: e.Memory}}
	for _, v := range n.Key {
		o.leftKey = append(o.leftKey, lc.of(v))
		o.rightKey = append(o.rightKey, rc.of(v))
	}
	for _, v := range n.Shared {
		o.shared = append(o.shared, [2]int{lc.of(v), rc.of(v)})
	}
	for _, v := range lvars {
		if r := rc.of(v); r >= 0 && !slices.Contains(n.Ignore, v) {
			o.domain = append(o.domain, [2]int{lc.of(v), r})
		}
	}
	for _, v := range n.Vars {
		o.leftCol = append(o.leftCol, lc.of(v))
		o.rightCol = append(o.rightCol, rc.of(v))
	}
	o.out.all = newBatch(len(n.Vars))
	var err error
	if o.cond, err = e.compileAll(n.Exprs, columnsOf(n.Vars)); err != nil {
		return nil, err
	}
	o.f = e.newFrame(len(n.Vars))
	if o.left, err = e.start(n.Left); err != nil {
		return nil, err
	}
	if t := e.tables[n]; t != nil {
		o.t, o.keep = t, true
		return o, nil
	}
	if o.right, err = e.start(n.Right); err != nil {
		o.left.close()
		return nil, err
	}
	return o, nil
}

func (o *hashJoinOp) build(ctx context.Context) error {
	t, err := buildTable(ctx, o.right, len(o.node.Right.Base().Vars), o.rightKey, o.env.Memory)
	if err != nil {
		return err
	}
	o.right.close()
	o.t = t
	if n := len(o.env.seeds); n > 0 && !usesSeed(o.node.Right) {
		o.keep = true
		o.env.tables[o.node] = t
	}
	return nil
}

// usesSeed reports whether a plan depends on the batch an Apply is at.
func usesSeed(n plan.Node) bool {
	if _, ok := n.(*plan.Seed); ok {
		return true
	}
	return slices.ContainsFunc(plan.Inputs(n), usesSeed)
}

func (o *hashJoinOp) next(ctx context.Context) (*batch, error) {
	if o.t == nil {
		if err := o.build(ctx); err != nil {
			return nil, err
		}
	}
	for {
		if b := o.out.next(); b != nil {
			return b, nil
		}
		if o.cur == nil || o.row >= o.cur.n {
			b, err := o.left.next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			o.cur, o.row = b, 0
			if o.t.rows.n == 0 && o.node.Kind == plan.Inner {
				return nil, nil
			}
		}
		if err := o.advance(ctx); err != nil {
			return nil, err
		}
	}
}

// advance joins as many rows of the present batch as fill the output.
func (o *hashJoinOp) advance(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.lrows, o.rrows = o.lrows[:0], o.rrows[:0]
	if o.node.Kind == plan.Minus {
		for ; o.row < o.cur.n; o.row++ {
			if !o.excluded(o.row) {
				o.lrows = append(o.lrows, int32(o.row))
			}
		}
		o.emit()
		return nil
	}
	outer := o.node.Kind == plan.LeftOuter
	for ; o.row < o.cur.n && len(o.lrows) < 2*batchRows; o.row++ {
		before := len(o.lrows)
		o.t.each(o.cur, o.leftKey, o.row, func(r int32) {
			if o.compatible(o.row, r) {
				o.lrows = append(o.lrows, int32(o.row))
				o.rrows = append(o.rrows, r)
			}
		})
		if outer && len(o.lrows) == before {
			o.lrows = append(o.lrows, int32(o.row))
			o.rrows = append(o.rrows, -1)
		}
	}
	if err := o.acct.set(int64(len(o.lrows)) * int64(8+8*len(o.leftCol))); err != nil {
		return err
	}
	o.emit()
	if len(o.cond) > 0 {
		return o.filter()
	}
	return nil
}

func (o *hashJoinOp) compatible(l int, r int32) bool {
	for _, s := range o.shared {
		a, b := o.cur.cols[s[0]][l], o.t.rows.cols[s[1]][r]
		if a != b && a != 0 && b != 0 {
			return false
		}
	}
	return true
}

// excluded reports whether Minus drops a row: a compatible solution on the
// right has a variable in common.
func (o *hashJoinOp) excluded(l int) bool {
	found := false
	o.t.each(o.cur, o.leftKey, l, func(r int32) {
		if found || !o.compatible(l, r) {
			return
		}
		for _, d := range o.domain {
			if o.cur.cols[d[0]][l] != 0 && o.t.rows.cols[d[1]][r] != 0 {
				found = true
				return
			}
		}
	})
	return found
}

// emit builds the output of the pairs found.
func (o *hashJoinOp) emit() {
	o.out.reset()
	n := len(o.lrows)
	for c := range o.out.all.cols {
		l, r := o.leftCol[c], o.rightCol[c]
		dst := slices.Grow(o.out.all.cols[c][:0], n)[:n]
		switch {
		case o.node.Kind == plan.Minus || r < 0:
			for i, row := range o.lrows {
				dst[i] = o.cur.cols[l][row]
			}
		case l < 0:
			o.fromRight(dst, r, nil)
		default:
			o.fromRight(dst, r, o.cur.cols[l])
		}
		o.out.all.cols[c] = dst
	}
	o.out.all.n = n
}

// fromRight takes a column from the left where that is bound, otherwise from
// the right.
func (o *hashJoinOp) fromRight(dst []store.ID, r int, left []store.ID) {
	for i, row := range o.rrows {
		dst[i] = 0
		if left != nil {
			dst[i] = left[o.lrows[i]]
		}
		if dst[i] == 0 && row >= 0 {
			dst[i] = o.t.rows.cols[r][row]
		}
	}
}

// filter applies the conditions of LeftJoin to the merged solutions; a left
// solution without any that satisfies them stays alone.
func (o *hashJoinOp) filter() error {
	merged := o.out.all
	o.f.load(&merged)
	var lrows, rrows []int32
	for i := 0; i < merged.n; {
		row, kept := o.lrows[i], false
		for ; i < merged.n && o.lrows[i] == row; i++ {
			if o.rrows[i] >= 0 && allTrue(o.cond, o.f, i) {
				lrows, rrows = append(lrows, row), append(rrows, o.rrows[i])
				kept = true
			}
		}
		if !kept {
			lrows, rrows = append(lrows, row), append(rrows, -1)
		}
	}
	if o.f.err != nil {
		return o.f.err
	}
	o.lrows, o.rrows = lrows, rrows
	o.emit()
	return nil
}

func (o *hashJoinOp) close() {
	o.left.close()
	if o.right != nil {
		o.right.close()
	}
	if o.t != nil && !o.keep {
		o.t.acct.close()
	}
	o.acct.close()
}
