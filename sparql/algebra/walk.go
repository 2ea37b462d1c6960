package algebra

import (
	"fincat/sparql/value"
	"slices"
)

// Inputs returns the operators that o reads from, in order; the patterns of
// EXISTS in its expressions are not among them.
func Inputs(o Op) []Op {
	switch o := o.(type) {
	case *Join:
		return o.Inputs
	case *Union:
		return o.Inputs
	case *LeftJoin:
		return []Op{o.Left, o.Right}
	case *Minus:
		return []Op{o.Left, o.Right}
	case *Filter:
		return []Op{o.Input}
	case *Graph:
		return []Op{o.Input}
	case *Extend:
		return []Op{o.Input}
	case *Group:
		return []Op{o.Input}
	case *OrderBy:
		return []Op{o.Input}
	case *Project:
		return []Op{o.Input}
	case *Distinct:
		return []Op{o.Input}
	case *Reduced:
		return []Op{o.Input}
	case *Slice:
		return []Op{o.Input}
	case *Service:
		return []Op{o.Input}
	}
	return nil
}

// Walk calls visit for o and then for every operator below it.
func Walk(o Op, visit func(Op)) {
	visit(o)
	for _, in := range Inputs(o) {
		Walk(in, visit)
	}
}

// Exprs returns the expressions of o itself, not those of its inputs.
func Exprs(o Op) []Expr {
	switch o := o.(type) {
	case *Filter:
		return o.Exprs
	case *LeftJoin:
		return o.Exprs
	case *Extend:
		return []Expr{o.Expr}
	case *OrderBy:
		return orderExprs(nil, o.Keys)
	case *Group:
		var es []Expr
		for _, k := range o.Keys {
			es = append(es, k.Expr)
		}
		for _, a := range o.Aggregates {
			if a.Arg != nil {
				es = append(es, a.Arg)
			}
			es = orderExprs(es, a.OrderBy)
		}
		return es
	}
	return nil
}

func orderExprs(es []Expr, keys []OrderKey) []Expr {
	for _, k := range keys {
		es = append(es, k.Expr)
	}
	return es
}

// infallible reports whether e has a value, never an error, for every solution
// that binds the variables of bound.
func infallible(e Expr, bound *varSet) bool {
	switch e := e.(type) {
	case Var:
		return bound.contains(e)
	case Term, *Exists:
		return true
	case *Call:
		return callInfallible(e, bound)
	}
	return false
}

func callInfallible(c *Call, bound *varSet) bool {
	isInfallible := func(a Expr) bool { return infallible(a, bound) }
	switch c.Func {
	case value.FnBound:
		return true
	case value.FnBNode:
		return len(c.Args) == 0
	case value.FnCoalesce:
		return slices.ContainsFunc(c.Args, isInfallible)
	}
	return c.Func.Total() && !slices.ContainsFunc(c.Args, func(a Expr) bool { return !isInfallible(a) })
}

// withInputs returns o with f applied to each input, o itself when nothing
// changes.
func withInputs(o Op, f func(Op) Op) Op {
	old := Inputs(o)
	in := make([]Op, len(old))
	changed := false
	for i := range old {
		in[i] = f(old[i])
		changed = changed || in[i] != old[i]
	}
	if !changed {
		return o
	}
	switch o := o.(type) {
	case *Join:
		return &Join{in}
	case *Union:
		return &Union{in}
	case *LeftJoin:
		return &LeftJoin{in[0], in[1], o.Exprs}
	case *Minus:
		return &Minus{in[0], in[1]}
	case *Filter:
		return &Filter{o.Exprs, in[0]}
	case *Graph:
		return &Graph{o.Name, in[0]}
	case *Extend:
		return &Extend{in[0], o.Var, o.Expr}
	case *Group:
		return &Group{in[0], o.Keys, o.Aggregates}
	case *OrderBy:
		return &OrderBy{in[0], o.Keys}
	case *Project:
		return &Project{in[0], o.Vars}
	case *Distinct:
		return &Distinct{in[0]}
	case *Reduced:
		return &Reduced{in[0]}
	case *Slice:
		return &Slice{in[0], o.Offset, o.Limit}
	case *Service:
		return &Service{o.Name, o.Silent, o.Pattern, in[0]}
	}
	return o
}

// withExprs returns o with f applied to each of its own expressions.
func withExprs(o Op, f func(Expr) Expr) Op {
	switch o := o.(type) {
	case *Filter:
		return &Filter{mapExprs(o.Exprs, f), o.Input}
	case *LeftJoin:
		return &LeftJoin{o.Left, o.Right, mapExprs(o.Exprs, f)}
	case *Extend:
		return &Extend{o.Input, o.Var, f(o.Expr)}
	case *OrderBy:
		return &OrderBy{o.Input, mapKeys(o.Keys, f)}
	case *Group:
		g := &Group{Input: o.Input}
		for _, k := range o.Keys {
			g.Keys = append(g.Keys, GroupKey{k.Var, f(k.Expr)})
		}
		for _, a := range o.Aggregates {
			if a.Arg != nil {
				a.Arg = f(a.Arg)
			}
			a.OrderBy = mapKeys(a.OrderBy, f)
			g.Aggregates = append(g.Aggregates, a)
		}
		return g
	}
	return o
}

func mapExprs(es []Expr, f func(Expr) Expr) []Expr {
	if es == nil {
		return nil
	}
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = f(e)
	}
	return out
}

func mapKeys(keys []OrderKey, f func(Expr) Expr) []OrderKey {
	var out []OrderKey
	for _, k := range keys {
		out = append(out, OrderKey{f(k.Expr), k.Descending})
	}
	return out
}
