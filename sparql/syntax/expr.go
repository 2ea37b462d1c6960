package syntax

import "fincat/sparql/value"

// Expr is an expression: a [Var], a [Term], a [Call], a [CustomCall], an
// [Exists] or, where aggregates are allowed, an [Aggregate].
type Expr interface{ expr() }

// Call is an operator or a builtin function applied to its arguments
// (SPARQL 1.1 §17.3 and §17.4). The number of arguments is always one that the
// function takes.
type Call struct {
	Func value.Function
	Args []Expr
}

// CustomCall is a function named by an IRI: a cast or an extension
// (SPARQL 1.1 §17.5 and §17.6). DISTINCT, which only custom aggregates take
// (§19.8 note 13), is a syntax error: there are none.
type CustomCall struct {
	IRI  string
	Args []Expr
}

// Exists is EXISTS or NOT EXISTS (SPARQL 1.1 §8.1).
type Exists struct {
	Not     bool
	Pattern *Group
}

// Aggregate is a set function (SPARQL 1.1 §11 and §18.5.1).
type Aggregate struct {
	Func      value.Aggregator
	Distinct  bool
	Arg       Expr             // nil for COUNT(*)
	Separator *string          // GROUP_CONCAT; nil means a space
	OrderBy   []OrderCondition // GROUP_CONCAT with ORDER BY, an extension
}

func (Var) expr()        {}
func (Term) expr()       {}
func (Call) expr()       {}
func (CustomCall) expr() {}
func (Exists) expr()     {}
func (Aggregate) expr()  {}
