// Package enginetest is what tests of packages over an engine share: a store in memory with
// its engine, and what it holds.
package enginetest

import (
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// New returns a store in memory and an engine over it.
func New(t testing.TB) (*store.Store, *sparql.Engine) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, Engine(t, s)
}

// Over returns a store in memory with the quads of a TriG document, and an engine over it.
func Over(t testing.TB, trig string) (*store.Store, *sparql.Engine) {
	t.Helper()
	s, e := New(t)
	if _, err := s.Commit(t.Context(), store.Change{Add: TriG(t, trig)}); err != nil {
		t.Fatal(err)
	}
	return s, e
}

// Engine returns an engine over a store.
func Engine(t testing.TB, s *store.Store) *sparql.Engine {
	t.Helper()
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TriG reads a document.
func TriG(t testing.TB, document string) []term.Quad {
	t.Helper()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(document), rdfio.ReadOptions{Format: rdfio.TriG})
	if err != nil {
		t.Fatal(err)
	}
	return quads
}
