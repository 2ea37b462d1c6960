package store

import (
	"context"
	"errors"
	"os"
	"testing"

	"fincat/vocab/term"
)

// TestReadOnlyAfterCrash opens for reading what a process left behind that
// ended without closing its store.
func TestReadOnlyAfterCrash(t *testing.T) {
	ctx := context.Background()
	dir, left := t.TempDir(), t.TempDir()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	q := term.Quad{
		Subject:   term.NewIRI("http://e/s"),
		Predicate: term.NewIRI("http://e/p"),
		Object:    term.NewString("保險"),
	}
	if _, err := s.Commit(ctx, Change{Add: []term.Quad{q}}); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first recovers, the second finds it done
		r, err := Open(ctx, Options{Dir: left, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		sn, err := r.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if n, _, err := sn.Count(Pattern{}); n != 1 || err != nil {
			t.Errorf("Count() = %d, %v, want 1 quad", n, err)
		}
		sn.Close()
		if _, err := r.Commit(ctx, Change{Add: []term.Quad{q}}); !errors.Is(err, ErrReadOnly) {
			t.Errorf("Commit on a store opened for reading: %v, want %v", err, ErrReadOnly)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
