package plan

import (
	"fincat/sparql/algebra"
	"fincat/sparql/value"
)

// textSearch is a text search with the triples that have its literals.
type textSearch struct {
	TextSearch
	quad       Quad
	properties []algebra.Expr // when there are several, those the predicate may be
}

// hitsExpected is how many solutions a search is taken to have.
const hitsExpected = 100

// textSearch returns the relation of a search.
func (g *group) textSearch(op *algebra.TextSearch) (*relation, error) {
	s := &textSearch{}
	s.Score, s.Literal, s.Lang, s.Limit = op.Score, op.Literal, op.Lang, op.Limit
	if s.Literal == "" {
		s.Literal = g.hidden("literal")
	}
	var err error
	if s.Query, err = g.slot(op.Query); err != nil {
		return nil, err
	}
	s.quad = Quad{P: Slot{Var: g.hidden("property")}, O: Slot{Var: s.Literal}, G: g.active}
	if s.quad.S, err = g.slot(op.Subject); err != nil {
		return nil, err
	}
	if len(op.Properties) == 1 {
		if s.quad.P, err = g.slot(op.Properties[0]); err != nil {
			return nil, err
		}
	} else {
		for _, p := range op.Properties {
			s.properties = append(s.properties, p)
		}
	}
	r := &relation{text: s, rows: hitsExpected}
	for _, v := range append(s.quad.vars(), s.Score, s.Query.Var) {
		if v != "" {
			r.vars = addVars(r.vars, v)
		}
	}
	return r, nil
}

// attachText joins a text search and looks its literals up.
func (g *group) attachText(current Node, r *relation) (Node, error) {
	if current == nil {
		current = unit()
	}
	s := r.text.TextSearch
	s.Input = current
	s.inherit(current.Base())
	s.Order = nil
	for _, v := range []Var{s.Literal, s.Score} {
		if v != "" {
			s.Vars = addVars(s.Vars, v)
			s.Certain = s.Certain.clone().add(v)
		}
	}
	s.Rows *= r.rows
	s.Cost += s.Rows
	found := &relation{quad: &r.text.quad, vars: r.text.quad.vars()}
	if err := g.estimate(found); err != nil {
		return nil, err
	}
	var n Node = newLookup(&s, found)
	if len(r.text.properties) > 0 {
		property := algebra.Expr(r.text.quad.P.Var)
		n = filterNode(n, []algebra.Expr{
			&algebra.Call{Func: value.FnIn, Args: append([]algebra.Expr{property}, r.text.properties...)}})
	}
	return n, nil
}

// findSideways is sideways for an operator that was not asked for before. It is
// true when the operator asks a remote endpoint, or searches for the text that a
// variable from outside is bound to.
func (c *scopes) findSideways(op algebra.Op) bool {
	remote, searches := false, false
	algebra.Walk(op, func(o algebra.Op) {
		switch o := o.(type) {
		case *algebra.Service:
			remote = true
		case *algebra.TextSearch:
			_, isVar := o.Query.(algebra.Var)
			searches = searches || isVar
		}
	})
	return remote || searches && len(c.missingQueries(op)) > 0
}

// missingQueries returns the variables whose text is searched for in op and
// that op does not bind. The operators of a subquery get nothing from outside.
func (c *scopes) missingQueries(op algebra.Op) VarSet {
	f := c.of(op)
	if f.missing == nil {
		f.missing = c.findMissing(op)
		c.taken(len(f.missing))
	}
	return f.missing
}

func (c *scopes) findMissing(op algebra.Op) VarSet {
	switch op := op.(type) {
	case *algebra.TextSearch:
		if v, ok := op.Query.(algebra.Var); ok {
			return setOf(v)
		}
	case *algebra.Join:
		return c.unbound(op.Inputs, op.Inputs)
	case *algebra.LeftJoin:
		return c.unbound([]algebra.Op{op.Left, op.Right}, []algebra.Op{op.Left})
	case *algebra.Minus:
		return c.unbound([]algebra.Op{op.Left, op.Right}, []algebra.Op{op.Left})
	case *algebra.Union:
		return c.unbound(op.Inputs, nil)
	case *algebra.Filter:
		return c.missingQueries(op.Input)
	case *algebra.Extend:
		return c.missingQueries(op.Input)
	case *algebra.Graph:
		return c.missingQueries(op.Input)
	}
	return VarSet{}
}

// unbound returns the missing queries of some operators that others do not bind.
func (c *scopes) unbound(ops, binding []algebra.Op) VarSet {
	missing := VarSet{}
	for _, in := range ops {
		missing.addSet(c.missingQueries(in))
	}
	for _, in := range binding {
		wanted := c.missingQueries(in)
		_, certain := c.scope(in)
		for v := range certain {
			if !wanted.Has(v) {
				delete(missing, v)
			}
		}
	}
	return missing
}
