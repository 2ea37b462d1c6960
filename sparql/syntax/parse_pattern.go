package syntax

import "fincat/vocab/term"

// newBGP begins another basic graph pattern, the scope of blank node labels
// (SPARQL 1.1 §5.1.1).
func (p *parser) newBGP() {
	p.bgps++
	p.bgp = p.bgps
}

// group is GroupGraphPattern. The variables of the group are in scope
// afterwards, beside those that were.
func (p *parser) group() *Group {
	p.enter()
	defer p.leave()
	outer := p.scope
	p.scope = nil
	g := &Group{}
	p.expect("{")
	p.newBGP()
	if p.tok.isWord("SELECT") {
		g.Elements = []Element{p.subSelect()}
	} else {
		g.Elements = p.elements()
	}
	if !p.accept("}") {
		p.unexpected(`a graph pattern or "}"`)
	}
	p.newBGP()
	p.scope.addAll(outer)
	return g
}

// elements is GroupGraphPatternSub.
func (p *parser) elements() []Element {
	var es []Element
	for {
		if p.startsTriples() {
			es = append(es, &Triples{p.readTriples(p.patternState(true), p.triplesBlock)})
		}
		e := p.notTriples()
		if e == nil {
			return es
		}
		es = append(es, e)
		p.accept(".")
	}
}

// patternState is the state of reading triple patterns of a group.
func (p *parser) patternState(paths bool) tripleParser {
	return tripleParser{paths: paths, inScope: true, labels: &p.patterns, scope: &p.bgp}
}

// notTriples is GraphPatternNotTriples, nil when there is none.
func (p *parser) notTriples() Element {
	if !p.tok.is("}") {
		p.tally(countPatterns)
	}
	switch {
	case p.tok.is("{"):
		return p.groupOrUnion()
	case p.acceptWord("OPTIONAL"):
		return &Optional{p.group()}
	case p.acceptWord("MINUS"):
		scope := p.scope
		p.scope = nil
		m := &Minus{p.group()}
		p.scope = scope
		return m
	case p.acceptWord("GRAPH"):
		return &GraphPattern{p.varOrIRI(), p.group()}
	case p.acceptWord("SERVICE"):
		return p.service()
	case p.acceptWord("FILTER"):
		outer := p.level
		p.level = level{}
		f := &Filter{p.constraint()}
		p.level = outer
		return f
	case p.acceptWord("BIND"):
		return p.bind()
	case p.acceptWord("VALUES"):
		d := p.dataBlock()
		p.newBGP()
		return d
	}
	return nil
}

// service is ServiceGraphPattern. What its endpoint takes for regular expressions is its own business.
func (p *parser) service() Element {
	outer := p.judged
	p.judged = false
	s := &Service{p.acceptWord("SILENT"), p.varOrIRI(), p.group()}
	p.judged = outer
	return s
}

// groupOrUnion is GroupOrUnionGraphPattern.
func (p *parser) groupOrUnion() Element {
	g := p.group()
	if !p.tok.isWord("UNION") {
		return g
	}
	u := &Union{[]*Group{g}}
	for p.acceptWord("UNION") {
		p.tally(countPatterns)
		u.Groups = append(u.Groups, p.group())
	}
	return u
}

// bind is Bind without its keyword.
func (p *parser) bind() Element {
	outer := p.level
	p.level = level{}
	p.expect("(")
	e := p.expression()
	p.expectWord("AS")
	t := p.tok
	v := p.variable()
	if p.scope.has(v) {
		p.wrong(t, "BIND cannot assign %v: it is already in scope in this group", v)
	}
	p.expect(")")
	p.scope.add(v)
	p.level = outer
	p.newBGP()
	return &Bind{e, v}
}

// dataBlock is DataBlock.
func (p *parser) dataBlock() *InlineData {
	if p.tok.kind == tokVar {
		return p.dataOneVar()
	}
	d := &InlineData{Vars: []Var{}}
	p.expect("(")
	seen := varSet{}
	for !p.accept(")") {
		t := p.tok
		v := p.variable()
		if seen.has(v) {
			p.wrong(t, "%v stands twice in the variables of VALUES", v)
		}
		seen.add(v)
		d.Vars = append(d.Vars, v)
		p.scope.add(v)
	}
	p.expect("{")
	for !p.accept("}") {
		d.Rows = append(d.Rows, p.dataRow(len(d.Vars)))
	}
	return d
}

func (p *parser) dataRow(n int) []term.Term {
	t := p.tok
	if !p.accept("(") {
		p.unexpected(`"(" or "}"`)
	}
	row := make([]term.Term, 0, n)
	for !p.accept(")") {
		row = append(row, p.dataValue())
	}
	if len(row) != n {
		p.wrong(t, "VALUES has %d variables, but %d values here", n, len(row))
	}
	return row
}

// dataOneVar is InlineDataOneVar.
func (p *parser) dataOneVar() *InlineData {
	v := p.variable()
	p.scope.add(v)
	d := &InlineData{Vars: []Var{v}}
	p.expect("{")
	for !p.accept("}") {
		d.Rows = append(d.Rows, []term.Term{p.dataValue()})
	}
	return d
}

// dataValue is DataBlockValue; UNDEF is the zero Term.
func (p *parser) dataValue() term.Term {
	if p.acceptWord("UNDEF") {
		return term.Term{}
	}
	return p.groundTerm()
}
