package algebra

import (
	"slices"

	"fincat/sparql/syntax"
)

// Vars returns the variables that a solution of o may bind, hidden ones too, in
// order of first appearance.
func Vars(o Op) []Var { return possible(o).list }

// CertainVars returns the variables that every solution of o binds, in order of
// first appearance.
func CertainVars(o Op) []Var { return certain(o).list }

// ExprVars returns the variables an expression mentions, in order of first
// appearance; for EXISTS those its pattern may share with the outer solution.
func ExprVars(e Expr) []Var {
	var s varSet
	s.addExpr(e)
	return s.list
}

// NodeVars returns the variables in a position of a pattern.
func NodeVars(n Node) []Var {
	var s varSet
	s.addNode(n)
	return s.list
}

// varSet is a set of variables that remembers the order of insertion.
type varSet struct {
	list []Var
	has  map[Var]struct{}
}

func (s *varSet) add(vs ...Var) {
	for _, v := range vs {
		if s.contains(v) {
			continue
		}
		if s.has == nil {
			s.has = map[Var]struct{}{}
		}
		s.has[v] = struct{}{}
		s.list = append(s.list, v)
	}
}

func (s *varSet) contains(v Var) bool {
	_, ok := s.has[v]
	return ok
}

func (s *varSet) containsAll(vs []Var) bool {
	for _, v := range vs {
		if !s.contains(v) {
			return false
		}
	}
	return true
}

func (s *varSet) containsAny(vs []Var) bool { return slices.ContainsFunc(vs, s.contains) }

func (s *varSet) addNode(n Node) {
	switch n := n.(type) {
	case Var:
		s.add(n)
	case TripleTerm:
		s.addNode(n.Subject)
		s.addNode(n.Predicate)
		s.addNode(n.Object)
	}
}

func (s *varSet) addExpr(e Expr) {
	switch e := e.(type) {
	case Var:
		s.add(e)
	case *Call:
		for _, a := range e.Args {
			s.addExpr(a)
		}
	case *CustomCall:
		for _, a := range e.Args {
			s.addExpr(a)
		}
	case *Exists:
		s.addMentioned(e.Pattern)
	}
}

// addMentioned adds every variable that substitution into o could reach.
func (s *varSet) addMentioned(o Op) {
	Walk(o, func(o Op) {
		p := varSet{}
		p.addOwn(o)
		s.add(p.list...)
		for _, e := range exprsOf(o) {
			s.addExpr(e)
		}
	})
}

// addOwn adds the variables that o itself introduces, not those of its inputs.
func (s *varSet) addOwn(o Op) {
	switch o := o.(type) {
	case *BGP:
		for _, t := range o.Patterns {
			s.addNode(t.Subject)
			s.addNode(t.Predicate)
			s.addNode(t.Object)
		}
	case *Path:
		s.addNode(o.Subject)
		s.addNode(o.Object)
	case *Graph:
		s.addNode(o.Name)
	case *Service:
		s.addNode(o.Name)
	case *Extend:
		s.add(o.Var)
	case *Values:
		s.add(o.Vars...)
	case *Group:
		for _, k := range o.Keys {
			s.add(k.Var)
		}
		for _, a := range o.Aggregates {
			s.add(a.Var)
		}
	}
}

func possible(o Op) *varSet {
	s := &varSet{}
	s.addPossible(o)
	return s
}

func (s *varSet) addPossible(o Op) {
	switch o := o.(type) {
	case *Minus:
		s.addPossible(o.Left)
		return
	case *Group:
		s.addOwn(o)
		return
	case *Project:
		in := possible(o.Input)
		for _, v := range o.Vars {
			if in.contains(v) {
				s.add(v)
			}
		}
		return
	case *Graph:
		s.addNode(o.Name)
	case *Service:
		s.addNode(o.Name)
	}
	for _, in := range Inputs(o) {
		s.addPossible(in)
	}
	s.addOwn(o)
}

func certain(o Op) *varSet {
	s := &varSet{}
	switch o := o.(type) {
	case *BGP, *Path:
		s.addOwn(o)
	case *Join:
		for _, in := range o.Inputs {
			s.add(certain(in).list...)
		}
	case *LeftJoin:
		return certain(o.Left)
	case *Minus:
		return certain(o.Left)
	case *Union:
		s.addCommon(o.Inputs)
	case *Graph:
		s.addNode(o.Name)
		s.add(certain(o.Input).list...)
	case *Service:
		if !o.Silent {
			s.add(certain(o.Input).list...)
		}
	case *Extend:
		s = certain(o.Input)
		if infallible(o.Expr, s) {
			s.add(o.Var)
		}
	case *Values:
		s.addBoundColumns(o)
	case *Group:
		s.addCertainOfGroup(o)
	case *Project:
		in := certain(o.Input)
		for _, v := range o.Vars {
			if in.contains(v) {
				s.add(v)
			}
		}
	case *Filter, *OrderBy, *Distinct, *Reduced, *Slice:
		return certain(Inputs(o)[0])
	}
	return s
}

// addCommon adds the variables that are certain in every branch of a union.
func (s *varSet) addCommon(branches []Op) {
	sets := make([]*varSet, len(branches))
	for i, b := range branches {
		sets[i] = certain(b)
	}
	for _, v := range sets[0].list {
		if !slices.ContainsFunc(sets[1:], func(t *varSet) bool { return !t.contains(v) }) {
			s.add(v)
		}
	}
}

func (s *varSet) addBoundColumns(o *Values) {
	for i, v := range o.Vars {
		bound := true
		for _, row := range o.Rows {
			bound = bound && !row[i].IsZero()
		}
		if bound {
			s.add(v)
		}
	}
}

func (s *varSet) addCertainOfGroup(o *Group) {
	in := certain(o.Input)
	for _, k := range o.Keys {
		if infallible(k.Expr, in) {
			s.add(k.Var)
		}
	}
	for _, a := range o.Aggregates {
		if a.Func == syntax.AggCount {
			s.add(a.Var)
		}
	}
}
