package algebra

import (
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

const xsdBoolean = "http://www.w3.org/2001/XMLSchema#boolean"

func boolean(b bool) Expr {
	if b {
		return Term{term.NewLiteral("true", xsdBoolean)}
	}
	return Term{term.NewLiteral("false", xsdBoolean)}
}

// constantTruth reports the effective boolean value of a constant boolean in a
// usual lexical form.
func constantTruth(e Expr) (value, constant bool) {
	t, ok := e.(Term)
	if !ok || t.Datatype() != xsdBoolean {
		return false, false
	}
	switch t.Value() {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// fold replaces a call by its value where constants settle it, whatever the
// other arguments turn out to be.
func fold(c *Call) Expr {
	switch c.Func {
	case syntax.FnOr:
		return foldLogical(c, true)
	case syntax.FnAnd:
		return foldLogical(c, false)
	case syntax.FnNot:
		if value, ok := constantTruth(c.Args[0]); ok {
			return boolean(!value)
		}
	case syntax.FnIf:
		if value, ok := constantTruth(c.Args[0]); ok && value {
			return c.Args[1]
		} else if ok {
			return c.Args[2]
		}
	case syntax.FnCoalesce:
		if len(c.Args) > 0 {
			if t, ok := c.Args[0].(Term); ok {
				return t
			}
		}
	case syntax.FnSameTerm:
		a, ok1 := c.Args[0].(Term)
		b, ok2 := c.Args[1].(Term)
		if ok1 && ok2 {
			return boolean(a == b)
		}
	case syntax.FnIsIRI, syntax.FnIsBlank, syntax.FnIsLiteral, syntax.FnIsTriple:
		if t, ok := c.Args[0].(Term); ok {
			return boolean(t.Kind() == kindTested(c.Func))
		}
	}
	return c
}

func kindTested(f syntax.Function) term.Kind {
	switch f {
	case syntax.FnIsIRI:
		return term.IRI
	case syntax.FnIsBlank:
		return term.BlankNode
	case syntax.FnIsLiteral:
		return term.Literal
	}
	return term.TripleTerm
}

// foldLogical folds || when dominant is true, && when it is false: one constant
// argument of the dominant value settles the result, errors elsewhere or not
// (SPARQL 1.1 §17.2); those of the other value do not matter.
func foldLogical(c *Call, dominant bool) Expr {
	var rest []Expr
	for _, a := range c.Args {
		value, ok := constantTruth(a)
		switch {
		case !ok:
			rest = append(rest, a)
		case value == dominant:
			return boolean(dominant)
		}
	}
	switch {
	case len(rest) == len(c.Args):
		return c
	case len(rest) == 0:
		return boolean(!dominant)
	case len(rest) == 1 && isBoolean(rest[0]):
		return rest[0]
	case len(rest) == 1: // keep a constant, for the effective boolean value
		rest = append(rest, boolean(!dominant))
	}
	return &Call{c.Func, rest}
}

// isBoolean reports whether e is a boolean or an error.
func isBoolean(e Expr) bool {
	switch e := e.(type) {
	case *Exists:
		return true
	case *Call:
		switch e.Func {
		case syntax.FnOr, syntax.FnAnd, syntax.FnNot, syntax.FnEqual, syntax.FnNotEqual, syntax.FnLess, syntax.FnGreater,
			syntax.FnLessEqual, syntax.FnGreaterEqual, syntax.FnIn, syntax.FnNotIn, syntax.FnBound, syntax.FnSameTerm,
			syntax.FnIsIRI, syntax.FnIsBlank, syntax.FnIsLiteral, syntax.FnIsNumeric, syntax.FnIsTriple,
			syntax.FnHasLang, syntax.FnHasLangDir, syntax.FnStrStarts, syntax.FnStrEnds, syntax.FnContains,
			syntax.FnLangMatches, syntax.FnRegex:
			return true
		}
	}
	return false
}
