package sparql

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sort"
	"strings"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
	"fincat/vocab/term"
)

// This file is the executable copy of SPARQL 1.1 §18.5 and §18.6, with EXISTS
// as SPARQL 1.2 defines it: solutions are maps, every operator is a loop over
// them, nothing is optimised. Tests hold the engine against it.

// solution is a solution mapping.
type solution map[algebra.Var]term.Term

// naive evaluates algebra over an RDF dataset held in slices.
type naive struct {
	ctx          context.Context
	defaultGraph []term.Triple
	named        map[term.Term][]term.Triple
	text         TextIndex
	steps        int
	// open is set when the specification leaves the result open: a slice of
	// solutions without an order, a sample of different values.
	open bool
}

var errNaiveSteps = errors.New("the naive evaluation takes too many steps")

const maxNaiveSteps = 1_000_000

// newNaive sets up a dataset; union makes the default graph that of all quads.
func newNaive(ctx context.Context, quads []term.Quad, union bool) *naive {
	n := &naive{ctx: ctx, text: newSubstrings(quads), named: map[term.Term][]term.Triple{}}
	seen := map[term.Triple]bool{}
	for _, q := range quads {
		t := q.Triple()
		if (q.Graph.IsZero() || union) && !seen[t] {
			seen[t] = true
			n.defaultGraph = append(n.defaultGraph, t)
		}
		if !q.Graph.IsZero() && !slices.Contains(n.named[q.Graph], t) {
			n.named[q.Graph] = append(n.named[q.Graph], t)
		}
	}
	return n
}

// run evaluates o over the default graph.
func (n *naive) run(o algebra.Op) (out []solution, err error) {
	defer func() {
		if r := recover(); r == any(errNaiveSteps) {
			err = errNaiveSteps
		} else if r != nil {
			panic(r)
		}
	}()
	return n.eval(o, n.defaultGraph, solution{}), nil
}

func (n *naive) step() {
	if n.steps++; n.steps > maxNaiveSteps || n.ctx.Err() != nil {
		panic(errNaiveSteps)
	}
}

// eval is eval(D(G), o, μctx) of SPARQL 1.2 §18.6. At the leaves the solutions
// are joined with μctx, which is where every group starts from.
func (n *naive) eval(o algebra.Op, g []term.Triple, ctx solution) []solution {
	n.step()
	switch o := o.(type) {
	case *algebra.BGP:
		return n.join(n.bgp(o.Patterns, g), []solution{ctx})
	case *algebra.TextSearch:
		return n.join(n.textSearch(o, g), []solution{ctx})
	case *algebra.Path:
		return n.join(n.path(o, g), []solution{ctx})
	case *algebra.Values:
		return n.join(values(o), []solution{ctx})
	case *algebra.Join:
		out := n.eval(o.Inputs[0], g, ctx)
		for _, in := range o.Inputs[1:] {
			out = n.join(out, n.eval(in, g, ctx))
		}
		return out
	case *algebra.LeftJoin:
		return n.leftJoin(n.eval(o.Left, g, ctx), n.eval(o.Right, g, ctx), o.Exprs, g)
	case *algebra.Filter:
		return n.filter(n.eval(o.Input, g, ctx), o.Exprs, g)
	case *algebra.Union:
		var out []solution
		for _, in := range o.Inputs {
			out = append(out, n.eval(in, g, ctx)...)
		}
		return out
	case *algebra.Minus:
		return n.minus(n.eval(o.Left, g, ctx), n.eval(o.Right, g, ctx))
	case *algebra.Graph:
		return n.graph(o, ctx)
	case *algebra.Extend:
		return n.extend(n.eval(o.Input, g, ctx), o.Var, o.Expr, g)
	case *algebra.Group:
		return n.group(o, n.eval(o.Input, g, ctx), g)
	case *algebra.OrderBy:
		return n.orderBy(n.eval(o.Input, g, ctx), o.Keys, g)
	case *algebra.Project:
		return project(n.eval(o.Input, g, ctx), o.Vars)
	case *algebra.Distinct:
		return distinct(n.eval(o.Input, g, ctx))
	case *algebra.Reduced: // any multiplicity is right; the test knows
		return distinct(n.eval(o.Input, g, ctx))
	case *algebra.Slice:
		return n.slice(o, n.eval(o.Input, g, ctx), g)
	}
	panic(errors.New("naive: unknown operator"))
}

func values(o *algebra.Values) []solution {
	var out []solution
	for _, row := range o.Rows {
		s := solution{}
		for i, t := range row {
			if !t.IsZero() {
				s[o.Vars[i]] = t
			}
		}
		out = append(out, s)
	}
	return out
}

// bgp matches triple patterns one after the other.
func (n *naive) bgp(patterns []algebra.TriplePattern, g []term.Triple) []solution {
	out := []solution{{}}
	for _, p := range patterns {
		var next []solution
		for _, s := range out {
			for _, t := range g {
				n.step()
				m := maps.Clone(s)
				if m.match(p.Subject, t.Subject) && m.match(p.Predicate, t.Predicate) && m.match(p.Object, t.Object) {
					next = append(next, m)
				}
			}
		}
		out = next
	}
	return out
}

// match binds the variables of a position so that it becomes t.
func (s solution) match(p algebra.Node, t term.Term) bool {
	switch p := p.(type) {
	case algebra.Var:
		if have, ok := s[p]; ok {
			return have == t
		}
		s[p] = t
		return true
	case algebra.Term:
		return p.Term == t
	case algebra.TripleTerm:
		tt := t.Triple()
		return t.IsTripleTerm() && s.match(p.Subject, tt.Subject) &&
			s.match(p.Predicate, tt.Predicate) && s.match(p.Object, tt.Object)
	}
	return false
}

// merge returns the merger of two solutions when they are compatible.
func merge(a, b solution) (solution, bool) {
	for v, t := range b {
		if have, ok := a[v]; ok && have != t {
			return nil, false
		}
	}
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m, true
}

func (n *naive) join(a, b []solution) []solution {
	var out []solution
	for _, x := range a {
		for _, y := range b {
			n.step()
			if m, ok := merge(x, y); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

func (n *naive) leftJoin(a, b []solution, cond []algebra.Expr, g []term.Triple) []solution {
	var out []solution
	for _, x := range a {
		found := false
		for _, y := range b {
			n.step()
			if m, ok := merge(x, y); ok && n.allTrue(cond, m, g) {
				out = append(out, m)
				found = true
			}
		}
		if !found {
			out = append(out, x)
		}
	}
	return out
}

func (n *naive) filter(in []solution, cond []algebra.Expr, g []term.Triple) []solution {
	var out []solution
	for _, s := range in {
		if n.allTrue(cond, s, g) {
			out = append(out, s)
		}
	}
	return out
}

func (n *naive) allTrue(cond []algebra.Expr, s solution, g []term.Triple) bool {
	for _, e := range cond {
		if n.ebv(n.expr(e, s, g)) != isTrue {
			return false
		}
	}
	return true
}

func (n *naive) minus(a, b []solution) []solution {
	var out []solution
	for _, x := range a {
		removed := false
		for _, y := range b {
			n.step()
			_, compatible := merge(x, y)
			removed = removed || compatible && shareVar(x, y)
		}
		if !removed {
			out = append(out, x)
		}
	}
	return out
}

func shareVar(a, b solution) bool {
	for v := range a {
		if _, ok := b[v]; ok {
			return true
		}
	}
	return false
}

func (n *naive) graph(o *algebra.Graph, ctx solution) []solution {
	if t, ok := o.Name.(algebra.Term); ok {
		if g, ok := n.named[t.Term]; ok {
			return n.eval(o.Input, g, ctx)
		}
		return nil
	}
	var out []solution
	for name, g := range n.named {
		out = append(out, n.join(n.eval(o.Input, g, ctx), []solution{{o.Name.(algebra.Var): name}})...)
	}
	return out
}

func (n *naive) extend(in []solution, v algebra.Var, e algebra.Expr, g []term.Triple) []solution {
	var out []solution
	for _, s := range in {
		n.step()
		t := n.expr(e, s, g)
		if _, bound := s[v]; !bound && !t.IsZero() {
			s = maps.Clone(s)
			s[v] = t
		}
		out = append(out, s)
	}
	return out
}

func project(in []solution, vars []algebra.Var) []solution {
	out := make([]solution, len(in))
	for i, s := range in {
		out[i] = solution{}
		for _, v := range vars {
			if t, ok := s[v]; ok {
				out[i][v] = t
			}
		}
	}
	return out
}

// key writes a solution so that equal ones are equal strings.
func (s solution) key() string {
	var parts []string
	for v, t := range s {
		parts = append(parts, string(v)+"="+t.String())
	}
	sort.Strings(parts)
	return strings.Join(parts, "\n")
}

func distinct(in []solution) []solution {
	seen := map[string]bool{}
	var out []solution
	for _, s := range in {
		if k := s.key(); !seen[k] {
			seen[k] = true
			out = append(out, s)
		}
	}
	return out
}

func (n *naive) orderBy(in []solution, keys []algebra.OrderKey, g []term.Triple) []solution {
	out := slices.Clone(in)
	sort.SliceStable(out, func(i, j int) bool { return n.compareKeys(keys, out[i], out[j], g) < 0 })
	return out
}

// compareKeys compares by the order comparators as far as SPARQL 1.1 §15.1
// defines an order; otherwise it is 0.
func (n *naive) compareKeys(keys []algebra.OrderKey, a, b solution, g []term.Triple) int {
	for _, k := range keys {
		x, y := n.expr(k.Expr, a, g), n.expr(k.Expr, b, g)
		c, _ := n.order(x, y)
		if k.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// slice cuts a sequence. Where it cuts between solutions that the order does
// not keep apart, the result is open.
func (n *naive) slice(o *algebra.Slice, in []solution, g []term.Triple) []solution {
	from := min(int(o.Offset), len(in))
	to := len(in)
	if o.Limit >= 0 {
		to = min(from+int(o.Limit), len(in))
	}
	if from == to || from == 0 && to == len(in) {
		return in[from:to]
	}
	n.open = true
	return in[from:to]
}

// group is Group, Aggregation and AggregateJoin (SPARQL 1.1 §18.5.1).
func (n *naive) group(o *algebra.Group, in []solution, g []term.Triple) []solution {
	type members struct {
		key       solution
		solutions []solution
	}
	groups := map[string]*members{}
	var order []string
	if len(o.Keys) == 0 {
		groups[""] = &members{key: solution{}}
		order = []string{""}
	}
	for _, s := range in {
		key := solution{}
		for _, k := range o.Keys {
			if t := n.expr(k.Expr, s, g); !t.IsZero() {
				key[k.Var] = t
			}
		}
		id := key.key()
		if groups[id] == nil {
			groups[id] = &members{key: key}
			order = append(order, id)
		}
		groups[id].solutions = append(groups[id].solutions, s)
	}
	var out []solution
	for _, id := range order {
		s := groups[id].key
		for _, a := range o.Aggregates {
			if t := n.aggregate(a, groups[id].solutions, g); !t.IsZero() {
				s[a.Var] = t
			}
		}
		out = append(out, s)
	}
	return out
}

// aggregate is a set function over the solutions of a group; the zero Term is
// an error.
func (n *naive) aggregate(a algebra.Aggregation, in []solution, g []term.Triple) term.Term {
	if a.Arg == nil {
		if a.Distinct {
			visible := make([]solution, len(in))
			for i, s := range in {
				visible[i] = maps.Clone(s)
				maps.DeleteFunc(visible[i], func(v algebra.Var, _ term.Term) bool { return v.Hidden() })
			}
			in = distinct(visible)
		}
		return integer(int64(len(in)))
	}
	if len(a.OrderBy) > 0 {
		in = n.orderBy(in, a.OrderBy, g)
		for i := range in[:max(0, len(in)-1)] {
			n.open = n.open || n.compareKeys(a.OrderBy, in[i], in[i+1], g) == 0
		}
	}
	var list []term.Term
	for _, s := range in {
		if t := n.expr(a.Arg, s, g); !a.Distinct || !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return n.setFunction(a, list)
}

func (n *naive) setFunction(a algebra.Aggregation, list []term.Term) term.Term {
	n.foreign(list...)
	var known []term.Term
	for _, t := range list {
		if !t.IsZero() {
			known = append(known, t)
		}
	}
	failed := len(known) < len(list)
	switch a.Func {
	case value.AggCount:
		return integer(int64(len(known)))
	case value.AggSample:
		return n.sample(known)
	}
	if failed {
		return term.Term{}
	}
	switch a.Func {
	case value.AggSum:
		return n.sum(known)
	case value.AggAvg:
		if len(known) == 0 {
			return integer(0)
		}
		return n.arithmetic(value.FnDivide, n.sum(known), integer(int64(len(known))))
	case value.AggMin:
		return n.extreme(known, -1)
	case value.AggMax:
		return n.extreme(known, 1)
	}
	texts := make([]string, len(known))
	for i, t := range known {
		if t.IsBlankNode() || t.IsTripleTerm() {
			return term.Term{}
		}
		texts[i] = t.Value()
		n.open = n.open || len(a.OrderBy) == 0 && texts[i] != texts[0]
	}
	return term.NewString(strings.Join(texts, a.Separator))
}

func (n *naive) sample(known []term.Term) term.Term {
	if len(known) == 0 {
		return term.Term{}
	}
	for _, t := range known {
		n.open = n.open || t != known[0]
	}
	return known[0]
}

func (n *naive) sum(list []term.Term) term.Term {
	sum := integer(0)
	for _, t := range list {
		sum = n.arithmetic(value.FnAdd, sum, t)
	}
	return sum
}

// extreme is Min or Max by the order of ORDER BY; values that it does not keep
// apart leave the result open.
func (n *naive) extreme(list []term.Term, sign int) term.Term {
	var best term.Term
	for _, t := range list {
		if best.IsZero() {
			best = t
			continue
		}
		if c, _ := n.order(t, best); c*sign > 0 {
			best = t
		}
	}
	for _, t := range list {
		if c, _ := n.order(t, best); t != best && c == 0 {
			n.open = true
		}
	}
	return best
}
