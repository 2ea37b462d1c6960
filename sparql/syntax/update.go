package syntax

import "fincat/vocab/term"

// Update is an update request (SPARQL 1.1 Update §3).
type Update struct{ Operations []Operation }

// Operation is one operation of an update request: [*InsertData],
// [*DeleteData], [*Modify], [*Load], [*Clear], [*Create] or [*Transfer].
type Operation interface{ operation() }

// InsertData is INSERT DATA (SPARQL 1.1 Update §3.1.1).
type InsertData struct{ Quads []term.Quad }

// DeleteData is DELETE DATA (SPARQL 1.1 Update §3.1.2).
type DeleteData struct{ Quads []term.Quad }

// Modify is DELETE/INSERT (SPARQL 1.1 Update §3.1.3), and also DELETE WHERE,
// whose template is its pattern.
type Modify struct {
	Base           string // base IRI in effect; may be empty
	With           string // IRI of WITH, or empty
	Delete, Insert []QuadPattern
	HasInsert      bool // an INSERT clause is there, though perhaps empty
	HasDelete      bool // a DELETE clause is there, though perhaps empty
	Using          *Dataset
	Where          *Group
}

// Load is LOAD (SPARQL 1.1 Update §3.1.4). An empty Into is the default graph.
type Load struct {
	Silent       bool
	Source, Into string
}

// TargetKind says which graphs a [Target] means.
type TargetKind uint8

// The kinds of target.
const (
	TargetDefault TargetKind = iota // the default graph
	TargetGraph                     // the graph named IRI
	TargetNamed                     // every named graph
	TargetAll                       // the default and every named graph
)

// Target is the graph or graphs a graph management operation works on.
type Target struct {
	Kind TargetKind
	IRI  string
}

// Clear is CLEAR or, when Drop is set, DROP (SPARQL 1.1 Update §3.1.5, §3.2.2).
type Clear struct {
	Drop, Silent bool
	Target       Target
}

// Create is CREATE (SPARQL 1.1 Update §3.2.1).
type Create struct {
	Silent bool
	Graph  string
}

// TransferKind is ADD, MOVE or COPY.
type TransferKind uint8

// The kinds of transfer (SPARQL 1.1 Update §3.2.3 to §3.2.5).
const (
	TransferAdd TransferKind = iota + 1
	TransferMove
	TransferCopy
)

// String returns the keyword of the operation.
func (k TransferKind) String() string {
	switch k {
	case TransferAdd:
		return "ADD"
	case TransferMove:
		return "MOVE"
	case TransferCopy:
		return "COPY"
	}
	return ""
}

// Transfer is ADD, MOVE or COPY from one graph to another; both are
// TargetDefault or TargetGraph.
type Transfer struct {
	Kind     TransferKind
	Silent   bool
	From, To Target
}

func (*InsertData) operation() {}
func (*DeleteData) operation() {}
func (*Modify) operation()     {}
func (*Load) operation()       {}
func (*Clear) operation()      {}
func (*Create) operation()     {}
func (*Transfer) operation()   {}
