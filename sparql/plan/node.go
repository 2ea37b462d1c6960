package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// Var is a variable of the algebra.
type Var = algebra.Var

// Info is what every node states about its solutions.
type Info struct {
	Vars     []Var           // the variables, in the order of the batch columns
	Certain  VarSet          // those that every solution binds
	Order    []Var           // solutions come sorted by the IDs of these variables
	Rows     float64         // expected number of solutions
	Cost     float64         // expected effort of the whole subtree, in solutions touched
	distinct map[Var]float64 // expected number of distinct terms
}

// Base returns the node's info itself, to be read by package exec.
func (i *Info) Base() *Info { return i }

// Node is an operator of a physical plan: one of the pointer types of this file.
type Node interface {
	Base() *Info
	inputs() []Node
}

// Inputs returns the operators below one, in the order they are printed.
func Inputs(n Node) []Node { return n.inputs() }

// Sorts reports whether there is a [Sort] in a plan, so that the sequence of its solutions
// may be one that was asked for.
func Sorts(n Node) bool {
	if _, ok := n.(*Sort); ok {
		return true
	}
	return slices.ContainsFunc(n.inputs(), Sorts)
}

// Sequenced returns the nodes of a plan whose solutions have to come in their Order,
// because an operator above relies on it. A [Sort] is not asked for here.
func Sequenced(root Node) map[Node]bool {
	out := map[Node]bool{}
	var walk func(n Node, wanted bool)
	walk = func(n Node, wanted bool) {
		if wanted {
			out[n] = true
		}
		switch n := n.(type) {
		case *HashJoin:
			walk(n.Left, wanted)
			walk(n.Right, false)
			return
		case *Apply:
			walk(n.Input, wanted)
			walk(n.Sub, false)
			return
		case *MergeJoin:
			wanted = true
		case *Group:
			wanted = n.Sorted
		case *Distinct:
			wanted = wanted || n.Adjacent
		case *Sort, *Leapfrog:
			wanted = false
		}
		for _, in := range n.inputs() {
			walk(in, wanted)
		}
	}
	walk(root, false)
	return out
}

// Slot is a position of a pattern: a variable, or a constant when Var is empty.
type Slot struct {
	Var  Var
	ID   store.ID
	Term term.Term // of the constant, for printing
}

// GraphMode says which graphs a pattern is matched against.
type GraphMode uint8

// The modes of [Graphs].
const (
	OneGraph   GraphMode = iota // the graph ID
	AllGraphs                   // the union of all graphs of the store
	SomeGraphs                  // the union of the graphs List
	VarGraph                    // any named graph, bound to Var; only those of List when Listed
	ParamGraph                  // the graph that the GraphLoop above is at
)

// Graphs is the active graph of a pattern (SPARQL 1.1 §18.6).
type Graphs struct {
	Mode   GraphMode
	ID     store.ID
	List   []store.ID
	Listed bool
	Var    Var
}

// Quad is a triple pattern with its active graph.
type Quad struct {
	S, P, O Slot
	G       Graphs
}

// Table is a constant multiset of solutions; ID 0 is unbound.
type Table struct {
	Info
	IDs     [][]store.ID // a row for each solution
	Counted *Quad        // they are the store's counts of this pattern
}

// Scan reads the quads that match one pattern from one index order.
type Scan struct {
	Info
	Quad
	Index store.Order
}

// GraphNames yields the name of every named graph, or of those in List.
type GraphNames struct {
	Info
	Var    Var
	Listed bool
	List   []store.ID
}

// Lookup joins its input with a pattern by probing an index with the sorted
// keys of every batch.
type Lookup struct {
	Info
	Input Node
	Quad
}

// MergeJoin joins two inputs sorted by On.
type MergeJoin struct {
	Info
	Left, Right Node
	On          Var
}

// JoinKind says what becomes of the solutions of a join's left side.
type JoinKind uint8

// The kinds of [HashJoin] and [Apply].
const (
	Inner JoinKind = iota
	LeftOuter
	Minus // HashJoin only: SPARQL's Minus
	Semi  // Apply only: those with a match
	Anti  // Apply only: those without one
	Mark  // Apply only: all, Mark says whether there is one
)

// HashJoin joins by a hash table of its right side. Key are variables that
// both sides always bind; Shared are the other common variables, which are
// compatible when equal or unbound on one side. Exprs belong to LeftOuter.
// Variables in Ignore do not make domains overlap for Minus; a row of the Seed whose
// number is Context does, unless it binds nothing.
type HashJoin struct {
	Info
	Kind        JoinKind
	Left, Right Node
	Key, Shared []Var
	Exprs       []algebra.Expr
	Ignore      []Var
	Context     Var
}

// Apply runs Sub once for every batch of Input, whose bindings Sub gets from
// Seed.
type Apply struct {
	Info
	Kind  JoinKind
	Input Node
	Sub   Node
	Seed  *Seed
	Mark  Var
}

// Seed yields the bindings of an Apply's current batch; Row numbers them, by even numbers
// from 2, and by one more where a row binds no variable of the query.
type Seed struct {
	Info
	Row Var
}

// PathJoin joins its input with a property path pattern (SPARQL 1.1 §18.4).
type PathJoin struct {
	Info
	Input Node
	S, O  Slot
	Path  syntax.PathExpr
	G     Graphs
}

// Unfold keeps the solutions in which Var is a triple term that matches
// Pattern, and binds the pattern's variables.
type Unfold struct {
	Info
	Input   Node
	Var     Var
	Pattern algebra.TripleTerm
}

// TextSearch is the property function text:query: it binds Literal, and Score
// unless that is empty, to the hits of Query in the full-text index. The
// triples that have the literal are looked up above it.
type TextSearch struct {
	Info
	Input          Node
	Score, Literal Var
	Query          Slot
	Lang           string
	Limit          int // 0: that of the index
}

// Rowwise runs Sub for every single solution of Seed, and gives each of Sub's
// solutions the number of the row.
type Rowwise struct {
	Info
	Seed *Seed
	Sub  Node
}

func (n *Rowwise) inputs() []Node { return []Node{n.Sub} }

// Filter keeps the solutions for which every expression is true.
type Filter struct {
	Info
	Input Node
	Exprs []algebra.Expr
}

// Extend binds Var to the value of Expr.
type Extend struct {
	Info
	Input Node
	Var   Var
	Expr  algebra.Expr
}

// Copy binds To to the value of From; where To is bound already, it keeps the
// solutions in which they agree.
type Copy struct {
	Info
	Input    Node
	From, To Var
}

// Union yields the solutions of its inputs one after the other.
type Union struct {
	Info
	Branches []Node
}

// GraphLoop runs Sub with every named graph as the active graph and binds Var
// to its name.
type GraphLoop struct {
	Info
	Var   Var
	Names *GraphNames
	Sub   Node
}

// Group groups and aggregates. With Sorted the input comes sorted by the keys,
// which are then plain variables.
type Group struct {
	Info
	Input      Node
	Keys       []algebra.GroupKey
	Aggregates []algebra.Aggregation
	Sorted     bool
}

// Sort orders its input by Keys; with Limit >= 0 only the first Limit solutions
// are kept.
type Sort struct {
	Info
	Input Node
	Keys  []algebra.OrderKey
	Limit int64
}

// Project keeps the named variables.
type Project struct {
	Info
	Input Node
}

// Distinct drops repeated solutions; with Adjacent its input is sorted so that
// they follow each other.
type Distinct struct {
	Info
	Input    Node
	Adjacent bool
}

// Slice skips Offset solutions and ends after Limit ones, unless negative.
type Slice struct {
	Info
	Input  Node
	Offset uint64
	Limit  int64
}

// Service asks a remote endpoint, with the bindings of its input.
type Service struct {
	Info
	Input   Node
	Name    Slot
	Silent  bool
	Pattern *syntax.Group
	Remote  []Var // the variables of the pattern
}

func (n *Table) inputs() []Node      { return nil }
func (n *Scan) inputs() []Node       { return nil }
func (n *GraphNames) inputs() []Node { return nil }
func (n *Lookup) inputs() []Node     { return []Node{n.Input} }
func (n *MergeJoin) inputs() []Node  { return []Node{n.Left, n.Right} }
func (n *HashJoin) inputs() []Node   { return []Node{n.Left, n.Right} }
func (n *Apply) inputs() []Node      { return []Node{n.Input, n.Sub} }
func (n *Seed) inputs() []Node       { return nil }
func (n *PathJoin) inputs() []Node   { return []Node{n.Input} }
func (n *Unfold) inputs() []Node     { return []Node{n.Input} }
func (n *TextSearch) inputs() []Node { return []Node{n.Input} }
func (n *Filter) inputs() []Node     { return []Node{n.Input} }
func (n *Extend) inputs() []Node     { return []Node{n.Input} }
func (n *Copy) inputs() []Node       { return []Node{n.Input} }
func (n *Union) inputs() []Node      { return n.Branches }
func (n *GraphLoop) inputs() []Node  { return []Node{n.Names, n.Sub} }
func (n *Group) inputs() []Node      { return []Node{n.Input} }
func (n *Sort) inputs() []Node       { return []Node{n.Input} }
func (n *Project) inputs() []Node    { return []Node{n.Input} }
func (n *Distinct) inputs() []Node   { return []Node{n.Input} }
func (n *Slice) inputs() []Node      { return []Node{n.Input} }
func (n *Service) inputs() []Node    { return []Node{n.Input} }

// Number gives every solution a number in Var.
type Number struct {
	Info
	Input Node
	Var   Var
}

func (n *Number) inputs() []Node { return []Node{n.Input} }

// SolutionVar is the hidden variable of [Number].
const SolutionVar Var = ".solution"
