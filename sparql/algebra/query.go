package algebra

import (
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// Query is a query in algebra.
type Query struct {
	Form syntax.Form
	Base string // for the IRI function; may be empty
	// Dataset is the RDF dataset of FROM and FROM NAMED, nil when there is none.
	Dataset *syntax.Dataset
	// Op is the pattern with its solution modifiers. For a SELECT query it
	// projects Vars, for other forms it has no Project of its own.
	Op       Op
	Vars     []Var           // SELECT: the result's variables in order
	Template []TriplePattern // CONSTRUCT
	Describe []Node          // DESCRIBE: IRIs and Vars; for DESCRIBE * all variables in scope
}

// Update is an update request in algebra.
type Update struct{ Operations []Operation }

// Operation is [*InsertData], [*DeleteData], [*DeleteInsert], [*Load],
// [*Clear], [*Create] or [*Transfer] (SPARQL 1.1 Update §4.3).
type Operation interface{ operation() }

// InsertData is SPARQL 1.1 Update §4.3.1; blank nodes are new in the store, the
// same one for the same label in the whole request.
type InsertData struct{ Quads []term.Quad }

// DeleteData is SPARQL 1.1 Update §4.3.2.
type DeleteData struct{ Quads []term.Quad }

// DeleteInsert is SPARQL 1.1 Update §4.3.3: DELETE/INSERT and DELETE WHERE.
// The graph of WITH is already part of the templates.
type DeleteInsert struct {
	Base           string // for the IRI function; may be empty
	Delete, Insert []QuadPattern
	// With is the IRI of WITH when Using is nil: for Where it is the default
	// graph, while all named graphs stay. Empty otherwise.
	With  string
	Using *syntax.Dataset
	Where Op
}

// Load is SPARQL 1.1 Update §4.3.4.
type Load struct{ syntax.Load }

// Clear is CLEAR and DROP, SPARQL 1.1 Update §4.3.5 and §4.4.
type Clear struct{ syntax.Clear }

// Create is SPARQL 1.1 Update §4.4.
type Create struct{ syntax.Create }

// Transfer is ADD, MOVE and COPY, SPARQL 1.1 Update §3.2.3 to §3.2.5.
type Transfer struct{ syntax.Transfer }

func (*InsertData) operation()   {}
func (*DeleteData) operation()   {}
func (*DeleteInsert) operation() {}
func (*Load) operation()         {}
func (*Clear) operation()        {}
func (*Create) operation()       {}
func (*Transfer) operation()     {}
