package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
)

// VarSet is a set of variables.
type VarSet map[Var]struct{}

// Has reports whether v is in the set.
func (s VarSet) Has(v Var) bool {
	_, ok := s[v]
	return ok
}

func (s VarSet) add(vs ...Var) VarSet {
	for _, v := range vs {
		s[v] = struct{}{}
	}
	return s
}

func (s VarSet) addSet(t VarSet) VarSet {
	for v := range t {
		s[v] = struct{}{}
	}
	return s
}

func setOf(vs ...Var) VarSet { return make(VarSet, len(vs)).add(vs...) }

func (s VarSet) clone() VarSet { return make(VarSet, len(s)).addSet(s) }

// sorted returns the members in alphabetical order.
func (s VarSet) sorted() []Var {
	vs := make([]Var, 0, len(s))
	for v := range s {
		vs = append(vs, v)
	}
	slices.Sort(vs)
	return vs
}

func intersect(s, t VarSet) VarSet {
	r := VarSet{}
	for v := range s {
		if t.Has(v) {
			r[v] = struct{}{}
		}
	}
	return r
}

func subset(s, t VarSet) bool {
	for v := range s {
		if !t.Has(v) {
			return false
		}
	}
	return true
}

func nodeVars(s VarSet, nodes ...algebra.Node) {
	for _, n := range nodes {
		switch n := n.(type) {
		case algebra.Var:
			s.add(n)
		case algebra.TripleTerm:
			nodeVars(s, n.Subject, n.Predicate, n.Object)
		}
	}
}

// scope returns the variables an operator may bind and those it always binds
// (SPARQL 1.1 §18.2.1).
func scope(op algebra.Op) (all, certain VarSet) {
	all, certain = VarSet{}, VarSet{}
	switch op := op.(type) {
	case *algebra.BGP:
		for _, p := range op.Patterns {
			nodeVars(all, p.Subject, p.Predicate, p.Object)
		}
		return all, all.clone()
	case *algebra.Path:
		nodeVars(all, op.Subject, op.Object)
		return all, all.clone()
	case *algebra.Values:
		all.add(op.Vars...)
		return all, valuesCertain(op)
	case *algebra.Join:
		for _, in := range op.Inputs {
			a, c := scope(in)
			all.addSet(a)
			certain.addSet(c)
		}
	case *algebra.LeftJoin:
		a, _ := scope(op.Right)
		all, certain = scope(op.Left)
		all.addSet(a)
	case *algebra.Filter:
		return scope(op.Input)
	case *algebra.Union:
		for i, in := range op.Inputs {
			a, c := scope(in)
			all.addSet(a)
			if i == 0 {
				certain = c
			} else {
				certain = intersect(certain, c)
			}
		}
	case *algebra.Graph:
		all, certain = scope(op.Input)
		nodeVars(all, op.Name)
		nodeVars(certain, op.Name)
	case *algebra.Extend:
		all, certain = scope(op.Input)
		all.add(op.Var)
		if _, constant := op.Expr.(algebra.Term); constant {
			certain.add(op.Var)
		}
	case *algebra.Minus:
		return scope(op.Left)
	case *algebra.Group:
		for _, k := range op.Keys {
			all.add(k.Var)
		}
		for _, a := range op.Aggregates {
			all.add(a.Var)
			if a.Func == syntax.AggCount {
				certain.add(a.Var)
			}
		}
	case *algebra.OrderBy:
		return scope(op.Input)
	case *algebra.Project:
		_, c := scope(op.Input)
		all.add(op.Vars...)
		certain = intersect(all, c)
	case *algebra.Distinct:
		return scope(op.Input)
	case *algebra.Reduced:
		return scope(op.Input)
	case *algebra.Slice:
		return scope(op.Input)
	case *algebra.Service:
		all, _ = scope(op.Input)
		nodeVars(all, op.Name)
	}
	return all, certain
}

func valuesCertain(v *algebra.Values) VarSet {
	certain := setOf(v.Vars...)
	for _, row := range v.Rows {
		for i, t := range row {
			if t.IsZero() {
				delete(certain, v.Vars[i])
			}
		}
	}
	return certain
}

// exprVars returns the variables whose value an expression may ask for, with
// all those that occur in the patterns of EXISTS.
func exprVars(s VarSet, exprs ...algebra.Expr) VarSet {
	for _, e := range exprs {
		switch e := e.(type) {
		case algebra.Var:
			s.add(e)
		case *algebra.Call:
			exprVars(s, e.Args...)
		case *algebra.CustomCall:
			exprVars(s, e.Args...)
		case *algebra.Exists:
			s.addSet(mentioned(e.Pattern))
		}
	}
	return s
}

// mentioned returns the variables that the context of EXISTS (SPARQL 1.2 §18.6)
// can reach in a pattern: those that occur in it, also those that a subquery
// does not project.
func mentioned(op algebra.Op) VarSet {
	s, _ := scope(op)
	switch op := op.(type) {
	case *algebra.Join:
		for _, in := range op.Inputs {
			s.addSet(mentioned(in))
		}
	case *algebra.Union:
		for _, in := range op.Inputs {
			s.addSet(mentioned(in))
		}
	case *algebra.LeftJoin:
		s.addSet(mentioned(op.Left)).addSet(mentioned(op.Right))
		exprVars(s, op.Exprs...)
	case *algebra.Filter:
		exprVars(s.addSet(mentioned(op.Input)), op.Exprs...)
	case *algebra.Extend:
		exprVars(s.addSet(mentioned(op.Input)), op.Expr)
	case *algebra.Minus:
		s.addSet(mentioned(op.Left)).addSet(mentioned(op.Right))
	case *algebra.Graph:
		s.addSet(mentioned(op.Input))
	case *algebra.Project:
		s.addSet(mentioned(op.Input))
	case *algebra.Distinct:
		s.addSet(mentioned(op.Input))
	case *algebra.Reduced:
		s.addSet(mentioned(op.Input))
	case *algebra.Slice:
		s.addSet(mentioned(op.Input))
	case *algebra.OrderBy:
		orderVars(s.addSet(mentioned(op.Input)), op.Keys)
	case *algebra.Group:
		s.addSet(mentioned(op.Input))
		for _, k := range op.Keys {
			exprVars(s, k.Expr)
		}
		for _, a := range op.Aggregates {
			if a.Arg != nil {
				exprVars(s, a.Arg)
			}
			orderVars(s, a.OrderBy)
		}
	}
	return s
}

func orderVars(s VarSet, keys []algebra.OrderKey) {
	for _, k := range keys {
		exprVars(s, k.Expr)
	}
}

// hasExists reports whether an expression contains EXISTS.
func hasExists(e algebra.Expr) bool {
	switch e := e.(type) {
	case *algebra.Exists:
		return true
	case *algebra.Call:
		return slices.ContainsFunc(e.Args, hasExists)
	case *algebra.CustomCall:
		return slices.ContainsFunc(e.Args, hasExists)
	}
	return false
}
