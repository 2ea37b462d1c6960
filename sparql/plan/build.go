package plan

import (
	"context"
	"fmt"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// Dataset is the RDF dataset of a query as graph IDs: the default graph, and
// which graphs GRAPH reaches.
type Dataset struct {
	Default Graphs
	Named   []store.ID // when Listed
	Listed  bool       // only the graphs of Named are named graphs
}

// Counts is what planning asks of the store.
type Counts interface {
	// Count returns the number of quads that match, exact or estimated. It is
	// zero only when there are none.
	Count(p store.Pattern) (n uint64, exact bool, err error)
	Stats() *store.Stats
}

// Options says what a plan is built for.
type Options struct {
	Counts Counts
	// ID numbers the constants of the query; a term that the store lacks gets
	// an ID >= store.FirstLocal.
	ID      func(term.Term) (store.ID, error)
	Dataset Dataset
	// Grow takes n bytes of memory for the plan; its error ends the planning.
	// Default: no limit.
	Grow func(n int64) error
	// Force makes every join that can be done by one method be done by it,
	// whatever it costs: for tests and comparisons.
	Force Method
}

// Method is a way to join.
type Method uint8

// The methods of [Options.Force].
const (
	Cheapest   Method = iota
	ByLookup          // probe an index; Apply for OPTIONAL and MINUS
	ByHash            // hash tables; no bindings passed sideways
	ByMerging         // merge sorted scans, otherwise the cheapest
	ByLeapfrog        // all patterns of a cycle together, otherwise the cheapest
)

// Build returns the physical plan of an operator. Planning ends with ctx.
func Build(ctx context.Context, op algebra.Op, o Options) (Node, error) {
	b := &builder{Options: o, ctx: ctx, active: o.Dataset.Default}
	b.grow = func(variables int) {
		if b.Grow != nil && b.err == nil {
			b.err = b.Grow(int64(variables) * varBytes)
		}
		_ = b.work(variables)
	}
	n, err := b.node(op, nil)
	if err == nil {
		err = b.err
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// builder carries what planning needs on the way down.
type builder struct {
	Options
	scopes
	ctx         context.Context
	err         error  // why planning has to end
	done, asked int    // work so far, and when the context was asked last
	active      Graphs // the active graph
	fresh       int    // hidden variables made
	depth       int    // nesting of alternatives planned twice
	// Inside EXISTS: the seed that carries the substituted variables.
	seed    *Seed
	subst   VarSet
	rowwise bool // below a Rowwise of seed
}

// hidden returns a new hidden variable.
func (b *builder) hidden(prefix string) Var {
	b.fresh++
	return Var(fmt.Sprintf(".%s%d", prefix, b.fresh))
}

// node plans op. With in, it plans the join of in and op, where op may use the
// bindings of in: the caller has checked with seedable that this is the same.
func (b *builder) node(op algebra.Op, in Node) (Node, error) {
	if err := b.work(1); err != nil {
		return nil, err
	}
	n, err := b.operator(op, in)
	if err == nil {
		err = b.work(len(n.Base().Vars))
	}
	if err == nil {
		err = b.hold(n)
	}
	if err != nil {
		return nil, err
	}
	if b.active.Mode == VarGraph && !n.Base().Certain.Has(b.active.Var) {
		return b.join(n, b.graphNames(b.active.Var)), nil
	}
	return n, nil
}

func (b *builder) operator(op algebra.Op, in Node) (Node, error) {
	switch op := op.(type) {
	case *algebra.BGP, *algebra.Join, *algebra.Filter, *algebra.Path, *algebra.Values, *algebra.TextSearch:
		return b.group(op, in)
	case *algebra.LeftJoin:
		left, err := b.node(op.Left, in)
		if err != nil {
			return nil, err
		}
		return b.leftJoin(left, op.Right, op.Exprs)
	case *algebra.Minus:
		left, err := b.node(op.Left, in)
		if err != nil {
			return nil, err
		}
		return b.minus(left, op.Right)
	case *algebra.Union:
		return b.union(op, in)
	case *algebra.Graph:
		return b.graph(op, in)
	case *algebra.Extend:
		input, err := b.node(op.Input, in)
		if err != nil {
			return nil, err
		}
		expr := op.Expr
		if b.mayBind(op.Input, op.Var) {
			// Extend is not defined where the variable is bound; it keeps its value.
			expr = &algebra.Call{Func: value.FnCoalesce, Args: []algebra.Expr{op.Var, expr}}
		}
		return b.extend(input, op.Var, expr)
	case *algebra.Service:
		return b.service(op, in)
	}
	n, err := b.modifier(op)
	if err != nil || in == nil {
		return n, err
	}
	return b.join(in, n), nil
}

// modifier plans the operators of a subquery. Nothing from beside it may reach
// into it, but the substituted variables of EXISTS do: there it is evaluated
// for every solution by itself.
func (b *builder) modifier(op algebra.Op) (Node, error) {
	if b.seed == nil || b.rowwise {
		return b.plainModifier(op)
	}
	b.rowwise = true
	sub, err := b.plainModifier(op)
	b.rowwise = false
	if err != nil {
		return nil, err
	}
	r := &Rowwise{Seed: b.seed, Sub: sub}
	r.inherit(sub.Base())
	r.Vars = addVars(r.Vars, b.seed.Row)
	r.Certain = r.Certain.clone().add(b.seed.Row)
	r.Order = nil
	r.Rows *= b.seed.Rows
	r.Cost *= b.seed.Rows
	return r, nil
}

func (b *builder) plainModifier(op algebra.Op) (Node, error) {
	switch op := op.(type) {
	case *algebra.Group:
		return b.groupBy(op)
	case *algebra.OrderBy:
		return b.orderBy(op, -1)
	case *algebra.Project:
		input, err := b.standalone(op.Input)
		if err != nil {
			return nil, err
		}
		return b.project(input, op.Vars), nil
	case *algebra.Distinct:
		if project, ok := op.Input.(*algebra.Project); ok {
			if c, err := newCounted(b, project.Input); err != nil {
				return nil, err
			} else if n, err := c.distinct(project.Vars); n != nil || err != nil {
				return n, err
			}
		}
		input, err := b.standalone(op.Input)
		if err != nil {
			return nil, err
		}
		return distinct(input), nil
	case *algebra.Reduced:
		return b.standalone(op.Input)
	case *algebra.Slice:
		return b.slice(op)
	}
	return nil, fmt.Errorf("no plan for operator %T", op)
}

// standalone plans op without bindings from beside it, but inside EXISTS with
// the substituted ones.
func (b *builder) standalone(op algebra.Op) (Node, error) {
	if b.seed != nil {
		return b.node(op, b.seed)
	}
	return b.node(op, nil)
}

// joinOp plans the join of in and op.
func (b *builder) joinOp(in Node, op algebra.Op) (Node, error) {
	if b.seedable(op, b.outer(in)) {
		return b.node(op, in)
	}
	n, err := b.standalone(op)
	if err != nil {
		return nil, err
	}
	return b.join(in, n), nil
}

// outer returns the variables of in that are bound outside of what is joined
// to it, leaving out substituted ones, which are visible everywhere.
func (b *builder) outer(in Node) VarSet {
	s := VarSet{}
	for _, v := range in.Base().Vars {
		if !b.subst.Has(v) {
			s.add(v)
		}
	}
	return s
}

// seedable reports whether op evaluated with the bindings of the variables
// outer gives the same as op evaluated alone and then joined with them. It
// does unless an expression or the right side of OPTIONAL or MINUS would see a
// binding that is not in its scope.
func (b *builder) seedable(op algebra.Op, outer VarSet) bool {
	within := func(seen VarSet, op algebra.Op) bool {
		_, certain := b.scope(op)
		return subset(intersect(seen, outer), certain) && b.seedable(op, outer)
	}
	if b.work(1+len(outer)/8) != nil {
		return false
	}
	switch op := op.(type) {
	case *algebra.BGP, *algebra.Path, *algebra.Values, *algebra.Service, *algebra.TextSearch:
		return true
	case *algebra.Join:
		return !slices.ContainsFunc(op.Inputs, func(in algebra.Op) bool { return !b.seedable(in, outer) })
	case *algebra.Union:
		return !slices.ContainsFunc(op.Inputs, func(in algebra.Op) bool { return !b.seedable(in, outer) })
	case *algebra.Filter:
		return within(b.exprVars(VarSet{}, op.Exprs...), op.Input)
	case *algebra.Extend:
		if outer.Has(op.Var) && b.mayBind(op.Input, op.Var) {
			return false
		}
		return within(b.exprVars(VarSet{}, op.Expr), op.Input)
	case *algebra.LeftJoin:
		return within(b.exprVars(b.mentioned(op.Right).clone(), op.Exprs...), op.Left)
	case *algebra.Minus:
		return within(b.mentioned(op.Right), op.Left)
	case *algebra.Graph:
		if v, ok := op.Name.(algebra.Var); ok && b.mentionedInExprs(op.Input).Has(v) {
			return false
		}
		return perGraph(op.Input) && b.seedable(op.Input, outer)
	}
	return false
}

// mentionedInExprs returns the variables that expressions inside op ask for.
func (b *builder) mentionedInExprs(op algebra.Op) VarSet {
	all, _ := b.scope(op)
	s := b.mentioned(op).clone()
	for v := range all {
		delete(s, v)
	}
	return s
}

// slot resolves a node of a pattern.
func (b *builder) slot(n algebra.Node) (Slot, error) {
	switch n := n.(type) {
	case algebra.Var:
		return Slot{Var: n}, nil
	case algebra.Term:
		id, err := b.ID(n.Term)
		return Slot{ID: id, Term: n.Term}, err
	}
	return Slot{}, fmt.Errorf("no index position for pattern node %v", n)
}

// union plans Union; with bindings from the left it runs for each batch of them.
func (b *builder) union(op *algebra.Union, in Node) (Node, error) {
	if in != nil {
		if _, ok := in.(*Seed); !ok {
			return b.applyInner(in, op)
		}
	}
	u := &Union{}
	for _, branch := range op.Inputs {
		if err := b.work(len(u.Vars)); err != nil {
			return nil, err
		}
		n, err := b.node(branch, in)
		if err != nil {
			return nil, err
		}
		u.Branches = append(u.Branches, n)
	}
	unionInfo(u)
	return u, nil
}

// applyInner joins in with op by running op for every batch of in; or by a hash
// table of op's solutions when these are few.
func (b *builder) applyInner(in Node, op algebra.Op) (Node, error) {
	if b.depth < maxAlternatives && !b.sideways(op) {
		alone, err := b.alternative(func() (Node, error) { return b.standalone(op) })
		if err != nil {
			return nil, err
		}
		if b.Force == ByHash || b.Force != ByLookup && alone.Base().Cost < in.Base().Rows*lookupCost {
			return b.join(in, alone), nil
		}
	}
	a := &Apply{Kind: Inner, Input: in, Seed: b.newSeed(in, b.mentioned(op))}
	sub, err := b.alternative(func() (Node, error) { return b.node(op, a.Seed) })
	if err != nil {
		return nil, err
	}
	a.Sub = sub
	applyInfo(a)
	return a, nil
}

// maxAlternatives bounds how deep operators are planned in two ways, which
// doubles the work with every level.
const maxAlternatives = 4

// alternative plans one of two ways to do the same.
func (b *builder) alternative(plan func() (Node, error)) (Node, error) {
	b.depth++
	defer func() { b.depth-- }()
	return plan()
}

// newSeed returns a seed that carries those variables of in that wanted names,
// the hidden active graph and the row of an enclosing seed.
func (b *builder) newSeed(in Node, wanted VarSet) *Seed {
	info := in.Base()
	s := &Seed{Row: b.hidden("row")}
	s.Certain = setOf(s.Row)
	s.Vars = []Var{s.Row}
	for _, v := range info.Vars {
		graph := b.active.Mode == VarGraph && v == b.active.Var
		row := b.seed != nil && v == b.seed.Row
		if wanted.Has(v) || graph || row {
			s.Vars = append(s.Vars, v)
			if info.Certain.Has(v) {
				s.Certain.add(v)
			}
		}
	}
	s.Rows = min(info.Rows, seedRows)
	s.Order = []Var{s.Row}
	s.distinct = map[Var]float64{s.Row: s.Rows}
	for _, v := range s.Vars[1:] {
		s.distinct[v] = min(s.Rows, info.distinctOf(v))
	}
	return s
}

// seedRows is the number of solutions a batch brings to Apply at most.
const seedRows = 2048

// graph plans GRAPH (SPARQL 1.1 §18.6). A variable name becomes a hidden
// variable that every scan below binds; its value is copied to the variable
// last, because inside the pattern the variable is not bound by GRAPH.
func (b *builder) graph(op *algebra.Graph, in Node) (Node, error) {
	outer := b.active
	defer func() { b.active = outer }()
	name, ok := op.Name.(algebra.Var)
	if !ok {
		return b.oneGraph(op, in)
	}
	hidden := b.hidden("g")
	b.active = Graphs{Mode: VarGraph, Var: hidden, List: b.Dataset.Named, Listed: b.Dataset.Listed}
	if !perGraph(op.Input) {
		return b.graphLoop(op, name, in)
	}
	if in != nil && in.Base().Certain.Has(name) {
		in = copyTo(in, name, hidden)
		if !touchesGraph(op.Input) { // nothing else tests that there is such a graph
			in = b.join(in, b.graphNames(hidden))
		}
	}
	n, err := b.node(op.Input, in)
	if err != nil {
		return nil, err
	}
	return copyTo(n, hidden, name), nil
}

func (b *builder) oneGraph(op *algebra.Graph, in Node) (Node, error) {
	s, err := b.slot(op.Name)
	if err != nil {
		return nil, err
	}
	if b.Dataset.Listed && !slices.Contains(b.Dataset.Named, s.ID) {
		all, certain := b.scope(op)
		none := table(all.sorted(), certain, nil)
		if in == nil {
			return none, nil
		}
		return b.join(in, none), nil
	}
	b.active = Graphs{Mode: OneGraph, ID: s.ID}
	if touchesGraph(op.Input) {
		return b.node(op.Input, in)
	}
	names := &GraphNames{Var: b.hidden("g"), Listed: true, List: []store.ID{s.ID}}
	graphNamesInfo(names, 1)
	n, err := b.node(op.Input, in)
	if err != nil {
		return nil, err
	}
	return b.join(names, n), nil
}

// touchesGraph reports whether op has no solution in a graph that is empty.
func touchesGraph(op algebra.Op) bool {
	switch op := op.(type) {
	case *algebra.BGP:
		return len(op.Patterns) > 0
	case *algebra.TextSearch:
		return true
	case *algebra.Join:
		return slices.ContainsFunc(op.Inputs, touchesGraph)
	case *algebra.Filter:
		return touchesGraph(op.Input)
	case *algebra.LeftJoin:
		return touchesGraph(op.Left)
	case *algebra.Minus:
		return touchesGraph(op.Left)
	case *algebra.Extend:
		return touchesGraph(op.Input)
	case *algebra.Union:
		return !slices.ContainsFunc(op.Inputs, func(in algebra.Op) bool { return !touchesGraph(in) })
	}
	return false
}

// graphLoop runs a pattern once in every named graph.
func (b *builder) graphLoop(op *algebra.Graph, name Var, in Node) (Node, error) {
	loop := &GraphLoop{Var: b.hidden("g"), Names: b.graphNames(b.hidden("g"))}
	b.active = Graphs{Mode: ParamGraph}
	sub, err := b.standalone(op.Input)
	if err != nil {
		return nil, err
	}
	loop.Sub = sub
	loopInfo(loop)
	n := copyTo(loop, loop.Var, name)
	if in == nil {
		return n, nil
	}
	return b.join(in, n), nil
}

// perGraph reports whether a pattern can be evaluated in all graphs at once
// with the graph as one more variable: not where solutions are counted or cut.
func perGraph(op algebra.Op) bool {
	switch op := op.(type) {
	case *algebra.BGP, *algebra.Path, *algebra.Values, *algebra.Graph, *algebra.Service, *algebra.TextSearch:
		return true
	case *algebra.Join:
		return !slices.ContainsFunc(op.Inputs, func(in algebra.Op) bool { return !perGraph(in) })
	case *algebra.Union:
		return !slices.ContainsFunc(op.Inputs, func(in algebra.Op) bool { return !perGraph(in) })
	case *algebra.Filter:
		return perGraph(op.Input)
	case *algebra.Extend:
		return perGraph(op.Input)
	case *algebra.LeftJoin:
		return perGraph(op.Left) && perGraph(op.Right)
	case *algebra.Minus:
		return perGraph(op.Left) && perGraph(op.Right)
	}
	return false
}

func (b *builder) graphNames(v Var) *GraphNames {
	n := &GraphNames{Var: v, Listed: b.Dataset.Listed, List: b.Dataset.Named}
	rows := float64(b.Counts.Stats().Graphs)
	if n.Listed {
		rows = float64(len(n.List))
	}
	graphNamesInfo(n, rows)
	return n
}

// service plans SERVICE, which gets the bindings of its input.
func (b *builder) service(op *algebra.Service, in Node) (Node, error) {
	if in == nil {
		in = unit()
	}
	name, err := b.slot(op.Name)
	if err != nil {
		return nil, err
	}
	remote, _ := b.scope(op.Input)
	var vars []Var
	for _, v := range remote.sorted() {
		if !v.Hidden() {
			vars = append(vars, v)
		}
	}
	n := &Service{Input: in, Name: name, Silent: op.Silent, Pattern: op.Pattern, Remote: vars}
	serviceInfo(n)
	return n, nil
}
