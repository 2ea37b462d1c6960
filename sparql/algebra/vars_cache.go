package algebra

import (
	"context"
	"slices"

	"fincat/sparql/value"
	"fincat/vocab/term"
)

// varCache remembers the variables of operators, which are never changed.
type varCache struct {
	ctx           context.Context // of the request; nil: never done
	maybe, always map[Op]*varSet
	work          int // variables added to sets so far
	asked         int // the work when ctx was last asked
	done          bool
}

// askEvery is the work after which the context is asked again.
const askEvery = 1000

// exhausted reports whether no more work is to be done: there was enough of it,
// or the request has ended.
func (c *varCache) exhausted() bool {
	if !c.done && c.ctx != nil && c.work-c.asked >= askEvery {
		c.asked = c.work
		c.done = c.ctx.Err() != nil
	}
	return c.done || c.work > maxWork
}

// possible returns the variables that a solution of o may bind.
func (c *varCache) possible(o Op) *varSet {
	return c.remember(&c.maybe, o, c.findPossible)
}

// certain returns the variables that every solution of o binds.
func (c *varCache) certain(o Op) *varSet {
	return c.remember(&c.always, o, c.findCertain)
}

func (c *varCache) remember(m *map[Op]*varSet, o Op, find func(Op) *varSet) *varSet {
	if s, ok := (*m)[o]; ok {
		return s
	}
	s := find(o)
	if *m == nil {
		*m = map[Op]*varSet{}
	}
	(*m)[o] = s
	c.work += 1 + len(s.list)
	return s
}

func (c *varCache) findPossible(o Op) *varSet {
	s := &varSet{}
	switch o := o.(type) {
	case *Filter, *OrderBy, *Distinct, *Reduced, *Slice:
		return c.possible(Inputs(o)[0])
	case *Minus:
		return c.possible(o.Left)
	case *Project:
		s.addProjected(c.possible(o.Input), o.Vars)
		return s
	case *Graph:
		s.addNode(o.Name)
	case *Service:
		s.addNode(o.Name)
	}
	if _, ok := o.(*Group); !ok {
		for _, in := range Inputs(o) {
			s.add(c.possible(in).list...)
		}
	}
	s.addOwn(o)
	return s
}

func (c *varCache) findCertain(o Op) *varSet {
	s := &varSet{}
	switch o := o.(type) {
	case *BGP, *Path, *TextSearch:
		s.addOwn(o)
	case *Join:
		for _, in := range o.Inputs {
			s.add(c.certain(in).list...)
		}
	case *LeftJoin:
		return c.certain(o.Left)
	case *Minus:
		return c.certain(o.Left)
	case *Union:
		c.addCommon(s, o.Inputs)
	case *Graph:
		s.addNode(o.Name)
		s.add(c.certain(o.Input).list...)
	case *Service:
		if !o.Silent {
			s.add(c.certain(o.Input).list...)
		}
	case *Extend:
		in := c.certain(o.Input)
		s.add(in.list...)
		if infallible(o.Expr, in) {
			s.add(o.Var)
		}
	case *Values:
		s.addBoundColumns(o)
	case *Group:
		c.addCertainOfGroup(s, o)
	case *Project:
		s.addProjected(c.certain(o.Input), o.Vars)
	case *Filter, *OrderBy, *Distinct, *Reduced, *Slice:
		return c.certain(Inputs(o)[0])
	}
	return s
}

func (s *varSet) addProjected(in *varSet, vars []Var) {
	for _, v := range vars {
		if in.contains(v) {
			s.add(v)
		}
	}
}

// addCommon adds the variables that are certain in every branch of a union.
func (c *varCache) addCommon(s *varSet, branches []Op) {
	for _, v := range c.certain(branches[0]).list {
		if !slices.ContainsFunc(branches[1:], func(b Op) bool { return !c.certain(b).contains(v) }) {
			s.add(v)
		}
	}
}

func (s *varSet) addBoundColumns(o *Values) {
	for i, v := range o.Vars {
		if !slices.ContainsFunc(o.Rows, func(row []term.Term) bool { return row[i].IsZero() }) {
			s.add(v)
		}
	}
}

func (c *varCache) addCertainOfGroup(s *varSet, o *Group) {
	in := c.certain(o.Input)
	for _, k := range o.Keys {
		if infallible(k.Expr, in) {
			s.add(k.Var)
		}
	}
	for _, a := range o.Aggregates {
		if a.Func == value.AggCount {
			s.add(a.Var)
		}
	}
}
