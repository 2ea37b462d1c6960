package shacl

import (
	"context"
	"fmt"

	"fincat/store"
	"fincat/vocab/term"
)

// shapesGraphIRI names the shapes graph in a store that Load puts it into.
const shapesGraphIRI = "urn:x-fincat:shapes-graph"

// Load adds the shapes graph to a store, which queries with $shapesGraph need,
// and returns the name it has there, for [Options].ShapesGraph. Its blank nodes
// keep their labels, as $currentShape needs; they must not look like the store's
// own.
func (s *Shapes) Load(ctx context.Context, st *store.Store) (term.Term, error) {
	name := term.NewIRI(shapesGraphIRI)
	quads := make([]term.Quad, len(s.quads))
	for i, q := range s.quads {
		quads[i] = q.Triple().In(name)
	}
	if _, err := st.Commit(ctx, store.Change{Add: quads, KeepBlankNodes: true}); err != nil {
		return term.Term{}, fmt.Errorf("add the shapes graph: %w", err)
	}
	return name, nil
}
