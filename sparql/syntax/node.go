package syntax

import "fincat/vocab/term"

// Node is a position of a triple pattern: a [Var], a [Term] or a [TripleTerm]
// (SPARQL 1.2 §18.1.5). Nodes are comparable with ==.
type Node interface{ node() }

// Var is a variable, named without "?" (SPARQL 1.1 §18.1.3).
type Var string

// String returns the variable with its question mark.
func (v Var) String() string { return "?" + string(v) }

// Term is an RDF term in a pattern or an expression. In a triple pattern a
// blank node stands for itself in the syntax tree; in the algebra it has become
// a hidden variable, except in templates.
type Term struct{ term.Term }

// TripleTerm is a triple term that contains a variable or a blank node
// (SPARQL 1.2 §4.1.5); one without either is a plain [Term].
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
