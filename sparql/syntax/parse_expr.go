package syntax

import "fincat/vocab/term"

// expression is Expression, with || over && over the comparisons
// (SPARQL 1.1 §17.2).
func (p *parser) expression() Expr {
	p.enter()
	defer p.leave()
	return p.chain(FnOr, "||", func() Expr { return p.chain(FnAnd, "&&", p.relational) })
}

// chain reads operands with an associative operator between them.
func (p *parser) chain(f Function, op string, operand func() Expr) Expr {
	args := []Expr{operand()}
	for p.accept(op) {
		args = append(args, operand())
	}
	if len(args) == 1 {
		return args[0]
	}
	return Call{f, args}
}

var comparisons = [...]Function{FnEqual, FnNotEqual, FnLess, FnGreater, FnLessEqual, FnGreaterEqual}

// relational is RelationalExpression.
func (p *parser) relational() Expr {
	left := p.additive()
	for _, f := range comparisons {
		if p.accept(f.String()) {
			return Call{f, []Expr{left, p.additive()}}
		}
	}
	f := FnIn
	if p.acceptWord("NOT") {
		f = FnNotIn
		if !p.tok.isWord("IN") {
			p.unexpected("IN")
		}
	}
	if !p.acceptWord("IN") {
		return left
	}
	return Call{f, append([]Expr{left}, p.expressionList()...)}
}

// additive is AdditiveExpression. A signed number right after an operand is an
// addition or subtraction of the number without its sign (SPARQL 1.1 §19.8
// note 7).
func (p *parser) additive() Expr {
	left := p.multiplicative(p.unary())
	for n := 0; ; n++ {
		p.chainLimit(n)
		_, sign := p.tok.number()
		switch {
		case p.accept("+"):
			left = Call{FnAdd, []Expr{left, p.multiplicative(p.unary())}}
		case p.accept("-"):
			left = Call{FnSubtract, []Expr{left, p.multiplicative(p.unary())}}
		case sign != 0:
			f := FnAdd
			if sign == '-' {
				f = FnSubtract
			}
			p.tok.text = p.tok.text[1:]
			left = Call{f, []Expr{left, p.multiplicative(Term{p.literal()})}}
		default:
			return left
		}
	}
}

// multiplicative is what follows the first operand of MultiplicativeExpression.
func (p *parser) multiplicative(left Expr) Expr {
	for n := 0; ; n++ {
		p.chainLimit(n)
		switch {
		case p.accept("*"):
			left = Call{FnMultiply, []Expr{left, p.unary()}}
		case p.accept("/"):
			left = Call{FnDivide, []Expr{left, p.unary()}}
		default:
			return left
		}
	}
}

// chainLimit bounds operators that nest to the left without brackets.
func (p *parser) chainLimit(n int) {
	if n > MaxDepth {
		p.wrong(p.tok, "more than %d arithmetic operators in a row", MaxDepth)
	}
}

// unary is UnaryExpression.
func (p *parser) unary() Expr {
	switch {
	case p.accept("!"):
		p.enter()
		defer p.leave()
		return Call{FnNot, []Expr{p.unary()}}
	case p.accept("+"):
		return Call{FnPlus, []Expr{p.primary()}}
	case p.accept("-"):
		return Call{FnMinus, []Expr{p.primary()}}
	}
	return p.primary()
}

// primary is PrimaryExpression.
func (p *parser) primary() Expr {
	switch {
	case p.tok.is("("):
		return p.bracketed()
	case p.tok.kind == tokVar:
		return p.exprVar()
	case p.isIRI():
		iri := p.iri()
		if p.tok.is("(") {
			return p.customCall(iri)
		}
		return iriTerm(iri)
	case p.isLiteral():
		return Term{p.literal()}
	case p.tok.is("<<("):
		return p.exprTripleTerm()
	case p.tok.kind == tokWord:
		return p.builtIn()
	}
	p.unexpected("an expression")
	return nil
}

// bracketed is BrackettedExpression.
func (p *parser) bracketed() Expr {
	p.expect("(")
	e := p.expression()
	p.expect(")")
	return e
}

// exprVar is a variable in an expression; those outside aggregates are kept
// for the grouping rules.
func (p *parser) exprVar() Var {
	if p.tok.kind != tokVar {
		p.unexpected("a variable")
	}
	if p.level.collect && !p.level.inside {
		p.level.plain = append(p.level.plain, p.tok)
	}
	return p.variable()
}

// exprTripleTerm is ExprTripleTerm: TRIPLE with another spelling, or a term
// when it is ground (SPARQL 1.2 §17.4.7).
func (p *parser) exprTripleTerm() Expr {
	p.enter()
	defer p.leave()
	p.expect("<<(")
	var s, pr Expr
	if p.tok.kind == tokVar {
		s = p.exprVar()
	} else {
		s = iriTerm(p.iri())
	}
	if p.tok.kind == tokVar {
		pr = p.exprVar()
	} else {
		pr = iriTerm(p.iriOrA())
	}
	var o Expr
	switch {
	case p.tok.kind == tokVar:
		o = p.exprVar()
	case p.tok.is("<<("):
		o = p.exprTripleTerm()
	default:
		o = Term{p.groundTerm()}
	}
	p.expect(")>>")
	st, ok1 := s.(Term)
	pt, ok2 := pr.(Term)
	ot, ok3 := o.(Term)
	if ok1 && ok2 && ok3 {
		return Term{term.NewTripleTerm(term.Triple{Subject: st.Term, Predicate: pt.Term, Object: ot.Term})}
	}
	return Call{FnTriple, []Expr{s, pr, o}}
}

// expressionList is ExpressionList.
func (p *parser) expressionList() []Expr {
	p.expect("(")
	if p.accept(")") {
		return nil
	}
	args := []Expr{p.expression()}
	for p.accept(",") {
		args = append(args, p.expression())
	}
	p.expect(")")
	return args
}

// customCall is ArgList after the IRI of a function.
func (p *parser) customCall(iri string) Expr {
	c := CustomCall{IRI: iri}
	p.expect("(")
	if p.accept(")") {
		return c
	}
	if p.tok.isWord("DISTINCT") {
		p.wrong(p.tok, "only aggregates take DISTINCT, and <%s> is none", iri)
	}
	c.Args = []Expr{p.expression()}
	for p.accept(",") {
		c.Args = append(c.Args, p.expression())
	}
	p.expect(")")
	return c
}

// builtIn is BuiltInCall.
func (p *parser) builtIn() Expr {
	t := p.tok
	for i := range aggregators {
		if i > 0 && t.isWord(aggregators[i]) {
			return p.aggregate(Aggregator(i))
		}
	}
	if t.isWord("EXISTS") || t.isWord("NOT") {
		return p.exists()
	}
	f := p.function(t)
	if f == 0 {
		p.unexpected("an expression")
	}
	p.advance()
	if f == FnBound {
		p.expect("(")
		v := p.exprVar()
		p.expect(")")
		return Call{f, []Expr{v}}
	}
	args := p.expressionList()
	if least, most := f.Arity(); len(args) < least || len(args) > most {
		p.wrong(t, "%s takes %s, not %d", f, arity(least, most), len(args))
	}
	return Call{f, args}
}

// function returns the builtin function a keyword names, or 0.
func (p *parser) function(t token) Function {
	switch {
	case t.isWord("URI"):
		return FnIRI
	case t.isWord("ISURI"):
		return FnIsIRI
	}
	for f := FnBound; int(f) < len(signatures); f++ {
		if t.isWord(signatures[f].keyword()) {
			return f
		}
	}
	return 0
}

// exists is ExistsFunc or NotExistsFunc. Its pattern has a scope of its own.
func (p *parser) exists() Expr {
	not := p.acceptWord("NOT")
	p.expectWord("EXISTS")
	scope, outer, bgp := p.scope, p.level, p.bgp
	p.scope, p.level = nil, level{}
	g := p.group()
	p.scope, p.level, p.bgp = scope, outer, bgp
	return Exists{not, g}
}

// allowAggregate fails unless an aggregate may stand here.
func (p *parser) allowAggregate(t token) {
	switch {
	case p.level.inside:
		p.wrong(t, "an aggregate cannot contain another aggregate")
	case !p.level.aggregates:
		p.wrong(t, "aggregates are allowed in SELECT, HAVING and ORDER BY only")
	}
	p.level.grouped = true
}

// aggregate is Aggregate.
func (p *parser) aggregate(f Aggregator) Expr {
	p.allowAggregate(p.tok)
	p.advance()
	a := Aggregate{Func: f}
	p.level.inside = true
	p.expect("(")
	a.Distinct = p.acceptWord("DISTINCT")
	if f != AggCount || !p.accept("*") {
		a.Arg = p.expression()
	}
	for f == AggGroupConcat && p.accept(";") {
		switch {
		case a.Separator == nil && p.acceptWord("SEPARATOR"):
			p.expect("=")
			if p.tok.kind != tokString && p.tok.kind != tokLong {
				p.unexpected("a string")
			}
			s := p.advance().text
			a.Separator = &s
		case a.OrderBy == nil && p.tok.isWord("ORDER"):
			a.OrderBy = p.orderBy()
		default:
			p.unexpected("SEPARATOR or ORDER BY")
		}
	}
	p.expect(")")
	p.level.inside = false
	return a
}

// constraint is Constraint.
func (p *parser) constraint() Expr {
	if p.tok.is("(") {
		return p.bracketed()
	}
	p.enter()
	defer p.leave()
	switch {
	case p.isIRI():
		iri := p.iri()
		if !p.tok.is("(") {
			p.unexpected(`"(" after a function name`)
		}
		return p.customCall(iri)
	case p.startsBuiltIn():
		return p.builtIn()
	}
	p.unexpected("an expression in brackets or a function call")
	return nil
}

// startsBuiltIn reports whether BuiltInCall can start here.
func (p *parser) startsBuiltIn() bool {
	t := p.tok
	if t.kind != tokWord {
		return false
	}
	for i := range aggregators {
		if i > 0 && t.isWord(aggregators[i]) {
			return true
		}
	}
	return t.isWord("EXISTS") || t.isWord("NOT") || p.function(t) != 0
}
