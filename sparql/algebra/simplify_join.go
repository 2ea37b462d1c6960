package algebra

import "slices"

// empty is the operator without solutions.
func empty() Op { return &Values{} }

func isEmpty(o Op) bool {
	v, ok := o.(*Values)
	return ok && len(v.Rows) == 0
}

// dropEmpty removes what cannot have solutions because of an input without any.
func dropEmpty(_ *simplifier, o Op) (Op, bool) {
	switch o := o.(type) {
	case *Join:
		return empty(), slices.ContainsFunc(o.Inputs, isEmpty)
	case *Union:
		rest := slices.DeleteFunc(slices.Clone(o.Inputs), isEmpty)
		if len(rest) == 0 {
			return empty(), true
		}
		return union(rest), len(rest) < len(o.Inputs)
	case *LeftJoin:
		if isEmpty(o.Right) {
			return o.Left, true
		}
		return empty(), isEmpty(o.Left)
	case *Minus:
		if isEmpty(o.Right) {
			return o.Left, true
		}
		return empty(), isEmpty(o.Left)
	case *Group:
		return empty(), len(o.Keys) > 0 && isEmpty(o.Input)
	case *Slice:
		return empty(), o.Limit == 0 || isEmpty(o.Input)
	case *Filter, *Graph, *Extend, *OrderBy, *Project, *Distinct, *Reduced:
		return empty(), isEmpty(Inputs(o)[0])
	}
	return nil, false
}

func union(inputs []Op) Op {
	if len(inputs) == 1 {
		return inputs[0]
	}
	return &Union{inputs}
}

// flattenJoin makes nested joins one and removes the identity of Join, the empty
// basic graph pattern. Within EXISTS that stands for the outer solution, which
// another basic graph pattern brings as well, but a subquery does not.
func flattenJoin(s *simplifier, o Op) (Op, bool) {
	j, ok := o.(*Join)
	if !ok {
		return nil, false
	}
	var inputs []Op
	units := 0
	for _, in := range j.Inputs {
		switch in := in.(type) {
		case *Join:
			inputs = append(inputs, in.Inputs...)
			continue
		case *BGP:
			if len(in.Patterns) == 0 {
				units++
				continue
			}
		}
		inputs = append(inputs, in)
	}
	if units > 0 && s.context && !slices.ContainsFunc(inputs, isLeaf) {
		inputs, units = append(inputs, &BGP{}), units-1
	}
	if units == 0 && len(inputs) == len(j.Inputs) {
		return nil, false
	}
	switch len(inputs) {
	case 0:
		return &BGP{}, true
	case 1:
		return inputs[0], true
	}
	return &Join{inputs}, true
}

// isLeaf reports whether o is an operator that within EXISTS has the bindings
// of the outer solution.
func isLeaf(o Op) bool {
	switch o.(type) {
	case *BGP, *Path, *Values, *TextSearch:
		return true
	}
	return false
}

// mergeGraphPatterns makes the basic graph patterns of a join one: each has a
// solution at most once, so the join of two is the pattern of both. It also
// drops triple patterns that repeat.
func mergeGraphPatterns(_ *simplifier, o Op) (Op, bool) {
	switch o := o.(type) {
	case *BGP:
		patterns := distinctPatterns(o.Patterns)
		return &BGP{patterns}, len(patterns) < len(o.Patterns)
	case *Join:
		var merged *BGP
		var inputs []Op
		for _, in := range o.Inputs {
			b, ok := in.(*BGP)
			switch {
			case !ok:
				inputs = append(inputs, in)
			case merged == nil:
				merged = &BGP{slices.Clone(b.Patterns)}
				inputs = append(inputs, merged)
			default:
				merged.Patterns = distinctPatterns(append(merged.Patterns, b.Patterns...))
			}
		}
		switch {
		case len(inputs) == len(o.Inputs):
			return nil, false
		case len(inputs) == 1:
			return inputs[0], true
		}
		return &Join{inputs}, true
	}
	return nil, false
}

func distinctPatterns(patterns []TriplePattern) []TriplePattern {
	seen := make(map[TriplePattern]bool, len(patterns))
	var out []TriplePattern
	for _, t := range patterns {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// flattenUnion makes nested unions one.
func flattenUnion(_ *simplifier, o Op) (Op, bool) {
	u, ok := o.(*Union)
	if !ok || !slices.ContainsFunc(u.Inputs, func(in Op) bool { _, nested := in.(*Union); return nested }) {
		return nil, false
	}
	var inputs []Op
	for _, in := range u.Inputs {
		if nested, ok := in.(*Union); ok {
			inputs = append(inputs, nested.Inputs...)
		} else {
			inputs = append(inputs, in)
		}
	}
	return union(inputs), true
}

// dropMinus removes a Minus whose sides never share a variable: it removes
// nothing (SPARQL 1.1 §18.5, Minus).
func dropMinus(s *simplifier, o Op) (Op, bool) {
	m, ok := o.(*Minus)
	if !ok || s.context || s.possible(m.Left).containsAny(s.possible(m.Right).list) {
		return nil, false
	}
	return m.Left, true
}

// foldLeftJoin applies constant conditions, and removes the optional part when
// it is the empty basic graph pattern, which adds nothing.
func foldLeftJoin(s *simplifier, o Op) (Op, bool) {
	lj, ok := o.(*LeftJoin)
	if !ok {
		return nil, false
	}
	conditions, never := s.foldConjunction(lj.Exprs)
	if never || isUnit(lj.Right) && !s.context {
		return lj.Left, true
	}
	return &LeftJoin{lj.Left, lj.Right, conditions}, len(conditions) < len(lj.Exprs)
}
