package exec

import (
	"context"
	"iter"

	"fincat/store"
	"fincat/vocab/term"
)

// Source is the quads that a query sees, as they are after one commit: a
// snapshot of the store, or what stands in for one. All that is read in numbers
// is read in batches, so that the interface costs nothing for each quad.
type Source interface {
	// Seq returns the sequence number of the commit.
	Seq() uint64
	// Lookup returns the ID of a term; ok is false when no quad has it.
	Lookup(t term.Term) (id store.ID, ok bool, err error)
	// Terms sets out to the terms of ids, the zero Term for the ID 0.
	Terms(ids []store.ID, out []term.Term) error
	// Count returns the number of quads that match, exact or estimated. It is
	// zero only when there are none.
	Count(p store.Pattern) (n uint64, exact bool, err error)
	// Graphs yields the graphs that have quads, [store.DefaultGraph] too.
	Graphs() iter.Seq2[store.ID, error]
	// Scan reads the quads that match p in the sequence of o.Order.
	Scan(p store.Pattern, o store.ScanOptions) (Scan, error)
	// Probe looks up many prefixes of an order at once; see [store.Snapshot.Probe].
	Probe(
		ctx context.Context,
		o store.Order,
		k int,
		keys [][]store.ID,
		opt store.ScanOptions,
		out *store.Matches,
	) error
}

// Scan reads quads in the sequence of an order.
type Scan interface {
	// Next fills b with the next quads; it returns false when there are none left.
	Next(ctx context.Context, b *store.Batch) (bool, error)
	// Seek passes over the quads before key, whose positions are in the sequence
	// of the order.
	Seek(key [4]store.ID) error
	Close()
}

// Over returns a snapshot of the store as a source.
func Over(sn *store.Snapshot) Source { return snapshot{sn} }

type snapshot struct{ *store.Snapshot }

// Scan implements [Source].
func (s snapshot) Scan(p store.Pattern, o store.ScanOptions) (Scan, error) {
	sc, err := s.Snapshot.Scan(p, o)
	if err != nil {
		return nil, err // not a nil *store.Scan in an interface
	}
	return sc, nil
}
