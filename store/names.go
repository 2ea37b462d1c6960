package store

import (
	"errors"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/ids"
	"fincat/store/kv"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// ID stands for a term in a store.
type ID = ids.ID

// The IDs that stand for no term of their own.
const (
	Any          = ids.Any          // in a pattern: every term; in a solution: unbound
	DefaultGraph = ids.DefaultGraph // the graph of the quads without a graph name
	FirstLocal   = ids.FirstLocal   // the lowest of the IDs that no store uses
)

// Inline returns the ID of a term that needs no dictionary; see [ids.Inline].
func Inline(t term.Term) (ID, bool) { return ids.Inline(t) }

// Order is the order of an index, spelled by position: SPOG sorts by subject,
// then predicate, object and graph.
type Order = block.Order

// The orders. Whatever positions of a pattern are bound, they lead one of them.
const (
	SPOG = block.SPOG
	POSG = block.POSG
	OSPG = block.OSPG
	GSPO = block.GSPO
	GPOS = block.GPOS
	GOSP = block.GOSP
)

const (
	orders     = block.Orders
	termsOrder = block.TermsOrder
	lists      = block.Lists
)

// Pattern selects quads: each position is a term's ID, or Any.
type Pattern = block.Pattern

// OrderFor returns an order in which the bound positions of p come first, so
// that a scan in it visits only what matches.
func OrderFor(p Pattern) Order { return block.OrderFor(p) }

var (
	// ErrCorrupt means that stored bytes do not decode.
	ErrCorrupt = block.ErrCorrupt
	// ErrNewerFormat means that a newer version of the program wrote the store.
	ErrNewerFormat = block.ErrNewerFormat
	// ErrUpgrade means that a store of an older format can be read as it is, and written
	// when it is opened without Options.KeepFormat, which makes it one of the present format.
	ErrUpgrade = errors.New("store of an older format")
	// ErrNoStore means that there is no store in a directory, and that none is made there.
	ErrNoStore = kv.ErrNoStore
	// ErrTerm means that a quad contains a term in a position where RDF does not allow it.
	ErrTerm = dict.ErrTerm
	// ErrLocked means that another process holds the directory; the error is a [*LockedError].
	ErrLocked = kv.ErrLocked
	// ErrFull means that the disk has no room for the commit; nothing was written.
	ErrFull = kv.ErrFull
)

// IsFull reports whether an error means that a disk has no room.
func IsFull(err error) bool { return kv.IsFull(err) }

// Look reports whether there is a store in a directory: nil when there is, else an error
// that is [ErrNoStore], and [io/fs.ErrNotExist] too where one can be made.
func Look(dir string) error { return kv.Look(dir) }

// Stats are the counts of one snapshot, exact.
type Stats = stats.Counts

// PredicateStats counts the quads with one predicate.
type PredicateStats = stats.Predicate

// CharacteristicSet counts the subjects that have exactly these predicates.
type CharacteristicSet = stats.CharacteristicSet

// LockedError says who holds a store's directory.
type LockedError = kv.LockedError
