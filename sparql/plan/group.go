package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/store"
)

// group is a join of relations with the filters over it, flattened, while it is
// being planned.
type group struct {
	*builder
	relations []*relation
	filters   []algebra.Expr
	large     bool // too many relations to compare methods
}

// group plans basic graph patterns, joins and filters together: the order of
// the relations is free, and every filter goes to the first place where all
// its variables have their values.
func (b *builder) group(op algebra.Op, in Node) (Node, error) {
	g := &group{builder: b}
	if f, ok := op.(*algebra.Filter); ok {
		g.filters = f.Exprs
		op = f.Input
	}
	if err := g.flatten(op); err != nil {
		return nil, err
	}
	if in == nil {
		if err := g.joinCycle(); err != nil {
			return nil, err
		}
	}
	return g.order(in)
}

func (g *group) flatten(op algebra.Op) error {
	switch op := op.(type) {
	case *algebra.BGP:
		return g.patterns(op.Patterns)
	case *algebra.Join:
		for _, in := range op.Inputs {
			if err := g.flatten(in); err != nil {
				return err
			}
		}
		return nil
	case *algebra.Filter:
		_, certain := g.scope(op.Input)
		if subset(g.exprVars(VarSet{}, op.Exprs...), certain) {
			g.filters = append(slices.Clip(g.filters), op.Exprs...)
			return g.flatten(op.Input)
		}
	case *algebra.Path:
		r := &relation{path: op}
		vars := VarSet{}
		nodeVars(vars, op.Subject, op.Object)
		r.vars = vars.sorted()
		if g.active.Mode == VarGraph {
			r.vars = append(r.vars, g.active.Var)
		}
		g.relations = append(g.relations, r)
		return nil
	case *algebra.TextSearch:
		r, err := g.textSearch(op)
		if err != nil {
			return err
		}
		g.relations = append(g.relations, r)
		return nil
	case *algebra.Values:
		t, err := g.values(op)
		if err != nil {
			return err
		}
		g.relations = append(g.relations, planned(nil, t))
		return nil
	}
	n, err := g.alternative(func() (Node, error) { return g.standalone(op) })
	if err != nil {
		return err
	}
	r := planned(op, n)
	r.sideways = g.sideways(op)
	g.relations = append(g.relations, r)
	return nil
}

// planned returns the relation of an operator that has a plan of its own.
func planned(op algebra.Op, n Node) *relation {
	info := n.Base()
	r := &relation{op: op, plan: n, vars: info.Vars, maybe: VarSet{}, rows: info.Rows, dist: info.distinct}
	for _, v := range info.Vars {
		if !info.Certain.Has(v) {
			r.maybe.add(v)
		}
	}
	return r
}

func (g *group) patterns(patterns []algebra.TriplePattern) error {
	for _, t := range patterns {
		if err := g.work(64); err != nil { // the store is asked
			return err
		}
		if tt, ok := t.Subject.(algebra.TripleTerm); ok { // no subject is a triple term
			vars := VarSet{}
			nodeVars(vars, tt, t.Predicate, t.Object)
			g.relations = append(g.relations, planned(nil, table(vars.sorted(), vars, nil)))
			continue
		}
		q, unfold, err := g.quad(t)
		if err != nil {
			return err
		}
		r := &relation{quad: &q, unfold: unfold, vars: q.vars()}
		if err := g.estimate(r); err != nil {
			return err
		}
		g.relations = append(g.relations, r)
	}
	return nil
}

func (g *group) values(v *algebra.Values) (*Table, error) {
	rows := make([][]store.ID, len(v.Rows))
	for i, row := range v.Rows {
		if err := g.work(len(row)); err != nil {
			return nil, err
		}
		rows[i] = make([]store.ID, len(row))
		for j, t := range row {
			if t.IsZero() {
				continue
			}
			id, err := g.ID(t)
			if err != nil {
				return nil, err
			}
			rows[i][j] = id
		}
	}
	t := table(v.Vars, valuesCertain(v), rows)
	for j, name := range v.Vars {
		seen := map[store.ID]struct{}{}
		for _, row := range rows {
			seen[row[j]] = struct{}{}
		}
		t.distinct[name] = float64(len(seen))
	}
	return t, nil
}

// order joins the relations of a group, starting from in.
func (g *group) order(in Node) (Node, error) {
	current := in
	rest := slices.Clone(g.relations)
	filters := g.waiting()
	g.large = len(rest) > maxCompared
	if current == nil && len(rest) == 0 {
		current = unit()
	}
	var fixed []*relation // the best order, where it could be found
	switch {
	case g.large:
		fixed = g.greedy(current, rest)
	case current == nil:
		fixed = g.sequence(rest, g.filters)
	}
	for {
		var err error
		if current != nil {
			if current, err = g.settle(current, len(rest) == 0, filters); err != nil {
				return nil, err
			}
		}
		if len(rest) == 0 {
			break
		}
		var at int
		if len(fixed) > 0 {
			at = slices.Index(rest, fixed[0])
		} else {
			at = choose(current, rest)
		}
		at = g.nextEqual(current, rest, at, filters)
		r := rest[at]
		rest = slices.Delete(rest, at, at+1)
		fixed = slices.DeleteFunc(fixed, func(x *relation) bool { return x == r })
		if e := g.equal(current, r, filters); e != nil {
			current = g.attachEqual(current, r, e)
		} else {
			current, err = g.attach(current, r)
		}
		if err == nil {
			if err = g.work(len(current.Base().Vars)); err == nil {
				err = g.hold(current)
			}
		}
		if err != nil {
			return nil, err
		}
		filters.attached(r)
	}
	return g.filter(current, filters.exprs())
}

// choose picks the relation to join next, the one after which the least work
// and the fewest solutions are expected. Relations that share no variable come
// last.
func choose(current Node, rest []*relation) int {
	best, bestScore := 0, 0.0
	for i, r := range rest {
		score := r.score(current)
		if i == 0 || score < bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

const unconnected = 1e15

func (r *relation) score(current Node) float64 {
	rows := r.rows
	if r.path != nil {
		rows = pathRows(r.path)
	}
	if r.sideways {
		return 4 * unconnected
	}
	if current == nil {
		if r.text != nil && r.text.Query.Var != "" {
			return unconnected
		}
		return rows
	}
	info := current.Base()
	if r.text != nil {
		if v := r.text.Query.Var; v != "" && !info.Certain.Has(v) {
			return 2 * unconnected
		}
		return 0
	}
	right := Info{Vars: r.vars, Rows: rows, distinct: r.dist}
	connected := len(r.vars) == 0
	for _, v := range r.vars {
		connected = connected || slices.Contains(info.Vars, v)
	}
	out := joinRows(info, &right)
	if !connected && info.Rows > 1 {
		return unconnected + out
	}
	if r.plan != nil {
		out += r.plan.Base().Rows
	}
	return out
}

// attach joins a relation to the solutions so far in the cheapest way.
func (g *group) attach(current Node, r *relation) (Node, error) {
	switch {
	case r.text != nil:
		return g.attachText(current, r)
	case r.path != nil:
		return g.attachPath(current, r)
	case r.quad != nil:
		n := g.attachQuad(current, r)
		if r.unfold != nil {
			return unfoldNode(n, r.unfold), nil
		}
		return n, nil
	case current == nil:
		return r.plan, nil
	case g.large && !r.sideways:
		return g.join(current, r.plan), nil
	}
	if r.sideways && g.seedable(r.op, g.outer(current)) {
		return g.node(r.op, current)
	}
	hash := g.join(current, r.plan)
	if r.op == nil || !g.seedable(r.op, g.outer(current)) || g.depth >= maxAlternatives {
		return hash, nil
	}
	n, err := g.alternative(func() (Node, error) { return g.node(r.op, current) })
	if err != nil {
		return nil, err
	}
	if g.Force == ByLookup || g.Force != ByHash && n.Base().Cost < hash.Base().Cost {
		return n, nil
	}
	return hash, nil
}

// attachQuad chooses between a lookup, a merge join and a hash join with a scan.
func (g *group) attachQuad(current Node, r *relation) Node {
	orders := r.quad.scanOrders()
	if r.quad.missing() {
		t := table(r.quad.vars(), setOf(r.quad.vars()...), nil)
		if current == nil {
			return t
		}
		empty := table(addVars(current.Base().Vars, t.Vars...), current.Base().Certain.clone().addSet(t.Certain), nil)
		return empty
	}
	if current == nil {
		for _, o := range orders {
			if len(o.by) > 0 && o.by[0] == r.lead {
				return newScan(r, o)
			}
		}
		return newScan(r, orders[0])
	}
	info := current.Base()
	var shared []Var
	for _, v := range r.vars {
		if slices.Contains(info.Vars, v) {
			shared = append(shared, v)
		}
	}
	if len(shared) == 0 && len(r.vars) > 0 {
		return g.join(current, newScan(r, orders[0]))
	}
	if g.large {
		return newLookup(current, r)
	}
	var merge, hash Node
	for _, o := range orders {
		if len(o.by) > 0 && len(info.Order) > 0 && o.by[0] == info.Order[0] && info.Certain.Has(o.by[0]) &&
			len(shared) == 1 {
			merge = newMergeJoin(current, newScan(r, o), o.by[0])
		}
	}
	if subset(setOf(shared...), info.Certain) && len(shared) > 0 {
		hash = hashJoin(Inner, current, newScan(r, orders[0]))
	}
	return g.cheapest(newLookup(current, r), merge, hash)
}

// cheapest chooses between the methods that a join can be done by.
func (g *group) cheapest(lookup, merge, hash Node) Node {
	switch {
	case g.Force == ByLookup:
		return lookup
	case g.Force == ByHash && hash != nil:
		return hash
	case g.Force == ByMerging && merge != nil:
		return merge
	}
	best := lookup
	for _, n := range []Node{merge, hash} {
		if n != nil && n.Base().Cost < best.Base().Cost {
			best = n
		}
	}
	return best
}

func unfoldNode(in Node, u *Unfold) Node {
	n := *u
	n.Input = in
	n.inherit(in.Base())
	vars := VarSet{}
	nodeVars(vars, u.Pattern)
	n.Vars = addVars(n.Vars, vars.sorted()...)
	n.Certain = n.Certain.clone().addSet(vars)
	n.Order = keepOrder(n.Order, in.Base().Certain)
	n.Cost += n.Rows * exprCost
	return &n
}

// attachPath joins a property path.
func (g *group) attachPath(current Node, r *relation) (Node, error) {
	if current == nil {
		current = unit()
	}
	p := &PathJoin{Input: current, Path: r.path.Path, G: g.active}
	var err error
	ends := [2]Var{}
	for i, x := range []struct {
		to   *Slot
		from algebra.Node
	}{{&p.S, r.path.Subject}, {&p.O, r.path.Object}} {
		if _, ok := x.from.(algebra.TripleTerm); ok {
			ends[i] = g.hidden("tt")
			x.to.Var = ends[i]
			continue
		}
		if *x.to, err = g.slot(x.from); err != nil {
			return nil, err
		}
	}
	p.inherit(current.Base())
	factor := 10.0
	for _, s := range []Slot{p.S, p.O} {
		if s.Var != "" && !p.Certain.Has(s.Var) {
			factor *= 10
			p.Vars = addVars(p.Vars, s.Var)
			p.Certain = p.Certain.clone().add(s.Var)
		}
	}
	if p.G.Mode == VarGraph && !p.Certain.Has(p.G.Var) {
		p.Vars = addVars(p.Vars, p.G.Var)
		p.Certain = p.Certain.clone().add(p.G.Var)
	}
	p.Order = nil // solutions come as they are found
	p.Rows *= factor
	p.Cost += p.Rows * lookupCost
	var n Node = p
	for i, x := range []algebra.Node{r.path.Subject, r.path.Object} {
		if tt, ok := x.(algebra.TripleTerm); ok {
			n = unfoldNode(n, &Unfold{Var: ends[i], Pattern: tt})
		}
	}
	return n, nil
}
