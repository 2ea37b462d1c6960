package syntax

import (
	"fincat/sparql/value"
	"fincat/vocab/term"
)

// Binding strengths of operators, weakest first (SPARQL 1.1 §19.8, [110] to
// [119]).
const (
	bindOr = iota
	bindAnd
	bindRelational
	bindAdditive
	bindMultiplicative
	bindUnary
	bindPrimary
)

// strength returns how strongly the outermost operator of e binds.
func strength(e Expr) int {
	c, ok := e.(Call)
	if !ok {
		return bindPrimary
	}
	switch c.Func {
	case value.FnOr:
		return bindOr
	case value.FnAnd:
		return bindAnd
	case value.FnEqual,
		value.FnNotEqual,
		value.FnLess,
		value.FnGreater,
		value.FnLessEqual,
		value.FnGreaterEqual,
		value.FnIn,
		value.FnNotIn:
		return bindRelational
	case value.FnAdd, value.FnSubtract:
		return bindAdditive
	case value.FnMultiply, value.FnDivide:
		return bindMultiplicative
	case value.FnNot, value.FnPlus, value.FnMinus:
		return bindUnary
	}
	return bindPrimary
}

// bracketed writes e in brackets.
func (p *printer) bracketed(e Expr) {
	p.put("(")
	p.expr(e)
	p.put(")")
}

// operand writes e, in brackets when it binds less strongly than least.
func (p *printer) operand(e Expr, least int) {
	if strength(e) < least {
		p.bracketed(e)
	} else {
		p.expr(e)
	}
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case Var:
		p.put(e.String())
	case Term:
		p.put(termString(e.Term))
	case Call:
		p.call(e)
	case CustomCall:
		p.put(iriString(e.IRI), "(")
		p.args(e.Args)
	case Exists:
		if e.Not {
			p.put("NOT ")
		}
		p.put("EXISTS ")
		p.group(e.Pattern)
	case Aggregate:
		p.aggregate(e)
	}
}

// args writes arguments and the closing bracket.
func (p *printer) args(args []Expr) {
	for i, a := range args {
		if i > 0 {
			p.put(", ")
		}
		p.expr(a)
	}
	p.put(")")
}

func (p *printer) call(c Call) {
	s := strength(c)
	switch c.Func {
	case value.FnOr, value.FnAnd:
		for i, a := range c.Args {
			if i > 0 {
				p.put(" ", c.Func.String(), " ")
			}
			p.operand(a, s+1)
		}
	case value.FnIn, value.FnNotIn:
		p.operand(c.Args[0], s+1)
		p.put(" ", c.Func.String(), " (")
		p.args(c.Args[1:])
	case value.FnNot:
		p.put("!")
		p.operand(c.Args[0], bindUnary)
	case value.FnPlus, value.FnMinus:
		p.put(c.Func.String())
		p.signed(c.Args[0])
	case value.FnAdd, value.FnSubtract, value.FnMultiply, value.FnDivide:
		p.operand(c.Args[0], s)
		p.put(" ", c.Func.String(), " ")
		p.operand(c.Args[1], s+1)
	case value.FnEqual, value.FnNotEqual, value.FnLess, value.FnGreater, value.FnLessEqual, value.FnGreaterEqual:
		p.operand(c.Args[0], s+1)
		p.put(" ", c.Func.String(), " ")
		p.operand(c.Args[1], s+1)
	default:
		p.put(c.Func.String(), "(")
		p.args(c.Args)
	}
}

// signed writes the operand of a unary plus or minus. A number in brackets, or
// it would become part of the number.
func (p *printer) signed(e Expr) {
	if _, ok := e.(Term); ok || strength(e) < bindPrimary {
		p.bracketed(e)
		return
	}
	p.expr(e)
}

func (p *printer) aggregate(a Aggregate) {
	p.put(a.Func.String(), "(")
	if a.Distinct {
		p.put("DISTINCT ")
	}
	if a.Arg == nil {
		p.put("*")
	} else {
		p.expr(a.Arg)
	}
	if len(a.OrderBy) > 0 {
		p.put("; ")
		p.orderBy(a.OrderBy)
	}
	if a.Separator != nil {
		p.put("; SEPARATOR = ", term.NewString(*a.Separator).String())
	}
	p.put(")")
}

// Binding strengths of path operators, weakest first.
const (
	pathAlternative = iota
	pathSequence
	pathInverse
	pathModified
	pathPrimary
)

// path writes e, in brackets when it binds less strongly than least.
func (p *printer) path(e PathExpr, least int) {
	if pathStrength(e) < least {
		p.put("(")
		defer p.put(")")
	}
	switch e := e.(type) {
	case PathLink:
		p.put(iriString(e.IRI))
	case PathInverse:
		p.put("^")
		p.path(e.Path, pathModified)
	case PathSequence:
		p.paths(e.Paths, "/", pathInverse)
	case PathAlternative:
		p.paths(e.Paths, "|", pathSequence)
	case PathZeroOrMore:
		p.path(e.Path, pathPrimary)
		p.put("*")
	case PathOneOrMore:
		p.path(e.Path, pathPrimary)
		p.put("+")
	case PathZeroOrOne:
		p.path(e.Path, pathPrimary)
		p.put("?")
	case PathNegated:
		p.negated(e)
	}
}

func pathStrength(e PathExpr) int {
	switch e.(type) {
	case PathAlternative:
		return pathAlternative
	case PathSequence:
		return pathSequence
	case PathInverse:
		return pathInverse
	case PathZeroOrMore, PathOneOrMore, PathZeroOrOne:
		return pathModified
	}
	return pathPrimary
}

func (p *printer) paths(paths []PathExpr, op string, least int) {
	for i, e := range paths {
		if i > 0 {
			p.put(op)
		}
		p.path(e, least)
	}
}

func (p *printer) negated(n PathNegated) {
	p.put("!(")
	for i, iri := range n.Forward {
		if i > 0 {
			p.put("|")
		}
		p.put(iriString(iri))
	}
	for i, iri := range n.Inverse {
		if i > 0 || len(n.Forward) > 0 {
			p.put("|")
		}
		p.put("^", iriString(iri))
	}
	p.put(")")
}
