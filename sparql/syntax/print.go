package syntax

import (
	"strconv"
	"strings"

	"fincat/vocab/term"
)

// String prints q as SPARQL that parses to the same tree.
func (q *Query) String() string {
	var p printer
	p.query(q)
	return p.String()
}

// String prints u as SPARQL that parses to the same tree.
func (u *Update) String() string {
	var p printer
	p.update(u)
	return p.String()
}

// String prints g with its braces as SPARQL.
func (g *Group) String() string {
	var p printer
	p.group(g)
	return p.String()
}

// printer writes SPARQL, indented by two spaces a level.
type printer struct {
	strings.Builder
	indent int
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// line begins a new line.
func (p *printer) line() {
	p.WriteByte('\n')
	for range p.indent {
		p.WriteString("  ")
	}
}

// braces writes { … } around what body writes line by line.
func (p *printer) braces(body func()) {
	p.put("{")
	p.indent++
	body()
	p.indent--
	p.line()
	p.put("}")
}

func (p *printer) query(q *Query) {
	if q.Base != "" {
		p.put("BASE ", iriString(q.Base))
		p.line()
	}
	switch q.Form {
	case SelectForm:
		p.selectClause(&q.Select)
	case ConstructForm:
		p.put("CONSTRUCT ")
		p.braces(func() {
			for _, t := range q.Template {
				p.triple(PathPattern{TriplePattern: t})
			}
		})
	case DescribeForm:
		p.put("DESCRIBE")
		if q.Star {
			p.put(" *")
		}
		for _, n := range q.Describe {
			p.put(" ", nodeString(n))
		}
	case AskForm:
		p.put("ASK")
	}
	p.dataset("FROM", q.Dataset)
	p.selectRest(&q.Select)
}

func (p *printer) dataset(word string, d *Dataset) {
	if d == nil {
		return
	}
	for _, iri := range d.Default {
		p.line()
		p.put(word, " ", iriString(iri))
	}
	for _, iri := range d.Named {
		p.line()
		p.put(word, " NAMED ", iriString(iri))
	}
}

func (p *printer) selectClause(s *Select) {
	p.put("SELECT")
	if s.Distinct {
		p.put(" DISTINCT")
	}
	if s.Reduced {
		p.put(" REDUCED")
	}
	if s.Star {
		p.put(" *")
	}
	for _, item := range s.Projection {
		if item.Expr == nil {
			p.put(" ", item.Var.String())
			continue
		}
		p.put(" (")
		p.expr(item.Expr)
		p.put(" AS ", item.Var.String(), ")")
	}
}

// selectRest writes the pattern and the solution modifiers.
func (p *printer) selectRest(s *Select) {
	if s.Where != nil {
		p.line()
		p.put("WHERE ")
		p.group(s.Where)
	}
	if len(s.GroupBy) > 0 {
		p.line()
		p.put("GROUP BY")
		for _, g := range s.GroupBy {
			p.groupCondition(g)
		}
	}
	if len(s.Having) > 0 {
		p.line()
		p.put("HAVING")
		for _, e := range s.Having {
			p.put(" ")
			p.bracketed(e)
		}
	}
	if len(s.OrderBy) > 0 {
		p.line()
		p.orderBy(s.OrderBy)
	}
	if s.Limit != nil {
		p.line()
		p.put("LIMIT ", strconv.FormatUint(*s.Limit, 10))
	}
	if s.Offset != nil {
		p.line()
		p.put("OFFSET ", strconv.FormatUint(*s.Offset, 10))
	}
	if s.Values != nil {
		p.line()
		p.values(s.Values)
	}
}

func (p *printer) groupCondition(g GroupCondition) {
	if v, ok := g.Expr.(Var); ok && g.Var == "" {
		p.put(" ", v.String())
		return
	}
	p.put(" (")
	p.expr(g.Expr)
	if g.Var != "" {
		p.put(" AS ", g.Var.String())
	}
	p.put(")")
}

func (p *printer) orderBy(cs []OrderCondition) {
	p.put("ORDER BY")
	for _, c := range cs {
		p.put(" ")
		if c.Descending {
			p.put("DESC")
		} else if v, ok := c.Expr.(Var); ok {
			p.put(v.String())
			continue
		}
		p.bracketed(c.Expr)
	}
}

// group writes a group graph pattern.
func (p *printer) group(g *Group) {
	p.braces(func() {
		for _, e := range g.Elements {
			p.element(e)
		}
	})
}

// element writes a member of a group on lines of its own.
func (p *printer) element(e Element) {
	if t, ok := e.(*Triples); ok {
		for _, t := range t.Patterns {
			p.triple(t)
		}
		return
	}
	p.line()
	switch e := e.(type) {
	case *Group:
		p.group(e)
	case *Union:
		for i, g := range e.Groups {
			if i > 0 {
				p.put(" UNION ")
			}
			p.group(g)
		}
	case *Optional:
		p.put("OPTIONAL ")
		p.group(e.Group)
	case *Minus:
		p.put("MINUS ")
		p.group(e.Group)
	case *GraphPattern:
		p.put("GRAPH ", nodeString(e.Name), " ")
		p.group(e.Group)
	case *Service:
		p.put("SERVICE ")
		if e.Silent {
			p.put("SILENT ")
		}
		p.put(nodeString(e.Name), " ")
		p.group(e.Group)
	case *Filter:
		p.put("FILTER ")
		p.bracketed(e.Expr)
	case *Bind:
		p.put("BIND (")
		p.expr(e.Expr)
		p.put(" AS ", e.Var.String(), ")")
	case *InlineData:
		p.values(e)
	case *SubSelect:
		p.selectClause(&e.Select)
		p.selectRest(&e.Select)
	}
}

// triple writes a triple pattern and its dot on a line.
func (p *printer) triple(t PathPattern) {
	p.line()
	p.put(nodeString(t.Subject), " ")
	if t.Path != nil {
		p.path(t.Path, pathAlternative)
	} else {
		p.put(nodeString(t.Predicate))
	}
	p.put(" ", nodeString(t.Object), " .")
}

func (p *printer) values(d *InlineData) {
	p.put("VALUES (")
	for i, v := range d.Vars {
		p.space(i)
		p.put(v.String())
	}
	p.put(") ")
	p.braces(func() {
		for _, row := range d.Rows {
			p.line()
			p.put("(")
			for i, t := range row {
				p.space(i)
				if t.IsZero() {
					p.put("UNDEF")
				} else {
					p.put(termString(t))
				}
			}
			p.put(")")
		}
	})
}

func (p *printer) space(i int) {
	if i > 0 {
		p.put(" ")
	}
}

func iriString(iri string) string { return term.NewIRI(iri).String() }

func nodeString(n Node) string {
	switch n := n.(type) {
	case Var:
		return n.String()
	case Term:
		return termString(n.Term)
	case TripleTerm:
		return "<<( " + nodeString(n.Subject) + " " + nodeString(n.Predicate) + " " + nodeString(n.Object) + " )>>"
	}
	return ""
}

// termString writes a term; numbers and booleans without quotes where a lexer
// reads them back the same.
func termString(t term.Term) string {
	l := lexer{src: t.Value()}
	switch t.Datatype() {
	case xsd + "boolean":
		if l.src == "true" || l.src == "false" {
			return l.src
		}
	case xsd + "integer", xsd + "decimal", xsd + "double":
		if l.src == "" || !isDigit(l.src[0]) {
			break
		}
		names := map[kind]string{tokInteger: "integer", tokDecimal: "decimal", tokDouble: "double"}
		if n := l.number(0); n.text == l.src && xsd+names[n.kind] == t.Datatype() {
			return l.src
		}
	}
	return t.String()
}
