package algebra

import "fincat/sparql/syntax"

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

// exprsOf returns the expressions of o itself.
func exprsOf(o Op) []Expr {
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
	switch c.Func {
	case syntax.FnBound, syntax.FnNow, syntax.FnRand, syntax.FnUUID, syntax.FnStrUUID:
		return true
	case syntax.FnBNode:
		return len(c.Args) == 0
	case syntax.FnSameTerm, syntax.FnIsIRI, syntax.FnIsBlank, syntax.FnIsLiteral, syntax.FnIsNumeric, syntax.FnIsTriple:
		for _, a := range c.Args {
			if !infallible(a, bound) {
				return false
			}
		}
		return true
	case syntax.FnCoalesce:
		for _, a := range c.Args {
			if infallible(a, bound) {
				return true
			}
		}
	}
	return false
}
