package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// cursor walks over an operator whose solutions are sorted by one column.
type cursor struct {
	op  operator
	col int
	cur *batch
	row int
	end bool
}

// id returns the key the cursor is at; ok is false at the end.
func (c *cursor) id(ctx context.Context) (id store.ID, ok bool, err error) {
	for !c.end && (c.cur == nil || c.row >= c.cur.n) {
		if c.cur, err = c.op.next(ctx); err != nil {
			return 0, false, err
		}
		c.row = 0
		c.end = c.cur == nil
	}
	if c.end {
		return 0, false, nil
	}
	return c.cur.cols[c.col][c.row], true, nil
}

// seek moves to the first row whose key is not below id. Behind the present
// batch a scan can skip.
func (c *cursor) seek(ctx context.Context, id store.ID) error {
	for {
		if _, ok, err := c.id(ctx); err != nil || !ok {
			return err
		}
		keys := c.cur.cols[c.col][c.row:]
		if keys[len(keys)-1] >= id {
			n, _ := slices.BinarySearch(keys, id)
			c.row += n
			return nil
		}
		c.row = c.cur.n
		if s, ok := c.op.(interface{ seek(store.ID) error }); ok {
			if err := s.seek(id); err != nil {
				return err
			}
		}
	}
}

// mergeJoinOp joins two inputs that are sorted by a variable both always bind
// and that have no other variable in common.
type mergeJoinOp struct {
	left, right       cursor
	leftCol, rightCol []int
	group             batch // the right rows of key
	key               store.ID
	out               output
	acct              account
}

func (e *Env) newMergeJoinOp(n *plan.MergeJoin) (operator, error) {
	lc, rc := columnsOf(n.Left.Base().Vars), columnsOf(n.Right.Base().Vars)
	o := &mergeJoinOp{acct: account{Of: e.Memory}, group: newBatch(len(n.Right.Base().Vars))}
	o.leftCol, o.rightCol = lc.each(n.Vars), rc.each(n.Vars)
	o.out.all = newBatch(len(n.Vars))
	left, err := e.start(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := e.start(n.Right)
	if err != nil {
		left.close()
		return nil, err
	}
	o.left, o.right = cursor{op: left, col: lc.of(n.On)}, cursor{op: right, col: rc.of(n.On)}
	return o, nil
}

func (o *mergeJoinOp) next(ctx context.Context) (*batch, error) {
	if b := o.out.next(); b != nil {
		return b, nil
	}
	o.out.reset()
	for o.out.all.n < batchRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id, ok, err := o.left.id(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if id != o.key {
			if ok, err = o.meet(ctx, id); err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			continue
		}
		o.emit()
	}
	if err := o.acct.Set(o.group.bytes() + o.out.all.bytes()); err != nil {
		return nil, err
	}
	return o.out.next(), nil
}

// meet moves both sides to the next common key, not below id, and reads the
// right rows of it. It is false when there is none.
func (o *mergeJoinOp) meet(ctx context.Context, id store.ID) (bool, error) {
	for {
		if err := o.right.seek(ctx, id); err != nil {
			return false, err
		}
		r, ok, err := o.right.id(ctx)
		if err != nil || !ok {
			return false, err
		}
		if r == id {
			return true, o.collect(ctx, id)
		}
		if err := o.left.seek(ctx, r); err != nil {
			return false, err
		}
		if id, ok, err = o.left.id(ctx); err != nil || !ok {
			return false, err
		}
	}
}

// collect reads the right rows with key id.
func (o *mergeJoinOp) collect(ctx context.Context, id store.ID) error {
	o.group.reset()
	o.key = id
	for {
		r, ok, err := o.right.id(ctx)
		if err != nil || !ok || r != id {
			return err
		}
		c := &o.right
		end := c.row + 1
		for end < c.cur.n && c.cur.cols[c.col][end] == id {
			end++
		}
		w := c.cur.window(c.row, end)
		o.group.appendAll(&w)
		c.row = end
		if err := o.acct.Set(o.group.bytes() + o.out.all.bytes()); err != nil {
			return err
		}
	}
}

// emit joins the left row with the group and moves on.
func (o *mergeJoinOp) emit() {
	l := &o.left
	for c := range o.out.all.cols {
		if src := o.leftCol[c]; src >= 0 {
			id := l.cur.cols[src][l.row]
			for range o.group.n {
				o.out.all.cols[c] = append(o.out.all.cols[c], id)
			}
		} else {
			o.out.all.cols[c] = append(o.out.all.cols[c], o.group.cols[o.rightCol[c]]...)
		}
	}
	o.out.all.n += o.group.n
	l.row++
}

func (o *mergeJoinOp) close() {
	o.left.op.close()
	o.right.op.close()
	o.acct.Close()
}
