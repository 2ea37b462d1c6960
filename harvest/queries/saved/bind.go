package saved

import (
	"fmt"
	"strings"

	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/vocab"
	"fincat/vocab/term"
)

// walker goes through the syntax tree of a query. It notes in seen which variables are
// parameters, or puts terms in their place.
type walker struct {
	seen map[syntax.Var]bool      // nil: they are not asked for
	put  map[syntax.Var]term.Term // nil: nothing changes
	err  error
}

// gives notes a variable to which the query itself gives a value.
func (w *walker) gives(v syntax.Var) {
	if strings.HasPrefix(string(v), "_") && w.err == nil {
		w.err = fmt.Errorf("the query gives %s a value, which is a parameter: variables of your own begin "+
			"with a letter", v)
	}
}

func (w *walker) query(q *syntax.Query) {
	for i := range q.Template {
		w.triple(&q.Template[i])
	}
	for i := range q.Describe {
		q.Describe[i] = w.node(q.Describe[i])
	}
	w.selection(&q.Select, true)
}

func (w *walker) selection(s *syntax.Select, outermost bool) {
	var kept []syntax.Projection
	for _, p := range s.Projection {
		if p.Expr != nil {
			w.gives(p.Var)
			p.Expr = w.expr(p.Expr)
			kept = append(kept, p)
			continue
		}
		w.node(p.Var)
		t, bound := w.put[p.Var]
		switch {
		case !bound:
			kept = append(kept, p)
		case outermost:
			kept = append(kept, syntax.Projection{Var: p.Var, Expr: syntax.Term{Term: t}})
		}
	}
	if len(kept) == 0 && len(s.Projection) > 0 && w.err == nil {
		w.err = fmt.Errorf("a subquery selects nothing but parameters: let it select a variable of its own too")
	}
	s.Projection = kept
	w.group(s.Where)
	for i := range s.GroupBy {
		w.gives(s.GroupBy[i].Var)
		s.GroupBy[i].Expr = w.expr(s.GroupBy[i].Expr)
	}
	for i := range s.Having {
		s.Having[i] = w.expr(s.Having[i])
	}
	for i := range s.OrderBy {
		s.OrderBy[i].Expr = w.expr(s.OrderBy[i].Expr)
	}
	w.table(s.Values)
}

func (w *walker) table(t *syntax.InlineData) {
	if t == nil {
		return
	}
	for _, v := range t.Vars {
		w.gives(v)
	}
}

func (w *walker) group(g *syntax.Group) {
	if g == nil {
		return
	}
	for _, e := range g.Elements {
		w.element(e)
	}
}

func (w *walker) element(e syntax.Element) {
	switch e := e.(type) {
	case *syntax.Triples:
		for i := range e.Patterns {
			w.triple(&e.Patterns[i].TriplePattern)
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
		w.group(e.Group)
	case *syntax.GraphPattern:
		e.Name = w.node(e.Name)
		w.group(e.Group)
	case *syntax.Service:
		e.Name = w.node(e.Name)
		w.group(e.Group)
	case *syntax.Filter:
		e.Expr = w.expr(e.Expr)
	case *syntax.Bind:
		w.gives(e.Var)
		e.Expr = w.expr(e.Expr)
	case *syntax.InlineData:
		w.table(e)
	case *syntax.SubSelect:
		w.selection(&e.Select, false)
	}
}

func (w *walker) triple(t *syntax.TriplePattern) {
	t.Subject, t.Object = w.node(t.Subject), w.node(t.Object)
	if t.Predicate != nil { // else it is a path, which has no variables
		t.Predicate = w.node(t.Predicate)
	}
}

// node returns what stands in the place of a node.
func (w *walker) node(n syntax.Node) syntax.Node {
	switch n := n.(type) {
	case syntax.Var:
		if !strings.HasPrefix(string(n), "_") {
			return n
		}
		if w.seen != nil {
			w.seen[n] = true
		}
		if t, ok := w.put[n]; ok {
			return syntax.Term{Term: t}
		}
	case syntax.TripleTerm:
		return syntax.TripleTerm{Subject: w.node(n.Subject), Predicate: w.node(n.Predicate), Object: w.node(n.Object)}
	}
	return n
}

// expr returns what stands in the place of an expression.
func (w *walker) expr(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case syntax.Var:
		if n, ok := w.node(e).(syntax.Term); ok {
			return n
		}
	case syntax.Call:
		w.exprs(e.Args)
		if e.Func == value.FnBound {
			if _, isTerm := e.Args[0].(syntax.Term); isTerm { // it takes variables only
				return syntax.Term{Term: term.NewLiteral("true", vocab.XSDBoolean)}
			}
		}
	case syntax.CustomCall:
		w.exprs(e.Args)
	case syntax.Exists:
		w.group(e.Pattern)
	case syntax.Aggregate:
		if e.Arg != nil {
			e.Arg = w.expr(e.Arg)
		}
		for i := range e.OrderBy {
			e.OrderBy[i].Expr = w.expr(e.OrderBy[i].Expr)
		}
		return e
	}
	return e
}

func (w *walker) exprs(list []syntax.Expr) {
	for i := range list {
		list[i] = w.expr(list[i])
	}
}
