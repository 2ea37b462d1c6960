// Package followtest is what tests of followers share: a store, changes of one graph, and
// what a follower has written.
package followtest

import (
	"strings"
	"testing"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/term"
)

// Open returns an empty store that is closed when the test ends.
func Open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Replace is the change after which a graph has just these triples; without any it goes.
func Replace(graph term.Term, triples []term.Triple) store.Change {
	if len(triples) == 0 {
		return store.Change{Drop: []term.Term{graph}}
	}
	quads := make([]term.Quad, 0, len(triples))
	for _, t := range triples {
		quads = append(quads, t.In(graph))
	}
	return store.Change{Replace: map[term.Term][]term.Quad{graph: quads}}
}

// Commit makes a change.
func Commit(t *testing.T, s *store.Store, c store.Change) {
	t.Helper()
	if _, err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// Written lets a follower reach the newest commit and returns the quads of the graphs
// whose IRIs begin with a prefix, in their order.
func Written(t *testing.T, s *store.Store, f follow.Follower, prefix string) []term.Quad {
	t.Helper()
	if err := follow.New(s, f).Reach(t.Context(), s.Seq()); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	var quads []term.Quad
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.GSPO) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(q.Graph.Value(), prefix) {
			quads = append(quads, q)
		}
	}
	return quads
}
