package shacl

import (
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// prebinder walks the syntax tree of a query: it looks for what pre-binding
// does not allow (SHACL appendix A), puts the path of the shape in the place of
// $PATH, and puts a table of the pre-bound values into every group.
//
// Appendix A joins every basic graph pattern and path with the values. Here a
// group is joined with them before its first element, which is the same: the
// solutions of a group's elements are joined, and nested groups, alternatives,
// OPTIONAL, subqueries and EXISTS have groups of their own.
type prebinder struct {
	node  term.Term
	shape *shape
	must  map[syntax.Var]bool // variables that get values
	used  map[syntax.Var]bool // variables of the query
	table *syntax.InlineData  // what is inserted; nil while checking
	err   error
}

// check looks for what is not allowed.
func (w *prebinder) check(q *syntax.Query) error {
	w.used = map[syntax.Var]bool{}
	w.selection(&q.Select, true)
	if q.Dataset != nil {
		w.fail("FROM is not allowed")
	}
	return w.err
}

// insert puts the table into every group.
func (w *prebinder) insert(q *syntax.Query) { w.selection(&q.Select, true) }

func (w *prebinder) fail(message string) {
	if w.err == nil {
		w.err = wrong(w.node, "the query cannot be used for validation: %s (SHACL appendix A)", message)
	}
}

// assigns checks a variable that the query gives a value.
func (w *prebinder) assigns(v syntax.Var) {
	w.see(v)
	if w.must[v] || v == varShapesGraph || v == varCurrentShape || v == varPATH {
		w.fail("it gives $" + string(v) + ", which is pre-bound, a value")
	}
}

func (w *prebinder) see(v syntax.Var) {
	if w.used != nil {
		w.used[v] = true
	}
}

func (w *prebinder) selection(s *syntax.Select, outermost bool) {
	if s.Values != nil {
		w.fail("VALUES is not allowed")
	}
	if !outermost {
		w.subquery(s)
	}
	for _, p := range s.Projection {
		if p.Expr != nil {
			w.assigns(p.Var)
			w.expr(p.Expr)
		} else {
			w.see(p.Var)
		}
	}
	for _, g := range s.GroupBy {
		if g.Var != "" {
			w.assigns(g.Var)
		}
		w.expr(g.Expr)
	}
	for _, e := range s.Having {
		w.expr(e)
	}
	for _, o := range s.OrderBy {
		w.expr(o.Expr)
	}
	w.group(s.Where)
}

// subquery checks that a subquery returns all pre-bound variables.
func (w *prebinder) subquery(s *syntax.Select) {
	for v := range w.must {
		returned := false
		for _, p := range s.Projection {
			returned = returned || p.Var == v
		}
		if !returned {
			w.fail("a subquery does not return $" + string(v))
		}
	}
}

func (w *prebinder) group(g *syntax.Group) {
	if g == nil {
		return
	}
	for i, e := range g.Elements {
		w.element(g, i, e)
	}
	if _, isSub := first(g).(*syntax.SubSelect); w.table != nil && !isSub && len(w.table.Vars) > 0 {
		g.Elements = append([]syntax.Element{w.table}, g.Elements...)
	}
}

func first(g *syntax.Group) syntax.Element {
	if len(g.Elements) == 0 {
		return nil
	}
	return g.Elements[0]
}

func (w *prebinder) element(g *syntax.Group, i int, e syntax.Element) {
	switch e := e.(type) {
	case *syntax.Triples:
		for k := range e.Patterns {
			w.pattern(&e.Patterns[k])
		}
	case *syntax.Group:
		w.group(e)
	case *syntax.Union:
		for _, branch := range e.Groups {
			w.group(branch)
		}
	case *syntax.Optional:
		w.group(e.Group)
	case *syntax.Minus:
		w.fail("MINUS is not allowed")
	case *syntax.Service:
		w.fail("SERVICE is not allowed")
	case *syntax.InlineData:
		w.fail("VALUES is not allowed")
	case *syntax.GraphPattern:
		w.look(e.Name)
		w.group(e.Group)
	case *syntax.Filter:
		w.expr(e.Expr)
	case *syntax.Bind:
		w.assigns(e.Var)
		w.expr(e.Expr)
	case *syntax.SubSelect:
		w.selection(&e.Select, false)
	}
}

// pattern replaces $PATH, which stands for the path of the property shape
// (SHACL §5.2.1).
func (w *prebinder) pattern(p *syntax.PathPattern) {
	w.look(p.Subject)
	w.look(p.Object)
	if p.Predicate != syntax.Node(syntax.Var(varPATH)) {
		w.look(p.Predicate)
		return
	}
	switch {
	case w.shape.path == nil:
		w.fail("$PATH has a meaning in property shapes only")
	case w.shape.path.kind == predicatePath:
		p.Predicate = syntax.Term{Term: w.shape.path.iri}
	default:
		p.Predicate, p.Path = nil, w.shape.path.expr()
	}
}

func (w *prebinder) look(n syntax.Node) {
	switch n := n.(type) {
	case syntax.Var:
		if n == varPATH {
			w.fail("$PATH may only stand in the place of a predicate")
		}
		w.see(n)
	case syntax.TripleTerm:
		w.look(n.Subject)
		w.look(n.Predicate)
		w.look(n.Object)
	}
}

func (w *prebinder) expr(e syntax.Expr) {
	switch e := e.(type) {
	case syntax.Var:
		w.look(e)
	case syntax.Call:
		for _, a := range e.Args {
			w.expr(a)
		}
	case syntax.CustomCall:
		for _, a := range e.Args {
			w.expr(a)
		}
	case syntax.Exists:
		w.group(e.Pattern)
	case syntax.Aggregate:
		if e.Arg != nil {
			w.expr(e.Arg)
		}
		for _, o := range e.OrderBy {
			w.expr(o.Expr)
		}
	}
}
