package algebra

import (
	"fmt"
	"slices"

	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

func iriTerm(iri string) Term { return Term{term.NewIRI(iri)} }

// group translates a group graph pattern (SPARQL 1.1 §18.2.2.6 to §18.2.2.8).
func (t *translator) group(g *syntax.Group) Op {
	op, filters := t.groupParts(g)
	if len(filters) == 0 {
		return op
	}
	return &Filter{filters, op}
}

// groupParts translates a group and returns its own filters apart, because
// OPTIONAL takes them into its condition.
func (t *translator) groupParts(g *syntax.Group) (Op, []Expr) {
	var op Op = &BGP{}
	var filters []Expr
	var triples []syntax.PathPattern
	for _, e := range g.Elements {
		switch e := e.(type) {
		case *syntax.Triples: // adjacent ones are one basic graph pattern
			triples = append(triples, e.Patterns...)
			continue
		case *syntax.Filter:
			filters = append(filters, t.expr(e.Expr))
			continue
		}
		op = t.element(t.triples(op, triples), e)
		triples = nil
	}
	return t.triples(op, triples), filters
}

// element joins one element of a group with what precedes it.
func (t *translator) element(g Op, e syntax.Element) Op {
	switch e := e.(type) {
	case *syntax.Optional:
		right, conditions := t.groupParts(e.Group)
		return &LeftJoin{g, right, conditions}
	case *syntax.Minus:
		return &Minus{g, t.group(e.Group)}
	case *syntax.Bind:
		return &Extend{g, Var(e.Var), t.expr(e.Expr)}
	case *syntax.Group:
		return join(g, t.group(e))
	case *syntax.Union:
		u := &Union{}
		for _, branch := range e.Groups {
			u.Inputs = append(u.Inputs, t.group(branch))
		}
		return join(g, u)
	case *syntax.GraphPattern:
		return join(g, &Graph{patternNode(e.Name), t.group(e.Group)})
	case *syntax.Service:
		t.remote++
		defer func() { t.remote-- }()
		return join(g, &Service{patternNode(e.Name), e.Silent, e.Group, t.group(e.Group)})
	case *syntax.InlineData:
		return join(g, inlineData(e))
	case *syntax.SubSelect:
		sub, _ := t.query(&e.Select, true)
		if t.exists > 0 {
			return &Join{[]Op{g, sub}}
		}
		return join(g, sub)
	}
	panic(unsupported{fmt.Sprintf("unknown element %T of a group", e)})
}

// join is Join after the simplification step of SPARQL 1.1 §18.2.2.8: the empty
// basic graph pattern is its identity.
func join(a, b Op) Op {
	switch {
	case isUnit(a):
		return b
	case isUnit(b):
		return a
	}
	return &Join{[]Op{a, b}}
}

// isUnit reports whether o is the empty basic graph pattern.
func isUnit(o Op) bool {
	b, ok := o.(*BGP)
	return ok && len(b.Patterns) == 0
}

func inlineData(d *syntax.InlineData) *Values {
	v := &Values{Vars: make([]Var, len(d.Vars)), Rows: d.Rows}
	for i, name := range d.Vars {
		v.Vars[i] = Var(name)
	}
	return v
}

// triples joins g with the basic graph patterns and paths of a block.
func (t *translator) triples(g Op, block []syntax.PathPattern) Op {
	var bgp *BGP
	t.steps(block, func(p TriplePattern) {
		if bgp == nil {
			bgp = &BGP{}
		}
		bgp.Patterns = append(bgp.Patterns, p)
	}, func(p *Path) {
		if bgp != nil {
			g, bgp = t.joinPatterns(g, bgp), nil
		}
		g = join(g, p)
	})
	if bgp != nil {
		g = t.joinPatterns(g, bgp)
	}
	return g
}

// steps translates the paths of a block (SPARQL 1.1 §18.2.2.4) and yields
// triple patterns and remaining paths in order.
func (t *translator) steps(block []syntax.PathPattern, triple func(TriplePattern), path func(*Path)) {
	var step func(s Node, p syntax.PathExpr, o Node)
	step = func(s Node, p syntax.PathExpr, o Node) {
		switch p := p.(type) {
		case syntax.PathLink:
			triple(TriplePattern{s, iriTerm(p.IRI), o})
		case syntax.PathInverse:
			step(o, p.Path, s)
		case syntax.PathSequence:
			if len(p.Paths) > maxJoinedSteps && !slices.ContainsFunc(p.Paths, nullable) {
				path(&Path{s, p, o})
				return
			}
			for _, part := range p.Paths[:len(p.Paths)-1] {
				next := t.fresh("p")
				step(s, part, next)
				s = next
			}
			step(s, p.Paths[len(p.Paths)-1], o)
		default:
			path(&Path{s, p, o})
		}
	}
	for _, b := range block {
		s, o := patternNode(b.Subject), patternNode(b.Object)
		if b.Path != nil {
			step(s, b.Path, o)
		} else {
			triple(TriplePattern{s, patternNode(b.Predicate), o})
		}
	}
}

// maxJoinedSteps is the length up to which a sequence of steps becomes a join of
// its steps. A longer one is followed step by step, which needs no search for an
// order of the steps. Where a step may be empty the two are not the same: between
// two variables it matches nodes of the graph only.
const maxJoinedSteps = 64

// patternNode translates a position of a pattern: blank nodes become hidden
// variables.
func patternNode(n syntax.Node) Node {
	return node(n, func(b term.Term) Node { return Var("_:" + b.Value()) })
}

// templateNode translates a position of a template: blank nodes stay.
func templateNode(n syntax.Node) Node {
	return node(n, func(b term.Term) Node { return Term{b} })
}

func node(n syntax.Node, blank func(term.Term) Node) Node {
	switch n := n.(type) {
	case syntax.Var:
		return Var(n)
	case syntax.TripleTerm:
		return TripleTerm{node(n.Subject, blank), node(n.Predicate, blank), node(n.Object, blank)}
	case syntax.Term:
		if n.IsBlankNode() {
			return blank(n.Term)
		}
		return Term{n.Term}
	}
	panic(unsupported{fmt.Sprintf("unknown node %T", n)})
}

func templatePattern(p syntax.TriplePattern) TriplePattern {
	return TriplePattern{templateNode(p.Subject), templateNode(p.Predicate), templateNode(p.Object)}
}
