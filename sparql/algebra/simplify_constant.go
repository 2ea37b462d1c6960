package algebra

import (
	"slices"

	"fincat/sparql/value"
	"fincat/vocab/term"
)

// narrowByConstant puts a term in the place of a variable that a condition
// fixes: sameTerm with any term, "=" with one that is equal to nothing else.
// Within EXISTS the outer solution may bind the variable otherwise.
func narrowByConstant(s *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok || s.context {
		return nil, false
	}
	for i, e := range f.Exprs {
		v, t, ok := fixes(e)
		if !ok || !s.certain(f.Input).contains(v) || !canSubstitute(f.Input, v) {
			continue
		}
		var out Op = &Extend{s.op(substitute(f.Input, v, t)), v, t}
		if rest := slices.Delete(slices.Clone(f.Exprs), i, i+1); len(rest) > 0 {
			out = &Filter{rest, out}
		}
		return out, true
	}
	return nil, false
}

// fixes reports the variable and the term that e makes the same.
func fixes(e Expr) (Var, Term, bool) {
	c, ok := e.(*Call)
	if !ok || c.Func != value.FnSameTerm && c.Func != value.FnEqual {
		return "", Term{}, false
	}
	v, isVar := c.Args[0].(Var)
	t, isTerm := c.Args[1].(Term)
	if !isVar {
		v, isVar = c.Args[1].(Var)
		t, isTerm = c.Args[0].(Term)
	}
	if !isVar || !isTerm || t.Kind() == term.TripleTerm || c.Func == value.FnEqual && !onlyItself(t) {
		return "", Term{}, false
	}
	return v, t, true
}

// onlyItself reports whether t is equal to no other term: IRIs, strings, and texts with a
// language. Other literals can be equal without being the same term, as 1 and 1.0 are.
func onlyItself(t Term) bool { return t.IsIRI() || t.IsString() || t.IsLiteral() && t.Lang() != "" }

// maxNarrowing bounds the lists that narrowByList turns into tables.
const maxNarrowing = 1000

// narrowByList joins with a table of the terms that a condition allows for a
// variable, so that they can be looked up. They are equal to themselves only, so
// the table leaves what the condition leaves.
func narrowByList(s *simplifier, o Op) (Op, bool) {
	f, ok := o.(*Filter)
	if !ok || s.context {
		return nil, false
	}
	for i, e := range f.Exprs {
		v, terms := allows(e)
		if len(terms) < 2 || !s.certain(f.Input).contains(v) {
			continue
		}
		table := &Values{Vars: []Var{v}}
		for _, t := range terms {
			table.Rows = append(table.Rows, []term.Term{t})
		}
		out := s.node(&Join{[]Op{table, f.Input}})
		if rest := slices.Delete(slices.Clone(f.Exprs), i, i+1); len(rest) > 0 {
			out = &Filter{rest, out}
		}
		return out, true
	}
	return nil, false
}

// allows returns a variable and the different terms that e lets it have, when e
// is ?v IN (…) or an alternative of equalities.
func allows(e Expr) (Var, []term.Term) {
	c, ok := e.(*Call)
	if !ok || len(c.Args) > maxNarrowing {
		return "", nil
	}
	var v Var
	var terms []term.Term
	seen := map[term.Term]bool{}
	add := func(w Var, t Term) bool {
		if !onlyItself(t) || v != "" && v != w {
			return false
		}
		v = w
		if !seen[t.Term] {
			seen[t.Term] = true
			terms = append(terms, t.Term)
		}
		return true
	}
	switch c.Func {
	case value.FnIn:
		w, ok := c.Args[0].(Var)
		for _, a := range c.Args[1:] {
			t, isTerm := a.(Term)
			if ok = ok && isTerm && add(w, t); !ok {
				return "", nil
			}
		}
	case value.FnOr:
		for _, a := range c.Args {
			if w, t, ok := fixes(a); !ok || !add(w, t) {
				return "", nil
			}
		}
	}
	return v, terms
}
