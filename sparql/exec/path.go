package exec

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fincat/sparql/exec/idset"
	"fincat/sparql/exec/reach"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// pathOp joins its input with a property path pattern (SPARQL 1.1 §18.4). Rows
// are evaluated together by which of their ends they bind.
type pathOp struct {
	env     *Env
	node    *plan.PathJoin
	in      operator
	cols    columns // of the input
	col     columns // of the output
	out     output
	acct    account
	walked  account                           // for the pairs of the walk at hand
	pending []func(ctx context.Context) error // work that is left of a batch
	ended   func()                            // gives back what the walk at hand holds
}

func (e *Env) newPathOp(n *plan.PathJoin, in operator, cols columns) operator {
	o := &pathOp{env: e, node: n, in: in, cols: cols, col: columnsOf(n.Vars), acct: account{Of: e.Memory}}
	o.walked.Of = e.Memory
	o.out.all = newBatch(len(n.Vars))
	return o
}

func (o *pathOp) next(ctx context.Context) (*batch, error) {
	for {
		if b := o.out.next(); b != nil {
			return b, nil
		}
		o.out.reset()
		if len(o.pending) > 0 {
			work := o.pending[0]
			o.pending = o.pending[1:]
			if err := work(ctx); err != nil {
				return nil, err
			}
			continue
		}
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if err := o.plan(b); err != nil {
			return nil, err
		}
	}
}

// end is an end of the path in one row: 0 when it is to be found.
func (o *pathOp) end(s plan.Slot, b *batch, row int) store.ID {
	if s.Var == "" {
		return s.ID
	}
	if c := o.cols.of(s.Var); c >= 0 {
		return b.cols[c][row]
	}
	return 0
}

// plan divides a batch by graph and by which ends are bound, into pieces of work.
func (o *pathOp) plan(b *batch) error {
	type part struct {
		graph store.ID // 0: the active graph needs no more
		kind  int      // 0 both ends open, 1 from the subject, 2 from the object
	}
	rows := map[part][]int32{}
	var order []part
	for i := range b.n {
		p := part{}
		switch {
		case o.end(o.node.S, b, i) != 0:
			p.kind = 1
		case o.end(o.node.O, b, i) != 0:
			p.kind = 2
		}
		graphs, err := o.graphs(b, i)
		if err != nil {
			return err
		}
		for _, g := range graphs {
			p.graph = g
			if rows[p] == nil {
				order = append(order, p)
			}
			rows[p] = append(rows[p], int32(i))
		}
	}
	own := newBatch(len(b.cols)) // the input's columns do not outlive its next call
	own.appendAll(b)
	for _, p := range order {
		w := &walker{env: o.env, graph: o.node.G, acct: &o.walked}
		w.loop = o.node.S.Var != "" && o.node.S.Var == o.node.O.Var
		if o.node.G.Mode == plan.VarGraph {
			w.graph = plan.Graphs{Mode: plan.OneGraph, ID: p.graph}
		}
		if o.node.G.Mode == plan.ParamGraph {
			w.graph = plan.Graphs{Mode: plan.OneGraph, ID: o.env.param}
		}
		r, graph := rows[p], p.graph
		switch p.kind {
		case 0:
			o.pending = append(o.pending, func(ctx context.Context) error { return o.open(ctx, w, &own, r, graph) })
		case 1:
			o.pending = append(
				o.pending,
				func(context.Context) error { return o.from(w, &own, r, graph, false) },
			)
		case 2:
			o.pending = append(
				o.pending,
				func(context.Context) error { return o.from(w, &own, r, graph, true) },
			)
		}
	}
	return nil
}

// graphs returns the graphs in which a row is to be evaluated; one zero where
// the active graph does not depend on the row.
func (o *pathOp) graphs(b *batch, row int) ([]store.ID, error) {
	if o.node.G.Mode != plan.VarGraph {
		return []store.ID{0}, nil
	}
	if c := o.cols.of(o.node.G.Var); c >= 0 && b.cols[c][row] != 0 {
		return []store.ID{b.cols[c][row]}, nil
	}
	return o.namedGraphs()
}

// namedGraphs returns all graphs that the active graph may be.
func (o *pathOp) namedGraphs() (out []store.ID, err error) {
	names := &graphNamesOp{env: o.env, node: &plan.GraphNames{Listed: o.node.G.Listed, List: o.node.G.List}}
	for g, err := range names.names() {
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// from evaluates rows that bind the subject, or the object when back is set.
func (o *pathOp) from(w *walker, b *batch, rows []int32, graph store.ID, back bool) error {
	here, there := o.node.S, o.node.O
	if back {
		here, there = there, here
	}
	index := map[store.ID]int32{}
	var starts []store.ID
	for _, r := range rows {
		id := o.end(here, b, int(r))
		if _, ok := index[id]; !ok {
			index[id] = int32(len(starts))
			starts = append(starts, id)
		}
	}
	if here.Var != "" && there.Var != "" && zeroLength(o.node.Path) {
		// Between two variables a path of length zero leads from nodes of the
		// graph only, wherever their values come from.
		kept := starts[:0]
		for _, id := range starts {
			ok, err := w.isNode(id)
			if err != nil {
				return err
			}
			if index[id] = -1; ok {
				index[id] = int32(len(kept))
				kept = append(kept, id)
			}
		}
		starts = kept
	}
	of := make([][]int32, len(starts)) // rows
	left := 0                          // rows that may have one solution only
	for _, r := range rows {
		if i := index[o.end(here, b, int(r))]; i >= 0 {
			of[i] = append(of[i], r)
			if o.end(there, b, int(r)) != 0 || here.Var == there.Var {
				left++
			} else {
				left = math.MinInt32
			}
		}
	}
	o.follow(w, starts, back, func(idx []int32, to []store.ID) bool {
		for k, t := range to {
			i := idx[k]
			for _, r := range of[i] {
				want := o.end(there, b, int(r))
				if want != 0 && want != t || there.Var != "" && there.Var == here.Var && t != starts[i] {
					continue
				}
				left--
				if back {
					o.emit(b, int(r), t, starts[i], graph)
				} else {
					o.emit(b, int(r), starts[i], t, graph)
				}
			}
		}
		return left != 0
	}, nil)
	return nil
}

// open evaluates rows that bind neither end: from every node the path may
// start at, some of them at a time.
func (o *pathOp) open(ctx context.Context, w *walker, b *batch, rows []int32, graph store.ID) error {
	starts, err := w.candidates(ctx, o.node.Path)
	if w.loop {
		o.some(w, b, rows, graph, starts, len(starts))
	} else {
		o.some(w, b, rows, graph, starts, fewStarts)
	}
	return err
}

// fewStarts is how many nodes paths are followed from at first; the fewer they lead to, the
// more are taken next.
const fewStarts = 16

// some evaluates rows that bind neither end from the first n starts, and then from others.
func (o *pathOp) some(w *walker, b *batch, rows []int32, graph store.ID, starts []store.ID, n int) {
	if len(starts) == 0 {
		return
	}
	part, rest := starts[:min(n, len(starts))], starts[min(n, len(starts)):]
	same, pairs := o.node.S.Var == o.node.O.Var, 0
	o.follow(w, part, false, func(idx []int32, to []store.ID) bool {
		pairs += len(to)
		for _, r := range rows {
			for k, t := range to {
				if !same || t == part[idx[k]] {
					o.emit(b, int(r), part[idx[k]], t, graph)
				}
			}
		}
		return true
	}, func() {
		if n = min(2*n, batchRows); pairs > 4*batchRows {
			n = max(1, n/4)
		}
		o.some(w, b, rows, graph, rest, n)
	})
}

// follow makes the next work of following the path from some starts, some of its levels at
// a time. take is given the pairs and says whether it wants more; then is called at the end.
func (o *pathOp) follow(
	w *walker, starts []store.ID, back bool, take func(idx []int32, to []store.ID) bool, then func(),
) {
	next, end := w.levels(o.node.Path, starts, back)
	o.ended = end
	var work func(ctx context.Context) error
	work = func(ctx context.Context) error {
		for o.out.all.n < fewRows {
			idx, to, more, err := next(ctx)
			if err != nil {
				return err
			}
			if !take(idx, to) || !more {
				if end(); then != nil {
					then()
				}
				return o.hold()
			}
			if err := o.hold(); err != nil {
				return err
			}
		}
		o.pending = slices.Insert(o.pending, 0, work)
		return nil
	}
	o.pending = slices.Insert(o.pending, 0, work)
}

// fewRows is how many solutions are enough to pass them on.
const fewRows = 256

// hold takes memory for the output so far, unless the run has to end.
func (o *pathOp) hold() error {
	if o.env.halt.Load() {
		return context.Canceled
	}
	return o.acct.Set(o.out.all.bytes())
}

func (o *pathOp) emit(b *batch, row int, s, t, graph store.ID) {
	for v, c := range o.col {
		id := store.ID(0)
		if in := o.cols.of(v); in >= 0 {
			id = b.cols[in][row]
		}
		switch {
		case id != 0:
		case v == o.node.S.Var:
			id = s
		case v == o.node.O.Var:
			id = t
		case v == o.node.G.Var:
			id = graph
		}
		o.out.all.cols[c] = append(o.out.all.cols[c], id)
	}
	o.out.all.n++
}

func (o *pathOp) close() {
	o.in.close()
	if o.ended != nil {
		o.ended()
	}
	o.walked.Close()
	o.acct.Close()
}

// walker evaluates path expressions in one active graph.
type walker struct {
	env   *Env
	graph plan.Graphs
	acct  *account
	loop  bool // only paths that end where they start are wanted
}

// pairBytes is what one pair of a walk takes, with room for its list to grow.
const pairBytes = 24

// eval returns the pairs of a path that begin at the given nodes, which may
// repeat: idx says which node, to where the path leads. With back set the path
// is followed from its end to its start.
func (w *walker) eval(
	ctx context.Context,
	p syntax.PathExpr,
	from []store.ID,
	back bool,
) (idx []int32, to []store.ID, err error) {
	if err := w.env.pause(ctx); err != nil || len(from) == 0 {
		return nil, nil, err
	}
	switch p := p.(type) {
	case syntax.PathLink:
		id, err := w.env.ID(term.NewIRI(p.IRI))
		if err != nil {
			return nil, nil, err
		}
		return w.step(ctx, plan.Slot{ID: id}, nil, from, back)
	case syntax.PathInverse:
		return w.eval(ctx, p.Path, from, !back)
	case syntax.PathSequence:
		return w.sequence(ctx, p.Paths, from, back)
	case syntax.PathAlternative:
		for _, x := range p.Paths {
			i, t, err := w.eval(ctx, x, from, back)
			if err != nil {
				return nil, nil, err
			}
			idx, to = append(idx, i...), append(to, t...)
			if err := w.acct.Set(int64(len(idx)+len(i)) * pairBytes); err != nil {
				return nil, nil, err
			}
		}
		return idx, to, nil
	case syntax.PathNegated:
		return w.negated(ctx, p, from, back)
	case syntax.PathZeroOrMore:
		return w.closure(p.Path, from, back, true, true).All(ctx)
	case syntax.PathOneOrMore:
		return w.closure(p.Path, from, back, false, true).All(ctx)
	case syntax.PathZeroOrOne:
		return w.closure(p.Path, from, back, true, false).All(ctx)
	}
	return nil, nil, fmt.Errorf("no evaluation for path %T", p)
}

func (w *walker) sequence(
	ctx context.Context,
	paths []syntax.PathExpr,
	from []store.ID,
	back bool,
) (idx []int32, to []store.ID, err error) {
	to = from
	for n := range paths {
		p := paths[n]
		if back {
			p = paths[len(paths)-1-n]
		}
		i, t, err := w.eval(ctx, p, to, back)
		if err != nil {
			return nil, nil, err
		}
		if err := w.acct.Set(int64(len(i)+len(idx)) * pairBytes); err != nil {
			return nil, nil, err
		}
		if idx != nil || n > 0 {
			for k := range i {
				i[k] = idx[i[k]]
			}
		}
		idx, to = i, t
	}
	return idx, to, nil
}

// closure is what a path leads to from each of some nodes (ALP of SPARQL 1.1 §18.4).
func (w *walker) closure(p syntax.PathExpr, from []store.ID, back, zero, repeat bool) *reach.Closure {
	return &reach.Closure{From: from, Zero: zero, Repeat: repeat, Memory: w.env.Memory, Pause: w.env.pause,
		Step: func(ctx context.Context, from []store.ID) ([]int32, []store.ID, error) {
			return w.eval(ctx, p, from, back)
		}}
}

// levels returns a function that yields the pairs of eval, those of a closure level by
// level; more is false with the last ones.
func (w *walker) levels(
	p syntax.PathExpr, from []store.ID, back bool,
) (next func(context.Context) (idx []int32, to []store.ID, more bool, err error), end func()) {
	var c *reach.Closure
	switch x := p.(type) {
	case syntax.PathZeroOrMore:
		c = w.closure(x.Path, from, back, true, !w.loop)
	case syntax.PathOneOrMore:
		c = w.closure(x.Path, from, back, false, true)
		if w.loop {
			return c.Cycles, c.Close
		}
	default:
		return func(ctx context.Context) ([]int32, []store.ID, bool, error) {
			idx, to, err := w.eval(ctx, p, from, back)
			return idx, to, false, err
		}, func() {}
	}
	return c.Next, c.Close
}

// negated evaluates a negated property set (SPARQL 1.1 §18.4): its forward
// part and its inverse part, each when it is there.
func (w *walker) negated(
	ctx context.Context,
	p syntax.PathNegated,
	from []store.ID,
	back bool,
) (idx []int32, to []store.ID, err error) {
	part := func(iris []string, back bool) error {
		except := map[store.ID]struct{}{}
		for _, iri := range iris {
			id, err := w.env.ID(term.NewIRI(iri))
			if err != nil {
				return err
			}
			except[id] = struct{}{}
		}
		i, t, err := w.step(ctx, plan.Slot{Var: "p"}, except, from, back)
		idx, to = append(idx, i...), append(to, t...)
		return err
	}
	if len(p.Forward) > 0 || len(p.Inverse) == 0 {
		if err := part(p.Forward, back); err != nil {
			return nil, nil, err
		}
	}
	if len(p.Inverse) > 0 {
		if err := part(p.Inverse, !back); err != nil {
			return nil, nil, err
		}
	}
	return idx, to, nil
}

// step follows single triples: those with predicate p, or when it is a
// variable all but those with a predicate in except.
func (w *walker) step(
	ctx context.Context,
	p plan.Slot,
	except map[store.ID]struct{},
	from []store.ID,
	back bool,
) (idx []int32, to []store.ID, err error) {
	l := &plan.Lookup{Quad: plan.Quad{S: plan.Slot{Var: "a"}, P: p, O: plan.Slot{Var: "b"}, G: w.graph}}
	if back {
		l.S, l.O = l.O, l.S
	}
	l.Vars = []plan.Var{"i", "a", "b"}
	if p.Var != "" {
		l.Vars = append(l.Vars, p.Var)
	}
	for part := 0; part < len(from); part += batchRows {
		b := batch{cols: [][]store.ID{nil, from[part:min(len(from), part+batchRows)]}}
		b.n = len(b.cols[1])
		for k := range b.n {
			b.cols[0] = append(b.cols[0], store.ID(part+k+1))
		}
		op := w.env.newLookupOp(l, &tableOp{out: output{all: b}}, columns{"i": 0, "a": 1})
		err := drain(ctx, op, func(b *batch) error {
			for k := range b.n {
				if p.Var != "" {
					if _, no := except[b.cols[3][k]]; no {
						continue
					}
				}
				idx, to = append(idx, int32(b.cols[0][k]-1)), append(to, b.cols[2][k])
			}
			return w.acct.Set(max(w.acct.Held, int64(len(idx))*pairBytes))
		})
		op.close()
		if err != nil {
			return nil, nil, err
		}
	}
	return idx, to, nil
}

// candidates returns the nodes a path may start at, each once. A path that can
// be of length zero starts at every subject and object of the active graph.
func (w *walker) candidates(ctx context.Context, p syntax.PathExpr) ([]store.ID, error) {
	for {
		switch x := p.(type) {
		case syntax.PathOneOrMore:
			p = x.Path
			continue
		case syntax.PathSequence:
			if !zeroLength(x.Paths[0]) {
				p = x.Paths[0]
				continue
			}
		case syntax.PathLink:
			id, err := w.env.ID(term.NewIRI(x.IRI))
			if err != nil {
				return nil, err
			}
			return w.nodes(ctx, plan.Slot{ID: id}, true, false)
		case syntax.PathAlternative:
			if !zeroLength(x) {
				return w.anyOf(ctx, x.Paths)
			}
		case syntax.PathNegated:
			return w.nodes(ctx, plan.Slot{Var: "p"}, true, len(x.Inverse) > 0)
		}
		return w.nodes(ctx, plan.Slot{Var: "p"}, true, true)
	}
}

// anyOf returns the nodes at which one of several paths may start, each once.
func (w *walker) anyOf(ctx context.Context, paths []syntax.PathExpr) (out []store.ID, err error) {
	for _, p := range paths {
		nodes, err := w.candidates(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, nodes...)
	}
	slices.Sort(out)
	return slices.Compact(out), w.acct.Set(max(w.acct.Held, int64(len(out))*8))
}

// zeroLength reports whether a path can be of length zero.
func zeroLength(p syntax.PathExpr) bool {
	switch p := p.(type) {
	case syntax.PathZeroOrMore, syntax.PathZeroOrOne:
		return true
	case syntax.PathInverse:
		return zeroLength(p.Path)
	case syntax.PathOneOrMore:
		return zeroLength(p.Path)
	case syntax.PathSequence:
		return !slices.ContainsFunc(p.Paths, func(x syntax.PathExpr) bool { return !zeroLength(x) })
	case syntax.PathAlternative:
		return slices.ContainsFunc(p.Paths, zeroLength)
	}
	return false
}

// isNode reports whether a term is a subject or object in the active graph.
func (w *walker) isNode(id store.ID) (bool, error) {
	if id >= store.FirstLocal {
		return false, nil
	}
	graphs := []store.ID{store.Any}
	switch w.graph.Mode {
	case plan.OneGraph:
		graphs = []store.ID{w.graph.ID}
	case plan.SomeGraphs:
		graphs = w.graph.List
	}
	for _, g := range graphs {
		if g >= store.FirstLocal {
			continue
		}
		for _, p := range [2]store.Pattern{{S: id, G: g}, {O: id, G: g}} {
			if n, _, err := w.env.Source.Count(p); n > 0 || err != nil {
				return n > 0, err
			}
		}
	}
	return false, nil
}

// nodes collects subjects and objects of the triples with a predicate.
func (w *walker) nodes(ctx context.Context, p plan.Slot, subjects, objects bool) ([]store.ID, error) {
	set := idset.New(1, w.env.Memory)
	defer set.Close()
	collect := func(order store.Order, v plan.Var) error {
		s := &plan.Scan{
			Quad:  plan.Quad{S: plan.Slot{Var: "s"}, P: p, O: plan.Slot{Var: "o"}, G: w.graph},
			Index: order,
		}
		s.Vars = []plan.Var{v}
		op, err := w.env.newScanOp(s)
		if err != nil {
			return err
		}
		defer op.close()
		return drain(ctx, op, func(b *batch) error {
			for i, id := range b.cols[0] {
				if i > 0 && id == b.cols[0][i-1] {
					continue
				}
				if _, _, err := set.Add(b.cols, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if subjects {
		order := store.SPOG
		if p.Var == "" {
			order = store.POSG
		}
		if err := collect(order, "s"); err != nil {
			return nil, err
		}
	}
	if objects {
		order := store.OSPG
		if p.Var == "" {
			order = store.POSG
		}
		if err := collect(order, "o"); err != nil {
			return nil, err
		}
	}
	return slices.Clone(set.IDs()), nil
}
