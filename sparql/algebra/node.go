package algebra

import (
	"strings"

	"fincat/vocab/term"
)

// Node is a position of a triple pattern: a [Var], a [Term] or a [TripleTerm]
// (SPARQL 1.2 §18.1.5). Nodes are comparable with ==.
type Node interface{ node() }

// Var is a variable, named without "?" (SPARQL 1.1 §18.1.3). It is a Node and
// an Expr.
type Var string

// Hidden reports whether v stands for no variable of the text. The name of a
// hidden variable starts with "." or, for a blank node, with "_:".
func (v Var) Hidden() bool {
	return strings.HasPrefix(string(v), ".") || strings.HasPrefix(string(v), "_:")
}

// String returns the variable with its question mark.
func (v Var) String() string { return "?" + string(v) }

// Term is an RDF term; it is a Node and an Expr. In a pattern it is never a
// blank node; in the template of CONSTRUCT or INSERT a blank node stands for a
// fresh one in every solution (SPARQL 1.1 §16.2.1).
type Term struct{ term.Term }

// TripleTerm is a triple term with at least one variable, or with a blank node
// in a template (SPARQL 1.2 §18.1.5).
type TripleTerm struct{ Subject, Predicate, Object Node }

func (Var) node()        {}
func (Term) node()       {}
func (TripleTerm) node() {}

// TriplePattern is a subject, a predicate and an object (SPARQL 1.1 §18.1.5).
type TriplePattern struct{ Subject, Predicate, Object Node }

// QuadPattern is a triple pattern in a graph; a nil Graph is the default graph
// (SPARQL 1.1 Update §3.1.3).
type QuadPattern struct {
	Graph Node
	TriplePattern
}
