package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
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

// findScope is scope for an operator that was not asked for before. The scopes
// of its inputs are not changed.
func (c *scopes) findScope(op algebra.Op) (all, certain VarSet) {
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
	case *algebra.TextSearch:
		all.add(algebra.Vars(op)...)
		return all, all.clone()
	case *algebra.Values:
		all.add(op.Vars...)
		return all, valuesCertain(op)
	case *algebra.Join:
		for _, in := range op.Inputs {
			a, always := c.scope(in)
			all.addSet(a)
			certain.addSet(always)
		}
	case *algebra.LeftJoin:
		a, _ := c.scope(op.Right)
		all, certain = c.scope(op.Left)
		all = all.clone().addSet(a)
	case *algebra.Filter:
		return c.scope(op.Input)
	case *algebra.Union:
		for i, in := range op.Inputs {
			a, always := c.scope(in)
			all.addSet(a)
			if i == 0 {
				certain = always
			} else {
				certain = intersect(certain, always)
			}
		}
	case *algebra.Graph:
		all, certain = c.scope(op.Input)
		all, certain = all.clone(), certain.clone()
		nodeVars(all, op.Name)
		nodeVars(certain, op.Name)
	case *algebra.Extend:
		all, certain = c.scope(op.Input)
		all = all.clone().add(op.Var)
		if _, constant := op.Expr.(algebra.Term); constant {
			certain = certain.clone().add(op.Var)
		}
	case *algebra.Minus:
		return c.scope(op.Left)
	case *algebra.Group:
		for _, k := range op.Keys {
			all.add(k.Var)
		}
		for _, a := range op.Aggregates {
			all.add(a.Var)
			if a.Func == value.AggCount {
				certain.add(a.Var)
			}
		}
	case *algebra.OrderBy:
		return c.scope(op.Input)
	case *algebra.Project:
		_, always := c.scope(op.Input)
		all.add(op.Vars...)
		certain = intersect(all, always)
	case *algebra.Distinct:
		return c.scope(op.Input)
	case *algebra.Reduced:
		return c.scope(op.Input)
	case *algebra.Slice:
		return c.scope(op.Input)
	case *algebra.Service:
		all, _ = c.scope(op.Input)
		all = all.clone()
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
func (c *scopes) exprVars(s VarSet, exprs ...algebra.Expr) VarSet {
	for _, e := range exprs {
		switch e := e.(type) {
		case algebra.Var:
			s.add(e)
		case *algebra.Call:
			c.exprVars(s, e.Args...)
		case *algebra.CustomCall:
			c.exprVars(s, e.Args...)
		case *algebra.Exists:
			s.addSet(c.mentioned(e.Pattern))
		}
	}
	return s
}

// findMentioned is mentioned for an operator that was not asked for before.
func (c *scopes) findMentioned(op algebra.Op) VarSet {
	all, _ := c.scope(op)
	s := all.clone()
	switch op := op.(type) {
	case *algebra.Join:
		for _, in := range op.Inputs {
			s.addSet(c.mentioned(in))
		}
	case *algebra.Union:
		for _, in := range op.Inputs {
			s.addSet(c.mentioned(in))
		}
	case *algebra.LeftJoin:
		s.addSet(c.mentioned(op.Left)).addSet(c.mentioned(op.Right))
		c.exprVars(s, op.Exprs...)
	case *algebra.Filter:
		c.exprVars(s.addSet(c.mentioned(op.Input)), op.Exprs...)
	case *algebra.Extend:
		c.exprVars(s.addSet(c.mentioned(op.Input)), op.Expr)
	case *algebra.Minus:
		s.addSet(c.mentioned(op.Left)).addSet(c.mentioned(op.Right))
	case *algebra.Graph:
		s.addSet(c.mentioned(op.Input))
	case *algebra.Project:
		s.addSet(c.mentioned(op.Input))
	case *algebra.Distinct:
		s.addSet(c.mentioned(op.Input))
	case *algebra.Reduced:
		s.addSet(c.mentioned(op.Input))
	case *algebra.Slice:
		s.addSet(c.mentioned(op.Input))
	case *algebra.OrderBy:
		c.orderVars(s.addSet(c.mentioned(op.Input)), op.Keys)
	case *algebra.Group:
		s.addSet(c.mentioned(op.Input))
		for _, k := range op.Keys {
			c.exprVars(s, k.Expr)
		}
		for _, a := range op.Aggregates {
			if a.Arg != nil {
				c.exprVars(s, a.Arg)
			}
			c.orderVars(s, a.OrderBy)
		}
	}
	return s
}

func (c *scopes) orderVars(s VarSet, keys []algebra.OrderKey) {
	for _, k := range keys {
		c.exprVars(s, k.Expr)
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
