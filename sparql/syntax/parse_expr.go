package syntax

import (
	"errors"
	"fincat/sparql/regex"
	"fincat/sparql/value"
	"fincat/vocab/term"
	"fmt"
)

// expression is Expression, with || over && over the comparisons
// (SPARQL 1.1 §17.2).
func (p *parser) expression() Expr {
	p.enter()
	defer p.leave()
	return p.chain(value.FnOr, "||", func() Expr { return p.chain(value.FnAnd, "&&", p.relational) })
}

// chain reads operands with an associative operator between them.
func (p *parser) chain(f value.Function, op string, operand func() Expr) Expr {
	args := []Expr{operand()}
	for p.accept(op) {
		args = append(args, operand())
	}
	if len(args) == 1 {
		return args[0]
	}
	return Call{f, args}
}

var comparisons = [...]value.Function{
	value.FnEqual, value.FnNotEqual, value.FnLess, value.FnGreater, value.FnLessEqual, value.FnGreaterEqual,
}

// relational is RelationalExpression.
func (p *parser) relational() Expr {
	left := p.additive()
	for _, f := range comparisons {
		if p.accept(f.String()) {
			return Call{f, []Expr{left, p.additive()}}
		}
	}
	f := value.FnIn
	if p.acceptWord("NOT") {
		f = value.FnNotIn
		if !p.tok.isWord("IN") {
			p.unexpected("IN")
		}
	}
	if !p.acceptWord("IN") {
		return left
	}
	return Call{f, append([]Expr{left}, p.expressionList(nil)...)}
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
			left = Call{value.FnAdd, []Expr{left, p.multiplicative(p.unary())}}
		case p.accept("-"):
			left = Call{value.FnSubtract, []Expr{left, p.multiplicative(p.unary())}}
		case sign != 0:
			f := value.FnAdd
			if sign == '-' {
				f = value.FnSubtract
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
			left = Call{value.FnMultiply, []Expr{left, p.unary()}}
		case p.accept("/"):
			left = Call{value.FnDivide, []Expr{left, p.unary()}}
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
		return Call{value.FnNot, []Expr{p.unary()}}
	case p.accept("+"):
		return Call{value.FnPlus, []Expr{p.primary()}}
	case p.accept("-"):
		return Call{value.FnMinus, []Expr{p.primary()}}
	}
	return p.primary()
}

// primary is PrimaryExpression.
func (p *parser) primary() Expr {
	p.tally(countNodes)
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
	return Call{value.FnTriple, []Expr{s, pr, o}}
}

// expressionList is ExpressionList. It notes where the first ones begin.
func (p *parser) expressionList(places []token) []Expr {
	p.expect("(")
	if p.accept(")") {
		return nil
	}
	var args []Expr
	for next := true; next; next = p.accept(",") {
		if len(args) < len(places) {
			places[len(args)] = p.tok
		}
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
	if f := value.AggregatorByKeyword(t.text); f != 0 && t.kind == tokWord {
		return p.aggregate(f)
	}
	if t.isWord("EXISTS") || t.isWord("NOT") {
		return p.exists()
	}
	f := value.ByKeyword(t.text)
	if f == 0 || t.kind != tokWord {
		p.noFunction("an expression")
	}
	p.advance()
	if f == value.FnBound {
		p.expect("(")
		v := p.exprVar()
		p.expect(")")
		return Call{f, []Expr{v}}
	}
	places := [3]token{}
	args := p.expressionList(places[:])
	if least, most := f.Arity(); len(args) < least || len(args) > most {
		p.wrong(t, "%s takes %s, not %d", f, arity(least, most), len(args))
	}
	if p.judged && (f == value.FnRegex || f == value.FnReplace) {
		p.checkRegex(f, args, places)
	}
	return Call{f, args}
}

// noFunction fails at a word where an expression should be.
func (p *parser) noFunction(expected string) {
	t := p.tok
	p.advance()
	called := p.tok.is("(")
	if p.tok = t; !called {
		p.unexpected(expected)
	}
	hint := fmt.Sprintf("there is no function %.40s", t.text)
	if f := value.LikeKeyword(t.text); f != "" {
		hint += "; there is " + f
	}
	p.missing(expected, hint)
}

// checkRegex fails at a pattern that is no regular expression, which would be an error for
// every solution. One that is too large is left to the limits of the evaluation.
func (p *parser) checkRegex(f value.Function, args []Expr, places [3]token) {
	last := 2
	if f == value.FnReplace {
		last = 3
	}
	pattern, ok := args[1].(Term)
	ok = ok && pattern.IsString()
	flags := ""
	if len(args) > last {
		t, constant := args[last].(Term)
		flags, ok = t.Value(), ok && constant && t.IsString()
	}
	var bad *regex.SyntaxError
	if ok && errors.As(regex.Check(pattern.Value(), flags), &bad) {
		p.wrong(places[1], "%v", bad)
	}
}

// arity says in words how many arguments are taken.
func arity(least, most int) string {
	switch {
	case least == most && least == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d or %d arguments", least, most)
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
func (p *parser) aggregate(f value.Aggregator) Expr {
	p.allowAggregate(p.tok)
	p.advance()
	a := Aggregate{Func: f}
	p.level.inside = true
	p.expect("(")
	a.Distinct = p.acceptWord("DISTINCT")
	if f != value.AggCount || !p.accept("*") {
		a.Arg = p.expression()
	}
	for f == value.AggGroupConcat && p.accept(";") {
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
	if p.tok.kind == tokWord {
		p.noFunction("an expression in brackets or a function call")
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
	return t.isWord("EXISTS") || t.isWord("NOT") ||
		value.AggregatorByKeyword(t.text) != 0 || value.ByKeyword(t.text) != 0
}
