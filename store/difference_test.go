package store

import (
	"context"
	"slices"

	"fincat/vocab/term"
)

// Difference is what leads from one state to another.
type Difference struct {
	Added, Removed []term.Quad // sorted
}

// Diff collects [Snapshot.Difference] of the newest snapshot, in the given graphs or in all when
// none is given.
func (s *Store) Diff(ctx context.Context, from, to uint64, graphs ...term.Term) (d Difference, err error) {
	sn, err := s.Snapshot()
	if err != nil {
		return d, err
	}
	defer sn.Close()
	var only map[ID]bool
	if len(graphs) > 0 {
		only = make(map[ID]bool)
	}
	for _, g := range graphs {
		id, ok, err := sn.Lookup(g)
		if err != nil {
			return d, err
		}
		only[id] = ok
	}
	for c, err := range sn.Difference(ctx, from, to, only, nil) {
		if err != nil {
			return d, err
		}
		var t [4]term.Term
		if err := sn.Terms([]ID{c.S, c.P, c.O, c.G}, t[:]); err != nil {
			return d, err
		}
		q := term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: t[3]}
		if c.Added {
			d.Added = append(d.Added, q)
		} else {
			d.Removed = append(d.Removed, q)
		}
	}
	slices.SortFunc(d.Added, term.CompareQuads)
	slices.SortFunc(d.Removed, term.CompareQuads)
	return d, nil
}
