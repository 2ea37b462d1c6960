package exec

import (
	"context"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// applyOp runs its sub-plan once for every batch of its input. The sub-plan
// reads the batch from its Seed and returns the number of the row with every
// solution.
type applyOp struct {
	env      *Env
	node     *plan.Apply
	in       operator
	seedCol  []int // input column of each variable of the seed, -1 for the row number
	source   []int // input column of each output column
	result   []int // sub-plan column of each output column
	row      int   // sub-plan column of the row number
	visible  []int // input columns of the query's variables
	rowIDs   []store.ID
	yes, no  store.ID
	out      output
	acct     account
	found    batch
	foundRow []int32
}

func (e *Env) newApplyOp(n *plan.Apply) (operator, error) {
	ic, sc := columnsOf(n.Input.Base().Vars), columnsOf(n.Sub.Base().Vars)
	o := &applyOp{env: e, node: n, row: sc.of(n.Seed.Row), acct: account{Of: e.Memory}}
	for c, v := range n.Input.Base().Vars {
		if !v.Hidden() {
			o.visible = append(o.visible, c)
		}
	}
	o.seedCol = ic.each(n.Seed.Vars)
	o.source, o.result = ic.each(n.Vars), sc.each(n.Vars)
	if o.row < 0 {
		return nil, missingColumn(n.Seed.Row)
	}
	o.out.all = newBatch(len(n.Vars))
	o.found = newBatch(len(sc))
	var err error
	if n.Kind == plan.Mark {
		if o.yes, err = e.ID(term.NewLiteral("true", vocab.XSDBoolean)); err == nil {
			o.no, err = e.ID(term.NewLiteral("false", vocab.XSDBoolean))
		}
	}
	if err != nil {
		return nil, err
	}
	o.in, err = e.start(n.Input)
	return o, err
}

func (o *applyOp) next(ctx context.Context) (*batch, error) {
	return o.out.from(ctx, o.in, o.apply)
}

// apply evaluates the sub-plan for one batch.
func (o *applyOp) apply(ctx context.Context, b *batch) error {
	o.out.reset()
	seed := batch{cols: make([][]store.ID, len(o.seedCol)), n: b.n}
	o.rowIDs = zeros(o.rowIDs, b.n)
	for i := range o.rowIDs { // see [plan.Seed]
		o.rowIDs[i] = store.ID(2*i + 2)
		if !slices.ContainsFunc(o.visible, func(c int) bool { return b.cols[c][i] != 0 }) {
			o.rowIDs[i]++
		}
	}
	for i, c := range o.seedCol {
		if c < 0 {
			seed.cols[i] = o.rowIDs
		} else {
			seed.cols[i] = b.cols[c]
		}
	}
	before := o.env.seeds[o.node.Seed]
	o.env.seeds[o.node.Seed] = &seed
	defer func() { o.env.seeds[o.node.Seed] = before }()
	sub, err := o.env.start(o.node.Sub)
	if err != nil {
		return err
	}
	defer sub.close()
	switch o.node.Kind {
	case plan.Semi, plan.Anti, plan.Mark:
		return o.exists(ctx, b, sub)
	}
	return o.joined(ctx, b, sub)
}

// exists finds the rows with a solution and stops when all have one.
func (o *applyOp) exists(ctx context.Context, b *batch, sub operator) error {
	has := make([]bool, b.n)
	for left := b.n; left > 0; {
		if err := o.env.pause(ctx); err != nil {
			return err
		}
		s, err := sub.next(ctx)
		if err != nil {
			return err
		}
		if s == nil {
			break
		}
		for _, r := range s.cols[o.row] {
			if row := r/2 - 1; !has[row] {
				has[row] = true
				left--
			}
		}
	}
	if o.node.Kind == plan.Mark {
		marks := slices.Repeat([]store.ID{o.no}, b.n)
		for i, h := range has {
			if h {
				marks[i] = o.yes
			}
		}
		for c, src := range o.source {
			if src < 0 {
				o.out.all.cols[c] = marks
			} else {
				o.out.all.cols[c] = append(o.out.all.cols[c], b.cols[src]...)
			}
		}
		o.out.all.n = b.n
		return nil
	}
	var keep []int32
	for i, h := range has {
		if h == (o.node.Kind == plan.Semi) {
			keep = append(keep, int32(i))
		}
	}
	for c, src := range o.source {
		o.out.all.cols[c] = gather(o.out.all.cols[c], b.cols[src], keep)
	}
	o.out.all.n = len(keep)
	return nil
}

// joined joins the rows with their solutions, in the order of the rows.
func (o *applyOp) joined(ctx context.Context, b *batch, sub operator) error {
	o.found.reset()
	o.foundRow = o.foundRow[:0]
	err := drain(ctx, sub, func(s *batch) error {
		o.found.appendAll(s)
		for _, r := range s.cols[o.row] {
			o.foundRow = append(o.foundRow, int32(r/2-1))
		}
		return o.acct.Set(2 * o.found.bytes())
	})
	if err != nil {
		return err
	}
	perm := inOrder(o.foundRow, b.n)
	var lrows, rrows []int32
	i := 0
	for row := range b.n {
		start := i
		for ; i < len(o.foundRow) && int(o.foundRow[at(perm, i)]) == row; i++ {
			lrows, rrows = append(lrows, int32(row)), append(rrows, int32(at(perm, i)))
		}
		if i == start && o.node.Kind == plan.LeftOuter {
			lrows, rrows = append(lrows, int32(row)), append(rrows, -1)
		}
	}
	for c := range o.out.all.cols {
		dst := slices.Grow(o.out.all.cols[c][:0], len(lrows))[:len(lrows)]
		src, res := o.source[c], o.result[c]
		for i := range lrows {
			dst[i] = 0
			if src >= 0 {
				dst[i] = b.cols[src][lrows[i]]
			}
			if dst[i] == 0 && res >= 0 && rrows[i] >= 0 {
				dst[i] = o.found.cols[res][rrows[i]]
			}
		}
		o.out.all.cols[c] = dst
	}
	o.out.all.n = len(lrows)
	return o.acct.Set(2*o.found.bytes() + o.out.all.bytes())
}

func (o *applyOp) close() {
	o.in.close()
	o.acct.Close()
}

// unionOp yields the solutions of its branches one after the other.
type unionOp struct {
	branches []operator
	cols     [][]int // for each branch the source of each output column
	at       int
	zero     []store.ID
	out      batch
}

func (e *Env) newUnionOp(n *plan.Union) (operator, error) {
	o := &unionOp{out: newBatch(len(n.Vars))}
	for _, b := range n.Branches {
		op, err := e.start(b)
		if err != nil {
			o.close()
			return nil, err
		}
		o.branches = append(o.branches, op)
		o.cols = append(o.cols, columnsOf(b.Base().Vars).each(n.Vars))
	}
	return o, nil
}

func (o *unionOp) next(ctx context.Context) (*batch, error) {
	for ; o.at < len(o.branches); o.at++ {
		b, err := o.branches[o.at].next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue
		}
		o.out.take(b, o.cols[o.at], &o.zero)
		return &o.out, nil
	}
	return nil, nil
}

func (o *unionOp) close() {
	for _, b := range o.branches {
		b.close()
	}
}

// loopOp runs its sub-plan in every named graph.
type loopOp struct {
	env    *Env
	node   *plan.GraphLoop
	names  operator
	cur    *batch
	row    int
	sub    operator
	graph  []store.ID
	tables map[*plan.HashJoin]*table // what an Apply below keeps for the present graph
}

func (e *Env) newLoopOp(n *plan.GraphLoop) (operator, error) {
	names, err := e.start(n.Names)
	return &loopOp{env: e, node: n, names: names, tables: map[*plan.HashJoin]*table{}}, err
}

func (o *loopOp) next(ctx context.Context) (*batch, error) {
	for {
		if o.sub == nil {
			for o.cur == nil || o.row >= o.cur.n {
				var err error
				if o.cur, err = o.names.next(ctx); o.cur == nil || err != nil {
					return nil, err
				}
				o.row = 0
			}
		}
		b, err := o.step(ctx)
		if b != nil || err != nil {
			return b, err
		}
		o.sub.close()
		o.sub = nil
		o.row++
	}
}

// step reads the next batch of the present graph.
func (o *loopOp) step(ctx context.Context) (*batch, error) {
	param, tables := o.env.param, o.env.tables
	o.env.param, o.env.tables = o.cur.cols[0][o.row], o.tables
	defer func() { o.env.param, o.env.tables = param, tables }()
	if o.sub == nil {
		var err error
		o.forget()
		if o.sub, err = o.env.start(o.node.Sub); err != nil {
			return nil, err
		}
	}
	b, err := o.sub.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	if len(o.graph) < b.n {
		o.graph = make([]store.ID, max(b.n, batchRows))
	}
	for i := range b.n {
		o.graph[i] = o.env.param
	}
	out := batch{n: b.n}
	out.cols = append(append(out.cols, b.cols...), o.graph[:b.n])
	return &out, nil
}

// forget gives back the tables that hold another graph's solutions.
func (o *loopOp) forget() {
	for _, t := range o.tables {
		t.acct.Close()
	}
	clear(o.tables)
}

func (o *loopOp) close() {
	o.names.close()
	if o.sub != nil {
		o.sub.close()
	}
	o.forget()
}

// rowwiseOp runs its sub-plan for every row of a seed by itself.
type rowwiseOp struct {
	env   *Env
	node  *plan.Rowwise
	seed  *batch
	row   int
	sub   operator
	col   int // of the row number in the output
	rowNo []store.ID
}

func (e *Env) newRowwiseOp(n *plan.Rowwise) (operator, error) {
	return &rowwiseOp{env: e, node: n, seed: e.seeds[n.Seed], col: slices.Index(n.Vars, n.Seed.Row)}, nil
}

func (o *rowwiseOp) next(ctx context.Context) (*batch, error) {
	for o.seed != nil && o.row < o.seed.n {
		if err := o.env.pause(ctx); err != nil {
			return nil, err
		}
		b, err := o.step(ctx)
		if b != nil || err != nil {
			return b, err
		}
		o.sub.close()
		o.sub = nil
		o.row++
	}
	return nil, nil
}

func (o *rowwiseOp) step(ctx context.Context) (*batch, error) {
	whole := o.env.seeds[o.node.Seed]
	one := o.seed.window(o.row, o.row+1)
	o.env.seeds[o.node.Seed] = &one
	defer func() { o.env.seeds[o.node.Seed] = whole }()
	if o.sub == nil {
		var err error
		if o.sub, err = o.env.start(o.node.Sub); err != nil {
			return nil, err
		}
	}
	b, err := o.sub.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	number := one.cols[slices.Index(o.node.Seed.Vars, o.node.Seed.Row)][0]
	o.rowNo = zeros(o.rowNo, b.n)
	for i := range o.rowNo {
		o.rowNo[i] = number
	}
	out := batch{n: b.n, cols: append(make([][]store.ID, 0, len(o.node.Vars)), b.cols...)}
	if o.col == len(out.cols) {
		out.cols = append(out.cols, o.rowNo)
	} else {
		out.cols[o.col] = o.rowNo
	}
	return &out, nil
}

func (o *rowwiseOp) close() {
	if o.sub != nil {
		o.sub.close()
	}
}
