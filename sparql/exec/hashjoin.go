package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// hashJoinOp is Join, LeftJoin or Minus (SPARQL 1.1 §18.5) with a hash table of
// the right side. When that does not fit in memory it joins in parts.
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
	context           int      // Minus: left column of the context's row; -1: none
	cond              []evalFunc
	f                 *frame

	cur    *batch
	row    int
	base   int   // rows of this part's left side before cur
	at     int32 // the table's next candidate for the row; -1: none
	begun  bool  // at is of this row
	kept   bool  // the row has a match
	lrows  []int32
	rrows  []int32 // -1: no match
	out    output
	acct   account
	parts  *joinParts // nil: all is in memory
	sorted *resorted  // of the parts, where the sequence counts
}

func (e *Env) newHashJoinOp(n *plan.HashJoin) (operator, error) {
	lvars, rvars := n.Left.Base().Vars, n.Right.Base().Vars
	lc, rc := columnsOf(lvars), columnsOf(rvars)
	o := &hashJoinOp{env: e, node: n, context: lc.of(n.Context), acct: account{Of: e.Memory}}
	o.leftKey, o.rightKey = lc.each(n.Key), rc.each(n.Key)
	for _, v := range n.Shared {
		o.shared = append(o.shared, [2]int{lc.of(v), rc.of(v)})
	}
	for _, v := range lvars {
		if r := rc.of(v); r >= 0 && !slices.Contains(n.Ignore, v) {
			o.domain = append(o.domain, [2]int{lc.of(v), r})
		}
	}
	o.leftCol, o.rightCol = lc.each(n.Vars), rc.each(n.Vars)
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
	o.t = newTable(len(o.node.Right.Base().Vars), o.rightKey, o.env.Memory)
	more, err := o.t.fill(ctx, o.env, o.right)
	if err != nil {
		return err
	}
	if more {
		return o.spill(ctx)
	}
	o.right.close()
	if n := len(o.env.seeds); n > 0 && !usesSeed(o.node.Right) {
		o.keep = true
		o.env.tables[o.node] = o.t
	}
	return o.t.index()
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
	if o.sorted != nil {
		return o.sorted.next(ctx)
	}
	return o.joined(ctx)
}

// joined returns the next solutions, in the sequence in which they are found.
func (o *hashJoinOp) joined(ctx context.Context) (*batch, error) {
	for {
		if b := o.out.next(); b != nil {
			return b, nil
		}
		if o.cur == nil || o.row >= o.cur.n {
			if more, err := o.read(ctx); !more || err != nil {
				return nil, err
			}
		}
		if err := o.advance(ctx); err != nil {
			return nil, err
		}
	}
}

// read reads the next rows of the left side; it returns false when there is nothing to
// join any more.
func (o *hashJoinOp) read(ctx context.Context) (bool, error) {
	for {
		if o.cur != nil {
			o.base += o.cur.n
		}
		b, err := o.left.next(ctx)
		if err != nil {
			return false, err
		}
		o.cur, o.row = b, 0
		if b != nil {
			return o.parts != nil || o.t.rows.n > 0 || o.node.Kind != plan.Inner, nil
		}
		if o.parts == nil {
			return false, nil
		}
		if more, err := o.parts.next(ctx); !more || err != nil {
			return false, err
		}
		o.base = 0
	}
}

// triedTogether is how many candidates are tried before somebody asks whether the run
// has to end.
const triedTogether = 1 << 16

// advance joins as many rows of the present batch as fill the output, perhaps the last of
// them with some of its matches only.
func (o *hashJoinOp) advance(ctx context.Context) error {
	if err := o.env.pause(ctx); err != nil {
		return err
	}
	o.lrows, o.rrows = o.lrows[:0], o.rrows[:0]
	for o.row < o.cur.n && len(o.lrows) < 2*batchRows {
		if o.env.halt.Load() {
			return context.Canceled
		}
		if !o.begun {
			o.at, o.begun = o.t.first(o.cur, o.leftKey, o.row), true
		}
		o.match()
		if o.at >= 0 {
			continue
		}
		o.endRow()
		o.begun = false
		o.row++
	}
	if err := o.acct.Set(int64(len(o.lrows)) * int64(8+8*len(o.leftCol))); err != nil {
		return err
	}
	o.emit()
	if len(o.cond) > 0 {
		return o.filter()
	}
	return nil
}

// match looks for matches of the row.
func (o *hashJoinOp) match() {
	for n := 0; o.at >= 0 && n < triedTogether && len(o.lrows) < 2*batchRows; n++ {
		r := o.at
		o.at = o.t.after(o.cur, o.leftKey, o.row, r)
		switch {
		case !o.compatible(o.row, r):
		case o.node.Kind == plan.Minus:
			if o.overlaps(o.row, r) {
				o.kept, o.at = true, -1
			}
		default:
			o.kept = o.kept || len(o.cond) == 0
			o.lrows = append(o.lrows, int32(o.row))
			o.rrows = append(o.rrows, r)
		}
	}
}

// endRow ends a row of the left side: without a match it stays alone, which with
// conditions is not known yet.
func (o *hashJoinOp) endRow() {
	if len(o.cond) > 0 || o.node.Kind != plan.Inner && o.alone(o.row) {
		o.lrows = append(o.lrows, int32(o.row))
		o.rrows = append(o.rrows, -1)
	}
}

// alone reports whether a row that has ended stays without a match.
func (o *hashJoinOp) alone(row int) bool {
	kept := o.kept
	o.kept = false
	if o.parts != nil {
		return o.parts.alone(o.base+row, kept)
	}
	return !kept
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

// overlaps reports whether compatible solutions have a variable in common that counts for
// Minus.
func (o *hashJoinOp) overlaps(l int, r int32) bool {
	for _, d := range o.domain {
		if o.cur.cols[d[0]][l] != 0 && o.t.rows.cols[d[1]][r] != 0 {
			return true
		}
	}
	return o.context >= 0 && o.cur.cols[o.context][l]%2 == 0
}

// emit builds the output of the pairs found. For Minus those are the rows that stay.
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

// filter applies the conditions of LeftJoin to the merged solutions. A left solution ends
// with an unmatched one, which stays when no other satisfies them.
func (o *hashJoinOp) filter() error {
	merged := o.out.all
	o.f.load(&merged)
	lrows, rrows := o.lrows[:0], o.rrows[:0] // never ahead of what is read
	for i, row := range o.lrows {
		r := o.rrows[i]
		keep := false
		if r < 0 {
			keep = o.alone(int(row))
		} else if keep = allTrue(o.cond, o.f, i); keep {
			o.kept = true
		}
		if o.f.err != nil {
			return o.f.err
		}
		if keep {
			lrows, rrows = append(lrows, row), append(rrows, r)
		}
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
		o.t.acct.Close()
	}
	if o.sorted != nil {
		o.sorted.close()
	}
	if o.parts != nil {
		o.parts.close()
	}
	o.f.close()
	o.acct.Close()
}
