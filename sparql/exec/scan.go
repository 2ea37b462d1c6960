package exec

import (
	"context"
	"iter"
	"slices"

	"fincat/sparql/plan"
	"fincat/store"
)

// tableOp yields a constant multiset of solutions.
type tableOp struct{ out output }

func newTableOp(n *plan.Table) *tableOp {
	o := &tableOp{out: output{all: newBatch(len(n.Vars))}}
	for _, row := range n.IDs {
		for i, id := range row {
			o.out.all.cols[i] = append(o.out.all.cols[i], id)
		}
	}
	o.out.all.n = len(n.IDs)
	return o
}

func (o *tableOp) next(context.Context) (*batch, error) { return o.out.next(), nil }
func (o *tableOp) close()                               {}

// matcher turns quads of the store into solutions of one pattern: it checks
// the graph, repeated variables and repeated triples, and picks the columns.
type matcher struct {
	slots    [4]plan.Slot
	graphs   plan.Graphs
	columns  []uint8 // position of each output column
	equal    [][2]uint8
	columnsW store.ColumnSet
	distinct bool // the store leaves out repeated triples
	dedupe   bool // we do, after checking the graph
	listed   map[store.ID]struct{}
	keep     []int32
	last     [3]store.ID
	any      bool
}

func (e *Env) newMatcher(q *plan.Quad, vars []plan.Var) *matcher {
	m := &matcher{slots: [4]plan.Slot{q.S, q.P, q.O, {}}, graphs: q.G}
	if m.graphs.Mode == plan.ParamGraph {
		m.graphs = plan.Graphs{Mode: plan.OneGraph, ID: e.param}
	}
	switch m.graphs.Mode {
	case plan.OneGraph:
		m.slots[3].ID = m.graphs.ID
	case plan.VarGraph:
		m.slots[3].Var = m.graphs.Var
	case plan.AllGraphs:
		m.distinct = true
	case plan.SomeGraphs:
		m.dedupe = true
	}
	if m.dedupe || m.graphs.Listed {
		m.listed = make(map[store.ID]struct{}, len(m.graphs.List))
		for _, g := range m.graphs.List {
			m.listed[g] = struct{}{}
		}
	}
	for _, v := range vars {
		for pos, s := range m.slots {
			if s.Var == v {
				m.columns = append(m.columns, uint8(pos))
				m.columnsW |= 1 << pos
				break
			}
		}
	}
	for i, s := range m.slots {
		for j := range i {
			if s.Var != "" && m.slots[j].Var == s.Var {
				m.equal = append(m.equal, [2]uint8{uint8(j), uint8(i)})
				m.columnsW |= 1<<i | 1<<j
			}
		}
	}
	if m.dedupe || m.graphs.Mode == plan.VarGraph {
		m.columnsW |= store.ColumnG
	}
	if m.dedupe {
		m.columnsW |= store.ColumnS | store.ColumnP | store.ColumnO
	}
	if m.columnsW == 0 {
		m.columnsW = store.ColumnS
	}
	return m
}

// pattern returns the constants of the pattern.
func (m *matcher) pattern() store.Pattern {
	return store.Pattern{S: m.slots[0].ID, P: m.slots[1].ID, O: m.slots[2].ID, G: m.slots[3].ID}
}

// missing reports whether a constant is not in the store.
func (m *matcher) missing() bool {
	return slices.ContainsFunc(m.slots[:], func(s plan.Slot) bool { return s.ID >= store.FirstLocal })
}

// plain reports whether every quad is a solution.
func (m *matcher) plain() bool {
	return len(m.equal) == 0 && !m.dedupe && m.graphs.Mode != plan.VarGraph
}

// choose returns the indexes of the quads that are solutions. rows separates
// the matches of different probes, nil in a scan.
func (m *matcher) choose(b *store.Batch, rows []int32) []int32 {
	cols := [4][]store.ID{b.S, b.P, b.O, b.G}
	m.keep = m.keep[:0]
next:
	for i := range b.N {
		if b.G != nil && (m.listed != nil || m.graphs.Mode == plan.VarGraph) {
			g := b.G[i]
			_, ok := m.listed[g]
			if m.listed != nil && !ok || m.graphs.Mode == plan.VarGraph && g == store.DefaultGraph {
				continue
			}
		}
		for _, e := range m.equal {
			if cols[e[0]][i] != cols[e[1]][i] {
				continue next
			}
		}
		if m.dedupe {
			t := [3]store.ID{b.S[i], b.P[i], b.O[i]}
			same := rows == nil && m.any || rows != nil && len(m.keep) > 0 && rows[m.keep[len(m.keep)-1]] == rows[i]
			if same && t == m.last {
				continue
			}
			m.last, m.any = t, true
		}
		m.keep = append(m.keep, int32(i))
	}
	return m.keep
}

// scanOp reads one pattern in one index order.
type scanOp struct {
	env   *Env
	m     *matcher
	order store.Order
	scan  Scan
	done  bool
	raw   store.Batch
	out   batch
}

func (e *Env) newScanOp(n *plan.Scan) (operator, error) {
	m := e.newMatcher(&n.Quad, n.Vars)
	return &scanOp{env: e, m: m, order: n.Index, out: newBatch(len(n.Vars))}, nil
}

func (o *scanOp) open() error {
	if o.scan != nil || o.done {
		return nil
	}
	if o.m.missing() {
		o.done = true
		return nil
	}
	if o.m.graphs.Mode == plan.OneGraph && o.order <= store.OSPG {
		o.order += store.GSPO // sorts likewise within the graph, which is only known now
	}
	var err error
	o.scan, err = o.env.Source.Scan(
		o.m.pattern(),
		store.ScanOptions{Order: o.order, Distinct: o.m.distinct, Columns: o.m.columnsW},
	)
	return err
}

func (o *scanOp) next(ctx context.Context) (*batch, error) {
	if err := o.open(); err != nil {
		return nil, err
	}
	for !o.done {
		if err := o.env.pause(ctx); err != nil {
			return nil, err
		}
		ok, err := o.scan.Next(ctx, &o.raw)
		if err != nil {
			return nil, err
		}
		if !ok {
			o.done = true
			break
		}
		if o.m.fill(&o.raw, &o.out); o.out.n > 0 {
			return &o.out, nil
		}
	}
	return nil, nil
}

// fill sets out to the solutions in raw, sharing its columns where all match.
func (m *matcher) fill(raw *store.Batch, out *batch) {
	cols := [4][]store.ID{raw.S, raw.P, raw.O, raw.G}
	if m.plain() {
		for i, pos := range m.columns {
			out.cols[i] = cols[pos]
		}
		out.n = raw.N
		return
	}
	keep := m.choose(raw, nil)
	for i, pos := range m.columns {
		out.cols[i] = gather(nil, cols[pos], keep)
	}
	out.n = len(keep)
}

// seek moves to the first solution whose leading variable is not below id.
func (o *scanOp) seek(id store.ID) error {
	if err := o.open(); err != nil || o.done {
		return err
	}
	p := o.m.pattern()
	k := [4]store.ID{p.S, p.P, p.O, p.G}
	var key [4]store.ID
	for i, pos := range o.order.Positions() {
		if k[pos] == 0 {
			key[i] = id
			break
		}
		key[i] = k[pos]
	}
	return o.scan.Seek(key)
}

func (o *scanOp) close() {
	if o.scan != nil {
		o.scan.Close()
	}
	o.done = true
}

// graphNamesOp yields the names of the named graphs that hold quads.
type graphNamesOp struct {
	env  *Env
	node *plan.GraphNames
	pull func() (store.ID, error, bool)
	stop func()
	out  batch
}

func (o *graphNamesOp) next(ctx context.Context) (*batch, error) {
	if o.pull == nil {
		o.out = newBatch(1)
		o.pull, o.stop = iter.Pull2(o.names())
	}
	o.out.reset()
	for o.out.n < batchRows {
		if err := o.env.pause(ctx); err != nil {
			return nil, err
		}
		id, err, ok := o.pull()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		o.out.cols[0] = append(o.out.cols[0], id)
		o.out.n++
	}
	if o.out.n == 0 {
		return nil, nil
	}
	return &o.out, nil
}

func (o *graphNamesOp) names() iter.Seq2[store.ID, error] {
	return func(yield func(store.ID, error) bool) {
		if !o.node.Listed {
			for g, err := range o.env.Source.Graphs() {
				if (g != store.DefaultGraph || err != nil) && !yield(g, err) {
					return
				}
			}
			return
		}
		for _, g := range o.node.List {
			if g >= store.FirstLocal {
				continue
			}
			n, _, err := o.env.Source.Count(store.Pattern{G: g})
			if (n > 0 || err != nil) && !yield(g, err) {
				return
			}
		}
	}
}

func (o *graphNamesOp) close() {
	if o.stop != nil {
		o.stop()
	}
}

// seedOp yields the batch that the Apply above is at.
type seedOp struct {
	env  *Env
	node *plan.Seed
	done bool
}

func (o *seedOp) next(context.Context) (*batch, error) {
	if o.done {
		return nil, nil
	}
	o.done = true
	if b := o.env.seeds[o.node]; b != nil && b.n > 0 {
		w := b.window(0, b.n)
		return &w, nil
	}
	return nil, nil
}

func (o *seedOp) close() {}
