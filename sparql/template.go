package sparql

import (
	"iter"
	"slices"

	"fincat/sparql/algebra"
	"fincat/vocab/term"
)

// template makes quads of solutions (SPARQL 1.1 §16.2, Update §4.2.1). Blank
// nodes of the template are new in every solution.
type template struct {
	quads  []algebra.QuadPattern
	vars   []algebra.Var
	column map[algebra.Var]int
	fresh  func() term.Term
	blanks map[string]term.Term
}

func newTemplate(quads []algebra.QuadPattern, fresh func() term.Term) *template {
	t := &template{quads: quads, column: map[algebra.Var]int{}, fresh: fresh, blanks: map[string]term.Term{}}
	for _, q := range quads {
		for _, n := range []algebra.Node{q.Graph, q.Subject, q.Predicate, q.Object} {
			t.addVars(n)
		}
	}
	return t
}

func (t *template) addVars(n algebra.Node) {
	switch n := n.(type) {
	case algebra.Var:
		if !slices.Contains(t.vars, n) {
			t.column[n] = len(t.vars)
			t.vars = append(t.vars, n)
		}
	case algebra.TripleTerm:
		t.addVars(n.Subject)
		t.addVars(n.Predicate)
		t.addVars(n.Object)
	}
}

// instantiate yields the quads for row i of the columns of t.vars, without
// those that have an unbound variable or are not RDF.
func (t *template) instantiate(columns [][]term.Term, i int) iter.Seq[term.Quad] {
	return func(yield func(term.Quad) bool) {
		clear(t.blanks)
		for _, p := range t.quads {
			q := term.Quad{
				Subject: t.term(
					p.Subject,
					columns,
					i,
				), Predicate: t.term(p.Predicate, columns, i), Object: t.term(p.Object, columns, i),
			}
			if p.Graph != nil {
				if q.Graph = t.term(p.Graph, columns, i); q.Graph.IsZero() {
					continue
				}
			}
			if q.Valid() && !yield(q) {
				return
			}
		}
	}
}

func (t *template) term(n algebra.Node, columns [][]term.Term, i int) term.Term {
	switch n := n.(type) {
	case algebra.Var:
		return columns[t.column[n]][i]
	case algebra.Term:
		return t.own(n.Term)
	case algebra.TripleTerm:
		x := term.Triple{
			Subject:   t.term(n.Subject, columns, i),
			Predicate: t.term(n.Predicate, columns, i),
			Object:    t.term(n.Object, columns, i),
		}
		if x.Valid() {
			return term.NewTripleTerm(x)
		}
	}
	return term.Term{}
}

// own replaces the template's blank nodes by those of the present solution.
func (t *template) own(x term.Term) term.Term {
	switch {
	case x.IsBlankNode():
		b, ok := t.blanks[x.Value()]
		if !ok {
			b = t.fresh()
			t.blanks[x.Value()] = b
		}
		return b
	case x.IsTripleTerm():
		y := x.Triple()
		return term.NewTripleTerm(
			term.Triple{Subject: t.own(y.Subject), Predicate: y.Predicate, Object: t.own(y.Object)},
		)
	}
	return x
}
