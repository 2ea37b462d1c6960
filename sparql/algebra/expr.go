package algebra

import "fincat/sparql/value"

// Expr is an expression: a [Var], a [Term], a [*Call], a [*CustomCall] or an
// [*Exists]. Its value for a solution is a term or an error.
type Expr interface {
	expr()
	// String prints the expression as an s-expression.
	String() string
}

// Call is an operator or a builtin function (SPARQL 1.1 §17.3, §17.4) with a
// number of arguments that it takes. Package value says which functions treat
// errors in ways of their own and which are no functions of their arguments.
// The argument of FnBound is a Var.
type Call struct {
	Func value.Function
	Args []Expr
}

// CustomCall is a function named by an IRI, a cast among them (SPARQL 1.1
// §17.5 and §17.6).
type CustomCall struct {
	IRI  string
	Args []Expr
}

// Exists is EXISTS or, when Not is set, NOT EXISTS. The pattern is evaluated in
// the context of the solution at hand, as SPARQL 1.2 §18.6 defines it, which
// agrees with the substitution of SPARQL 1.1 wherever that has a meaning: every
// BGP, also the empty one, every Path, TextSearch, Values and Service in the
// pattern is joined with that solution.
type Exists struct {
	Not     bool
	Pattern Op
}

func (Var) expr()         {}
func (Term) expr()        {}
func (*Call) expr()       {}
func (*CustomCall) expr() {}
func (*Exists) expr()     {}
