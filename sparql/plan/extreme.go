package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
)

// extreme is EXISTS of a basic graph pattern that, beside terms in common, has one
// comparison with the solution at hand, such as that there is a newer one of the same kind:
//
//	FILTER NOT EXISTS { ?other ex:kind ?kind ; ex:time ?u FILTER (?u > ?t) }
//
// One of several values satisfies the comparison exactly when their extreme does, as far as
// they are of one class of comparable values (see [value.Value.Class]). So the pattern is
// grouped, once, by what it has in common and by class, and each solution is compared with
// the extremes of its groups instead of with every member.
type extreme struct {
	pattern algebra.Op // without the comparison
	keys    []Var      // what it has in common with the solutions outside
	compare *algebra.Call
	inner   int // which argument of compare belongs to the pattern
}

// newExtreme looks whether the pattern of an EXISTS is of that kind; nil when it is not.
func newExtreme(b *builder, seed *Seed, pattern algebra.Op) *extreme {
	f, ok := pattern.(*algebra.Filter)
	if !ok || b.active.Mode == VarGraph || b.active.Mode == ParamGraph {
		return nil
	}
	bgp, ok := f.Input.(*algebra.BGP)
	if !ok {
		return nil
	}
	all, _ := b.scope(bgp)
	x := &extreme{pattern: bgp}
	outside := setOf(seed.Vars...)
	x.keys = intersect(all, outside).sorted()
	var rest []algebra.Expr
	for _, e := range f.Exprs {
		switch {
		case subset(b.exprVars(VarSet{}, e), all) && steady(e):
			rest = append(rest, e)
		case x.compare == nil && x.between(e, all, outside):
		default:
			return nil
		}
	}
	if x.compare == nil {
		return nil
	}
	if len(rest) > 0 {
		x.pattern = &algebra.Filter{Exprs: rest, Input: bgp}
	}
	return x
}

// between takes e when it compares a variable of the pattern alone with one of outside alone.
func (x *extreme) between(e algebra.Expr, pattern, outside VarSet) bool {
	c, ok := e.(*algebra.Call)
	if !ok || c.Func < value.FnLess || c.Func > value.FnGreaterEqual {
		return false
	}
	for inner := range 2 {
		u, ok := c.Args[inner].(algebra.Var)
		t, also := c.Args[1-inner].(algebra.Var)
		if ok && also && pattern.Has(u) && !outside.Has(u) && outside.Has(t) && !pattern.Has(t) {
			x.compare, x.inner = c, inner
			return true
		}
	}
	return false
}

// steady reports whether an expression has the same value for the same solution wherever it
// is evaluated, and holds no EXISTS.
func steady(e algebra.Expr) bool {
	switch e := e.(type) {
	case algebra.Var, algebra.Term:
		return true
	case *algebra.Call:
		return e.Func.Dependence() < value.OnChance &&
			!slices.ContainsFunc(e.Args, func(a algebra.Expr) bool { return !steady(a) })
	}
	return false
}

// plan returns the sub-plan of the Apply for its seed.
func (x *extreme) plan(b *builder, seed *Seed) (Node, error) {
	u := x.compare.Args[x.inner]
	class, best := b.hidden("class"), b.hidden("extreme")
	group := &algebra.Group{
		Input:      x.pattern,
		Aggregates: []algebra.Aggregation{{Var: best, Func: x.aggregate(), Arg: u}},
	}
	for _, v := range x.keys {
		group.Keys = append(group.Keys, algebra.GroupKey{Var: v, Expr: v})
	}
	of := &algebra.Call{Func: value.FnClass, Args: []algebra.Expr{u}}
	group.Keys = append(group.Keys, algebra.GroupKey{Var: class, Expr: of})
	var groups Node
	err := within(b, nil, func() (err error) {
		groups, err = b.node(group, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	args := slices.Clone(x.compare.Args)
	args[x.inner] = best
	n := hashJoin(Inner, seed, groups) // whose table is kept for all batches of the Apply
	return filterNode(n, []algebra.Expr{&algebra.Call{Func: x.compare.Func, Args: args}}), nil
}

// aggregate returns MAX where greater values of the pattern are wanted, otherwise MIN.
func (x *extreme) aggregate() value.Aggregator {
	greater := x.compare.Func == value.FnGreater || x.compare.Func == value.FnGreaterEqual
	if greater == (x.inner == 0) {
		return value.AggMax
	}
	return value.AggMin
}

// cost is the effort of the Apply with that sub-plan, of which the groups are made once.
func (x *extreme) cost(a *Apply) float64 {
	groups := a.Sub.Base().Cost
	return a.Input.Base().Cost + groups + a.Input.Base().Rows*(probeCost+exprCost)
}
