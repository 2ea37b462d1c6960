package syntax

import "fincat/vocab/term"

// Group is a group graph pattern, { … } (SPARQL 1.1 §5.2). A subquery is the
// only element of its group.
type Group struct{ Elements []Element }

// Element is a member of a group graph pattern: [*Triples], [*Group], [*Union],
// [*Optional], [*Minus], [*GraphPattern], [*Service], [*Filter], [*Bind],
// [*InlineData] or [*SubSelect].
type Element interface{ element() }

// Triples is a block of triple patterns and property path patterns
// (SPARQL 1.1 §5.1 and §9).
type Triples struct{ Patterns []PathPattern }

// PathPattern is a triple pattern, or a property path pattern when Path is set
// and Predicate is nil.
type PathPattern struct {
	TriplePattern
	Path PathExpr
}

// Union is { … } UNION { … } … of two or more groups (SPARQL 1.1 §7).
type Union struct{ Groups []*Group }

// Optional is OPTIONAL { … } (SPARQL 1.1 §6).
type Optional struct{ Group *Group }

// Minus is MINUS { … } (SPARQL 1.1 §8.2).
type Minus struct{ Group *Group }

// GraphPattern is GRAPH name { … } (SPARQL 1.1 §13.3); Name is a Var or an IRI.
type GraphPattern struct {
	Name  Node
	Group *Group
}

// Service is SERVICE name { … } (SPARQL 1.1 Federated Query §2); Name is a Var
// or an IRI.
type Service struct {
	Silent bool
	Name   Node
	Group  *Group
}

// Filter is FILTER (SPARQL 1.1 §5.2.2).
type Filter struct{ Expr Expr }

// Bind is BIND (expr AS ?var) (SPARQL 1.1 §10.1).
type Bind struct {
	Expr Expr
	Var  Var
}

// InlineData is a VALUES block (SPARQL 1.1 §10.2). Every row has one term for
// each variable; the zero Term is UNDEF.
type InlineData struct {
	Vars []Var
	Rows [][]term.Term
}

// SubSelect is a subquery (SPARQL 1.1 §12).
type SubSelect struct{ Select }

func (*Group) element()        {}
func (*Triples) element()      {}
func (*Union) element()        {}
func (*Optional) element()     {}
func (*Minus) element()        {}
func (*GraphPattern) element() {}
func (*Service) element()      {}
func (*Filter) element()       {}
func (*Bind) element()         {}
func (*InlineData) element()   {}
func (*SubSelect) element()    {}
