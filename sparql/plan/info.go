package plan

import (
	"math"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
	"fincat/store"
)

// Costs in the unit of one solution passed on.
const (
	lookupCost = 12 // one sorted probe into an index
	buildCost  = 4  // one solution put into a hash table
	probeCost  = 2  // one solution looked up in it
	exprCost   = 2  // one evaluation of an expression
)

// distinctOf returns the expected number of distinct terms of v.
func (i *Info) distinctOf(v Var) float64 {
	if d, ok := i.distinct[v]; ok {
		return max(1, min(d, i.Rows))
	}
	return max(1, i.Rows)
}

// inherit copies what an operator keeps of its input.
func (i *Info) inherit(in *Info) {
	i.Vars, i.Certain, i.Order = in.Vars, in.Certain, in.Order
	i.Rows, i.Cost, i.distinct = in.Rows, in.Cost, in.distinct
}

func addVars(vs []Var, more ...Var) []Var {
	vs = slices.Clip(vs)
	for _, v := range more {
		if !slices.Contains(vs, v) {
			vs = append(vs, v)
		}
	}
	return vs
}

// unit is the table with the one empty solution.
func unit() *Table { return table(nil, VarSet{}, [][]store.ID{{}}) }

func table(vars []Var, certain VarSet, rows [][]store.ID) *Table {
	t := &Table{IDs: rows}
	t.Info = Info{
		Vars:     vars,
		Certain:  certain,
		Rows:     float64(len(rows)),
		Cost:     float64(len(rows)),
		distinct: map[Var]float64{},
	}
	return t
}

func newScan(r *relation, o scanOrder) *Scan {
	s := &Scan{Quad: *r.quad, Index: o.order}
	vars := r.quad.vars()
	s.Info = Info{Vars: vars, Certain: setOf(vars...), Order: o.by, Rows: r.rows, Cost: r.rows + 1, distinct: r.dist}
	return s
}

// joinRows estimates a join of two relations by the containment of values:
// every common variable divides the product by its larger number of terms.
func joinRows(left, right *Info) float64 {
	rows := left.Rows * right.Rows
	for _, v := range left.Vars {
		if slices.Contains(right.Vars, v) {
			rows /= max(left.distinctOf(v), right.distinctOf(v))
		}
	}
	return rows
}

func (i *Info) joinInfo(left, right *Info) {
	i.Vars = addVars(left.Vars, right.Vars...)
	i.Certain = left.Certain.clone().addSet(right.Certain)
	i.Rows = joinRows(left, right)
	i.Cost = left.Cost + right.Cost + i.Rows
	i.distinct = make(map[Var]float64, len(i.Vars))
	for _, v := range i.Vars {
		d := math.Inf(1)
		for _, side := range []*Info{left, right} {
			if slices.Contains(side.Vars, v) {
				d = min(d, side.distinctOf(v))
			}
		}
		i.distinct[v] = d
	}
}

func newLookup(in Node, r *relation) *Lookup {
	l := &Lookup{Input: in, Quad: *r.quad}
	vars := r.quad.vars()
	right := Info{Vars: vars, Certain: setOf(vars...), Rows: r.rows, distinct: r.dist}
	base := in.Base()
	l.joinInfo(base, &right)
	l.Cost = base.Cost + base.Rows*lookupCost + l.Rows
	l.Order = base.Order // the matches of every batch are put back into the order of the input
	return l
}

func newMergeJoin(left, right Node, on Var) *MergeJoin {
	m := &MergeJoin{Left: left, Right: right, On: on}
	l, r := left.Base(), right.Base()
	m.joinInfo(l, r)
	m.Cost = l.Cost + r.Cost + l.Rows + r.Rows + m.Rows
	m.Order = l.Order
	return m
}

// hashJoin joins two planned inputs, splitting the common variables into those
// that hash and those that may be unbound.
func hashJoin(kind JoinKind, left, right Node) *HashJoin {
	h := &HashJoin{Kind: kind, Left: left, Right: right}
	l, r := left.Base(), right.Base()
	for _, v := range l.Vars {
		if slices.Contains(r.Vars, v) {
			if l.Certain.Has(v) && r.Certain.Has(v) {
				h.Key = append(h.Key, v)
			} else {
				h.Shared = append(h.Shared, v)
			}
		}
	}
	h.joinInfo(l, r)
	matches := h.Rows
	switch kind {
	case LeftOuter:
		h.Rows = max(h.Rows, l.Rows)
		h.Certain = l.Certain
	case Minus:
		h.Vars, h.Certain, h.Rows, h.distinct = l.Vars, l.Certain, l.Rows/2, l.distinct
	}
	h.Order = keepOrder(l.Order, l.Certain)
	h.Cost = l.Cost + r.Cost + l.Rows*probeCost + r.Rows*buildCost + matches
	if len(h.Key) == 0 {
		h.Cost += l.Rows * r.Rows
	}
	return h
}

// keepOrder cuts an order before the first variable that the other side of a
// join may still bind.
func keepOrder(order []Var, certain VarSet) []Var {
	for i, v := range order {
		if !certain.Has(v) {
			return order[:i]
		}
	}
	return order
}

// join joins two planned inputs, building the hash table of the smaller one.
func (b *builder) join(left, right Node) Node {
	for _, pair := range [2][2]Node{{left, right}, {right, left}} {
		if t, ok := pair[0].(*Table); ok && len(t.Vars) == 0 && len(t.IDs) == 1 {
			return pair[1]
		}
	}
	if left.Base().Rows < right.Base().Rows {
		left, right = right, left
	}
	return hashJoin(Inner, left, right)
}

func filterNode(in Node, exprs []algebra.Expr) Node {
	if f, ok := in.(*Filter); ok {
		exprs = append(slices.Clone(f.Exprs), exprs...)
		in = f.Input
	}
	f := &Filter{Input: in, Exprs: exprs}
	f.inherit(in.Base())
	f.Cost += f.Rows * exprCost * float64(len(exprs))
	for _, e := range exprs {
		f.Rows *= selectivity(e)
	}
	return f
}

// selectivity guesses which share of solutions a filter keeps.
func selectivity(e algebra.Expr) float64 {
	if c, ok := e.(*algebra.Call); ok {
		switch c.Func {
		case value.FnEqual, value.FnSameTerm:
			return 0.1
		case value.FnNotEqual, value.FnNot, value.FnBound:
			return 0.9
		}
	}
	return 0.4
}

func extendNode(in Node, v Var, e algebra.Expr) *Extend {
	x := &Extend{Input: in, Var: v, Expr: e}
	x.inherit(in.Base())
	x.Vars = addVars(x.Vars, v)
	x.Cost += x.Rows * exprCost
	switch e := e.(type) {
	case algebra.Term:
		x.Certain = x.Certain.clone().add(v)
	case algebra.Var:
		if x.Certain.Has(e) {
			x.Certain = x.Certain.clone().add(v)
		}
	}
	return x
}

func copyTo(in Node, from, to Var) Node {
	c := &Copy{Input: in, From: from, To: to}
	c.inherit(in.Base())
	c.Vars = addVars(c.Vars, to)
	if c.Certain.Has(from) {
		c.Certain = c.Certain.clone().add(to)
		c.Order = keepOrder(c.Order, c.Certain)
	}
	if !in.Base().Certain.Has(to) && slices.Contains(c.Order, to) {
		c.Order = c.Order[:slices.Index(c.Order, to)]
	}
	return c
}

func unionInfo(u *Union) {
	for i, n := range u.Branches {
		in := n.Base()
		u.Vars = addVars(u.Vars, in.Vars...)
		u.Rows += in.Rows
		u.Cost += in.Cost
		if i == 0 {
			u.Certain = in.Certain
		} else {
			u.Certain = intersect(u.Certain, in.Certain)
		}
	}
}

func applyInfo(a *Apply) {
	in, sub := a.Input.Base(), a.Sub.Base()
	a.inherit(in)
	perRow := sub.Rows / max(1, a.Seed.Rows)
	batches := max(1, in.Rows/seedRows)
	a.Cost = in.Cost + batches*sub.Cost
	if in.Rows < seedRows {
		a.Cost = in.Cost + sub.Cost
	}
	switch a.Kind {
	case Inner, LeftOuter:
		for _, v := range sub.Vars {
			if v != a.Seed.Row {
				a.Vars = addVars(a.Vars, v)
			}
		}
		a.Rows = in.Rows * perRow
		if a.Kind == LeftOuter {
			a.Rows = max(a.Rows, in.Rows)
		} else {
			a.Certain = in.Certain.clone().addSet(sub.Certain)
			delete(a.Certain, a.Seed.Row)
		}
		a.Order = keepOrder(in.Order, in.Certain)
	case Semi:
		a.Rows = in.Rows * min(0.9, perRow)
	case Anti:
		a.Rows = in.Rows * max(0.1, 1-perRow)
	case Mark:
		a.Vars = addVars(a.Vars, a.Mark)
		a.Certain = in.Certain.clone().add(a.Mark)
	}
}

func graphNamesInfo(n *GraphNames, rows float64) {
	n.Info = Info{Vars: []Var{n.Var}, Certain: setOf(n.Var), Order: []Var{n.Var}, Rows: rows, Cost: rows * lookupCost}
	if n.Listed {
		n.Order = nil
	}
}

func loopInfo(l *GraphLoop) {
	names, sub := l.Names.Base(), l.Sub.Base()
	l.Vars = addVars(sub.Vars, l.Var)
	l.Certain = sub.Certain.clone().add(l.Var)
	l.Rows = names.Rows * sub.Rows
	l.Cost = names.Cost + names.Rows*sub.Cost
}

// serviceInfo guesses. What an endpoint holds is not known, so without bindings
// that restrict it much is expected to come.
func serviceInfo(s *Service) {
	const unrestricted, perRequest, perRow, batch = 1e6, 1e5, 100, 100
	in := s.Input.Base()
	s.inherit(in)
	s.Rows = unrestricted * in.Rows
	fetched := unrestricted
	if slices.ContainsFunc(s.Remote, func(v Var) bool { return slices.Contains(in.Vars, v) }) {
		s.Rows = in.Rows
		fetched = in.Rows
	}
	s.Cost += perRequest*(1+in.Rows/batch) + perRow*fetched
	if v := s.Name.Var; v != "" {
		if !slices.Contains(in.Vars, v) {
			s.Cost += 1e15 // cannot be asked
		}
		s.Vars = addVars(s.Vars, v)
	}
	s.Vars = addVars(s.Vars, s.Remote...)
	s.Order = nil
}

func groupInfo(g *Group) {
	in := g.Input.Base()
	g.Certain = VarSet{}
	g.Rows = 1
	keys := VarSet{}
	for _, k := range g.Keys {
		g.Vars = append(g.Vars, k.Var)
		v := k.Expr.(algebra.Var)
		keys.add(v)
		if in.Certain.Has(v) {
			g.Certain.add(k.Var)
		}
		g.Rows = min(g.Rows*in.distinctOf(v), max(1, in.Rows))
	}
	n := len(keys)
	g.Sorted = n > 0 && len(in.Order) >= n && subset(setOf(in.Order[:n]...), keys)
	if g.Sorted && n == len(g.Keys) {
		g.Order = nil
	}
	for _, a := range g.Aggregates {
		g.Vars = append(g.Vars, a.Var)
		if a.Func == value.AggCount {
			g.Certain.add(a.Var)
		}
	}
	g.Cost = in.Cost + in.Rows*buildCost
}

func sortInfo(s *Sort) {
	s.inherit(s.Input.Base())
	s.Order = nil // by value, not by ID
	s.Cost += s.Rows * math.Log2(s.Rows+2)
	if s.Limit >= 0 {
		s.Rows = min(s.Rows, float64(s.Limit))
	}
}

func projectInfo(p *Project, vars []Var) {
	p.inherit(p.Input.Base())
	in := VarSet{}.add(p.Vars...)
	p.Vars = vars
	p.Certain = intersect(p.Certain, setOf(vars...))
	for i, v := range p.Order {
		if !in.Has(v) || !slices.Contains(vars, v) {
			p.Order = p.Order[:i]
			break
		}
	}
}

func distinct(in Node) Node {
	d := &Distinct{Input: in}
	d.inherit(in.Base())
	all := setOf(d.Vars...)
	d.Adjacent = len(all) > 0 && len(d.Order) >= len(all) && subset(all, setOf(d.Order...))
	d.Cost += d.Rows * buildCost
	rows := 1.0
	for v := range all {
		rows = min(rows*d.distinctOf(v), d.Rows)
	}
	d.Rows = rows
	return d
}

func sliceInfo(s *Slice) {
	s.inherit(s.Input.Base())
	s.Rows = max(0, s.Rows-float64(s.Offset))
	if s.Limit >= 0 {
		s.Rows = min(s.Rows, float64(s.Limit))
	}
}
