package algebra

import (
	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/vocab/term"
)

// Op is an operator of the algebra: it has a multiset or sequence of solutions
// as its value (SPARQL 1.1 §18.6). The operators are the pointer types of this
// file.
type Op interface {
	op()
	// String prints the operator as an s-expression.
	String() string
}

// BGP is a basic graph pattern (SPARQL 1.1 §18.3). Blank nodes are hidden
// variables, which gives the cardinality §18.3.1 asks for. Without patterns it
// has one solution, the empty one: the identity of Join.
type BGP struct{ Patterns []TriplePattern }

// Path is a property path pattern that no triple pattern can express
// (SPARQL 1.1 §18.4).
type Path struct {
	Subject Node
	Path    syntax.PathExpr
	Object  Node
}

// Join is defined in SPARQL 1.1 §18.5; here it takes two or more inputs, as it
// is associative and commutative.
type Join struct{ Inputs []Op }

// LeftJoin is defined in SPARQL 1.1 §18.5. The conditions are a conjunction,
// evaluated over the merged solution; none means true.
type LeftJoin struct {
	Left, Right Op
	Exprs       []Expr
}

// Filter is defined in SPARQL 1.1 §18.5. Exprs are a conjunction: a solution is
// kept when the effective boolean value of each is true.
type Filter struct {
	Exprs []Expr
	Input Op
}

// Union is defined in SPARQL 1.1 §18.5, of two or more inputs.
type Union struct{ Inputs []Op }

// Graph is the evaluation of a graph pattern in named graphs (SPARQL 1.1
// §18.6, Evaluation of Graph); Name is a Var or an IRI.
type Graph struct {
	Name  Node
	Input Op
}

// Extend is defined in SPARQL 1.1 §18.5. When Expr is an error the solution
// stays without Var.
type Extend struct {
	Input Op
	Var   Var
	Expr  Expr
}

// Minus is defined in SPARQL 1.1 §18.5.
type Minus struct{ Left, Right Op }

// Values is a multiset of solutions given in the query (SPARQL 1.1 §18.2.2.6,
// InlineData). Rows have one term for each variable, the zero Term for UNDEF.
// Without rows it has no solution.
type Values struct {
	Vars []Var
	Rows [][]term.Term
}

// Group is Group, Aggregation and AggregateJoin of SPARQL 1.1 §18.5.1 in one.
// Its solutions have exactly the variables of Keys and Aggregates. Without keys
// all solutions are one group, also when there are none at all.
type Group struct {
	Input      Op
	Keys       []GroupKey
	Aggregates []Aggregation
}

// GroupKey is a grouping expression and the variable its value is bound to; the
// variable stays unbound when the expression is an error.
type GroupKey struct {
	Var  Var
	Expr Expr
}

// Aggregation binds Var to the value of a set function over each group
// (SPARQL 1.1 §18.5.1); an error leaves it unbound.
type Aggregation struct {
	Var       Var
	Func      value.Aggregator
	Distinct  bool
	Arg       Expr // nil for COUNT(*)
	Separator string
	OrderBy   []OrderKey // GROUP_CONCAT with ORDER BY, an extension
}

// OrderBy is defined in SPARQL 1.1 §18.5 and §15.1. Its sort is stable.
type OrderBy struct {
	Input Op
	Keys  []OrderKey
}

// OrderKey is an order comparator.
type OrderKey struct {
	Expr       Expr
	Descending bool
}

// Project is defined in SPARQL 1.1 §18.5.
type Project struct {
	Input Op
	Vars  []Var
}

// Distinct is defined in SPARQL 1.1 §18.5.
type Distinct struct{ Input Op }

// Reduced is defined in SPARQL 1.1 §18.5: any multiplicity from one to that of
// the input is right.
type Reduced struct{ Input Op }

// Slice is defined in SPARQL 1.1 §18.5; Limit is negative when there is none.
type Slice struct {
	Input  Op
	Offset uint64
	Limit  int64
}

// Service is a pattern that a remote endpoint answers (SPARQL 1.1 Federated
// Query §4). Name is a Var or an IRI. Pattern is the text to send; Input is the
// same pattern in algebra, which tells its variables.
type Service struct {
	Name    Node
	Silent  bool
	Pattern *syntax.Group
	Input   Op
}

func (*BGP) op()      {}
func (*Path) op()     {}
func (*Join) op()     {}
func (*LeftJoin) op() {}
func (*Filter) op()   {}
func (*Union) op()    {}
func (*Graph) op()    {}
func (*Extend) op()   {}
func (*Minus) op()    {}
func (*Values) op()   {}
func (*Group) op()    {}
func (*OrderBy) op()  {}
func (*Project) op()  {}
func (*Distinct) op() {}
func (*Reduced) op()  {}
func (*Slice) op()    {}
func (*Service) op()  {}
