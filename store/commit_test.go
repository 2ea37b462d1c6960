package store

import (
	"testing"

	"fincat/vocab/term"
)

// TestReplaceWithoutGraph asserts that only what can name a graph is replaced.
func TestReplaceWithoutGraph(t *testing.T) {
	s := openTest(t, Options{})
	e := term.NewIRI("http://e/")
	q := term.Quad{Subject: e, Predicate: e, Object: e}
	for _, g := range []term.Term{term.NewString("g"), term.NewTripleTerm(q.Triple())} {
		if _, err := s.Commit(t.Context(), Change{Replace: map[term.Term][]term.Quad{g: {q}}}); err == nil {
			t.Errorf("graph %v is replaced", g)
		}
	}
	if n := len(allQuads(t, s)); n != 0 {
		t.Errorf("there are %d quads", n)
	}
}
