package algebra

import (
	"fincat/sparql/value"
	"slices"
)

// splitConjunction turns && in a condition into a list of conditions: a
// conjunction is true exactly when both sides are.
func splitConjunction(_ *simplifier, o Op) (Op, bool) {
	switch o := o.(type) {
	case *Filter:
		es := split(o.Exprs)
		return &Filter{es, o.Input}, len(es) > len(o.Exprs)
	case *LeftJoin:
		es := split(o.Exprs)
		return &LeftJoin{o.Left, o.Right, es}, len(es) > len(o.Exprs)
	}
	return nil, false
}

func split(es []Expr) []Expr {
	var out []Expr
	for _, e := range es {
		if c, ok := e.(*Call); ok && c.Func == value.FnAnd {
			out = append(out, split(c.Args)...)
		} else {
			out = append(out, e)
		}
	}
	return out
}

// mergeFilters makes a filter of a filter one.
func mergeFilters(_ *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok {
		return nil, false
	}
	in, ok := f.Input.(*Filter)
	if !ok {
		return nil, false
	}
	return &Filter{slices.Concat(in.Exprs, f.Exprs), in.Input}, true
}

// foldFilter applies constant conditions and removes those that repeat.
func foldFilter(s *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok {
		return nil, false
	}
	es, never := s.foldConjunction(mapExprs(f.Exprs, func(e Expr) Expr { return s.knownBound(e, f.Input) }))
	switch {
	case never:
		return empty(), true
	case len(es) == 0:
		return f.Input, true
	}
	return &Filter{es, f.Input}, len(es) < len(f.Exprs)
}

// knownBound replaces BOUND of a variable that the input always or never binds,
// negated or not.
func (s *simplifier) knownBound(e Expr, in Op) Expr {
	c, ok := e.(*Call)
	if !ok {
		return e
	}
	switch c.Func {
	case value.FnNot:
		return fold(&Call{c.Func, []Expr{s.knownBound(c.Args[0], in)}})
	case value.FnBound:
		v := c.Args[0].(Var)
		if s.certain(in).contains(v) {
			return boolean(true)
		}
		if !s.context && !s.possible(in).contains(v) {
			return boolean(false)
		}
	}
	return e
}

// foldConjunction removes conditions that are constant true or repeat; never
// tells that one of them cannot be true.
func (s *simplifier) foldConjunction(es []Expr) (rest []Expr, never bool) {
	seen := map[string]bool{}
	for _, e := range es {
		if truth, constant := constantTruth(e); constant {
			never = never || !truth
			continue
		}
		key := ""
		if len(es) > 1 {
			key = e.String()
			s.work += len(key) / 8
		}
		if !seen[key] || !s.about(e).deterministic {
			seen[key] = true
			rest = append(rest, e)
		}
	}
	return rest, never
}

// pushFilter moves conditions towards the leaves, below every operator that
// keeps the solutions they decide on apart.
func pushFilter(s *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok {
		return nil, false
	}
	in, stay := f.Input, []Expr(nil)
	for _, e := range f.Exprs {
		if !s.exhausted() && s.about(e).deterministic {
			if n, ok := s.push(e, in); ok {
				in = n
				continue
			}
		}
		stay = append(stay, e)
	}
	switch len(stay) {
	case len(f.Exprs):
		return nil, false
	case 0:
		return in, true
	}
	return &Filter{stay, in}, true
}

// filtered is Filter(e, o), simplified.
func (s *simplifier) filtered(e Expr, o Op) Op { return s.node(&Filter{[]Expr{e}, o}) }

// push moves condition e below the operator o.
func (s *simplifier) push(e Expr, o Op) (Op, bool) {
	switch o := o.(type) {
	case *Join:
		for i, in := range o.Inputs {
			if s.decides(e, in, slices.Delete(slices.Clone(o.Inputs), i, i+1)...) {
				inputs := slices.Clone(o.Inputs)
				inputs[i] = s.filtered(e, in)
				return s.node(&Join{inputs}), true
			}
		}
	case *LeftJoin:
		if s.decides(e, o.Left, o.Right) {
			return s.node(&LeftJoin{s.filtered(e, o.Left), o.Right, o.Exprs}), true
		}
	case *Minus:
		return s.node(&Minus{s.filtered(e, o.Left), o.Right}), true
	case *Union:
		inputs := make([]Op, len(o.Inputs))
		for i, in := range o.Inputs {
			inputs[i] = s.filtered(e, in)
		}
		return s.node(&Union{inputs}), true
	case *Extend:
		if !s.about(e).vars.contains(o.Var) {
			return s.node(&Extend{s.filtered(e, o.Input), o.Var, o.Expr}), true
		}
	case *Graph:
		if about := s.about(e); !about.exists && !about.vars.containsAny(NodeVars(o.Name)) {
			return s.node(&Graph{o.Name, s.filtered(e, o.Input)}), true
		}
	case *OrderBy:
		return s.node(&OrderBy{s.filtered(e, o.Input), o.Keys}), true
	case *Distinct:
		return s.node(&Distinct{s.filtered(e, o.Input)}), true
	case *Reduced:
		return s.node(&Reduced{s.filtered(e, o.Input)}), true
	case *Project:
		if s.sameBelow(e, o) {
			return s.node(&Project{s.filtered(e, o.Input), o.Vars}), true
		}
	case *Group:
		if s.onKeys(e, o) {
			return s.node(&Group{s.filtered(e, o.Input), o.Keys, o.Aggregates}), true
		}
	}
	return nil, false
}

// decides reports whether e has the same value for a solution of o as for its
// merger with a solution of the others.
func (s *simplifier) decides(e Expr, o Op, others ...Op) bool {
	for _, v := range s.about(e).vars.list {
		if s.certain(o).contains(v) {
			continue
		}
		if s.context && !s.possible(o).contains(v) {
			return false
		}
		if slices.ContainsFunc(others, func(other Op) bool { return s.possible(other).contains(v) }) {
			return false
		}
	}
	return true
}

// sameBelow reports whether the variables of e mean the same below a projection.
func (s *simplifier) sameBelow(e Expr, p *Project) bool {
	for _, v := range s.about(e).vars.list {
		if !slices.Contains(p.Vars, v) && (s.context || s.possible(p.Input).contains(v)) {
			return false
		}
	}
	return !s.context || !s.about(e).exists
}

// onKeys reports whether e depends on plain grouping variables only, so that it
// takes or leaves whole groups.
func (s *simplifier) onKeys(e Expr, g *Group) bool {
	if len(g.Keys) == 0 || s.about(e).exists {
		return false
	}
	for _, v := range s.about(e).vars.list {
		if !slices.ContainsFunc(g.Keys, func(k GroupKey) bool { return k.Var == v && k.Expr == Expr(v) }) {
			return false
		}
	}
	return true
}

// exprFacts is what the rules ask of a condition again and again.
type exprFacts struct {
	vars          *varSet // that it mentions, see varSet.addExpr
	needed        *varSet // without these it is not true
	deterministic bool
	exists        bool // EXISTS is part of it
}

// about returns the facts about an expression.
func (s *simplifier) about(e Expr) *exprFacts {
	if f, ok := s.facts[e]; ok {
		return f
	}
	size := exprSize(e)
	s.work += size
	f := &exprFacts{vars: &varSet{}, needed: &varSet{}, deterministic: deterministic(e), exists: hasExists(e)}
	if size <= maxNeeded {
		f.needed = needed(e)
	}
	f.vars.addExpr(e)
	if s.facts == nil {
		s.facts = map[Expr]*exprFacts{}
	}
	s.facts[e] = f
	return f
}

// maxNeeded is the size of an expression up to which it is found out without
// which variables it is not true.
const maxNeeded = 1000

// exprSize returns the number of calls and operands of an expression.
func exprSize(e Expr) int {
	n := 1
	switch e := e.(type) {
	case *Call:
		for _, a := range e.Args {
			n += exprSize(a)
		}
	case *CustomCall:
		for _, a := range e.Args {
			n += exprSize(a)
		}
	}
	return n
}

// hasExists reports whether an expression contains EXISTS, whose value depends
// on the active graph.
func hasExists(e Expr) bool {
	switch e := e.(type) {
	case *Exists:
		return true
	case *Call:
		return slices.ContainsFunc(e.Args, hasExists)
	case *CustomCall:
		return slices.ContainsFunc(e.Args, hasExists)
	}
	return false
}

// pushCondition moves conditions of a LeftJoin that its right side decides into
// that side; those on the left side must stay, as they do not remove solutions.
func pushCondition(s *simplifier, o Op) (Op, bool) {
	lj, ok := o.(*LeftJoin)
	if !ok {
		return nil, false
	}
	right, stay := lj.Right, []Expr(nil)
	for _, e := range lj.Exprs {
		if !s.exhausted() && s.about(e).deterministic && s.decides(e, lj.Right, lj.Left) {
			right = s.filtered(e, right)
		} else {
			stay = append(stay, e)
		}
	}
	return &LeftJoin{lj.Left, right, stay}, len(stay) < len(lj.Exprs)
}

// rejectUnbound turns OPTIONAL into a join where a condition above it is never
// true for a solution without the optional part.
func rejectUnbound(s *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok || s.context {
		return nil, false
	}
	lj, ok := f.Input.(*LeftJoin)
	if !ok {
		return nil, false
	}
	for _, e := range f.Exprs {
		for _, v := range s.about(e).needed.list {
			if s.certain(lj.Right).contains(v) && !s.possible(lj.Left).contains(v) {
				j := s.node(&Join{[]Op{lj.Left, lj.Right}})
				return &Filter{slices.Concat(lj.Exprs, f.Exprs), j}, true
			}
		}
	}
	return nil, false
}

// needed returns variables without which e is not true.
func needed(e Expr) *varSet {
	c, ok := e.(*Call)
	if !ok {
		return strict(e)
	}
	switch c.Func {
	case value.FnBound:
		return strict(c.Args[0])
	case value.FnAnd:
		s := &varSet{}
		for _, a := range c.Args {
			s.add(needed(a).list...)
		}
		return s
	case value.FnOr:
		return common(c.Args, needed)
	}
	return strict(e)
}

// strict returns variables without which e is an error.
func strict(e Expr) *varSet {
	s := &varSet{}
	switch e := e.(type) {
	case Var:
		s.add(e)
	case *CustomCall:
		for _, a := range e.Args {
			s.add(strict(a).list...)
		}
	case *Call:
		switch e.Func {
		case value.FnAnd, value.FnOr:
			return common(e.Args, strict)
		case value.FnIf, value.FnIn, value.FnNotIn:
			return strict(e.Args[0])
		}
		if !e.Func.IsForm() {
			for _, a := range e.Args {
				s.add(strict(a).list...)
			}
		}
	}
	return s
}

// common returns the variables that f gives for every argument.
func common(args []Expr, f func(Expr) *varSet) *varSet {
	sets := make([]*varSet, len(args))
	for i, a := range args {
		sets[i] = f(a)
	}
	s := &varSet{}
	for _, v := range sets[0].list {
		if !slices.ContainsFunc(sets[1:], func(t *varSet) bool { return !t.contains(v) }) {
			s.add(v)
		}
	}
	return s
}
