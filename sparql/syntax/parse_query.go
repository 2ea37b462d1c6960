package syntax

import (
	"fincat/sparql/value"
	"maps"
	"strconv"
)

// query is Query.
func (p *parser) query() *Query {
	p.prologue()
	q := &Query{Base: p.base}
	t := p.tok
	switch {
	case p.tok.isWord("SELECT"):
		q.Form = SelectForm
		clause := p.selectClause(&q.Select)
		q.Dataset = p.dataset("FROM")
		p.whereClause(&q.Select)
		p.modifiers(&q.Select)
		p.finalValues(&q.Select)
		p.checkSelect(&q.Select, clause)
		return q
	case p.acceptWord("CONSTRUCT"):
		q.Form = ConstructForm
		p.construct(q)
	case p.acceptWord("DESCRIBE"):
		q.Form = DescribeForm
		p.describe(q)
	case p.acceptWord("ASK"):
		q.Form = AskForm
		q.Dataset = p.dataset("FROM")
		p.whereClause(&q.Select)
	default:
		p.unexpected("SELECT, CONSTRUCT, DESCRIBE, ASK or a prologue")
	}
	p.modifiers(&q.Select)
	p.finalValues(&q.Select)
	p.checkSelect(&q.Select, selectClause{start: t})
	return q
}

// construct is ConstructQuery without its keyword and modifiers.
func (p *parser) construct(q *Query) {
	if p.tok.is("{") {
		q.Template = p.template()
		q.Dataset = p.dataset("FROM")
		p.whereClause(&q.Select)
		return
	}
	q.Dataset = p.dataset("FROM")
	if !p.tok.isWord("WHERE") {
		p.unexpected(`a template in braces or WHERE`)
	}
	p.advance()
	p.expect("{")
	p.newBGP()
	block := p.readTriples(p.patternState(false), p.triplesBlock)
	p.expect("}")
	q.Where = &Group{}
	if len(block) > 0 {
		q.Where.Elements = []Element{&Triples{block}}
	}
	q.Template = triplePatterns(block)
}

// template is ConstructTemplate.
func (p *parser) template() []TriplePattern {
	p.expect("{")
	block := p.readTriples(tripleParser{labels: &p.templates}, p.triplesBlock)
	p.expect("}")
	return triplePatterns(block)
}

func triplePatterns(block []PathPattern) []TriplePattern {
	out := make([]TriplePattern, len(block))
	for i, t := range block {
		out[i] = t.TriplePattern
	}
	return out
}

// describe is DescribeQuery without its keyword and modifiers.
func (p *parser) describe(q *Query) {
	if p.accept("*") {
		q.Star = true
	} else {
		q.Describe = []Node{p.describeNode()}
		for p.tok.kind == tokVar || p.isIRI() {
			q.Describe = append(q.Describe, p.describeNode())
		}
	}
	q.Dataset = p.dataset("FROM")
	if p.tok.is("{") || p.tok.isWord("WHERE") {
		p.whereClause(&q.Select)
	}
}

func (p *parser) describeNode() Node {
	if p.tok.kind == tokVar {
		return p.variable()
	}
	if !p.isIRI() {
		p.unexpected("a variable, an IRI or *")
	}
	return iriTerm(p.iri())
}

// dataset is DatasetClause* or UsingClause*, nil when there is none.
func (p *parser) dataset(word string) *Dataset {
	if !p.tok.isWord(word) {
		return nil
	}
	d := &Dataset{}
	for p.acceptWord(word) {
		if p.acceptWord("NAMED") {
			d.Named = append(d.Named, p.iri())
		} else {
			d.Default = append(d.Default, p.iri())
		}
	}
	return d
}

// whereClause is WhereClause.
func (p *parser) whereClause(s *Select) {
	where := p.acceptWord("WHERE")
	if !p.tok.is("{") {
		if where {
			p.unexpected(`"{"`)
		}
		p.unexpected(`WHERE or "{"`)
	}
	s.Where = p.group()
}

// selectClause is what the checks of a SELECT clause need to know of its text.
type selectClause struct {
	start token   // the query form's keyword
	star  token   // "*", when there is one
	vars  []token // the variable of each projection
	plain [][]token
}

// selectClause is SelectClause.
func (p *parser) selectClause(s *Select) selectClause {
	c := selectClause{start: p.tok}
	p.expectWord("SELECT")
	if !p.acceptWord("DISTINCT") {
		s.Reduced = p.acceptWord("REDUCED")
	} else {
		s.Distinct = true
	}
	c.star = p.tok
	if p.accept("*") {
		s.Star = true
		return c
	}
	outer := p.level
	p.level = level{aggregates: true, collect: true, grouped: false}
	for p.tok.kind == tokVar || p.tok.is("(") {
		p.level.plain = nil
		p.tally(countPatterns)
		if p.tok.kind == tokVar {
			c.vars, c.plain = append(c.vars, p.tok), append(c.plain, []token{p.tok})
			s.Projection = append(s.Projection, Projection{Var: p.variable()})
			continue
		}
		p.advance()
		e := p.expression()
		if p.tok.is(")") {
			p.missing("AS", "what is computed gets a name, as in (COUNT(*) AS ?n)")
		}
		p.expectWord("AS")
		c.vars, c.plain = append(c.vars, p.tok), append(c.plain, p.level.plain)
		s.Projection = append(s.Projection, Projection{p.variable(), e})
		p.expect(")")
	}
	if p.tok.kind == tokWord && (value.AggregatorByKeyword(p.tok.text) != 0 || value.ByKeyword(p.tok.text) != 0) {
		p.missing(`a variable, "(" or "*"`,
			"what is computed stands in brackets and gets a name, as in (COUNT(*) AS ?n)")
	}
	if len(s.Projection) == 0 {
		p.unexpected(`a variable, "(" or "*"`)
	}
	outer.grouped = p.level.grouped
	p.level = outer
	return c
}

// subSelect is SubSelect. Only what it projects is in scope afterwards.
func (p *parser) subSelect() Element {
	outer := p.level
	p.level = level{}
	s := &SubSelect{}
	clause := p.selectClause(&s.Select)
	p.whereClause(&s.Select)
	p.modifiers(&s.Select)
	p.finalValues(&s.Select)
	p.checkSelect(&s.Select, clause)
	p.level = outer
	if !s.Star {
		p.scope = nil
		for _, item := range s.Projection {
			p.scope.add(item.Var)
		}
	}
	return s
}

// modifiers is SolutionModifier.
func (p *parser) modifiers(s *Select) {
	if p.acceptWord("GROUP") {
		p.expectWord("BY")
		p.groupBy(s)
	}
	p.level.aggregates = true
	if p.acceptWord("HAVING") {
		s.Having = []Expr{p.constraint()}
		for p.tok.is("(") || p.isIRI() || p.startsBuiltIn() {
			p.tally(countPatterns)
			s.Having = append(s.Having, p.constraint())
		}
	}
	if p.tok.isWord("ORDER") {
		s.OrderBy = p.orderBy()
	}
	p.level.aggregates = false
	for range 2 {
		switch {
		case s.Limit == nil && p.acceptWord("LIMIT"):
			s.Limit = p.count()
		case s.Offset == nil && p.acceptWord("OFFSET"):
			s.Offset = p.count()
		}
	}
}

// groupBy is GroupCondition+. Variables it names with AS come into scope.
func (p *parser) groupBy(s *Select) {
	for {
		p.tally(countPatterns)
		switch {
		case p.tok.kind == tokVar:
			s.GroupBy = append(s.GroupBy, GroupCondition{Expr: p.variable()})
		case p.tok.is("("):
			p.advance()
			c := GroupCondition{Expr: p.expression()}
			if p.acceptWord("AS") {
				t := p.tok
				c.Var = p.variable()
				if p.scope.has(c.Var) {
					p.wrong(t, "GROUP BY cannot assign %v: it is already in scope", c.Var)
				}
				p.scope.add(c.Var)
			}
			p.expect(")")
			s.GroupBy = append(s.GroupBy, c)
		case p.isIRI(), p.startsBuiltIn():
			s.GroupBy = append(s.GroupBy, GroupCondition{Expr: p.constraint()})
		case len(s.GroupBy) == 0:
			p.unexpected("a variable, a function call or an expression in brackets")
		default:
			return
		}
	}
}

// orderBy is OrderClause.
func (p *parser) orderBy() []OrderCondition {
	p.expectWord("ORDER")
	p.expectWord("BY")
	var cs []OrderCondition
	for {
		p.tally(countPatterns)
		switch {
		case p.acceptWord("ASC"):
			cs = append(cs, OrderCondition{Expr: p.bracketed()})
		case p.acceptWord("DESC"):
			cs = append(cs, OrderCondition{p.bracketed(), true})
		case p.tok.kind == tokVar:
			cs = append(cs, OrderCondition{Expr: p.exprVar()})
		case p.tok.is("("), p.isIRI(), p.startsBuiltIn():
			cs = append(cs, OrderCondition{Expr: p.constraint()})
		case len(cs) == 0:
			p.unexpected("ASC, DESC, a variable, a function call or an expression in brackets")
		default:
			return cs
		}
	}
}

// count is the INTEGER of LIMIT and OFFSET.
func (p *parser) count() *uint64 {
	if _, sign := p.tok.number(); p.tok.kind != tokInteger || sign != 0 {
		p.unexpected("a number without a sign")
	}
	n, err := strconv.ParseUint(p.tok.text, 10, 63)
	if err != nil {
		p.wrong(p.tok, "the number is too large")
	}
	p.advance()
	return &n
}

// finalValues is ValuesClause.
func (p *parser) finalValues(s *Select) {
	if p.acceptWord("VALUES") {
		s.Values = p.dataBlock()
	}
}

// checkSelect applies the rules on grouping and on variables of SELECT
// expressions (SPARQL 1.1 §18.2.4.1, §18.2.4.4 and §19.8 notes 12 to 15).
func (p *parser) checkSelect(s *Select, c selectClause) {
	grouped := p.level.grouped || len(s.GroupBy) > 0
	p.level.grouped = false
	if s.Star && grouped && c.star.kind == tokPunct {
		p.wrong(c.star, "SELECT * is not allowed with GROUP BY or aggregates")
	}
	inScope := p.scope
	if grouped {
		inScope = varSet{}
		for _, g := range s.GroupBy {
			if v, ok := g.Expr.(Var); ok && g.Var == "" {
				inScope.add(v)
			}
			if g.Var != "" {
				inScope.add(g.Var)
			}
		}
	}
	taken := maps.Clone(inScope)
	if s.Values != nil {
		for _, v := range s.Values.Vars {
			taken.add(v)
		}
	}
	projected := varSet{}
	for i, item := range s.Projection {
		for _, t := range c.plain[i] {
			v := Var(t.text)
			if grouped && !inScope.has(v) && !projected.has(v) {
				p.wrong(t, "%v is neither a variable of GROUP BY nor inside an aggregate", v)
			}
		}
		if item.Expr != nil && (taken.has(item.Var) || projected.has(item.Var)) {
			p.wrong(c.vars[i], "SELECT cannot assign %v: it is already in scope", item.Var)
		}
		projected.add(item.Var)
	}
}
