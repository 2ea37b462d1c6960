package algebra

import (
	"errors"

	"fincat/sparql/value"
	"fincat/vocab/term"
)

const xsdBoolean = "http://www.w3.org/2001/XMLSchema#boolean"

func boolean(b bool) Expr {
	if b {
		return Term{term.NewLiteral("true", xsdBoolean)}
	}
	return Term{term.NewLiteral("false", xsdBoolean)}
}

// constantTruth reports the effective boolean value of a constant boolean.
func constantTruth(e Expr) (truth, constant bool) {
	t, ok := e.(Term)
	if !ok {
		return false, false
	}
	return t.Bool()
}

// fold replaces a call by its value where constants settle it, whatever the
// other arguments turn out to be.
func fold(c *Call) Expr {
	switch c.Func {
	case value.FnOr:
		return foldLogical(c, true)
	case value.FnAnd:
		return foldLogical(c, false)
	case value.FnIf:
		if truth, ok := constantTruth(c.Args[0]); ok && truth {
			return c.Args[1]
		} else if ok {
			return c.Args[2]
		}
	case value.FnCoalesce:
		if len(c.Args) > 0 {
			if t, ok := c.Args[0].(Term); ok {
				return t
			}
		}
	}
	if t, ok := evaluate(c.Func, c.Args); ok {
		return t
	}
	return c
}

// foldCast replaces a cast of a constant by its value.
func foldCast(c *CustomCall) Expr {
	if f := value.CastTo(c.IRI); f != 0 && len(c.Args) == 1 {
		if t, ok := evaluate(f, c.Args); ok {
			return t
		}
	}
	return c
}

// evaluate computes a function of constants; ok is false when there are other
// arguments, when the value depends on more than the arguments, and when it is
// an error, which stays where it is.
func evaluate(f value.Function, args []Expr) (t Term, ok bool) {
	if f.Dependence() != value.OnArguments {
		return Term{}, false
	}
	values := make([]value.Value, len(args))
	for i, a := range args {
		constant, ok := a.(Term)
		if !ok {
			return Term{}, false
		}
		values[i] = value.Of(constant.Term)
	}
	v := f.Call(&value.Scope{Grow: foldable}, values...)
	return Term{v.Term()}, !v.IsError()
}

// foldable leaves long texts to the evaluation, which has a budget for them.
func foldable(n int64) error {
	if n > maxFolded {
		return errNotFolded
	}
	return nil
}

// maxFolded is the longest text that is computed in advance.
const maxFolded = 64 << 10

var errNotFolded = errors.New("too long to be computed in advance")

// foldLogical folds || when dominant is true, && when it is false: one constant
// argument of the dominant value settles the result, errors elsewhere or not
// (SPARQL 1.1 §17.2); those of the other value do not matter.
func foldLogical(c *Call, dominant bool) Expr {
	var rest []Expr
	for _, a := range c.Args {
		truth, ok := constantTruth(a)
		switch {
		case !ok:
			rest = append(rest, a)
		case truth == dominant:
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
		return e.Func.Result() == value.ResultBoolean
	}
	return false
}
