package store

import (
	"context"
	"testing"

	"fincat/vocab/term"
)

func BenchmarkOpenMemory(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(context.Background(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		q := term.Quad{
			Subject:   term.NewIRI("http://e/s"),
			Predicate: term.NewIRI("http://e/p"),
			Object:    term.NewIRI("http://e/o"),
		}
		if _, err := s.Commit(context.Background(), Change{Add: []term.Quad{q}}); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
