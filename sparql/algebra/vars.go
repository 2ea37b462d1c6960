package algebra

import "slices"

// Vars returns the variables that a solution of o may bind, hidden ones too, in
// order of first appearance.
func Vars(o Op) []Var {
	var s varSet
	s.addPossible(o)
	return s.list
}

// addPossible adds the variables that a solution of o may bind, in one pass
// over o.
func (s *varSet) addPossible(o Op) {
	switch o := o.(type) {
	case *Minus:
		s.addPossible(o.Left)
		return
	case *Project:
		var in varSet
		in.addPossible(o.Input)
		s.addProjected(&in, o.Vars)
		return
	case *Graph:
		s.addNode(o.Name)
	case *Service:
		s.addNode(o.Name)
	}
	if _, ok := o.(*Group); !ok {
		for _, in := range Inputs(o) {
			s.addPossible(in)
		}
	}
	s.addOwn(o)
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
		for _, e := range Exprs(o) {
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
	case *TextSearch:
		s.add(o.vars()...)
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
