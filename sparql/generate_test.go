package sparql

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/vocab/term"
)

// generator makes small RDF datasets and queries over few terms, so that joins
// find something. Queries are made as syntax trees; a tree may break a scoping
// rule, then its text does not parse and another one is made.
type generator struct {
	*rand.Rand
	depth   int  // of groups
	exists  bool // within EXISTS, where names of the outer solution are taken
	targets int  // variables made by BIND and AS
	vars    []syntax.Var
	names   int         // how many IRIs name nodes
	quads   []term.Quad // the RDF dataset, which patterns are made from
	text    bool        // make full-text searches too
	// guide is a solution that patterns are made to have, mostly.
	guide map[syntax.Var]term.Term
}

func newGenerator(seed uint64) *generator { return &generator{Rand: rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// chance is true once in n.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

func exampleIRI(name string) term.Term { return term.NewIRI("http://e/" + name) }

func (g *generator) iri() term.Term {
	i := g.IntN(max(g.names, 4))
	return exampleIRI("abcdefghijklmnopqrstuvwxyz"[i : i+1])
}

func (g *generator) predicate() term.Term { return exampleIRI(pick(g, "p", "q", "r")) }

func (g *generator) literal() term.Term {
	typed := func(lex, name string) term.Term { return term.NewLiteral(lex, xsdNS+name) }
	switch g.IntN(12) {
	case 0, 1, 2:
		return typed(pick(g, "0", "1", "2", "4", "-1", "10", "01"), "integer")
	case 3:
		return typed(pick(g, "1.0", "0.5", "2.5", "2"), "decimal")
	case 4:
		return typed(pick(g, "1.0E0", "2.5E0", "INF", "NaN", "1e0"), "double")
	case 5, 6:
		return term.NewString(pick(g, "x", "y", "", "1"))
	case 7:
		return term.NewLangString(pick(g, "x", "y"), pick(g, "en", "zh-Hant"))
	case 8:
		return typed(pick(g, "true", "false", "1"), "boolean")
	case 9:
		return typed(pick(g, "2024-01-01", "2024-02-01"), "date")
	case 10:
		return typed(pick(g, "2024-01-01T00:00:00Z", "2024-01-01T08:00:00+08:00", "2024-01-01T08:00:00Z"), "dateTime")
	}
	if g.chance(2) {
		return term.NewDirLangString("x", "ar", term.RTL)
	}
	return term.NewLiteral(pick(g, "x", "y"), "http://e/dt")
}

// dataset makes quads in the default graph and two named graphs: a few, or
// enough for joins that fill several batches of the engine.
func (g *generator) dataset(large bool) []term.Quad {
	var out []term.Quad
	n := 2 + g.IntN(14)
	if large {
		n, g.names = 60+g.IntN(140), 20
	}
	for range n {
		q := term.Quad{Subject: g.subject(), Predicate: g.predicate(), Object: g.object(2)}
		if g.chance(2) {
			q.Graph = exampleIRI(pick(g, "g", "h"))
		}
		out = append(out, q)
	}
	g.quads = out
	return out
}

func (g *generator) subject() term.Term {
	if g.chance(6) {
		return term.NewBlankNode(pick(g, "x", "y"))
	}
	return g.iri()
}

func (g *generator) object(depth int) term.Term {
	switch {
	case depth > 0 && g.chance(8):
		return term.NewTripleTerm(
			term.Triple{Subject: g.subject(), Predicate: g.predicate(), Object: g.object(depth - 1)},
		)
	case g.chance(2):
		return g.subject()
	}
	return g.literal()
}

// query makes a query as text that parses.
func (g *generator) query() string {
	for {
		g.depth, g.exists, g.targets, g.vars, g.guide = 0, false, 0, nil, map[syntax.Var]term.Term{}
		q := &syntax.Query{Form: syntax.SelectForm}
		switch g.IntN(14) {
		case 0:
			q.Form = syntax.AskForm
			q.Where = g.group()
		case 1:
			q.Form = syntax.ConstructForm
			q.Where = g.group()
			for range 1 + g.IntN(3) {
				q.Template = append(q.Template, g.guided())
			}
			if g.chance(3) {
				q.Template[0].Subject = syntax.Term{Term: term.NewBlankNode("new")}
			}
		default:
			q.Select = g.selectLevel(true)
		}
		if g.chance(10) {
			q.Dataset = &syntax.Dataset{Default: []string{"http://e/g"}, Named: []string{"http://e/h"}}
			if g.chance(2) {
				q.Dataset.Default = append(q.Dataset.Default, "http://e/h")
			}
		}
		text := q.String()
		if _, err := syntax.ParseQuery(text, syntax.Options{}); err == nil {
			return text
		}
	}
}

func (g *generator) variable() syntax.Var {
	if len(g.vars) > 0 && g.chance(4) {
		return pick(g, g.vars...)
	}
	return pick[syntax.Var](g, "a", "b", "c", "d")
}

// target makes a variable for BIND or AS. Within EXISTS it is a new one, since
// the specification does not say what binding a bound variable means.
func (g *generator) target() syntax.Var {
	if !g.exists && g.chance(3) {
		return g.variable()
	}
	g.targets++
	v := syntax.Var(fmt.Sprintf("v%d", g.targets))
	if !g.exists {
		g.vars = append(g.vars, v)
	}
	return v
}

func (g *generator) selectLevel(top bool) syntax.Select {
	s := syntax.Select{Where: g.group()}
	switch g.IntN(6) {
	case 0:
		s.Distinct = true
	case 1:
		s.Reduced = top && g.chance(2)
	}
	switch {
	case g.chance(4):
		g.grouping(&s)
	case g.chance(2):
		s.Star = true
	default:
		for range 1 + g.IntN(3) {
			s.Projection = append(s.Projection, syntax.Projection{Var: g.variable()})
		}
		if g.chance(3) {
			s.Projection = append(s.Projection, syntax.Projection{Var: g.target(), Expr: g.value(2)})
		}
	}
	if g.chance(4) {
		for range 1 + g.IntN(2) {
			s.OrderBy = append(s.OrderBy, syntax.OrderCondition{Expr: g.variable(), Descending: g.chance(2)})
		}
		switch {
		case len(s.GroupBy) > 0 && g.chance(2):
			s.OrderBy[0].Expr = g.aggregate()
		case g.chance(4):
			s.OrderBy[0].Expr = g.value(1)
		}
	}
	if g.chance(8) {
		n := uint64(g.IntN(4))
		s.Limit = &n
	}
	if g.chance(12) {
		n := uint64(g.IntN(3))
		s.Offset = &n
	}
	if g.chance(10) {
		s.Values = g.inlineData()
	}
	return s
}

func (g *generator) grouping(s *syntax.Select) {
	for range g.IntN(3) {
		v := g.variable()
		s.GroupBy = append(s.GroupBy, syntax.GroupCondition{Expr: v})
		s.Projection = append(s.Projection, syntax.Projection{Var: v})
	}
	if g.chance(4) {
		s.GroupBy = append(s.GroupBy, syntax.GroupCondition{Expr: g.value(1), Var: g.target()})
	}
	for range 1 + g.IntN(2) {
		e := g.aggregate()
		if g.chance(4) {
			e = syntax.Call{Func: value.FnAdd, Args: []syntax.Expr{e, g.aggregate()}}
		}
		s.Projection = append(s.Projection, syntax.Projection{Var: g.target(), Expr: e})
	}
	if g.chance(3) {
		s.Having = []syntax.Expr{
			syntax.Call{Func: value.FnGreater, Args: []syntax.Expr{g.aggregate(), syntax.Term{Term: integer(1)}}},
		}
	}
}

func (g *generator) aggregate() syntax.Expr {
	a := syntax.Aggregate{Distinct: g.chance(4), Arg: g.variable()}
	a.Func = pick(
		g,
		value.AggCount,
		value.AggCount,
		value.AggSum,
		value.AggMin,
		value.AggMax,
		value.AggAvg,
		value.AggSample,
		value.AggGroupConcat,
	)
	switch {
	case a.Func == value.AggCount && g.chance(2):
		a.Arg = nil
	case a.Func == value.AggGroupConcat && g.chance(2):
		sep := "|"
		a.Separator = &sep
		a.OrderBy = []syntax.OrderCondition{{Expr: a.Arg, Descending: g.chance(2)}}
	case g.chance(3):
		a.Arg = g.value(1)
	}
	return a
}

// generalise makes a position of a pattern that t matches: t itself or a
// variable that the guide maps to it.
func (g *generator) generalise(t term.Term) syntax.Node {
	if g.chance(4) && !strings.Contains(t.String(), "_:") {
		return syntax.Term{Term: t}
	}
	if g.chance(12) {
		return g.variable()
	}
	if tt := t.Triple(); t.IsTripleTerm() && g.chance(2) {
		n := syntax.TripleTerm{
			Subject:   g.generalise(tt.Subject),
			Predicate: g.generalise(tt.Predicate),
			Object:    g.generalise(tt.Object),
		}
		if strings.Contains(fmt.Sprintf("%#v", n), "syntax.Var") {
			return n
		}
		return g.variable()
	}
	var free []syntax.Var
	for _, v := range []syntax.Var{"a", "b", "c", "d", "e"} {
		switch have, ok := g.guide[v]; {
		case !ok:
			free = append(free, v)
		case have == t && !g.chance(5):
			return v
		}
	}
	if len(free) == 0 {
		return g.variable()
	}
	v := pick(g, free...)
	g.guide[v] = t
	return v
}

// guided makes a triple pattern from a triple of the dataset.
func (g *generator) guided() syntax.TriplePattern {
	q := pick(g, g.quads...)
	p := syntax.TriplePattern{
		Subject:   g.generalise(q.Subject),
		Predicate: syntax.Term{Term: q.Predicate},
		Object:    g.generalise(q.Object),
	}
	if g.chance(8) {
		p.Predicate = g.generalise(q.Predicate)
	}
	return p
}

// node makes a position of a pattern.
func (g *generator) node(object bool) syntax.Node {
	switch {
	case g.chance(20):
		g.targets++
		return syntax.Term{Term: term.NewBlankNode(fmt.Sprintf("n%d", g.targets))}
	case object && g.chance(10):
		return g.tripleTerm(1)
	case g.chance(4) && object:
		t := g.object(1)
		if !strings.Contains(t.String(), "_:") {
			return syntax.Term{Term: t}
		}
	case g.chance(4):
		return syntax.Term{Term: g.iri()}
	}
	return g.variable()
}

func (g *generator) tripleTerm(depth int) syntax.Node {
	t := syntax.TripleTerm{Subject: g.variable(), Predicate: syntax.Term{Term: g.predicate()}, Object: g.variable()}
	if g.chance(3) {
		t.Predicate = g.variable()
	}
	if depth > 0 && g.chance(4) {
		t.Object = g.tripleTerm(depth - 1)
	}
	return t
}

func (g *generator) triples() syntax.Element {
	t := &syntax.Triples{}
	for range 1 + g.IntN(3) {
		if g.text && g.chance(8) {
			t.Patterns = append(t.Patterns, g.textSearch()...)
			continue
		}
		if !g.chance(4) {
			p := syntax.PathPattern{TriplePattern: g.guided()}
			if g.chance(8) {
				p.Path, p.Predicate = g.someClosure(), nil
			}
			t.Patterns = append(t.Patterns, p)
			continue
		}
		p := syntax.PathPattern{TriplePattern: syntax.TriplePattern{Subject: g.node(false), Object: g.node(true)}}
		switch {
		case g.chance(6):
			p.Predicate = g.variable()
		case g.chance(4):
			p.Path = g.path(2)
			if link, ok := p.Path.(syntax.PathLink); ok {
				p.Path, p.Predicate = nil, syntax.Term{Term: term.NewIRI(link.IRI)}
			}
		default:
			p.Predicate = syntax.Term{Term: g.predicate()}
		}
		t.Patterns = append(t.Patterns, p)
	}
	return t
}

// someClosure makes a path that usually has solutions.
func (g *generator) someClosure() syntax.PathExpr {
	return pick[syntax.PathExpr](g, syntax.PathZeroOrMore{Path: g.path(1)}, syntax.PathOneOrMore{Path: g.path(1)},
		syntax.PathZeroOrOne{Path: g.path(1)}, syntax.PathAlternative{Paths: []syntax.PathExpr{g.path(1), g.path(1)}},
		syntax.PathNegated{Forward: []string{g.predicate().Value()}})
}

func (g *generator) path(depth int) syntax.PathExpr {
	link := func() syntax.PathExpr { return syntax.PathLink{IRI: g.predicate().Value()} }
	if depth == 0 {
		return link()
	}
	part := func() syntax.PathExpr { return g.path(depth - 1) }
	switch g.IntN(9) {
	case 0:
		return syntax.PathInverse{Path: part()}
	case 1, 2:
		return syntax.PathSequence{Paths: []syntax.PathExpr{part(), part()}}
	case 3:
		return syntax.PathAlternative{Paths: []syntax.PathExpr{part(), part()}}
	case 4:
		return syntax.PathZeroOrMore{Path: part()}
	case 5:
		return syntax.PathOneOrMore{Path: part()}
	case 6:
		return syntax.PathZeroOrOne{Path: part()}
	case 7:
		n := syntax.PathNegated{Forward: []string{g.predicate().Value()}}
		if g.chance(2) {
			n.Inverse = []string{g.predicate().Value()}
		}
		return n
	}
	return link()
}

func (g *generator) group() *syntax.Group {
	g.depth++
	defer func() { g.depth-- }()
	gr := &syntax.Group{}
	if g.depth > 1 && g.depth < 4 && g.chance(7) {
		gr.Elements = []syntax.Element{&syntax.SubSelect{Select: g.selectLevel(false)}}
		return gr
	}
	if !g.chance(12) {
		gr.Elements = append(gr.Elements, g.triples())
	}
	for range g.IntN(4) {
		gr.Elements = append(gr.Elements, g.element())
	}
	return gr
}

func (g *generator) element() syntax.Element {
	if g.depth < 4 {
		switch g.IntN(14) {
		case 0, 1, 2:
			return &syntax.Optional{Group: g.group()}
		case 3:
			return &syntax.Union{Groups: []*syntax.Group{g.group(), g.group()}}
		case 4:
			return &syntax.Minus{Group: g.group()}
		case 5, 6:
			return g.graph()
		case 7:
			return g.group()
		}
	}
	switch g.IntN(8) {
	case 0, 1, 2, 3:
		return &syntax.Filter{Expr: g.condition(2)}
	case 4, 5:
		return &syntax.Bind{Expr: g.value(2), Var: g.target()}
	case 6:
		return g.inlineData()
	}
	return g.triples()
}

func (g *generator) graph() syntax.Element {
	p := &syntax.GraphPattern{Name: g.variable()}
	if g.chance(2) {
		p.Name = syntax.Term{Term: exampleIRI(pick(g, "g", "h", "none"))}
	}
	p.Group = g.group()
	return p
}

func (g *generator) inlineData() *syntax.InlineData {
	d := &syntax.InlineData{Vars: []syntax.Var{g.variable()}}
	if v := g.variable(); v != d.Vars[0] && g.chance(2) {
		d.Vars = append(d.Vars, v)
	}
	for range g.IntN(4) {
		row := make([]term.Term, len(d.Vars))
		for i := range row {
			switch {
			case g.chance(4): // UNDEF
			case g.chance(2):
				row[i] = g.literal()
			default:
				row[i] = g.iri()
			}
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// condition makes an expression that is usually a boolean.
func (g *generator) condition(depth int) syntax.Expr {
	call := func(f value.Function, args ...syntax.Expr) syntax.Expr { return syntax.Call{Func: f, Args: args} }
	if depth > 0 {
		switch g.IntN(8) {
		case 0:
			return call(value.FnOr, g.condition(depth-1), g.condition(depth-1))
		case 1:
			return call(value.FnAnd, g.condition(depth-1), g.condition(depth-1))
		case 2:
			return call(value.FnNot, g.condition(depth-1))
		case 3:
			if g.depth < 3 {
				return g.existsExpr()
			}
		}
	}
	switch g.IntN(10) {
	case 0:
		return call(value.FnBound, g.variable())
	case 1:
		return call(pick(g, value.FnIn, value.FnNotIn), g.value(0), g.value(0), g.value(1))
	case 6:
		iris := []syntax.Expr{g.variable()}
		for range g.IntN(4) {
			iris = append(iris, syntax.Term{Term: g.iri()})
		}
		return call(value.FnIn, iris...)
	case 2:
		return call(
			pick(g, value.FnIsIRI, value.FnIsBlank, value.FnIsLiteral, value.FnIsNumeric, value.FnIsTriple),
			g.value(1),
		)
	case 3:
		return call(value.FnSameTerm, g.value(0), g.value(1))
	case 4:
		return call(value.FnEqual, g.variable(), syntax.Term{Term: g.iri()})
	case 5:
		return g.variable()
	}
	f := pick(
		g,
		value.FnEqual,
		value.FnNotEqual,
		value.FnLess,
		value.FnGreater,
		value.FnLessEqual,
		value.FnGreaterEqual,
	)
	return call(f, g.value(1), g.value(1))
}

func (g *generator) existsExpr() syntax.Expr {
	outer := g.exists
	g.exists = true
	defer func() { g.exists = outer }()
	return syntax.Exists{Not: g.chance(2), Pattern: g.group()}
}

// value makes an expression of any type.
func (g *generator) value(depth int) syntax.Expr {
	call := func(f value.Function, args ...syntax.Expr) syntax.Expr { return syntax.Call{Func: f, Args: args} }
	if depth == 0 || g.chance(2) {
		switch {
		case g.chance(4):
			return syntax.Term{Term: g.literal()}
		case g.chance(8):
			return syntax.Term{Term: g.iri()}
		}
		return g.variable()
	}
	arg := func() syntax.Expr { return g.value(depth - 1) }
	switch g.IntN(9) {
	case 0, 1, 2:
		return call(pick(g, value.FnAdd, value.FnSubtract, value.FnMultiply, value.FnDivide), arg(), arg())
	case 3:
		return call(
			pick(g, value.FnStr, value.FnLang, value.FnDatatype, value.FnStrLen, value.FnUCase, value.FnHasLang),
			arg(),
		)
	case 4:
		return call(value.FnCoalesce, arg(), arg())
	case 5:
		return call(value.FnIf, g.condition(1), arg(), arg())
	case 6:
		return call(pick(g, value.FnSubject, value.FnPredicate, value.FnObject), arg())
	case 7:
		return call(value.FnTriple, arg(), syntax.Term{Term: g.predicate()}, arg())
	}
	return g.condition(1)
}
