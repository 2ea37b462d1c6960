package follow

import (
	"context"
	"slices"

	"fincat/store"
	"fincat/vocab/term"
)

// Triples returns the content of a graph, sorted, and nothing when there is no such graph:
// what a follower that commits compares with what it wants to be there.
func Triples(ctx context.Context, sn *store.Snapshot, graph term.Term) ([]term.Triple, error) {
	id, ok, err := sn.Lookup(graph)
	if err != nil || !ok {
		return nil, err
	}
	var out []term.Triple
	for q, err := range sn.Match(ctx, store.Pattern{G: id}, store.GSPO) {
		if err != nil {
			return nil, err
		}
		out = append(out, q.Triple())
	}
	slices.SortFunc(out, term.CompareTriples)
	return out, nil
}
