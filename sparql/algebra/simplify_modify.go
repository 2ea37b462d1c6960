package algebra

import (
	"slices"

	"fincat/sparql/syntax"
)

// mergeDistinct removes DISTINCT and REDUCED that another one makes superfluous.
func mergeDistinct(_ *simplifier, o Op) (Op, bool) {
	switch o := o.(type) {
	case *Distinct:
		switch in := o.Input.(type) {
		case *Distinct:
			return in, true
		case *Reduced:
			return &Distinct{in.Input}, true
		}
	case *Reduced:
		switch in := o.Input.(type) {
		case *Distinct, *Reduced:
			return in, true
		}
	}
	return nil, false
}

// dropDistinct removes DISTINCT and REDUCED over solutions that never repeat.
func dropDistinct(s *simplifier, o Op) (Op, bool) {
	switch o.(type) {
	case *Distinct, *Reduced:
		in := Inputs(o)[0]
		return in, s.isSet(in)
	}
	return nil, false
}

// sortLast sorts what DISTINCT leaves instead of all that comes to it, when the order
// depends on nothing that the projection hides. Then a LIMIT stands next to the order.
func sortLast(s *simplifier, o Op) (Op, bool) {
	d, ok := o.(*Distinct)
	if !ok || s.context {
		return nil, false
	}
	p, ok := d.Input.(*Project)
	if !ok {
		return nil, false
	}
	by, ok := p.Input.(*OrderBy)
	if !ok {
		return nil, false
	}
	for _, k := range by.Keys {
		about := s.about(k.Expr)
		if !about.deterministic || about.exists || !containsAll(p.Vars, about.vars.list) {
			return nil, false
		}
	}
	return &OrderBy{s.node(&Distinct{s.node(&Project{by.Input, p.Vars})}), by.Keys}, true
}

func containsAll(vars, some []Var) bool {
	return !slices.ContainsFunc(some, func(v Var) bool { return !slices.Contains(vars, v) })
}

// mergeProjects makes a projection of a projection one, where the outer does not
// name a variable that the inner hides.
func mergeProjects(_ *simplifier, o Op) (Op, bool) {
	p, ok := o.(*Project)
	if !ok {
		return nil, false
	}
	in, ok := p.Input.(*Project)
	if !ok || slices.ContainsFunc(p.Vars, func(v Var) bool { return !slices.Contains(in.Vars, v) }) {
		return nil, false
	}
	return &Project{in.Input, p.Vars}, true
}

// isSet reports whether o has no solution more than once.
func (s *simplifier) isSet(o Op) bool {
	switch o := o.(type) {
	case *BGP, *Group, *Distinct:
		return true
	case *Path:
		switch o.Path.(type) {
		case syntax.PathZeroOrMore, syntax.PathOneOrMore, syntax.PathZeroOrOne:
			return true
		}
	case *Join: // the merger tells which solutions it comes from
		return !slices.ContainsFunc(o.Inputs, func(in Op) bool { return !s.isSet(in) || !s.allCertain(in) })
	case *LeftJoin:
		return s.isSet(o.Left) && s.allCertain(o.Left) && s.isSet(o.Right) && s.allCertain(o.Right)
	case *Minus:
		return s.isSet(o.Left)
	case *Graph:
		return s.isSet(o.Input) && s.allCertain(o.Input)
	case *Filter, *Extend, *OrderBy, *Slice:
		return s.isSet(Inputs(o)[0])
	case *Project:
		hidden := func(v Var) bool { return !slices.Contains(o.Vars, v) }
		return s.isSet(o.Input) && !slices.ContainsFunc(s.possible(o.Input).list, hidden)
	}
	return false
}

func (s *simplifier) allCertain(o Op) bool { return s.certain(o).containsAll(s.possible(o).list) }

// pushSlice makes slices of slices one, moves a limit below what treats every
// solution alike, and limits each branch of a union.
func pushSlice(s *simplifier, o Op) (Op, bool) {
	sl, ok := o.(*Slice)
	if !ok {
		return nil, false
	}
	switch in := sl.Input.(type) {
	case *Slice:
		return mergeSlices(sl, in), true
	case *Project:
		if _, sorted := in.Input.(*OrderBy); !sorted {
			return &Project{s.node(&Slice{in.Input, sl.Offset, sl.Limit}), in.Vars}, true
		}
	case *Extend:
		return &Extend{s.node(&Slice{in.Input, sl.Offset, sl.Limit}), in.Var, in.Expr}, true
	case *Union:
		return s.sliceUnion(sl, in)
	}
	return nil, false
}

func mergeSlices(outer, inner *Slice) Op {
	out := &Slice{inner.Input, inner.Offset + outer.Offset, outer.Limit}
	if inner.Limit >= 0 {
		left := max(0, inner.Limit-int64(min(outer.Offset, 1<<62)))
		if out.Limit < 0 || left < out.Limit {
			out.Limit = left
		}
	}
	return out
}

// maxPushedLimit is the largest limit worth repeating in every branch.
const maxPushedLimit = 1 << 20

func (s *simplifier) sliceUnion(sl *Slice, u *Union) (Op, bool) {
	if sl.Limit < 0 || sl.Limit > maxPushedLimit || sl.Offset > maxPushedLimit {
		return nil, false
	}
	limit := sl.Limit + int64(sl.Offset)
	changed := false
	inputs := make([]Op, len(u.Inputs))
	for i, in := range u.Inputs {
		inputs[i] = in
		if !limited(in, limit) {
			inputs[i], changed = s.node(&Slice{in, 0, limit}), true
		}
	}
	return &Slice{&Union{inputs}, sl.Offset, sl.Limit}, changed
}

// limited reports whether o has a limit already that is at most n, below
// projections and extensions perhaps.
func limited(o Op, n int64) bool {
	switch o := o.(type) {
	case *Slice:
		return o.Limit >= 0 && o.Limit <= n
	case *Project:
		return limited(o.Input, n)
	case *Extend:
		return limited(o.Input, n)
	case *Values:
		return int64(len(o.Rows)) <= n
	}
	return false
}
